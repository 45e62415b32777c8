package parity

import (
	"encoding/binary"
	"math/bits"
	"regexp"
	"slices"
	"strings"

	"ovnsim/topology"
)

var (
	jump  = regexp.MustCompile(`^".*" lr_in_policy .*action=\(reg9\[16\.\.31\]=[0-9]+; next\(`)
	chain = regexp.MustCompile(`match=\(reg9\[16\.\.31\] == 0 && \((.*)\)\) action=`)
)

// cutChains takes jumps out, and what matches on no chain, of a router that shares its slot in ovn-northd's table of routers
// with one that has chains. Which of the two is met first differs from run to run (internal/fuzznb, TestChainsByOrder).
func cutChains(line string, t *topology.Topology) (string, string) {
	r := routerOf(line, t)
	switch {
	case r == nil || !strings.Contains(line, " lr_in_policy ") || !slices.ContainsFunc(t.LogicalRouter, func(o *topology.LogicalRouter) bool {
		return o != r && SlotOf(o, t) == SlotOf(r, t) && hasChains(o)
	}):
		return line, ""
	case jump.MatchString(line):
		return "", ""
	}
	return chain.ReplaceAllString(line, "match=($1) action="), ""
}

func hasChains(r *topology.LogicalRouter) bool {
	return slices.ContainsFunc(r.Policies, func(p *topology.LogicalRouterPolicy) bool { return p.Chain != "" })
}

// SlotOf is a router's slot in the table that ovn-northd has of a topology's routers: the low bits of its UUID's first word,
// as many as a table that doubles before it holds two in each slot has.
func SlotOf(r *topology.LogicalRouter, t *topology.Topology) uint32 {
	mask := uint32(3)
	if half := uint32(len(t.LogicalRouter)) / 2; half > mask {
		mask = 1<<bits.Len32(half) - 1
	}
	return binary.BigEndian.Uint32(r.UUID[:4]) & mask
}
