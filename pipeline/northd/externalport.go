package northd

import "ovnsim/pipeline"

// externalPortFeature leaves requests of external ports for a router to the one chassis that is in charge of the port.
var externalPortFeature = feature{
	name:   "external-port",
	title:  "External ports",
	stages: []pipeline.Stage{pipeline.LsInExternalPort},
	switchPort: func(v *View, e *Emitter, p *SwitchPort) {
		if p.Type != "external" {
			return
		}
		for _, l := range p.Switch.Localnets {
			for _, a := range p.owned() {
				for _, r := range p.Switch.RouterPorts {
					externalTo(e, p, F("inport == %s && eth.src == %s && ", l.Key, a.MAC), r)
				}
			}
		}
	},
}

// externalTo drops what goes to one router where the external port is not.
func externalTo(e *Emitter, p *SwitchPort, from string, r *SwitchPort) {
	dp, elsewhere := p.Switch.DP, F("!is_chassis_resident(%s)", p.Key)
	for _, own := range r.owned() {
		for _, ip := range own.IPv4 {
			e.Add(dp, pipeline.LsInExternalPort, 100, from+elsewhere+F(" && arp.tpa == %s && arp.op == 1", ip), e.view.Drop)
		}
		for _, ip := range own.IPv6 {
			e.Add(dp, pipeline.LsInExternalPort, 100,
				from+elsewhere+F(" && nd_ns && ip6.dst == {%s, %s} && nd.target == %s", ip, solicitedNode(ip), ip), e.view.Drop)
		}
		e.Add(dp, pipeline.LsInExternalPort, 100, from+F("eth.dst == %s && ", own.MAC)+elsewhere, e.view.Drop)
	}
}
