package northd

import "ovnsim/pipeline"

// vtepFeature takes in what comes from hardware VTEPs: it skips the ingress pipeline, and only a gateway routes it.
var vtepFeature = feature{
	name:   "vtep",
	title:  "Ports of VTEP gateways",
	stages: []pipeline.Stage{pipeline.LsInHairpin, pipeline.LsInARPRsp},
	switch_: func(v *View, e *Emitter, s *Switch) {
		if !s.HasVTEP {
			return
		}
		for _, p := range s.RouterPorts {
			if p.Peer.Redirect != "" {
				e.Add(s.DP, pipeline.LsInHairpin, 2000, F(regFromVTEP+" == 1 && is_chassis_resident(%s)", p.Peer.Redirect), "next;")
			}
		}
		e.Add(s.DP, pipeline.LsInHairpin, 1000, F(regFromVTEP+" == 1"), F("next(pipeline=ingress, table=%d);", v.number[pipeline.LsInL2Lkup]))
		e.Add(s.DP, pipeline.LsInARPRsp, 65535, F(regFromVTEP+" == 1 && (arp || nd_ns)"), "flags.loopback = 1; next;")
	},
}
