package fuzznb

import (
	"fmt"

	"ovnsim/topology"
)

// fillMoreServices adds what is rare about ACLs, DHCP, DNS, mirrors, meters, balancers and sets.
func fillMoreServices(b *Builder) {
	for _, d := range b.Top.DHCPOptions {
		b.moreDHCP(d)
	}
	for _, d := range b.Top.DNS {
		b.Some(4, map[string]func(){
			"owned": func() { Set(&d.Options, "ovn-owned", b.Flag()) },
			"more":  func() { Set(&d.Records, "B.Example", b.IP4()+" "+b.IP6()) },
			"ptr":   func() { Set(&d.Records, "1.0.0.10.in-addr.arpa", "a.example") },
			"bad":   func() { Set(&d.Records, b.Pick("", "x y", "UP.example"), b.Pick("", "x", b.IP4()+","+b.IP4())) },
			"ids":   func() { Set(&d.ExternalIDs, "dns_id", "1") },
		})
	}
	for _, m := range b.Top.Mirror {
		if b.Chance(3) {
			m.Index = int64(b.Intn(3))
		}
		for range b.Intn(2) {
			m.MirrorRules = append(m.MirrorRules, Add(b, &topology.MirrorRule{Match: b.Pick("", "x", "ip && tcp", "1", "ip4"), Action: b.Pick("mirror", "skip"), Priority: int64(b.Intn(3))}))
		}
	}
	for _, q := range b.Top.QoS {
		b.Some(6, map[string]func(){
			"none":     func() { q.Action, q.Bandwidth = nil, nil },
			"priority": func() { q.Priority = int64(32767 * b.Intn(2)) },
			"match":    func() { q.Match = b.Pick("", "x", "ip4.src == $as1") },
			"zero":     func() { q.Action = map[string]int64{"dscp": 0, "mark": 1} },
			"bounds":   func() { q.Bandwidth = map[string]int64{"rate": 4294967295, "burst": 1} },
		})
	}
	b.sets()
	b.meters()
	b.moreACLs()
	b.moreBalancers()
	b.moreForwarding()
	for _, c := range b.Top.Copp {
		for _, k := range []string{"arp", "arp-resolve", "dhcpv4-opts", "dhcpv6-opts", "dns", "event-elb", "icmp4-error", "icmp6-error", "igmp", "nd-na",
			"nd-ns", "nd-ns-resolve", "nd-ra-opts", "tcp-reset", "bfd", "reject", "svc-monitor", "dhcpv4-relay", "x"} {
			if b.Chance(6) {
				Set(&c.Meters, k, b.Pick("m1", "m2", "m3", ""))
			}
		}
	}
}

func (b *Builder) moreDHCP(d *topology.DHCPOptions) {
	for _, kv := range [][2]string{
		{"log_server", "1.2.3.4"}, {"swap_server", "x"}, {"policy_filter", "1.2.3.4"}, {"ntp_server", "{1.1.1.1, 2.2.2.2}"}, {"classless_static_route", "{30.0.0.0/24,10.0.0.1, 0.0.0.0/0,10.0.0.1}"},
		{"router_discovery", "1"}, {"default_ttl", "64"}, {"T1", "10"}, {"T2", "x"}, {"wpad", "\"http://x\""}, {"wpad", "http://x"}, {"bootfile_name", "b \" c"}, {"tftp_server", "1.1.1.1"}, {"tftp_server", "\"host\""},
		{"domain_name", "\"ovn.org\""}, {"domain_name", "ovn.org"}, {"domain_search_list", "\"a.b,c.d\""}, {"domain_search", "a.b"}, {"fqdn", "\"x.y\""}, {"broadcast_address", "1.2.3.255"}, {"next_server", "1.1.1.1"},
		{"unknown_option", "x"}, {"lease_time", "x"}, {"server_id", "x"}, {"server_id", ""}, {"router", ""}, {"netmask", "x"}, {"offerip", "9.9.9.9"}, {"ia_addr", "fd00::9"}, {"hostname", ""},
		{"server_mac", "0A:00:00:00:00:01"}, {"dns_server", ""}, {"mtu", "99999"}, {"bootfile_name_alt", "\"x\""}, {"ip_forward_enable", "0"}, {"tcp_keepalive_interval", "7"},
	} {
		if b.Chance(30) {
			Set(&d.Options, kv[0], kv[1])
		}
	}
	if b.Chance(10) {
		d.CIDR = b.Pick("", "10.0.0.0", "10.0.0.0/33", "10.0.1.0/32", "fd00::1", "fd00::/128", "::/0", "10.0.0.0/8 ", "fd00::/129", "::ffff:10.0.0.0/104")
	}
	Set(&d.ExternalIDs, "x", "y")
}

// sets adds address sets and more port groups. None has the name of a set that ovn-northd makes itself: it never gets over
// that.
func (b *Builder) sets() {
	for _, name := range []string{"as1", "as2", "pg_ip4", "a b"} {
		if !b.Chance(4) {
			continue
		}
		a := Add(b, &topology.AddressSet{Name: name})
		for range b.Intn(4) {
			a.Addresses = addOnce(a.Addresses, b.Pick(b.IP4(), b.IP4()+"/24", b.IP6(), b.MAC(), "x", ""))
		}
	}
	if ports := b.SwitchPorts(); len(ports) > 0 && b.Chance(4) {
		g := Add(b, &topology.PortGroup{Name: b.Pick("neutron_pg_drop", "all", "pg 1")})
		g.Ports = join(g.Ports, ports)
	}
}

func (b *Builder) meters() {
	for _, m := range b.Top.Meter {
		b.Some(4, map[string]func(){
			"unit":  func() { m.Unit = "kbps" },
			"burst": func() { m.Bands[0].BurstSize = int64(b.Intn(9)) },
			"two": func() {
				m.Bands = append(m.Bands, Add(b, &topology.MeterBand{Action: "drop", Rate: int64(1 + b.Intn(4294967294))}))
			},
			"fair": func() { m.Fair = b.Bool() },
		})
	}
}

func (b *Builder) moreACLs() {
	for _, a := range b.Top.ACL {
		b.Some(12, map[string]func(){
			"bounds":   func() { a.Priority = 32767 },
			"label":    func() { a.Label = 4294967295 },
			"name":     func() { a.Name = b.Pick("with \"quotes\"", "", "a b", "é") },
			"log":      func() { a.Log, a.Meter = true, b.Pick("m1", "m2", "") },
			"severity": func() { a.Severity = b.Pick("alert", "warning", "notice", "info", "debug") },
			"match": func() {
				a.Match = b.Pick("inport == @pg1", "ip4.src == $pg1_ip4", "ct.est", "ip && (tcp || udp)", "outport == \"vm-1 é\\\"x\"", " ip4 ", "ip4 ||", "0", "ip.proto == 300", "arp", "nd_ns",
					"inport == @pg1 && ip4 && tcp.dst == {80, 443}")
			},
			"ids":     func() { Set(&a.ExternalIDs, "x", "y") },
			"related": func() { Set(&a.Options, "log-related", b.Flag()) },
		})
	}
	for _, s := range b.Top.Sample {
		if b.Chance(6) {
			s.Collectors = nil
		}
	}
	for _, nf := range b.Top.NetworkFunction {
		b.Some(5, map[string]func(){
			"check": func() {
				nf.HealthCheck = Add(b, &topology.NetworkFunctionHealthCheck{Name: b.Name("nfhc"), Options: map[string]string{"interval": b.Pick("5", "x")}})
			},
			"same port": func() { nf.Outport = nf.Inport },
			"plain":     func() { nf.Inport.Options = nil },
			"type":      func() { nf.Outport.Type = b.Pick("localnet", "virtual") },
			"disabled":  func() { nf.Inport.Enabled = b.Bool() },
		})
	}
	for _, g := range b.Top.NetworkFunctionGroup {
		b.Some(5, map[string]func(){
			"none":   func() { g.NetworkFunction = nil },
			"active": func() { g.NetworkFunctionActive = b.Top.NetworkFunction[0] },
		})
	}
}

func (b *Builder) moreBalancers() {
	for _, row := range b.Top.LoadBalancer {
		b.Some(12, map[string]func(){
			"ct_flush": func() { Set(&row.Options, "ct_flush", b.Flag()) },
			"ids":      func() { Set(&row.ExternalIDs, "x", "y") },
			"no vips":  func() { row.VIPs, row.HealthCheck = nil, nil },
			"fields": func() {
				row.SelectionFields = []string{"eth_src", "eth_dst", "ip_src", "ip_dst", "ipv6_src", "ipv6_dst", "tp_src", "tp_dst"}[:1+b.Intn(8)]
			},
			"hairpin":  func() { Set(&row.Options, "hairpin_snat_ip", b.Pick(b.IP4()+" "+b.IP6(), "x", "", b.IP6())) },
			"affinity": func() { Set(&row.Options, "affinity_timeout", b.Pick("60", "65536", " 5", "0x5")) },
			"family":   func() { Set(&row.Options, "address-family", b.Pick("ipv4", "ipv6")) },
			"check": func() {
				row.HealthCheck = append(row.HealthCheck, Add(b, &topology.LoadBalancerHealthCheck{VIP: b.Pick("x", "", "10.0.0.1:80")}))
			},
			"many": func() {
				for i := range 12 {
					Set(&row.VIPs, fmt.Sprintf("40.0.0.%d:%d", 1+i%5, 80+i), b.endpoint(false, true))
				}
			},
			"template": func() { Set(&row.Options, "template", b.Flag()) },
		})
		for _, c := range row.HealthCheck {
			b.Some(4, map[string]func(){
				"interval": func() { Set(&c.Options, "interval", b.Pick("3", "x")) },
				"timeout": func() {
					Set(&c.Options, "timeout", "9")
					Set(&c.Options, "success_count", "2")
					Set(&c.Options, "failure_count", "3")
				},
				"other": func() { Set(&c.Options, "x", "y") },
			})
		}
	}
	for _, chassis := range []string{"hv1", "hv2", ""} {
		if b.Chance(6) {
			Add(b, &topology.ChassisTemplateVar{Chassis: chassis, Variables: map[string]string{"vip": b.IP4(), "port": "80", "b1": b.IP4(), "backends": b.IP4() + ":80"}})
		}
	}
}

func (b *Builder) moreForwarding() {
	for _, g := range b.Top.ForwardingGroup {
		b.Some(6, map[string]func(){
			"vip":  func() { g.VIP = b.Pick(b.IP6(), "x", "", b.IP4()+"/24") },
			"vmac": func() { g.VMAC = b.Pick("x", "", "0A:00:00:00:00:01") },
			"none": func() { g.ChildPort = []string{"nowhere"} },
			"one":  func() { g.ChildPort = g.ChildPort[:1] },
		})
	}
}
