package wirefuzz

import (
	"fmt"
	"net"
	"net/netip"

	"ovnsim/sim/packet"
)

// steps is how many things machines do.
const steps = 24

// write writes machines and what they do.
func (b *builder) write() {
	for _, m := range b.machines {
		b.writeMachine(m)
	}
	b.line("noise %d %d", b.seed, 5+b.IntN(20))
	b.line("databases")
	for range steps {
		m := b.machines[b.IntN(len(b.machines))]
		switch n := b.IntN(20); {
		case n < 7:
			b.get(m)
		case n < 11:
			b.ask(m)
		case n < 14:
			b.ping(m)
		default:
			b.frame(m)
		}
	}
}

func (b *builder) writeMachine(m *machine) {
	text := fmt.Sprintf("machine %s %s %s", m.name, m.port, m.mac)
	for _, six := range []bool{false, true} {
		a := m.address(six)
		if a == "" {
			continue
		}
		length, gateway := 24, fmt.Sprintf("10.0.%d.254", m.at.number)
		if six {
			length, gateway = 64, fmt.Sprintf("fd0%d::fe", m.at.number)
		}
		text += fmt.Sprintf(" %s/%d gw=%s", a, length, gateway)
	}
	if m.physical {
		text += " 10.0.9.202/24 fd09::e2/64 phys"
	}
	b.line("%s", text)
	for _, server := range []string{"http %s 80", "http %s 8080", "udp %s 53", "udp %s 8080", "sctp %s 99", "sctp %s 8080"} {
		b.line(server, m.name)
	}
}

// target is an address to talk to: a machine's, a router's, a balancer's, a translation's, or nobody's. Empty: none of the
// family.
func (b *builder) target(six bool) string {
	switch n := b.IntN(10); {
	case n < 3:
		if list := b.on(nil, six); len(list) > 0 {
			return list[b.IntN(len(list))].address(six)
		}
	case n < 6 && len(b.vips) > 0:
		return b.ofFamily(b.vips[b.IntN(len(b.vips))].address, six)
	case n < 8 && len(b.external) > 0:
		return b.ofFamily(b.external[b.IntN(len(b.external))], six)
	case n < 9:
		if six {
			return fmt.Sprintf("fd0%d::fe", b.of9())
		}
		return fmt.Sprintf("10.0.%d.254", b.of9())
	}
	if six {
		return b.of("fd00::77", "fd77::1", "fd99::1e", "fd09::77")
	}
	return b.of("10.0.0.77", "10.0.77.1", "10.0.99.30", "10.0.9.77", "10.0.0.255", "172.16.0.1")
}

func (b *builder) ofFamily(address string, six bool) string {
	if a, err := netip.ParseAddr(address); err != nil || a.Is6() != six {
		return ""
	}
	return address
}

// to picks a family that the machine has, and a target.
func (b *builder) to(m *machine) string {
	for range 6 {
		six := m.four == "" || m.six != "" && b.chance(3)
		if t := b.target(six); t != "" {
			return t
		}
	}
	return b.of("10.0.0.10")
}

func (b *builder) get(m *machine) {
	address, port := b.to(m), 80
	if len(b.vips) > 0 && b.chance(2) {
		v := b.vips[b.IntN(len(b.vips))]
		if m.address(b.ofFamily(v.address, true) != "") != "" {
			address, port = v.address, v.port
		}
	}
	switch {
	case port == 0:
		port = 80
	case b.chance(6):
		port = []int{8080, 81, 53}[b.IntN(3)]
	}
	more := ""
	if b.chance(4) {
		more = fmt.Sprintf(" port=%d", 40000+b.IntN(4))
	}
	b.line("%s get http://%s %d timeout=450%s", m.name, endpoint(address, port, false), 1+b.IntN(2), more)
}

func (b *builder) ask(m *machine) {
	address, port := b.to(m), 53
	if len(b.vips) > 0 && b.chance(2) {
		v := b.vips[b.IntN(len(b.vips))]
		if m.address(b.ofFamily(v.address, true) != "") != "" {
			address, port = v.address, v.port
		}
	}
	if port == 0 || b.chance(6) {
		port = []int{8080, 53, 54}[b.IntN(3)]
	}
	more := ""
	if b.chance(3) {
		more = fmt.Sprintf(" port=%d", 40000+b.IntN(4))
	}
	if b.chance(8) {
		more += fmt.Sprintf(" size=%d", 1400+b.IntN(1200))
	}
	b.line("%s ask %s %d %d timeout=200%s", m.name, address, port, 1+b.IntN(2), more)
}

func (b *builder) ping(m *machine) {
	more := ""
	if b.chance(5) {
		more = fmt.Sprintf(" size=%d", 1400+b.IntN(1200))
	}
	b.line("%s ping %s timeout=200%s", m.name, b.to(m), more)
}

// frame sends one by hand.
func (b *builder) frame(m *machine) {
	for range 8 {
		k := kinds[b.IntN(len(kinds))]
		if f := k.build(b, m); f != nil {
			b.line("%s frame %x every=60 # %s", m.name, f, k.name)
			return
		}
	}
}

// source is a machine's address, now and then another one.
func (b *builder) source(m *machine, six bool) (a netip.Addr, ok bool) {
	text := m.address(six)
	if b.chance(8) {
		text = b.target(six)
	}
	a, err := netip.ParseAddr(text)
	return a, err == nil
}

// hop is where a frame to an address goes: a neighbour's Ethernet address, the router's, or another one.
func (b *builder) hop(m *machine, to netip.Addr) packet.MAC {
	for _, o := range b.machines {
		if o.at == m.at && (o.four == to.String() || o.six == to.String()) {
			return mac(o.mac)
		}
	}
	if b.chance(12) {
		return packet.Broadcast
	}
	return packet.MAC{2, 0, 0, 0, byte(m.at.number), 254}
}

func mac(text string) packet.MAC {
	a, err := net.ParseMAC(text)
	if err != nil {
		panic(err)
	}
	return packet.MAC(a)
}
