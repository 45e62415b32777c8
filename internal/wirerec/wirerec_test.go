package wirerec

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What was recorded is read and written back as it was, and is what its scenario's ports sent and received.
func TestRecordings(t *testing.T) {
	paths, err := filepath.Glob("../../sim/testdata/wire/*/frames")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		s, err := ReadScenario(filepath.Join(filepath.Dir(path), "scenario"))
		require.NoError(t, err)
		ports := map[string]bool{}
		for _, m := range s.Machines {
			ports[m.Port] = true
		}
		r, err := Read(path)
		require.NoError(t, err)
		for _, f := range r.Frames {
			require.True(t, ports[f.Port], "%s: %s", path, f.Port)
		}
		again := filepath.Join(t.TempDir(), "frames")
		require.NoError(t, r.Write(again))
		back, err := Read(again)
		require.NoError(t, err)
		assert.Equal(t, r.Frames, back.Frames)
	}
}

func TestMistakesInScenarios(t *testing.T) {
	for line, says := range map[string]string{
		"machine a":                        "machine NAME PORT MAC",
		"machine a p 02:00 10.0.0.1/24":    `"02:00" is no MAC address`,
		"http nobody 80":                   `no machine "nobody"`,
		"a dance now":                      `a machine cannot "dance"`,
		"a frame xyz":                      "invalid byte",
		"a ask 10.0.0.1":                   "ask ADDRESS PORT",
		"a get http://10.0.0.1 x=1":        `what is "x=1"?`,
		"machine a p 02:00:00:00:00:01 ::": "no '/'",
	} {
		assert.ErrorContains(t, new(Scenario).line(line), says, line)
	}
}
