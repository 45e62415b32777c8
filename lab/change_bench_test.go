package lab

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ovnsim/internal/cluster"
)

// clusterPlay starts a cluster with a client on its first pod and servers behind its first service.
func clusterPlay(t testing.TB, nodes, pods, services, acls int) *Play {
	l := Of(cluster.New(nodes, pods, services, acls), "cluster")
	to, err := ParseTarget("10.96.0.0:80")
	require.NoError(t, err)
	_, err = l.Populate("pod-0-0", "", to)
	require.NoError(t, err)
	p, err := l.Start()
	require.NoError(t, err)
	return p
}

// changes are an ovn-nbctl command each, and what undoes it.
var changes = []struct{ name, do, undo string }{
	{"acl", "acl-add node1 to-lport 1100 tcp.dst==9 drop", "acl-del node1"},
	{"load balancer", "lb-add extra 10.97.0.1:80 10.128.3.4:8080", "lb-del extra"},
	{"port", "lsp-add node1 extra -- lsp-set-addresses extra 0a:58:02:01:00:f0", "lsp-del extra"},
	{"route", "lr-route-add cluster 10.99.0.0/24 100.64.1.2", "lr-route-del cluster 10.99.0.0/24"},
	{"nat", "lr-nat-add GR1 dnat 172.18.1.9 10.128.1.9", "lr-nat-del GR1 dnat 172.18.1.9"},
	{"switch", "ls-add extra", "ls-del extra"},
}

// BenchmarkChange changes a cluster of 200 nodes by one ovn-nbctl command and sends a request after it: what a person waits
// between the command and the first answer that knows of it.
func BenchmarkChange(b *testing.B) {
	for _, c := range changes {
		b.Run(c.name, func(b *testing.B) {
			p := clusterPlay(b, 200, 50, 2000, 100)
			least := time.Hour // of what a noisy machine shows
			for i := 0; b.Loop(); i++ {
				began := time.Now()
				words := c.do
				if i%2 == 1 {
					words = c.undo
				}
				require.NoError(b, p.Nbctl(strings.Fields(words), io.Discard))
				r, err := p.get("pod-0-0", "http://10.96.0.0:80", 0, time.Second, false)
				require.NoError(b, err)
				require.Zero(b, r.Exit, r.Outcome)
				least = min(least, time.Since(began))
			}
			b.ReportMetric(float64(least.Microseconds())/1000, "least-ms/op")
		})
	}
}
