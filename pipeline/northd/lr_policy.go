package northd

import (
	"encoding/binary"
	"maps"
	"math/bits"
	"net/netip"
	"sort"
	"strconv"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/topology"
)

// policyFeature overrules the route of packets that a policy matches (Logical_Router_Policy).
var policyFeature = feature{
	name:   "policy",
	title:  "Logical_Router_Policy",
	stages: []pipeline.Stage{pipeline.LrInPolicy, pipeline.LrInPolicyECMP},
	global: func(v *View, e *Emitter) {
		e.AddGroup(v.allRouters, pipeline.LrInPolicyECMP, 150, regECMPGroup+" == 0", "next;")
	},
	router: func(v *View, e *Emitter, r *Router) {
		numbers := v.ecmp.of(r, pipeline.LrInPolicy)
		for _, row := range r.policies() {
			writePolicy(v, e, r, row, numbers)
		}
	},
}

// policies are the rows of the router's policies in the order that OVSDB keeps them in.
func (r *Router) policies() []*topology.LogicalRouterPolicy {
	rows := append([]*topology.LogicalRouterPolicy(nil), r.Policies...)
	sort.SliceStable(rows, func(i, j int) bool { return string(rows[i].UUID[:]) < string(rows[j].UUID[:]) })
	return rows
}

// isUsed says whether ovn-northd makes anything of a policy. One with the column nexthop, which has had its day, is nothing
// to it, and so is one that reroutes nowhere.
func (v *View) isUsed(r *Router, row *topology.LogicalRouterPolicy) bool {
	switch {
	case row.Nexthop != "" || row.Action == "jump" && row.JumpChain == "":
		return false
	case row.Action == "reroute":
		return len(v.policyNexthops(r, row)) > 0
	}
	return true
}

func writePolicy(v *View, e *Emitter, r *Router, row *topology.LogicalRouterPolicy, numbers *ecmpNumbering) {
	if !v.isUsed(r, row) {
		return
	}
	match := row.Match
	if v.chains.any[r] {
		match = F(regPolicyChain+" == %d && (%s)", v.chains.of(row.Chain), row.Match)
	}
	mark := policyMark(row)
	switch row.Action {
	case "drop":
		e.Add(r.DP, pipeline.LrInPolicy, int(row.Priority), match, v.Drop)
	case "allow":
		e.Add(r.DP, pipeline.LrInPolicy, int(row.Priority), match, mark+regECMPGroup+" = 0; next;")
	case "jump":
		if v.chains.reachable(r, row) {
			e.Add(r.DP, pipeline.LrInPolicy, int(row.Priority), match,
				F(regPolicyChain+"=%d; next(pipeline=ingress, table=%d);", v.chains.of(row.JumpChain), pipeline.LrInPolicy.Number()))
		}
	case "reroute":
		reroute(v, e, r, row, match, mark, numbers)
	}
}

// policyMark sets the packet's mark where the policy asks for one (options:pkt_mark).
func policyMark(row *topology.LogicalRouterPolicy) string {
	n, err := strconv.ParseUint(strings.TrimLeft(row.Options["pkt_mark"], blanks), 10, 32)
	if err != nil || n == 0 {
		return ""
	}
	return F("pkt.mark = %d; ", n)
}

// reroute sends packets to one of the policy's next hops: those that can be reached and that BFD hears. A policy for
// several is a choice, even when only one of them is left.
func reroute(v *View, e *Emitter, r *Router, row *topology.LogicalRouterPolicy, match, mark string, numbers *ecmpNumbering) {
	hops := v.policyNexthops(r, row)
	if len(row.Nexthops) == 1 {
		e.Add(r.DP, pipeline.LrInPolicy, int(row.Priority), match,
			F("%s%s; flags.loopback = 1; "+regECMPGroup+" = 0; %s next;", mark, hops[0].towards(), hops[0].family()))
		return
	}
	actions := make([]string, len(hops))
	for i, hop := range hops {
		actions[i] = F("%s%s; flags.loopback = 1; %s next;", mark, hop.towards(), hop.family())
	}
	id := numbers.ofGroup(F("%d ", row.Priority)+row.Match, actions)
	ids := numbers.ofMembers(id, actions)
	choice := F(regECMPMember+" = %d; next;", ids[0])
	if len(ids) > 1 {
		spread(sorted(ids), nil, func(_, c string) { choice = regECMPMember + " = " + c })
	}
	// Such a policy applies whatever the chain; that is ovn-northd's way.
	e.Add(r.DP, pipeline.LrInPolicy, int(row.Priority), row.Match, F(regECMPGroup+" = %d; ", id)+choice)
	for i := range hops {
		e.Add(r.DP, pipeline.LrInPolicyECMP, 100, F(regECMPGroup+" == %d && "+regECMPMember+" == %d", id, ids[i]), actions[i])
	}
}

// policyNexthops are the ways to the next hops of a policy that can be reached; none where they are of both families, or
// where a port is named that is of no use, or that cannot be for all of them.
func (v *View) policyNexthops(r *Router, row *topology.LogicalRouterPolicy) (hops []*route) {
	if row.OutputPort != nil && (len(row.Nexthops) > 1 || v.policyPort(row) == nil) {
		return nil
	}
	for _, text := range row.Nexthops {
		hop := v.policyNexthop(r, row, text)
		if hop == nil {
			continue
		}
		if len(hops) > 0 && hops[0].nexthop.Is4() != hop.nexthop.Is4() {
			return nil
		}
		hops = append(hops, hop)
	}
	return hops
}

// policyPort is the port that a policy names, nil where it names none or one that ovn-northd has passed over.
func (v *View) policyPort(row *topology.LogicalRouterPolicy) *RouterPort {
	if row.OutputPort == nil {
		return nil
	}
	return v.routerPorts[row.OutputPort.Name]
}

// policyNexthop is the way to one next hop of a policy, nil where there is none: by the policy's port, or by the one with
// a network that the next hop is in.
func (v *View) policyNexthop(r *Router, row *topology.LogicalRouterPolicy, text string) *route {
	addr, err := netip.ParseAddr(text)
	hop := &route{nexthop: addr, raw: text}
	if hop.out = v.policyPort(row); hop.out != nil {
		if err != nil { // with a port the text goes as it is: for IPv4 if there is a dot in it
			addr = netip.IPv6Unspecified()
			if strings.Contains(text, ".") {
				addr = netip.IPv4Unspecified()
			}
			hop.nexthop = addr
		}
		if hop.from = hop.out.memberAddress(addr); !hop.from.IsValid() {
			hop.from = hop.out.firstAddress(addr.Is4())
		}
	} else if err == nil {
		for _, p := range r.portsHashed() {
			if a := p.memberAddress(addr); a.IsValid() {
				hop.out, hop.from = p, a
				break
			}
		}
	}
	if !hop.from.IsValid() {
		return nil
	}
	for _, b := range row.BFDSessions {
		if b.DstIP == text && b.LogicalPort == hop.out.Name && isBFDDown(b) {
			return nil
		}
	}
	return hop
}

// isBFDDown says whether a session that something depends on does not hear its peer. ovn-northd puts a session that it
// has just made down until the chassis says more.
func isBFDDown(b *topology.BFD) bool { return b.Status != "up" && b.Status != "init" }

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
	used := map[int]bool{}
	for _, r := range v.Routers {
		for _, row := range r.policies() {
			for _, f := range before[chainKey{r.UUID, F("%d ", row.Priority) + row.Match}] {
				if _, to, ok := strings.Cut(f.Actions, regPolicyChain+"="); ok && row.Action == "jump" && row.JumpChain != "" && c.ids[row.JumpChain] == 0 && !used[leadingInt(to)] {
					c.ids[row.JumpChain], used[leadingInt(to)] = leadingInt(to), true
				}
				if id := leadingInt(strings.TrimPrefix(f.Match, regPolicyChain+" == ")); id != 0 && row.Chain != "" && !used[id] && c.ids[row.Chain] == 0 {
					c.ids[row.Chain], used[id] = id, true
				}
			}
		}
	}
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
