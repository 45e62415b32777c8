package northd

import (
	"strings"

	"ovnsim/pipeline"
)

// lbRouterFeature balances on logical routers. Where a router has distributed gateway ports, their chassis balance; a
// gateway router does it where it lives; any other router balances everywhere, but cannot translate replies back.
var lbRouterFeature = feature{
	name:  "lb-router",
	title: "Load_Balancer on Logical_Router",
	stages: []pipeline.Stage{
		pipeline.LrInIPInput, pipeline.LrInUnSNAT, pipeline.LrInDefrag, pipeline.LrInCTExtract, pipeline.LrInDNAT,
		pipeline.LrInGWRedirect, pipeline.LrOutUnDNAT, pipeline.LrOutSNAT,
	},
	global: func(v *View, e *Emitter) {
		lbOnRouters(v, e)
		for _, b := range v.Balancers {
			if b.Routers.empty() {
				continue
			}
			for _, vip := range b.VIPs {
				vip.onRouters(v, e)
			}
		}
	},
	router: func(v *View, e *Emitter, r *Router) { pastUnSNAT(v, e, r) },
}

// lbOnRouters writes what every router with a balancer has: connections that go on after their first packet.
func lbOnRouters(v *View, e *Emitter) {
	all, skips := v.newGroup(), v.newGroup()
	for _, r := range v.Routers {
		if r.HasLBVIP {
			all.add(r.DP)
		}
	}
	for _, b := range v.Balancers {
		if b.SkipSNAT {
			skips.addAll(b.Routers)
		}
	}
	e.AddGroup(all, pipeline.LrInCTExtract, 100, "ct.new && ip", regCTProto+" = ct_proto(); "+regCTPort+" = ct_tp_dst(); next;")
	const established = "ct.est && !ct.rel && !ct.new && !ct.rpl && ct_mark.natted"
	const related = "ct.rel && !ct.est && !ct.new && !ct.rpl"
	for _, how := range []string{"skip_snat", "force_snat"} {
		mark, flag := F(" && ct_mark.%s == 1", how), F("flags.%s_for_lb = 1; ", how)
		e.AddGroup(all, pipeline.LrInDNAT, 70, established+mark, flag+"next;")
		e.AddGroup(all, pipeline.LrInDNAT, 70, related+mark, flag+"ct_commit_nat;")
	}
	e.AddGroup(all, pipeline.LrInDNAT, 50, established, "next;")
	e.AddGroup(all, pipeline.LrInDNAT, 50, related, "ct_commit_nat;")
	e.AddGroup(skips, pipeline.LrOutSNAT, 120, "flags.skip_snat_for_lb == 1 && ip", "next;")
}

// snatClass is the routers of a balancer that treat the source address of balanced connections alike.
type snatClass struct {
	routers        *Group
	flag, argument string // what the action begins with, and what it tells ct_lb_mark
}

// snatClasses parts a balancer's routers by what becomes of the source address: with skip_snat nothing, otherwise the
// router's lb_force_snat_ip decides.
func (v *View) snatClasses(b *Balancer) []snatClass {
	if b.SkipSNAT {
		return []snatClass{{b.Routers, "flags.skip_snat_for_lb = 1; ", "; skip_snat"}}
	}
	forced := v.forced(b.Routers)
	return []snatClass{
		{forced.without, "", ""},
		{forced.with, "flags.force_snat_for_lb = 1; ", "; force_snat"},
	}
}

// onRouters writes a VIP's flows: one for all routers of a class that do not depend on a chassis, one for each gateway port.
func (vip *VIP) onRouters(v *View, e *Emitter) {
	vip.track(v, e)
	match := F("ct.new && !ct.rel && %s && %s.dst == %s", vip.ip(), vip.ip(), vip.IP) + vip.connection()
	for _, c := range v.snatClasses(vip.Balancer) {
		action, rejects := vip.balance("", c.argument)
		meters := v.unmetered
		if rejects {
			meters = v.routersByMeter("reject")
		}
		switch {
		case rejects && len(vip.Backends) == 0:
			at := c.routers
			if vip.Stateless { // with several gateway ports it chooses without conntrack, and there is nothing to choose
				at = at.without(v.severalGatewayPorts)
			}
			e.addByMeter(meters, at, pipeline.LrInDNAT, vip.priority(), match, c.flag+rejectAt(pipeline.LrOutSNAT))
			continue
		case rejects:
			action = c.flag + rejectAt(pipeline.LrOutSNAT)
		case action == "":
			action = v.Drop
		case vip.Affinity > 0:
			action = c.flag + vip.remember() + action
		default:
			action = c.flag + action
		}
		e.addByMeter(meters, c.routers.and(v.withoutGatewayPorts), pipeline.LrInDNAT, vip.priority(), match, action)
		for _, r := range v.routersOf(c.routers.and(v.withGatewayPorts)) {
			vip.onGatewayPorts(v, e, r, match, action, rejects, c)
		}
	}
}

// track sends connections to the VIP through conntrack; stateless balancing chooses a backend without it.
func (vip *VIP) track(v *View, e *Emitter) {
	to := F("ip && %s.dst == %s", vip.ip(), vip.IP)
	switch {
	case !vip.Stateless:
		e.AddGroup(vip.Routers, pipeline.LrInDefrag, 100, to, "ct_dnat;")
	case len(vip.Backends) > 1:
		numbers := make([]string, len(vip.Backends))
		for i := range numbers {
			numbers[i] = F("%d", i)
		}
		e.AddGroup(vip.Routers, pipeline.LrInCTExtract, 120, to, F(regCTPort+" = select(%s);", vip.draw(numbers)))
	default:
		e.AddGroup(vip.Routers, pipeline.LrInCTExtract, 120, to, "next;")
	}
	if strings.HasPrefix(vip.IP, "^") {
		e.AddGroup(vip.Routers, pipeline.LrInIPInput, 100, F("%s.dst == %s", vip.ip(), vip.IP), "next;")
	}
}

// draw is what select chooses among, and by which fields.
func (vip *VIP) draw(numbers []string) string {
	list := strings.Join(numbers, ",")
	if vip.HashFields == "" {
		return list
	}
	return F(`values=(%s); hash_fields="%s"`, list, vip.HashFields)
}

// onGatewayPorts balances on a router with distributed gateway ports: at each of their chassis, and back.
func (vip *VIP) onGatewayPorts(v *View, e *Emitter, r *Router, match, action string, rejects bool, c snatClass) {
	replies, meter := vip.replies(), ""
	if rejects {
		meter = r.meter("reject")
	}
	for _, p := range r.GatewayPorts {
		resident, to := F(" && is_chassis_resident(%s)", p.Redirect), p.Redirect
		stateless := vip.Stateless && len(r.GatewayPorts) > 1
		if vip.Distributed && !stateless {
			resident, to = "", p.Key
		}
		back := F("%s) && (inport == %s || outport == %s)", replies, p.Key, p.Key) + resident
		if stateless {
			vip.choose(e, r, p)
		} else {
			e.AddMetered(r.DP, pipeline.LrInDNAT, vip.priority(), match+resident, action, meter)
		}
		if len(vip.Backends) == 0 {
			continue
		}
		e.Add(r.DP, pipeline.LrInGWRedirect, 200, F("%s) && outport == %s", replies, p.Key), F("outport = %s; next;", to))
		switch {
		case stateless:
			back += " && " + vip.Proto
			e.Add(r.DP, pipeline.LrOutUnDNAT, 120, back, "next;")
			e.Add(r.DP, pipeline.LrOutSNAT, 160, back, vip.rewrite("src", vip.IP, vip.Port))
		case c.flag != "":
			e.Add(r.DP, pipeline.LrOutUnDNAT, 120, back, c.flag+"next;")
		default:
			action := "ct_dnat;"
			if r.CommonZone {
				action = "ct_dnat_in_czone;"
			}
			e.Add(r.DP, pipeline.LrOutUnDNAT, 120, back, action)
		}
	}
}

// replies matches what backends send, up to the parenthesis that closes it.
func (vip *VIP) replies() string {
	var from []string
	for i := range vip.Backends {
		b := &vip.Backends[i]
		m := F("(%s.src == %s", vip.ip(), b.IP)
		if b.Port != "" {
			m += F(" && %s.src == %s", vip.Proto, b.Port)
		}
		from = append(from, m+")")
	}
	return F("%s && (%s", vip.ip(), strings.Join(from, " || "))
}

// choose rewrites the destination without conntrack, by the number that ct_extract's select has drawn.
func (vip *VIP) choose(e *Emitter, r *Router, p *RouterPort) {
	match := F("is_chassis_resident(%s) && %s && %s.dst == %s", p.Redirect, vip.ip(), vip.ip(), vip.IP)
	if vip.Port != "" {
		match += F(" && %s && %s.dst == %s", vip.Proto, vip.Proto, vip.Port)
	}
	for i := range vip.Backends {
		b, drawn := &vip.Backends[i], ""
		if len(vip.Backends) > 1 {
			drawn = F(" && "+regCTPort+" == %d", i)
		}
		e.Add(r.DP, pipeline.LrInDNAT, vip.priority(), match+drawn, vip.rewrite("dst", b.IP, vip.stateless(b)))
	}
}

// stateless is the port that stateless balancing puts in: none where the VIP has none. A template's backend may have none
// although; ovn-northd then writes what C makes of a null pointer.
func (vip *VIP) stateless(b *Backend) string {
	switch {
	case vip.Port == "":
		return ""
	case b.Port == "":
		return "(null)"
	}
	return b.Port
}

// rewrite replaces an address, and the port where there is one, without conntrack.
func (vip *VIP) rewrite(field, ip, port string) string {
	if port == "" {
		return F("%s.%s = %s; next;", vip.ip(), field, ip)
	}
	return F("%s.%s = %s; %s.%s = %s; next;", vip.ip(), field, ip, vip.Proto, field, port)
}

// pastUnSNAT keeps connections to a VIP that is also a NAT's external address from being taken for replies to it.
func pastUnSNAT(v *View, e *Emitter, r *Router) {
	for _, vip := range v.vipsAt(r, r.NATExternalIPs) {
		match := F("%s && %s.dst == %s && %s", vip.ip(), vip.ip(), vip.IP, vip.Proto)
		if vip.Port != "" {
			match += F(" && %s.dst == %s", vip.Proto, vip.Port)
		}
		e.Add(r.DP, pipeline.LrInUnSNAT, 120, match, "next;")
	}
}
