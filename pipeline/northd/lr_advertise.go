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
	a.own = len(a.out)
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
	return a.without()
}

// advertiser collects the routes of a router.
type advertiser struct {
	v    *View
	r    *Router
	seen map[advertisedKey]bool
	out  []*pipeline.AdvertisedRoute
	own  int // how many of out came from the router's routes, the others being those of rules and of balancers
}

// without leaves out what a rule or a balancer tells of with no best way where some other thing has one for the same
// address. Of static routes and addresses of machines ovn-northd takes either way, as its tables have them; here a static
// route stays.
func (a *advertiser) without() []*pipeline.AdvertisedRoute {
	tracked := map[advertisedKey]bool{}
	for _, one := range a.out {
		if one.TrackedPort != "" {
			tracked[advertisedKey{one.LogicalPort, one.IPPrefix, ""}] = true
		}
	}
	for _, one := range a.out[a.own:] {
		if k := (advertisedKey{one.LogicalPort, one.IPPrefix, one.TrackedPort}); tracked[k] {
			a.seen[k] = false
		}
	}
	return slices.DeleteFunc(a.out, func(one *pipeline.AdvertisedRoute) bool {
		return !a.seen[advertisedKey{one.LogicalPort, one.IPPrefix, one.TrackedPort}]
	})
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
	if !isLinkLocal(addr) {
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
			a.text(p, n.ExternalIP, "") // as the row writes it
		case n.Distributed:
			a.text(p, n.ExternalIP, n.LogicalPort)
		default:
			a.text(p, n.ExternalIP, n.Gateway.Name)
		}
	}
}

// vips tells of the VIPs of a port's neighbours, and of the router's own where it balances on a chassis of its own.
func (a *advertiser) vips(p *RouterPort) {
	for _, other := range p.neighbours() {
		for _, ip := range a.vipsOf(other.Router) {
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
			a.text(p, ip, port)
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
			out = append(out, vip.IP)
		}
	}
	return out
}
