package wirefuzz

import (
	"fmt"
	"strings"
)

// assignment has DHCP and DHCPv6 answer on a switch.
func (b *builder) assignment() {
	s := b.switches[0]
	b.nb("--id=@d create dhcp_options cidr=10.0.%d.0/24 options='\"server_id\"=\"10.0.%d.254\" \"server_mac\"=\"02:00:00:00:00:fe\" \"lease_time\"=\"3600\" \"router\"=\"10.0.%d.254\" \"dns_server\"=\"10.0.%d.53\"' -- %s",
		s.number, s.number, s.number, s.number, b.everyPort(s, "dhcpv4_options=@d"))
	b.nb("--id=@d create dhcp_options cidr=\"fd0%d\\:\\:/64\" options='\"server_id\"=\"02:00:00:00:00:fe\"' -- %s", s.number, b.everyPort(s, "dhcpv6_options=@d"))
}

func (b *builder) everyPort(s *lswitch, setting string) string {
	var list []string
	for _, m := range b.machines {
		if m.at == s && !m.physical {
			list = append(list, fmt.Sprintf("set logical_switch_port %s %s", m.port, setting))
		}
	}
	return strings.Join(list, " -- ")
}

func (b *builder) names() {
	b.nb(`--id=@d create dns records='{"vm1.ovn.org"="10.0.0.10 fd00::10","vm2.ovn.org"="10.0.1.11","10.0.0.10.in-addr.arpa"="vm1.ovn.org"}' -- set logical_switch %s dns_records=@d`,
		b.switches[b.IntN(len(b.switches))].name)
}

// proxies has a router's switch port answer for addresses beyond it.
func (b *builder) proxies() {
	for _, s := range b.switches {
		if s.router != nil && b.chance(2) {
			b.nb("set logical_switch_port %s-%s options:arp_proxy=\"%s\"", s.name, s.router.name, b.of("10.0.77.0/24", "10.0.99.30", "169.254.239.254", `02\:00\:00\:00\:00\:aa 10.0.77.7`))
		}
	}
}

// groups has switches look after multicast groups.
func (b *builder) groups() {
	for _, s := range b.switches {
		if b.chance(2) {
			b.nb("set logical_switch %s other_config:mcast_snoop=true other_config:mcast_flood_unregistered=%s", s.name, b.of("true", "false"))
		}
	}
	for _, r := range b.routers {
		if b.chance(3) {
			b.nb("set logical_router %s options:mcast_relay=true", r.name)
		}
	}
}

// options are the small ones.
func (b *builder) options() {
	for _, r := range b.routers {
		if r.outside == nil {
			continue
		}
		for _, o := range []struct {
			oneIn  int
			option string
		}{
			{4, "lb_force_snat_ip=" + b.of("router_ip", fmt.Sprintf(`"10.0.%d.99"`, r.outside.number), fmt.Sprintf(`"10.0.%d.254"`, r.outside.number))},
			{8, "dnat_force_snat_ip=" + fmt.Sprintf(`"10.0.%d.98"`, r.outside.number)},
			{8, "ct-commit-all=true"}, {8, "always_learn_from_arp_request=false"}, {8, "dynamic_neigh_routers=true"}, {12, "snat-ct-zone=77"},
		} {
			if b.chance(o.oneIn) {
				b.nb("set logical_router %s options:%s", r.name, o.option)
			}
		}
	}
	for _, s := range b.switches {
		if b.chance(12) {
			b.nb("set logical_switch %s other_config:vlan-passthru=true", s.name)
		}
		if b.chance(12) {
			b.nb("set logical_switch %s other_config:broadcast-arps-to-all-routers=%s", s.name, b.of("true", "false"))
		}
		if s.router != nil && b.chance(12) {
			b.nb("set logical_switch %s other_config:enable_router_port_acl=true", s.name)
		}
	}
	if b.chance(12) {
		b.nb("set nb_global . options:use_ct_inv_match=%s", b.of("true", "false"))
	}
}
