package northd

import "ovnsim/pipeline"

// resolveFeature knows the Ethernet addresses of those neighbours that the northbound database names: ports of the
// switches that a router is on, and other routers there. Their addresses need not be asked for.
var resolveFeature = feature{
	name:   "resolve",
	title:  "Logical_Switch_Port: addresses, Logical_Router_Port: networks, as next hops of routers",
	stages: []pipeline.Stage{pipeline.LrInARPResolve},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		for _, leading := range p.Leading {
			resolveRouters(e, leading)
			for _, other := range leading.Switch.Ports {
				if other.Peer == nil && other.Type != "router" && other.Type != "virtual" && other.IsEnabled {
					resolvePort(e, p, other)
				}
			}
		}
		if peer := p.PeerPort; peer != nil {
			resolveNetworks(e, p, peer, "outport == %s && "+regNexthop4+"== %s")
		}
		if p.redirectsBridged() {
			e.Add(p.Router.DP, pipeline.LrInARPResolve, 50, F("outport == %s && !is_chassis_resident(%s)", p.Key, p.Redirect), F("eth.dst = %s; next;", p.MAC))
		}
	},
}

// resolvePort knows a switch port's addresses on the networks of a router's port there. A virtual port's parent may move,
// so that its address is learned instead.
func resolvePort(e *Emitter, out *RouterPort, p *SwitchPort) {
	for _, a := range p.owned() {
		for _, ip := range a.IPv4 {
			if !out.redirectsBridged() && out.memberAddress(ip).IsValid() {
				e.Add(out.Router.DP, pipeline.LrInARPResolve, 100, F("outport == %s && "+regNexthop4+" == %s", out.Key, ip), F("eth.dst = %s; next;", a.MAC))
			}
		}
		for _, ip := range a.IPv6 {
			if out.memberAddress(ip).IsValid() {
				e.Add(out.Router.DP, pipeline.LrInARPResolve, 100, F("outport == %s && "+regNexthop6+" == %s", out.Key, ip), F("eth.dst = %s; next;", a.MAC))
			}
		}
	}
}

// resolveRouters knows the addresses of the other routers on a switch, for the router that one of its ports leads to.
func resolveRouters(e *Emitter, p *SwitchPort) {
	out := p.Peer
	if boolOption(out.Router.Options, "dynamic_neigh_routers", false) || !p.IsEnabled {
		return
	}
	for _, other := range p.Switch.RouterPorts {
		if other.Peer != out {
			resolveNetworks(e, out, other.Peer, "outport == %s && "+regNexthop4+" == %s")
		}
	}
}

// resolveNetworks knows all addresses of another router's port. On a switch that joins many routers there is a pair of
// flows for each pair of them, so that what depends on one port alone is written once.
func resolveNetworks(e *Emitter, out, other *RouterPort, match4 text) {
	if other.resolved == nil {
		other.resolved = &resolvedPort{action: F("eth.dst = %s; next;", other.MAC)}
		if len(other.Networks4) > 0 {
			other.resolved.ip4 = oneOrSet(addrs(other.Networks4))
		}
		if len(other.Networks6) > 0 {
			other.resolved.ip6 = oneOrSet(addrs(other.Networks6))
		}
	}
	if to := other.resolved; to.ip4 != "" {
		e.Add(out.Router.DP, pipeline.LrInARPResolve, 100, F(match4, out.Key, to.ip4), to.action)
	}
	if to := other.resolved; to.ip6 != "" {
		e.Add(out.Router.DP, pipeline.LrInARPResolve, 100, F("outport == %s && "+regNexthop6+" == %s", out.Key, to.ip6), to.action)
	}
}

// resolvedPort is how flows write a port's addresses as next hops and set its Ethernet address.
type resolvedPort struct{ ip4, ip6, action string }

// redirectsBridged says whether traffic for a distributed gateway port goes to its chassis by the physical network
// (options:redirect-type), so that other chassis must not know its neighbours.
func (p *RouterPort) redirectsBridged() bool {
	return p.Redirect != "" && p.Options["redirect-type"] == "bridged"
}
