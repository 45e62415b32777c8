package northd

import (
	"strings"

	"ovnsim/pipeline"
)

// ipInputFeature is what every router does with packets as a host: drop what is wrong, answer for its own addresses.
var ipInputFeature = feature{
	name:   "ip-input",
	title:  "Logical_Router: what is dropped; Logical_Router_Port: networks, as a host's addresses",
	stages: []pipeline.Stage{pipeline.LrInIPInput, pipeline.LrInARPResolve},
	global: ipInputForAll,
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		dropSpoofed(v, e, p)
		answerRouterARP(v, e, p)
		answerRouterND(e, p)
		answerEcho(e, p)
		dropOwn(v, e, p)
	},
}

func ipInputForAll(v *View, e *Emitter) {
	for _, f := range []struct {
		priority int
		match    string
		actions  string
	}{
		{100, "ip4.src_mcast ||ip4.src == 255.255.255.255 || ip4.src == 127.0.0.0/8 || ip4.dst == 127.0.0.0/8 || ip4.src == 0.0.0.0/8 || ip4.dst == 0.0.0.0/8", v.Drop},
		{85, "arp || nd", v.Drop},
		{84, "nd_rs || nd_ra", "next;"},
		{83, "ip6.mcast_rsvd", v.Drop},
		{50, "eth.bcast", v.Drop},
		{32, "ip.ttl == {0, 1} && !ip.later_frag && (ip4.mcast || ip6.mcast)", v.Drop},
		{29, "ip.ttl == {0, 1}", v.Drop},
	} {
		e.AddGroup(v.allRouters, pipeline.LrInIPInput, f.priority, f.match, f.actions)
	}
}

// dropSpoofed drops packets that come in with the port's own or a broadcast address as their source, unless the router
// itself sent them round (egress loopback).
func dropSpoofed(v *View, e *Emitter, p *RouterPort) {
	var sources []string
	for _, n := range p.Networks4 {
		sources = append(sources, n.Addr().String(), n.broadcast().String())
	}
	if len(sources) > 0 {
		e.Add(p.Router.DP, pipeline.LrInIPInput, 100, F("ip4.src == {%s} && "+regEgressLoopback+" == 0", strings.Join(sources, ", ")), v.Drop)
	}
}

// routerARPReply answers an ARP request with the address of the port that it came in by.
const routerARPReply = "eth.dst = eth.src; eth.src = " + regInportMAC + "; arp.op = 2; /* ARP reply */ arp.tha = arp.sha; " +
	"arp.sha = " + regInportMAC + "; arp.tpa <-> arp.spa; outport = inport; flags.loopback = 1; output;"

// answerRouterARP answers requests for the port's addresses from their own networks.
func answerRouterARP(v *View, e *Emitter, p *RouterPort) {
	resident := ""
	if !p.Router.isDistributed() && p.Switch != nil && len(p.Switch.Switch.Localnets) > 0 {
		if cr := p.centralized(); cr != "" {
			resident = F(" && is_chassis_resident(%s)", cr)
		}
	}
	for _, n := range p.Networks4 {
		e.Add(p.Router.DP, pipeline.LrInIPInput, 90,
			F("inport == %s && arp.op == 1 && arp.tpa == %s && arp.spa == %s%s", p.Key, n.Addr(), n.subnet(), resident), routerARPReply)
	}
}

// answerRouterND answers solicitations for the port's addresses; for a distributed gateway port only its chassis does.
func answerRouterND(e *Emitter, p *RouterPort) {
	resident := ""
	if p.Redirect != "" && !p.Router.isDistributed() {
		resident = F(" && is_chassis_resident(%s)", p.Redirect)
	}
	for _, n := range p.Networks6 {
		e.AddMetered(p.Router.DP, pipeline.LrInIPInput, 90,
			F("inport == %s && ip6.dst == {%s, %s} && nd_ns && nd.target == %s%s", p.Key, n.Addr(), solicitedNode(n.Addr()), n.Addr(), resident),
			"nd_na_router { eth.src = "+regInportMAC+"; ip6.src = nd.target; nd.tll = "+regInportMAC+"; outport = inport; flags.loopback = 1; output; };",
			p.Router.meter("nd-na"))
	}
}

// answerEcho answers pings, whichever port they come in by and whatever their time to live.
func answerEcho(e *Emitter, p *RouterPort) {
	if len(p.Networks4) > 0 {
		e.Add(p.Router.DP, pipeline.LrInIPInput, 90, F("ip4.dst == %s && icmp4.type == 8 && icmp4.code == 0", oneOrSet(addrs(p.Networks4))),
			"ip4.dst <-> ip4.src; ip.ttl = 255; icmp4.type = 0; flags.loopback = 1; next; ")
	}
	if len(p.Networks6) > 0 {
		e.Add(p.Router.DP, pipeline.LrInIPInput, 90, F("ip6.dst == %s && icmp6.type == 128 && icmp6.code == 0", oneOrSet(addrs(p.Networks6))),
			"ip6.dst <-> ip6.src; ip.ttl = 255; icmp6.type = 129; flags.loopback = 1; next; ")
	}
}

// dropOwn drops what else is for the port's addresses: at once, or, where NAT or a balancer may yet translate the
// address, when nothing has. Where all of a gateway router's addresses stand for balanced connections
// (lb_force_snat_ip=router_ip), only the latter.
func dropOwn(v *View, e *Emitter, p *RouterPort) {
	for _, family := range []struct {
		match text
		nets  []network
	}{{"ip4.dst == {%s}", p.Networks4}, {"ip6.dst == {%s}", p.Networks6}} {
		var now, later []string
		for _, n := range family.nets {
			a := n.Addr().String()
			switch {
			case p.Router.translatesFrom(a) || v.serves(p.Router, a):
				later = append(later, a)
			case p.Router.IsGateway && p.Router.Options["lb_force_snat_ip"] == "router_ip":
			default:
				now = append(now, a)
			}
		}
		if len(now) > 0 {
			e.Add(p.Router.DP, pipeline.LrInIPInput, 60, F(family.match, strings.Join(now, ", ")), v.Drop)
		}
		if len(later) > 0 {
			e.Add(p.Router.DP, pipeline.LrInARPResolve, 2, F(family.match, strings.Join(later, ", ")), v.Drop)
		}
	}
}
