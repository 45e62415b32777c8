package northd

import (
	"sort"

	"ovnsim/pipeline"
)

// Tunnel keys of the multicast group of ports that take all multicast, and the first of those that were learned.
const mcStaticKey = 32771

// routerMulticastFeature forwards IP multicast between a router's ports, to those that take all of it and to switches with
// members of a group.
var routerMulticastFeature = feature{
	name:   "router-multicast",
	title:  "Logical_Router: options:mcast_relay; Logical_Router_Port: options:mcast_flood",
	stages: []pipeline.Stage{pipeline.LrInIPInput, pipeline.LrInIPRouting},
	global: func(v *View, e *Emitter) {
		relays := v.routerGroup(func(r *Router) bool { return r.MulticastRelay })
		floods := v.routerGroup(func(r *Router) bool { return r.MulticastRelay && r.floodsMulticast() })
		plain := v.routerGroup(func(r *Router) bool { return r.MulticastRelay && !r.floodsMulticast() })
		e.AddGroup(relays, pipeline.LrInIPInput, 82, "ip4.mcast || ip6.mcast", "next;")
		e.AddGroup(v.routerGroup(func(r *Router) bool { return !r.MulticastRelay }), pipeline.LrInIPInput, 82, "ip4.mcast || ip6.mcast", v.Drop)
		reports := v.routerGroup((*Router).floodsMulticast)
		e.AddGroup(reports, pipeline.LrInIPInput, 120, "igmp && ip.ttl == 1", "next;")
		e.AddGroup(reports, pipeline.LrInIPInput, 120, "(mldv1 || mldv2) && ip.ttl == 1", "next;")
		e.AddGroup(floods, pipeline.LrInIPRouting, 10460, "igmp", `clone { outport = "_MC_static"; next; };`)
		e.AddGroup(floods, pipeline.LrInIPRouting, 10460, "mldv1 || mldv2", `clone { outport = "_MC_static"; next; };`)
		e.AddGroup(floods, pipeline.LrInIPRouting, 10450, "ip4.mcast || ip6.mcast", `clone { outport = "_MC_static"; ip.ttl--; next; };`)
		e.AddGroup(plain, pipeline.LrInIPRouting, 10450, "ip4.mcast || ip6.mcast", v.Drop)
	},
	router: func(v *View, e *Emitter, r *Router) {
		for _, address := range r.joined(v) {
			if forwarded(address) {
				r.forwardGroup(e, address)
			}
		}
	},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		if p.Router.MulticastRelay && p.Router.floodsMulticast() {
			// Reports keep their time to live, so that only their sender can end a loop.
			e.Add(p.Router.DP, pipeline.LrInIPRouting, 10550, F("eth.src == %s && igmp", p.MAC), v.Drop)
			e.Add(p.Router.DP, pipeline.LrInIPRouting, 10550, F("eth.src == %s && (mldv1 || mldv2)", p.MAC), v.Drop)
		}
	},
}

// floodsMulticast says whether one of the router's enabled ports takes all multicast.
func (r *Router) floodsMulticast() bool {
	for _, p := range r.Ports {
		if p.IsEnabled() && boolOption(p.Options, "mcast_flood", false) {
			return true
		}
	}
	return false
}

// floodGroup is the multicast group of the ports that take all multicast: of a distributed gateway port its stand-in.
func (r *Router) floodGroup() *pipeline.MulticastGroup {
	g := &pipeline.MulticastGroup{Datapath: r.DP, Name: "_MC_static", TunnelKey: mcStaticKey}
	for _, p := range r.Ports {
		row := p.row
		if p.redirect != nil {
			row = p.redirect.row
		}
		if p.IsEnabled() && boolOption(p.Options, "mcast_flood", false) {
			g.Ports = append(g.Ports, row)
		}
	}
	sort.Slice(g.Ports, func(i, j int) bool { return g.Ports[i].LogicalPort < g.Ports[j].LogicalPort })
	return g
}
