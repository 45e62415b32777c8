package northd

import (
	"net/netip"
	"sort"
	"strconv"
	"strings"

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
