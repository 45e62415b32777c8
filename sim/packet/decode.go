package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"ovnsim/pipeline/expr"
)

// ErrFrame is in every error about a frame that cannot be carried at all.
var ErrFrame = errors.New("not an Ethernet frame")

// maxFrame bounds what offsets can hold.
const maxFrame = math.MaxUint16

// Decode reads a frame. It fails only for frames that Ethernet would not carry; of a broken or unknown packet it reads the
// headers up to where the trouble begins, as Open vSwitch does. The packet keeps the frame, which must not change anymore.
func Decode(frame []byte) (*Packet, error) {
	p := new(Packet)
	if err := p.Decode(frame); err != nil {
		return nil, err
	}
	return p, nil
}

// Decode makes p the packet of the frame, forgetting all it was.
func (p *Packet) Decode(frame []byte) error {
	if len(frame) < 14 || len(frame) > maxFrame {
		return fmt.Errorf("%w: %d bytes", ErrFrame, len(frame))
	}
	*p = Packet{frame: frame}
	k := &p.Key
	put(k, atEthDst, be48(frame))
	put(k, atEthSrc, be48(frame[6:]))
	at := 12
	if t := binary.BigEndian.Uint16(frame[at:]); (t == TypeVLAN || t == TypeQinQ) && len(frame) >= 18 {
		put(k, atVLANTCI, uint64(binary.BigEndian.Uint16(frame[14:]))|vlanPresent)
		p.at.tagged, at = true, 16
	}
	p.at.rest = uint16(at)
	if t := binary.BigEndian.Uint16(frame[at:]); p.at.tagged && t == TypeVLAN && len(frame) >= at+6 {
		at += 4 // Open vSwitch looks behind a second tag, which flows do not see, and no further
	}
	p.at.kind = uint16(at)
	kind, l3 := etherType(frame, at)
	put(k, atEthType, uint64(kind))
	switch kind {
	case TypeIPv4:
		p.decodeIPv4(l3)
	case TypeIPv6:
		p.decodeIPv6(l3)
	case TypeARP, TypeRARP:
		p.decodeARP(l3)
	}
	return nil
}

// etherType reads the type at offset at, and where what it announces begins. A length instead of a type may be followed by
// an LLC/SNAP header with the type in it (IEEE 802.2, RFC 1042).
func etherType(frame []byte, at int) (kind uint16, l3 int) {
	kind, l3 = binary.BigEndian.Uint16(frame[at:]), at+2
	if kind >= 0x600 {
		return kind, l3
	}
	if len(frame) >= l3+8 && be48(frame[l3:]) == 0xaaaa03000000 {
		if kind = binary.BigEndian.Uint16(frame[l3+6:]); kind >= 0x600 {
			return kind, l3 + 8
		}
	}
	return TypeNone, l3
}

func (p *Packet) decodeARP(l3 int) {
	b := p.frame[l3:]
	// Ethernet addresses for IPv4 ones; anything else is no ARP that a flow could match.
	if len(b) < 28 || binary.BigEndian.Uint64(b)>>16 != 0x000108000604 {
		return
	}
	p.at.l3 = uint16(l3)
	k := &p.Key
	put(k, atARPOp, uint64(binary.BigEndian.Uint16(b[6:])))
	put(k, atARPSHA, be48(b[8:]))
	put(k, atARPSPA, uint64(binary.BigEndian.Uint32(b[14:])))
	put(k, atARPTHA, be48(b[18:]))
	put(k, atARPTPA, uint64(binary.BigEndian.Uint32(b[24:])))
}

func (p *Packet) decodeIPv4(l3 int) {
	b := p.frame[l3:]
	if len(b) < 20 || b[0]>>4 != 4 {
		return
	}
	head, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if head < 20 || total < head || total > len(b) {
		return
	}
	p.at.l3, p.at.end = uint16(l3), uint16(l3+total)
	k := &p.Key
	p.setIP(uint64(b[1]), uint64(b[8]), uint64(b[9]))
	put(k, atIP4Src, uint64(binary.BigEndian.Uint32(b[12:])))
	put(k, atIP4Dst, uint64(binary.BigEndian.Uint32(b[16:])))
	if frag := binary.BigEndian.Uint16(b[6:]) & 0x3fff; frag != 0 {
		p.setFrag(frag&0x1fff != 0)
	}
	p.decodeL4(l3+head, b[9])
}

// extension tells which next headers of IPv6 are more headers to pass over (RFC 8200), 44 being the fragment header.
func extension(proto uint8) bool {
	switch proto {
	case 0, 43, 44, 51, 60:
		return true
	}
	return false
}

func (p *Packet) decodeIPv6(l3 int) {
	b := p.frame[l3:]
	if len(b) < 40 || b[0]>>4 != 6 {
		return
	}
	total := 40 + int(binary.BigEndian.Uint16(b[4:]))
	if total > len(b) {
		return
	}
	proto, at, frag, ok := skipExtensions(b[:total], b[6], 40)
	if !ok {
		return
	}
	p.at.l3, p.at.end = uint16(l3), uint16(l3+total)
	k := &p.Key
	word := binary.BigEndian.Uint32(b)
	p.setIP(uint64(word>>20&0xff), uint64(b[7]), uint64(proto))
	put(k, atIP6Flow, uint64(word&0xfffff))
	IP6Src.Set(k, be128(b[8:]))
	IP6Dst.Set(k, be128(b[24:]))
	if frag >= 0 {
		p.setFrag(frag > 7)
	}
	if frag > 7 {
		IPProto.Set64(k, laterFragment6)
	}
	p.decodeL4(l3+at, proto)
}

// laterFragment6 is the protocol of a later fragment of IPv6: Open vSwitch does not say what it is part of.
const laterFragment6 = 44

// skipExtensions follows the chain from next header proto at offset at. frag is the fragment header's offset field, -1
// without one; behind a later fragment's header there are no headers anymore.
func skipExtensions(b []byte, proto uint8, at int) (uint8, int, int, bool) {
	frag := -1
	for extension(proto) && frag <= 7 {
		if len(b) < at+8 {
			return 0, 0, 0, false
		}
		n := 8
		switch proto {
		case 44:
			frag = int(binary.BigEndian.Uint16(b[at+2:]))
			if frag&^6 == 0 { // an "atomic" fragment is a whole packet (RFC 6946)
				frag = -1
			}
		case 51:
			n = (int(b[at+1]) + 2) * 4
		default:
			n = (int(b[at+1]) + 1) * 8
		}
		proto, at = b[at], at+n
	}
	return proto, at, frag, at <= len(b)
}

func (p *Packet) setIP(tos, ttl, proto uint64) {
	k := &p.Key
	put(k, atIPDSCP, tos>>2)
	put(k, atIPECN, tos&3)
	put(k, atIPTTL, ttl)
	put(k, atIPProto, proto)
}

func (p *Packet) setFrag(later bool) {
	v := uint64(FragAny)
	if later {
		v |= FragLater
	}
	IPFrag.Set64(&p.Key, v)
}

func (p *Packet) decodeL4(at int, proto uint8) {
	if IPFrag.Get64(&p.Key)&FragLater != 0 || at > int(p.at.end) {
		return
	}
	b, k := p.frame[at:p.at.end], &p.Key
	n := headerLen(b, proto)
	if n == 0 {
		return
	}
	p.at.l4, p.at.payload, p.at.proto = uint16(at), uint16(at+n), proto
	switch proto {
	case ProtoTCP:
		put(k, atTCPFlags, uint64(binary.BigEndian.Uint16(b[12:])&0xfff))
		fallthrough
	case ProtoUDP, ProtoSCTP:
		put(k, atL4Src, uint64(binary.BigEndian.Uint16(b)))
		put(k, atL4Dst, uint64(binary.BigEndian.Uint16(b[2:])))
	case ProtoICMP, ProtoIGMP, ProtoICMPv6:
		put(k, atL4Src, uint64(b[0]))
		put(k, atL4Dst, uint64(b[1]))
		if proto == ProtoICMPv6 {
			p.decodeND(at, b)
		}
	}
}

// headerLen is the length of the L4 header at the front of b, 0 when it is not there in full or unknown.
func headerLen(b []byte, proto uint8) int {
	n := 0
	switch proto {
	case ProtoTCP:
		if n = 20; len(b) >= 20 { // a length that cannot be is for Sound to find
			n = min(max(int(b[12]>>4)*4, 20), len(b))
		}
	case ProtoUDP, ProtoICMP, ProtoIGMP, ProtoICMPv6:
		n = 8
	case ProtoSCTP:
		n = 12
	}
	if n > len(b) {
		return 0
	}
	return n
}

// decodeND reads neighbour solicitations and advertisements (RFC 4861): the target and the link-layer address option. With
// options that are no list of options none of it is read.
func (p *Packet) decodeND(at int, b []byte) {
	if b[0] != 135 && b[0] != 136 || b[1] != 0 || len(b) < 24 {
		return
	}
	var sll, tll int
	for o := 24; o < len(b); {
		if len(b) < o+8 || b[o+1] == 0 || len(b) < o+int(b[o+1])*8 {
			return
		}
		switch {
		case b[o] == 1 && b[o+1] == 1 && sll == 0:
			sll = o + 2
		case b[o] == 2 && b[o+1] == 1 && tll == 0:
			tll = o + 2
		case b[o] == 1 || b[o] == 2:
			return
		}
		o += int(b[o+1]) * 8
	}
	k := &p.Key
	p.at.nd = true
	NDTarget.Set(k, be128(b[8:]))
	if sll != 0 {
		p.at.sll = uint16(at + sll)
		put(k, atNDSLL, be48(b[sll:]))
	}
	if tll != 0 {
		p.at.tll = uint16(at + tll)
		put(k, atNDTLL, be48(b[tll:]))
	}
}

func be48(b []byte) uint64 {
	return uint64(binary.BigEndian.Uint16(b))<<32 | uint64(binary.BigEndian.Uint32(b[2:]))
}

func putBE48(b []byte, v uint64) {
	binary.BigEndian.PutUint16(b, uint16(v>>32))
	binary.BigEndian.PutUint32(b[2:], uint32(v))
}

func be128(b []byte) expr.Value {
	return expr.Value{Hi: binary.BigEndian.Uint64(b), Lo: binary.BigEndian.Uint64(b[8:])}
}
