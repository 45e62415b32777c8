package lb

import (
	"fmt"
	"net/netip"
)

// IP protocol numbers that the choice of a backend knows (IANA, RFC 5237).
const (
	ICMP   uint8 = 1
	TCP    uint8 = 6
	UDP    uint8 = 17
	ICMPv6 uint8 = 58
	SCTP   uint8 = 132
)

// Fragment says which part of a fragmented packet a frame carries. The zero value is a whole packet.
type Fragment uint8

// The first fragment still carries the ports, a later one does not.
const (
	Whole Fragment = iota
	FirstFragment
	LaterFragment
)

// Tuple is all of a packet that the choice looks at. ICMP and ICMPv6 carry the type in SrcPort and the code in DstPort,
// as Open vSwitch's flow does. The zero value is no IP packet; it hashes like any other.
type Tuple struct {
	EthSrc, EthDst   [6]byte
	Src, Dst         netip.Addr
	Proto            uint8
	Fragment         Fragment
	SrcPort, DstPort uint16
}

// String prints the tuple as "tcp 10.0.0.1:1024->10.0.0.2:80".
func (t Tuple) String() string {
	return fmt.Sprintf("%s %s->%s", ProtoName(t.Proto), netip.AddrPortFrom(t.Src, t.SrcPort), netip.AddrPortFrom(t.Dst, t.DstPort))
}

// hasPorts tells whether Open vSwitch reads two 16-bit numbers behind this protocol's IP header.
func (t Tuple) hasPorts() bool {
	switch t.Proto {
	case TCP, UDP, SCTP, ICMP, ICMPv6:
		return true
	}
	return false
}

// portWord is the ports as one word of memory, the way a little-endian machine loads them. A later fragment has none.
func (t Tuple) portWord() uint32 {
	if t.Fragment == LaterFragment {
		return 0
	}
	return uint32(swap16(t.SrcPort)) | uint32(swap16(t.DstPort))<<16
}

func swap16(x uint16) uint16 { return x<<8 | x>>8 }

// protoNames is the protocol column of Load_Balancer, ovn-nb(5), and what reports print beside it.
var protoNames = [...]struct {
	number uint8
	name   string
}{{TCP, "tcp"}, {UDP, "udp"}, {SCTP, "sctp"}, {ICMP, "icmp"}, {ICMPv6, "icmp6"}}

// ProtoName is the protocol's usual short name, or "ip-proto-N".
func ProtoName(proto uint8) string {
	for _, p := range protoNames {
		if p.number == proto {
			return p.name
		}
	}
	return fmt.Sprintf("ip-proto-%d", proto)
}

// ParseProto reads a balancer's protocol column: tcp, udp or sctp, and "" for the default, tcp (ovn-nb(5)).
func ParseProto(name string) (uint8, error) {
	if name == "" {
		return TCP, nil
	}
	for _, p := range protoNames[:3] {
		if p.name == name {
			return p.number, nil
		}
	}
	return 0, fmt.Errorf("protocol %q: a load balancer's is tcp, udp or sctp", name)
}
