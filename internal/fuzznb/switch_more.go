package fuzznb

import (
	"fmt"

	"ovnsim/topology"
)

// fillMoreSwitches adds what is rare: options that no feature of packets hangs on, dynamic addresses of all kinds, values
// that are wrong, rows that two others share.
func fillMoreSwitches(b *Builder) {
	b.globalOptions()
	for _, s := range b.Switches {
		b.moreSwitch(s)
		if b.Chance(3) {
			b.dynamicAddresses(s)
		}
	}
	for _, p := range b.SwitchPorts() {
		b.morePort(p)
	}
	b.shared()
}

func (b *Builder) globalOptions() {
	o := &b.Global.Options
	b.Some(10, map[string]func(){
		"use_common_zone":         func() { Set(o, "use_common_zone", b.Flag()) },
		"vxlan_mode":              func() { Set(o, "vxlan_mode", b.Flag()) },
		"ignore_chassis_features": func() { Set(o, "ignore_chassis_features", b.Flag()) },
		"use_logical_dp_groups":   func() { Set(o, "use_logical_dp_groups", b.Flag()) },
		"always_tunnel":           func() { Set(o, "always_tunnel", b.Flag()) },
		"mac_prefix": func() {
			Set(o, "mac_prefix", b.Pick("02:00:00", "0A:0B:0C", "0:b:c", "ff:ff:ff", "0a:0b:0c:0d"))
		},
		"no mac_prefix": func() { delete(*o, "mac_prefix") },
		"svc_monitor_mac": func() {
			Set(o, "svc_monitor_mac", b.Pick("x", "", "0E:00:00:00:00:0A", "00:00:00:00:00:00", "0e:0:0:0:0:1"))
		},
		"svc_monitor_mac_dst": func() { Set(o, "svc_monitor_mac_dst", b.Pick("x", "", "0E:00:00:00:00:0B", "0e:0:0:0:0:1")) },
		"no svc_monitor_mac":  func() { delete(*o, "svc_monitor_mac") },
		"svc_monitor_ip": func() {
			Set(o, "svc_monitor_ip", b.Pick("169.254.100.10", "x"))
			Set(o, "svc_monitor_ip_dst", "169.254.100.11")
		},
	})
}

func (b *Builder) moreSwitch(s *topology.LogicalSwitch) {
	o := &s.OtherConfig
	// Tunnel keys out of range are left out: ovn-northd never gets over them.
	number := func(key string, of ...string) func() {
		return func() {
			Set(o, key, b.Pick(append(of, "0", "-1", "x", "", "1", "15", "100", "99999", "4294967296", " 7", "7 ", "0x10")...))
		}
	}
	b.Some(14, map[string]func(){
		"mcast_table_size":         number("mcast_table_size"),
		"mcast_idle_timeout":       number("mcast_idle_timeout"),
		"mcast_query_interval":     number("mcast_query_interval"),
		"mcast_query_max_response": number("mcast_query_max_response"),
		"mcast_eth_src":            func() { Set(o, "mcast_eth_src", b.Pick(b.MAC(), "x", "")); Set(o, "mcast_querier", b.Flag()) },
		"mcast_ip4_src":            func() { Set(o, "mcast_ip4_src", b.Pick(b.IP4(), "x", b.IP6(), "")); Set(o, "mcast_snoop", b.Flag()) },
		"mcast_ip6_src":            func() { Set(o, "mcast_ip6_src", b.Pick(b.IP6(), "x", b.IP4(), "")) },
		"querier":                  func() { b.querier(o) },
		"fdb_age_threshold":        number("fdb_age_threshold"),
		"ct-zone-limit":            number("ct-zone-limit"),
		"requested-tnl-key": func() {
			Set(o, "requested-tnl-key", b.Pick("1", "2", "3", "16711680", "16711679", "5000", "0", "x", " 3"))
		},
		"ic-vxlan_mode": func() { Set(o, "ic-vxlan_mode", b.Flag()) },
		"neutron": func() {
			Set(o, "neutron:network_name", b.Pick("net", ""))
			Set(&s.ExternalIDs, "neutron:network_name", "other")
		},
		"vni":          func() { b.evpn(o) },
		"redistribute": func() { Set(o, "dynamic-routing-redistribute", b.Pick("fdb", "ip", "fdb,ip", "x")) },
		"same name":    func() { s.Name = b.Switches[0].Name },
	})
}

func (b *Builder) querier(o *map[string]string) {
	Set(o, "mcast_snoop", "true")
	Set(o, "mcast_querier", b.Pick("true", "false"))
	Set(o, "mcast_eth_src", b.MAC())
	Set(o, "mcast_ip4_src", b.IP4())
	if b.Chance(2) {
		Set(o, "mcast_ip6_src", b.IP6())
	}
}

func (b *Builder) evpn(o *map[string]string) {
	Set(o, "dynamic-routing-vni", b.Pick("10", "100", "0"))
	b.Some(3, map[string]func(){
		"bridge": func() { Set(o, "dynamic-routing-bridge-ifname", b.Pick("br-1", "a-name-that-is-too-long", "", "x y")) },
		"vxlan": func() {
			Set(o, "dynamic-routing-vxlan-ifname", b.Pick("vx1", "vx1,vx2", "vx1, vx2", "", "a-name-that-is-too-long"))
		},
		"advertise": func() { Set(o, "dynamic-routing-advertise-ifname", b.Pick("lo1", "", "a-name-that-is-too-long")) },
		"fdb":       func() { Set(o, "dynamic-routing-redistribute", b.Pick("fdb", "ip", "ip", "ip,fdb", "fdb, ip")) },
		"local":     func() { Set(o, "dynamic-routing-arp-prefer-local", b.Flag()) },
	})
}

// dynamicAddresses has OVN choose addresses of several ports of a switch.
func (b *Builder) dynamicAddresses(s *topology.LogicalSwitch) {
	o := &s.OtherConfig
	net := 100 + len(b.SwitchPorts())
	b.Some(2, map[string]func(){
		"subnet": func() {
			Set(o, "subnet", b.Pick(fmt.Sprintf("10.%d.0.0/24", net), fmt.Sprintf("10.%d.0.8/29", net), fmt.Sprintf("10.%d.0.3/30", net),
				fmt.Sprintf("10.%d.0.77/16", net), fmt.Sprintf("10.%d.0.0/31", net), fmt.Sprintf("10.%d.0.0/32", net), "x", "10.0.0.0", "fd00::/64"))
		},
		"prefix": func() {
			Set(o, "ipv6_prefix", b.Pick("fd00:9::", "fd00:9::/64", "fd00:9::1", "fd00:9::/80", "fd00:9::/48", "x", "10.0.0.0", "fd00:9:1:2:3::"))
		},
		"exclude": func() { Set(o, "exclude_ips", b.excluded(net)) },
		"mac":     func() { Set(o, "mac_only", b.Flag()) },
	})
	for range 1 + b.Intn(4) {
		p := b.machine(s)
		ip4, ip6 := fmt.Sprintf("10.%d.0.%d", net, b.Intn(12)), fmt.Sprintf("fd00:9::%x", b.Intn(12))
		p.Addresses = []string{b.Pick("dynamic", "dynamic", "dynamic", b.MAC()+" dynamic", "dynamic "+ip4, "dynamic "+ip6, "dynamic "+ip4+" "+ip6,
			"dynamic "+ip6+" "+ip4, "dynamic x", "dynamic 10.0.0.1", " dynamic", "dynamic ", "dynamic,", b.MAC()+"  dynamic", b.MAC()+" dynamic "+ip4, b.MAC()+" "+ip4)}
		if b.Chance(6) {
			p.Addresses = addOnce(p.Addresses, b.Pick("dynamic", "unknown", b.MAC()+" "+ip4, "dynamic "+ip4))
		}
		if b.Chance(8) {
			p.DynamicAddresses = b.Pick(b.MAC()+" "+ip4, b.MAC()+" "+ip4+" "+ip6, "x", b.MAC())
		}
		if b.Chance(10) {
			p.Type = b.Pick("localport", "external", "virtual", "router", "localnet")
		}
	}
}

func (b *Builder) excluded(net int) string {
	ip := func() string { return fmt.Sprintf("10.%d.0.%d", net, b.Intn(14)) }
	return b.Pick(ip(), ip()+" "+ip(), ip()+".."+ip(), ip()+".."+ip()+" "+ip(), "10.0.0.1", ip()+"..", "x", ip()+" x "+ip(), "", ip()+" .. "+ip(), ip()+",")
}

func (b *Builder) morePort(p *topology.LogicalSwitchPort) {
	o := &p.Options
	b.Some(20, map[string]func(){
		"nat-addresses":                func() { Set(o, "nat-addresses", b.Pick("router", b.MAC()+" "+b.IP4(), "x", "")) },
		"exclude-lb-vips-from-garp":    func() { Set(o, "nat-addresses", "router"); Set(o, "exclude-lb-vips-from-garp", b.Flag()) },
		"exclude-router-ips-from-garp": func() { Set(o, "nat-addresses", "router"); Set(o, "exclude-router-ips-from-garp", b.Flag()) },
		"ct-zone-limit":                func() { Set(o, "ct-zone-limit", b.Pick("0", "10", "-1", "x")) },
		"ethtype":                      func() { Set(o, "ethtype", b.Pick("802.11ad", "802.11q", "802.1ad", "x")) },
		"l2gateway-chassis":            func() { Set(o, "l2gateway-chassis", b.Pick("hv1", "")); Set(o, "network_name", "phys") },
		"vtep":                         func() { Set(o, "vtep-physical-switch", "ps"); Set(o, "vtep-logical-switch", "vls") },
		"requested-chassis":            func() { Set(o, "requested-chassis", b.Pick("hv1", "hv1,hv2", "", ",")) },
		"activation-strategy":          func() { Set(o, "activation-strategy", b.Pick("rarp", "garp", "rarp,garp,na", "x")) },
		"iface-id-ver":                 func() { Set(o, "iface-id-ver", "1") },
		"disable_garp_rarp":            func() { Set(o, "disable_garp_rarp", b.Flag()) },
		"lsp_learn_mac":                func() { Set(o, "lsp_learn_mac", b.Flag()) },
		"requested-tnl-key":            func() { Set(o, "requested-tnl-key", b.Pick("1", "2", "3", "32767", "0", "x")) },
		"qdisc_queue_id":               func() { Set(o, "qdisc_queue_id", b.Pick("5", "0", "x")) },
		"qos_burst and min":            func() { Set(o, "qos_burst", b.Pick("x", "", "0")); Set(o, "qos_min_rate", "5") },
		"up":                           func() { p.Up = b.Bool() },
		"tag":                          func() { tag := int64(b.Pick("a", "b", "c")[0]); p.Tag = &tag },
		"tag_request":                  func() { tag := int64(b.Intn(3)); p.TagRequest = &tag },
		"parent":                       func() { p.ParentName = b.Pick(b.somePort(), "", p.Name) },
		"port_name": func() {
			Set(&p.ExternalIDs, "neutron:port_name", b.Pick("friendly", ""))
			Set(&p.ExternalIDs, "other", "x")
		},
		"port_security":   func() { p.PortSecurity = []string{b.security()} },
		"port_securities": func() { p.PortSecurity = addOnce([]string{b.security()}, b.security()) },
		"health check":    func() { b.portCheck(p) },
		"peer":            func() { p.Peer = b.somePort() },
		"network_name":    func() { Set(o, "network_name", b.Pick("phys", "", "phys2")) },
		"type":            func() { b.retype(p) },
		"ha group":        func() { p.HAChassisGroup = Add(b, &topology.HAChassisGroup{Name: b.Name("ha")}) },
	})
}

// retype gives a port another type, whatever else it says. Ports that a router port has named stay: which of several ports
// for one router port counts is chance.
func (b *Builder) retype(p *topology.LogicalSwitchPort) {
	if p.Type != "router" && p.Type != "switch" {
		p.Type = b.Pick("bogus", "localnet", "virtual", "external", "vtep", "l2gateway", "remote", "localport", "")
	}
}

func (b *Builder) security() string {
	return b.Pick(b.MAC(), b.MAC()+" "+b.IP4(), b.MAC()+" "+b.IP4()+"/24", b.MAC()+" "+b.IP4()+" "+b.IP6(), b.MAC()+" "+b.IP6()+"/64", b.IP4(), "x", "",
		b.MAC()+" x", "VRRPv3", "VRRPv3;"+b.MAC(), b.MAC()+" 10.0.0.0/8", b.MAC()+" 0.0.0.0/0", b.MAC()+","+b.MAC())
}

func (b *Builder) portCheck(p *topology.LogicalSwitchPort) {
	for range 1 + b.Intn(2) {
		c := Add(b, &topology.LogicalSwitchPortHealthCheck{
			Protocol: b.Pick("tcp", "udp", "icmp"), SrcIP: b.Pick(b.IP4(), b.IP4(), b.IP6(), "x", ""), Port: int64(b.Pick("P", "Q")[0]), Address: b.Pick("", b.IP4(), b.IP6(), "x"),
		})
		if c.Protocol == "icmp" && b.Chance(2) {
			c.Port = 0
		}
		if b.Chance(3) {
			Set(&c.Options, "interval", b.Pick("7", "x"))
		}
		p.HealthChecks = append(p.HealthChecks, c)
	}
}

// shared has several rows refer to one.
func (b *Builder) shared() {
	first, last := b.Switches[0], b.Switches[len(b.Switches)-1]
	if first == last {
		return
	}
	b.Some(8, map[string]func(){
		"acls":              func() { last.ACLs = join(last.ACLs, first.ACLs) },
		"qos":               func() { last.QoSRules = join(last.QoSRules, first.QoSRules) },
		"dns":               func() { last.DNSRecords = join(last.DNSRecords, first.DNSRecords) },
		"forwarding groups": func() { last.ForwardingGroups = join(last.ForwardingGroups, first.ForwardingGroups) },
		"copp":              func() { last.Copp = first.Copp },
		"balancers":         func() { last.LoadBalancer = join(last.LoadBalancer, first.LoadBalancer) },
	})
}

// join is a set of references and another.
func join[R comparable](set, more []R) []R {
	seen := map[R]bool{}
	var out []R
	for _, r := range append(append([]R(nil), set...), more...) {
		if !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	return out
}
