package northd

import "ovnsim/pipeline"

// multicastFeature is IP multicast snooping on switches: reports go to the controller, groups to those who joined.
var multicastFeature = feature{
	name:    "multicast-snooping",
	title:   "IP multicast snooping",
	stages:  []pipeline.Stage{pipeline.LsInL2Lkup},
	switch_: snoopMulticast,
}

func snoopMulticast(v *View, e *Emitter, s *Switch) {
	if !s.Snoop {
		return
	}
	reports := "igmp;"
	if s.FloodReports {
		reports = F(`clone { outport = "_MC_mrouter_static"; output; };igmp;`)
	}
	e.AddMetered(s.DP, pipeline.LsInL2Lkup, 100, "flags.igmp_loopback == 0 && igmp", reports, s.meter("igmp"))
	e.AddMetered(s.DP, pipeline.LsInL2Lkup, 100, "flags.igmp_loopback == 0 && (mldv1 || mldv2)", reports, s.meter("igmp"))
	e.Add(s.DP, pipeline.LsInL2Lkup, 85, "ip4.mcast && ip4.dst == 224.0.0.0/24", F("outport = "+mcFloodL2+"; output;"))
	e.Add(s.DP, pipeline.LsInL2Lkup, 85, "ip6.mcast_flood", F("outport = "+mcFlood+"; output;"))
	if s.FloodUnknown {
		return
	}
	actions := ""
	if s.Relay {
		actions = F("clone { outport = " + mcMrouterFlood + "; output; }; ")
	}
	switch {
	case s.FloodPorts:
		actions += F("outport =" + mcStatic + "; output;")
	case !s.Relay:
		actions = "drop;"
	}
	e.Add(s.DP, pipeline.LsInL2Lkup, 80, "ip4.mcast || ip6.mcast", actions)
}
