package reply

import (
	"encoding/binary"
	"net/netip"

	"ovnsim/sim/packet"
)

// broadcast is everybody on an Ethernet.
var broadcast = packet.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// Ask asks everybody for a neighbour's MAC, by ARP or by neighbour discovery, in the name of one address.
func Ask(from packet.MAC, src, target netip.Addr) []byte {
	if target.Is4() {
		return packet.BuildARP(packet.Ether{Src: from, Dst: broadcast}, packet.ARP{Op: 1, SHA: from, SPA: src, TPA: target})
	}
	group := solicitedNode(target)
	return discovery(ends{from: from, to: groupMAC(group), src: src, dst: group}, packet.ICMP{Type: neighborAsk}, target, sourceLink, from)
}

// Announcement tells everybody where an IPv4 address is: a question for itself (RFC 5227, section 3).
func Announcement(mac packet.MAC, addr netip.Addr) []byte { return Ask(mac, addr, addr) }

// reverseARP is the type of RARP frames, and the question for oneself (RFC 903).
const (
	reverseARP    = 0x8035
	reverseAsking = 3
)

// Presence tells switches where a MAC is that has no address: a reverse ARP question of its own.
func Presence(mac packet.MAC) []byte {
	b := append(append([]byte{}, broadcast[:]...), mac[:]...)
	b = binary.BigEndian.AppendUint16(b, reverseARP)
	b = append(b, 0, 1, 8, 0, 6, 4, 0, reverseAsking) // Ethernet and IPv4
	b = append(append(b, mac[:]...), 0, 0, 0, 0)
	return append(append(b, mac[:]...), 0, 0, 0, 0)
}
