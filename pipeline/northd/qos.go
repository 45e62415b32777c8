package northd

import "ovnsim/pipeline"

// qosFeature marks packets and limits their rate.
var qosFeature = feature{
	name:    "qos",
	title:   "QoS",
	stages:  []pipeline.Stage{pipeline.LsInQoS, pipeline.LsOutQoS},
	switch_: qosRules,
}

func qosRules(v *View, e *Emitter, s *Switch) {
	for _, q := range s.QoSRules {
		stage, actions := pipeline.LsInQoS, ""
		if q.Direction == "to-lport" {
			stage = pipeline.LsOutQoS
		}
		if rate, ok := q.Bandwidth["rate"]; ok {
			if burst, ok := q.Bandwidth["burst"]; ok {
				actions += F("set_meter(%d, %d); ", rate, burst)
			} else {
				actions += F("set_meter(%d); ", rate)
			}
		}
		if dscp, ok := q.Action["dscp"]; ok {
			actions += F("ip.dscp = %d; ", dscp)
		}
		if mark, ok := q.Action["mark"]; ok {
			actions += F("pkt.mark = %d; ", mark)
		}
		e.Add(s.DP, stage, int(q.Priority), q.Match, actions+"next;")
	}
}
