package reply

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"ovnsim/sim/packet"
)

// Membership is what a message of IGMP or MLD says.
type Membership struct {
	Query         bool         // a router asks: multicast has to go to it
	Joined, Left  []netip.Addr // groups, in the order of the message
	NotUnderstood bool
	Quiet         bool // a report of IGMP before version 3: of one more port in a group the controller tells nobody at once
}

// String says it in a few words.
func (m Membership) String() string {
	switch {
	case m.Query:
		return "query"
	case m.NotUnderstood:
		return "not understood"
	case len(m.Left) == 0:
		return fmt.Sprint("joined ", m.Joined)
	case len(m.Joined) == 0:
		return fmt.Sprint("left ", m.Left)
	}
	return fmt.Sprint("joined ", m.Joined, ", left ", m.Left)
}

// Types of messages (RFC 2236, 3376, 2710, 3810).
const (
	igmpQuery    = 0x11
	igmpReport1  = 0x12
	igmpReport2  = 0x16
	igmpLeave    = 0x17
	igmpReport3  = 0x22
	mldQuery     = 130
	mldReport    = 131
	mldDone      = 132
	mldReport2   = 143
	isInclude    = 1 // kinds of records: with no sources left, the group is left
	isExclude    = 2
	toInclude    = 3
	toExclude    = 4
	allowSources = 5
)

// Memberships reads a message of IGMP or MLD.
func Memberships(p *packet.Packet) Membership {
	switch b := p.Segment(); {
	case p.Is4() && b == nil:
		return readIGMP(p.Payload())
	case p.Is4() && packet.Checksum(b) != 0, !p.Is4() && p.ChecksumError() != "":
		return Membership{NotUnderstood: true}
	case p.Is4():
		return readIGMP(b)
	default:
		return readMLD(b)
	}
}

func readIGMP(b []byte) (m Membership) {
	if len(b) < 8 {
		return Membership{NotUnderstood: true}
	}
	group := netip.AddrFrom4([4]byte(b[4:8]))
	switch b[0] {
	case igmpQuery:
		m.Query = true
	case igmpReport1, igmpReport2:
		m.Joined, m.Quiet = []netip.Addr{group}, true
	case igmpLeave:
		m.Left = []netip.Addr{group}
	case igmpReport3:
		m.records(b, 4)
	default:
		m.NotUnderstood = true
	}
	return m
}

func readMLD(b []byte) (m Membership) {
	if len(b) < 8 {
		return Membership{NotUnderstood: true}
	}
	if b[0] == mldReport2 {
		m.records(b, 16)
		return m
	}
	if len(b) < 24 {
		return Membership{NotUnderstood: true}
	}
	group := netip.AddrFrom16([16]byte(b[8:24]))
	switch b[0] {
	case mldQuery:
		m.Query = true
	case mldReport:
		m.Joined = []netip.Addr{group}
	case mldDone:
		m.Left = []netip.Addr{group}
	default:
		m.NotUnderstood = true
	}
	return m
}

// records reads the records of a report, with addresses of a size:
//
//	| 8 bytes, the number of records at 6 | kind | aux | sources, 2 bytes | group | sources | aux words | ...
func (m *Membership) records(b []byte, size int) {
	n := int(binary.BigEndian.Uint16(b[6:]))
	b = b[8:]
	for ; n > 0 && len(b) >= 4+size; n-- {
		sources := int(binary.BigEndian.Uint16(b[2:]))
		group, _ := netip.AddrFromSlice(b[4 : 4+size])
		length := 4 + size*(1+sources) + int(b[1])*4
		if len(b) < length {
			return
		}
		switch kind := b[0]; {
		case (kind == isInclude || kind == toInclude) && sources == 0:
			m.Left = append(m.Left, group)
		case kind >= isInclude && kind <= allowSources:
			m.Joined = append(m.Joined, group)
		}
		b = b[length:]
	}
}

// IGMPQuery is the general question of a querier, version 3 (RFC 3376, 4.1). maxResponse is in seconds.
func IGMPQuery(mac packet.MAC, src netip.Addr, maxResponse uint8) []byte {
	payload := []byte{igmpQuery, maxResponse * 10, 0, 0, 0, 0, 0, 0, 0, maxResponse * 10, 0, 0}
	binary.BigEndian.PutUint16(payload[2:], packet.Checksum(payload))
	return packet.Build(packet.Ether{Src: mac, Dst: packet.MAC{1, 0, 0x5e, 0, 0, 1}},
		packet.IP{Src: src, Dst: netip.AddrFrom4([4]byte{224, 0, 0, 1}), TTL: 1, DF: true}, packet.Raw{Proto: packet.ProtoIGMP, Payload: payload})
}

// MLDQuery is the general question of a querier, version 2 (RFC 3810, 5.1). Its Ethernet address is ovn-controller's, which
// does not follow from the IPv6 one.
func MLDQuery(mac packet.MAC, src netip.Addr, maxResponse uint8) []byte {
	payload := make([]byte, 36) // | hop-by-hop options with a router alert | ICMPv6 |
	copy(payload, []byte{packet.ProtoICMPv6, 0, 5, 2, 0, 0, 0, 0, mldQuery})
	message := payload[8:]
	binary.BigEndian.PutUint16(message[4:], uint16(maxResponse)*1000)
	message[25] = maxResponse
	dst := netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 15: 1})
	pseudo := append(append(src.AsSlice(), dst.AsSlice()...), 0, 0, 0, byte(len(message)), 0, 0, 0, packet.ProtoICMPv6)
	binary.BigEndian.PutUint16(message[2:], packet.Checksum(append(pseudo, message...)))
	return packet.Build(packet.Ether{Src: mac, Dst: packet.MAC{0x33, 0x33}}, packet.IP{Src: src, Dst: dst, TTL: 1}, packet.Raw{Proto: 0, Payload: payload})
}
