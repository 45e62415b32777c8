package northd

import (
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"

	"ovnsim/pipeline"
	"ovnsim/topology"
)

// routingFeature chooses the next hop and the port towards a destination.
var routingFeature = feature{
	name:  "routing",
	title: "Logical_Router_Port: networks, route_table; Logical_Router_Static_Route",
	stages: []pipeline.Stage{
		pipeline.LrInIPRoutingPre, pipeline.LrInIPRouting, pipeline.LrInIPRoutingECMP, pipeline.LrInARPRequest,
		pipeline.LrInDefrag, pipeline.LrInECMPStateful, pipeline.LrInECMPStatefulEgr, pipeline.LrInPolicy, pipeline.LrInARPResolve,
	},
	global: func(v *View, e *Emitter) {
		e.AddGroup(v.allRouters, pipeline.LrInIPRouting, 10550, "nd_rs || nd_ra", v.Drop)
		e.AddGroup(v.allRouters, pipeline.LrInIPRoutingECMP, 150, regECMPGroup+" == 0", "next;")
		routeElsewhere(v, e)
	},
	router: func(v *View, e *Emitter, r *Router) {
		for _, row := range r.LogicalRouter.Ports { // those that are of no use otherwise, too
			if id := r.tableID(row.Options["route_table"]); id != 0 {
				// This one match has the port's name as it is, whatever is in it.
				e.Add(r.DP, pipeline.LrInIPRoutingPre, 100, F("inport == \"%s\"", row.Name), F(regRouteTable+" = %d; next;", id))
			}
		}
		for _, row := range r.StaticRoutes {
			solicitNexthop(e, r, row.Nexthop)
		}
		numbers := v.ecmp.of(r, pipeline.LrInIPRouting)
		for _, g := range groupRoutes(v.routes(r)) {
			switch one := g.members[0]; {
			case g.isECMP():
				routeGroup(v, e, r, g, numbers)
			case one.leaves(r):
			case one.discard:
				e.Add(r.DP, pipeline.LrInIPRouting, one.priority(), one.match(), v.Drop)
			default:
				routeOne(e, one)
			}
		}
	},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		commitECMPReply(v, e, p)
	},
}

// routeElsewhere writes static routes that name a port of another router. Their flows go where the port is.
func routeElsewhere(v *View, e *Emitter) {
	for _, r := range v.Routers {
		if !slices.ContainsFunc(r.StaticRoutes, func(row *topology.LogicalRouterStaticRoute) bool {
			p := v.routerPorts[row.OutputPort]
			return p != nil && p.Router != r
		}) {
			continue
		}
		for _, g := range groupRoutes(v.routes(r)) {
			if one := g.members[0]; !g.isECMP() && one.leaves(r) {
				routeOne(e, one)
			}
		}
	}
}

// leaves says whether a route leads out by a port of another router.
func (r *route) leaves(of *Router) bool { return r.out != nil && r.out.Router != of }

// routeOne writes a route that leads somewhere, for the router that has the port.
func routeOne(e *Emitter, one *route) {
	action := F(regECMPGroup+" = 0; %s; flags.loopback = 1; %s next;", one.towards(), one.family())
	dp := one.out.Router.DP
	e.Add(dp, pipeline.LrInIPRouting, one.priority(), one.match(), "ip.ttl--; "+action)
	if one.out.HasBFD {
		// BFD's packets must arrive with the time to live that they were sent with (RFC 5881, section 5).
		e.Add(dp, pipeline.LrInIPRouting, one.priority()+1, one.match()+" && udp.dst == 3784", action)
	}
}

// towards sets the next hop, the router's own address on the way and the port.
func (r *route) towards() string {
	hop, source := regNexthop6, regSource6
	if r.nexthopIs4() {
		hop = regNexthop4
	}
	if is4(r.from) {
		source = regSource4
	}
	to := r.nexthop.String()
	switch {
	case r.raw != "":
		to = r.raw
	case !r.nexthop.IsValid():
		to = "ip6.dst"
		if is4(r.prefix.Addr()) {
			to = "ip4.dst"
		}
	}
	return F("%s = %s; %s = %s; eth.src = %s; outport = %s", hop, to, source, r.from, r.out.MAC, r.out.Key)
}

// nexthopIs4 says of which family the next hop is.
func (r *route) nexthopIs4() bool {
	if r.nexthop.IsValid() {
		return r.nexthop.Is4()
	}
	return is4(r.prefix.Addr())
}

// family notes for the later stages whether the next hop is to be asked for by ARP. The router's own address decides:
// without one of IPv4 there is nobody to ask in the name of.
func (r *route) family() string {
	if is4(r.from) {
		return regNexthopIs4 + " = 1;"
	}
	return regNexthopIs4 + " = 0;"
}

// solicitNexthop asks for a static route's IPv6 next hop at its own solicited-node group, whatever the packet's
// destination is; even where the route itself is of no use.
func solicitNexthop(e *Emitter, r *Router, nexthop string) {
	n, ok := parseNetwork(nexthop)
	if !ok || n.Is4() || !n.IsSingleIP() {
		return
	}
	group := solicitedNode(n.Addr())
	e.AddMetered(r.DP, pipeline.LrInARPRequest, 200,
		F("eth.dst == 00:00:00:00:00:00 && "+regNexthopIs4+" == 0 && "+regNexthop6+" == %s", nexthop),
		F("nd_ns { eth.dst = %s; ip6.dst = %s; nd.target = %s; output; }; next;", multicastMAC(group), group, nexthop), r.meter("nd-ns-resolve"))
}

// routes that compete for the same packets. Members are in the order of their numbers, from 1.
type ecmpGroup struct{ members []*route }

// isECMP says whether the packets are spread. A single route that wants symmetric replies counts, so that a second one
// can join without upsetting connections.
func (g *ecmpGroup) isECMP() bool {
	return len(g.members) > 1 || g.members[0].symmetric && g.members[0].source < sourceConnected
}

// discards says whether a member discards; then all do.
func (g *ecmpGroup) discards() bool {
	for _, one := range g.members {
		if one.discard {
			return true
		}
	}
	return false
}

// groupRoutes collects routes to the same packets; connected ones stand each for itself. Routes count as one group only
// where their rows have the same address, host bits and all.
func groupRoutes(routes []*route) []*ecmpGroup {
	type key struct {
		prefix   netip.Prefix
		bySource bool
		table    int
		source   routeSource
	}
	var out []*ecmpGroup
	byKey := map[key]*ecmpGroup{}
	for _, one := range routes {
		k := key{one.written, one.bySource, one.table, one.source}
		g := byKey[k]
		if g == nil || one.source == sourceConnected {
			g = &ecmpGroup{}
			out, byKey[k] = append(out, g), g
		}
		g.members = append(g.members, one)
	}
	return out
}

// routeGroup spreads packets over several routes: a group number here, a member chosen by hash, the member's next hop in
// the next stage.
func routeGroup(v *View, e *Emitter, r *Router, g *ecmpGroup, numbers *ecmpNumbering) {
	first := g.members[0]
	match := first.groupMatch()
	actions := make([]string, len(g.members))
	for i, one := range g.members {
		actions[i] = memberActions(v, one)
	}
	if g.discards() {
		for i := range actions {
			actions[i] = v.Drop
		}
	}
	id := numbers.ofGroup(match, actions)
	ids := numbers.ofMembers(id, actions)
	set := F("ip.ttl--; flags.loopback = 1; "+regECMPGroup+" = %d; "+regECMPMember+" = ", id)
	switch fields := commonFields(g.members); {
	case len(ids) == 1:
		e.Add(r.DP, pipeline.LrInIPRouting, first.priority(), match, set+F("%d; next;", ids[0]))
		if slices.ContainsFunc(fields, isPortField) {
			// What would be a choice by a protocol's ports is for all of them here.
			e.Add(r.DP, pipeline.LrInIPRouting, first.priority()+1, match, set+F("%d; next;", ids[0]))
		}
	default:
		spread(sorted(ids), fields, func(protocol, choice string) {
			if protocol == "" {
				e.Add(r.DP, pipeline.LrInIPRouting, first.priority(), match, set+choice)
			} else {
				e.Add(r.DP, pipeline.LrInIPRouting, first.priority()+1, match+" && "+protocol, set+choice)
			}
		})
	}
	for i := range g.members {
		e.Add(r.DP, pipeline.LrInIPRoutingECMP, 100, F(regECMPGroup+" == %d && "+regECMPMember+" == %d", id, ids[i]), actions[i])
	}
	if r.IsGateway && !g.discards() {
		replyGroup(v, e, r, g, ids)
	}
}

// replyGroup has replies go back on those ways of a group that want it. Of several by one port the one with the lowest
// number tells the address that the port speaks from.
func replyGroup(v *View, e *Emitter, r *Router, g *ecmpGroup, ids []int) {
	ways := map[*RouterPort]int{}
	for i, one := range g.members {
		if best, seen := ways[one.out]; one.symmetric && (!seen || ids[i] < ids[best]) {
			ways[one.out] = i
		}
	}
	for i, one := range g.members {
		if best, some := ways[one.out]; some && best == i {
			replySymmetrically(v, e, r, one)
		}
	}
	if len(ways) > 0 {
		e.Add(r.DP, pipeline.LrInDefrag, 100, g.members[0].groupMatch(), "ct_next;")
	}
}

// memberActions sends a packet on the way that was chosen for it.
func memberActions(v *View, one *route) string {
	if one.discard {
		return v.Drop
	}
	symmetric := ""
	if one.symmetric {
		symmetric = " " + regECMPSymmetric + " = 1;"
	}
	return F("%s; %s%s next;", one.towards(), one.family(), symmetric)
}

// spread writes how one of several members is chosen: by a hash of the whole packet, or of fields. Port fields exist only
// where the protocol is known, so that each protocol has a choice of its own.
func spread(ids []int, fields []string, add func(protocol, choice string)) {
	numbers := make([]string, len(ids))
	for i, id := range ids {
		numbers[i] = strconv.Itoa(id)
	}
	values := strings.Join(numbers, ", ")
	if len(fields) == 0 {
		add("", F("select(%s);", values))
		return
	}
	var plain, ports []string
	for _, f := range fields {
		if isPortField(f) {
			ports = append(ports, f)
		} else {
			plain = append(plain, f)
		}
	}
	sort.Strings(plain)
	add("", F("select(values=(%s); hash_fields=\"%s\");", values, strings.Join(plain, ",")))
	for _, protocol := range []string{"tcp", "udp", "sctp"} {
		all := append([]string(nil), plain...)
		for _, f := range ports {
			all = append(all, protocol+strings.TrimPrefix(f, "tp"))
		}
		if len(ports) > 0 {
			add(protocol, F("select(values=(%s); hash_fields=\"%s\");", values, strings.Join(all, ",")))
		}
	}
}

// isPortField says whether a selection field is a port, which only some protocols have.
func isPortField(f string) bool { return strings.HasPrefix(f, "tp_") }

// commonFields are the selection fields that all members name. Who names a port's field means the protocol with it.
func commonFields(members []*route) []string {
	out := members[0].allFields()
	for _, one := range members[1:] {
		theirs := one.allFields()
		out = slices.DeleteFunc(out, func(f string) bool { return !slices.Contains(theirs, f) })
	}
	sort.Strings(out)
	return out
}

func (r *route) allFields() []string {
	out := slices.Clone(r.fields)
	if slices.ContainsFunc(out, isPortField) && !slices.Contains(out, "ip_proto") {
		out = append(out, "ip_proto")
	}
	return out
}

func sorted(ids []int) []int {
	out := append([]int(nil), ids...)
	sort.Ints(out)
	return out
}
