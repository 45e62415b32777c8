package fuzznb

import "ovnsim/topology"

// fillServices adds what switches do for machines beside switching: DHCP, DNS, QoS, mirrors.
func fillServices(b *Builder) {
	var v4, v6 []*topology.DHCPOptions
	for range b.Intn(3) {
		v4 = append(v4, b.dhcp4())
		v6 = append(v6, b.dhcp6())
	}
	var mirrors []*topology.Mirror
	for range b.Intn(3) {
		mirrors = append(mirrors, b.mirror())
	}
	for _, p := range b.SwitchPorts() {
		if len(v4) > 0 && b.Chance(3) {
			p.DHCPv4Options = v4[b.Intn(len(v4))]
		}
		if len(v6) > 0 && b.Chance(3) {
			p.DHCPv6Options = v6[b.Intn(len(v6))]
		}
		if len(mirrors) > 0 && b.Chance(6) {
			p.MirrorRules = append(p.MirrorRules, mirrors[b.Intn(len(mirrors))])
		}
		if b.Chance(10) {
			Set(&p.Options, "hostname", b.Pick("host", "\"host\"", ""))
		}
	}
	for _, s := range b.Switches {
		if b.Chance(4) {
			d := Add(b, &topology.DNS{})
			if b.Chance(2) {
				d.Records = map[string]string{"a.example": b.IP4()}
			}
			s.DNSRecords = append(s.DNSRecords, d)
		}
		for range b.Intn(2) {
			s.QoSRules = append(s.QoSRules, b.qos())
		}
	}
}

func (b *Builder) dhcp4() *topology.DHCPOptions {
	d := Add(b, &topology.DHCPOptions{CIDR: b.Pick("10.0.0.0/16", "10.0.1.0/24", "10.0.1.7/24", "0.0.0.0/0", "bad"), Options: map[string]string{
		"server_id": b.IP4(), "server_mac": b.MAC(), "lease_time": "3600",
	}})
	b.Some(4, map[string]func(){
		"router":     func() { d.Options["router"] = b.IP4() },
		"dns_server": func() { d.Options["dns_server"] = "{8.8.8.8, 8.8.4.4}" },
		"mtu":        func() { d.Options["mtu"] = "1400" },
		"netmask":    func() { d.Options["netmask"] = "255.0.0.0" },
		"no lease":   func() { delete(d.Options, "lease_time") },
		"no mac":     func() { delete(d.Options, "server_mac") },
		"bad mac":    func() { d.Options["server_mac"] = "x" },
		"hostname":   func() { d.Options["hostname"] = "\"fromopts\"" },
	})
	return d
}

func (b *Builder) dhcp6() *topology.DHCPOptions {
	d := Add(b, &topology.DHCPOptions{CIDR: b.Pick("fd00::/16", "fd00:1::/64", "fd00:1::7/64", "10.0.0.0/8"), Options: map[string]string{"server_id": b.MAC()}})
	b.Some(4, map[string]func(){
		"stateless":  func() { d.Options["dhcpv6_stateless"] = b.Flag() },
		"dns_server": func() { d.Options["dns_server"] = b.IP6() },
		"no id":      func() { delete(d.Options, "server_id") },
		"only":       func() { d.Options = map[string]string{"server_id": b.MAC(), "dhcpv6_stateless": "true"} },
	})
	return d
}

func (b *Builder) mirror() *topology.Mirror {
	m := Add(b, &topology.Mirror{Name: b.Name("mirror"), Filter: b.Pick("from-lport", "to-lport", "both"), Type: b.Pick("lport", "lport", "local", "gre"), Sink: b.somePort()})
	for range b.Intn(3) {
		m.MirrorRules = append(m.MirrorRules, Add(b, &topology.MirrorRule{Match: b.Pick("ip4", "icmp", "1"), Action: b.Pick("mirror", "skip"), Priority: int64(b.Intn(200))}))
	}
	return m
}

func (b *Builder) qos() *topology.QoS {
	q := Add(b, &topology.QoS{Priority: int64(b.Intn(100)), Direction: b.Pick("from-lport", "to-lport"), Match: b.Pick("ip4", "1", "inport == \"vm1\"")})
	q.Action, q.Bandwidth = map[string]int64{}, map[string]int64{}
	b.Some(2, map[string]func(){
		"dscp":  func() { q.Action["dscp"] = int64(b.Intn(64)) },
		"mark":  func() { q.Action["mark"] = int64(b.Intn(1000)) },
		"rate":  func() { q.Bandwidth["rate"] = int64(1 + b.Intn(1000)) },
		"burst": func() { q.Bandwidth["burst"] = int64(1 + b.Intn(1000)) },
	})
	return q
}
