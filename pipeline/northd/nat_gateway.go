package northd

import (
	"strings"

	"ovnsim/pipeline"
)

// natGatewayFeature leads translated traffic of distributed routers: distributed rules past the gateway's chassis, and
// what is for an external address of the router itself around to its beginning.
var natGatewayFeature = feature{
	name:   "nat-gateway",
	title:  "NAT at distributed gateway ports",
	stages: []pipeline.Stage{pipeline.LrInGWRedirect, pipeline.LrOutEgrLoop},
	router: func(v *View, e *Emitter, r *Router) {
		for _, n := range r.NATs {
			if n.Gateway == nil {
				continue
			}
			if n.Distributed {
				n.leaveLocally(v, e)
			}
			e.Add(r.DP, pipeline.LrOutEgrLoop, 100, n.loopMatch(), r.loopback())
		}
		r.loopStateless(v, e)
	},
}

// leaveLocally lets a distributed rule's traffic leave where its logical port is. A virtual port that nobody has claimed
// is nowhere.
func (n *NAT) leaveLocally(v *View, e *Emitter) {
	source := regSource4
	if !n.External.Is4() {
		source = regSource6
	}
	match := F("%s.src == %s && outport == %s", n.ip(), n.LogicalIP, n.Gateway.Key)
	e.Add(n.Router.DP, pipeline.LrInGWRedirect, 100, match+F(" && is_chassis_resident(%s)", n.resident()),
		F("eth.src = %s; %s = %s; next;", n.ExternalMAC, source, n.ExternalIP))
	if p := v.switchPorts[n.LogicalPort]; p != nil && p.Type == "virtual" {
		e.Add(n.Router.DP, pipeline.LrInGWRedirect, 80, match, v.Drop)
	}
}

// loopback sends a packet that was about to leave by a gateway port through the router again, as if it had come in there.
// With one conntrack zone for both directions it is to remember that it was for the router's own address.
func (r *Router) loopback() string {
	zone := ""
	if r.CommonZone {
		zone = "flags.use_snat_zone = " + regDstNATIPLocal + "; "
	}
	return loopHead + zone + loopTail
}

const loopHead = `clone { ct_clear; inport = outport; outport = ""; eth.dst <-> eth.src; flags = 0; flags.loopback = 1; `
const loopTail = "reg0 = 0; reg1 = 0; reg2 = 0; reg3 = 0; reg4 = 0; reg5 = 0; reg6 = 0; reg7 = 0; reg8 = 0; reg9 = 0; " +
	regEgressLoopback + " = 1; next(pipeline=ingress, table=0); };"

// loopMatch is what leaves for a rule's external address.
func (n *NAT) loopMatch() string {
	return F("%s.dst == %s && outport == %s && is_chassis_resident(%s)", n.ip(), n.ExternalIP, n.Gateway.Key, n.resident())
}

// loopStateless turns around, before the gateway's chassis, what leaves for the external address of a stateless rule that
// is not for everybody. That is what ovn-northd means; but the match that it has at hand by then is that of the router's
// last rule, or that of a commit of everything, and rules that it has passed over count here too.
//
// Where the router has no such rule, what is at hand is left from another router or whatever memory held: such a flow has no
// meaning, and we leave it out. A router whose only gateway port leads to a VTEP has none of this.
func (r *Router) loopStateless(v *View, e *Emitter) {
	if len(r.GatewayPorts) == 0 || len(r.GatewayPorts) == 1 && r.GatewayPorts[0].leadsToVTEP() {
		return
	}
	match, actions, known := r.lastMatch()
	for _, row := range r.LogicalRouter.NAT {
		if row.Type != "dnat_and_snat" || !boolOption(row.Options, "stateless", false) {
			continue
		}
		ip := "ip4" // also where the address cannot be read
		if external, ok := parseNetwork(strings.TrimSpace(row.ExternalIP)); ok && !external.Is4() {
			ip = "ip6"
		}
		if row.AllowedExtIPs != nil {
			e.Add(r.DP, pipeline.LrInGWRedirect, 70, F("ip && %s.dst == %s", ip, row.ExternalIP), v.Drop)
		}
		switch {
		case !known:
		case row.AllowedExtIPs != nil:
			e.Add(r.DP, pipeline.LrInGWRedirect, 75, match+F(" && %s.src == $%s", ip, row.AllowedExtIPs.Name), actions)
		case row.ExemptedExtIPs != nil:
			e.Add(r.DP, pipeline.LrInGWRedirect, 75, match+F(" && %s.src == $%s", ip, row.ExemptedExtIPs.Name), v.Drop)
		}
	}
}

// lastMatch is the match, and the actions, that the common zone is looked for with, where there is one, or else those that
// the router's last rule for a gateway port was written with.
func (r *Router) lastMatch() (match, actions string, ok bool) {
	if r.CommonZone {
		return natted, nattedHere, true
	}
	var last *NAT
	for _, n := range r.NATs {
		if n.Gateway != nil && (last == nil || string(n.UUID[:]) > string(last.UUID[:])) {
			last = n
		}
	}
	switch {
	case last == nil:
		return "", "", false
	case r.CommitAll:
		p := r.GatewayPorts[len(r.GatewayPorts)-1]
		return F("ip && ct.new && outport == %s && is_chassis_resident(%s)", p.Key, p.Redirect), r.loopback(), true
	}
	return last.loopMatch(), r.loopback(), true
}
