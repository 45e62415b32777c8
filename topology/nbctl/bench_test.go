package nbctl_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ovnsim/internal/cluster"
	"ovnsim/topology/nbctl"
)

// BenchmarkChange is one command on a cluster of 200 nodes, and then what undoes it, each on a version of its own: what a change costs
// before anybody compiles it.
func BenchmarkChange(b *testing.B) {
	for _, c := range []struct{ name, do, undo string }{
		{"acl", "acl-add node1 to-lport 1100 tcp.dst==9 drop", "acl-del node1"},
		{"load balancer", "lb-add extra 10.97.0.1:80 10.128.3.4:8080", "lb-del extra"},
		{"attach", "ls-lb-add node1 svc7", "ls-lb-del node1 svc7"},
		{"vips", "set load_balancer svc7 vips:\"10.96.0.7:80\"=\"10.128.3.9:1\"", "set load_balancer svc7 vips:\"10.96.0.7:80\"=\"10.128.3.9:2\""},
		{"port", "lsp-add node1 extra -- lsp-set-addresses extra 0a:58:02:01:00:f0", "lsp-del extra"},
		{"port by set", "set logical_switch_port pod-1-1 enabled=false", "set logical_switch_port pod-1-1 enabled=true"},
		{"port group", "pg-add some pod-1-1 pod-2-2", "pg-del some"},
		{"route", "lr-route-add cluster 10.99.0.0/24 100.64.1.2", "lr-route-del cluster 10.99.0.0/24"},
		{"nat", "lr-nat-add GR1 dnat 172.18.1.9 10.128.1.9", "lr-nat-del GR1 dnat 172.18.1.9"},
		{"switch", "ls-add extra", "ls-del extra"},
	} {
		b.Run(c.name, func(b *testing.B) {
			top := cluster.New(200, 50, 2000, 100)
			top.Sort()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				words := c.do
				if i%2 == 1 {
					words = c.undo
				}
				top = top.Fork()
				require.NoError(b, nbctl.Run(top, strings.Fields(words), io.Discard), words)
			}
		})
	}
}
