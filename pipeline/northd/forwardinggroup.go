package northd

import (
	"sort"
	"strings"

	"ovnsim/pipeline"
)

// forwardingGroupFeature spreads what goes to a virtual address over several ports.
var forwardingGroupFeature = feature{
	name:   "forwarding-group",
	title:  "Forwarding groups",
	stages: []pipeline.Stage{pipeline.LsInARPRsp, pipeline.LsInL2Lkup},
	switch_: func(v *View, e *Emitter, s *Switch) {
		for _, g := range s.ForwardingGroups {
			if len(g.ChildPort) == 0 {
				continue
			}
			e.Add(s.DP, pipeline.LsInARPRsp, 50, F("arp.tpa == %s && arp.op == 1", g.VIP), arpReply(g.VMAC, g.VIP))
			ports, liveness := []string{}, ""
			for _, p := range g.ChildPort {
				ports = append(ports, F(`"%s"`, p))
			}
			sort.Strings(ports)
			if g.Liveness {
				liveness = `liveness="true",`
			}
			e.Add(s.DP, pipeline.LsInL2Lkup, 50, F("eth.dst == %s", g.VMAC), F("fwd_group(%schildports=%s);", liveness, strings.Join(ports, ",")))
		}
	},
}
