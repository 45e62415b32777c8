package northd

import (
	"strings"

	"ovnsim/pipeline"
)

// l2LookupFeature finds the port that a frame goes to.
var l2LookupFeature = feature{
	name:       "l2-lookup",
	title:      "Destination lookup",
	stages:     []pipeline.Stage{pipeline.LsInL2Lkup, pipeline.LsInL2Unknown},
	global:     lookupCommon,
	switch_:    lookupUnknown,
	switchPort: lookupPort,
}

// Names of the multicast groups as actions write them.
const (
	mcFlood        = `"_MC_flood"`
	mcFloodL2      = `"_MC_flood_l2"`
	mcUnknown      = `"_MC_unknown"`
	mcStatic       = `"_MC_static"`
	mcMrouterFlood = `"_MC_mrouter_flood"`
)

func lookupCommon(v *View, e *Emitter) {
	all := v.allSwitches
	meters, byMeter := splitGroups(v, v.Switches, func(s *Switch) string { return s.meter("svc-monitor") })
	for _, m := range meters {
		e.AddGroupMetered(byMeter[m], pipeline.LsInL2Lkup, 110,
			"eth.dst == $svc_monitor_mac && (tcp || icmp || icmp6)", "handle_svc_check(inport);", m)
	}
	e.AddGroup(all, pipeline.LsInL2Lkup, 100, F(regRedirected+" == 1"), "output;")
	e.AddGroup(all, pipeline.LsInL2Lkup, 72, "eth.mcast && (nd_na || nd_rs || nd_ra)", F("outport = "+mcFlood+"; output;"))
	quiet := v.switchGroup(func(s *Switch) bool { return !boolOption(s.OtherConfig, "broadcast-arps-to-all-routers", true) })
	e.AddGroup(quiet, pipeline.LsInL2Lkup, 72, "eth.mcast && (arp.op == 1 || nd_ns)", F("outport = "+mcFloodL2+"; output;"))
	e.AddGroup(all, pipeline.LsInL2Lkup, 71, "eth.mcast && arp", F("outport = "+mcFlood+"; output;"))
	e.AddGroup(all, pipeline.LsInL2Lkup, 70, "eth.mcast", F("outport = "+mcFloodL2+"; output;"))
	keys, groups := splitGroups(v, v.Switches, func(s *Switch) [2]bool { return [2]bool{s.Relay, s.FloodPorts} })
	for _, k := range keys {
		actions := F("outport = " + mcFloodL2 + "; output;")
		if k[1] {
			actions = F("clone { outport = "+mcStatic+"; output; }; ") + actions
		}
		if k[0] {
			actions = F("clone { outport = "+mcMrouterFlood+"; output; }; ") + actions
		}
		e.AddGroup(groups[k], pipeline.LsInL2Lkup, 71, "eth.mcast && ip", actions)
	}
}

// lookupUnknown is for addresses that no port says it has.
func lookupUnknown(v *View, e *Emitter, s *Switch) {
	none := v.Drop
	if s.HasUnknown {
		none = F("outport = " + mcUnknown + "; output;")
	}
	if s.EVPN {
		lookupEVPN(v, e, s, none)
		return
	}
	e.Add(s.DP, pipeline.LsInL2Lkup, 0, "1", "outport = get_fdb(eth.dst); next;")
	e.Add(s.DP, pipeline.LsInL2Unknown, 50, `outport == "none"`, none)
	e.Add(s.DP, pipeline.LsInL2Unknown, 0, "1", "output;")
}

// lookupEVPN asks the remote addresses of the EVPN domain beside the learned ones.
func lookupEVPN(v *View, e *Emitter, s *Switch, none string) {
	e.Add(s.DP, pipeline.LsInL2Lkup, 0, "1", "outport = get_fdb(eth.dst); remote_outport = get_remote_fdb(eth.dst); next;")
	e.Add(s.DP, pipeline.LsInL2Unknown, 50, `outport == "none" && remote_outport == "none"`, none)
	if boolOption(s.OtherConfig, "dynamic-routing-fdb-prefer-local", false) {
		e.Add(s.DP, pipeline.LsInL2Unknown, 25, `outport == "none"`, "outport = remote_outport; output;")
		e.Add(s.DP, pipeline.LsInL2Unknown, 0, "1", "output;")
		return
	}
	e.Add(s.DP, pipeline.LsInL2Unknown, 25, `remote_outport == "none"`, "output;")
	e.Add(s.DP, pipeline.LsInL2Unknown, 0, "1", "outport = remote_outport; output;")
}

func lookupPort(v *View, e *Emitter, p *SwitchPort) {
	if !p.IsEnabled && p.Type != "external" {
		e.Add(p.Switch.DP, pipeline.LsInL2Unknown, 50, F("outport == %s", p.Key), v.Drop)
		if p.CR != "" {
			e.Add(p.Switch.DP, pipeline.LsInL2Unknown, 50, F("outport == %s", p.CR), v.Drop)
		}
	}
	if p.Peer != nil && p.Peer.IsEnabled() {
		selfOriginated(e, p)
		ownAddresses(e, p)
	}
	lookupAddresses(v, e, p)
}

// selfOriginated keeps what a router asks the neighbourhood away from other routers.
func selfOriginated(e *Emitter, p *SwitchPort) {
	if p.Switch.routersOnly() {
		return
	}
	macs := append([]string{p.Peer.MAC.String()}, p.natMACs()...)
	e.Add(p.Switch.DP, pipeline.LsInL2Lkup, 75,
		F("eth.src == {%s} && eth.dst == ff:ff:ff:ff:ff:ff && (arp.op == 1 || rarp.op == 3 || nd_ns)", strings.Join(macs, ", ")),
		F("outport = "+mcFloodL2+"; output;"))
}

// natMACs is the Ethernet addresses that the rules of the router behind a port ask for, each once, as they are written and
// in ovn-northd's order.
func (p *SwitchPort) natMACs() []string {
	var macs []string
	for _, n := range p.Peer.Router.NATs {
		if n.Type != "snat" && n.ExternalMAC != "" {
			macs = append(macs, n.ExternalMAC)
		}
	}
	return hashOrder(macs)
}

// ownAddresses sends requests for a router's addresses to it, and to the ports that lead to no router.
func ownAddresses(e *Emitter, p *SwitchPort) {
	for _, n := range p.Peer.Networks4 {
		floodOwn(e, p, F("flags[1] == 0 && arp.op == 1 && arp.tpa == %s", n.Addr()))
	}
	for _, n := range p.Peer.Networks6 {
		floodOwn(e, p, F("flags[1] == 0 && nd_ns && nd.target == %s", n.Addr()))
	}
}

// floodOwn sends requests for an address of the router behind a port to the port, and to those that lead to no router.
func floodOwn(e *Emitter, p *SwitchPort, match string) {
	to := func(match, key string) {
		actions := F("clone {outport = %s; output; }; outport = "+mcFloodL2+"; output;", key)
		if p.Switch.routersOnly() {
			actions = F("outport = %s; output;", key)
		}
		e.Add(p.Switch.DP, pipeline.LsInL2Lkup, 80, match, actions)
	}
	if p.CR == "" {
		to(match, p.Key)
		return
	}
	to(match+F(" && is_chassis_resident(%s)", p.CR), p.Key)
	to(match+F(" && !is_chassis_resident(%s)", p.CR), p.CR)
}

// lookupAddresses is for the Ethernet addresses that a port says it has.
func lookupAddresses(v *View, e *Emitter, p *SwitchPort) {
	if p.Type == "external" || p.forcesFDB() {
		return
	}
	for _, m := range p.ownMACs() {
		own := F("eth.dst == %s", m)
		match := own
		if proxy := p.proxyMAC(); proxy != "" {
			match = F("eth.dst == { %s, %s }", proxy, m)
		}
		to, toCR := outputTo(p), F("outport = %s; output;", p.CR)
		if !p.IsEnabled {
			to, toCR = v.Drop, v.Drop
		}
		switch where := p.gatewayFor(); {
		case p.CR != "":
			e.Add(p.Switch.DP, pipeline.LsInL2Lkup, 50, match+F(" && is_chassis_resident(%s)", p.CR), to)
			e.Add(p.Switch.DP, pipeline.LsInL2Lkup, 50, own+F(" && !is_chassis_resident(%s)", p.CR), toCR)
		case where != "":
			e.Add(p.Switch.DP, pipeline.LsInL2Lkup, 50, match+F(" && is_chassis_resident(%s)", where), to)
		default:
			e.Add(p.Switch.DP, pipeline.LsInL2Lkup, 50, match, to)
		}
	}
}

// ownMACs is the Ethernet addresses that a port takes frames for. For a port that leads to a router they are the router's,
// whatever addresses says.
func (p *SwitchPort) ownMACs() []mac {
	if p.Peer != nil {
		return []mac{p.Peer.MAC}
	}
	macs := make([]mac, len(p.owned()))
	for i, a := range p.owned() {
		macs[i] = a.MAC
	}
	return macs
}

// forcesFDB says whether a port wants its addresses learned although it states them.
func (p *SwitchPort) forcesFDB() bool {
	return p.Type == "" && p.Unknown && boolOption(p.Options, "force_fdb_lookup", false)
}

// gatewayFor is the chassisredirect port on whose chassis alone a router port's address is taken in, "" for everywhere.
func (p *SwitchPort) gatewayFor() string {
	if p.Peer == nil || len(p.Switch.Localnets) == 0 || p.Peer.Router.isDistributed() {
		return ""
	}
	return p.Peer.centralized()
}

func outputTo(p *SwitchPort) string {
	if p.Type == "" && p.Switch.HasUnknown && p.Options["pkt_clone_type"] == "mc_unknown" {
		return F("clone {outport = %s; output; };outport = "+mcUnknown+"; output;", p.Key)
	}
	return F("outport = %s; output;", p.Key)
}
