package tracefuzz

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/internal/fuzznb"
)

// TestRecorded holds our traces against those that were recorded of the scenarios.
func TestRecorded(t *testing.T) {
	dirs, err := filepath.Glob("testdata/recorded/*")
	require.NoError(t, err)
	require.Len(t, dirs, len(Scenarios()), "scenarios without a recording: run -record")
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			n, answers, err := readRecording(dir)
			require.NoError(t, err)
			require.NotEmpty(t, answers)
			for _, a := range answers {
				got, _, err := n.Ours(a.Command, false)
				require.NoError(t, err, a.Command)
				if want, got := tidy(a.Text, false), tidy(got, false); want != got {
					t.Errorf("%s\n%s", a.Command, firstDifference(want, got))
				}
			}
		})
	}
}

// TestHunt is a short hunt, where there is a real OVN beside the repository.
func TestHunt(t *testing.T) {
	if testing.Short() {
		t.Skip("a real OVN takes its time")
	}
	const root = "../.."
	o, err := fuzznb.Start(root)
	if errors.Is(err, fuzznb.ErrNoOracle) {
		t.Skip(err)
	}
	require.NoError(t, err)
	defer func() { o.Close() }()
	for _, seed := range []int64{2, 10} {
		n, err := Compile(o, fuzznb.Generate(seed), seed)
		require.NoError(t, err)
		found, err := Hunt(n, Asked{Root: root, Traces: 60, Seed: seed})
		require.NoError(t, err)
		assert.NotZero(t, found.Traces)
		for _, d := range found.Differences {
			t.Errorf("seed %d: %s\n%s", seed, d.Command, d.First)
		}
	}
}

func TestCommand(t *testing.T) {
	for _, c := range []Command{
		{Args: []string{"ls0", `inport == "a" && ip4`}},
		{Options: []string{"--ct=est,rpl", "--ct=est dnat"}, Args: []string{`inport == "it's"`}},
	} {
		got, err := parseCommand(c.String())
		require.NoError(t, err)
		assert.Equal(t, c.Line(), got.Line())
	}
}
