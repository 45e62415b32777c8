package northd

import (
	"encoding/binary"
	"maps"
	"math/bits"
	"slices"
	"sort"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/topology"
)

// policyChains numbers the chains of policies, one numbering for all routers. ovn-northd meets the routers one after the
// other: once it has met a chain, all policies match on chains, and a jump leads to the chains met so far.
type policyChains struct {
	ids  map[string]int
	any  map[*Router]bool                // the router's policies match on chains
	jump map[*Router]map[string]struct{} // the chains that its policies may jump to
}

type chainKey struct {
	router ovsdb.UUID
	name   string
}

// of is a chain's number; 0 is that of policies with none.
func (c *policyChains) of(name string) int { return c.ids[name] }

// reachable says whether a jump leads somewhere.
func (c *policyChains) reachable(r *Router, row *topology.LogicalRouterPolicy) bool {
	_, ok := c.jump[r][row.JumpChain]
	return ok
}

// learnChains numbers the chains in the order in which they are met, but as before where flows tell.
func (v *View) learnChains() {
	c := &policyChains{ids: map[string]int{}, any: map[*Router]bool{}, jump: map[*Router]map[string]struct{}{}}
	v.chains = c
	before := v.policyFlowsBefore()
	used := v.chainNumbersBefore(before)
	met := map[string]struct{}{}
	for _, r := range v.routersHashed() {
		for _, row := range r.policies() {
			if row.Chain != "" {
				met[row.Chain] = struct{}{}
				for id := 1; c.ids[row.Chain] == 0; id++ {
					if !used[id] {
						c.ids[row.Chain], used[id] = id, true
					}
				}
			}
		}
		c.any[r], c.jump[r] = len(met) > 0, maps.Clone(met)
		v.chainsBefore(r, before)
	}
}

// chainNumbersBefore gives chains the numbers that their flows had, and says which are in use. Rows of one priority and
// match share what can be read off: a chain takes its number once no other is left for it.
func (v *View) chainNumbersBefore(before map[chainKey][]*pipeline.Flow) map[int]bool {
	hints, used, ids := v.chainHints(before), map[int]bool{}, v.chains.ids
	for undecided := false; ; {
		progress := false
		for _, h := range hints {
			left := slices.DeleteFunc(slices.Clone(h.numbers), func(n int) bool { return used[n] })
			if ids[h.chain] == 0 && (len(left) == 1 || undecided && len(left) > 0) {
				ids[h.chain], used[left[0]], progress = left[0], true, true
				undecided = false
			}
		}
		switch {
		case progress:
		case undecided:
			return used
		default:
			undecided = true // take one as good as another
		}
	}
}

// chainHint says that a chain has one of some numbers.
type chainHint struct {
	chain   string
	numbers []int
}

// chainHints reads the numbers of chains off the flows of the policies in them and of the jumps to them.
func (v *View) chainHints(before map[chainKey][]*pipeline.Flow) (out []chainHint) {
	exists := map[string]bool{}
	for _, r := range v.Routers {
		for _, row := range r.policies() {
			exists[row.Chain] = row.Chain != ""
		}
	}
	for _, r := range v.Routers {
		for _, row := range r.policies() {
			if !v.isUsed(r, row) {
				continue
			}
			in, to := chainHint{chain: row.Chain}, chainHint{chain: row.JumpChain}
			for _, f := range before[chainKey{r.UUID, F("%d ", row.Priority) + row.Match}] {
				if !isOf(f, row) {
					continue
				}
				if text, ok := strings.CutPrefix(f.Match, regPolicyChain+" == "); ok && leadingInt(text) != 0 {
					in.numbers = append(in.numbers, leadingInt(text))
				}
				if _, text, ok := strings.Cut(f.Actions, regPolicyChain+"="); ok {
					to.numbers = append(to.numbers, leadingInt(text))
				}
			}
			if exists[in.chain] && len(row.Nexthops) < 2 {
				out = append(out, in)
			}
			if exists[to.chain] && row.Action == "jump" {
				out = append(out, to)
			}
		}
	}
	return out
}

// isOf says whether a flow does what a policy of its priority and match asks for.
func isOf(f *pipeline.Flow, row *topology.LogicalRouterPolicy) bool {
	switch reroutes := strings.Contains(f.Actions, "flags.loopback = 1; "); row.Action {
	case "jump":
		return strings.Contains(f.Actions, regPolicyChain+"=")
	case "reroute":
		return reroutes
	case "allow":
		return !reroutes && strings.Contains(f.Actions, regECMPGroup+" = 0; ")
	}
	return !strings.Contains(f.Actions, "next") // drops, whatever else a dropped packet is put down in
}

// chainsBefore corrects what the order of routers has told by what their flows were before: of routers in one slot of
// ovn-northd's table nobody knows which was first.
func (v *View) chainsBefore(r *Router, before map[chainKey][]*pipeline.Flow) {
	c := v.chains
	chained, plain := false, false // whether flows match on chains, whether some do not
	for _, row := range r.policies() {
		for _, f := range before[chainKey{r.UUID, F("%d ", row.Priority) + row.Match}] {
			if !strings.Contains(f.Actions, regECMPMember+" = ") {
				chained, plain = chained || strings.HasPrefix(f.Match, regPolicyChain), plain || !strings.HasPrefix(f.Match, regPolicyChain)
			}
			if row.Action == "jump" && row.JumpChain != "" && strings.Contains(f.Actions, F(regPolicyChain+"=%d;", c.of(row.JumpChain))) {
				c.jump[r][row.JumpChain] = struct{}{}
			}
		}
	}
	c.any[r] = chained || c.any[r] && !plain
}

// routersHashed are the routers in the order in which ovn-northd walks them: by the low bits of their UUIDs' first words.
func (v *View) routersHashed() []*Router {
	out := append([]*Router(nil), v.Routers...)
	mask := uint32(0)
	for n := range out {
		if uint32(n+1)/2 > mask {
			mask = max(3, uint32(1)<<bits.Len32(uint32(n+1)/2)-1)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].uuidWord()&mask < out[j].uuidWord()&mask })
	return out
}

func (r *Router) uuidWord() uint32 { return binary.BigEndian.Uint32(r.UUID[:4]) }

// policyFlowsBefore are the flows that policies had before, by router, priority and the policy's own match.
func (v *View) policyFlowsBefore() map[chainKey][]*pipeline.Flow {
	out := map[chainKey][]*pipeline.Flow{}
	for _, f := range v.flowsBefore {
		if f.StageName != "lr_in_policy" || f.Datapaths == nil {
			continue
		}
		match := f.Match
		if _, rest, ok := strings.Cut(match, " && ("); ok && strings.HasPrefix(match, regPolicyChain) {
			match = strings.TrimSuffix(rest, ")")
		}
		for _, dp := range f.Datapaths.Datapaths {
			k := chainKey{dp.NbUUID, F("%d ", f.Priority) + match}
			out[k] = append(out[k], f)
		}
	}
	return out
}
