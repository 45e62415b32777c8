package sim_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/internal/wirerec"
	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// inherent is how many frames of a recording may differ, and why.
var inherent = map[string]struct {
	frames int
	why    string
}{
	"unknown":      {6, "the controller lets up to 50 ms pass, drawn by lot, before it writes an address that it learned on a switch"},
	"gateway-ecmp": {2, "the same for neighbours learned from broadcasts"},
	"gateway-http": {1, "the same"},
	"ct-odd":       {1, "IPv4 that says it is version 5: Open vSwitch does not look"},
	"health":       {25, "probes have ports and sequence numbers of chance; a3, which no chassis has bound, is not watched"},
}

// What machines sent in testdata/wire/*/frames is sent again, and what arrives is what the real OVN delivered (the files say
// which version). UPDATE never writes them: internal/wirerec/run does.
func TestAsRecordedOnTheWire(t *testing.T) {
	dirs, err := filepath.Glob("testdata/wire/*/frames")
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, path := range dirs {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			s, err := wirerec.ReadScenario(filepath.Join(filepath.Dir(path), "scenario"))
			require.NoError(t, err)
			r, err := wirerec.Read(path)
			require.NoError(t, err)
			differences := replay(t, s, r, filepath.Dir(path))
			if allowed := inherent[name]; len(differences) > allowed.frames {
				assert.Empty(t, fmt.Sprintf("%v", differences), "%d frames differ, %d may (%s)", len(differences), allowed.frames, allowed.why)
			}
		})
	}
}

// replay sends what was sent, and answers with what arrives otherwise than recorded.
func replay(t *testing.T, s *wirerec.Scenario, r *wirerec.Recording, dir string) []wirerec.Difference {
	top, sb := databases(t, s, dir)
	var o sim.Options
	if os.Getenv("WIRE_TRACE") != "" {
		o.Observer = wirerec.Story{Writer: os.Stderr}
	}
	o.Northd = func(before *pipeline.Southbound) *pipeline.Southbound {
		return northd.Compile(top, northd.Options{Southbound: before})
	}
	differences, _, err := r.Replay(s, o.Northd(sb), o)
	require.NoError(t, err)
	return differences
}

// databases are those that were recorded beside the frames; when none were, the topology is built as it was then.
func databases(t *testing.T, s *wirerec.Scenario, dir string) (*topology.Topology, *pipeline.Southbound) {
	if s.KeepsDB {
		top, err := topology.Load(filepath.Join(dir, "nb.db"))
		require.NoError(t, err)
		db, err := ovsdb.Open(filepath.Join(dir, "sb.db"))
		require.NoError(t, err)
		sb, err := pipeline.FromDatabase(db)
		require.NoError(t, err)
		return top, sb
	}
	top := &topology.Topology{}
	for _, args := range s.Northd {
		require.NoError(t, nbctl.Run(top, args, io.Discard), args)
	}
	return top, nil
}
