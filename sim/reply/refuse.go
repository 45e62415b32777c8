package reply

import (
	"encoding/binary"
	"net/netip"

	"ovnsim/sim/packet"
)

// How long a frame with an ICMP error may be, its Ethernet header without a tag included: OVN counts that header into the
// 576 bytes of RFC 1122 and the 1280 of RFC 4443.
const (
	maxError4 = 576
	maxError6 = 1280
)

// The TTL of what the controller makes.
const (
	errorTTL  = 255
	refuseTTL = 63
)

// Codes of "destination unreachable", ICMP type 3 and ICMPv6 type 1.
const (
	unreachable4, unreachable6 = 3, 1
	hostUnreachable            = 1 // ICMPv6: administratively prohibited
	portUnreachable4           = 3
	portUnreachable6           = 4
	needFrag                   = 4
	tooBig6                    = 2 // a type
)

// ICMPError is "destination unreachable" about the packet, between the same ends in the same direction, as much of the packet
// behind it as fits (icmp4 { … }, icmp6_error { … } and their like). With an mtu it says that the packet is too big.
func ICMPError(p *packet.Packet, mtu uint32) ([]byte, string) {
	if !p.IsIP() && packet.EthType.Get64(&p.Key) != packet.TypeIPv6 {
		return nil, "not an IP packet"
	}
	return icmpError(p, endsOf(p, false), hostUnreachable, mtu)
}

// ipOf is the packet as it goes into an error. An IPv6 header that is broken is of nobody, for nobody, and what follows the
// Ethernet header goes as it is; broken IPv4 headers are not answered.
func ipOf(p *packet.Packet, e *ends) []byte {
	q, ip := current(p)
	if ip == nil {
		e.src, e.dst = netip.IPv6Unspecified(), netip.IPv6Unspecified()
		ip = q.Frame()[14:]
		if tag(p) != 0 {
			ip = ip[4:]
		}
		if len(ip) >= 40 { // what is behind it by its own word is padding
			ip = ip[:min(len(ip), 40+int(binary.BigEndian.Uint16(ip[4:])))]
		}
	}
	return ip
}

func icmpError(p *packet.Packet, e ends, code uint8, mtu uint32) ([]byte, string) {
	ip := ipOf(p, &e)
	m := packet.ICMP{Type: unreachable4, Code: code, Rest: mtu & 0xffff}
	room := maxError4 - 14 - 20 - 8
	switch {
	case !p.Is4():
		m.Type, m.Rest, room = unreachable6, mtu, maxError6-14-40-8
		if mtu != 0 {
			m.Type, m.Code = tooBig6, 0
		}
	case mtu != 0:
		m.Code = needFrag
	}
	m.Payload = ip[:min(len(ip), room)]
	return packet.Build(packet.Ether{Src: e.from, Dst: e.to, TCI: tag(p)}, packet.IP{Src: e.src, Dst: e.dst, TTL: errorTTL, DF: true}, m), ""
}

// Reset is an RST for a TCP segment, between the same addresses in the same direction, the ports exchanged (tcp_reset { … }).
// It acknowledges one byte, whatever the segment carries.
func Reset(p *packet.Packet) ([]byte, string) { return reset(p, endsOf(p, false)) }

func reset(p *packet.Packet, e ends) ([]byte, string) {
	in, ok := p.TCP()
	if !ok {
		return nil, "not a TCP segment"
	}
	return packet.Build(packet.Ether{Src: e.from, Dst: e.to}, packet.IP{Src: e.src, Dst: e.dst, TTL: refuseTTL, DF: true},
		packet.TCP{Src: in.Dst, Dst: in.Src, Ack: in.Seq + 1, Flags: packet.RST | packet.ACK}), ""
}

// SCTP's chunk types that matter here, and the flag of an ABORT whose tag is the peer's own (RFC 9260).
const (
	sctpHeader    = 12
	chunkInit     = 1
	chunkAbort    = 6
	reflected     = 1
	initTagAt     = sctpHeader + 4
	initChunkTail = 16 // behind the chunk's header
)

// Abort is an ABORT for an SCTP packet, between the same addresses in the same direction, the ports exchanged
// (sctp_abort { … }).
func Abort(p *packet.Packet) ([]byte, string) { return abort(p, endsOf(p, false)) }

func abort(p *packet.Packet, e ends) ([]byte, string) {
	in := p.Segment()
	switch {
	case p.Proto() != packet.ProtoSCTP || in == nil:
		return nil, "not an SCTP packet"
	case len(in) < sctpHeader+4:
		return nil, "no chunk in the SCTP packet"
	case in[sctpHeader] == chunkAbort:
		return nil, "no ABORT for an ABORT"
	case in[sctpHeader] == chunkInit && len(in) < initTagAt+initChunkTail:
		return nil, "the INIT chunk is incomplete"
	}
	tag, flags := binary.BigEndian.Uint32(in[4:]), byte(reflected)
	if tag == 0 && in[sctpHeader] == chunkInit {
		tag, flags = binary.BigEndian.Uint32(in[initTagAt:]), 0
	}
	b := binary.BigEndian.AppendUint16(nil, e.dp)
	b = binary.BigEndian.AppendUint16(b, e.sport)
	b = binary.BigEndian.AppendUint32(b, tag)
	b = append(b, 0, 0, 0, 0, chunkAbort, flags, 0, 4)
	return packet.Build(packet.Ether{Src: e.from, Dst: e.to}, packet.IP{Src: e.src, Dst: e.dst, TTL: refuseTTL, DF: true},
		packet.Raw{Proto: packet.ProtoSCTP, Payload: b}), ""
}

// firstHeader is the protocol that the IP header itself names: an extension header's, where IPv6 has some.
func firstHeader(p *packet.Packet) uint8 {
	if p.Is6() {
		return p.IP()[6]
	}
	return p.Proto()
}

// Reject is what refuses a packet, on its way back (reject { … }): an RST, an ABORT, or an ICMP error that calls a UDP port
// unreachable and anything else the host.
func Reject(p *packet.Packet) ([]byte, string) {
	if !p.IsIP() {
		return nil, "not an IP packet"
	}
	e := endsOf(p, true)
	switch firstHeader(p) {
	case packet.ProtoTCP:
		if in, ok := p.TCP(); ok && in.Flags&packet.RST != 0 {
			return nil, "no RST for an RST"
		}
		return reset(p, e)
	case packet.ProtoSCTP:
		return abort(p, e)
	case packet.ProtoICMP, packet.ProtoICMPv6:
		if f, ok := p.Fragment(); !p.IsICMP() && (!ok || f.Start == 0) { // later fragments have none, and are refused
			return nil, "no ICMP header in the packet"
		}
		if kind := packet.L4Src.Get64(&p.Key); p.Is4() && kind == unreachable4 || p.Is6() && kind == unreachable6 {
			return nil, "no error for an error"
		}
	case packet.ProtoUDP:
		if p.Is4() {
			return icmpError(p, e, portUnreachable4, 0)
		}
		return icmpError(p, e, portUnreachable6, 0)
	}
	return icmpError(p, e, hostUnreachable, 0)
}
