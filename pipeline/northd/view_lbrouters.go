package northd

import "math/bits"

// lbRouters sorts the routers for balancing.
type lbRouters struct {
	withGatewayPorts    *Group // those with a distributed gateway port, gateway routers excepted
	withoutGatewayPorts *Group
	severalGatewayPorts *Group // those of withGatewayPorts that have more than one
	forcing             *Group // those that give balanced connections an address of their own (lb_force_snat_ip)

	unmetered []metered         // all routers, for flows that no meter is for
	byIndex   []*Router         // by Datapath.Index, nil for switches
	parts     map[*Group]halves // memory of forced
	vips      map[string][]*VIP // by IP
}

// halves is a group in two parts.
type halves struct{ with, without *Group }

func (v *View) sortRouters() {
	v.lbRouters = lbRouters{
		withGatewayPorts: v.newGroup(), withoutGatewayPorts: v.newGroup(), severalGatewayPorts: v.newGroup(), forcing: v.newGroup(),
		unmetered: []metered{{"", v.allRouters}},
		byIndex:   make([]*Router, len(v.sb.Datapaths)), parts: map[*Group]halves{}, vips: map[string][]*VIP{},
	}
	zones := v.supports("ct-next-zone") && v.supports("ct-commit-to-zone")
	for _, r := range v.Routers {
		v.byIndex[r.DP.Index] = r
		r.HasLBVIP = anyVIP(r.LoadBalancer, r.LoadBalancerGroup)
		r.CommonZone = boolOption(v.Options, "use_common_zone", false)
		r.learnNAT(zones)
		if len(r.GatewayPorts) > 0 && !r.IsGateway {
			v.withGatewayPorts.add(r.DP)
			if len(r.GatewayPorts) > 1 {
				v.severalGatewayPorts.add(r.DP)
			}
		} else {
			v.withoutGatewayPorts.add(r.DP)
		}
		if r.ForceLB.any() {
			v.forcing.add(r.DP)
		}
	}
}

// forced parts a group of routers by whether they force a source address on balanced connections.
func (v *View) forced(g *Group) halves {
	h, known := v.parts[g]
	if !known {
		h = halves{g.and(v.forcing), g.without(v.forcing)}
		v.parts[g] = h
	}
	return h
}

// routersOf is the routers of a group.
func (v *View) routersOf(g *Group) (out []*Router) {
	for i, w := range g.words {
		for ; w != 0; w &= w - 1 {
			out = append(out, v.byIndex[i*64+bits.TrailingZeros64(w)])
		}
	}
	return out
}

// vipsAt is the VIPs on a router that are among some addresses.
func (v *View) vipsAt(r *Router, addresses []string) (out []*VIP) {
	for _, ip := range addresses {
		for _, vip := range v.vips[ip] {
			if vip.Routers.has(r.DP) {
				out = append(out, vip)
			}
		}
	}
	return out
}

// serves says whether a balancer of the router has an address as a VIP.
func (v *View) serves(r *Router, ip string) bool {
	for _, vip := range v.vips[ip] {
		if !vip.Template && vip.Routers.has(r.DP) {
			return true
		}
	}
	return false
}
