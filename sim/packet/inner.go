package packet

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// icmpErrors are the types of ICMP and ICMPv6 that carry the beginning of the packet they complain about (RFC 792,
// RFC 4443).
func icmpError(proto, kind uint8) bool {
	if proto == ProtoICMP {
		return kind == 3 || kind == 4 || kind == 5 || kind == 11 || kind == 12
	}
	return proto == ProtoICMPv6 && kind >= 1 && kind <= 4
}

// IsICMPError tells whether the packet is an ICMP error, sound or not.
func (p *Packet) IsICMPError() bool {
	return p.IsICMP() && icmpError(p.at.proto, uint8(L4Src.Get64(&p.Key)))
}

// Inner reads the tuple of the packet that an ICMP error is about. It is not ok when this is no error or when the packet
// in it does not reach as far as its ports.
func (p *Packet) Inner() (t Tuple, ok bool) {
	l3, l4, proto, ok := p.inner()
	if !ok {
		return t, false
	}
	ip, b := p.frame[l3:], p.frame[l4:]
	t.Proto = proto
	if ip[0]>>4 == 4 {
		t.Src, t.Dst = netip.AddrFrom4([4]byte(ip[12:16])), netip.AddrFrom4([4]byte(ip[16:20]))
	} else {
		t.Src, t.Dst = netip.AddrFrom16([16]byte(ip[8:24])), netip.AddrFrom16([16]byte(ip[24:40]))
	}
	switch proto {
	case ProtoTCP, ProtoUDP, ProtoSCTP:
		t.SrcPort, t.DstPort = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	case ProtoICMP, ProtoICMPv6:
		t.Type, t.Code = b[0], b[1]
		t.SrcPort = binary.BigEndian.Uint16(b[4:])
		t.DstPort = t.SrcPort
	}
	return t, true
}

// inner finds the headers in an ICMP error: offsets in the frame.
func (p *Packet) inner() (l3, l4 int, proto uint8, ok bool) {
	if !p.IsICMPError() {
		return 0, 0, 0, false
	}
	l3 = int(p.at.l4) + 8
	b := p.frame[l3:p.at.end]
	switch {
	case p.at.proto == ProtoICMP:
		if len(b) < 20 || b[0]>>4 != 4 || b[0]&15 < 5 || binary.BigEndian.Uint16(b[6:])&0x1fff != 0 {
			return 0, 0, 0, false
		}
		l4, proto = int(b[0]&15)*4, b[9]
	default:
		if len(b) < 40 || b[0]>>4 != 6 {
			return 0, 0, 0, false
		}
		frag := 0
		if proto, l4, frag, ok = skipExtensions(b, b[6], 40); !ok || frag > 7 {
			return 0, 0, 0, false
		}
	}
	need := l4 // protocols that have no ports show nothing more
	switch {
	case proto == ProtoTCP && p.at.proto == ProtoICMPv6:
		need += headerMin(proto) // Open vSwitch asks for the whole header in IPv6
	case proto == ProtoTCP, proto == ProtoUDP, proto == ProtoSCTP, proto == ProtoICMP, proto == ProtoICMPv6:
		need += 8
	}
	return l3, l3 + l4, proto, len(b) >= need
}

// SetInner rewrites the addresses and ports (for ICMP the identifier, SrcPort) of the packet that an ICMP error is about,
// with all checksums inside and outside, in a frame of the packet's own.
func (p *Packet) SetInner(t Tuple) {
	was, ok := p.Inner()
	if !ok || was == t {
		return
	}
	l3, l4, proto, _ := p.inner()
	p.frame = slices.Clone(p.frame)
	outer := patcher{b: p.frame[p.at.l4:p.at.end]}
	l3, l4 = l3-int(p.at.l4), l4-int(p.at.l4)
	addrs := outer.putAddrs(l3, t)
	at, pseudo := sumOffset(proto)
	before := outer.sums
	switch proto {
	case ProtoTCP, ProtoUDP:
		outer.put16(l4, t.SrcPort)
		outer.put16(l4+2, t.DstPort)
	case ProtoSCTP:
		outer.putSCTP(l4, t)
	case ProtoICMP, ProtoICMPv6:
		outer.put16(l4+4, t.SrcPort)
	}
	change := outer.sums - before
	if pseudo {
		change += addrs
	}
	if at >= 0 && len(outer.b) >= l4+max(at+2, headerMin(proto)) {
		outer.correct(l4+at, change, proto)
	}
	outer.sums.apply(outer.b[2:])
}

// MisplaceSum does to an ICMPv6 error what Open vSwitch does when it translates one of its own addresses: it goes by the
// protocol of the connection that the error is about, and corrects a checksum where a packet of that would have it.
func (p *Packet) MisplaceSum(proto uint8, was, now netip.Addr) {
	at, _ := sumOffset(proto)
	if at < 0 || proto == ProtoICMPv6 || int(p.at.end-p.at.l4) < headerMin(proto) || was == now {
		return
	}
	p.frame = slices.Clone(p.frame)
	outer := patcher{b: p.frame[p.at.l4:p.at.end]}
	var change delta
	old, is := was.As16(), now.As16()
	for i := 0; i < len(old); i += 2 {
		change.word(binary.BigEndian.Uint16(old[i:]), binary.BigEndian.Uint16(is[i:]))
	}
	outer.correct(at, change, proto)
	outer.sums.apply(outer.b[2:])
}

// putSCTP writes the ports of an SCTP packet and what they do to its checksum, as far as the packet is there: what was wrong
// with it stays.
func (w *patcher) putSCTP(l4 int, t Tuple) {
	b := w.b[l4:]
	if len(b) < 12 {
		w.put16(l4, t.SrcPort)
		w.put16(l4+2, t.DstPort)
		return
	}
	sum := binary.BigEndian.Uint32(b[8:]) ^ sctpSum(b)
	w.put16(l4, t.SrcPort)
	w.put16(l4+2, t.DstPort)
	w.put32(l4+8, sum^sctpSum(b))
}

// headerMin is how much of the inner header must be there for its checksum to be corrected: all of it.
func headerMin(proto uint8) int {
	if proto == ProtoTCP {
		return 20
	}
	return 8
}

// putAddrs writes the addresses of the IP header at l3, and answers what that does to an L4 checksum.
func (w *patcher) putAddrs(l3 int, t Tuple) delta {
	before := w.sums
	at, src, dst := l3+8, t.Src.AsSlice(), t.Dst.AsSlice()
	four := w.b[l3]>>4 == 4
	if four {
		at = l3 + 12
	}
	for i, b := range [2][]byte{src, dst} {
		for j := 0; j < len(b); j += 2 {
			w.put16(at+i*len(b)+j, binary.BigEndian.Uint16(b[j:]))
		}
	}
	addrs := w.sums - before
	if four {
		w.correct(l3+10, addrs, 0)
	}
	return addrs
}

// correct applies a difference to a checksum at offset at, which itself is covered by the outer one. A UDP checksum of zero
// says that there is none.
func (w *patcher) correct(at int, change delta, proto uint8) {
	if change == 0 || proto == ProtoUDP && binary.BigEndian.Uint16(w.b[at:]) == 0 {
		return
	}
	is := ^fold(uint64(^binary.BigEndian.Uint16(w.b[at:])) + uint64(change))
	if is == 0 && proto == ProtoUDP {
		is = 0xffff
	}
	w.put16(at, is)
}
