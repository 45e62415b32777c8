package northd

import "ovnsim/pipeline"

// aclStagesFeature is what the ACL stages of a switch have beside the ACLs: hints, defaults, and what verdicts do.
var aclStagesFeature = feature{
	name:  "acl-stages",
	title: "ACL hints, defaults and actions",
	stages: []pipeline.Stage{
		pipeline.LsInPreACL, pipeline.LsInACLHint, pipeline.LsInACLEval, pipeline.LsInACLAction,
		pipeline.LsInACLAfterLBEval, pipeline.LsInACLAfterLBAction,
		pipeline.LsOutPreACL, pipeline.LsOutACLHint, pipeline.LsOutACLEval, pipeline.LsOutACLAction,
	},
	global:     aclDefaults,
	switchPort: skipACLs,
}

func aclDefaults(v *View, e *Emitter) {
	all := v.allSwitches
	e.AddGroup(all, pipeline.LsInPreACL, 110, "eth.dst == $svc_monitor_mac", "next;")
	e.AddGroup(all, pipeline.LsOutPreACL, 110, "eth.src == $svc_monitor_mac", "next;")
	preACLs(v, e)
	active := func(s *Switch) bool { return s.ACL.Any || s.HasLBVIP }
	idle := v.switchGroup(func(s *Switch) bool { return !active(s) })
	busy := v.switchGroup(active)
	for _, s := range []pipeline.Stage{pipeline.LsInACLHint, pipeline.LsOutACLHint, pipeline.LsInACLEval, pipeline.LsOutACLEval} {
		e.AddGroup(idle, s, 65535, "1", "next;")
		e.AddGroup(busy, s, 0, "1", "next;")
	}
	for _, s := range aclEvalStage {
		e.AddGroup(all, s, 65532, "nd || nd_ra || nd_rs || mldv1 || mldv2", F(regAllow+" = 1; next;"))
	}
	e.AddGroup(busy, pipeline.LsInACLEval, 34000, "eth.dst == $svc_monitor_mac", F(regAllow+" = 1; next;"))
	e.AddGroup(busy, pipeline.LsOutACLEval, 34000, "eth.src == $svc_monitor_mac", F(regAllow+" = 1; next;"))
	tracked := v.switchGroup((*Switch).Stateful)
	aclHints(e, tracked)
	aclConnections(v, e, tracked)
	for stage := range aclStages {
		aclActions(v, e, stage)
	}
}

// preACLs sends IP packets through connection tracking where an ACL is stateful, but not what must not be.
func preACLs(v *View, e *Emitter) {
	stateful := v.switchGroup(func(s *Switch) bool { return s.ACL.Stateful })
	e.AddGroup(stateful, pipeline.LsInPreACL, 110, F(packetTooBig+" && flags.tunnel_rx == 1"), "next;")
	remote := v.switchGroup(func(s *Switch) bool { return s.ACL.Stateful && s.EVPN })
	e.AddGroup(remote, pipeline.LsInPreACL, 110, "from_evpn_vtep", "next;")
	e.AddGroup(remote, pipeline.LsOutPreACL, 110, "to_evpn_vtep", "next;")
	for _, s := range []pipeline.Stage{pipeline.LsInPreACL, pipeline.LsOutPreACL} {
		e.AddGroup(stateful, s, 100, "ip", F(regDefrag+" = 1; next;"))
		e.AddGroup(stateful, s, 110, "nd || nd_rs || nd_ra || mldv1 || mldv2 || (udp && udp.src == 546 && udp.dst == 547)", "next;")
		if !boolOption(v.Options, "acl_ct_translation", false) {
			e.AddGroup(stateful, s, 110, "eth.mcast", "next;")
		}
	}
}

// skipACLs leaves ports out of connection tracking where the other side tracks.
func skipACLs(v *View, e *Emitter, p *SwitchPort) {
	if !p.Switch.ACL.Stateful || p.tracked() || p.Peer == nil && p.Type != "localnet" && p.Type != "switch" {
		return
	}
	e.Add(p.Switch.DP, pipeline.LsInPreACL, 110, F("ip && inport == %s", p.Key), "next;")
	e.Add(p.Switch.DP, pipeline.LsOutPreACL, 110, F("ip && outport == %s", p.Key), "next;")
}

// aclHints says which kinds of ACL a packet can match, so that an ACL's flow need not look at the connection.
func aclHints(e *Emitter, on *Group) {
	const opens = regHintNew + " = 1; " + regHintDrop + " = 1; " + regCommit + " = 1; next;"
	for _, s := range []pipeline.Stage{pipeline.LsInACLHint, pipeline.LsOutACLHint} {
		e.AddGroup(on, s, 7, "ct.new && !ct.est", opens)
		e.AddGroup(on, s, 6, "!ct.new && ct.est && !ct.rpl && ct_mark.blocked == 1", opens)
		e.AddGroup(on, s, 5, "!ct.trk", F(regHintKnown+" = 1; "+regHintDrop+" = 1; next;"))
		e.AddGroup(on, s, 4, "!ct.new && ct.est && !ct.rpl && ct_mark.blocked == 0", F(regHintKnown+" = 1; "+regHintBlock+" = 1; next;"))
		e.AddGroup(on, s, 3, "!ct.est", F(regHintDrop+" = 1; next;"))
		e.AddGroup(on, s, 2, "ct.est && ct_mark.blocked == 1", F(regHintDrop+" = 1; next;"))
		e.AddGroup(on, s, 1, "ct.est && ct_mark.blocked == 0", F(regHintBlock+" = 1; next;"))
	}
}

// aclConnections decides about packets of connections that were decided about before.
func aclConnections(v *View, e *Emitter, on *Group) {
	e.AddGroup(on, pipeline.LsInACLAfterLBEval, 65532, F(regACLReply+" == 1"), F(regAllow+" = 1; next;"))
	e.AddGroup(on, pipeline.LsInACLAfterLBEval, 65532, F(regPersisted+" == 1"), F(regAllow+" = 1; next;"))
	const admit = regRedirect + " = ct_label.nf; " + regAllow + " = 1; "
	for _, c := range []struct {
		stage                   pipeline.Stage
		related, reply, persist string
	}{
		{pipeline.LsInACLEval, F(regACLReply + " = 1; "), F(regHintDrop + " = 0; " + regHintBlock + " = 0; " + regACLReply + " = 1; "), F(regPersisted + " = 1; ")},
		{pipeline.LsOutACLEval, "", "", ""},
	} {
		e.AddGroup(on, c.stage, 1, "ip && !ct.est", "next;")
		e.AddGroup(on, c.stage, 1, "ip && ct.est && ct_mark.blocked == 1", F(regAllow+" = 1; next;"))
		e.AddGroup(on, c.stage, 65532, "!ct.est && ct.rel && !ct.new && ct_mark.blocked == 0", c.related+admit+"ct_commit_nat;")
		e.AddGroup(on, c.stage, 65532, "ct.est && !ct.rel && ct.rpl && ct_mark.blocked == 0", c.reply+admit+"next;")
		e.AddGroup(on, c.stage, 65532, "ct.est && ct_mark.allow_established == 1", c.persist+admit+"next;")
		aclInvalid(v, e, c.stage)
	}
}

// aclInvalid drops replies on connections that are no longer allowed, and what conntrack makes nothing of.
func aclInvalid(v *View, e *Emitter, stage pipeline.Stage) {
	keep := !boolOption(v.Options, "use_ct_inv_match", true)
	tolerant := func(s *Switch) bool { return keep || boolOption(s.OtherConfig, "enable-stateless-acl-with-lb", false) }
	e.AddGroup(v.switchGroup(func(s *Switch) bool { return s.Stateful() && tolerant(s) }), stage, 65532,
		"(ct.est && ct.rpl && ct_mark.blocked == 1)", F(regDrop+" = 1; next;"))
	e.AddGroup(v.switchGroup(func(s *Switch) bool { return s.Stateful() && !tolerant(s) }), stage, 65532,
		"ct.inv || (ct.est && ct.rpl && ct_mark.blocked == 1)", F(regDrop+" = 1; next;"))
}

// aclActionStage is the action stages, and where rejections go on.
var aclActionStage = [aclStages]struct {
	action, reject pipeline.Stage
}{
	{pipeline.LsInACLAction, pipeline.LsOutQoS},
	{pipeline.LsInACLAfterLBAction, pipeline.LsOutQoS},
	{pipeline.LsOutACLAction, pipeline.LsInL2Lkup},
}

// aclActions does what the ACLs decided; where they did not, the next tier is asked, and after the last the default.
func aclActions(v *View, e *Emitter, stage int) {
	s := aclActionStage[stage]
	e.AddGroup(v.switchGroup(func(s *Switch) bool { return !s.ACL.Any }), s.action, 0, "1", "next;")
	type variant struct {
		any   bool
		tier  int
		meter string
	}
	drop, undecided := v.Drop, "next;"
	if drop == "drop;" {
		drop = "/* drop */" // after other actions nothing need be said
	}
	if boolOption(v.Options, "default_acl_drop", false) {
		undecided = drop
	}
	keys, groups := splitGroups(v, v.Switches, func(s *Switch) variant {
		return variant{s.ACL.Any, s.ACL.MaxTier[stage], s.meter("reject")}
	})
	for _, k := range keys {
		if !k.any {
			continue
		}
		g, clear := groups[k], F(regAllow+" = 0; "+regDrop+" = 0; "+regReject+" = 0; ")
		if k.tier > 0 {
			clear += F(regTier + " = 0; ")
		}
		e.AddGroup(g, s.action, 1000, F(regAllow+" == 1"), clear+"next;")
		e.AddGroup(g, s.action, 1000, F(regDrop+" == 1"), clear+drop)
		e.AddGroupMetered(g, s.action, 1000, F(regReject+" == 1"), clear+F("reg0 = 0; reject { /* eth.dst <-> eth.src; ip.dst <-> ip.src; "+
			"is implicit. */ outport <-> inport; next(pipeline=%s,table=%d); };", s.reject.Info().Pipeline, v.number[s.reject]), k.meter)
		e.AddGroup(g, s.action, 0, "1", clear+undecided)
		for t := range k.tier {
			e.AddGroup(g, s.action, 500, F(regTier+" == %d", t), F(regTier+" = %d; next(pipeline=%s,table=%d);", t+1, s.action.Info().Pipeline, v.number[aclEvalStage[stage]]))
		}
	}
}
