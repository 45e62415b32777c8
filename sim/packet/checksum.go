package packet

import (
	"encoding/binary"
	"hash/crc32"

	"ovnsim/lb"
)

// delta is the one's complement difference that changes make to a checksum (RFC 1624, eqn. 3). The zero delta is none.
type delta uint64

// word notes that a 16-bit word became another.
func (d *delta) word(was, is uint16) { *d += delta(^was) + delta(is) }

// apply corrects the checksum in b.
func (d delta) apply(b []byte) {
	if d != 0 {
		binary.BigEndian.PutUint16(b, ^fold(uint64(^binary.BigEndian.Uint16(b))+uint64(d)))
	}
}

// fold brings a sum of words back to 16 bits, carries added in.
func fold(sum uint64) uint16 {
	for sum>>16 != 0 {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// addBytes adds b as 16-bit words to a sum, the last byte filled up with zero.
func addBytes(sum uint64, b []byte) uint64 {
	for ; len(b) >= 8; b = b[8:] {
		v := binary.BigEndian.Uint64(b)
		sum += v>>48 + v>>32&0xffff + v>>16&0xffff + v&0xffff
	}
	for ; len(b) >= 2; b = b[2:] {
		sum += uint64(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint64(b[0]) << 8
	}
	return sum
}

// internetSum is the checksum of b (RFC 1071) after a pseudo-header's sum.
func internetSum(pseudo uint64, b []byte) uint16 { return ^fold(addBytes(pseudo, b)) }

// pseudoSum sums an IPv4 or IPv6 pseudo-header (RFC 9293, RFC 8200): addrs is source and destination.
func pseudoSum(addrs []byte, proto uint8, n int) uint64 {
	return addBytes(uint64(proto)+uint64(n), addrs)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sctpSum is SCTP's CRC32c over the packet with a zero in place of the checksum (RFC 9260), in the order it is sent.
func sctpSum(b []byte) uint32 {
	sum := crc32.Update(0, castagnoli, b[:8])
	sum = crc32.Update(sum, castagnoli, []byte{0, 0, 0, 0})
	sum = crc32.Update(sum, castagnoli, b[12:])
	return sum>>24 | sum>>8&0xff00 | sum<<8&0xff0000 | sum<<24
}

// sumOffset is where the checksum lies in an L4 header, and whether the pseudo-header counts; -1 for none of this kind.
func sumOffset(proto uint8) (at int, pseudo bool) {
	switch proto {
	case ProtoTCP:
		return 16, true
	case ProtoUDP:
		return 6, true
	case ProtoICMPv6:
		return 2, true
	case ProtoICMP, ProtoIGMP:
		return 2, false
	}
	return -1, false
}

// addresses is the source and destination address in the IP header at the front of b.
func addresses(b []byte) []byte {
	if b[0]>>4 == 4 {
		return b[12:20]
	}
	return b[8:40]
}

// fillSum writes the checksum that the L4 header should have; ip is a whole IP packet, l4 the header's offset in it.
func fillSum(ip []byte, l4 int, proto uint8) {
	b := ip[l4:]
	if proto == ProtoSCTP {
		binary.BigEndian.PutUint32(b[8:], sctpSum(b))
		return
	}
	at, pseudo := sumOffset(proto)
	if at < 0 {
		return
	}
	sum := uint64(0)
	if pseudo {
		sum = pseudoSum(addresses(ip), proto, len(b))
	}
	b[at], b[at+1] = 0, 0
	is := internetSum(sum, b)
	if is == 0 && proto == ProtoUDP {
		is = 0xffff // 0 would say that there is none (RFC 768)
	}
	binary.BigEndian.PutUint16(b[at:], is)
}

// ChecksumError says which checksum of the packet as it came in is wrong: "ip", "tcp", …; "" when all are right or cannot
// be told, as in a fragment.
func (p *Packet) ChecksumError() string {
	if !p.IsIP() {
		return ""
	}
	ip := p.frame[p.at.l3:p.at.end]
	if ip[0]>>4 == 4 && internetSum(0, ip[:int(ip[0]&15)*4]) != 0 {
		return "ip"
	}
	if p.at.l4 == 0 || IPFrag.Get64(&p.Key) != 0 || sumRight(ip, int(p.at.l4-p.at.l3), p.at.proto) {
		return ""
	}
	return lb.ProtoName(p.at.proto)
}

// Sound tells whether the packet's checksums and lengths are right, as connection tracking demands. Nothing that happens to
// the packet changes that, so it is found out once.
func (p *Packet) Sound() bool {
	if p.at.sound == unknown {
		p.at.sound = yes
		if p.ChecksumError() != "" || !p.soundUDP() || !p.soundTCP() {
			p.at.sound = no
		}
	}
	return p.at.sound == yes
}

// soundUDP tells whether a datagram's own length lies within the packet.
func (p *Packet) soundUDP() bool {
	if p.at.l4 == 0 || p.at.proto != ProtoUDP || IPFrag.Get64(&p.Key) != 0 {
		return true
	}
	n := binary.BigEndian.Uint16(p.frame[p.at.l4+4:])
	return n >= 8 && n <= p.at.end-p.at.l4
}

// soundTCP tells whether a segment's header is as long as it says.
func (p *Packet) soundTCP() bool {
	if p.at.l4 == 0 || p.at.proto != ProtoTCP || IPFrag.Get64(&p.Key) != 0 {
		return true
	}
	n := uint16(p.frame[p.at.l4+12]>>4) * 4
	return n >= 20 && n <= p.at.end-p.at.l4
}

// sumRight tells whether the L4 checksum of a whole packet is right.
func sumRight(ip []byte, l4 int, proto uint8) bool {
	b := ip[l4:]
	if proto == ProtoSCTP {
		return binary.BigEndian.Uint32(b[8:]) == sctpSum(b)
	}
	at, pseudo := sumOffset(proto)
	switch {
	case at < 0:
		return true
	case proto == ProtoUDP && b[6] == 0 && b[7] == 0:
		return ip[0]>>4 == 4 // none was made; IPv6 does not allow that
	case pseudo:
		return internetSum(pseudoSum(addresses(ip), proto, len(b)), b) == 0
	}
	return internetSum(0, b) == 0
}

// Checksum is the one's complement checksum of the Internet protocols (RFC 1071) over b.
func Checksum(b []byte) uint16 { return internetSum(0, b) }
