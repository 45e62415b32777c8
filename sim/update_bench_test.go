package sim_test

import (
	"io"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ovnsim/internal/cluster"
	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/sim/packet"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// BenchmarkUpdate puts versions of a cluster in force that a command tells apart, and sends a request to a service after
// each. The time of northd is not counted, but for the flows that it writes when a packet first comes to a datapath.
func BenchmarkUpdate(b *testing.B) {
	for _, c := range []struct{ name, do, undo string }{
		{"acl", "acl-add node0 to-lport 1100 tcp.dst==9 drop", "acl-del node0"},
		{"port", "lsp-add node0 extra", "lsp-del extra"},
		{"port of a group", "lsp-add node0 extra ; add port_group allpods ports @extra", "remove port_group allpods ports @extra ; lsp-del extra"},
		{"balancer", "lb-add extra 10.97.0.1:80 10.128.3.4:8080 ; add load_balancer_group cluster load_balancer @extra",
			"remove load_balancer_group cluster load_balancer @extra ; lb-del extra"},
	} {
		b.Run(c.name, func(b *testing.B) {
			top := cluster.New(200, 50, 2000, 100)
			s := sim.New(northd.Compile(top, northd.Options{}), sim.Options{})
			frame := packet.Build(
				packet.Ether{Src: packet.MACOf(0x0a5802000004), Dst: packet.MACOf(0x0a5801000001)},
				packet.IP{Src: netip.MustParseAddr("10.128.0.4"), Dst: netip.MustParseAddr("10.96.0.0"), TTL: 64},
				packet.TCP{Src: 40000, Dst: 80, Flags: packet.SYN, Window: 1000})
			i, cpu, update := 0, int64(0), int64(0)
			change := func() {
				b.StopTimer()
				top = changed(b, top, []string{c.do, c.undo}[i%2])
				sb := northd.Compile(top, northd.Options{})
				i++
				runtime.GC() // of northd's
				began := cpuTime(b)
				b.StartTimer()
				s.Update(sb)
				update += cpuTime(b) - began
				require.NoError(b, s.Inject("pod-0-2", frame))
				cpu += cpuTime(b) - began
			}
			for range 2 {
				change()
			}
			b.ReportAllocs()
			cpu, update = 0, 0
			for b.Loop() {
				change()
			}
			b.ReportMetric(float64(cpu)/float64(b.N)/1e6, "cpu-ms/op")
			b.ReportMetric(float64(update)/float64(b.N)/1e6, "update-cpu-ms/op")
		})
	}
}

// changed is a topology after commands, of which @NAME is the row of a port or balancer.
func changed(t testing.TB, old *topology.Topology, commands string) *topology.Topology {
	top := old.Copy()
	for _, words := range strings.Split(commands, " ; ") {
		for _, p := range top.LogicalSwitchPort {
			words = strings.ReplaceAll(words, "@"+p.Name, p.UUID.String())
		}
		for _, lb := range top.LoadBalancer {
			words = strings.ReplaceAll(words, "@"+lb.Name, lb.UUID.String())
		}
		require.NoError(t, nbctl.Run(top, strings.Fields(words), io.Discard), words)
	}
	return top
}
