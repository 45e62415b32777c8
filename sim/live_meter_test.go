package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ovnsim/sim"
)

// Rejects, bandwidths of two rows that look alike, one without a burst: which packets pass is what passed on a real OVN.
func TestMetersAsRecorded(t *testing.T) {
	n, _, r := playTimed(t, "meters", sim.Options{Captured: true})
	for _, f := range r.Frames {
		if f.Sent {
			n.Run(f.At)
			require.NoError(t, n.Inject(f.Port, f.Data))
		}
	}
	n.Run(n.Now() + time.Second)
	compareTimes(t, received(r, time.Hour), n.lines, 150*time.Millisecond)
}
