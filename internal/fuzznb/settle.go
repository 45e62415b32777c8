package fuzznb

import (
	"net/netip"
	"strings"

	"ovnsim/topology"
)

// settle takes out of a topology what the real ovn-northd makes of memory that it has not written, so that there is nothing
// to compare with: it writes garbage or dies.
func settle(b *Builder) {
	for _, s := range b.Switches {
		// On a switch that relays DHCP it takes the first address of every machine's port without looking whether there
		// is one.
		if _, relays := s.OtherConfig["dhcp_relay_port"]; relays {
			for _, p := range s.Ports {
				if p.Type == "" {
					p.Addresses = append([]string{b.MAC()}, p.Addresses...)
				}
			}
		}
	}
	b.oneLeads()
	b.symmetricHops()
}

// symmetricHops has symmetric routes go where ovn-northd gets over it: to a next hop that is written, and where next hops are
// watched, each to one of its own.
func (b *Builder) symmetricHops() {
	watched, seen := b.Global.Options["ecmp_nexthop_monitor_enable"] == "true", map[string]bool{}
	for _, row := range b.Top.LogicalRouterStaticRoute {
		if _, asked := row.Options["ecmp_symmetric_reply"]; !asked {
			continue
		}
		hop := strings.ToLower(row.Nexthop)
		if a, err := netip.ParseAddr(hop); err == nil {
			hop = a.String()
		}
		if hop == "" || watched && (seen[hop] || row.Options["origin"] == "connected") {
			delete(row.Options, "ecmp_symmetric_reply")
		}
		seen[hop] = true
	}
}

// oneLeads leaves of several switch ports that name one router port the first: whose the router port is hangs on
// ovn-northd's hash table.
func (b *Builder) oneLeads() {
	seen := map[string]*topology.LogicalSwitchPort{}
	for _, p := range b.SwitchPorts() {
		name := p.Options["router-port"]
		if p.Type != "router" || name == "" {
			continue
		}
		if seen[name] != nil {
			Set(&p.Options, "router-port", "nowhere")
			continue
		}
		seen[name] = p
	}
}
