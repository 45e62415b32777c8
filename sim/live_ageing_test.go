package sim_test

import (
	"fmt"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/internal/wirerec"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/sim/packet"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// diary is what was delivered, with when.
type diary struct{ lines []entry }

type entry struct {
	at    time.Duration
	port  string
	frame string
}

func (d *diary) Injected(time.Duration, string, *packet.Packet) sim.Tracer { return nil }
func (d *diary) Delivered(at time.Duration, port string, frame []byte) {
	d.lines = append(d.lines, entry{at, port, string(frame)})
}

// timed is a network of a recorded scenario, with commands that come later.
type timed struct {
	*sim.Sim
	*diary
	top *topology.Topology
}

func playTimed(t *testing.T, name string, o sim.Options) (*timed, *wirerec.Scenario, *wirerec.Recording) {
	t.Helper()
	dir := "testdata/timers/" + name + "/"
	s, err := wirerec.ReadScenario(dir + "scenario")
	require.NoError(t, err)
	r, err := wirerec.Read(dir + "frames")
	require.NoError(t, err)
	n := &timed{diary: &diary{}, top: &topology.Topology{}}
	for _, args := range s.Northd {
		n.nbctl(t, args...)
	}
	o.Observer, o.Northd = n.diary, n.compile
	n.Sim = sim.New(n.compile(nil), o)
	return n, s, r
}

func (n *timed) compile(before *pipeline.Southbound) *pipeline.Southbound {
	return northd.Compile(n.top, northd.Options{Southbound: before})
}

func (n *timed) nbctl(t *testing.T, args ...string) {
	t.Helper()
	require.NoError(t, nbctl.Run(n.top, args, io.Discard), args)
	if n.Sim != nil {
		n.Update(n.compile(n.Southbound()))
	}
}

// compareTimes holds two series of moments against each other, those of the same frame on the same port.
func compareTimes(t *testing.T, want, got []entry, tolerance time.Duration) {
	t.Helper()
	w, g := byFrame(want), byFrame(got)
	for k, times := range w {
		for i, at := range times {
			if assert.Greater(t, len(g[k]), i, "%s: missing at %s", k, at) {
				assert.InDelta(t, at.Seconds(), g[k][i].Seconds(), tolerance.Seconds(), k)
			}
		}
	}
	for k, times := range g {
		assert.LessOrEqual(t, len(times), len(w[k]), "%s: too often, at %v instead of %v", k, times, w[k])
	}
}

func byFrame(list []entry) map[string][]time.Duration {
	out := map[string][]time.Duration{}
	for _, e := range list {
		p, _ := packet.Decode([]byte(e.frame))
		k := fmt.Sprintf("to %s %s %x", e.port, p, e.frame)
		out[k] = append(out[k], e.at)
	}
	return out
}

func received(r *wirerec.Recording, until time.Duration) (out []entry) {
	for _, f := range r.Frames {
		if !f.Sent && f.At < until {
			out = append(out, entry{f.At, f.Port, string(f.Data)})
		}
	}
	return out
}

// Neighbours are asked whether they are still there, and forgotten, when the real OVN did it.
func TestAgeingAsRecorded(t *testing.T) {
	n, _, r := playTimed(t, "ageing", sim.Options{Captured: true})
	const (
		look = 2108 * time.Millisecond // when the real ovn-controller began to look at the rows, before the first frame
		last = 47 * time.Second        // later its looks, a little more than 3 s apart, and ours are too far from each other
	)
	for _, f := range r.Frames {
		if f.Sent && f.At < last {
			n.Run(f.At + look)
			require.NoError(t, n.Inject(f.Port, f.Data))
		}
	}
	n.Run(last + look)
	for i := range n.lines {
		n.lines[i].at -= look
	}
	compareTimes(t, received(r, last), n.lines, 150*time.Millisecond)
}

// What a machine says that nobody asked.
func gratuitous(mac packet.MAC, addr string) []byte {
	a := netip.MustParseAddr(addr)
	return packet.BuildARP(packet.Ether{Src: mac, Dst: packet.MAC{255, 255, 255, 255, 255, 255}}, packet.ARP{Op: 1, SHA: mac, SPA: a, TPA: a})
}

// Rows go when they are too old, by the age of their network, and no more at a time than the operator allows.
func TestAgeing(t *testing.T) {
	for _, c := range []struct {
		ages, limit string
		left        string // after 0, 5, 9, 14 and 30 seconds
	}{
		{"", "", "3 3 3 3 3"},
		{"8", "", "3 3 0 0 0"},
		{"8;10.2.0.2/32:4", "", "3 2 0 0 0"},
		{"8;10.2.0.2/32:0", "", "3 3 1 1 1"},
		{"8;10.2.0.0/16:20;10.2.0.2/32:10", "", "3 3 3 2 0"}, // the first to go decides when ovn-northd looks
		{"8;10.2.0.0/16:20;10.2.0.3/32:10", "", "3 3 3 3 0"},
		{"8;soon", "", "3 3 3 3 3"},
		{"8", "1", "3 3 2 1 0"},
		{"8", "2", "3 3 1 0 0"},
	} {
		n, _, _ := playTimed(t, "ageing", sim.Options{})
		n.nbctl(t, "set", "logical_router", "lr0", "options:mac_binding_age_threshold=\""+c.ages+"\"")
		if c.limit != "" {
			n.nbctl(t, "init")
			n.nbctl(t, "set", "nb_global", ".", "options:mac_binding_removal_limit="+c.limit)
		}
		n.Run(time.Second)
		for i := range byte(3) {
			mac := packet.MAC{2, 0, 0, 0, 9, i}
			require.NoError(t, n.Inject("b2", gratuitous(mac, fmt.Sprintf("10.2.0.%d", i+2))))
		}
		begin, got := n.Now(), ""
		for _, after := range []time.Duration{20 * time.Millisecond, 5 * time.Second, 9 * time.Second, 14 * time.Second, 30 * time.Second} {
			n.Run(begin + after)
			macs, _ := n.Learned()
			got += fmt.Sprint(" ", len(macs))
		}
		assert.Equal(t, " "+c.left, got, "%q, limit %q", c.ages, c.limit)
	}
}
