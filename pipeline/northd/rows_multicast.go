package northd

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"ovnsim/pipeline"
)

// Tunnel keys of the multicast groups that every switch may have. Learned groups have the keys after them.
const (
	keyFlood = 1<<15 + iota
	keyUnknown
	keyMrouterFlood
	keyStatic
	keyFloodL2
	keyLearned
)

// floodGroups makes a switch's multicast groups; those without a port are left out.
func (v *View) floodGroups(s *Switch) {
	groups := []*pipeline.MulticastGroup{
		{Name: "_MC_flood", TunnelKey: keyFlood}, {Name: "_MC_unknown", TunnelKey: keyUnknown},
		{Name: "_MC_mrouter_flood", TunnelKey: keyMrouterFlood}, {Name: "_MC_static", TunnelKey: keyStatic},
		{Name: "_MC_flood_l2", TunnelKey: keyFloodL2},
	}
	for _, everybody := range []int{0, 4} {
		groups[everybody].Ports = make([]*pipeline.PortBinding, 0, len(s.Ports))
	}
	mrouters := v.mrouters(s)
	relaying := slices.ContainsFunc(s.RouterPorts, (*SwitchPort).relays)
	// What the groups have of a port, the second of them apart, may be a port that stands for it; of a copy the second has none.
	add := func(p *SwitchPort, row, unknown *pipeline.PortBinding) {
		if !p.IsEnabled || !boolOption(p.Options, "receive_multicast", true) {
			return
		}
		in := [...]bool{
			true,
			p.Unknown && unknown != nil,
			unknown != nil && (p.relays() || relaying && v.leadsToSnooper(p)) || p.Peer == nil && mrouters[p.Name] || boolOption(p.Options, "mcast_flood_reports", false),
			boolOption(p.Options, "mcast_flood", false),
			p.Type != "router",
		}
		for i, g := range groups {
			if in[i] {
				g.Ports = append(g.Ports, row)
			}
		}
	}
	for _, p := range s.Ports {
		row := p.row
		if p.redirect != nil {
			row = p.redirect.row
		}
		add(p, row, row)
	}
	for _, m := range v.mirrorPorts[s] {
		add(m.of, m.row, nil)
	}
	groups = append(groups, v.learnedGroups(s)...)
	for _, g := range groups {
		if len(g.Ports) > 0 {
			g.Datapath = s.DP
			v.sb.MulticastGroups = append(v.sb.MulticastGroups, g)
		}
	}
}

// relays says whether the router behind a port relays multicast.
func (p *SwitchPort) relays() bool {
	return p.Peer != nil && boolOption(p.Peer.Router.LogicalRouter.Options, "mcast_relay", false)
}

// leadsToSnooper says whether a port is joined to one of another switch, which snoops.
func (v *View) leadsToSnooper(p *SwitchPort) bool {
	peer := v.switchPeer(p)
	return peer != nil && peer.Switch.Snoop
}

// igmpGroups is what the chassis learned of a switch's multicast groups: ports by address, the addresses in order.
func (v *View) igmpGroups(s *Switch) (addresses []string, ports map[string][]string) {
	ports = map[string][]string{}
	for _, g := range v.Before.IGMPGroups {
		if g.Datapath == nil || g.Datapath.NbUUID != s.UUID {
			continue
		}
		if ports[g.Address] == nil {
			addresses = append(addresses, g.Address)
			ports[g.Address] = []string{}
		}
		for _, b := range g.Ports {
			ports[g.Address] = append(ports[g.Address], b.LogicalPort)
		}
	}
	return addresses, ports
}

// mrouters is the ports that multicast routers were heard on.
func (v *View) mrouters(s *Switch) map[string]bool {
	out := map[string]bool{}
	_, ports := v.igmpGroups(s)
	for _, name := range ports["mrouters"] {
		out[name] = true
	}
	return out
}

// learnedGroups makes the multicast groups that somebody joined.
func (v *View) learnedGroups(s *Switch) (out []*pipeline.MulticastGroup) {
	for i, address := range s.joined(v) {
		g := &pipeline.MulticastGroup{Name: address, TunnelKey: uint16(keyLearned + i)}
		_, ports := v.igmpGroups(s)
		members := map[string]bool{}
		for _, name := range ports[address] {
			members[name] = true
		}
		for _, p := range s.Ports {
			if s.delivers(p, members) {
				g.Ports = append(g.Ports, p.row)
			}
		}
		out = append(out, g)
	}
	return out
}

// joined is the multicast groups of a switch that have a member that the flood groups do not reach anyway.
func (s *Switch) joined(v *View) (out []string) {
	if !s.Snoop {
		return nil
	}
	addresses, ports := v.igmpGroups(s)
	for _, address := range addresses {
		if _, err := netip.ParseAddr(address); err != nil {
			continue // "mrouters"
		}
		for _, name := range ports[address] {
			if p := v.switchPorts[name]; p != nil && p.Switch == s && p.joins() {
				out = append(out, address)
				break
			}
		}
	}
	return out
}

// joins says whether a port can be a member of a group: it is not reached by a flood group already.
func (p *SwitchPort) joins() bool {
	return p.IsEnabled && !p.relays() &&
		!(p.Peer == nil && (boolOption(p.Options, "mcast_flood", false) || boolOption(p.Options, "mcast_flood_reports", false)))
}

// delivers says whether a learned group has a port: its members, and every physical network.
func (s *Switch) delivers(p *SwitchPort, members map[string]bool) bool {
	return p.IsEnabled && p.Type == "localnet" || members[p.Name] && p.joins()
}

// snooping is a switch's row of IP_Multicast.
func (v *View) snooping(s *Switch) {
	o := s.OtherConfig
	seconds := func(key string, missing, low int64) int64 {
		return min(max(int64(uint32(longOption(o, key, uint64(missing)))), low), 3600)
	}
	idle := seconds("mcast_idle_timeout", 300, 15)
	v.sb.IPMulticast = append(v.sb.IPMulticast, &pipeline.IPMulticast{
		Datapath: s.DP, Enabled: s.Snoop, Querier: boolOption(o, "mcast_querier", true),
		EthSrc: o["mcast_eth_src"], IP4Src: o["mcast_ip4_src"], IP6Src: o["mcast_ip6_src"],
		TableSize: int64(longOption(o, "mcast_table_size", 2048)), IdleTimeout: idle,
		QueryInterval: seconds("mcast_query_interval", idle/2, 1), QueryMaxResp: int64(longOption(o, "mcast_query_max_response", 1)),
	})
}

// longOption reads a number of 64 bits, which may be negative and wraps then; missing where it is none.
func longOption(o map[string]string, key string, missing uint64) uint64 {
	text := strings.TrimLeft(o[key], " ")
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return uint64(n)
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n
	}
	return missing
}
