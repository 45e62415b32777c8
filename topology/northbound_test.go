package topology_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

// corpus is northbound databases of the reference corpus: a sixth, or all if OVNSIM_CORPUS=all. The test skips where there is none.
func corpus(t testing.TB) []string {
	files, err := filepath.Glob("../../shared/corpus/*/nb.db.gz")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no reference corpus")
	}
	if os.Getenv("OVNSIM_CORPUS") == "all" {
		return files
	}
	var some []string // reading schemas is what costs time
	for i := 0; i < len(files); i += 6 {
		some = append(some, files[i])
	}
	return some
}

func TestCorpusComesBackFromADatabase(t *testing.T) {
	for _, file := range corpus(t) {
		top, err := topology.Load(file)
		require.NoError(t, err, file)
		var b bytes.Buffer
		require.NoError(t, top.WriteDatabase(&b), file)
		again, err := topology.Read(b.Bytes(), file)
		require.NoError(t, err, file)
		require.Equal(t, text(t, top), text(t, again), file)
		before, err := ovsdb.Open(file)
		require.NoError(t, err)
		after, err := ovsdb.Read(&b, "again")
		require.NoError(t, err)
		sameRows(t, before, after, file)
	}
}

// text is the topology as its database file.
func text(t testing.TB, top *topology.Topology) string {
	var b bytes.Buffer
	require.NoError(t, top.WriteDatabase(&b))
	return b.String()
}

func sameRows(t *testing.T, want, got *ovsdb.Database, file string) {
	for _, name := range want.TableNames() {
		require.Len(t, got.Rows(name), len(want.Rows(name)), "%s %s", file, name)
		for _, w := range want.Rows(name) {
			g := got.Row(name, w.UUID)
			require.NotNil(t, g, "%s %s", file, name)
			for _, c := range want.Tables[name].Columns {
				if c.Type.Min == 1 && c.Type.Max == 1 {
					require.Equal(t, scalar(w, c.Name), scalar(g, c.Name), "%s %s.%s", file, name, c.Name)
					continue
				}
				if want, got := slices.Sorted(slices.Values(w.Strings(c.Name))), g.Strings(c.Name); !slices.Equal(want, got) {
					require.Equal(t, want, got, "%s %s.%s", file, name, c.Name)
				}
				if want, got := w.Map(c.Name), g.Map(c.Name); !maps.Equal(want, got) {
					require.Equal(t, want, got, "%s %s.%s", file, name, c.Name)
				}
			}
		}
	}
}

// scalar is a column of one element in any form that tells two apart.
func scalar(r *ovsdb.Row, column string) [4]any {
	n, _ := r.Int(column)
	b, _ := r.Bool(column)
	text := r.String(column)
	if text == "false" || text == "0" {
		text = "" // a default that the file writes
	}
	return [4]any{text, n, b, r.Ref(column)}
}

func TestSchemaIsOVNs(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(cacheDir(), "ovn-oracle/usr/share/ovn/ovn-nb.ovsschema"))
	if len(files) == 0 {
		t.Skip("no real OVN")
	}
	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	var want, got map[string]any
	require.NoError(t, json.Unmarshal(text, &want))
	require.NoError(t, json.Unmarshal(topology.SchemaJSON(), &got))
	delete(want, "cksum")
	canonical(want)
	canonical(got)
	assert.Equal(t, want, got)
}

// canonical writes every type of a schema in its long form, with enumerations in order.
func canonical(schema map[string]any) {
	for _, table := range schema["tables"].(map[string]any) {
		if t := table.(map[string]any); t["isRoot"] == false {
			delete(t, "isRoot")
		}
		for _, column := range table.(map[string]any)["columns"].(map[string]any) {
			c := column.(map[string]any)
			typ := object(c["type"], "key")
			for _, part := range []string{"key", "value"} {
				if typ[part] != nil {
					typ[part] = base(typ[part])
				}
			}
			for _, bound := range []string{"min", "max"} {
				if typ[bound] == nil {
					typ[bound] = 1.0
				}
			}
			c["type"] = typ
		}
	}
}

func object(v any, key string) map[string]any {
	if m, ok := v.(map[string]any); ok {
		return m
	}
	return map[string]any{key: v}
}

func base(v any) map[string]any {
	b := object(v, "type")
	if b["refType"] == "strong" {
		delete(b, "refType")
	}
	if e, ok := b["enum"].([]any); ok {
		words := e[1].([]any)
		slices.SortFunc(words, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	}
	return b
}

func cacheDir() string {
	dir, _ := os.UserCacheDir()
	return dir
}

func BenchmarkLoad(b *testing.B) {
	file := os.Getenv("OVNSIM_BIG_NB")
	if file == "" {
		b.Skip("OVNSIM_BIG_NB names no database")
	}
	data, err := os.ReadFile(file)
	require.NoError(b, err)
	for b.Loop() {
		_, err := topology.Read(data, file)
		require.NoError(b, err)
	}
}
