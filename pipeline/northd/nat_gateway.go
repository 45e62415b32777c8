package northd

import "ovnsim/pipeline"

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
			n.loop(v, e)
		}
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
		F("eth.src = %s; %s = %s; next;", n.MAC, source, n.ExternalIP))
	if p := v.switchPorts[n.LogicalPort]; p != nil && p.Type == "virtual" {
		e.Add(n.Router.DP, pipeline.LrInGWRedirect, 80, match, v.Drop)
	}
}

// loopback sends a packet that was about to leave by a gateway port through the router again, as if it had come in there.
const loopback = `clone { ct_clear; inport = outport; outport = ""; eth.dst <-> eth.src; flags = 0; flags.loopback = 1; ` +
	"reg0 = 0; reg1 = 0; reg2 = 0; reg3 = 0; reg4 = 0; reg5 = 0; reg6 = 0; reg7 = 0; reg8 = 0; reg9 = 0; " +
	regEgressLoopback + " = 1; next(pipeline=ingress, table=0); };"

// loop turns around what leaves for an external address. A stateless rule that is not for everybody does so before the
// gateway's chassis, where the source is not translated yet.
func (n *NAT) loop(v *View, e *Emitter) {
	match := F("%s.dst == %s && outport == %s && is_chassis_resident(%s)", n.ip(), n.ExternalIP, n.Gateway.Key, n.resident())
	e.Add(n.Router.DP, pipeline.LrOutEgrLoop, 100, match, loopback)
	if n.Router.CommitAll {
		// Here ovn-northd means the match above, but has another at hand by then.
		match = F("ip && ct.new && outport == %s && is_chassis_resident(%s)", n.Gateway.Key, n.Gateway.Redirect)
	}
	switch {
	case !n.Stateless:
	case n.AllowedExtIPs != nil:
		e.Add(n.Router.DP, pipeline.LrInGWRedirect, 75, match+F(" && %s.src == $%s", n.ip(), n.AllowedExtIPs.Name), loopback)
		e.Add(n.Router.DP, pipeline.LrInGWRedirect, 70, F("ip && %s.dst == %s", n.ip(), n.ExternalIP), v.Drop)
	case n.ExemptedExtIPs != nil:
		e.Add(n.Router.DP, pipeline.LrInGWRedirect, 75, match+F(" && %s.src == $%s", n.ip(), n.ExemptedExtIPs.Name), v.Drop)
	}
}
