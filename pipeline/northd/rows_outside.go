package northd

import (
	"slices"
	"strings"

	"ovnsim/pipeline"
)

// rowsOutsideFeature writes what chassis watch or tell outside of OVN: the next hops of symmetric routes (ECMP_Nexthop), and
// what a switch's EVPN domain is told of (Advertised_MAC_Binding).
var rowsOutsideFeature = feature{
	name:  "rows-outside",
	title: "NB_Global options:ecmp_nexthop_monitor_enable; Logical_Switch other_config:dynamic-routing-redistribute",
	router: func(v *View, _ *Emitter, r *Router) {
		if boolOption(v.Options, "ecmp_nexthop_monitor_enable", false) {
			v.monitorNexthops(r)
		}
	},
	switchPort: func(v *View, _ *Emitter, p *SwitchPort) {
		o := p.Switch.OtherConfig
		if p.Switch.EVPN && slices.Contains(strings.Split(o["dynamic-routing-redistribute"], ","), "ip") {
			v.advertiseMACs(p)
		}
	},
}

// monitorNexthops has the next hops of a router's symmetric routes watched, each once at a port. A real ovn-northd does not
// get over one that comes twice.
func (v *View) monitorNexthops(r *Router) {
	seen := map[pipeline.ECMPNexthop]bool{}
	for _, one := range v.routes(r) {
		if !one.symmetric || one.source != sourceStatic || one.out == nil || !one.nexthop.IsValid() {
			continue
		}
		if n := (pipeline.ECMPNexthop{Nexthop: one.nexthop.String(), LogicalPort: one.out.Name}); !seen[n] {
			seen[n] = true
			v.sb.ECMPNexthops = append(v.sb.ECMPNexthops, &n)
		}
	}
}

// advertiseMACs tells of the IP addresses that a machine's first Ethernet address has, or a router's port; not of
// link-local ones.
func (v *View) advertiseMACs(p *SwitchPort) {
	var owned portAddress
	switch addresses := p.owned(); {
	case p.Peer != nil:
		owned = routerPortAddress(p.Peer)
	case p.Type != "" || len(addresses) == 0:
		return
	default:
		owned = addresses[0]
		for _, text := range p.LogicalSwitchPort.Addresses { // dynamic ones come after all others
			if stated, ok := parsePortAddress(text); ok && !isDynamic(text) {
				owned = stated
				break
			}
		}
	}
	for _, ip := range slices.Concat(owned.IPv4, owned.IPv6) {
		if !isLinkLocal(ip) {
			v.sb.AdvertisedMACs = append(v.sb.AdvertisedMACs, &pipeline.AdvertisedMAC{
				Datapath: p.Switch.DP, LogicalPort: p.Name, IP: ip.String(), MAC: owned.MAC.String(),
			})
		}
	}
}
