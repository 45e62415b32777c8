package northd

import (
	"net/netip"
	"strings"

	"ovnsim/pipeline"
)

// virtualPortFeature binds a virtual port to the parent that claims its address.
var virtualPortFeature = feature{
	name:       "virtual-port",
	title:      "Virtual ports",
	stages:     []pipeline.Stage{pipeline.LsInARPRsp},
	switchPort: bindVirtual,
}

func bindVirtual(v *View, e *Emitter, p *SwitchPort) {
	if p.Type != "virtual" {
		return
	}
	ip, err := netip.ParseAddr(p.Options["virtual-ip"])
	if err != nil {
		return
	}
	claim := F("((arp.op == 1 && arp.spa == %s && arp.tpa == %s) || (arp.op == 2 && arp.spa == %s))", ip, ip, ip)
	if ip.Is6() {
		claim = F("((nd_ns && ip6.dst == {%s, %s} && nd.target == %s) ||(nd_na && nd.target == %s))", ip, solicitedNode(ip), ip, ip)
	}
	for _, name := range strings.Split(p.Options["virtual-parents"], ",") {
		if parent := v.switchPorts[name]; parent != nil && parent.Switch == p.Switch {
			e.Add(p.Switch.DP, pipeline.LsInARPRsp, 100, F(`inport == "%s" && `, name)+claim, F("bind_vport(%s, inport); next;", p.Key))
		}
	}
}
