package sim_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/sim"
)

// What is logged, and with a meter what is not: the same lines as in the real ovn-controller's log, at the same moments.
func TestACLLogAsRecorded(t *testing.T) {
	for _, name := range []string{"log", "meters"} {
		n, _, r := playTimed(t, name, sim.Options{Captured: true})
		for _, f := range r.Frames {
			if f.Sent {
				n.Run(f.At)
				require.NoError(t, n.Inject(f.Port, f.Data))
			}
		}
		text, err := os.ReadFile("testdata/timers/" + name + "/acl.log")
		require.NoError(t, err)
		var first time.Time
		got := n.ACLLog()
		for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
			parts := strings.SplitN(line, "|", 5)
			at, err := time.Parse(time.RFC3339, parts[0])
			require.NoError(t, err)
			if i == 0 {
				first = at
			}
			if assert.Greater(t, len(got), i, line) {
				assert.Equal(t, parts[4], got[i].String())
				assert.InDelta(t, at.Sub(first).Seconds(), (got[i].At - got[0].At).Seconds(), 0.15, line)
			}
		}
		assert.Len(t, got, strings.Count(string(text), "acl_log("), name)
	}
}
