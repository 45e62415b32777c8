package northd

import (
	"net/netip"
	"strings"

	"ovnsim/pipeline"
)

// lbSwitchFeature balances on logical switches: connections of the switch's own ports to a VIP go to a backend.
var lbSwitchFeature = feature{
	name:  "lb-switch",
	title: "Load_Balancer on Logical_Switch",
	stages: []pipeline.Stage{
		pipeline.LsInPreLB, pipeline.LsOutPreLB, pipeline.LsInPreStateful, pipeline.LsInCTExtract, pipeline.LsInLB,
		pipeline.LsInPreHairpin, pipeline.LsInNATHairpin, pipeline.LsInHairpin,
	},
	global: func(v *View, e *Emitter) {
		lbOnSwitches(v, e)
		rejecting := v.switchesByMeter("reject")
		stateless := v.switchGroup((*Switch).statelessWithLB)
		for _, b := range v.Balancers {
			for _, vip := range b.VIPs {
				vip.onSwitches(v, e, stateless, rejecting)
			}
		}
	},
}

// leaving passes a packet on to another datapath. Conntrack's verdict on it is forgotten unless ACLs still need it.
func (s *Switch) leaving() string {
	if s.ACL.Stateful {
		return "next;"
	}
	return "flags.pkt_sampled = 0; ct_clear; next;"
}

// lbOnSwitches writes what every switch with a VIP has, whatever the VIPs are.
func lbOnSwitches(v *View, e *Emitter) {
	all := v.switchGroup(func(s *Switch) bool { return s.HasLBVIP })
	stateless := v.switchGroup((*Switch).statelessWithLB)
	for _, s := range v.Switches {
		if s.EVPN {
			e.Add(s.DP, pipeline.LsInPreLB, 110, "from_evpn_vtep", "next;")
			e.Add(s.DP, pipeline.LsOutPreLB, 110, "to_evpn_vtep", s.leaving())
		}
	}
	e.AddGroup(all, pipeline.LsInPreLB, 100, "ip", regCTNAT+" = 1; next;")
	e.AddGroup(all, pipeline.LsOutPreLB, 100, "ip", regCTNAT+" = 1; next;")
	e.AddGroup(stateless, pipeline.LsOutPreLB, 115, regStateless+" == 1", regCTNAT+" = 1; next;")
	e.AddGroup(all, pipeline.LsInCTExtract, 100, "ct.new && ip", regCTProto+" = ct_proto(); "+regCTPort+" = ct_tp_dst(); next;")
	const later = "ct.trk && ct.est && !ct.rpl && " + regIsFragment + " == 1 && "
	e.AddGroup(all, pipeline.LsInLB, 110, later+"ip4", regVIP4+" = ct_nw_dst(); "+regVIPPort+" = ct_tp_dst(); next;")
	e.AddGroup(all, pipeline.LsInLB, 110, later+"ip6", regVIP6+" = ct_ip6_dst(); "+regVIPPort+" = ct_tp_dst(); next;")
	hairpins(e, all)
}

// hairpins sends back connections whose backend is the client itself, with the VIP as the source so that it sees replies.
func hairpins(e *Emitter, all *Group) {
	e.AddGroup(all, pipeline.LsInPreHairpin, 100, "ip && ct.trk",
		regHairpin+" = chk_lb_hairpin(); "+regHairpinReply+" = chk_lb_hairpin_reply(); next;")
	e.AddGroup(all, pipeline.LsInNATHairpin, 100, "ip && ct.new && ct.trk && "+regHairpin+" == 1", "ct_snat_to_vip; next;")
	e.AddGroup(all, pipeline.LsInNATHairpin, 100, "ip && ct.est && ct.trk && "+regHairpin+" == 1", "ct_snat;")
	e.AddGroup(all, pipeline.LsInNATHairpin, 90, "ip && "+regHairpinReply+" == 1", "ct_snat;")
	e.AddGroup(all, pipeline.LsInHairpin, 1, "("+regHairpin+" == 1 || "+regHairpinReply+" == 1)",
		"eth.dst <-> eth.src; outport = inport; flags.loopback = 1; output;")
}

// statelessWithLB says whether stateless ACLs and balancing go together (other_config:enable-stateless-acl-with-lb). It
// takes a balancer of the switch's own.
func (s *Switch) statelessWithLB() bool {
	return len(s.LoadBalancer) > 0 && boolOption(s.OtherConfig, "enable-stateless-acl-with-lb", false)
}

// onSwitches writes a VIP's flows, one for all switches that have it. rejecting is the switches by the meter for rejects.
func (vip *VIP) onSwitches(v *View, e *Emitter, stateless *Group, rejecting []metered) {
	if vip.Switches.empty() {
		return
	}
	match := F("%s.dst == %s", vip.ip(), vip.IP)
	l4 := match
	if vip.Port != "" {
		l4 += F(" && %s.dst == %s", vip.Proto, vip.Port)
	}
	e.AddGroup(vip.Switches, pipeline.LsInPreStateful, 120, regCTNAT+" == 1 && "+l4, vip.remember()+"ct_lb_mark;")
	vip.withStatelessACLs(e, vip.own.and(stateless), l4)
	action, rejects := vip.balance(v.Drop, "")
	chosen := "ct.new && " + match + vip.connection()
	if rejects {
		e.addByMeter(rejecting, vip.Switches, pipeline.LsInLB, vip.priority(), chosen, rejectAt(pipeline.LsOutQoS))
		return
	}
	if strings.HasPrefix(action, "ct_lb_mark") {
		action = vip.remember() + action
	}
	e.AddGroup(vip.Switches, pipeline.LsInLB, vip.priority(), chosen, action)
}

// withStatelessACLs tracks connections to a VIP even where ACLs said that their traffic needs none.
func (vip *VIP) withStatelessACLs(e *Emitter, on *Group, l4 string) {
	e.AddGroup(on, pipeline.LsInPreStateful, 150, l4, vip.remember()+"ct_lb_mark;")
	to, own := vip.IP, vip.LoadBalancer.Options["hairpin_snat_ip"]
	switch {
	case vip.hairpinsFrom(own):
		to = own // ovn-northd takes replies to hairpins, which are for this address, to be the connections themselves
	case vip.Port == "":
		return
	}
	e.AddGroup(on, pipeline.LsInPreStateful, 105, F("%s && %s.dst == %s", vip.Proto, vip.ip(), to), "ct_lb_mark;")
}

// hairpinsFrom says whether a text is what ovn-northd takes for the address that hairpins come from: one IPv4 address, for
// VIPs of both families.
func (vip *VIP) hairpinsFrom(text string) bool {
	a, err := netip.ParseAddr(text)
	return err == nil && a.Is4()
}
