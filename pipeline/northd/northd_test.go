package northd

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/pipeline"
	"ovnsim/topology"
)

var update = flag.Bool("update", false, "rewrite generated documents")

// listing is a compiled topology as lflow-list prints it.
func listing(t *testing.T, top *topology.Topology, o Options, order []feature) string {
	t.Helper()
	sb := compile(top, o, order)
	require.NoError(t, sb.Check())
	var b bytes.Buffer
	require.NoError(t, sb.WriteLflowList(&b, pipeline.LflowList{}))
	return b.String()
}

// TestFeatureOrder says that the order of the feature table changes nothing.
func TestFeatureOrder(t *testing.T) {
	for _, file := range recordedCases(t) {
		top := readCase(t, file).topology
		want := listing(t, top, Options{}, features)
		for seed := range int64(5) {
			order := append([]feature(nil), features...)
			rand.New(rand.NewSource(seed)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			require.Equal(t, want, listing(t, top, Options{}, order), "%s, seed %d", filepath.Base(file), seed)
		}
	}
}

// TestFlowsOnDemand says that a datapath's flows are the same ones whether they are asked for alone, in whatever order, or
// with all others.
func TestFlowsOnDemand(t *testing.T) {
	lines := func(flows []*pipeline.Flow, dp *pipeline.Datapath) []string {
		var out []string
		for _, f := range flows {
			if slices.Contains(f.Datapaths.Datapaths, dp) {
				out = append(out, fmt.Sprintln(f.StageName, f.Priority, f.Match, f.Actions, f.ControllerMeter))
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	for i, file := range recordedCases(t) {
		top := readCase(t, file).topology
		whole, alone := Compile(top, Options{}), Compile(top, Options{})
		all := whole.Flows.All()
		for _, at := range rand.New(rand.NewSource(int64(i))).Perm(len(alone.Datapaths)) {
			var some []*pipeline.Flow
			for _, share := range alone.Flows.On(alone.Datapaths[at]) {
				some = append(some, share.Flows...)
			}
			require.Equal(t, lines(all, whole.Datapaths[at]), lines(some, alone.Datapaths[at]), "%s, %s", filepath.Base(file), alone.Datapaths[at].Name)
		}
		assert.Len(t, alone.Flows.All(), len(all), filepath.Base(file))
	}
}

// TestFeatureTable says that features are named once, in order, and write stages that exist.
func TestFeatureTable(t *testing.T) {
	seen := map[string]bool{}
	for i := range features {
		f := &features[i]
		assert.NotEmpty(t, f.name)
		assert.NotEmpty(t, f.title, f.name)
		assert.False(t, seen[f.name], f.name)
		seen[f.name] = true
		for _, s := range f.stages {
			assert.NotEqual(t, pipeline.NoStage, s, f.name)
		}
	}
}

// TestStagesDocument says that STAGES.md is what the tables are.
func TestStagesDocument(t *testing.T) {
	const path = "../STAGES.md"
	var b bytes.Buffer
	require.NoError(t, WriteStages(&b))
	if *update {
		require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
		return
	}
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	// Line numbers move with every edit; the rest must be current.
	lines := regexp.MustCompile(`:[0-9]+\]|#L[0-9]+`)
	assert.Equal(t, lines.ReplaceAllString(b.String(), ""), lines.ReplaceAllString(string(have), ""), "run go generate ./pipeline/northd")
}

// Example compiles a topology of one switch with one machine.
func Example() {
	top, err := topology.Read([]byte("version: 1\nswitches:\n  sw:\n    ports:\n      vm: {addresses: [\"0a:00:00:00:00:01 10.0.0.1\"]}\n"), "lab.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range Compile(top, Options{}).Flows.All() {
		if f.StageName == "ls_in_l2_lkup" && f.Priority == 50 {
			fmt.Println(f.Match, "=>", f.Actions)
		}
	}
	// Output: eth.dst == 0a:00:00:00:00:01 => outport = "vm"; output;
}
