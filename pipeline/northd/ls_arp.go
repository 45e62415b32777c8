package northd

import (
	"net/netip"

	"ovnsim/pipeline"
)

// arpResponderFeature answers ARP requests and neighbour solicitations for the addresses of a switch's ports.
var arpResponderFeature = feature{
	name:       "arp-responder",
	title:      "ARP/ND responder",
	stages:     []pipeline.Stage{pipeline.LsInARPRsp},
	switchPort: answerForPort,
}

func answerForPort(v *View, e *Emitter, p *SwitchPort) {
	if p.Type == "localnet" && !p.Switch.HasARPProxy {
		// The request reaches every chassis of the physical network; each would answer.
		e.Add(p.Switch.DP, pipeline.LsInARPRsp, 100, F("inport == %s", p.Key), "next;")
	}
	if !v.answers(p) {
		return
	}
	for _, a := range p.owned() {
		for _, ip := range a.IPv4 {
			answerIPv4(e, p, a.MAC, ip)
		}
		for _, ip := range a.IPv6 {
			answerIPv6(e, p, a.MAC, ip, s6(p))
		}
	}
}

// answers says whether the switch answers for a port.
func (v *View) answers(p *SwitchPort) bool {
	switch {
	case p.Type == "virtual" || p.Type == "external", p.Unknown, p.Switch.VLANPassthru:
		return false
	case p.Type == "router":
		return true
	case p.Type == "" && boolOption(p.Options, "disable_arp_nd_rsp", false):
		return false
	case p.Type == "localport":
		return true
	}
	return p.IsUp || boolOption(v.Options, "ignore_lsp_down", true)
}

// s6 is the action that answers for an IPv6 address: routers say that they are.
func s6(p *SwitchPort) text {
	if p.Type == "router" {
		return "nd_na_router"
	}
	return "nd_na"
}

func answerIPv4(e *Emitter, p *SwitchPort, m mac, ip netip.Addr) {
	match := F("arp.tpa == %s && arp.op == 1 && eth.dst == ff:ff:ff:ff:ff:ff", ip)
	e.Add(p.Switch.DP, pipeline.LsInARPRsp, 50, match, arpReply(m.String(), ip.String()))
	// A machine that asks for its own address is looking for others that have it.
	e.Add(p.Switch.DP, pipeline.LsInARPRsp, 100, match+F(" && inport == %s", p.Key), "next;")
}

// arpReply turns an ARP request into its answer and sends it back.
func arpReply(m, ip string) string {
	return F("eth.dst = eth.src; eth.src = %s; arp.op = 2; /* ARP reply */ arp.tha = arp.sha; arp.sha = %s; "+
		"arp.tpa = arp.spa; arp.spa = %s; outport = inport; flags.loopback = 1; output;", m, m, ip)
}

func answerIPv6(e *Emitter, p *SwitchPort, m mac, ip netip.Addr, na text) {
	match := F("nd_ns_mcast && ip6.dst == %s && nd.target == %s", solicitedNode(ip), ip)
	e.AddMetered(p.Switch.DP, pipeline.LsInARPRsp, 50, match, F(na+" { eth.src = %s; ip6.src = %s; nd.target = %s; "+
		"nd.tll = %s; outport = inport; flags.loopback = 1; output; };", m, ip, ip, m), p.Switch.meter("nd-na"))
	e.Add(p.Switch.DP, pipeline.LsInARPRsp, 100, match+F(" && inport == %s", p.Key), "next;")
}
