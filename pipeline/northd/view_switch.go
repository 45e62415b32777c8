package northd

import (
	"slices"

	"ovnsim/topology"
)

// switchFacts is what several features ask of a switch.
type switchFacts struct {
	ACL          aclFacts
	HasLBVIP     bool // a load balancer with a VIP is attached, by itself or by a group
	Localnets    []*SwitchPort
	Physical     []*SwitchPort // ports of type localnet and l2gateway, which lead to a physical network
	RouterPorts  []*SwitchPort // ports that lead to a router
	HasUnknown   bool          // a port takes frames to unknown addresses, be it enabled or not
	HasVTEP      bool
	HasARPProxy  bool // a port to a router answers for addresses of options:arp_proxy
	EVPN         bool // connected to an EVPN domain (other_config:dynamic-routing-vni)
	VLANPassthru bool
	meters       map[string]string // of control-plane protection, by protocol
	mcastFacts
}

// aclFacts sums up the ACLs of a switch, those of its port groups included.
type aclFacts struct {
	Any      bool
	Stateful bool           // one is allow-related
	MaxTier  [aclStages]int // by stage
}

// The three places where ACLs are evaluated.
const (
	fromLport = iota
	fromLportAfterLB
	toLport
	aclStages
)

// mcastFacts is how a switch treats IP multicast.
type mcastFacts struct {
	Snoop        bool
	FloodUnknown bool // unregistered multicast goes everywhere
	Relay        bool // a connected router relays multicast
	FloodPorts   bool // an enabled port takes all multicast (options:mcast_flood)
	FloodReports bool // an enabled port takes all reports (options:mcast_flood_reports)
}

// switchPortFacts is what several features ask of a switch port.
type switchPortFacts struct {
	addresses portAddresses
	Unknown   bool // takes frames to unknown addresses
	IsEnabled bool
	IsUp      bool
	// CR is the key of the chassisredirect port that stands for this one where the gateway port that it leads to is;
	// "" for none.
	CR string
	// redirect is the row of the chassisredirect port, nil for none.
	redirect *binding
}

// learn works out the facts of a switch and its ports. Peers are joined already.
func (s *Switch) learn(v *View) {
	s.VLANPassthru = boolOption(s.OtherConfig, "vlan-passthru", false)
	s.EVPN, s.meters = hasEVPN(s.OtherConfig), v.protection(s.Copp)
	if v.dynamic == nil {
		v.assign()
	}
	for _, p := range s.Ports {
		p.learn(v)
		s.learnPort(p)
	}
	s.HasLBVIP = s.hasVIP()
	s.learnMulticast()
	s.redirect()
}

func (p *SwitchPort) learn(v *View) {
	p.IsEnabled = p.Enabled == nil || *p.Enabled
	p.IsUp = p.Up != nil && *p.Up
	p.Unknown = p.Type == "switch" || slices.Contains(p.LogicalSwitchPort.Addresses, "unknown")
	if len(v.dynamic) > 0 {
		p.takeDynamic(v)
	}
}

// takeDynamic notes what IPAM chose.
func (p *SwitchPort) takeDynamic(v *View) {
	if a, ok := v.dynamic[p]; ok {
		p.addresses.dynamic = &a
	}
}

// learnPort files a port under what it is.
func (s *Switch) learnPort(p *SwitchPort) {
	switch {
	case p.Type == "localnet":
		s.Localnets = append(s.Localnets, p)
		s.Physical = append(s.Physical, p)
	case p.Type == "l2gateway":
		s.Physical = append(s.Physical, p)
	case p.Peer != nil:
		s.RouterPorts = append(s.RouterPorts, p)
		s.HasARPProxy = s.HasARPProxy || p.proxies()
	case p.Type == "vtep":
		s.HasVTEP = true
	}
	s.HasUnknown = s.HasUnknown || p.Unknown
}

// redirect gives the ports that lead to a router's only gateway port their chassisredirect ports. Switches with a
// physical network have none: there the router's own redirect port serves.
func (s *Switch) redirect() {
	if len(s.Localnets) > 0 {
		return
	}
	for _, p := range s.RouterPorts {
		if p.Peer.Redirect != "" && p.Peer.Switch == p && p.Peer.Router.redirects() == 1 {
			p.redirect = &binding{name: "cr-" + p.Name}
			p.CR = quote(p.redirect.name)
		}
	}
}

// redirects is how many distributed gateway ports a router has.
func (r *Router) redirects() (n int) {
	for _, p := range r.Ports {
		if p.Redirect != "" {
			n++
		}
	}
	return n
}

// routersOnly says whether a switch does nothing but join routers.
func (s *Switch) routersOnly() bool { return len(s.RouterPorts) == len(s.Ports) }

// Stateful says whether connections are tracked on the switch: for an ACL or for a load balancer.
func (s *Switch) Stateful() bool { return s.ACL.Stateful || s.HasLBVIP }

func (s *Switch) learnMulticast() {
	s.Snoop = boolOption(s.OtherConfig, "mcast_snoop", false)
	s.FloodUnknown = s.Snoop && boolOption(s.OtherConfig, "mcast_flood_unregistered", false)
	for _, p := range s.Ports {
		if p.Peer != nil && boolOption(p.Peer.Router.Options, "mcast_relay", false) {
			s.Relay = true
		}
		if p.IsEnabled && boolOption(p.Options, "receive_multicast", true) {
			s.FloodPorts = s.FloodPorts || boolOption(p.Options, "mcast_flood", false)
			s.FloodReports = s.FloodReports || boolOption(p.Options, "mcast_flood_reports", false)
		}
	}
}

// hasEVPN says whether a switch is part of an EVPN domain, for which the VNI must be one and its interfaces be named.
func hasEVPN(o map[string]string) bool {
	vni, ok := o["dynamic-routing-vni"]
	if n := intOption(o, "dynamic-routing-vni"); !ok || n < 0 || n >= 1<<24 || n == 0 && vni != "0" {
		return false
	}
	return true
}

// hasVIP says whether a balancer with a VIP is on the switch; those that come by way of a router do not count.
func (s *Switch) hasVIP() bool {
	return anyVIP(s.LoadBalancer, s.LoadBalancerGroup)
}

func anyVIP(own []*topology.LoadBalancer, groups []*topology.LoadBalancerGroup) bool {
	for _, lb := range own {
		if len(lb.VIPs) > 0 {
			return true
		}
	}
	for _, g := range groups {
		if anyVIP(g.LoadBalancer, nil) {
			return true
		}
	}
	return false
}

// meter is the meter that control-plane protection gives for a protocol's packets to the controller, "" for none.
func (s *Switch) meter(protocol string) string { return s.meters[protocol] }

// switchGroup is the group of the switches that a condition holds for.
func (v *View) switchGroup(holds func(*Switch) bool) *Group {
	g := v.newGroup()
	for _, s := range v.Switches {
		if holds(s) {
			g.add(s.DP)
		}
	}
	return g
}
