package northd

import "ovnsim/pipeline"

// bfdFeature lets a port's BFD packets by and hands those for the router to its chassis (RFC 5881).
var bfdFeature = feature{
	name:   "bfd",
	title:  "BFD",
	stages: []pipeline.Stage{pipeline.LrInIPInput},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		if !p.HasBFD {
			return
		}
		for _, family := range []struct {
			from, to text
			nets     []network
		}{
			{"ip4.src == %s && udp.dst == 3784", "ip4.dst == %s && udp.dst == 3784", p.Networks4},
			{"ip6.src == %s && udp.dst == 3784", "ip6.dst == %s && udp.dst == 3784", p.Networks6},
		} {
			if len(family.nets) == 0 {
				continue
			}
			own := oneOrSet(addrs(family.nets))
			e.Add(p.Router.DP, pipeline.LrInIPInput, 110, F(family.from, own), "next; ")
			e.AddMetered(p.Router.DP, pipeline.LrInIPInput, 110, F(family.to, own), "handle_bfd_msg(); ", p.Router.meter("bfd"))
		}
	},
}

// prefixFeature hears the router that hands out IPv6 prefixes (RFC 8415, prefix delegation).
var prefixFeature = feature{
	name:   "prefix-delegation",
	title:  "Logical_Router_Port: options:prefix_delegation",
	stages: []pipeline.Stage{pipeline.LrInIPInput},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		if !boolOption(p.Options, "prefix_delegation", false) {
			return
		}
		for _, n := range p.Networks6 {
			e.Add(p.Router.DP, pipeline.LrInIPInput, 100, F("ip6.dst == %s && udp.src == 547 && udp.dst == 546", n.Addr()), "reg0 = 0; handle_dhcpv6_reply;")
		}
	},
}
