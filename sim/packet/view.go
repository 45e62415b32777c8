package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"ovnsim/lb"
	"ovnsim/pipeline/expr"
)

// MAC is an Ethernet address. The zero MAC is no address.
type MAC [6]byte

// Broadcast is every machine's address.
var Broadcast = MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// MACOf is the address in the low 48 bits of v.
func MACOf(v uint64) (m MAC) {
	putBE48(m[:], v)
	return m
}

// Uint64 is the address as a number, as Keys hold it.
func (m MAC) Uint64() uint64 { return be48(m[:]) }

// Multicast tells whether the address is a group's.
func (m MAC) Multicast() bool { return m[0]&1 != 0 }

// String prints "02:00:00:00:00:01".
func (m MAC) String() string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}

// Addr4 is the IPv4 address in the low 32 bits of v.
func Addr4(v uint64) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(v))
	return netip.AddrFrom4(b)
}

// Addr6 is the IPv6 address that v is.
func Addr6(v expr.Value) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], v.Hi)
	binary.BigEndian.PutUint64(b[8:], v.Lo)
	return netip.AddrFrom16(b)
}

// AddrValue is the address as a field's value; 0 for no address.
func AddrValue(a netip.Addr) expr.Value {
	switch {
	case !a.IsValid():
		return expr.Value{}
	case a.Is4():
		b := a.As4()
		return expr.V(uint64(binary.BigEndian.Uint32(b[:])))
	}
	b := a.As16()
	return be128(b[:])
}

// Src is the IP source address as it is now; no address when the packet is not IP.
func (p *Packet) Src() netip.Addr { return p.addr(IP4Src, IP6Src) }

// Dst is the IP destination address as it is now.
func (p *Packet) Dst() netip.Addr { return p.addr(IP4Dst, IP6Dst) }

func (p *Packet) addr(four, six expr.Ref) netip.Addr {
	switch {
	case !p.IsIP():
		return netip.Addr{}
	case p.Is4():
		return Addr4(four.Get64(&p.Key))
	}
	return Addr6(six.Get(&p.Key))
}

// SetSrc changes the IP source address. An address of the other family, or none, changes nothing.
func (p *Packet) SetSrc(a netip.Addr) { p.setAddr(IP4Src, IP6Src, a) }

// SetDst changes the IP destination address.
func (p *Packet) SetDst(a netip.Addr) { p.setAddr(IP4Dst, IP6Dst, a) }

func (p *Packet) setAddr(four, six expr.Ref, a netip.Addr) {
	switch {
	case !a.IsValid() || !p.IsIP() || a.Is4() != p.Is4():
	case a.Is4():
		four.Set(&p.Key, AddrValue(a))
	default:
		six.Set(&p.Key, AddrValue(a))
	}
}

// Proto is the IP protocol behind all extension headers.
func (p *Packet) Proto() uint8 { return uint8(IPProto.Get64(&p.Key)) }

// HasL4 tells whether the packet carries a sound TCP, UDP, SCTP, ICMP or IGMP header; later fragments do not.
func (p *Packet) HasL4() bool { return p.at.l4 != 0 }

// Tuple is what the choice of a backend looks at, as the packet is now.
func (p *Packet) Tuple() lb.Tuple {
	k := &p.Key
	t := lb.Tuple{Src: p.Src(), Dst: p.Dst(), EthSrc: MACOf(EthSrc.Get64(k)), EthDst: MACOf(EthDst.Get64(k))}
	if !p.IsIP() {
		return t
	}
	t.Proto = p.Proto()
	switch frag := IPFrag.Get64(k); {
	case frag&FragLater != 0:
		t.Fragment = lb.LaterFragment
	case frag != 0:
		t.Fragment = lb.FirstFragment
	}
	if p.at.l4 != 0 {
		t.SrcPort, t.DstPort = uint16(L4Src.Get64(k)), uint16(L4Dst.Get64(k))
	}
	return t
}

// IP is the IP packet as it came, without padding; nil when there is none. It must not be written.
func (p *Packet) IP() []byte {
	if !p.IsIP() {
		return nil
	}
	return p.ip()
}

// ip is the same of a packet that is IP.
func (p *Packet) ip() []byte { return p.frame[p.at.l3:p.at.end] }

// Segment is the L4 header and what follows it, as it came; nil when there is none. It must not be written.
func (p *Packet) Segment() []byte {
	if p.at.l4 == 0 {
		return nil
	}
	return p.frame[p.at.l4:p.at.end:p.at.end]
}

// Payload is what follows the L4 header; of a packet without one what follows the IP or Ethernet header. It must not be
// written.
func (p *Packet) Payload() []byte {
	switch {
	case p.at.l4 != 0:
		return p.frame[p.at.payload:p.at.end:p.at.end]
	case p.IsIP():
		return p.ip()[ipHeaderLen(p.ip()):]
	}
	return p.frame[p.at.kind+2:]
}

// ipHeaderLen is the length of the IP header at the front of a sound packet, extension headers included.
func ipHeaderLen(ip []byte) int {
	if ip[0]>>4 == 4 {
		return int(ip[0]&15) * 4
	}
	_, at, _, _ := skipExtensions(ip, ip[6], 40)
	return at
}

// TCP reads the TCP header as it came; the ports are those of now.
func (p *Packet) TCP() (t TCP, ok bool) {
	if p.at.l4 == 0 || p.at.proto != ProtoTCP {
		return t, false
	}
	b := p.frame[p.at.l4:p.at.end]
	return TCP{
		Src: uint16(L4Src.Get64(&p.Key)), Dst: uint16(L4Dst.Get64(&p.Key)),
		Seq: binary.BigEndian.Uint32(b[4:]), Ack: binary.BigEndian.Uint32(b[8:]),
		Flags: binary.BigEndian.Uint16(b[12:]) & 0xfff, Window: binary.BigEndian.Uint16(b[14:]), Urgent: binary.BigEndian.Uint16(b[18:]),
		Options: b[20 : p.at.payload-p.at.l4], Payload: p.Payload(),
	}, true
}

// WindowScale is the shift that a SYN's window scale option announces (RFC 7323, at most 14); false without the option.
func (t TCP) WindowScale() (uint8, bool) {
	for o := t.Options; len(o) > 0; {
		switch {
		case o[0] == 0:
			return 0, false
		case o[0] == 1:
			o = o[1:]
			continue
		case len(o) < 2 || o[1] < 2 || int(o[1]) > len(o):
			return 0, false
		case o[0] == 3 && o[1] == 3:
			return min(o[2], 14), true
		}
		o = o[o[1]:]
	}
	return 0, false
}

// IsICMP tells whether the packet is ICMP for IPv4 or IPv6 with a sound header.
func (p *Packet) IsICMP() bool {
	return p.at.l4 != 0 && (p.at.proto == ProtoICMP || p.at.proto == ProtoICMPv6)
}

// ICMPID is the identifier of an ICMP echo and its like: the four bytes behind the checksum begin with it.
func (p *Packet) ICMPID() uint16 {
	if !p.IsICMP() {
		return 0
	}
	return binary.BigEndian.Uint16(p.frame[p.at.l4+4:])
}

// SetICMPID changes the identifier, in a frame of the packet's own.
func (p *Packet) SetICMPID(id uint16) {
	if !p.IsICMP() || p.ICMPID() == id {
		return
	}
	p.frame = slices.Clone(p.frame)
	w := patcher{b: p.frame[p.at.l4:p.at.end]}
	w.put16(4, id)
	w.sums.apply(w.b[2:])
}
