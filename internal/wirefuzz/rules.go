package wirefuzz

import (
	"fmt"
	"strings"
)

// accessLists adds ACLs to switches and port groups.
func (b *builder) accessLists() {
	b.nb("create address_set name=as4 addresses=%s", b.of("10.0.0.10", "10.0.0.0/24,10.0.1.11", "10.0.9.201"))
	b.nb("create address_set name=as6 addresses=%s", b.of(`\"fd00::10\"`, `\"fd00::/64\"`))
	var ports []string
	for _, m := range b.machines {
		if !m.physical && b.chance(2) {
			ports = append(ports, m.port)
		}
	}
	b.nb("pg-add pg %s", strings.Join(ports, " "))
	if b.chance(8) {
		b.nb("set nb_global . options:default_acl_drop=true")
	}
	for range 1 + b.IntN(6) {
		b.acl()
	}
}

func (b *builder) acl() {
	way := b.of("from-lport", "to-lport")
	port := map[string]string{"from-lport": "inport", "to-lport": "outport"}[way]
	who := b.of("", "", fmt.Sprintf("%s == \"%s\" && ", port, b.port()), port+" == @pg && ")
	what := b.of("ip", "ip4", "ip6", "tcp", "udp", "icmp4", "icmp6", "sctp", "tcp.dst == 80", "tcp.dst == {80, 8080}", "udp.dst == 53", "ip4.src == $as4",
		"ip6.dst == $as6", "ip4.dst == $as4 && tcp", "tcp.src > 40000", "ip4.dst == 10.0.0.0/24", "icmp4.type == 8", "ip.ttl == 1", "tcp.flags == 2/2", "ip4.src == $pg_ip4",
		"ip4.dst != 10.0.0.0/23 && udp", "arp", "1", "eth.dst == ff:ff:ff:ff:ff:ff", "ip.frag", "ip4.mcast", "tcp && ip4.dst == 10.0.99.0/24")
	verdict := b.of("allow", "allow-related", "allow-related", "allow-related", "allow-stateless", "drop", "reject", "pass")
	options := []string{"--may-exist"}
	if b.chance(4) {
		options = append(options, fmt.Sprint("--tier=", b.IntN(3)))
	}
	if way == "from-lport" && b.chance(4) {
		options = append(options, "--apply-after-lb")
	}
	if b.chance(9) {
		options = append(options, "--label="+b.of("7", "4294967295"))
	}
	on := b.switches[b.IntN(len(b.switches))].name
	if b.chance(2) {
		on, options = "pg", append(options, "--type=port-group")
	}
	b.nb("%s acl-add %s %s %d '%s%s' %s", strings.Join(options, " "), on, way, b.priority(), who, what, verdict)
}

// priority is one that no other rule has: which of two that both match wins, nobody says.
func (b *builder) priority() int {
	b.rules++
	return 100*(1+b.IntN(6)) + b.rules
}

// port is one of a machine.
func (b *builder) port() string { return b.machines[b.IntN(len(b.machines))].port }

func (b *builder) portSecurity() {
	for _, m := range b.machines {
		if m.physical || b.chance(2) {
			continue
		}
		allowed := strings.Join([]string{m.mac, m.four, m.six}, " ")
		switch b.IntN(6) {
		case 0:
			allowed = m.mac
		case 1:
			allowed = m.mac + " 10.0.0.0/22 fd00::/64"
		case 2:
			allowed = "02:00:00:00:99:99"
		}
		b.nb("lsp-set-port-security %s \"%s\"", m.port, allowed)
	}
}

func (b *builder) routes() {
	for _, r := range b.routers {
		for range b.IntN(4) {
			m := b.machines[b.IntN(len(b.machines))]
			prefix, via := b.of("10.0.77.0/24", "10.0.99.0/24", "0.0.0.0/0", "10.0.1.10/32"), m.four
			if b.chance(4) {
				prefix, via = b.of("fd77::/64", "::/0", "fd99::/64"), m.six
			}
			if b.chance(6) {
				via = "discard"
			}
			bySource := "--policy=src-ip"
			if strings.HasSuffix(prefix, "/0") { // is as good as no route, which of the two wins nobody says
				bySource = ""
			}
			if via != "" && !b.translated[r.name+prefix+via] { // ovn-nbctl would say that it is there
				b.translated[r.name+prefix+via] = true
				b.nb("%s %s lr-route-add %s %s %s", b.of("", "", "--ecmp", "--ecmp-symmetric-reply"), b.of("", "", "", bySource), r.name, prefix, via)
			}
		}
	}
}

func (b *builder) policies() {
	for _, r := range b.routers {
		for range b.IntN(3) {
			m := b.machines[b.IntN(len(b.machines))]
			match := b.of("ip4.src == 10.0.0.0/24", "ip4.dst == 10.0.77.0/24", "tcp.dst == 80", "udp", "ip6", "icmp4", "ip4.dst == 10.0.1.0/24 && tcp", "ip4.src == 10.0.0.10")
			action := b.of("allow", "drop", "reroute "+m.four, "reroute "+m.four, "jump")
			if action != "jump" && action != "reroute " {
				b.nb("lr-policy-add %s %d '%s' %s", r.name, b.priority(), match, action)
			}
		}
	}
}
