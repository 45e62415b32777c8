package northd

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Orders that ovn-northd 26.03.1 wrote in the Destination Lookup stage for distributed NAT's Ethernet addresses, 2026-11-23.
func TestHashOrder(t *testing.T) {
	for _, c := range []struct{ in, want []string }{
		{[]string{"00:00:00:00:aa:01", "00:00:00:00:aa:02", "00:00:00:00:aa:03"}, []string{"00:00:00:00:aa:02", "00:00:00:00:aa:03", "00:00:00:00:aa:01"}},
		{[]string{"40:54:00:00:00:04", "40:54:00:00:00:03", "30:54:00:00:00:03", "30:54:00:00:00:04"}, []string{"40:54:00:00:00:04", "40:54:00:00:00:03", "30:54:00:00:00:04", "30:54:00:00:00:03"}},
		{[]string{"00:00:02:02:03:05", "00:00:02:02:03:04", "00:00:02:02:03:05"}, []string{"00:00:02:02:03:05", "00:00:02:02:03:04"}},
	} {
		assert.Equal(t, c.want, hashOrder(c.in))
	}
}
