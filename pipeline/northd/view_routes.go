package northd

import (
	"net/netip"
	"sort"

	"ovnsim/pipeline"
	"ovnsim/topology"
)

// routeSource is where a route comes from: of two routes to one network the one from the greater source wins.
type routeSource int

const (
	sourcePolicy    routeSource = 0 // by source address (ovn-nb's policy src-ip)
	sourceLearned   routeSource = 2
	sourceStatic    routeSource = 4
	sourceConnected routeSource = 6
)

// route is one way to a network.
type route struct {
	prefix    netip.Prefix // host bits cleared
	written   netip.Prefix // as the row has it
	bySource  bool         // matches the source address
	table     int          // route table number, 0 for the main one
	raw       string       // the next hop as a policy writes it, "" for routes
	nexthop   netip.Addr   // the zero Addr where the destination itself is the next hop
	discard   bool
	out       *RouterPort
	from      netip.Addr // the address of out that ARP requests come from
	source    routeSource
	symmetric bool // replies go back the way the requests came
	fields    []string
	row       *topology.LogicalRouterStaticRoute // of a static route
}

// priority is that of the route's flow: longest prefix first, then by source.
func (r *route) priority() int {
	if r.bySource {
		return r.prefix.Bits() * 8
	}
	return r.prefix.Bits()*8 + int(r.source)
}

// match is what packets the route is for. A link-local network is there on each port, so that the port they come in by
// decides.
func (r *route) match() string {
	if r.prefix.Addr().Is6() && isLinkLocal(r.prefix.Addr()) && r.out != nil {
		return F("inport == %s && ", r.out.Key) + r.groupMatch()
	}
	return r.groupMatch()
}

// groupMatch is what packets several such routes are for, by whatever port they come. Only connected networks are in every
// route table.
func (r *route) groupMatch() string {
	if r.table != 0 || r.source < sourceConnected {
		return F(regRouteTable+" == %d && ", r.table) + r.address(r.bySource)
	}
	return r.address(r.bySource)
}

// address matches the route's network as a packet's source or destination.
func (r *route) address(source bool) string {
	family, direction, network := "4", "dst", r.prefix.String()
	switch {
	case r.prefix.Addr().Is4In6():
		network = F("0.0.0.0/%d", r.prefix.Bits())
	case r.prefix.Addr().Is6():
		family = "6"
	}
	if source {
		direction = "src"
	}
	return F("ip%s.%s == %s", family, direction, network)
}

// routes are all routes of a router, connected ones first, then static and learned ones.
func (v *View) routes(r *Router) []*route {
	var out []*route
	for _, p := range r.Ports {
		for _, n := range p.networks() {
			out = append(out, &route{prefix: n.Masked(), out: p, from: n.Addr(), source: sourceConnected})
		}
	}
	for _, row := range r.staticRoutes() {
		if parsed := v.staticRoute(r, row); parsed != nil {
			out = append(out, parsed)
		}
	}
	if boolOption(r.Options, "dynamic-routing", false) {
		for _, row := range v.Before.LearnedRoutes {
			if row.Datapath != nil && row.Datapath.NbUUID == r.UUID {
				if parsed := v.learnedRoute(row); parsed != nil {
					out = append(out, parsed)
				}
			}
		}
	}
	return out
}

// staticRoutes are the rows of the router's static routes in the order that OVSDB keeps them in.
func (r *Router) staticRoutes() []*topology.LogicalRouterStaticRoute {
	rows := append([]*topology.LogicalRouterStaticRoute(nil), r.StaticRoutes...)
	sort.SliceStable(rows, func(i, j int) bool { return string(rows[i].UUID[:]) < string(rows[j].UUID[:]) })
	return rows
}

// staticRoute reads a row; nil where ovn-northd has no use for it.
func (v *View) staticRoute(r *Router, row *topology.LogicalRouterStaticRoute) *route {
	prefix, ok := parseNetwork(row.IPPrefix)
	if !ok {
		return nil
	}
	out := &route{
		row: row, prefix: prefix.Masked(), written: prefix.Prefix, bySource: row.Policy == "src-ip", source: sourceStatic, table: r.tableID(row.RouteTable),
		discard: row.Nexthop == "discard", symmetric: boolOption(row.Options, "ecmp_symmetric_reply", false), fields: row.SelectionFields,
	}
	if row.Options["origin"] == "connected" {
		out.source = sourceConnected
	}
	if out.discard {
		if v.isDown(row) {
			return nil
		}
		return out
	}
	if row.Nexthop != "" {
		n, ok := parseNetwork(row.Nexthop)
		if !ok || !n.IsSingleIP() {
			return nil
		}
		out.nexthop = n.Addr()
	}
	if !v.findOutput(r, out, row) || v.isDown(row) {
		return nil
	}
	return out
}

// findOutput finds the port that a route leaves by and the address it speaks from: the named port, even where it has no
// network with the next hop, or else the first with one.
func (v *View) findOutput(r *Router, out *route, row *topology.LogicalRouterStaticRoute) bool {
	_, err := netip.ParseAddr(row.Nexthop) // here the address must be written properly, and alone
	reaches := err == nil
	if row.OutputPort == "" {
		for _, p := range r.portsHashed() {
			if reaches && p.memberAddress(out.nexthop).IsValid() {
				out.out, out.from = p, p.memberAddress(out.nexthop)
				return true
			}
		}
		return false
	}
	p := v.routerPorts[row.OutputPort]
	if p == nil {
		return false
	}
	out.out = p
	if reaches {
		out.from = p.memberAddress(out.nexthop)
	}
	if !out.from.IsValid() {
		out.from = p.firstAddress(out.nexthop.Is4() || !out.nexthop.IsValid() && out.prefix.Addr().Is4())
	}
	return out.from.IsValid()
}

// firstAddress is the port's first address of a family, the zero Addr without one.
func (p *RouterPort) firstAddress(ip4 bool) netip.Addr {
	nets := p.Networks6
	if ip4 {
		nets = p.Networks4
	}
	if len(nets) == 0 {
		return netip.Addr{}
	}
	return nets[0].Addr()
}

// isDown says whether BFD watches the route's next hop and cannot hear it.
func (v *View) isDown(row *topology.LogicalRouterStaticRoute) bool {
	return row.BFD != nil && row.BFD.DstIP == row.Nexthop && isBFDDown(row.BFD)
}

// learnedRoute reads a route that a routing protocol found; nil where the router does not want it.
func (v *View) learnedRoute(row *pipeline.LearnedRoute) *route {
	if row.LogicalPort == nil {
		return nil
	}
	p := v.routerPorts[row.LogicalPort.LogicalPort]
	prefix, ok := parseNetwork(row.IPPrefix)
	hop, err := netip.ParseAddr(row.Nexthop)
	if p == nil || !ok || err != nil || boolOption(p.Options, "dynamic-routing-no-learning", false) {
		return nil
	}
	out := &route{prefix: prefix.Masked(), written: prefix.Prefix, nexthop: hop, out: p, source: sourceLearned, from: p.memberAddress(hop)}
	if !out.from.IsValid() {
		out.from = p.firstAddress(hop.Is4())
	}
	if !out.from.IsValid() {
		return nil
	}
	return out
}

// tableID is the number of one of the router's route tables, 0 for the main one and as long as they have no numbers.
func (r *Router) tableID(name string) int {
	if r.tables == nil {
		return 0
	}
	return r.tables.ids[name]
}
