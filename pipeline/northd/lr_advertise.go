package northd

import (
	"net/netip"
	"slices"
	"strings"

	"ovnsim/pipeline"
)

// advertised are the routes that the chassis of a router tell the world outside of (Logical_Router
// options:dynamic-routing, dynamic-routing-redistribute), each once.
func (v *View) advertised(r *Router) []*pipeline.AdvertisedRoute {
	if !boolOption(r.Options, "dynamic-routing", false) {
		return nil
	}
	a := &advertiser{v: v, r: r, seen: map[advertisedKey]bool{}}
	for _, one := range v.routes(r) {
		a.route(one)
	}
	for _, p := range r.Ports {
		if told := p.redistributes(); told["nat"] {
			a.nats(p, r)
			for _, other := range p.neighbours() {
				a.nats(p, other.Router)
			}
		}
		if p.redistributes()["lb"] {
			a.vips(p)
		}
	}
	return a.out
}

// advertiser collects the routes of a router.
type advertiser struct {
	v    *View
	r    *Router
	seen map[advertisedKey]bool
	out  []*pipeline.AdvertisedRoute
}

type advertisedKey struct{ port, prefix, tracked string }

// redistributes is what a port's part of the network is told of: the port's own list, or that of the router.
func (p *RouterPort) redistributes() map[string]bool {
	list, ok := p.Options["dynamic-routing-redistribute"]
	if !ok {
		list = p.Router.Options["dynamic-routing-redistribute"]
	}
	out := map[string]bool{}
	for _, word := range strings.Split(list, ",") {
		out[word] = true
	}
	return out
}

// neighbours are the routers' ports that a port meets, directly or on its switch, among them its own router's others.
func (p *RouterPort) neighbours() (out []*RouterPort) {
	if p.PeerPort != nil {
		return []*RouterPort{p.PeerPort}
	}
	if p.Switch != nil {
		for _, leading := range p.Switch.Switch.RouterPorts {
			if leading.Peer != p {
				out = append(out, leading.Peer)
			}
		}
	}
	return out
}

// add tells of a network that the port leads to; tracked is the port whose chassis is the best way, "" where none is.
func (a *advertiser) add(p *RouterPort, prefix netip.Prefix, tracked string) {
	text := prefix.String()
	if prefix.IsSingleIP() {
		text = prefix.Addr().String()
	}
	a.text(p, text, tracked)
}

// text tells of what is written so, be it an address or a variable that a template's VIP has.
func (a *advertiser) text(p *RouterPort, text, tracked string) {
	if k := (advertisedKey{p.Name, text, tracked}); !a.seen[k] {
		a.seen[k] = true
		a.out = append(a.out, &pipeline.AdvertisedRoute{Datapath: a.r.DP, LogicalPort: p.Name, IPPrefix: text, TrackedPort: tracked})
	}
}

func (a *advertiser) host(p *RouterPort, addr netip.Addr, tracked string) {
	if !addr.IsLinkLocalUnicast() {
		a.add(p, netip.PrefixFrom(addr, addr.BitLen()), tracked)
	}
}

// route tells of a route. Of a port's own networks it may tell what is on them instead.
func (a *advertiser) route(one *route) {
	if one.out == nil {
		return
	}
	told := one.out.redistributes()
	if one.source == sourceConnected && told["connected-as-host"] {
		if one.row == nil {
			a.hosts(one.out)
		}
		return
	}
	switch {
	case one.prefix.Addr().IsLinkLocalUnicast():
	case one.source == sourceStatic && told["static"]:
		a.add(one.out, one.prefix, "")
	case one.source == sourceConnected && told["connected"]:
		a.add(one.out, one.prefix, "")
	}
}

// hosts tells of the addresses of the machines and routers on the port's switch, or of the router across.
func (a *advertiser) hosts(p *RouterPort) {
	if p.PeerPort != nil {
		for _, n := range p.PeerPort.networks() {
			a.host(p, n.Addr(), p.PeerPort.Name)
		}
	}
	if p.Switch == nil {
		return
	}
	for _, other := range p.Switch.Switch.Ports {
		if other.Peer != nil {
			for _, n := range other.Peer.networks() {
				a.host(p, n.Addr(), other.Peer.Name)
			}
			continue
		}
		if other.Type == "virtual" {
			continue // its parent has the address, which may move
		}
		for _, owned := range other.owned() {
			for _, addr := range slices.Concat(owned.IPv4, owned.IPv6) {
				a.host(p, addr, other.Name)
			}
		}
	}
}

// nats tells of a router's external addresses. Where a rule works on one chassis, that one is the best way.
func (a *advertiser) nats(p *RouterPort, of *Router) {
	for _, n := range of.NATs {
		switch {
		case n.Gateway == nil:
			a.nat(p, n, "")
		case n.Distributed:
			a.nat(p, n, n.LogicalPort)
		default:
			a.nat(p, n, n.Gateway.Name)
		}
	}
}

// nat tells of a rule's external address as the row writes it.
func (a *advertiser) nat(p *RouterPort, n *NAT, tracked string) {
	if !n.External.IsLinkLocalUnicast() {
		a.text(p, n.ExternalIP, tracked)
	}
}

// vips tells of the VIPs of a port's neighbours, and of the router's own that no neighbour has, where it balances on a chassis
// of its own.
func (a *advertiser) vips(p *RouterPort) {
	met := map[string]bool{}
	for _, other := range p.neighbours() {
		for _, ip := range a.vipsOf(other.Router) {
			met[ip] = true
			a.text(p, ip, other.Name)
		}
	}
	var tracked []string
	if a.r.IsGateway {
		tracked = []string{""}
	}
	for _, gateway := range a.r.GatewayPorts {
		tracked = append(tracked, gateway.Name)
	}
	for _, ip := range a.vipsOf(a.r) {
		for _, port := range tracked {
			if !met[ip] {
				a.text(p, ip, port)
			}
		}
	}
}

// vipsOf are the VIPs of a router as flows write them.
func (a *advertiser) vipsOf(r *Router) (out []string) {
	for _, b := range a.v.Balancers {
		if !b.Routers.has(r.DP) {
			continue
		}
		for _, vip := range b.VIPs {
			if !vip.Addr.IsLinkLocalUnicast() {
				out = append(out, vip.IP)
			}
		}
	}
	return out
}
