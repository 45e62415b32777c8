package fuzznb

import (
	"fmt"

	"ovnsim/topology"
)

// fillRoutes adds static routes, policies and BFD sessions to routers.
func fillRoutes(b *Builder) {
	for _, p := range b.RouterPorts() {
		if b.Chance(8) {
			b.session(p.Name, b.hop())
		}
	}
	for _, r := range b.Routers {
		for range b.Intn(5) {
			b.route(r, b.prefix())
		}
		if b.Chance(3) {
			prefix := b.prefix()
			for range 1 + b.Intn(4) {
				b.route(r, prefix)
			}
		}
		if b.Chance(2) {
			for range b.Intn(5) {
				b.policy(r)
			}
		}
	}
}

// session adds a BFD session, unless the port has one with that peer.
func (b *Builder) session(port, peer string) *topology.BFD {
	for _, s := range b.Top.BFD {
		if s.LogicalPort == port && s.DstIP == peer {
			return s
		}
	}
	return Add(b, &topology.BFD{LogicalPort: port, DstIP: peer})
}

// soundPort is a router port that ovn-northd takes, "" without one: of the others' BFD sessions it dies.
func (b *Builder) soundPort() string {
	for _, r := range b.Routers {
		for _, p := range r.Ports {
			if len(p.MAC) == 17 && (r.Enabled == nil || *r.Enabled) && b.Chance(2) {
				return p.Name
			}
		}
	}
	return ""
}

// prefix is a network to route to.
func (b *Builder) prefix() string {
	return b.Pick("0.0.0.0/0", "::/0", fmt.Sprintf("20.0.%d.0/24", b.Intn(3)), fmt.Sprintf("20.0.0.%d/28", b.Intn(256)), "fd20::/64", "20.1.0.1",
		"fd20::1", b.IP4()+"/24", b.IP4()+"/32", b.IP6()+"/64", "fe80::/64", "not a prefix", "20.2.0.0/255.255.0.0", "20.3.0.0/33", "")
}

// hop is a next hop: mostly an address near by.
func (b *Builder) hop() string {
	if b.Chance(4) {
		return b.IP6()
	}
	if b.Chance(8) {
		return b.Pick("fe80::9", "99.9.9.9", "x", "fd00:0:0:0::0009", "fd99::9")
	}
	return b.IP4()
}

func (b *Builder) route(r *topology.LogicalRouter, prefix string) {
	row := Add(b, &topology.LogicalRouterStaticRoute{IPPrefix: prefix, Nexthop: b.hop()})
	r.StaticRoutes = append(r.StaticRoutes, row)
	b.Some(8, map[string]func(){
		"policy":           func() { row.Policy = b.Pick("src-ip", "dst-ip") },
		"discard":          func() { row.Nexthop = "discard" },
		"none":             func() { row.Nexthop = "" },
		"masked":           func() { row.Nexthop += b.Pick("/32", "/128", "/24") },
		"output_port":      func() { row.OutputPort = b.someRouterPort() },
		"route_table":      func() { row.RouteTable = b.table() },
		"symmetric":        func() { Set(&row.Options, "ecmp_symmetric_reply", b.Flag()) },
		"origin":           func() { Set(&row.Options, "origin", b.Pick("connected", "static", "x")) },
		"selection_fields": func() { row.SelectionFields = b.fields() },
		"learned":          func() { Set(&row.ExternalIDs, "ic-learned-route", b.Flag()) },
		"bfd": func() {
			if p := b.soundPort(); p != "" {
				row.BFD = b.session(p, b.Pick(row.Nexthop, b.hop()))
			}
		},
	})
}

func (b *Builder) fields() (out []string) {
	for _, f := range []string{"eth_src", "eth_dst", "ip_proto", "ip_src", "ip_dst", "ipv6_src", "ipv6_dst", "tp_src", "tp_dst"} {
		if b.Chance(3) {
			out = append(out, f)
		}
	}
	return out
}

func (b *Builder) policy(r *topology.LogicalRouter) {
	row := Add(b, &topology.LogicalRouterPolicy{
		Priority: int64(b.Intn(6)), Match: b.Pick("ip4", "ip6.src == fd00::/64", "1", "not a match ("),
		Action: b.Pick("allow", "drop", "reroute", "reroute"),
	})
	r.Policies = append(r.Policies, row)
	if row.Action == "reroute" {
		for range b.Intn(4) {
			row.Nexthops = addOnce(row.Nexthops, b.hop())
		}
	}
	b.Some(8, map[string]func(){
		"pkt_mark":    func() { Set(&row.Options, "pkt_mark", b.Pick("7", "0", "x", "4294967295", "0x10", "-1")) },
		"nexthop":     func() { row.Nexthop = b.hop() },
		"chain":       func() { row.Chain = b.Pick("c1", "c2") },
		"jump":        func() { row.Action, row.JumpChain = "jump", b.Pick("c1", "c2", "c3", "") },
		"output_port": func() { row.OutputPort = b.Top.LogicalRouterPort[b.Intn(len(b.Top.LogicalRouterPort))] },
		"bfd": func() {
			for _, hop := range row.Nexthops {
				row.BFDSessions = append(row.BFDSessions, b.session(b.someRouterPort(), hop))
			}
		},
	})
}
