package northd

import "ovnsim/pipeline"

// deliveryFeature sends out by a router's ports what the pipeline has decided on.
var deliveryFeature = feature{
	name:   "delivery",
	title:  "Logical_Router_Port: what leaves by it; networks, as numbers for load balancing's SNAT",
	stages: []pipeline.Stage{pipeline.LrOutDelivery, pipeline.LrInNetworkID, pipeline.LrInGWRedirect},
	global: func(v *View, e *Emitter) {
		e.AddGroup(v.allRouters, pipeline.LrInNetworkID, 105, "1", "flags.network_id = 0; next;")
	},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		if p.IsEnabled() {
			deliver(e, p)
		}
		if p.Redirect != "" && !p.leadsToVTEP() {
			e.Add(p.Router.DP, pipeline.LrInGWRedirect, 50, F("outport == %s", p.Key), F("outport = %s; next;", p.Redirect))
		}
		numberNetworks(e, p)
	},
}

func deliver(e *Emitter, p *RouterPort) {
	if p.Router.MulticastRelay {
		e.Add(p.Router.DP, pipeline.LrOutDelivery, 110, F("(ip4.mcast || ip6.mcast) && outport == %s", p.Key), F("eth.src = %s; output;", p.MAC))
	}
	e.Add(p.Router.DP, pipeline.LrOutDelivery, 100, F("outport == %s", p.Key), "output;")
}

// maxNetworkID is the largest number that flags.network_id holds; networks beyond it count as number 0.
const maxNetworkID = 15

// numberNetworks says which of the port's networks the next hop is in.
func numberNetworks(e *Emitter, p *RouterPort) {
	for i, n := range p.Networks4 {
		e.Add(p.Router.DP, pipeline.LrInNetworkID, 110, F("outport == %s && ip4 && "+regNexthop4+" == %s", p.Key, n), networkID(i))
	}
	for i, n := range p.Networks6[:len(p.Networks6)-1] { // not the link-local one that every port has
		e.Add(p.Router.DP, pipeline.LrInNetworkID, 110, F("outport == %s && ip6 && "+regNexthop6+" == %s", p.Key, n), networkID(i))
	}
}

func networkID(i int) string {
	if i > maxNetworkID {
		i = 0
	}
	return F("flags.network_id = %d; next;", i)
}
