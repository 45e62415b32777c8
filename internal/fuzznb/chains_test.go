package fuzznb

import (
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/internal/parity"
	"ovnsim/topology"
)

// TestChainsByOrder shows of a real ovn-northd that a policy's jump finds a chain which only another router has if and only if
// the other's slot is an earlier one, whatever else the rows' UUIDs are. In one slot both happen, which is why parity takes
// that, and only that, for chance.
func TestChainsByOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a real ovn-northd")
	}
	o, err := Start("../..")
	if errors.Is(err, ErrNoOracle) {
		t.Skip(err)
	}
	require.NoError(t, err)
	defer o.Close()
	random := rand.New(rand.NewSource(1))
	for range 16 {
		top, from, to := jumpBetween(random)
		text, _, err := o.Compile(top)
		require.NoError(t, err)
		jumps := strings.Contains(string(text), "reg9[16..31]=1; next(")
		matches := strings.Contains(string(text), "reg9[16..31] == 0 && (ip4)")
		note := fmt.Sprintf("%s to %s", from.UUID, to.UUID)
		assert.False(t, jumps && !matches, note)
		if a, b := parity.SlotOf(from, top), parity.SlotOf(to, top); a != b {
			assert.Equal(t, b < a, jumps, note)
			assert.Equal(t, b < a, matches, note)
		}
	}
}

// jumpBetween is a router with a jump to a chain and one that has it.
func jumpBetween(random *rand.Rand) (t *topology.Topology, from, to *topology.LogicalRouter) {
	row := func() (r topology.Row) {
		random.Read(r.UUID[:])
		r.UUID[6], r.UUID[8] = 0x40|r.UUID[6]&0x0f, 0x80|r.UUID[8]&0x3f
		return r
	}
	policies := []*topology.LogicalRouterPolicy{
		{Row: row(), Priority: 5, Match: "ip4", Action: "jump", JumpChain: "c"},
		{Row: row(), Priority: 5, Match: "ip6", Action: "drop", Chain: "c"},
	}
	from = &topology.LogicalRouter{Row: row(), Name: "from", Policies: policies[:1]}
	to = &topology.LogicalRouter{Row: row(), Name: "to", Policies: policies[1:]}
	return &topology.Topology{
		NBGlobal:            []*topology.NBGlobal{{Row: row(), Options: map[string]string{"svc_monitor_mac": "0e:00:00:00:00:01"}}},
		LogicalRouter:       []*topology.LogicalRouter{from, to},
		LogicalRouterPolicy: policies,
	}, from, to
}
