package fuzznb

import (
	"fmt"

	"ovnsim/topology"
)

// fillMoreRoutes adds routes and policies that few routers have: by other routers' ports, in chains that jump, with every
// mistake.
func fillMoreRoutes(b *Builder) {
	for _, r := range b.Routers {
		if b.Chance(3) {
			prefix := b.oddPrefix()
			for range 1 + b.Intn(3) {
				b.moreRoute(r, prefix)
			}
		}
		if b.Chance(3) {
			for range 1 + b.Intn(4) {
				b.morePolicy(r)
			}
		}
	}
}

func (b *Builder) oddPrefix() string {
	return b.Pick(fmt.Sprintf("20.0.0.%d/24", b.Intn(4)), "20.0.0.0/24", "20.0.0.0/255.255.255.0", "020.0.0.0/24", " 20.0.0.0/24", "0.0.0.0/1", "20.0.0.0/0",
		"FD20::/64", "fd20:0::1/64", "ff00::/8", "224.0.0.0/4", "10.0.0.0/8", "169.254.0.0/16", "20.0.0.0/24,21.0.0.0/24", "/24", "::")
}

func (b *Builder) moreRoute(r *topology.LogicalRouter, prefix string) {
	row := Add(b, &topology.LogicalRouterStaticRoute{IPPrefix: prefix, Nexthop: b.Pick(b.IP4(), b.hop(), b.hop(), "discard", "", "0.0.0.0", "::", "DISCARD", "FD00:0::9", "010.0.0.9")})
	r.StaticRoutes = append(r.StaticRoutes, row)
	b.Some(4, map[string]func(){
		"policy":       func() { row.Policy = b.Pick("src-ip", "dst-ip") },
		"any port":     func() { row.OutputPort = b.someRouterPort() },
		"own port":     func() { row.OutputPort = b.ownPort(r) },
		"route_table":  func() { row.RouteTable = b.Pick("red", "blue", "é\"x", " ") },
		"symmetric":    func() { Set(&row.Options, "ecmp_symmetric_reply", b.Flag()) },
		"origin":       func() { Set(&row.Options, "origin", "connected") },
		"fields":       func() { row.SelectionFields = b.fields() },
		"ic-learned":   func() { Set(&row.ExternalIDs, "ic-learned-route", row.IPPrefix) },
		"same again":   func() { b.sameAgain(r, row) },
		"bfd disabled": func() { b.downSession(r, row) },
	})
}

func (b *Builder) ownPort(r *topology.LogicalRouter) string {
	if len(r.Ports) == 0 {
		return ""
	}
	return r.Ports[b.Intn(len(r.Ports))].Name
}

// sameAgain adds a second row that says the same.
func (b *Builder) sameAgain(r *topology.LogicalRouter, row *topology.LogicalRouterStaticRoute) {
	r.StaticRoutes = append(r.StaticRoutes, Add(b, &topology.LogicalRouterStaticRoute{
		IPPrefix: row.IPPrefix, Nexthop: row.Nexthop, OutputPort: row.OutputPort, Policy: row.Policy, RouteTable: row.RouteTable,
	}))
}

// downSession watches the next hop.
func (b *Builder) downSession(r *topology.LogicalRouter, row *topology.LogicalRouterStaticRoute) {
	if p := b.soundPort(); p != "" {
		row.BFD = b.session(p, row.Nexthop)
	}
}

func (b *Builder) morePolicy(r *topology.LogicalRouter) {
	row := Add(b, &topology.LogicalRouterPolicy{
		Priority: int64(b.Intn(32768)), Match: b.Pick("ip4.src == 10.0.0.0/8", "ip6", "inport == \"nowhere\"", "", "1 && (", "pkt.mark == 3"),
		Action: b.Pick("reroute", "jump", "allow", "drop"), Chain: b.Pick("", "", "c1", "c2", "c4", "é\"x"),
	})
	r.Policies = append(r.Policies, row)
	switch row.Action {
	case "jump":
		row.JumpChain = b.Pick("c1", "c2", "c4", "c9", row.Chain, "")
	case "reroute":
		for range 1 + b.Intn(3) {
			row.Nexthops = addOnce(row.Nexthops, b.Pick(b.hop(), b.hop(), b.IP4(), "discard", "10.0.0.9/24", "FD00::0:9"))
		}
	}
	b.Some(6, map[string]func(){
		"mark": func() { Set(&row.Options, "pkt_mark", b.Pick("4294967296", " 7", "7x", "007", "1")) },
		"port": func() {
			if ports := b.RouterPorts(); len(ports) > 0 {
				row.OutputPort = ports[b.Intn(len(ports))]
			}
		},
		"jump in vain": func() { row.JumpChain = "c1" },
		"hops in vain": func() { row.Nexthops = addOnce(row.Nexthops, b.IP4()) },
		"bfd": func() {
			if p := b.soundPort(); p != "" {
				for _, hop := range row.Nexthops {
					row.BFDSessions = append(row.BFDSessions, b.session(p, hop))
				}
			}
		},
	})
}
