package wirefuzz

import (
	"encoding/binary"
	"net/netip"

	"ovnsim/sim/packet"
)

// kinds are frames that no machine sends by itself; nil where one cannot be made.
var kinds = []struct {
	name  string
	build func(b *builder, m *machine) []byte
}{
	{"sctp", func(b *builder, m *machine) []byte {
		return b.packet(m, func(from, to uint16) packet.Upper {
			return sctp(from, to, []byte{1, 1, 0, 10, 7, 14, 3, 255}[b.IntN(8)])
		}, sctpPort)
	}},
	{"tcp", func(b *builder, m *machine) []byte {
		return b.packet(m, func(from, to uint16) packet.Upper {
			return packet.TCP{Src: from, Dst: to, Seq: 7000, Ack: 9000 * uint32(b.IntN(2)), Flags: uint16(b.IntN(64)), Window: 1000, Payload: []byte("data")[:b.IntN(5)]}
		}, webPort)
	}},
	{"udp without checksum", func(b *builder, m *machine) []byte {
		f := b.packet(m, func(from, to uint16) packet.Upper { return packet.UDP{Src: from, Dst: to, Payload: []byte("hello")} }, namePort)
		if len(f) > 42 && f[12] == 8 {
			f[40], f[41] = 0, 0
		}
		return f
	}},
	{"icmp", func(b *builder, m *machine) []byte {
		return b.packet(m, func(uint16, uint16) packet.Upper {
			return packet.ICMP{Type: []uint8{0, 8, 3, 11, 13, 17, 128, 129, 1, 2, 133, 134}[b.IntN(12)], Code: uint8(b.IntN(3)), Rest: packet.Echo(7, 1), Payload: []byte("icmp payload of some bytes, forty-eight or more...")}
		}, 0)
	}},
	{"another protocol", func(b *builder, m *machine) []byte {
		return b.packet(m, func(uint16, uint16) packet.Upper {
			return packet.Raw{Proto: []uint8{47, 50, 89, 4, 41, 112, 255, 33, 136}[b.IntN(9)], Payload: make([]byte, b.IntN(40))}
		}, 0)
	}},
	{"arp", func(b *builder, m *machine) []byte { return b.arp(m) }},
	{"solicitation", func(b *builder, m *machine) []byte { return b.solicit(m) }},
	{"advertisement", func(b *builder, m *machine) []byte { return b.advertise(m) }},
	{"router solicitation", func(b *builder, m *machine) []byte {
		return b.link(m, packet.MAC{0x33, 0x33, 0, 0, 0, 2}, "ff02::2", 255, packet.ICMP{Type: 133, Payload: option(1, mac(m.mac))})
	}},
	{"multicast", func(b *builder, m *machine) []byte {
		a, ok := b.source(m, false)
		if !ok {
			return nil
		}
		group := [4]byte{239, 1, 2, byte(b.IntN(3))}
		if b.chance(3) {
			group = [4]byte{224, 0, 0, []byte{1, 5, 251}[b.IntN(3)]}
		}
		return packet.Build(packet.Ether{Src: mac(m.mac), Dst: packet.MAC{1, 0, 0x5e, group[1] & 127, group[2], group[3]}},
			packet.IP{Src: a, Dst: netip.AddrFrom4(group), TTL: []uint8{1, 5, 64}[b.IntN(3)]}, packet.UDP{Src: 5000, Dst: 5000, Payload: []byte("many")})
	}},
	{"multicast6", func(b *builder, m *machine) []byte {
		return b.link(m, packet.MAC{0x33, 0x33, 0, 0, 0, 0xfb}, b.of("ff02::fb", "ff05::fb", "ff0e::1", "ff02::1"), 5, packet.UDP{Src: 5000, Dst: 5000, Payload: []byte("many")})
	}},
	{"membership", func(b *builder, m *machine) []byte {
		a, ok := b.source(m, false)
		if !ok {
			return nil
		}
		group := []byte{239, 1, 2, byte(b.IntN(3))}
		body := append([]byte{[]byte{0x16, 0x16, 0x17, 0x12}[b.IntN(4)], 0, 0, 0}, group...)
		binary.BigEndian.PutUint16(body[2:], packet.Checksum(body))
		return packet.Build(packet.Ether{Src: mac(m.mac), Dst: packet.MAC{1, 0, 0x5e, 1, 2, group[3]}}, packet.IP{Src: a, Dst: netip.AddrFrom4([4]byte(group)), TTL: 1}, packet.Raw{Proto: packet.ProtoIGMP, Payload: body})
	}},
	{"broadcast", func(b *builder, m *machine) []byte {
		a, ok := b.source(m, false)
		if !ok {
			return nil
		}
		return packet.Build(packet.Ether{Src: mac(m.mac), Dst: packet.Broadcast}, packet.IP{Src: a, Dst: netip.MustParseAddr(b.of("255.255.255.255", "10.0.0.255", "10.0.1.255")), TTL: 64},
			packet.UDP{Src: 5000, Dst: []uint16{5000, 67, 53}[b.IntN(3)], Payload: []byte("all")})
	}},
	{"dhcp", func(b *builder, m *machine) []byte { return b.dhcp(m) }},
	{"dhcpv6", func(b *builder, m *machine) []byte {
		body := []byte{[]byte{1, 3, 11, 8}[b.IntN(4)], 1, 2, 3, 0, 1, 0, 10, 0, 3, 0, 1}
		hw := mac(m.mac)
		body = append(append(body, hw[:]...), 0, 3, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
		return b.link(m, packet.MAC{0x33, 0x33, 0, 1, 0, 2}, "ff02::1:2", 1, packet.UDP{Src: 546, Dst: 547, Payload: body})
	}},
	{"dns", func(b *builder, m *machine) []byte {
		name := b.of("\x03vm1\x03ovn\x03org\x00", "\x03vm2\x03ovn\x03org\x00", "\x03VM1\x03ovn\x03org\x00", "\x03vm9\x03ovn\x03org\x00", "\x0210\x010\x010\x0210\x07in-addr\x04arpa\x00")
		q := append([]byte{0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, name...)
		q = append(q, 0, []byte{1, 28, 12, 255, 15}[b.IntN(5)], 0, 1)
		return b.packet(m, func(from, _ uint16) packet.Upper { return packet.UDP{Src: from, Dst: 53, Payload: q} }, 53)
	}},
	{"odd type", func(b *builder, m *machine) []byte {
		dst, from := mac(b.machines[b.IntN(len(b.machines))].mac), mac(m.mac)
		kind := [][2]byte{{0x88, 0xcc}, {0x88, 0x47}, {0x80, 0x35}, {0, 46}, {0x22, 0xf0}, {0x86, 0xdd}, {0x08, 0}}[b.IntN(7)]
		f := append(append(append([]byte{}, dst[:]...), from[:]...), kind[:]...)
		return append(f, make([]byte, 46)...)
	}},
}

// packet is an IP packet to a target or to a balancer.
func (b *builder) packet(m *machine, upper func(from, to uint16) packet.Upper, port uint16) []byte {
	text := b.to(m)
	if len(b.vips) > 0 && b.chance(2) {
		v := b.vips[b.IntN(len(b.vips))]
		text = v.address
		if v.port != 0 {
			port = uint16(v.port)
		}
	}
	to := netip.MustParseAddr(text)
	from, ok := b.source(m, to.Is6())
	if !ok || from.Is6() != to.Is6() {
		return nil
	}
	return packet.Build(packet.Ether{Src: mac(m.mac), Dst: b.hop(m, to)}, packet.IP{Src: from, Dst: to, TTL: []uint8{64, 64, 64, 1, 2, 255}[b.IntN(6)], ID: uint16(b.IntN(99))},
		upper(uint16(40000+b.IntN(4)), port))
}

// link is an IPv6 packet on the link.
func (b *builder) link(m *machine, dst packet.MAC, to string, hops uint8, up packet.Upper) []byte {
	from, ok := b.source(m, true)
	if !ok {
		return nil
	}
	return packet.Build(packet.Ether{Src: mac(m.mac), Dst: dst}, packet.IP{Src: from, Dst: netip.MustParseAddr(to), TTL: hops}, up)
}

func sctp(from, to uint16, chunk byte) packet.Upper {
	p := make([]byte, 12+20)
	binary.BigEndian.PutUint16(p, from)
	binary.BigEndian.PutUint16(p[2:], to)
	p[12], p[15] = chunk, 20
	return packet.Raw{Proto: packet.ProtoSCTP, Payload: p}
}

func (b *builder) arp(m *machine) []byte {
	spa, ok := b.source(m, false)
	tpa, err := netip.ParseAddr(b.target(false))
	if !ok || err != nil {
		return nil
	}
	a, dst := packet.ARP{Op: 1, SHA: mac(m.mac), SPA: spa, TPA: tpa}, packet.Broadcast
	switch b.IntN(6) {
	case 0: // gratuitous
		a.TPA = spa
	case 1:
		a.Op, a.TPA, a.THA = 2, spa, packet.Broadcast
	case 2:
		a.Op, a.THA = 2, b.hop(m, tpa)
		dst = a.THA
	case 3: // a probe
		a.SPA = netip.IPv4Unspecified()
	case 4:
		dst = b.hop(m, tpa)
	}
	return packet.BuildARP(packet.Ether{Src: mac(m.mac), Dst: dst}, a)
}

func option(kind byte, m packet.MAC) []byte { return append([]byte{kind, 1}, m[:]...) }

// nd is the body of a solicitation or advertisement.
func nd(target netip.Addr, opt []byte) []byte {
	a := target.As16()
	return append(a[:], opt...)
}

func (b *builder) solicit(m *machine) []byte {
	target, err := netip.ParseAddr(b.target(true))
	if err != nil {
		return nil
	}
	t := target.As16()
	group, dst := netip.AddrFrom16([16]byte{0xff, 2, 11: 1, 12: 0xff, 13: t[13], 14: t[14], 15: t[15]}), packet.MAC{0x33, 0x33, 0xff, t[13], t[14], t[15]}
	if b.chance(3) {
		group, dst = target, b.hop(m, target)
	}
	return b.link(m, dst, group.String(), []uint8{255, 255, 255, 64}[b.IntN(4)], packet.ICMP{Type: 135, Payload: nd(target, option(1, mac(m.mac)))})
}

func (b *builder) advertise(m *machine) []byte {
	target, ok := b.source(m, true)
	if !ok {
		return nil
	}
	return b.link(m, packet.MAC{0x33, 0x33, 0, 0, 0, 1}, "ff02::1", 255, packet.ICMP{Type: 136, Rest: 0x20000000, Payload: nd(target, option(2, mac(m.mac)))})
}

func (b *builder) dhcp(m *machine) []byte {
	hw := mac(m.mac)
	p := make([]byte, 236)
	p[0], p[1], p[2] = 1, 1, 6
	copy(p[4:], []byte{9, 8, 7, 6})
	copy(p[28:], hw[:])
	p = append(p, 0x63, 0x82, 0x53, 0x63, 53, 1, []byte{1, 3, 7, 8}[b.IntN(4)])
	if a, err := netip.ParseAddr(m.four); err == nil && b.chance(2) {
		v := a.As4()
		p = append(append(p, 50, 4), v[:]...)
	}
	p = append(p, 55, 3, 1, 3, 6, 255)
	return packet.Build(packet.Ether{Src: hw, Dst: packet.Broadcast}, packet.IP{Src: netip.IPv4Unspecified(), Dst: netip.MustParseAddr("255.255.255.255"), TTL: 64},
		packet.UDP{Src: 68, Dst: 67, Payload: p})
}
