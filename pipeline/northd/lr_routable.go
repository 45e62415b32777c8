package northd

import (
	"net/netip"
	"strings"

	"ovnsim/pipeline"
)

// routableFeature makes the addresses of a router's NATs and balancers known to the routers next to it, where they ask
// for that (NAT and Load_Balancer options:add_route). ovn-northd does it for IPv4 alone.
var routableFeature = feature{
	name:   "routable",
	title:  "NAT: options:add_route; Load_Balancer: options:add_route",
	stages: []pipeline.Stage{pipeline.LrInIPRouting, pipeline.LrInARPResolve},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		for _, leading := range p.Leading {
			for _, next := range leading.Switch.RouterPorts {
				if other := next.Peer; other != p && other.Switch == next {
					sets := other.routableSets(v)
					routeTo(e, other, p, sets)
					resolveRoutable(e, p, sets)
				}
			}
		}
	},
}

// routableSet is addresses that are behind one Ethernet address, on the chassis where a port is. It may hold none of IPv4.
type routableSet struct {
	mac      mac
	addrs    []netip.Addr
	texts    []string // the addresses as their rows write them
	resident string   // the port's key, "" on a gateway router
}

// routableSets are what the port speaks for and others are to have routes to, worked out once for all of them.
func (p *RouterPort) routableSets(v *View) []routableSet {
	if !p.routableKnown {
		p.routable, p.routableKnown = p.Router.translated(v, p, true, true), true
	}
	return p.routable
}

// routeTo gives another router routes to the addresses, where they are taken in by the port's chassis.
func routeTo(e *Emitter, p, other *RouterPort, sets []routableSet) {
	if p.Redirect == "" && !p.Router.IsGateway {
		return
	}
	for _, set := range sets {
		for _, a := range set.addrs {
			if !a.Is4() {
				continue
			}
			one := &route{prefix: netip.PrefixFrom(a, a.BitLen()), out: other, from: other.firstAddress(true), source: sourceConnected}
			if !one.from.IsValid() {
				one.from = other.MAC.linkLocal()
			}
			routeOne(e, one)
		}
	}
}

// resolveRoutable tells another router the addresses' Ethernet address, where that router has a gateway there itself.
func resolveRoutable(e *Emitter, other *RouterPort, sets []routableSet) {
	if other.Redirect == "" && !other.Router.IsGateway || boolOption(other.Router.Options, "dynamic_neigh_routers", false) {
		return
	}
	for _, set := range sets {
		if len(set.addrs) == 0 {
			continue // templates' variables
		}
		var ip4 []string
		for _, a := range set.addrs {
			if a.Is4() {
				ip4 = append(ip4, a.String())
			}
		}
		e.Add(other.Router.DP, pipeline.LrInARPResolve, 100,
			F("outport == %s && "+regNexthop4+" == {%s}", other.Key, strings.Join(ip4, ", ")), F("eth.dst = %s; next;", set.mac))
	}
}

// translated are the addresses of the router's NATs and balancers that its port p speaks for: each distributed NAT's behind
// its own Ethernet address, then all others behind the port's. With routed, only those that ask for a route count
// (options:add_route), which those for SNAT alone never do.
func (r *Router) translated(v *View, p *RouterPort, vips, routed bool) (sets []routableSet) {
	central := routableSet{mac: p.MAC, resident: p.Redirect}
	for _, row := range byUUID(r.LogicalRouter.NAT) {
		external, ok := parseNetwork(row.ExternalIP)
		switch own, ok2 := parseMAC(row.ExternalMAC); {
		case !ok || !external.Is4() || external.Bits() != 32:
		case routed && (row.Type == "snat" || !boolOption(row.Options, "add_route", false)):
		case !r.worksAt(row, external.Addr(), p):
		case r.distributes(row) && !ok2:
		case r.distributes(row):
			sets = append(sets, routableSet{own, []netip.Addr{external.Addr()}, []string{row.ExternalIP}, `"` + row.LogicalPort + `"`}) // as it is
		case !p.has(external.Addr()):
			central.addrs, central.texts = append(central.addrs, external.Addr()), append(central.texts, row.ExternalIP)
		}
	}
	if vips {
		for _, text := range append(v.vipsOf(r, routed, false), v.vipsOf(r, routed, true)...) {
			central.texts = append(central.texts, text)
			if a, err := netip.ParseAddr(text); err == nil { // not the variable of a template
				central.addrs = append(central.addrs, a)
			}
		}
	}
	if len(central.texts) > 0 {
		sets = append(sets, central)
	}
	return sets
}

// has says whether an address is the port's own.
func (p *RouterPort) has(a netip.Addr) bool {
	for _, n := range p.networks() {
		if n.Addr() == a {
			return true
		}
	}
	return false
}
