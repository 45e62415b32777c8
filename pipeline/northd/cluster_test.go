package northd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/internal/cluster"
	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/topology"
)

// BenchmarkCluster compiles clusters of growing size: the time must grow no faster than their rows.
func BenchmarkCluster(b *testing.B) {
	for _, nodes := range []int{25, 50, 100, 200} {
		t := cluster.New(nodes, 50, 10*nodes, 100)
		b.Run(fmt.Sprintf("nodes=%d", nodes), func(b *testing.B) {
			b.ReportAllocs()
			flows := 0
			for b.Loop() {
				flows = len(Compile(t, Options{}).Flows.All())
			}
			b.ReportMetric(float64(flows), "flows")
		})
	}
}

// BenchmarkFile is the way from a northbound file to flows, for the 200 nodes of the project's bar.
func BenchmarkFile(b *testing.B) {
	path := os.Getenv("OVNSIM_NB")
	if path == "" {
		path = filepath.Join(b.TempDir(), "nb.db")
		var out bytes.Buffer
		require.NoError(b, cluster.New(200, 50, 2000, 100).WriteDatabase(&out))
		require.NoError(b, os.WriteFile(path, out.Bytes(), 0o600))
	}
	b.ReportAllocs()
	var sb *pipeline.Southbound
	for b.Loop() {
		db, err := ovsdb.Open(path)
		require.NoError(b, err)
		t, err := topology.FromDatabase(db)
		require.NoError(b, err)
		sb = Compile(t, Options{})
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB-from-OS")
	b.ReportMetric(float64(len(sb.Flows.All())), "flows")
}

// TestClusterShares shows that services cost flows once, not once a datapath.
func TestClusterShares(t *testing.T) {
	flows := func(nodes, services int) int {
		return len(Compile(cluster.New(nodes, 2, services, 0), Options{}).Flows.All())
	}
	perService := flows(4, 30) - flows(4, 20)
	assert.Equal(t, perService, flows(40, 30)-flows(40, 20), "ten services cost the same on 4 nodes and on 40")
}

// BenchmarkReady compiles a cluster to where packets can run: for the first time, and again, as after each change of a network.
func BenchmarkReady(b *testing.B) {
	t := cluster.New(200, 50, 2000, 100)
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Compile(t, Options{})
		}
	})
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		before := Compile(t, Options{})
		for b.Loop() {
			before = Compile(t, Options{Southbound: before})
		}
	})
}
