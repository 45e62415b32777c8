package northd

import "ovnsim/pipeline"

// natForceFeature forces an address of the router on connections that it has balanced or translated, so that replies come
// back to it (options:lb_force_snat_ip, dnat_force_snat_ip of gateway routers).
var natForceFeature = feature{
	name:   "nat-force",
	title:  "Logical_Router options:lb_force_snat_ip, dnat_force_snat_ip",
	stages: []pipeline.Stage{pipeline.LrInUnSNAT, pipeline.LrOutSNAT},
	router: func(v *View, e *Emitter, r *Router) {
		if !r.IsGateway {
			return
		}
		r.force(e, r.ForceDNAT, "dnat")
		r.force(e, r.ForceLB, "lb")
	},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		connected := p.Switch != nil || p.PeerPort != nil
		if connected && p.Router.IsGateway && p.Router.ForceLB.RouterIP {
			p.forceOwn(e, p.Networks4)
			p.forceOwn(e, p.Networks6[:max(0, len(p.Networks6)-1)]) // all but the link-local one that every port has
		}
	},
}

func (r *Router) force(e *Emitter, f forceSNAT, context string) {
	for _, a := range []struct{ ip, address string }{{"ip4", f.IPv4}, {"ip6", f.IPv6}} {
		if a.address == "" {
			continue
		}
		e.Add(r.DP, pipeline.LrInUnSNAT, 110, F("%s && %s.dst == %s", a.ip, a.ip, a.address), "ct_snat;")
		e.Add(r.DP, pipeline.LrOutSNAT, 100, F("flags.force_snat_for_%s == 1 && %s", context, a.ip), F("ct_snat(%s);", a.address))
	}
}

// forceOwn forces the port's own address: that of the network which the next hop is in, as the network_id stage noted.
func (p *RouterPort) forceOwn(e *Emitter, networks []network) {
	for i, n := range networks {
		ip := "ip4"
		if !n.Is4() {
			ip = "ip6"
		}
		e.Add(p.Router.DP, pipeline.LrInUnSNAT, 110, F("inport == %s && %s.dst == %s", p.Key, ip, n.Addr()), "ct_snat;")
		action := F("ct_snat(%s);", n.Addr())
		if i < 16 {
			e.Add(p.Router.DP, pipeline.LrOutSNAT, 110,
				F("flags.force_snat_for_lb == 1 && flags.network_id == %d && %s && outport == %s", i, ip, p.Key), action)
		}
		if i == 0 {
			e.Add(p.Router.DP, pipeline.LrOutSNAT, 105, F("flags.force_snat_for_lb == 1 && %s && outport == %s", ip, p.Key), action)
		}
	}
}
