package northd

import (
	"strings"

	"ovnsim/pipeline"
)

// arpProxyFeature lets a router answer for addresses that are behind it (options:arp_proxy).
var arpProxyFeature = feature{
	name:       "arp-proxy",
	title:      "ARP proxy",
	stages:     []pipeline.Stage{pipeline.LsInARPRsp},
	switchPort: arpProxy,
}

func arpProxy(v *View, e *Emitter, p *SwitchPort) {
	if p.Switch.HasARPProxy && v.answers(p) {
		leaveUnicast(e, p)
	}
	list := p.Options["arp_proxy"]
	if list == "" || p.Peer == nil || !v.answers(p) {
		return
	}
	m, v4, v6 := readProxy(list)
	if m == "" {
		m = p.Peer.MAC.String()
	}
	if len(v4) > 0 {
		e.Add(p.Switch.DP, pipeline.LsInARPRsp, 30, F(regFromRouterPort+" == 0 && arp.op == 1 && arp.tpa == {%s}", strings.Join(v4, ",")),
			F("eth.dst = eth.src; eth.src = %s; arp.op = 2; /* ARP reply */ arp.tha = arp.sha; arp.sha = %s; arp.tpa <-> arp.spa; "+
				"outport = inport; flags.loopback = 1; output;", m, m))
	}
	if len(v6) > 0 {
		var targets []string
		for _, n := range v6 {
			targets = append(targets, n, solicited(n))
		}
		e.AddMetered(p.Switch.DP, pipeline.LsInARPRsp, 30,
			F(regFromRouterPort+" == 0 && nd_ns && ip6.dst == { %s } && nd.target == { %s }", strings.Join(targets, ", "), strings.Join(v6, ", ")),
			F("nd_na_router { eth.src = %s; ip6.src = nd.target; nd.target = nd.target; nd.tll = %s; outport = inport; flags.loopback = 1; output; };", m, m),
			p.Switch.meter("nd-na"))
	}
}

// proxies says whether a port answers for addresses of options:arp_proxy.
func (p *SwitchPort) proxies() bool {
	_, v4, v6 := readProxy(p.Options["arp_proxy"])
	return len(v4)+len(v6) > 0
}

// proxyMAC is the Ethernet address that a port to a router answers with for other addresses than the router's, "" where
// it is the router's own.
func (p *SwitchPort) proxyMAC() string {
	if p.Peer == nil {
		return ""
	}
	m, _, _ := readProxy(p.Options["arp_proxy"])
	return m
}

// readProxy reads "[MAC] NETWORK…"; networks come back with their length.
func readProxy(list string) (m string, v4, v6 []string) {
	for i, word := range strings.Fields(list) {
		if a, ok := parseMAC(word); ok && i == 0 {
			m = a.String()
			continue
		}
		n, ok := parseNetwork(word)
		switch {
		case !ok:
			return m, v4, v6
		case n.Is4():
			v4 = append(v4, n.String())
		default:
			v6 = append(v6, n.String())
		}
	}
	return m, v4, v6
}

// solicited is the solicited-node address of a network, of the same length.
func solicited(text string) string {
	n, _ := parseNetwork(text)
	return F("%s/%d", solicitedNode(n.Addr()), n.Bits())
}

// leaveUnicast keeps the proxy away from requests that were sent to the owner of an address.
func leaveUnicast(e *Emitter, p *SwitchPort) {
	for _, a := range p.owned() {
		for _, ip := range a.IPv4 {
			e.Add(p.Switch.DP, pipeline.LsInARPRsp, 50, F("arp.tpa == %s && arp.op == 1 && eth.dst == %s", ip, a.MAC), "next;")
		}
		for _, ip := range a.IPv6 {
			e.AddMetered(p.Switch.DP, pipeline.LsInARPRsp, 50, F("nd_ns && ip6.dst == %s && nd.target == %s", ip, ip), "next;", p.Switch.meter("nd-na"))
		}
	}
}
