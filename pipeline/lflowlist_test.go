package pipeline_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
)

// corpus lists the recorded snapshots of a real OVN that lie beside the project, or skips.
func corpus(t testing.TB) []string {
	dirs, _ := filepath.Glob("../../shared/corpus/*/sb.db.gz")
	if len(dirs) == 0 {
		t.Skip("no recorded snapshots beside the project")
	}
	for i := range dirs {
		dirs[i] = filepath.Dir(dirs[i])
	}
	return dirs
}

func gunzip(t testing.TB, path string) []byte {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	data, err := io.ReadAll(z)
	require.NoError(t, err)
	return data
}

// TestLflowListCorpus holds lflow-list against what ovn-sbctl printed for every recorded database, byte for byte.
func TestLflowListCorpus(t *testing.T) {
	differ := 0
	for _, dir := range corpus(t) {
		db, err := ovsdb.Open(filepath.Join(dir, "sb.db.gz"))
		require.NoError(t, err, dir)
		sb, err := pipeline.FromDatabase(db)
		require.NoError(t, err, dir)
		var out bytes.Buffer
		require.NoError(t, sb.WriteLflowList(&out, pipeline.LflowList{}))
		want := gunzip(t, filepath.Join(dir, "lflows.txt.gz"))
		if !bytes.Equal(want, out.Bytes()) {
			if differ++; differ < 4 {
				a, b := strings.Split(string(want), "\n"), strings.Split(out.String(), "\n")
				for i := range min(len(a), len(b)) {
					if a[i] != b[i] {
						t.Errorf("%s line %d (of %d, %d)\n  %s\n  %s", dir, i+1, len(a), len(b), a[i], b[i])
						break
					}
				}
			}
		}
	}
	assert.Zero(t, differ, "snapshots differ")
}

// BenchmarkLflowList prints the southbound file that OVNSIM_BIG_SB names.
func BenchmarkLflowList(b *testing.B) {
	path := os.Getenv("OVNSIM_BIG_SB")
	if path == "" {
		b.Skip("OVNSIM_BIG_SB names no file")
	}
	db, err := ovsdb.Open(path)
	require.NoError(b, err)
	for b.Loop() {
		sb, err := pipeline.FromDatabase(db)
		require.NoError(b, err)
		require.NoError(b, sb.WriteLflowList(io.Discard, pipeline.LflowList{}))
	}
}
