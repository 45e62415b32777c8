package lb

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Field is a selection field: a part of the packet that the choice hashes.
type Field uint8

// The fields in Open vSwitch's own order. They are hashed in this order, however the operator wrote them.
const (
	EthSrc Field = iota
	EthDst
	IPSrc
	IPDst
	IPv6Src
	IPv6Dst
	IPProto
	TCPSrc
	TCPDst
	UDPSrc
	UDPDst
	SCTPSrc
	SCTPDst
)

var fieldNames = [...]string{"eth_src", "eth_dst", "ip_src", "ip_dst", "ipv6_src", "ipv6_dst", "ip_proto",
	"tcp_src", "tcp_dst", "udp_src", "udp_dst", "sctp_src", "sctp_dst"}

// String is the field's name in hash_fields=… of a ct_lb action.
func (f Field) String() string { return fieldNames[f] }

// ParseFields reads names as ct_lb's hash_fields or Load_Balancer.selection_fields have them; tp_src and tp_dst stand for
// the ports of the given protocol. The result is in hashing order, without doubles.
func ParseFields(names []string, proto uint8) ([]Field, error) {
	var fields []Field
	for _, name := range names {
		name = strings.TrimSpace(name)
		full := name
		if rest, ok := strings.CutPrefix(name, "tp_"); ok {
			full = ProtoName(proto) + "_" + rest
		}
		i := slices.Index(fieldNames[:], full)
		if i < 0 {
			return nil, fmt.Errorf("selection field %q: not one of %s, tp_src, tp_dst", name, strings.Join(fieldNames[:], ", "))
		}
		fields = append(fields, Field(i))
	}
	return orderFields(fields), nil
}

func orderFields(fields []Field) []Field {
	fields = slices.Clone(fields)
	slices.Sort(fields)
	return slices.Compact(fields)
}

// emptyBasis is where hashing by fields begins: the hash of a 64-bit zero, the group's unused parameter.
var emptyBasis = hashPair(0, 0)

// hashFields chains the fields that this packet has.
func (t Tuple) hashFields(fields []Field) uint32 {
	var space [16]byte
	basis := emptyBasis
	for _, f := range fields {
		if b := t.appendField(space[:0], f); len(b) > 0 {
			basis = hashBytes(b, basis)
		}
	}
	return basis
}

// appendField puts the field's bytes behind b, in network order. It adds nothing when the packet has no such field.
func (t Tuple) appendField(b []byte, f Field) []byte {
	switch f {
	case EthSrc:
		return append(b, t.EthSrc[:]...)
	case EthDst:
		return append(b, t.EthDst[:]...)
	case IPSrc, IPDst, IPv6Src, IPv6Dst:
		addr := t.Src
		if f == IPDst || f == IPv6Dst {
			addr = t.Dst
		}
		return appendAddr(b, addr, f == IPSrc || f == IPDst)
	case IPProto:
		return append(b, t.Proto)
	}
	owner := [...]uint8{TCP, TCP, UDP, UDP, SCTP, SCTP}[f-TCPSrc]
	if owner != t.Proto || t.Fragment == LaterFragment {
		return b
	}
	port := t.SrcPort
	if (f-TCPSrc)%2 == 1 {
		port = t.DstPort
	}
	return append(b, byte(port>>8), byte(port))
}

// appendAddr adds the address when it is of the asked family.
func appendAddr(b []byte, a netip.Addr, four bool) []byte {
	switch {
	case !a.IsValid() || a.Is4() != four:
		return b
	case four:
		bytes := a.As4()
		return append(b, bytes[:]...)
	}
	bytes := a.As16()
	return append(b, bytes[:]...)
}
