package northd

import (
	"strings"

	"ovnsim/pipeline"
)

// addRouteFeature tells routers on a switch where the VIPs and the external addresses of their neighbours are, as far as
// these ask for it (options:add_route of Load_Balancer and NAT).
var addRouteFeature = feature{
	name:   "add-route",
	title:  "Load_Balancer and NAT options:add_route",
	stages: []pipeline.Stage{pipeline.LrInIPRouting, pipeline.LrInARPResolve},
	switch_: func(v *View, e *Emitter, s *Switch) {
		for _, sp := range s.Ports {
			if sp.Peer == nil {
				continue
			}
			for _, r := range sp.Peer.routable(v) {
				tellNeighbours(e, s, sp.Peer, r)
			}
		}
	},
}

// routable is addresses behind one Ethernet address; those of IPv6 count for nothing but being there.
type routable struct {
	mac mac
	ip4 []string
}

// routable is what a router says that neighbours reach by a port: first what each distributed rule has by itself, then
// what the port has.
func (p *RouterPort) routable(v *View) (out []routable) {
	own, any := routable{mac: p.MAC}, false
	for _, n := range p.Router.NATs {
		switch {
		case n.Type == "snat" || !boolOption(n.NAT.Options, "add_route", false) || !n.External.Is4():
		case n.GatewayPort != nil && n.GatewayPort != p.LogicalRouterPort:
		case n.Distributed:
			out = append(out, routable{n.MAC, []string{n.ExternalIP}})
		case !p.Router.owns(n.External):
			own.ip4, any = append(own.ip4, n.ExternalIP), true
		}
	}
	vips, more := v.routableVIPs(p.Router)
	own.ip4 = append(own.ip4, vips...)
	if any || more {
		out = append(out, own)
	}
	return out
}

// routableVIPs is the IPv4 VIPs of a router's balancers that have a route, and whether there are any, IPv6 ones included.
func (v *View) routableVIPs(r *Router) (ip4 []string, any bool) {
	for _, b := range v.routed {
		if !b.Routers.has(r.DP) {
			continue
		}
		for _, vip := range b.VIPs {
			any = true
			if vip.Is4() {
				ip4 = append(ip4, vip.IP)
			}
		}
	}
	return hashOrder(ip4), any
}

// tellNeighbours gives the other routers of a switch routes to addresses that a port says it has, and, to those that are
// in one place, its Ethernet address.
func tellNeighbours(e *Emitter, s *Switch, owner *RouterPort, r routable) {
	for _, sp := range s.Ports {
		p := sp.Peer
		if p == nil || p == owner {
			continue
		}
		for _, ip := range r.ip4 {
			if owner.Redirect != "" || owner.Router.IsGateway {
				e.Add(p.Router.DP, pipeline.LrInIPRouting, 262, F("ip4.dst == %s/32", ip), p.directRoute())
			}
		}
		if (p.Redirect != "" || p.Router.IsGateway) && !boolOption(p.Router.Options, "dynamic_neigh_routers", false) {
			e.Add(p.Router.DP, pipeline.LrInARPResolve, 100,
				F("outport == %s && "+regNexthop4+" == {%s}", p.Key, strings.Join(r.ip4, ", ")), F("eth.dst = %s; next;", r.mac))
		}
	}
}

// directRoute sends IPv4 packets out by the port, to their destination itself. A port without an IPv4 address uses the
// first that it has.
func (p *RouterPort) directRoute() string {
	source, is4, nets := regSource4, 1, p.Networks4
	if len(nets) == 0 {
		source, is4, nets = regSource6, 0, p.Networks6
	}
	return F("ip.ttl--; "+regECMPGroup+" = 0; "+regNexthop4+" = ip4.dst; %s = %s; eth.src = %s; outport = %s; "+
		"flags.loopback = 1; "+regNexthopIs4+" = %d; next;", source, nets[0].Addr(), p.MAC, p.Key, is4)
}
