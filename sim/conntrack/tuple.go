package conntrack

import (
	"net/netip"

	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// key is a tuple in a zone as the table looks it up: numbers only, so that hashing is one pass over memory.
type key struct {
	src, dst         expr.Value
	srcPort, dstPort uint16 // ICMP: both the identifier
	zone             uint16
	proto            uint8
	kind             uint8 // ICMP: the type
	four             bool  // IPv4: addresses in the low 32 bits
}

// echoes pairs the types of ICMP and ICMPv6 that ask with those that answer (RFC 792, RFC 4443). Other types are no
// connections of their own.
var echoes = [...]struct{ proto, asks, answers uint8 }{
	{packet.ProtoICMP, 8, 0},   // echo
	{packet.ProtoICMP, 13, 14}, // timestamp
	{packet.ProtoICMP, 15, 16}, // information
	{packet.ProtoICMPv6, 128, 129},
}

// opposite is the type that goes the other way, and whether the given one asks; ok is false for types in no pair.
func opposite(proto, kind uint8) (other uint8, asks, ok bool) {
	for _, e := range echoes {
		switch {
		case e.proto != proto:
		case e.asks == kind:
			return e.answers, true, true
		case e.answers == kind:
			return e.asks, false, true
		}
	}
	return 0, false, false
}

// isICMP tells whether the key is of ICMP, or of ICMPv6 in IPv6: each belongs to its own family.
func (k key) isICMP() bool {
	return k.four && k.proto == packet.ProtoICMP || !k.four && k.proto == packet.ProtoICMPv6
}

// reply is the key of packets that go the other way.
func (k key) reply() key {
	k.src, k.dst, k.srcPort, k.dstPort = k.dst, k.src, k.dstPort, k.srcPort
	if k.isICMP() {
		k.kind, _, _ = opposite(k.proto, k.kind)
	}
	return k
}

func (k key) addr(v expr.Value) netip.Addr {
	if k.four {
		return packet.Addr4(v.Lo)
	}
	return packet.Addr6(v)
}

// tuple is the key for people, without the zone.
func (k key) tuple() packet.Tuple {
	return packet.Tuple{Src: k.addr(k.src), Dst: k.addr(k.dst), SrcPort: k.srcPort, DstPort: k.dstPort, Proto: k.proto, Type: k.kind}
}

// keyOf is a tuple's key in a zone.
func keyOf(t packet.Tuple, zone uint16) key {
	return key{src: packet.AddrValue(t.Src), dst: packet.AddrValue(t.Dst), srcPort: t.SrcPort, dstPort: t.DstPort,
		zone: zone, proto: t.Proto, kind: t.Type, four: t.Src.Is4()}
}

// Reasons why a packet is invalid before the table is asked.
const (
	whyNotIP    = "not an IP packet"
	whySum      = "wrong checksum"
	whyNoL4     = "no sound L4 header"
	whyPort0    = "a port of 0"
	whyFragment = "a fragment that cannot be put together"
	whyICMP     = "ICMP that neither asks nor answers nor is about a connection"
	whyInner    = "the packet that the ICMP error is about is cut short or went another way"
)

// extract reads the packet's key. related: it is an ICMP error, and the key is that of the packet it is about, reversed,
// so that the error goes the way of that packet's answers. why is not "" for a packet without a key.
func extract(p *packet.Packet, zone uint16) (k key, related bool, why string) {
	k, why = outerKey(p, zone)
	switch {
	case why != "":
		return k, false, why
	case p.IsICMPError():
		inner, ok := p.Inner()
		if !ok || inner.Src != p.Dst() || keyOf(inner, zone).isICMP() && !soundEcho(inner) {
			return k, false, whyInner
		}
		return keyOf(inner, zone).reply(), true, ""
	case !k.isICMP():
		return k, false, ""
	}
	k.kind = uint8(k.srcPort)
	code := k.dstPort
	k.srcPort, k.dstPort = p.ICMPID(), p.ICMPID()
	if _, _, ok := opposite(k.proto, k.kind); !ok || code != 0 {
		return k, false, whyICMP
	}
	return k, false, ""
}

func soundEcho(t packet.Tuple) bool {
	_, _, ok := opposite(t.Proto, t.Type)
	return ok && t.Code == 0
}

// outerKey reads addresses, protocol and ports, of ICMP type and code for ports.
func outerKey(p *packet.Packet, zone uint16) (k key, why string) {
	f := &p.Key
	switch {
	case !p.IsIP():
		return k, whyNotIP
	case packet.IPFrag.Get64(f) != 0:
		return k, whyFragment
	case !p.Sound():
		return k, whySum
	}
	k = key{zone: zone, proto: p.Proto()}
	if p.Is4() {
		k.four, k.src, k.dst = true, packet.IP4Src.Get(f), packet.IP4Dst.Get(f)
	} else {
		k.src, k.dst = packet.IP6Src.Get(f), packet.IP6Dst.Get(f)
	}
	if !k.hasPorts() {
		return k, ""
	}
	if !p.HasL4() {
		return k, whyNoL4
	}
	k.srcPort, k.dstPort = uint16(packet.L4Src.Get64(f)), uint16(packet.L4Dst.Get64(f))
	if !k.isICMP() && (k.srcPort == 0 || k.dstPort == 0) {
		return k, whyPort0
	}
	return k, ""
}

// hasPorts tells whether the protocol's connections are told apart by more than their addresses.
func (k key) hasPorts() bool {
	switch k.proto {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoSCTP:
		return true
	}
	return k.isICMP()
}
