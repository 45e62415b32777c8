package northd

import "ovnsim/pipeline"

// natARPFeature makes the external addresses of NAT known: routers answer for them, switches send requests for them to
// the router, and other ports of the router know their Ethernet addresses.
var natARPFeature = feature{
	name:  "nat-arp",
	title: "NAT addresses in ARP and neighbour discovery",
	stages: []pipeline.Stage{
		pipeline.LrInAdmission, pipeline.LrInIPInput, pipeline.LrInARPResolve, pipeline.LsInL2Lkup,
	},
	router: func(v *View, e *Emitter, r *Router) {
		for _, n := range r.NATs {
			r.answer(e, 90, "", n, "", regInportMAC)
			if n.Gateway == nil {
				continue
			}
			n.answerAtGateway(v, e)
			n.resolve(v, e)
			if n.Type == "snat" {
				e.Add(r.DP, pipeline.LrInIPInput, 120, F("inport == %s && %s.src == %s", n.Gateway.Key, n.ip(), n.ExternalIP), "next;")
			}
			n.tooBig(e)
			n.admit(e)
		}
	},
	switchPort: func(v *View, e *Emitter, p *SwitchPort) {
		if p.Peer == nil {
			return
		}
		for _, n := range p.Peer.Router.NATs {
			if p.Peer.IsEnabled() {
				n.lookup(v, e, p)
			}
		}
		if p.Peer.Redirect != "" {
			lookupOwnMACs(v, e, p)
		}
	},
}

// asks matches requests for the Ethernet address of a NAT's external address.
func (n *NAT) asks() string {
	if n.External.Is4() {
		return F("arp.op == 1 && arp.tpa == %s", n.External)
	}
	return F("ip6.dst == {%s, %s} && nd_ns && nd.target == %s", n.External, solicitedNode(n.External), n.External)
}

// answer replies to requests for a NAT's external address with a MAC address.
func (r *Router) answer(e *Emitter, priority int, before string, n *NAT, after, mac string) {
	if n.External.Is4() {
		e.Add(r.DP, pipeline.LrInIPInput, priority, before+n.asks()+after, routerARPReplyFrom(mac))
		return
	}
	e.AddMetered(r.DP, pipeline.LrInIPInput, priority, before+n.asks()+after, routerNAFrom(mac), r.meter("nd-na"))
}

// routerARPReplyFrom turns an ARP request into the answer to it.
func routerARPReplyFrom(mac string) string {
	return F("eth.dst = eth.src; eth.src = %s; arp.op = 2; /* ARP reply */ arp.tha = arp.sha; arp.sha = %s; "+
		"arp.tpa <-> arp.spa; outport = inport; flags.loopback = 1; output;", mac, mac)
}

// routerNAFrom answers a neighbour solicitation.
func routerNAFrom(mac string) string {
	return F("nd_na { eth.src = %s; ip6.src = nd.target; nd.tll = %s; outport = inport; flags.loopback = 1; output; };", mac, mac)
}

// answerAtGateway lets one chassis alone answer on a gateway port, so that the network learns where the address is.
func (n *NAT) answerAtGateway(v *View, e *Emitter) {
	if n.Type == "snat" && n.Router.earlierSNAT(n) {
		return
	}
	for _, p := range n.Router.GatewayPorts {
		source, resident := string(regInportMAC), p.Redirect
		if n.LogicalPort != "" && n.ExternalMAC != "" {
			source, resident = n.ExternalMAC, `"`+n.LogicalPort+`"`
		}
		if !n.Router.worksAt(n.NAT, n.External, p) || p.meetsGateway() {
			continue // the switch brings requests to the one place already
		}
		port := F("inport == %s && ", p.Key)
		n.Router.answer(e, 92, port, n, F(" && is_chassis_resident(%s)", resident), source)
		e.Add(n.Router.DP, pipeline.LrInIPInput, 91, port+n.asks(), v.Drop)
	}
}

// earlierSNAT says whether an earlier rule of the router translates sources to the same address.
func (r *Router) earlierSNAT(n *NAT) bool {
	for _, m := range r.NATs {
		if m == n {
			break
		}
		if m.Type == "snat" && m.External == n.External {
			return true
		}
	}
	return false
}

// resolve gives the Ethernet address of an external address to what leaves by the gateway port. What came in there and is
// still for the external address was not translated, and would go around for ever.
func (n *NAT) resolve(v *View, e *Emitter) {
	p, nexthop, to := n.Gateway, regNexthop4, n.Gateway.MAC.String()
	if !n.External.Is4() {
		nexthop = regNexthop6
	}
	if n.Distributed {
		to = n.ExternalMAC
	}
	if !n.Router.firstWith(n) {
		return
	}
	e.Add(p.Router.DP, pipeline.LrInARPResolve, 100, F("outport == %s && %s == %s", p.Key, nexthop, n.ExternalIP), F("eth.dst = %s; next;", to))
	e.Add(p.Router.DP, pipeline.LrInARPResolve, 150, F("inport == %s && outport == %s && %s.dst == %s", p.Key, p.Key, n.ip(), n.ExternalIP), v.Drop)
	if n.Distributed && n.Router.bridges() {
		n.resolveBridged(e)
	}
}

// bridges says whether one of the router's ports asks that traffic leaves without passing the gateway's chassis.
func (r *Router) bridges() bool {
	for _, p := range r.Ports {
		if p.Options["redirect-type"] == "bridged" {
			return true
		}
	}
	return false
}

// resolveBridged looks up the next hop where the logical port is: traffic does not pass the gateway's chassis. Where there
// are several gateway ports, ovn-northd takes now one and now another; we take the first.
func (n *NAT) resolveBridged(e *Emitter) {
	action := "get_arp(outport, " + regNexthop4 + "); next;"
	if !n.External.Is4() {
		action = "get_nd(outport, " + regNexthop6 + "); next;"
	}
	e.Add(n.Router.DP, pipeline.LrInARPResolve, 90,
		F("outport == %s && %s.src == %s && is_chassis_resident(%s)", n.Router.GatewayPorts[0].Key, n.ip(), n.LogicalIP, n.resident()), action)
}

// firstWith says whether no earlier rule of the router has the same external address.
func (r *Router) firstWith(n *NAT) bool {
	for _, m := range r.NATs {
		if m.ExternalIP == n.ExternalIP {
			return m == n
		}
	}
	return false
}

// tooBig answers what is too large for the network behind in the name of a distributed rule's address.
func (n *NAT) tooBig(e *Emitter) {
	mtu := intOption(n.Gateway.Options, "gateway_mtu")
	if mtu == 0 || !n.Distributed {
		return
	}
	error := F("icmp4_error {"+regEgressLoopback+" = 1; "+regPktLarger+" = 0; eth.dst = eth.src; eth.src = %s; ip4.dst = ip4.src; "+
		"ip4.src = %s; ip.ttl = 254; icmp4.type = 3; /* Destination Unreachable. */ icmp4.code = 4; "+
		"/* Frag Needed and DF was Set. */ icmp4.frag_mtu = %d; outport = %s; flags.loopback = 1; output; };",
		n.ExternalMAC, n.ExternalIP, mtu, n.Gateway.Key)
	if !n.External.Is4() {
		error = F("icmp6_error {"+regEgressLoopback+" = 1; "+regPktLarger+" = 0; eth.dst = eth.src; eth.src = %s; ip6.dst = ip6.src; "+
			"ip6.src = %s; ip.ttl = 254; icmp6.type = 2; /* Packet Too Big. */ icmp6.code = 0; icmp6.frag_mtu = %d; "+
			"outport = %s; flags.loopback = 1; output; };", n.ExternalMAC, n.ExternalIP, mtu, n.Gateway.Key)
	}
	e.Add(n.Router.DP, pipeline.LrInIPInput, 160,
		F("inport == %s && "+regPktLarger+" && "+regEgressLoopback+" == 0 && %s && %s.dst == %s", n.Gateway.Key, n.ip(), n.ip(), n.ExternalIP), error)
}

// lookupOwnMACs sends frames for a distributed rule's own Ethernet address to the router, on the chassis where the rule
// works; ovn-northd does so for rules, too, that do not work at all.
func lookupOwnMACs(v *View, e *Emitter, p *SwitchPort) {
	to := F("outport = %s; output;", p.Key)
	if !p.IsEnabled {
		to = v.Drop
	}
	for _, row := range p.Peer.Router.LogicalRouter.NAT {
		m, ok := parseMAC(row.ExternalMAC)
		if ok && row.Type == "dnat_and_snat" && row.LogicalPort != "" {
			e.Add(p.Switch.DP, pipeline.LsInL2Lkup, 50,
				F(`eth.dst == %s && is_chassis_resident("%s")`, m, row.LogicalPort), to)
		}
	}
}

// lookup sends requests for the external address on a switch to the router.
func (n *NAT) lookup(v *View, e *Emitter, p *SwitchPort) {
	switch {
	case n.Type == "snat" && n.Router.owns(n.ExternalIP), v.serves(n.Router, n.ExternalIP):
		// The flows for the router's own address, or for its VIP, are there already.
	case n.External.Is4():
		floodOwn(e, p, F("flags[1] == 0 && arp.op == 1 && arp.tpa == %s", n.ExternalIP))
	default:
		floodOwn(e, p, F("flags[1] == 0 && nd_ns && nd.target == %s", n.ExternalIP))
	}
}

// owns says whether an address, as it is written, is that of one of the router's ports.
func (r *Router) owns(text string) bool {
	for _, p := range r.Ports {
		for _, n := range p.networks() {
			if n.Addr().String() == text {
				return true
			}
		}
	}
	return false
}

// admit takes frames for a distributed rule's own Ethernet address where the rule works.
func (n *NAT) admit(e *Emitter) {
	if !n.Distributed {
		return
	}
	admitMatching(e, n.Gateway, F("eth.dst == %s && inport == %s && is_chassis_resident(%s)", n.MAC, n.Gateway.Key, n.resident()))
}
