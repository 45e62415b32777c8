package northd

import (
	"slices"

	"ovnsim/pipeline"
)

// What a frame is longer than its packet, in bytes.
const (
	etherHeader = 14
	vlanHeader  = 4
)

// mtuFeature answers packets that are too big for a port (Logical_Router_Port options:gateway_mtu). What leaves by the
// port is checked when it is routed there; what comes in by it, when it is admitted.
var mtuFeature = feature{
	name:   "gateway-mtu",
	title:  "Logical_Router_Port: options:gateway_mtu, options:gateway_mtu_bypass",
	stages: []pipeline.Stage{pipeline.LrInIPInput, pipeline.LrInChkPktLen, pipeline.LrInLargerPkts},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		mtu := p.gatewayMTU()
		if mtu <= 0 {
			return
		}
		checkLength(v, e, p)
		for _, in := range p.Router.Ports {
			if in != p {
				refuseLarger(v, e, in, p, mtu)
			}
		}
		tooBig(e, p, mtu, pipeline.LrInIPInput, 150, F("inport == %s", p.Key), "", "")
	},
}

// checkLength marks packets that are too big for the port that they leave by. The state of their connection is kept
// beside the mark, where chassis can, because the refusal runs after conntrack state is gone.
func checkLength(v *View, e *Emitter, p *RouterPort) {
	save := ""
	if v.supports("ct-state-save") {
		save = regCTState + " = ct_state_save(); "
	}
	match := F("outport == %s", p.Key)
	e.Add(p.Router.DP, pipeline.LrInChkPktLen, 50, match, F(regPktLarger+" = check_pkt_larger(%d); %snext;", p.largestFrame(), save))
	e.Add(p.Router.DP, pipeline.LrInChkPktLen, 55, F("%s && (%s)", match, p.mtuBypass()), F("%snext;", save))
}

// refuseLarger answers packets from one port that are too big for another. Replies of translated connections are
// answered in the original's name, hence two kinds.
func refuseLarger(v *View, e *Emitter, in, out *RouterPort, mtu int) {
	match := F("inport == %s && outport == %s", in.Key, out.Key)
	translated := " && ct.trk && ct.rpl && ct.dnat"
	if v.supports("ct-state-save") {
		translated = " && reg4[5] && reg4[3] && reg4[7]"
	}
	tooBig(e, in, mtu, pipeline.LrInLargerPkts, 150, match, "", "")
	tooBig(e, in, mtu, pipeline.LrInLargerPkts, 160, match, translated, "flags.icmp_snat = 1; ")
}

// tooBig sends an ICMP error from a port's own first address, for each family that it has.
func tooBig(e *Emitter, p *RouterPort, mtu int, s pipeline.Stage, priority int, match, state, first string) {
	if len(p.Networks4) > 0 {
		e.AddMetered(p.Router.DP, s, priority,
			F("%s && ip4 && "+regPktLarger+" && "+regEgressLoopback+" == 0%s", match, state),
			F("icmp4_error {%s"+regEgressLoopback+" = 1; "+regPktLarger+" = 0; eth.dst = %s; ip4.dst = ip4.src; ip4.src = %s; ip.ttl = 255; "+
				"icmp4.type = 3; /* Destination Unreachable. */ icmp4.code = 4; /* Frag Needed and DF was Set. */ icmp4.frag_mtu = %d; "+
				"next(pipeline=ingress, table=0); };", first, p.MAC, p.Networks4[0].Addr(), mtu), p.Router.meter("icmp4-error"))
	}
	if len(p.Networks6) > 0 {
		e.AddMetered(p.Router.DP, s, priority,
			F("%s && ip6 && "+regPktLarger+" && "+regEgressLoopback+" == 0%s", match, state),
			F("icmp6_error {%s"+regEgressLoopback+" = 1; "+regPktLarger+" = 0; eth.dst = %s; ip6.dst = ip6.src; ip6.src = %s; ip.ttl = 255; "+
				"icmp6.type = 2; /* Packet Too Big. */ icmp6.code = 0; icmp6.frag_mtu = %d; "+
				"next(pipeline=ingress, table=0); };", first, p.MAC, p.Networks6[0].Addr(), mtu), p.Router.meter("icmp6-error"))
	}
}

// gatewayMTU is the largest packet that the port takes, in bytes; 0 for no limit.
func (p *RouterPort) gatewayMTU() int { return intOption(p.Options, "gateway_mtu") }

// largestFrame is what a frame of gateway_mtu may have, in bytes. On a physical network that was asked to have a VLAN tag
// (tag_request; ovn-northd does not look at tag) it has one.
func (p *RouterPort) largestFrame() int {
	tagged := p.Switch != nil && slices.ContainsFunc(p.Switch.Switch.Localnets, func(l *SwitchPort) bool { return l.TagRequest != nil && *l.TagRequest != 0 })
	if tagged {
		return p.gatewayMTU() + etherHeader + vlanHeader
	}
	return p.gatewayMTU() + etherHeader
}

// mtuBypass matches the packets whose size is not checked.
func (p *RouterPort) mtuBypass() string {
	if bypass, ok := p.Options["gateway_mtu_bypass"]; ok {
		return F("arp || %s", bypass)
	}
	return "arp"
}
