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

// Advert is what a router says of itself to all nodes (RFC 4861, 4.2). The zero value of what is not said leaves it out.
type Advert struct {
	MAC        packet.MAC
	Addr       netip.Addr // link-local
	Mode       string     // slaac, dhcpv6_stateful or dhcpv6_stateless
	Preference string     // HIGH, LOW; else medium
	MTU        uint32
	Prefixes   []netip.Prefix
	RDNSS      netip.Addr // a name server
	DNSSL      string     // search list: names between commas
	Routes     string     // HIGH-PREFIX,…
}

// Advertise makes the advertisement that nobody asked for (Logical_Router_Port ipv6_ra_configs:send_periodic).
func Advertise(a Advert) []byte {
	flags := map[string]byte{"dhcpv6_stateful": raManaged, "dhcpv6_stateless": raOther}[a.Mode]
	use := byte(onLink | autonomous)
	if flags == raManaged {
		use = onLink
	}
	flags |= map[string]byte{"HIGH": raHigh, "LOW": raLow}[a.Preference]
	b := appendSource(make([]byte, 8), a.MAC) // behind the times, which are not said
	if a.MTU > 0 {
		b = appendMTU(b, a.MTU)
	}
	for _, p := range a.Prefixes {
		b = appendPrefix(b, p.Addr().As16(), byte(p.Bits()), use)
	}
	if a.RDNSS.IsValid() {
		b = appendRDNSS(b, a.RDNSS.As16())
	}
	if a.DNSSL != "" {
		b = appendDNSSL(b, a.DNSSL)
	}
	b = appendRoutes(b, a.Routes)
	all := netip.IPv6LinkLocalAllNodes()
	return packet.Build(packet.Ether{Src: a.MAC, Dst: groupMAC(all)}, packet.IP{Src: a.Addr, Dst: all, TTL: 255},
		packet.ICMP{Type: routerAdvert, Rest: raHopLimit<<24 | uint32(flags)<<16 | raLifetime, Payload: b})
}
