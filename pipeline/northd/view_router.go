package northd

import (
	"net/netip"
	"sort"
	"strconv"
	"strings"
)

// routerFacts is what several features ask of a router.
type routerFacts struct {
	// IsGateway says that the router lives on the one chassis that options:chassis names.
	IsGateway bool
	// GatewayPorts are its distributed gateway ports: those that a choice of chassis is given for.
	GatewayPorts []*RouterPort
	tables       *routeTables
	distributed  bool
	hashed       []*RouterPort   // the ports in the order of portsHashed, once asked for
	snatIPs      map[string]bool // addresses that packets are translated from
	// MulticastRelay says that the router forwards IP multicast between its ports (options:mcast_relay).
	MulticastRelay bool
	meters         map[string]string // of control-plane protection, by protocol
}

// routerPortFacts is what several features ask of a router port.
type routerPortFacts struct {
	// Networks4 and Networks6 are its networks in the order of their texts; the link-local one is the last.
	Networks4, Networks6 []network
	resolved             *resolvedPort // once asked for
	routable             []routableSet // once asked for
	routableKnown        bool
	// Redirect is the key of the chassisredirect port of a distributed gateway port, "" for other ports.
	Redirect     string
	RedirectName string
	redirect     *binding // the row of the chassisredirect port, nil for none
	// PeerPort is the router port that a port with a peer leads to directly, nil without one.
	PeerPort *RouterPort
	// HasBFD says that a BFD session runs on the port.
	HasBFD bool
	// IsRemote says that the port is bound to a chassis of another availability zone.
	IsRemote bool
}

// learn works out the facts of a router and its ports. Peers are joined already, switches have learned their facts.
func (r *Router) learn(v *View) {
	r.IsGateway, r.meters = r.onChassis(), v.protection(r.Copp)
	r.MulticastRelay = boolOption(r.Options, "mcast_relay", false)
	for _, p := range r.byUUID() {
		if p.Redirect != "" {
			r.GatewayPorts = append(r.GatewayPorts, p)
		}
		if p.LogicalRouterPort.Peer != "" && p.Switch == nil {
			if peer := v.routerPorts[p.LogicalRouterPort.Peer]; peer != nil && peer.LogicalRouterPort.Peer == p.Name {
				p.PeerPort = peer
			}
		}
		p.HasBFD = v.bfdPorts[p.Name]
		if c := v.chassis(p.Options["requested-chassis"]); c != nil {
			p.IsRemote = boolOption(c.OtherConfig, "is-remote", false)
		}
	}
}

// read reads the port's addresses; it says whether the Ethernet address is good. ovn-northd passes over a port where it is
// not, but only over the network where a network is not.
func (p *RouterPort) read() bool {
	m, ok := parseMAC(p.LogicalRouterPort.MAC)
	if !ok || macLen(p.LogicalRouterPort.MAC) != len(p.LogicalRouterPort.MAC) {
		return false
	}
	p.MAC = m
	texts := append([]string(nil), p.Networks...)
	sort.Strings(texts)
	for _, text := range texts {
		if n, ok := parseNetwork(text); ok && n.Addr() != netip.IPv4Unspecified() {
			p.addNetwork(n)
		}
	}
	p.addNetwork(network{netip.PrefixFrom(m.linkLocal(), 64)})
	if (len(p.GatewayChassis) > 0 || p.HAChassisGroup != nil) && !p.Router.onChassis() {
		p.RedirectName = "cr-" + p.Name
		p.Redirect, p.redirect = quote(p.RedirectName), &binding{name: p.RedirectName}
	}
	return true
}

func (p *RouterPort) addNetwork(n network) {
	if n.Is4() {
		p.Networks4 = append(p.Networks4, n)
	} else {
		p.Networks6 = append(p.Networks6, n)
	}
}

// IsEnabled says whether the port takes part at all.
func (p *RouterPort) IsEnabled() bool { return p.Enabled == nil || *p.Enabled }

// leadsToVTEP says whether the port's switch has a hardware VTEP, which cannot tell chassis apart.
func (p *RouterPort) leadsToVTEP() bool { return p.Switch != nil && p.Switch.Switch.HasVTEP }

// portsHashed are the router's ports in the order in which ovn-northd looks for one that reaches an address.
func (r *Router) portsHashed() []*RouterPort {
	if r.hashed == nil {
		names, byName := make([]string, len(r.Ports)), map[string]*RouterPort{}
		for i, p := range r.byUUID() {
			names[i], byName[p.Name] = p.Name, p
		}
		for _, name := range hashOrder(names) {
			r.hashed = append(r.hashed, byName[name])
		}
	}
	return r.hashed
}

// byUUID are the router's ports in the order of their rows in the database.
func (r *Router) byUUID() []*RouterPort {
	out := append([]*RouterPort(nil), r.Ports...)
	sort.SliceStable(out, func(i, j int) bool { return string(out[i].UUID[:]) < string(out[j].UUID[:]) })
	return out
}

// networks are the port's networks, IPv4 first.
func (p *RouterPort) networks() []network {
	return append(append([]network(nil), p.Networks4...), p.Networks6...)
}

// memberAddress is the port's address in the network that an address lies in, the zero Addr where none does.
func (p *RouterPort) memberAddress(a netip.Addr) netip.Addr {
	nets := p.Networks4
	if a.Is6() {
		nets = p.Networks6
	}
	for _, n := range nets {
		if n.Masked().Contains(a) {
			return n.Addr()
		}
	}
	return netip.Addr{}
}

// addrs are the addresses of networks, as text.
func addrs(nets []network) []string {
	out := make([]string, len(nets))
	for i, n := range nets {
		out[i] = n.Addr().String()
	}
	return out
}

// onChassis says whether the router as a whole is on one chassis; even "" makes a gateway router of it.
func (r *Router) onChassis() bool {
	_, ok := r.LogicalRouter.Options["chassis"]
	return ok
}

// isCentral says whether the router, or its gateway, is on one chassis, where NAT and load balancing can be done.
func (r *Router) isCentral() bool { return r.IsGateway || len(r.GatewayPorts) > 0 }

// isDistributed says whether one of the router's balancers works on every chassis (options:distributed), which then takes
// what is for the gateway ports, too.
func (r *Router) isDistributed() bool { return r.distributed }

// translatesFrom says whether replies to an address may have to be translated back (SNAT).
func (r *Router) translatesFrom(addr string) bool { return r.snatIPs[addr] }

// centralized is the key of the chassisredirect port that stands for the port on the one chassis that answers for it: its
// own, or, for a port that resides with it, that of the router's only distributed gateway port. "" is none.
func (p *RouterPort) centralized() string {
	switch {
	case p.Redirect != "":
		return p.Redirect
	case len(p.Router.GatewayPorts) == 1 && boolOption(p.Options, "reside-on-redirect-chassis", false):
		return p.Router.GatewayPorts[0].Redirect
	}
	return ""
}

// portsWithBFD are the router ports that a BFD row names.
func (v *View) portsWithBFD() map[string]bool {
	out := map[string]bool{}
	for _, b := range v.Topology.BFD {
		out[b.LogicalPort] = true
	}
	return out
}

// meter is the meter that control-plane protection gives for a protocol's packets to the controller, "" for none.
func (r *Router) meter(protocol string) string { return r.meters[protocol] }

// routerGroup is the group of the routers that a condition holds for.
func (v *View) routerGroup(holds func(*Router) bool) *Group {
	g := v.newGroup()
	for _, r := range v.Routers {
		if holds(r) {
			g.add(r.DP)
		}
	}
	return g
}

// boolOption reads an option that is "true" or "false", in any case; anything else is the default.
func boolOption(o map[string]string, key string, missing bool) bool {
	switch s := o[key]; {
	case len(s) == 4 && equalFold(s, "true"):
		return true
	case len(s) == 5 && equalFold(s, "false"):
		return false
	}
	return missing
}

func equalFold(s, lower string) bool {
	for i := range lower {
		if s[i]|0x20 != lower[i] {
			return false
		}
	}
	return true
}

// intOption reads the number that an option begins with; 0 where there is none.
func intOption(o map[string]string, key string) int {
	if o[key] == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimLeft(o[key], blanks))
	if err != nil {
		return 0
	}
	return n
}

// supports says whether every chassis has a feature (Chassis.other_config); without any chassis all features are there.
func (v *View) supports(feature string) bool {
	for _, c := range v.Before.Chassis {
		if !boolOption(c.OtherConfig, feature, false) && !boolOption(c.OtherConfig, "is-remote", false) {
			return false
		}
	}
	return true
}
