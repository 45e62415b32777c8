package northd

import "ovnsim/pipeline"

// neighborFeature learns which Ethernet address a neighbour has from what it sends, and asks for those not known.
var neighborFeature = feature{
	name:   "neighbor",
	title:  "Logical_Router: options:always_learn_from_arp_request; neighbours learned and asked for",
	stages: []pipeline.Stage{pipeline.LrInLookupNeighbor, pipeline.LrInLearnNeighbor, pipeline.LrInARPResolve, pipeline.LrInARPRequest},
	global: func(v *View, e *Emitter) {
		always := v.routerGroup((*Router).learnsAlways)
		choosy := v.routerGroup(func(r *Router) bool { return !r.learnsAlways() })
		e.AddGroup(always, pipeline.LrInLearnNeighbor, 100, regLookupNeighbor+" == 1", "mac_cache_use; next;")
		e.AddGroup(choosy, pipeline.LrInLearnNeighbor, 100, regLookupNeighbor+" == 1 || "+regLookupNeighborIP+" == 0", "mac_cache_use; next;")
		lookUpNeighbor(v, e)
		learnNeighbor(v, e)
		resolveDynamic(v, e)
		requestNeighbor(v, e)
	},
	routerPort: lookUpRequests,
}

// learnsAlways says whether any ARP request teaches the router a neighbour, not only one for the router's own address
// or from a neighbour that it knows.
func (r *Router) learnsAlways() bool {
	return boolOption(r.Options, "always_learn_from_arp_request", true)
}

// isTransit says whether the router has ports on other availability zones, which must hear of new neighbours, too.
func (r *Router) isTransit() bool {
	if r.Options["interconn-tr"] == "" {
		return false
	}
	for _, p := range r.Ports {
		if p.IsRemote {
			return true
		}
	}
	return false
}

// lookUpNeighbor looks whether answers and solicitations tell something new.
func lookUpNeighbor(v *View, e *Emitter) {
	for _, always := range []bool{true, false} {
		for _, transit := range []bool{true, false} {
			g := v.routerGroup(func(r *Router) bool { return r.learnsAlways() == always && r.isTransit() == transit })
			known, knownIP, flood := "", "", ""
			if !always {
				known, knownIP = regLookupNeighborIP+" = 1; ", regLookupNeighborIP+" = lookup_nd_ip(inport, ip6.src); "
			}
			if transit {
				flood = "flood_remote; "
			}
			e.AddGroup(g, pipeline.LrInLookupNeighbor, 100, "arp.op == 2",
				F(regLookupNeighbor+" = lookup_arp(inport, arp.spa, arp.sha); %s%snext;", known, flood))
			e.AddGroup(g, pipeline.LrInLookupNeighbor, 100, "nd_na",
				F(regLookupNeighbor+" = lookup_nd(inport, nd.target, nd.tll); %s%snext;", known, flood))
			e.AddGroup(g, pipeline.LrInLookupNeighbor, 100, "nd_ns",
				F(regLookupNeighbor+" = lookup_nd(inport, ip6.src, nd.sll); %snext;", knownIP))
			if !always {
				// An advertisement to the all-nodes group from a link-local address nobody asked for: it only renews.
				e.AddGroup(g, pipeline.LrInLookupNeighbor, 110, "nd_na && ip6.src == fe80::/10 && ip6.dst == ff00::/8",
					regLookupNeighbor+" = lookup_nd(inport, nd.target, nd.tll); "+regLookupNeighborIP+" = lookup_nd_ip(inport, nd.target); next;")
			}
		}
	}
}

// learnNeighbor stores what was new.
func learnNeighbor(v *View, e *Emitter) {
	for _, f := range []struct {
		protocol       string
		priority       int
		match, actions string
	}{
		{"arp", 90, "arp", "put_arp(inport, arp.spa, arp.sha); next;"},
		{"nd-na", 95, "nd_na && nd.tll == 0", "put_nd(inport, nd.target, eth.src); next;"},
		{"nd-na", 90, "nd_na", "put_nd(inport, nd.target, nd.tll); next;"},
		{"nd-ns", 90, "nd_ns", "put_nd(inport, ip6.src, nd.sll); next;"},
	} {
		e.addByMeter(v.routersByMeter(f.protocol), v.allRouters, pipeline.LrInLearnNeighbor, f.priority, f.match, f.actions)
	}
	e.AddGroup(v.allRouters, pipeline.LrInLearnNeighbor, 95, "nd_ns && (ip6.src == 0 || nd.sll == 0)", "next;")
}

// lookUpRequests looks whether ARP requests on one port's networks tell something new.
func lookUpRequests(v *View, e *Emitter, p *RouterPort) {
	if p.Redirect != "" {
		e.Add(p.Router.DP, pipeline.LrInLookupNeighbor, 120,
			F("inport == %s && (nd_na || nd_ns) && eth.mcast && !is_chassis_resident(%s)", p.Key, p.Redirect), regLookupNeighbor+" = 1; next;")
	}
	for _, n := range p.Networks4 {
		match := F("inport == %s && arp.spa == %s && arp.op == 1", p.Key, n.subnet())
		if p.Router.learnsAlways() {
			e.Add(p.Router.DP, pipeline.LrInLookupNeighbor, 100, match, regLookupNeighbor+" = lookup_arp(inport, arp.spa, arp.sha); next;")
			continue
		}
		e.Add(p.Router.DP, pipeline.LrInLookupNeighbor, 110,
			F("inport == %s && arp.spa == %s && arp.tpa == %s && arp.op == 1", p.Key, n.subnet(), n.Addr()),
			regLookupNeighbor+" = lookup_arp(inport, arp.spa, arp.sha); "+regLookupNeighborIP+" = 1; next;")
		e.Add(p.Router.DP, pipeline.LrInLookupNeighbor, 100, match,
			regLookupNeighbor+" = lookup_arp(inport, arp.spa, arp.sha); "+regLookupNeighborIP+" = lookup_arp_ip(inport, arp.spa); next;")
	}
}

// resolveDynamic takes a next hop's Ethernet address from what was learned.
func resolveDynamic(v *View, e *Emitter) {
	e.AddGroup(v.allRouters, pipeline.LrInARPResolve, 500, "ip4.mcast || ip6.mcast", "next;")
	e.AddGroup(v.allRouters, pipeline.LrInARPResolve, 1, regNexthopIs4+" == 1", "get_arp(outport, "+regNexthop4+"); next;")
	e.AddGroup(v.allRouters, pipeline.LrInARPResolve, 1, regNexthopIs4+" == 0", "get_nd(outport, "+regNexthop6+"); next;")
}

// requestNeighbor asks for a next hop whose Ethernet address is not known; the packet is dropped.
func requestNeighbor(v *View, e *Emitter) {
	e.addByMeter(v.routersByMeter("arp-resolve"), v.allRouters, pipeline.LrInARPRequest, 100,
		"eth.dst == 00:00:00:00:00:00 && "+regNexthopIs4+" == 1",
		"arp { eth.dst = ff:ff:ff:ff:ff:ff; arp.spa = "+regSource4+"; arp.tpa = "+regNexthop4+"; arp.op = 1; output; }; next;")
	e.addByMeter(v.routersByMeter("nd-ns-resolve"), v.allRouters, pipeline.LrInARPRequest, 100,
		"eth.dst == 00:00:00:00:00:00 && "+regNexthopIs4+" == 0",
		"nd_ns { nd.target = "+regNexthop6+"; output; }; next;")
}
