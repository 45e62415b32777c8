package fuzznb

import (
	"fmt"

	"ovnsim/topology"
)

// fillRouters varies routers and their ports: options, networks, peers, advertisements, relays.
func fillRouters(b *Builder) {
	for range b.Intn(3) {
		b.peerRouters()
	}
	for _, r := range b.Routers {
		b.routerOptions(r)
	}
	for _, p := range b.RouterPorts() {
		b.routerPortOptions(p)
	}
}

// peerRouters makes two routers, one of them perhaps there already, with ports that lead to each other.
func (b *Builder) peerRouters() {
	router := func() *topology.LogicalRouter {
		if len(b.Routers) > 0 && b.Chance(2) {
			return b.Routers[b.Intn(len(b.Routers))]
		}
		r := Add(b, &topology.LogicalRouter{Name: b.Name("lr")})
		b.Routers = append(b.Routers, r)
		return r
	}
	one, other := router(), router()
	p := Add(b, &topology.LogicalRouterPort{Name: b.Name("peer"), MAC: b.MAC(), Networks: []string{b.IP4() + "/30"}})
	q := Add(b, &topology.LogicalRouterPort{Name: b.Name("peer"), MAC: b.MAC(), Networks: []string{b.IP4() + "/30", b.IP6() + "/64"}})
	p.Peer, q.Peer = q.Name, p.Name
	if b.Chance(8) {
		q.Peer = b.Pick("", "nowhere", q.Name)
	}
	one.Ports = append(one.Ports, p)
	other.Ports = append(other.Ports, q) // which may be the same router
	b.gateway(p)
}

func (b *Builder) routerOptions(r *topology.LogicalRouter) {
	o := &r.Options
	b.Some(12, map[string]func(){
		"enabled":                         func() { r.Enabled = b.Bool() },
		"mcast_relay":                     func() { Set(o, "mcast_relay", b.Flag()) },
		"always_learn_from_arp_request":   func() { Set(o, "always_learn_from_arp_request", b.Flag()) },
		"dynamic_neigh_routers":           func() { Set(o, "dynamic_neigh_routers", b.Flag()) },
		"mac_binding_age_threshold":       func() { Set(o, "mac_binding_age_threshold", b.Pick("100", "x", "10.0.0.0/24:5;7")) },
		"requested-tnl-key":               func() { Set(o, "requested-tnl-key", b.Pick("7", "100", "0", "x")) },
		"dynamic-routing":                 func() { Set(o, "dynamic-routing", b.Flag()) },
		"dynamic-routing-redistribute":    func() { Set(o, "dynamic-routing-redistribute", b.Pick("connected", "static,nat", "lb", "x")) },
		"chassis":                         func() { Set(o, "chassis", b.Pick("hv1", "", "nowhere")) },
		"interconn-tr":                    func() { Set(o, "interconn-tr", r.Name) },
		"ct-commit-all":                   func() { Set(o, "ct-commit-all", b.Flag()) },
		"lb_force_snat_ip":                func() { Set(o, "lb_force_snat_ip", b.Pick("router_ip", b.IP4(), b.IP6(), b.IP4()+" "+b.IP6(), "x")) },
		"dnat_force_snat_ip":              func() { Set(o, "dnat_force_snat_ip", b.Pick("router_ip", b.IP4(), b.IP6(), b.IP4()+" "+b.IP6(), "x")) },
		"disable_garp_rarp":               func() { Set(o, "disable_garp_rarp", b.Flag()) },
		"copp":                            func() { r.Copp = b.copp() },
		"dynamic-routing-no-learning":     func() { Set(o, "dynamic-routing-no-learning", b.Flag()) },
		"more than one distributed ports": func() { b.moreGateways(r) },
	})
}

func (b *Builder) moreGateways(r *topology.LogicalRouter) {
	for _, p := range r.Ports {
		if len(p.GatewayChassis) == 0 && p.HAChassisGroup == nil && b.Chance(2) {
			p.GatewayChassis = []*topology.GatewayChassis{Add(b, &topology.GatewayChassis{Name: p.Name + "-hv3", ChassisName: "hv3", Priority: 1})}
		}
	}
}

func (b *Builder) routerPortOptions(p *topology.LogicalRouterPort) {
	o := &p.Options
	b.Some(14, map[string]func(){
		"enabled": func() { p.Enabled = b.Bool() },
		"mac": func() {
			p.MAC = b.Pick("0A:0b:0C:00:01:02", "a:b:c:1:2:3", "no address", "", "0a:00:00:00:00:01 10.0.0.1/24")
		},
		"networks":                   func() { p.Networks = addOnce(p.Networks, b.oddNetwork()) },
		"more networks":              func() { p.Networks = addOnce(addOnce(p.Networks, b.IP4()+"/24"), b.IP6()+"/64") },
		"no networks":                func() { p.Networks = nil },
		"mcast_flood":                func() { Set(o, "mcast_flood", b.Flag()) },
		"requested-tnl-key":          func() { Set(o, "requested-tnl-key", b.Pick("7", "100", "0", "x")) },
		"prefix_delegation":          func() { Set(o, "prefix_delegation", b.Flag()) },
		"prefix":                     func() { Set(o, "prefix", b.Flag()) },
		"route_table":                func() { Set(o, "route_table", b.table()) },
		"gateway_mtu":                func() { Set(o, "gateway_mtu", b.Pick("1500", "1400", "0", "-1", "x", "70000")) },
		"gateway_mtu_bypass":         func() { Set(o, "gateway_mtu_bypass", b.Pick("tcp", "ip4 && udp", "", "not a match (")) },
		"redirect-type":              func() { Set(o, "redirect-type", b.Pick("bridged", "overlay", "x")) },
		"requested-chassis":          func() { Set(o, "requested-chassis", b.Pick("hv1", "", "nowhere")) },
		"reside-on-redirect-chassis": func() { Set(o, "reside-on-redirect-chassis", b.Flag()) },
		"dhcp_relay":                 func() { b.relay(p) },
		"ipv6_ra_configs":            func() { b.advertise(p) },
		"no-learning":                func() { Set(o, "dynamic-routing-no-learning", b.Flag()) },
		"static mac": func() {
			for _, m := range b.Top.StaticMACBinding {
				if m.LogicalPort == p.Name {
					return
				}
			}
			Add(b, &topology.StaticMACBinding{LogicalPort: p.Name, IP: b.IP4(), MAC: b.MAC(), OverrideDynamicMAC: b.Chance(2)})
		},
	})
}

func (b *Builder) oddNetwork() string {
	return b.Pick(b.IP4(), b.IP4()+"/32", b.IP6()+"/128", b.IP4()+"/255.255.0.0", "fe80::77/64", b.IP6(), "10.0.0.0/24", b.IP4()+"/0",
		"0.0.0.0/0", "no network", b.IP4()+"/33", "::1/128", "fd00::0:0:1/64", "ff02::1/64", "10.0.0.255/24", b.IP4()+"/31")
}

// table is the name of a route table, "" for the main one.
func (b *Builder) table() string { return b.Pick("", "red", "blue", "green") }

func (b *Builder) relay(p *topology.LogicalRouterPort) {
	p.DHCPRelay = Add(b, &topology.DHCPRelay{Name: b.Name("relay"), Servers: b.Pick(b.IP4(), b.IP6(), "", "x", b.IP4()+","+b.IP4(), b.IP4()+"/32", b.IP4()+" ")})
}

func (b *Builder) advertise(p *topology.LogicalRouterPort) {
	c := &p.IPv6RAConfigs
	Set(c, "address_mode", b.Pick("slaac", "dhcpv6_stateful", "dhcpv6_stateless", "slaac", "x", ""))
	b.Some(2, map[string]func(){
		"mtu":               func() { Set(c, "mtu", b.Pick("1500", "1280", "1279", "x", "70000", "-5", "01500")) },
		"router_preference": func() { Set(c, "router_preference", b.Pick("HIGH", "MEDIUM", "LOW", "x", "")) },
		"rdnss":             func() { Set(c, "rdnss", b.Pick(b.IP6(), "x", "")) },
		"dnssl":             func() { Set(c, "dnssl", b.Pick("a.b", "a.b, c.d", "")) },
		"route_info":        func() { Set(c, "route_info", b.Pick("HIGH-fd00::/64", "x", "")) },
		"send_periodic":     func() { Set(c, "send_periodic", b.Flag()) },
		"max_interval":      func() { Set(c, "max_interval", b.Pick("10", "2", "5000", "x")) },
		"min_interval":      func() { Set(c, "min_interval", b.Pick("10", "2", "5000", "x")) },
		"networks":          func() { p.Networks = addOnce(p.Networks, fmt.Sprintf("%s/%d", b.IP6(), 48+16*b.Intn(6))) },
	})
}
