package northd

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
)

// TestFormats looks at every call of F: its format has a verb for each argument, and F knows the argument's type.
func TestFormats(t *testing.T) {
	files := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var all []*ast.File
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			f, err := parser.ParseFile(files, name, nil, 0)
			require.NoError(t, err)
			all = append(all, f)
		}
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	conf := types.Config{Importer: importer.ForCompiler(files, "source", nil)}
	_, err = conf.Check("northd", files, all, info)
	require.NoError(t, err)
	known := map[string]bool{}
	for _, name := range strings.Fields("string int int64 uint64 uint32 uint16 uint8 northd.mac northd.network net/netip.Addr net/netip.Prefix ovnsim/ovsdb.UUID ovnsim/pipeline.Pipeline") {
		known[name] = true
	}
	calls := 0
	for _, file := range all {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if name, ok := call.Fun.(*ast.Ident); !ok || name.Name != "F" {
				return true
			}
			calls++
			at := files.Position(call.Pos())
			for _, arg := range call.Args[1:] {
				assert.True(t, known[info.Types[arg].Type.String()], "%s: F does not know the type %s", at, info.Types[arg].Type)
			}
			if format := info.Types[call.Args[0]].Value; format != nil {
				verbs := strings.Count(format.ExactString(), "%s") + strings.Count(format.ExactString(), "%d")
				assert.Equal(t, strings.Count(format.ExactString(), "%"), verbs, "%s: F knows %%s and %%d", at)
				assert.Equal(t, verbs, len(call.Args)-1, "%s: arguments", at)
			}
			return true
		})
	}
	assert.Greater(t, calls, 300)
}

func TestF(t *testing.T) {
	prefix := netip.MustParsePrefix("10.0.0.1/24")
	assert.Equal(t, "a=x 1 -2 3 4 5 6 0a:0b:0c:0d:0e:0f fe80::1 10.0.0.1/24 10.0.0.1/24 01000000-0000-0000-0000-000000000000 egress.",
		F("a=%s %d %d %d %d %d %d %s %s %s %s %s %s.", "x", 1, int64(-2), uint64(3), uint32(4), uint16(5), uint8(6), mac{10, 11, 12, 13, 14, 15},
			netip.MustParseAddr("fe80::1"), prefix, network{prefix}, ovsdb.UUID{1}, pipeline.Egress))
	assert.Panics(t, func() { F("%s %s", "x") })
	assert.Panics(t, func() { F("none", 1) })
	assert.Panics(t, func() { F("%s", 1.5) })
}
