package northd

import "ovnsim/pipeline"

// A "packet too big" that came through a tunnel for a router port of another chassis is turned round there.
const matchTooBigTunnelled = "((ip4 && icmp4.type == 3 && icmp4.code == 4) || (ip6 && icmp6.type == 2 && icmp6.code == 0))"

// admissionFeature decides which frames a router takes: those for its ports' addresses and multicasts.
var admissionFeature = feature{
	name:   "router-admission",
	title:  "Logical_Router_Port: mac, gateway_mtu",
	stages: []pipeline.Stage{pipeline.LrInAdmission},
	global: func(v *View, e *Emitter) {
		e.AddGroup(v.allRouters, pipeline.LrInAdmission, 110, matchTooBigTunnelled+" && flags.tunnel_rx == 1", v.Drop)
		e.AddGroup(v.allRouters, pipeline.LrInAdmission, 100, "vlan.present || eth.src[40]", v.Drop)
	},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		if p.Redirect != "" {
			e.Add(p.Router.DP, pipeline.LrInAdmission, 120,
				F(matchTooBigTunnelled+" && eth.dst == %s && !is_chassis_resident(%s) && flags.tunnel_rx == 1", p.LogicalRouterPort.MAC, p.Redirect), // the address as the row writes it
				F("outport <-> inport; inport = %s; next;", p.Key))
		}
		if p.IsEnabled() {
			admit(e, p)
		}
	},
}

// admit takes the frames for one port. Where its MTU is checked, unicast is: a bypass spares the check for protocols
// that hardly ever need it.
func admit(e *Emitter, p *RouterPort) {
	store := F(regInportMAC+" = %s; next;", p.MAC)
	e.Add(p.Router.DP, pipeline.LrInAdmission, 50, F("eth.mcast && inport == %s", p.Key), store)
	own := p.MAC.String()
	if p.Switch != nil && p.Switch.proxyMAC() != "" {
		own = F("{ %s, %s }", p.Switch.proxyMAC(), p.MAC)
	}
	match := F("eth.dst == %s && inport == %s", own, p.Key)
	if p.Redirect != "" && !p.leadsToVTEP() && !p.Router.isDistributed() {
		match += F(" && is_chassis_resident(%s)", p.Redirect)
	}
	admitMatching(e, p, match)
}

// admitMatching admits frames to a port, marking those that are too big for it.
func admitMatching(e *Emitter, p *RouterPort, match string) {
	store := F(regInportMAC+" = %s; next;", p.MAC)
	mtu := p.gatewayMTU()
	if mtu <= 0 {
		e.Add(p.Router.DP, pipeline.LrInAdmission, 50, match, store)
		return
	}
	e.Add(p.Router.DP, pipeline.LrInAdmission, 50, match, F(regPktLarger+" = check_pkt_larger(%d); ", p.largestFrame())+store)
	e.Add(p.Router.DP, pipeline.LrInAdmission, 55, F("%s && (%s)", match, p.mtuBypass()), store)
}
