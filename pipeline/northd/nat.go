package northd

import "ovnsim/pipeline"

// natFeature translates addresses. On a gateway router every port does; on a distributed router the gateway port of the
// rule, at its chassis or, for a distributed rule, wherever the rule's logical port is.
var natFeature = feature{
	name:  "nat",
	title: "NAT",
	stages: []pipeline.Stage{
		pipeline.LrInUnSNAT, pipeline.LrInDNAT, pipeline.LrOutChkDNATLocal, pipeline.LrOutUnDNAT, pipeline.LrOutPostUnDNAT, pipeline.LrOutSNAT,
		pipeline.LrOutPostSNAT,
	},
	global: func(v *View, e *Emitter) {
		// Solicitations that the router itself sends must not be tracked.
		e.AddGroup(v.allRouters, pipeline.LrOutSNAT, 120, "nd_ns", "next;")
		unDNATOnGatewayRouters(v, e)
	},
	router: func(v *View, e *Emitter, r *Router) {
		if !r.IsGateway && len(r.GatewayPorts) == 0 {
			return
		}
		if r.CommonZone && len(r.LogicalRouter.NAT) > 0 { // be they sound or not
			e.Add(r.DP, pipeline.LrOutChkDNATLocal, 50, natted, nattedHere)
		}
		for _, n := range r.NATs {
			n.unSNAT(e)
			n.dnat(e)
			n.unDNAT(e)
			n.postUnDNAT(e)
			n.snat(e)
			n.fromOutside(e)
			n.isLocal(e)
		}
	},
}

// unDNATOnGatewayRouters sends everything that leaves a gateway router through the DNAT zone, for replies that need their
// source back, and commits connections that the inside opens.
func unDNATOnGatewayRouters(v *View, e *Emitter) {
	translating := v.routerGroup(func(r *Router) bool { return r.IsGateway && (len(r.LogicalRouter.NAT) > 0 || r.HasLBVIP) })
	e.AddGroup(translating, pipeline.LrOutUnDNAT, 100, "nd || nd_rs || nd_ra", "next;")
	e.AddGroup(translating, pipeline.LrOutUnDNAT, 50, "ip", "flags.loopback = 1; ct_dnat;")
	committing := translating.without(v.routerGroup(func(r *Router) bool { return r.CommitAll }))
	e.AddGroup(committing, pipeline.LrOutPostUnDNAT, 50, "ip && ct.new", "ct_commit { } ; next; ")
}

// at limits a match to the rule's gateway port, in one direction, and unless the rule is distributed to its chassis.
func (n *NAT) at(direction string) string {
	switch {
	case n.Gateway == nil:
		return ""
	case n.Distributed:
		return F(" && %s == %s", direction, n.Gateway.Key)
	}
	return F(" && %s == %s && is_chassis_resident(%s)", direction, n.Gateway.Key, n.resident())
}

// atResident limits a match to the rule's gateway port and the one chassis that the rule works on.
func (n *NAT) atResident(direction string) string {
	if n.Gateway == nil {
		return ""
	}
	resident := n.LogicalPort
	if !n.Distributed {
		resident = n.Gateway.RedirectName // here, too, as it is
	}
	return F(` && %s == %s && is_chassis_resident("%s")`, direction, n.Gateway.Key, resident)
}

// notReply matches what is not known to be a reply of a tracked connection.
const notReply = " && (!ct.trk || !ct.rpl)"

// extra is the rule's own match, where it has one.
func (n *NAT) extra() string {
	if n.Match == "" {
		return ""
	}
	return F(" && (%s)", n.Match)
}

// priority is the rule's own where it has a match, otherwise what the stage gives.
func (n *NAT) priority(otherwise int) int {
	if n.Match == "" {
		return otherwise
	}
	return 300 + int(n.NAT.Priority)
}

// ports is the argument that limits the ports to choose from, "" for none.
func (n *NAT) ports() string {
	if n.ExternalPortRange == "" {
		return ""
	}
	return "," + n.ExternalPortRange
}

// outside limits a match to the external addresses that the rule is for. For those that it is not for it adds a flow of a
// higher priority that lets them past, which is in the DNAT stage for sources and in the SNAT stage for destinations.
func (n *NAT) outside(e *Emitter, field, match string) string {
	switch {
	case n.AllowedExtIPs != nil:
		return F(" && %s.%s == $%s", n.ip(), field, n.AllowedExtIPs.Name)
	case n.ExemptedExtIPs == nil:
		return ""
	}
	stage, priority := pipeline.LrOutSNAT, n.snatPriority()+2
	if field == "src" {
		stage, priority = pipeline.LrInDNAT, n.priority(100)+2
	}
	e.Add(n.Router.DP, stage, priority, match+F(" && %s.%s == $%s", n.ip(), field, n.ExemptedExtIPs.Name), "next;")
	return ""
}

// unSNAT gives replies the address back that they are for.
func (n *NAT) unSNAT(e *Emitter) {
	if !n.translatesSource() {
		return
	}
	priority, action := 90, "ct_snat;"
	if n.Gateway != nil {
		priority = 100
	}
	if n.Stateless {
		action = "next;"
	}
	match := F("ip && %s.dst == %s", n.ip(), n.ExternalIP) + n.at("inport")
	if n.common && !n.Stateless {
		e.Add(n.Router.DP, pipeline.LrInUnSNAT, priority, match+" && flags.loopback == 0", "ct_snat_in_czone;")
		match += " && flags.loopback == 1 && flags.use_snat_zone == 1" // it came around, from a connection of the router's own
	}
	e.Add(n.Router.DP, pipeline.LrInUnSNAT, priority, match, action)
}

// dnat translates the destination of connections from outside.
func (n *NAT) dnat(e *Emitter) {
	if !n.translatesDestination() {
		return
	}
	match := F("ip && %s.dst == %s", n.ip(), n.ExternalIP) + n.at("inport")
	match += n.outside(e, "src", match)
	action := F("ct_dnat%s(%s%s);", n.inZone(), n.LogicalIP, n.ports())
	if n.Stateless {
		action = F("%s.dst=%s; next;", n.ip(), n.LogicalIP)
	}
	if n.Gateway == nil {
		action = "flags.loopback = 1; " + action
		if n.Router.ForceDNAT.any() {
			action = "flags.force_snat_for_dnat = 1; " + action
		}
	}
	e.Add(n.Router.DP, pipeline.LrInDNAT, n.priority(100), match+n.extra(), action)
}

// unDNAT gives replies the source back that the connection asked for; gateway routers do it for all traffic at once.
func (n *NAT) unDNAT(e *Emitter) {
	if n.Gateway == nil || !n.translatesDestination() {
		return
	}
	action := F("ct_dnat%s;", n.inZone())
	if n.Stateless {
		action = "next;"
	}
	e.Add(n.Router.DP, pipeline.LrOutUnDNAT, 100, F("ip && %s.src == %s", n.ip(), n.LogicalIP)+n.at("outport"), n.asItself()+action)
}

// asItself makes a distributed rule's traffic come from the rule's own MAC address.
func (n *NAT) asItself() string {
	if n.Distributed {
		return F("eth.src = %s; ", n.MAC)
	}
	return ""
}

// inZone is the end of the name of the action that translates in the zone that both directions share.
func (n *NAT) inZone() string {
	if n.common {
		return "_in_czone"
	}
	return ""
}

// What was translated in the common zone is for an external address.
const (
	natted     = "ip && ct_mark.natted == 1"
	nattedHere = regDstNATIPLocal + " = 1; next;"
)

// isLocal notes what is for an external address of the router itself: it needs a zone of its own when it comes around.
func (n *NAT) isLocal(e *Emitter) {
	if n.Router.CommonZone && n.Gateway != nil {
		e.Add(n.Router.DP, pipeline.LrOutChkDNATLocal, 50,
			F("ip && %s.dst == %s && is_chassis_resident(%s)", n.ip(), n.ExternalIP, n.resident()), regDstNATIPLocal+" = 1; next;")
	}
}

// zone is the conntrack zone that knows connections from outside which enter a translated network as they are.
func (n *NAT) zone() string {
	if n.Type == "dnat_and_snat" {
		return "dnat"
	}
	return "snat"
}

// postUnDNAT learns the state of what is about to be translated.
func (n *NAT) postUnDNAT(e *Emitter) {
	if n.Gateway == nil || !n.translatesSource() || n.Stateless || n.Router.CommitAll || !n.zones || n.common {
		return
	}
	priority := 70
	if n.zone() == "dnat" {
		priority = 75
	}
	match := F("ip && %s.src == %s", n.ip(), n.LogicalIP) + n.atResident("outport")
	match += n.outside(e, "dst", match) + n.extra() + notReply
	e.Add(n.Router.DP, pipeline.LrOutPostUnDNAT, priority, match, F("ct_next(%s);", n.zone()))
}

// snatPriority prefers longer prefixes, and on distributed routers the gateway's rules to what else is in the stage.
func (n *NAT) snatPriority() int {
	p := n.Logical.Bits() + 1
	if n.Gateway != nil {
		p += 128
	}
	return n.priority(p)
}

// snat translates the source of connections from inside.
func (n *NAT) snat(e *Emitter) {
	if !n.translatesSource() {
		return
	}
	match := F("ip && %s.src == %s", n.ip(), n.LogicalIP) + n.atResident("outport")
	match += n.outside(e, "dst", match) + n.extra()
	action := F("ct_snat(%s%s);", n.ExternalIP, n.ports())
	switch {
	case n.Stateless:
		action = F("%s.src=%s; next;", n.ip(), n.ExternalIP)
	case n.common:
		match += notReply
		e.Add(n.Router.DP, pipeline.LrOutSNAT, n.snatPriority()+1, match+" && "+regDstNATIPLocal+" == 1", n.asItself()+regDstNATIPLocal+" = 0; "+action)
		action = F("ct_snat_in_czone(%s%s);", n.ExternalIP, n.ports())
	default:
		match += notReply
	}
	e.Add(n.Router.DP, pipeline.LrOutSNAT, n.snatPriority(), match, n.asItself()+action)
}

// fromOutside notes connections that enter a translated network untranslated, so that their replies stay as they are.
func (n *NAT) fromOutside(e *Emitter) {
	if n.Gateway == nil || !n.translatesSource() || n.Stateless || n.Router.CommitAll || !n.zones || n.common {
		return
	}
	priority := n.snatPriority()
	if n.zone() == "dnat" {
		priority += 5
	}
	match := F("ip && %s.dst == %s", n.ip(), n.LogicalIP) + n.atResident("inport")
	match += n.outside(e, "src", match) + n.extra()
	e.Add(n.Router.DP, pipeline.LrOutSNAT, priority, match+notReply, F("ct_%s;", n.zone()))
	e.Add(n.Router.DP, pipeline.LrOutPostSNAT, priority, match+" && ct.new", F("ct_commit_to_zone(%s);", n.zone()))
}
