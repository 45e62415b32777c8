// Package packet is the one representation of a packet in the simulation: the fields that flows match and change in an
// [expr.Key], and the frame that they came from. It is the door between the two: frames are read and checksums are made
// here and nowhere else.
//
//	p, err := packet.Decode(frame)
//	packet.IPTTL.Set64(&p.Key, packet.IPTTL.Get64(&p.Key)-1)
//	frame = p.Encode()
//
// What a field does not cover (options, payloads, sequence numbers, padding) stays in the frame as it came; encoding writes
// the fields over it and corrects the checksums by the difference (RFC 1624), so that what nobody changed does not change
// and a wrong checksum stays wrong.
package packet

import (
	"fmt"
	"net/netip"

	"ovnsim/lb"
	"ovnsim/pipeline/expr"
)

// The header fields, as references into a packet's Key.
var (
	EthSrc  = expr.RefTo("eth.src")
	EthDst  = expr.RefTo("eth.dst")
	EthType = expr.RefTo("eth.type")
	VLANTCI = expr.RefTo("vlan.tci") // bit 12 set: there is a tag

	IPProto = expr.RefTo("ip.proto")
	IPDSCP  = expr.RefTo("ip.dscp")
	IPECN   = expr.RefTo("ip.ecn")
	IPTTL   = expr.RefTo("ip.ttl")
	IPFrag  = expr.RefTo("ip.frag") // FragAny, FragLater
	IP4Src  = expr.RefTo("ip4.src")
	IP4Dst  = expr.RefTo("ip4.dst")
	IP6Src  = expr.RefTo("ip6.src")
	IP6Dst  = expr.RefTo("ip6.dst")
	IP6Flow = expr.RefTo("ip6.label")

	L4Src    = expr.RefTo("tcp.src") // of TCP, UDP and SCTP alike; ICMP's type
	L4Dst    = expr.RefTo("tcp.dst") // ICMP's code
	TCPFlags = expr.RefTo("tcp.flags")

	ARPOp  = expr.RefTo("arp.op")
	ARPSPA = expr.RefTo("arp.spa")
	ARPTPA = expr.RefTo("arp.tpa")
	ARPSHA = expr.RefTo("arp.sha")
	ARPTHA = expr.RefTo("arp.tha")

	NDTarget = expr.RefTo("nd.target")
	NDSLL    = expr.RefTo("nd.sll")
	NDTLL    = expr.RefTo("nd.tll")

	frag4MTU = expr.RefTo("icmp4.frag_mtu")
	frag6MTU = expr.RefTo("icmp6.frag_mtu")

	Inport  = expr.RefTo("inport")
	Outport = expr.RefTo("outport")
	CTState = expr.RefTo("ct_state")
	CTMark  = expr.RefTo("ct_mark")
	CTLabel = expr.RefTo("ct_label")
)

// Ethernet types and IP protocols that the simulation reads. A frame of another type is carried but not understood.
const (
	TypeIPv4 = 0x0800
	TypeARP  = 0x0806
	TypeRARP = 0x8035
	TypeVLAN = 0x8100
	TypeQinQ = 0x88a8
	TypeIPv6 = 0x86dd
	TypeNone = 0x05ff // what OpenFlow calls a frame with a length instead of a type

	ProtoICMP   = 1
	ProtoIGMP   = 2
	ProtoTCP    = 6
	ProtoUDP    = 17
	ProtoICMPv6 = 58
	ProtoSCTP   = 132
)

// The bits of ip.frag.
const (
	FragAny   = 1 // a fragment
	FragLater = 2 // not the first one: it has no ports
)

// vlanPresent is the bit of vlan.tci that says there is a tag; it is not sent.
const vlanPresent = 0x1000

// Packet is a packet on its way. Copying the struct makes an independent packet: the frame is shared but never written.
type Packet struct {
	Key  expr.Key  // what flows see; the Ethernet type and the IP protocol are the frame's and must stay so
	Hash lb.Memory // what backend choice remembers
	CT   Tracking  // what connection tracking remembers

	frame []byte // as it came; never written through
	at    layout
}

// layout says where the headers lie in the frame. An offset of 0 means that there is no such header, or that it cannot be
// trusted.
//
//	0         12    tag  type l3           l4      payload   end
//	| dst src | tag | .. type | IP or ARP  | L4    | ...     | padding
type layout struct {
	rest    uint16 // offset of what follows the outer tag, if there is one
	kind    uint16 // offset of the final Ethernet type
	l3, l4  uint16
	payload uint16 // behind the L4 header
	end     uint16 // of the IP packet; padding follows
	sll     uint16 // value of the ND options
	tll     uint16
	proto   uint8 // of the L4 header
	tagged  bool
	nd      bool // the ND fields are in the key
	sound   sound
}

// sound remembers what Sound found.
type sound uint8

const (
	unknown sound = iota
	yes
	no
)

// Tracking is what connection tracking leaves beside the packet between two visits.
type Tracking struct {
	Zone    uint16
	Conn    Connection // the entry found or made; nil for none
	Reply   bool       // the packet goes against the connection's first one
	Related bool       // it is an ICMP error about the connection
	Orig    Tuple      // the connection's first packet; zero when untracked
	Hidden  uint16     // the state, as long as flows do not see it
}

// Connection is an entry of the connection table, as traces print it.
type Connection interface{ String() string }

// Tuple is what a connection is known by. ICMP has the identifier as both ports; its type is Type. The zero Tuple is no
// connection.
type Tuple struct {
	Src, Dst         netip.Addr
	SrcPort, DstPort uint16
	Proto            uint8
	Type, Code       uint8 // ICMP only
}

// String prints "tcp 10.0.0.1:1024->10.0.0.2:80".
func (t Tuple) String() string {
	return fmt.Sprintf("%s %s->%s", lb.ProtoName(t.Proto), netip.AddrPortFrom(t.Src, t.SrcPort), netip.AddrPortFrom(t.Dst, t.DstPort))
}

// Frame is the frame as it came in, without what happened to the fields since. It must not be written.
func (p *Packet) Frame() []byte { return p.frame }

// Len is the length of the frame that Encode would make.
func (p *Packet) Len() int {
	n := len(p.frame)
	if tagged := VLANTCI.Get64(&p.Key)&vlanPresent != 0; tagged != p.at.tagged {
		if tagged {
			return n + 4
		}
		return n - 4
	}
	return n
}

// IPLen is the length of the IP packet, 0 when there is none: what a router holds against an MTU.
func (p *Packet) IPLen() int {
	if !p.IsIP() {
		return 0
	}
	return int(p.at.end - p.at.l3)
}

// IsIP tells whether the packet has a sound IPv4 or IPv6 header.
func (p *Packet) IsIP() bool { return p.at.l3 != 0 && p.at.end != 0 }

// Is4 and Is6 tell the family of an IP packet; both are false for other packets and for broken headers.
func (p *Packet) Is4() bool { return p.IsIP() && EthType.Get64(&p.Key) == TypeIPv4 }

// Is6 tells whether the packet is IPv6 with a sound header.
func (p *Packet) Is6() bool { return p.IsIP() && EthType.Get64(&p.Key) == TypeIPv6 }
