package wirefuzz

import (
	"fmt"
	"strings"
)

// The ports that machines serve.
const (
	webPort   = 80
	otherPort = 8080
	namePort  = 53
	sctpPort  = 99
)

func (b *builder) balancers() {
	for i := range b.IntN(4) {
		b.balancer(fmt.Sprint("lb", i), i)
	}
}

// balancer has one or two VIPs and is attached to switches, routers, or both.
func (b *builder) balancer(name string, i int) {
	protocol := b.of("tcp", "tcp", "udp", "sctp")
	made := b.vip(name, protocol, 2*i)
	if made && b.chance(3) {
		b.vip(name, protocol, 2*i+1)
	}
	if !made {
		return
	}
	for _, s := range b.switches {
		if b.chance(2) {
			b.nb("ls-lb-add %s %s", s.name, name)
		}
	}
	for _, r := range b.routers {
		if !b.chance(3) {
			b.nb("lr-lb-add %s %s", r.name, name)
		}
	}
	for _, o := range []struct {
		oneIn       int
		key, values string
	}{
		{7, "reject", "true"}, {9, "skip_snat", "true"}, {8, "hairpin_snat_ip", `\"10.0.7.7\"`}, {12, "event", "true"},
		{9, "affinity_timeout", "30"}, {9, "use_stateless_nat", "true"}, {7, "neighbor_responder", "all none"},
	} {
		if b.chance(o.oneIn) {
			b.nb("set load_balancer %s options:%s=%s", name, o.key, b.of(strings.Fields(o.values)...))
		}
	}
	if b.chance(5) {
		b.nb("set load_balancer %s selection_fields=%s", name, b.of("ip_src", "ip_src,ip_dst", "tp_src,ip_src", "eth_src"))
	}
}

// vip adds the i-th VIP.
func (b *builder) vip(name, protocol string, i int) bool {
	six := b.chance(4)
	address := b.vipAddress(i, six)
	if b.translated[address] { // of two balancers with one address nobody says which is taken
		return false
	}
	b.translated[address] = true
	port := map[string]int{"tcp": webPort, "udp": namePort, "sctp": sctpPort}[protocol]
	if b.chance(3) {
		port = 1000 + i
	}
	anyPort := b.chance(5)
	var backends []string
	machines := b.on(nil, six)
	for range b.IntN(4) {
		if len(machines) == 0 {
			break
		}
		m := machines[b.IntN(len(machines))]
		served := map[string]int{"tcp": webPort, "udp": namePort, "sctp": sctpPort}[protocol]
		if b.chance(3) {
			served = otherPort
		}
		backends = append(backends, endpoint(m.address(six), served, anyPort))
	}
	if anyPort {
		port = 0
		protocol = ""
	}
	if !b.nb("lb-add %s %s \"%s\" %s", name, endpoint(address, port, anyPort), strings.Join(backends, ","), protocol) {
		return false
	}
	if protocol == "" {
		protocol = "tcp"
	}
	b.vips = append(b.vips, service{address, protocol, port})
	return true
}

// vipAddress is one of its own, one outside, or one that a router or a machine has.
func (b *builder) vipAddress(i int, six bool) string {
	where, host := b.IntN(3), 30+i
	switch b.IntN(8) {
	case 0, 1, 2:
		where = 99
	case 3, 4:
		where = 9
	case 5:
		where, host = b.of9(), 254
	}
	if six {
		return fmt.Sprintf("fd%02d::%x", where, host)
	}
	return fmt.Sprintf("10.0.%d.%d", where, host)
}

// of9 is the number of a switch.
func (b *builder) of9() int { return b.switches[b.IntN(len(b.switches))].number }

func endpoint(address string, port int, anyPort bool) string {
	switch {
	case anyPort:
		return address
	case strings.Contains(address, ":"):
		return fmt.Sprintf("[%s]:%d", address, port)
	}
	return fmt.Sprintf("%s:%d", address, port)
}
