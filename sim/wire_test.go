package sim_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/internal/wirerec"
	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
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
				assert.Empty(t, strings.Join(differences, "\n"), "%d frames differ, %d may (%s)", len(differences), allowed.frames, allowed.why)
			}
		})
	}
}

// arrivals keeps what is delivered.
type arrivals struct {
	frames map[string]int  // by port and bytes
	ports  map[string]bool // that machines are on; nil counts all
	trace  io.Writer       // nil for none
}

func (a *arrivals) Injected(at time.Duration, port string, p *packet.Packet) sim.Tracer {
	if a.trace == nil {
		return nil
	}
	fmt.Fprintf(a.trace, "# %s %s %s\n", at, port, p)
	return tracer{a.trace}
}

type tracer struct{ io.Writer }

func (t tracer) Event(e *trace.Event) {
	switch {
	case e.Flow != nil:
		fmt.Fprintf(t, "%*s%s %s %d: %s -> %s\n", e.Depth, "", e.Datapath.Name, e.Stage, e.Flow.Priority, e.Flow.Match, e.Flow.Actions)
	case e.Tracking != nil:
		fmt.Fprintf(t, "%*s%s\n", e.Depth, "", e.Tracking)
	case e.Text != "":
		fmt.Fprintf(t, "%*s%s\n", e.Depth, "", e.Text)
	}
}

func (a *arrivals) Delivered(_ time.Duration, port string, frame []byte) {
	if a.ports == nil || a.ports[port] {
		note(a.frames, port, frame)
	}
}

// note counts a frame. How often questions for neighbours, and those about groups, are repeated is a matter of timing.
func note(frames map[string]int, port string, frame []byte) {
	k := port + string(frame)
	switch {
	case frame[12] == 8 && frame[13] == 6:
		k = port + string(frame[:42])
		fallthrough
	case frame[12] == 0x86 && (frame[20] == 58 && frame[54] >= 133 && frame[54] <= 136 || frame[20] == 0 && frame[54] == 58), frame[12] == 8 && frame[23] == 2:
		frames[k] = 1
	default:
		frames[k]++
	}
}

// replay sends what was sent, and answers with what arrives otherwise than recorded, a line each.
func replay(t *testing.T, s *wirerec.Scenario, r *wirerec.Recording, dir string) []string {
	top, sb := databases(t, s, dir)
	got, want := &arrivals{frames: map[string]int{}, ports: map[string]bool{}}, map[string]int{}
	for _, m := range s.Machines {
		got.ports[m.Port] = true
	}
	if os.Getenv("WIRE_TRACE") != "" {
		got.trace = os.Stderr
	}
	compile := func(before *pipeline.Southbound) *pipeline.Southbound {
		return northd.Compile(top, northd.Options{Southbound: before})
	}
	net := sim.New(compile(sb), sim.Options{Observer: got, Captured: true, Northd: compile})
	for _, f := range r.Frames {
		if !f.Sent {
			if !neighbours(s, f) {
				note(want, f.Port, f.Data)
			}
			continue
		}
		net.Run(f.At)
		require.NoError(t, net.Inject(f.Port, f.Data))
	}
	net.Run(net.Now() + time.Second)
	var lines []string
	for _, k := range sortedKeys(got.frames, want) {
		if n := got.frames[k] - want[k]; n != 0 {
			at := slices.IndexFunc(r.Frames, func(f wirerec.Frame) bool { return strings.HasPrefix(k, f.Port) && bytes.HasSuffix([]byte(k), f.Data) })
			when := ""
			if at >= 0 {
				when = fmt.Sprint(" at ", r.Frames[at].At)
			}
			lines = append(lines, fmt.Sprintf("%+d%s %s", n, when, describe(k, s)))
		}
	}
	return lines
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

// neighbours tells frames that a machine beyond a localnet port had from another one there: they never met OVN.
func neighbours(s *wirerec.Scenario, f wirerec.Frame) bool {
	return slices.ContainsFunc(s.Machines, func(m *wirerec.Machine) bool {
		return m.Physical && m.Port == f.Port && bytes.Equal(m.MAC[:], f.Data[6:12])
	})
}

func sortedKeys(a, b map[string]int) (keys []string) {
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if a[k] == 0 {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	return keys
}

// describe prints a frame for people.
func describe(k string, s *wirerec.Scenario) string {
	for _, m := range s.Machines {
		if frame, ok := strings.CutPrefix(k, m.Port); ok {
			if p, err := packet.Decode([]byte(frame)); err == nil {
				return fmt.Sprintf("to %s %s", m.Port, p)
			}
		}
	}
	return fmt.Sprintf("%q", k)
}
