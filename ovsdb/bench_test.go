package ovsdb_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ovnsim/ovsdb"
)

// BenchmarkOpen loads the southbound file that OVNSIM_BIG_SB names, say that of a cluster of 200 nodes.
func BenchmarkOpen(b *testing.B) {
	path := os.Getenv("OVNSIM_BIG_SB")
	if path == "" {
		b.Skip("OVNSIM_BIG_SB names no file")
	}
	info, err := os.Stat(path)
	require.NoError(b, err)
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		_, err := ovsdb.Open(path)
		require.NoError(b, err)
	}
}
