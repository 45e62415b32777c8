package northd

import "ovnsim/pipeline"

// lsStatefulFeature sends packets through connection tracking where an ACL or a balancer asked for it, and commits.
var lsStatefulFeature = feature{
	name:  "switch-stateful",
	title: "Connection tracking on switches",
	stages: []pipeline.Stage{
		pipeline.LsInPreLB, pipeline.LsInPreStateful, pipeline.LsInStateful,
		pipeline.LsOutPreLB, pipeline.LsOutPreStateful, pipeline.LsOutStateful,
	},
	global:  lsStateful,
	switch_: skipTracking,
}

func lsStateful(v *View, e *Emitter) {
	all := v.allSwitches
	const neighbours = "nd || nd_rs || nd_ra || mldv1 || mldv2"
	// The missing blank is ovn-northd's.
	e.AddGroup(all, pipeline.LsInPreLB, 110, "((ip4 && icmp4.type == 3 && icmp4.code == 4) ||"+
		"(ip6 && icmp6.type == 2 && icmp6.code == 0)) && flags.tunnel_rx == 1", "next;")
	e.AddGroup(all, pipeline.LsInPreLB, 110, "eth.dst == $svc_monitor_mac", "next;")
	e.AddGroup(all, pipeline.LsOutPreLB, 110, "eth.src == $svc_monitor_mac", "next;")
	for _, s := range []pipeline.Stage{pipeline.LsInPreLB, pipeline.LsOutPreLB} {
		e.AddGroup(all, s, 110, neighbours, "next;")
		e.AddGroup(all, s, 110, "eth.mcast", "next;")
		e.AddGroup(all, s, 110, F(regStateless+" == 1"), "next;")
	}
	e.AddGroup(all, pipeline.LsInPreStateful, 115, F(regCTNAT+" == 1 && ip.is_frag"), F(regFragment+" = 1; ct_lb_mark;"))
	for _, s := range []pipeline.Stage{pipeline.LsInPreStateful, pipeline.LsOutPreStateful} {
		e.AddGroup(all, s, 110, F(regCTNAT+" == 1"), "ct_lb_mark;")
		e.AddGroup(all, s, 100, F(regDefrag+" == 1"), "ct_next;")
	}
	commit(v, e)
}

// commit writes connections to the connection tracker: with the sampling of an ACL or without, with a network function
// or without.
func commit(v *View, e *Emitter) {
	const (
		plain    = "ct_commit { ct_mark.blocked = 0; ct_mark.allow_established = " + regPersist + "; ct_label.acl_id = " + regACLID + "; "
		labelled = "ct_commit { ct_mark.blocked = 0; ct_mark.allow_established = " + regPersist + "; ct_mark.obs_stage = " + regSampleStage +
			"; ct_mark.obs_collector_id = " + regSampleCollectorE + "; ct_label.obs_point_id = " + regSamplePointEst +
			"; ct_label.acl_id = " + regACLID + "; "
		none = "ct_label.nf = 0; ct_label.nf_id = 0; }; next;"
		nf   = "ct_label.nf = 1; ct_label.nf_id = " + regNetworkFunction + "; }; next;"
	)
	for _, s := range []pipeline.Stage{pipeline.LsInStateful, pipeline.LsOutStateful} {
		for _, c := range []struct {
			label   text
			actions string
		}{{" == 0", plain}, {" == 1", labelled}} {
			match := F(regCommit+" == 1 && "+regACLLabel) + string(c.label)
			e.AddGroup(v.allSwitches, s, 100, match, c.actions+none)
			e.AddGroup(v.allSwitches, s, 110, match+F(" && "+regRedirect+" == 1"), c.actions+nf)
		}
	}
}

// skipTracking leaves out ports where a packet is tracked on the other side, or not at all.
func skipTracking(v *View, e *Emitter, s *Switch) {
	if s.statelessWithLB() {
		e.Add(s.DP, pipeline.LsOutStateful, 110, F(regStateless+" == 1 && ct.new"), "next;")
	}
	for _, p := range s.Ports {
		out := "flags.pkt_sampled = 0; ct_clear; next;"
		switch {
		case p.Type == "switch":
			out = "next;"
		case p.Type == "localnet" && s.HasLBVIP:
			continue // what comes from the network may be for a balancer
		case p.Type == "localnet" || p.Peer != nil:
			if s.ACL.Stateful {
				out = "next;"
			}
		default:
			continue
		}
		e.Add(s.DP, pipeline.LsInPreLB, 110, F("ip && inport == %s", p.Key), "next;")
		e.Add(s.DP, pipeline.LsOutPreLB, 110, F("ip && outport == %s", p.Key), out)
	}
}

// tracked says whether the operator wants connections tracked on a port that leads to a gateway port.
func (p *SwitchPort) tracked() bool {
	return p.Peer != nil && p.Peer.Redirect != "" && boolOption(p.Options, "enable_router_port_acl", false)
}
