package reply

import (
	"encoding/binary"
	"net/netip"

	"ovnsim/sim/packet"
)

// ARPRequest asks for the MAC of the IP destination in the name of the source (arp { … }). From an IPv6 packet it has no
// addresses; the block fills them in.
func ARPRequest(p *packet.Packet) ([]byte, string) {
	if !p.IsIP() {
		return nil, "not an IP packet"
	}
	e := endsOf(p, false)
	ask := packet.ARP{Op: 1, SHA: e.from, SPA: netip.IPv4Unspecified(), TPA: netip.IPv4Unspecified()}
	if p.Is4() {
		ask.SPA, ask.TPA = e.src, e.dst
	}
	return packet.BuildARP(packet.Ether{Src: e.from, Dst: e.to, TCI: tag(p)}, ask), ""
}

// The types of neighbour discovery messages and their options (RFC 4861), and the flags of an advertisement.
const (
	routerSolicit = 133
	routerAdvert  = 134
	neighborAsk   = 135
	neighborTell  = 136

	sourceLink = 1
	targetLink = 2

	fromRouter = 0x80000000
	solicited  = 0x40000000
	override   = 0x20000000
)

// Solicitation asks for the MAC of the IPv6 destination, from the link-local address that the source's MAC makes
// (nd_ns { … }). From an IPv4 packet it asks for nobody; the block fills the target in.
func Solicitation(p *packet.Packet) ([]byte, string) {
	if !p.IsIP() {
		return nil, "not an IP packet"
	}
	e := endsOf(p, false)
	target := netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
	if p.Is6() {
		target = e.dst
	}
	group := solicitedNode(target)
	return discovery(ends{from: e.from, to: groupMAC(group), src: linkLocal(e.from), dst: group},
		packet.ICMP{Type: neighborAsk}, target, sourceLink, e.from), ""
}

// Advertisement answers a neighbour solicitation in the name of its target (nd_na { … }, nd_na_router { … }).
func Advertisement(p *packet.Packet, router bool) ([]byte, string) {
	k := &p.Key
	if kind := packet.L4Src.Get64(k); !p.Is6() || !p.IsICMP() || kind != neighborAsk && kind != neighborTell {
		return nil, "not a neighbour discovery packet"
	}
	flags := uint32(solicited | override)
	if router {
		flags |= fromRouter
	}
	e := endsOf(p, true)
	target := packet.Addr6(packet.NDTarget.Get(k))
	return discovery(ends{from: e.from, to: e.to, src: target, dst: e.dst},
		packet.ICMP{Type: neighborTell, Rest: flags}, target, targetLink, e.from), ""
}

// discovery is a neighbour discovery message with one link-layer address option.
func discovery(e ends, m packet.ICMP, target netip.Addr, option byte, link packet.MAC) []byte {
	b := target.As16()
	m.Payload = append(append(b[:], option, 1), link[:]...)
	return packet.Build(packet.Ether{Src: e.from, Dst: e.to}, packet.IP{Src: e.src, Dst: e.dst, TTL: 255}, m)
}

// linkLocal is the link-local address of a MAC: fe80::/64 and the EUI-64 of the MAC (RFC 4291, appendix A).
func linkLocal(m packet.MAC) netip.Addr {
	return netip.AddrFrom16([16]byte{0xfe, 0x80, 8: m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]})
}

// solicitedNode is the group that whoever has the address listens to (RFC 4291, 2.7.1).
func solicitedNode(a netip.Addr) netip.Addr {
	b := a.As16()
	return netip.AddrFrom16([16]byte{0xff, 2, 11: 1, 12: 0xff, b[13], b[14], b[15]})
}

// groupMAC is the MAC of an IPv6 multicast group (RFC 2464, section 7).
func groupMAC(group netip.Addr) packet.MAC {
	b := group.As16()
	m := packet.MAC{0x33, 0x33}
	binary.BigEndian.PutUint32(m[2:], binary.BigEndian.Uint32(b[12:]))
	return m
}
