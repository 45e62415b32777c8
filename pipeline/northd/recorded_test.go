package northd

import (
	"bytes"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/internal/parity"
	"ovnsim/topology"
)

// recorded is a topology with the flows, and the rows beside them, that a real ovn-northd wrote for it, made by
// internal/fuzznb/record.
type recorded struct {
	topology *topology.Topology
	flows    map[parity.Flow]int
	rows     []string
}

func recordedCases(t testing.TB) []string {
	files, err := filepath.Glob(filepath.Join("testdata", "recorded", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

// readCase reads a recording: lines of comment, "-- northbound --", its rows, "-- flows --", a listing, "-- rows --",
// a row a line.
func readCase(t testing.TB, file string) recorded {
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(b), "-- northbound --\n")
	require.True(t, ok, file)
	nb, list, ok := strings.Cut(rest, "-- flows --\n")
	require.True(t, ok, file)
	list, rows, ok := strings.Cut(list, "-- rows --\n")
	require.True(t, ok, file)
	top, err := parity.ReadRows([]byte(nb))
	require.NoError(t, err)
	flows, err := parity.ReadFlows(bytes.NewReader([]byte(list)))
	require.NoError(t, err)
	return recorded{top, flows, strings.Split(strings.TrimSuffix(rows, "\n"), "\n")}
}

// TestFeaturesAreRecorded says that each feature writes flows of some recorded case, which hold it to the real ovn-northd.
func TestFeaturesAreRecorded(t *testing.T) {
	written := map[string]bool{}
	for _, file := range recordedCases(t) {
		top := readCase(t, file).topology
		for i := range features {
			if f := &features[i]; !written[f.name] {
				written[f.name] = len(f.stages) == 0 || len(compile(top, Options{}, features[i:i+1]).Flows.All()) > 0
			}
		}
	}
	for _, f := range features {
		assert.True(t, written[f.name], "%s has no recorded case: record one with internal/fuzznb/record", f.name)
	}
}

// TestRecorded holds our flows and rows against those of a real ovn-northd.
func TestRecorded(t *testing.T) {
	for _, file := range recordedCases(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			c := readCase(t, file)
			got, err := parity.ReadFlows(strings.NewReader(listing(t, c.topology, Options{}, features)))
			require.NoError(t, err)
			_, diff := parity.Compare(c.flows, got, "")
			diff = append(diff, parity.CompareRows(c.rows, parity.SouthboundRows(Compile(c.topology, Options{})))...)
			sort.Strings(diff)
			diff, _ = parity.Explain(diff, c.topology)
			assert.Empty(t, diff)
		})
	}
}
