package northd

import (
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
		for _, row := range r.policies() {
			writePolicy(v, e, r, row)
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

func writePolicy(v *View, e *Emitter, r *Router, row *topology.LogicalRouterPolicy) {
	if !v.isUsed(r, row) {
		return
	}
	match := row.Match
	if v.chains.any {
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
				F("%s"+regPolicyChain+"=%d; next(pipeline=ingress, table=%d);", mark, v.chains.of(row.JumpChain), pipeline.LrInPolicy.Number()))
		}
	case "reroute":
		reroute(v, e, r, row, match, mark)
	}
}

// policyMark sets the packet's mark where the policy asks for one (options:pkt_mark).
func policyMark(row *topology.LogicalRouterPolicy) string {
	n, err := strconv.ParseUint(row.Options["pkt_mark"], 10, 32)
	if err != nil || n == 0 {
		return ""
	}
	return F("pkt.mark = %d; ", n)
}

// reroute sends packets to one of the policy's next hops: those that can be reached and that BFD hears. A policy for
// several is a choice, even when only one of them is left.
func reroute(v *View, e *Emitter, r *Router, row *topology.LogicalRouterPolicy, match, mark string) {
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
	id := v.ecmp.ofGroup(r, pipeline.LrInPolicy, F("%d ", row.Priority)+row.Match)
	ids := v.ecmp.ofMembers(r, pipeline.LrInPolicy, id, actions)
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

// policyNexthops are the ways to the next hops of a policy that can be reached; none where they are of both families.
func (v *View) policyNexthops(r *Router, row *topology.LogicalRouterPolicy) (hops []*route) {
	if len(row.Nexthops) > 1 && row.OutputPort != nil {
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

// policyNexthop is the way to one next hop of a policy, nil where there is none: by the policy's port, or by the one with
// a network that the next hop is in.
func (v *View) policyNexthop(r *Router, row *topology.LogicalRouterPolicy, text string) *route {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return nil
	}
	hop := &route{nexthop: addr, raw: text}
	if row.OutputPort != nil {
		if hop.out = v.routerPorts[row.OutputPort.Name]; hop.out == nil {
			return nil
		}
		if hop.from = hop.out.memberAddress(addr); !hop.from.IsValid() {
			hop.from = hop.out.firstAddress(addr.Is4())
		}
	} else {
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

// policyChains numbers the chains of policies: one numbering for all routers, because any policy with a chain changes the
// matches of all.
type policyChains struct {
	any    bool
	ids    map[string]int
	onOwn  map[chainKey]bool // chains by the router that has policies in them
	flowed map[chainKey]bool // jumps that were flows before
}

type chainKey struct {
	router ovsdb.UUID
	name   string
}

// of is a chain's number; 0 is that of policies with none.
func (c *policyChains) of(name string) int { return c.ids[name] }

// reachable says whether a jump leads somewhere: to a chain of the router's own. ovn-northd also writes a jump to a chain
// that it has met on an earlier router, and which is earlier nobody can tell but its flows.
func (c *policyChains) reachable(r *Router, row *topology.LogicalRouterPolicy) bool {
	if row.JumpChain == "" || c.ids[row.JumpChain] == 0 {
		return false
	}
	return c.onOwn[chainKey{r.UUID, row.JumpChain}] || c.flowed[chainKey{r.UUID, F("%d ", row.Priority) + row.Match}]
}

// learnChains numbers the chains: as before where flows tell, else in the order of routers and rows.
func (v *View) learnChains() {
	c := &policyChains{ids: map[string]int{}, onOwn: map[chainKey]bool{}, flowed: map[chainKey]bool{}}
	v.chains = c
	before := v.policyFlowsBefore()
	used := map[int]bool{}
	for _, r := range v.Routers {
		for _, row := range r.policies() {
			if row.Chain == "" || !v.isUsed(r, row) {
				continue
			}
			c.any = true
			c.onOwn[chainKey{r.UUID, row.Chain}] = true
			for _, f := range before[chainKey{r.UUID, F("%d ", row.Priority) + row.Match}] {
				if id := leadingInt(strings.TrimPrefix(f.Match, regPolicyChain+" == ")); id != 0 && !used[id] && c.ids[row.Chain] == 0 {
					c.ids[row.Chain], used[id] = id, true
				}
			}
		}
	}
	for k, flows := range before {
		for _, f := range flows {
			if strings.Contains(f.Actions, regPolicyChain+"=") {
				c.flowed[k] = true
			}
		}
	}
	next := 1
	for _, r := range v.Routers {
		for _, row := range r.policies() {
			for c.onOwn[chainKey{r.UUID, row.Chain}] && c.ids[row.Chain] == 0 {
				if !used[next] {
					c.ids[row.Chain], used[next] = next, true
				}
				next++
			}
		}
	}
}

// policyFlowsBefore are the flows that policies had before, by router, priority and the policy's own match.
func (v *View) policyFlowsBefore() map[chainKey][]*pipeline.Flow {
	out := map[chainKey][]*pipeline.Flow{}
	for _, f := range v.Before.Flows {
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
