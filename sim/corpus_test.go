package sim_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/sim"
	"ovnsim/sim/trace"
)

// recordedTrace is what a real ovn-trace answered.
type recordedTrace struct {
	Datapath, Microflow string
	Options             []string
	Detailed            string
}

// traceText answers as the command does.
func traceText(t testing.TB, e *sim.Engine, sb *pipeline.Southbound, r *recordedTrace) string {
	var s sim.Shortcuts
	for _, o := range r.Options {
		name, value, _ := strings.Cut(o, "=")
		switch name {
		case "--ct":
			state, err := sim.ParseCTState(value)
			require.NoError(t, err)
			s.CT = append(s.CT, state)
		case "--lb-dst":
			var err error
			if s.LBDst, err = sim.ParseLBDst(value); err != nil {
				return err.Error()
			}
		case "--select-id":
			id, err := strconv.ParseUint(value, 10, 16)
			require.NoError(t, err)
			s.SelectID = uint16(id)
		}
	}
	dp, err := sb.FindDatapath(r.Datapath)
	if err != nil {
		return err.Error()
	}
	_, key, err := e.Microflow(dp, r.Microflow)
	if errors.Is(err, sim.ErrNoInport) || err != nil {
		return err.Error()
	}
	var list trace.List
	require.NoError(t, e.Trace(dp, &key, s, &list))
	var out bytes.Buffer
	require.NoError(t, trace.Forms{Detailed: true}.Write(&out, list.Events, trace.NewNames(sb, true)))
	return out.String()
}

var (
	sourceLine = regexp.MustCompile(` \(northd\.c:\d+\)`)
	flowUUID   = regexp.MustCompile(`, uuid [0-9a-f]+`)
)

// plain is a trace less what only northd knows.
func plain(text string) string {
	text = flowUUID.ReplaceAllString(sourceLine.ReplaceAllString(text, ""), "")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// TestTraceCorpus holds traces against those that a real ovn-trace gave of the recorded databases beside the project, or in
// the folders that OVNSIM_CORPUS gives (a pattern). The first differences are shown.
func TestTraceCorpus(t *testing.T) {
	folders := os.Getenv("OVNSIM_CORPUS")
	if folders == "" {
		folders = "../../shared/corpus/*"
	}
	files, _ := filepath.Glob(folders + "/traces.json*")
	if len(files) == 0 {
		t.Skip("no recorded traces beside the project")
	}
	all, differ := 0, 0
	for _, file := range files {
		var traces []recordedTrace
		readJSON(t, file, &traces)
		db, err := ovsdb.Open(filepath.Join(filepath.Dir(file), "sb.db"+strings.TrimPrefix(filepath.Ext(file), ".json")))
		require.NoError(t, err)
		sb, err := pipeline.FromDatabase(db)
		require.NoError(t, err)
		e := sim.NewEngine(sb)
		for i := range traces {
			all++
			got := plain(traceText(t, e, sb, &traces[i]))
			if got != traces[i].Detailed {
				if differ++; differ <= 12 {
					t.Logf("%s %s %s %v\n%s", filepath.Base(filepath.Dir(file)), traces[i].Datapath, traces[i].Microflow, traces[i].Options,
						firstDifference(traces[i].Detailed, got))
				}
			}
		}
		for _, w := range e.Warnings {
			t.Log(w)
		}
	}
	t.Logf("%d of %d traces equal (%.2f%%)", all-differ, all, 100*float64(all-differ)/float64(all))
	assert.LessOrEqual(t, float64(differ), 0.005*float64(all), "traces differ")
}

func readJSON(t *testing.T, file string, into any) {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		r, err = gzip.NewReader(f)
		require.NoError(t, err)
	}
	require.NoError(t, json.NewDecoder(r).Decode(into))
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := 0; ; i++ {
		if i < len(w) && i < len(g) && w[i] == g[i] {
			continue
		}
		show := func(lines []string) string {
			return strings.Join(lines[min(max(0, i-2), len(lines)):min(i+4, len(lines))], "\n  ")
		}
		return "want\n  " + show(w) + "\ngot\n  " + show(g)
	}
}
