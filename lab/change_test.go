package lab

import (
	"bytes"
	"io"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/internal/cluster"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
	"ovnsim/topology/nbctl"
)

// TestConnectionsOutliveChanges opens a connection through a balancer, changes the network and only then sends the request.
func TestConnectionsOutliveChanges(t *testing.T) {
	more := append(changes[:len(changes):len(changes)], []struct{ name, do, undo string }{
		{"a port before all others", "lsp-add node0 a -- lsp-set-addresses a 0a:58:02:00:00:f0", "lsp-del a"},
		{"a switch before all others", "ls-add a", "ls-del a"},
		{"a balancer of another service", "set load_balancer svc1 vips:\"10.96.0.1:80\"=\"10.128.3.9:1\"", ""},
		{"a backend more", "set load_balancer svc0 vips:\"10.96.0.0:80\"=\"10.128.0.2:8080,10.128.1.3:8080,10.128.2.4:8080\"", ""},
	}...)
	p := clusterPlay(t, 4, 10, 20, 10)
	for _, c := range more {
		for _, words := range []string{c.do, c.undo} {
			if words == "" {
				continue
			}
			h := p.Host("pod-0-0")
			s := h.Dial(p.Sim.Now(), netip.MustParseAddrPort("10.96.0.0:80"), 0, func() {})
			opened := func() bool { open, _, _ := s.Open(); return open }
			p.until(opened)
			require.True(t, opened(), c.name)
			known := len(p.Sim.Connections())
			require.NoError(t, p.Nbctl(strings.Fields(words), io.Discard), words)
			require.True(t, s.Write(p.Sim.Now(), []byte("GET / HTTP/1.0\r\n\r\n")), words)
			end := p.Sim.Now() + 5*time.Second
			p.until(func() bool { n, ended := s.Unread(); return n > 0 && ended || p.Sim.Now() > end })
			answer := make([]byte, 1000)
			answer = answer[:s.Read(answer)]
			assert.True(t, bytes.HasPrefix(answer, []byte("HTTP/1.")), "%s: %q", words, answer)
			assert.Len(t, p.Sim.Connections(), known, "%s: the connection must not be a new one", words)
			s.Close(p.Sim.Now())
			p.settle()
		}
	}
}

// TestPlayersChangeTheirOwn has players change one lab side by side; go test -race looks on.
func TestPlayersChangeTheirOwn(t *testing.T) {
	l := Of(cluster.New(2, 3, 4, 2), "cluster")
	before := l.Topology.Lines()
	var players sync.WaitGroup
	for range 3 {
		players.Go(func() {
			p, err := l.Start()
			if !assert.NoError(t, err) {
				return
			}
			for _, c := range changes {
				for i, words := range []string{c.do, c.undo} {
					old, lines := p.Topology, p.Topology.Lines()
					assert.NoError(t, p.Nbctl(strings.Fields(words), io.Discard), words)
					assert.Equal(t, lines, old.Lines(), "%s: what was before", words)
					assert.NotEqual(t, lines, p.Topology.Lines(), "%s: what is now", words)
					assert.Equal(t, i == 1, slices.Equal(before, p.Topology.Lines()), words)
				}
			}
		})
	}
	players.Wait()
	assert.Equal(t, before, l.Topology.Lines())
}

// TestChangesKeepNumbers adds a port and a switch that sort before all others: what was there keeps its tunnel keys, as with
// ovn-northd, whatever other plays of the same lab do.
func TestChangesKeepNumbers(t *testing.T) {
	l := Of(cluster.New(3, 4, 2, 1), "cluster")
	r := l.Player()
	keys := func(p *Play) map[string]int {
		out := map[string]int{}
		for _, b := range p.Sim.Southbound().Ports {
			out[b.LogicalPort] = int(b.TunnelKey)
		}
		for _, dp := range p.Sim.Southbound().Datapaths {
			out[dp.Name] = int(dp.TunnelKey)
		}
		return out
	}
	changed := func(commands ...string) map[string]int {
		p, err := r.Start()
		require.NoError(t, err)
		for _, c := range commands {
			require.NoError(t, p.Nbctl(strings.Fields(c), io.Discard))
		}
		return keys(p)
	}
	before := changed()
	for name, key := range changed("lsp-add node0 a", "ls-add a", "lsp-add node0 b") {
		if name == "a" || name == "b" {
			continue
		}
		assert.Equal(t, before[name], key, name)
	}
	one, both := changed("ls-add a", "ls-add b"), changed("ls-add b", "ls-add a")
	assert.Equal(t, []int{one["a"], one["b"]}, []int{both["b"], both["a"]}, "the one that came first has the smaller key")
	assert.Equal(t, one, changed("ls-add a", "ls-add b"))
}

// TestOldFlowsStay writes flows after their topology was changed: they are those of the topology as it was.
func TestOldFlowsStay(t *testing.T) {
	top := cluster.New(2, 3, 4, 2)
	want := flowsOf(t, northd.Compile(top, northd.Options{}))
	for _, c := range changes {
		old := northd.Compile(top, northd.Options{})
		next := top.Fork()
		require.NoError(t, nbctl.Run(next, strings.Fields(c.do), io.Discard), c.name)
		northd.Compile(next, northd.Options{Southbound: old})
		assert.Equal(t, want, flowsOf(t, old), c.name)
	}
}

func flowsOf(t *testing.T, sb *pipeline.Southbound) string {
	var b strings.Builder
	require.NoError(t, sb.WriteLflowList(&b, pipeline.LflowList{}))
	return b.String()
}
