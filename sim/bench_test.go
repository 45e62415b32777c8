package sim_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/sim"
	"ovnsim/sim/trace"
)

// BenchmarkTrace traces the microflow that OVNSIM_BIG_FLOW gives through the southbound file that OVNSIM_BIG_SB names: warm,
// without a tracer and with one.
func BenchmarkTrace(b *testing.B) {
	path, flow := os.Getenv("OVNSIM_BIG_SB"), os.Getenv("OVNSIM_BIG_FLOW")
	if path == "" || flow == "" {
		b.Skip("OVNSIM_BIG_SB and OVNSIM_BIG_FLOW give nothing to trace")
	}
	db, err := ovsdb.Open(path)
	require.NoError(b, err)
	sb, err := pipeline.FromDatabase(db)
	require.NoError(b, err)
	e := sim.NewEngine(sb)
	dp, key, err := e.Microflow(nil, flow)
	require.NoError(b, err)
	s := sim.Shortcuts{CT: []uint32{0x21, 0x21}}
	b.Run("untraced", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			require.NoError(b, e.Trace(dp, &key, s, nil))
		}
	})
	b.Run("traced", func(b *testing.B) {
		b.ReportAllocs()
		var events trace.List
		for b.Loop() {
			events.Reset()
			require.NoError(b, e.Trace(dp, &key, s, &events))
		}
	})
	b.Run("printed", func(b *testing.B) {
		b.ReportAllocs()
		var events trace.List
		names := trace.NewNames(sb, true)
		for b.Loop() {
			events.Reset()
			require.NoError(b, e.Trace(dp, &key, s, &events))
			require.NoError(b, trace.Forms{Detailed: true}.Write(discard{}, events.Events, names))
		}
	})
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
