package fuzznb

import (
	"fmt"
	"strings"

	"ovnsim/topology"
)

// fillMoreRouters adds what few routers have: dynamic routing, other availability zones, groups of chassis that several
// ports share, requests for chassis, control-plane protection by every protocol, sessions and bindings that say everything.
func fillMoreRouters(b *Builder) {
	for _, r := range b.Routers {
		b.dynamicRouting(&r.Options)
		b.moreOptions(r)
	}
	if b.Chance(10) { // not often: it does not get over some
		Set(&b.Global.Options, "ecmp_nexthop_monitor_enable", b.Flag())
	}
	var group *topology.HAChassisGroup
	for _, p := range b.RouterPorts() {
		b.moreOfPort(p)
		switch {
		case !b.Chance(15) || len(p.GatewayChassis) > 0 || p.HAChassisGroup != nil:
		case group == nil:
			group = Add(b, &topology.HAChassisGroup{Name: b.Name("shared")})
			for i := range b.Intn(3) {
				group.HAChassis = append(group.HAChassis, Add(b, &topology.HAChassis{ChassisName: fmt.Sprint("hv", i), Priority: int64(b.Intn(3))}))
			}
			p.HAChassisGroup = group
		default:
			p.HAChassisGroup = group
		}
	}
	for _, row := range b.Top.BFD {
		b.sessionDetails(row)
	}
	for _, p := range b.SwitchPorts() {
		if p.Type == "router" {
			b.announcements(p)
		}
	}
	for _, n := range b.Top.NAT {
		b.moreOfNAT(n)
	}
}

// moreOptions are options of routers that area router leaves alone.
func (b *Builder) moreOptions(r *topology.LogicalRouter) {
	o := &r.Options
	b.Some(10, map[string]func(){
		"snat-ct-zone":                  func() { Set(o, "snat-ct-zone", b.Pick("0", "7", "65535", "65536", "x")) },
		"ct-zone-limit":                 func() { Set(o, "ct-zone-limit", b.Pick("0", "100", "-1", "x")) },
		"mac_binding_age_threshold":     func() { Set(o, "mac_binding_age_threshold", b.Pick("0", "60", "10.0.0.0/8:5", ";", "-1")) },
		"dynamic_neigh_routers":         func() { Set(o, "dynamic_neigh_routers", b.Flag()) },
		"always_learn_from_arp_request": func() { Set(o, "always_learn_from_arp_request", b.Flag()) },
		"mcast_relay":                   func() { Set(o, "mcast_relay", b.Flag()) },
		"hash-based-ecmp":               func() { Set(o, "ecmp-unknown", b.Flag()) },
		"interconn-tr":                  func() { Set(o, "interconn-tr", b.Pick("", r.Name)) },
		"copp":                          func() { r.Copp = b.wholeCopp() },
		"external_ids": func() {
			Set(&r.ExternalIDs, b.Pick("neutron:router_name", "ovn-k8s"), b.Pick("friendly", "é\"x", ""))
		},
	})
}

// dynamicRouting makes some routers exchange routes with the world outside.
func (b *Builder) dynamicRouting(o *map[string]string) {
	if !b.Chance(4) {
		return
	}
	Set(o, "dynamic-routing", b.Pick("true", "true", "true", "false"))
	Set(o, "dynamic-routing-redistribute", b.redistributed())
	b.Some(4, map[string]func(){
		"local-only":     func() { Set(o, "dynamic-routing-redistribute-local-only", b.Flag()) },
		"vrf-name":       func() { Set(o, "dynamic-routing-vrf-name", b.Pick("red", "", "a name that is too long for Linux")) },
		"vrf-id":         func() { Set(o, "dynamic-routing-vrf-id", b.Pick("1", "0", "4294967295", "4294967296", "-1", "x")) },
		"no-learning":    func() { Set(o, "dynamic-routing-no-learning", b.Flag()) },
		"v4-nexthop":     func() { Set(o, "dynamic-routing-v4-prefix-nexthop", b.Pick(b.IP4(), b.IP6(), "x")) },
		"v6-nexthop":     func() { Set(o, "dynamic-routing-v6-prefix-nexthop", b.Pick(b.IP6(), b.IP4(), "x")) },
		"not a learning": func() { Set(o, "dynamic-routing-maintain-vrf", b.Flag()) },
	})
}

// redistributed is a list of what is told.
func (b *Builder) redistributed() string {
	var out []string
	for _, what := range []string{"connected", "connected-as-host", "static", "nat", "lb", "x"} {
		if b.Chance(3) {
			out = append(out, what)
		}
	}
	return strings.Join(out, b.Pick(",", ",", ",", ", ", ";", " "))
}

func (b *Builder) moreOfPort(p *topology.LogicalRouterPort) {
	o := &p.Options
	b.Some(14, map[string]func(){
		"redistribute":      func() { Set(o, "dynamic-routing-redistribute", b.redistributed()) },
		"local-only":        func() { Set(o, "dynamic-routing-redistribute-local-only", b.Flag()) },
		"maintain-vrf":      func() { Set(o, "dynamic-routing-maintain-vrf", b.Flag()) },
		"port-name":         func() { Set(o, "dynamic-routing-port-name", b.Pick("eth0", b.somePort(), "")) },
		"no-learning":       func() { Set(o, "dynamic-routing-no-learning", b.Flag()) },
		"requested-chassis": func() { Set(o, "requested-chassis", b.Pick("hv1", "hv9", "")) },
		"prefix":            func() { Set(o, "prefix", "true"); Set(o, "prefix_delegation", "true") },
		"ipv6_prefix":       func() { p.IPv6Prefix = []string{b.IP6() + "/64"} },
		"mcast_flood":       func() { Set(o, "mcast_flood", b.Flag()) },
		"ic-route-tag":      func() { Set(o, "ic-route-tag", "x") },
		"mtu":               func() { Set(o, "gateway_mtu", b.Pick("68", "1500", "65535", " 1400", "0x5dc", "1400x")) },
		"many networks": func() {
			for i := range 10 + b.Intn(12) {
				p.Networks = addOnce(p.Networks, fmt.Sprintf("10.9.%d.1/24", i))
			}
		},
		"same network":   func() { p.Networks = addOnce(p.Networks, b.IP4()+"/8") },
		"external_ids":   func() { Set(&p.ExternalIDs, "k", "v") },
		"gateway weight": func() { b.equalChassis(p) },
		"static mac": func() {
			for _, m := range b.Top.StaticMACBinding {
				if m.LogicalPort == p.Name {
					return
				}
			}
			Add(b, &topology.StaticMACBinding{LogicalPort: p.Name, IP: b.Pick(b.IP6(), "x", "FD00::0:9"), MAC: b.Pick(b.MAC(), "x", "0A:0B:0C:0D:0E:0F"), OverrideDynamicMAC: b.Chance(2)})
		},
	})
}

// equalChassis gives several candidates for a port, some of them of one priority.
func (b *Builder) equalChassis(p *topology.LogicalRouterPort) {
	if len(p.GatewayChassis) > 0 || p.HAChassisGroup != nil {
		return
	}
	for i := range 1 + b.Intn(4) {
		name := fmt.Sprint("hv", 4-i)
		g := Add(b, &topology.GatewayChassis{Name: p.Name + "_" + name, ChassisName: name, Priority: int64(b.Intn(2))})
		p.GatewayChassis = append(p.GatewayChassis, g)
	}
}

// wholeCopp protects against every protocol, now and then with a meter that is not there.
func (b *Builder) wholeCopp() *topology.Copp {
	c := Add(b, &topology.Copp{Name: b.Name("copp"), Meters: map[string]string{}})
	for _, k := range []string{"arp", "arp-resolve", "dhcpv4-opts", "dhcpv6-opts", "dns", "event-elb", "icmp4-error", "icmp6-error", "igmp", "nd-na", "nd-ns",
		"nd-ns-resolve", "nd-ra-opts", "tcp-reset", "bfd", "reject", "svc-monitor", "dhcpv4-relay", "unknown"} {
		if b.Chance(2) {
			c.Meters[k] = b.Pick("m1", "m2", "m1", "m2", "gone")
		}
	}
	return c
}

func (b *Builder) sessionDetails(row *topology.BFD) {
	b.Some(4, map[string]func(){
		"min_tx": func() { v := int64(100); row.MinTx = &v },
		"min_rx": func() { v := int64(100); row.MinRx = &v },
		"mult":   func() { v := int64(5); row.DetectMult = &v },
	})
}

// announcements are the addresses that a switch's port to a router speaks of by gratuitous ARP.
func (b *Builder) announcements(p *topology.LogicalSwitchPort) {
	o := &p.Options
	b.Some(6, map[string]func(){
		"nat-addresses": func() { Set(o, "nat-addresses", b.Pick("router", "router", b.MAC()+" "+b.IP4(), b.MAC(), "x", "")) },
		"exclude":       func() { Set(o, "exclude-lb-vips-from-garp", b.Flag()) },
		"arp proxy":     func() { Set(o, "arp_proxy", b.proxy()) },
	})
}

func (b *Builder) moreOfNAT(n *topology.NAT) {
	b.Some(14, map[string]func(){
		"range":      func() { n.ExternalPortRange = b.Pick("1-65535", "200-100", "0", "70000", "1-", "") },
		"priority":   func() { n.Match, n.Priority = b.Pick("ip4.dst == 1.1.1.1", "1", "((", "a && b"), int64(b.Intn(32768)) },
		"add_route":  func() { Set(&n.Options, "add_route", "true") },
		"stateless":  func() { Set(&n.Options, "stateless", "true") },
		"upper":      func() { n.ExternalIP = strings.ToUpper(n.ExternalIP) },
		"mask":       func() { n.LogicalIP += b.Pick("/32", "/128", "/0", "/255.255.255.255", "/33") },
		"everything": func() { n.LogicalIP = b.Pick("0.0.0.0/0", "::/0") },
	})
}
