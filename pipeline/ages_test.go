package pipeline

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestAges(t *testing.T) {
	for _, c := range []struct {
		text, addr string
		of, least  time.Duration // in seconds
		ok         bool
	}{
		{"", "10.0.0.1", 0, 0, true},
		{"60", "10.0.0.1", 60, 60, true},
		{"10.0.0.0/24:30;60", "10.0.0.1", 30, 30, true},
		{"10.0.0.0/24:30;60", "10.0.1.1", 60, 30, true},
		{"60;10.0.0.0/8:0;10.0.0.0/24:30", "10.0.1.1", 0, 30, true},
		{"10.0.0.0/24:30;10.0.0.0/8:20", "10.0.0.1", 30, 20, true},
		{"10.0.0.7/24:30;60", "10.0.0.7", 60, 30, true}, // host bits
		{"10.0.0.7:30;60", "10.0.0.7", 30, 30, true},
		{"fd00::/64:30;60", "fd00::1", 30, 30, true},
		{"fd00::/64:30;60", "10.0.0.1", 60, 30, true},
		{"fd00::1:30", "fd00::1", 30, 30, true},
		{"0.0.0.0/0:30", "fd00::1", 30, 30, true}, // as good as none
		{"60;x:30", "10.0.0.1", 0, 0, false},
		{"60;10.0.0.0/24:soon", "10.0.0.1", 0, 0, false},
	} {
		a, ok := ParseAges(c.text)
		assert.Equal(t, c.ok, ok, c.text)
		assert.Equal(t, c.of*time.Second, a.Of(netip.MustParseAddr(c.addr)), c.text)
		assert.Equal(t, c.least*time.Second, a.Shortest(), c.text)
	}
}

func FuzzParseAges(f *testing.F) {
	f.Add("60;10.0.0.0/24:30;fd00::/64:5")
	f.Fuzz(func(t *testing.T, text string) {
		if a, ok := ParseAges(text); !ok {
			assert.Zero(t, a)
		}
	})
}
