package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Ether is what a new frame's Ethernet header says besides the type.
type Ether struct {
	Src, Dst MAC
	TCI      uint16 // an 802.1Q tag; 0 for none
}

// IP is what a new packet's IP header says besides lengths, checksum and protocol. The addresses tell the version.
type IP struct {
	Src, Dst netip.Addr
	TTL, TOS uint8
	ID       uint16 // IPv4 only
	DF       bool   // IPv4 only
	Label    uint32 // IPv6 only: the flow label, 20 bits
}

// Upper is what a new IP packet carries.
type Upper interface {
	proto(four bool) uint8
	size() int
	append(b []byte) []byte // with a zero checksum
}

// TCP is a segment.
type TCP struct {
	Src, Dst         uint16
	Seq, Ack         uint32
	Flags            uint16
	Window, Urgent   uint16
	Options, Payload []byte // Options: a multiple of 4 bytes long, at most 40
}

// The flags of TCP.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// UDP is a datagram.
type UDP struct {
	Src, Dst uint16
	Payload  []byte
}

// ICMP is a message of ICMP, or of ICMPv6 in an IPv6 packet.
type ICMP struct {
	Type, Code uint8
	Rest       uint32 // identifier and sequence number, or a next-hop MTU
	Payload    []byte
}

// Raw is anything else.
type Raw struct {
	Proto   uint8
	Payload []byte
}

// Echo is an echo message's Rest.
func Echo(id, seq uint16) uint32 { return uint32(id)<<16 | uint32(seq) }

// FlagNames prints TCP flags as tcpdump does: "S", "S.", "P.", "F.", "R"; "none" for none.
func FlagNames(flags uint16) string {
	text := ""
	for i, name := range "FSRP.UEW" {
		if flags&(1<<i) != 0 && name != '.' {
			text += string(name)
		}
	}
	if flags&ACK != 0 {
		text += "."
	}
	if text == "" {
		return "none"
	}
	return text
}

func (TCP) proto(bool) uint8 { return ProtoTCP }
func (t TCP) size() int      { return 20 + len(t.Options) + len(t.Payload) }
func (t TCP) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, t.Src)
	b = binary.BigEndian.AppendUint16(b, t.Dst)
	b = binary.BigEndian.AppendUint32(b, t.Seq)
	b = binary.BigEndian.AppendUint32(b, t.Ack)
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(t.Options))<<10|t.Flags&0xfff)
	b = binary.BigEndian.AppendUint16(b, t.Window)
	b = append(b, 0, 0)
	b = binary.BigEndian.AppendUint16(b, t.Urgent)
	return append(append(b, t.Options...), t.Payload...)
}

func (UDP) proto(bool) uint8 { return ProtoUDP }
func (u UDP) size() int      { return 8 + len(u.Payload) }
func (u UDP) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, u.Src)
	b = binary.BigEndian.AppendUint16(b, u.Dst)
	b = binary.BigEndian.AppendUint16(b, uint16(u.size()))
	return append(append(b, 0, 0), u.Payload...)
}

func (ICMP) proto(four bool) uint8 {
	if four {
		return ProtoICMP
	}
	return ProtoICMPv6
}
func (i ICMP) size() int { return 8 + len(i.Payload) }
func (i ICMP) append(b []byte) []byte {
	b = append(b, i.Type, i.Code, 0, 0)
	b = binary.BigEndian.AppendUint32(b, i.Rest)
	return append(b, i.Payload...)
}

func (r Raw) proto(bool) uint8       { return r.Proto }
func (r Raw) size() int              { return len(r.Payload) }
func (r Raw) append(b []byte) []byte { return append(b, r.Payload...) }

// Build makes a frame with right lengths and checksums. It panics when the addresses are of two families or invalid, and
// when the packet is longer than an IP packet can be: callers make only packets that exist.
func Build(e Ether, ip IP, up Upper) []byte {
	if ip.Src.Is4() != ip.Dst.Is4() || !ip.Src.IsValid() || up.size() > maxFrame-64 {
		panic(fmt.Sprintf("packet: cannot build %v to %v with %d bytes", ip.Src, ip.Dst, up.size()))
	}
	b := make([]byte, 0, 18+40+up.size())
	l3 := 0
	if ip.Src.Is4() {
		b = e.append(b, TypeIPv4)
		l3 = len(b)
		b = ip.append4(b, up)
	} else {
		b = e.append(b, TypeIPv6)
		l3 = len(b)
		b = ip.append6(b, up)
	}
	l4 := len(b) - l3
	b = up.append(b)
	fillSum(b[l3:], l4, up.proto(ip.Src.Is4()))
	return b
}

func (e Ether) append(b []byte, kind uint16) []byte {
	b = append(append(b, e.Dst[:]...), e.Src[:]...)
	if e.TCI != 0 {
		b = binary.BigEndian.AppendUint16(b, TypeVLAN)
		b = binary.BigEndian.AppendUint16(b, e.TCI)
	}
	return binary.BigEndian.AppendUint16(b, kind)
}

func (ip IP) append4(b []byte, up Upper) []byte {
	start := len(b)
	b = append(b, 0x45, ip.TOS)
	b = binary.BigEndian.AppendUint16(b, uint16(20+up.size()))
	b = binary.BigEndian.AppendUint16(b, ip.ID)
	flags := byte(0)
	if ip.DF {
		flags = 0x40
	}
	b = append(b, flags, 0, ip.TTL, up.proto(true), 0, 0)
	src, dst := ip.Src.As4(), ip.Dst.As4()
	b = append(append(b, src[:]...), dst[:]...)
	binary.BigEndian.PutUint16(b[start+10:], internetSum(0, b[start:]))
	return b
}

func (ip IP) append6(b []byte, up Upper) []byte {
	b = binary.BigEndian.AppendUint32(b, 6<<28|uint32(ip.TOS)<<20|ip.Label&0xfffff)
	b = binary.BigEndian.AppendUint16(b, uint16(up.size()))
	b = append(b, up.proto(false), ip.TTL)
	src, dst := ip.Src.As16(), ip.Dst.As16()
	return append(append(b, src[:]...), dst[:]...)
}

// ARP is an ARP packet of Ethernet and IPv4 (RFC 826).
type ARP struct {
	Op       uint16 // 1 asks, 2 answers
	SHA, THA MAC
	SPA, TPA netip.Addr
}

// BuildARP makes the frame of an ARP packet. It panics when the addresses are not IPv4.
func BuildARP(e Ether, a ARP) []byte {
	b := e.append(make([]byte, 0, 46), TypeARP)
	b = append(b, 0, 1, 8, 0, 6, 4)
	b = binary.BigEndian.AppendUint16(b, a.Op)
	spa, tpa := a.SPA.As4(), a.TPA.As4()
	b = append(append(b, a.SHA[:]...), spa[:]...)
	return append(append(b, a.THA[:]...), tpa[:]...)
}
