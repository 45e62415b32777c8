package northd

import (
	"net/netip"
	"strings"

	"ovnsim/pipeline"
)

// routingRedirectFeature hands a router port's routing protocols to a daemon on a switch port
// (Logical_Router_Port.options:routing-protocol-redirect).
var routingRedirectFeature = feature{
	name:       "routing-redirect",
	title:      "Routing protocol redirection",
	stages:     []pipeline.Stage{pipeline.LsInCheckPortSec, pipeline.LsInL2Lkup},
	switchPort: redirectRouting,
}

func redirectRouting(v *View, e *Emitter, p *SwitchPort) {
	if p.Peer == nil || p.Peer.Switch != p {
		return
	}
	to := v.switchPorts[p.Peer.Options["routing-protocol-redirect"]]
	protocols := p.Peer.Options["routing-protocols"]
	if to == nil || to.Switch != p.Switch || protocols == "" {
		return
	}
	r := redirection{e, p, to, map[string]bool{}}
	for _, name := range strings.Split(protocols, ",") {
		r.protocols[name] = true
	}
	if !r.protocols["BGP"] && !r.protocols["BFD"] {
		return
	}
	// The daemon has the router's addresses, but the router answers for them.
	for _, match := range []string{"arp.op == 2", "nd_na", "nd_ra"} {
		e.Add(p.Switch.DP, pipeline.LsInCheckPortSec, 80, F(`inport == "%s" && %s`, to.Name, match), F(regPortSecDrop+" = 1; next;"))
	}
	for _, n := range p.Peer.networks() {
		r.address(n.Addr())
	}
}

// redirection is from the port that leads to the router to the daemon's.
type redirection struct {
	e         *Emitter
	from, to  *SwitchPort
	protocols map[string]bool
}

func (r redirection) address(ip netip.Addr) {
	dst, learn := F("ip6.dst == %s", ip), F("ip6.dst == %s && nd_na", ip)
	if ip.Is4() {
		dst, learn = F("ip4.dst == %s", ip), F("arp.op == 2 && arp.tpa == %s", ip)
	}
	move := F(`outport = "%s"; output;`, r.to.Name) // as the option writes it
	copied := F(`clone { outport = "%s"; output; }; outport = %s; output;`, r.to.Name, r.from.Key)
	r.add(learn, copied)
	if r.protocols["BGP"] {
		r.add(dst+" && tcp.dst == 179", move)
		r.add(dst+" && tcp.src == 179", move)
	}
	if r.protocols["BFD"] {
		if r.from.Peer.HasBFD {
			move = copied // the router has a session of its own
		}
		r.add(dst+" && udp.dst == 3784", move)
		r.add(dst+" && udp.src == 3784", move)
	}
}

func (r redirection) add(match, actions string) {
	r.e.Add(r.from.Switch.DP, pipeline.LsInL2Lkup, 100, match, actions)
}
