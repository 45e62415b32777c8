package packet

import (
	"encoding/binary"
)

// Encode makes the frame that the packet is now.
func (p *Packet) Encode() []byte { return p.AppendTo(make([]byte, 0, p.Len())) }

// AppendTo appends the frame that the packet is now.
func (p *Packet) AppendTo(b []byte) []byte {
	start := len(b)
	b, moved := p.appendEthernet(b)
	out := b[start:]
	switch {
	case p.at.l3 == 0:
	case p.at.end == 0:
		p.patchARP(out[int(p.at.l3)+moved:])
	default:
		p.patchIP(out, moved)
	}
	return b
}

// appendEthernet appends the frame with the Ethernet header and the tag that the fields say. Behind them everything is
// moved bytes from where it was.
func (p *Packet) appendEthernet(b []byte) (out []byte, moved int) {
	tci := VLANTCI.Get64(&p.Key)
	start := len(b)
	b = append(b, p.frame[:12]...)
	putBE48(b[start:], EthDst.Get64(&p.Key))
	putBE48(b[start+6:], EthSrc.Get64(&p.Key))
	if tci&vlanPresent != 0 {
		tag, drop := uint16(TypeVLAN), uint16(0)
		if p.at.tagged { // which kind of tag, and its drop-eligible bit, are the frame's
			tag = binary.BigEndian.Uint16(p.frame[12:])
			drop = binary.BigEndian.Uint16(p.frame[14:]) & vlanPresent
		}
		b = binary.BigEndian.AppendUint16(b, tag)
		b = binary.BigEndian.AppendUint16(b, uint16(tci)&^vlanPresent|drop)
	}
	moved = len(b) - start - int(p.at.rest)
	return append(b, p.frame[p.at.rest:]...), moved
}

func (p *Packet) patchARP(b []byte) {
	k := &p.Key
	binary.BigEndian.PutUint16(b[6:], uint16(ARPOp.Get64(k)))
	putBE48(b[8:], ARPSHA.Get64(k))
	binary.BigEndian.PutUint32(b[14:], uint32(ARPSPA.Get64(k)))
	putBE48(b[18:], ARPTHA.Get64(k))
	binary.BigEndian.PutUint32(b[24:], uint32(ARPTPA.Get64(k)))
}

// patcher writes words over a header and notes what that does to the checksums.
type patcher struct {
	b    []byte
	sums delta
}

// put16 writes a word at an even offset.
func (w *patcher) put16(at int, v uint16) {
	if was := binary.BigEndian.Uint16(w.b[at:]); was != v {
		binary.BigEndian.PutUint16(w.b[at:], v)
		w.sums.word(was, v)
	}
}

func (w *patcher) put32(at int, v uint32) {
	w.put16(at, uint16(v>>16))
	w.put16(at+2, uint16(v))
}

func (w *patcher) put48(at int, v uint64) {
	w.put16(at, uint16(v>>32))
	w.put32(at+2, uint32(v))
}

func (w *patcher) put64(at int, v uint64) {
	if binary.BigEndian.Uint64(w.b[at:]) != v {
		w.put32(at, uint32(v>>32))
		w.put32(at+4, uint32(v))
	}
}

// patchIP writes the fields of the IP header and of what follows it.
func (p *Packet) patchIP(out []byte, moved int) {
	ip := out[int(p.at.l3)+moved : int(p.at.end)+moved]
	var addrs delta
	if ip[0]>>4 == 4 {
		addrs = p.patchIPv4(ip)
	} else {
		addrs = p.patchIPv6(ip)
	}
	if p.at.l4 != 0 {
		p.patchL4(ip[p.at.l4-p.at.l3:], addrs)
	}
}

// patchIPv4 answers what the change of addresses does to an L4 checksum.
func (p *Packet) patchIPv4(ip []byte) delta {
	k := &p.Key
	w := patcher{b: ip}
	w.put32(12, uint32(IP4Src.Get64(k)))
	w.put32(16, uint32(IP4Dst.Get64(k)))
	addrs := w.sums
	w.put16(0, uint16(ip[0])<<8|uint16(IPDSCP.Get64(k)<<2|IPECN.Get64(k)))
	w.put16(8, uint16(IPTTL.Get64(k))<<8|uint16(ip[9]))
	w.sums.apply(ip[10:])
	return addrs
}

func (p *Packet) patchIPv6(ip []byte) delta {
	k := &p.Key
	w := patcher{b: ip}
	src, dst := IP6Src.Get(k), IP6Dst.Get(k)
	w.put64(8, src.Hi)
	w.put64(16, src.Lo)
	w.put64(24, dst.Hi)
	w.put64(32, dst.Lo)
	class := IPDSCP.Get64(k)<<2 | IPECN.Get64(k)
	binary.BigEndian.PutUint32(ip, 6<<28|uint32(class)<<20|uint32(IP6Flow.Get64(k)))
	ip[7] = byte(IPTTL.Get64(k))
	return w.sums
}

// patchL4 writes ports, ICMP types and ND options. addrs is what happened to the pseudo-header.
func (p *Packet) patchL4(b []byte, addrs delta) {
	k := &p.Key
	at, pseudo := sumOffset(p.at.proto)
	w := patcher{b: b}
	if pseudo {
		w.sums = addrs
	}
	switch p.at.proto {
	case ProtoICMP, ProtoICMPv6, ProtoIGMP:
		w.put16(0, uint16(L4Src.Get64(k)<<8|L4Dst.Get64(k)&0xff))
		p.patchICMP(&w)
	default:
		w.put16(0, uint16(L4Src.Get64(k)))
		w.put16(2, uint16(L4Dst.Get64(k)))
	}
	switch {
	case p.at.proto == ProtoSCTP && w.sums != 0 && IPFrag.Get64(k) == 0:
		was := p.frame[p.at.l4:p.at.end]
		wrong := binary.BigEndian.Uint32(was[8:]) ^ sctpSum(was)
		binary.BigEndian.PutUint32(b[8:], sctpSum(b)^wrong)
	case at < 0, p.at.proto == ProtoUDP && b[6] == 0 && b[7] == 0:
	default:
		w.sums.apply(b[at:])
		if p.at.proto == ProtoUDP && w.sums != 0 && b[6] == 0 && b[7] == 0 {
			b[6], b[7] = 0xff, 0xff
		}
	}
}

// patchICMP writes the fields of neighbour discovery, and the MTU of an error that says one.
func (p *Packet) patchICMP(w *patcher) {
	k := &p.Key
	if mtu := frag6MTU.Get64(k); mtu != 0 && p.at.proto == ProtoICMPv6 && w.b[0] == 2 {
		w.put32(4, uint32(mtu))
	}
	if mtu := frag4MTU.Get64(k); mtu != 0 && p.at.proto == ProtoICMP && w.b[0] == 3 {
		w.put16(6, uint16(mtu))
	}
	if !p.at.nd {
		return
	}
	target := NDTarget.Get(k)
	w.put64(8, target.Hi)
	w.put64(16, target.Lo)
	if p.at.sll != 0 {
		w.put48(int(p.at.sll-p.at.l4), NDSLL.Get64(k))
	}
	if p.at.tll != 0 {
		w.put48(int(p.at.tll-p.at.l4), NDTLL.Get64(k))
	}
}
