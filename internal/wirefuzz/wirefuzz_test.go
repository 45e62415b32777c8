package wirefuzz

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/internal/wirerec"
	"ovnsim/pipeline/northd"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// A seed gives one scenario, always the same; it can be read, built and compiled, and its machines are on its ports.
func TestScenarios(t *testing.T) {
	routed, balanced := 0, 0
	for seed := range uint64(60) {
		text := Generate(seed)
		require.Equal(t, text, Generate(seed))
		s, err := wirerec.ParseScenario(strings.NewReader(text), "scenario")
		require.NoError(t, err, text)
		top := &topology.Topology{}
		for _, args := range s.Northd {
			require.NoError(t, nbctl.Run(top, args, io.Discard), args)
		}
		ports := map[string]bool{}
		for _, p := range northd.Compile(top, northd.Options{}).Ports {
			ports[p.LogicalPort] = true
		}
		for _, m := range s.Machines {
			assert.True(t, ports[m.Port], "%d: %s", seed, m.Port)
		}
		assert.Len(t, s.Steps, steps)
		routed += len(top.LogicalRouter)
		balanced += len(top.LoadBalancer)
	}
	assert.Greater(t, routed, 30)
	assert.Greater(t, balanced, 30)
}
