package host

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"ovnsim/sim/packet"
)

// Router is a router advertisement as a machine understood it (RFC 4861, RFC 4862). A machine that has asked for routers
// goes on to listen to them: it takes an address in each prefix that it may, and the first router as the way to everywhere.
// What it was given does not run out.
type Router struct {
	Addr     netip.Addr // link-local
	MAC      packet.MAC // as the advertisement says it; the zero MAC where it does not
	HopLimit uint8
	Flags    uint8         // RAManaged and the like
	Lifetime time.Duration // as a way to everywhere; 0: none
	MTU      uint32        // 0 for none

	Reachable, Retransmit time.Duration // 0 for what the machine likes

	Prefixes []RouterPrefix
	DNS      []netip.Addr // RFC 8106
}

// RouterPrefix is a prefix of an advertisement.
type RouterPrefix struct {
	Prefix           netip.Prefix
	OnLink, Auto     bool // the prefix is that of the link; machines may choose addresses in it
	Valid, Preferred time.Duration
}

// Flags of advertisements (RFC 4861 section 4.2, RFC 4191, RFC 4389, RFC 6275).
const (
	RAManaged = 0x80 // addresses are to be asked for by DHCPv6
	RAOther   = 0x40 // other things are
	RAHome    = 0x20 // the router is a home agent
	RAHigh    = 0x08 // preference: high; with the next one, low
	RALow     = 0x10
	RAProxy   = 0x04
)

// ICMPv6 messages of neighbour discovery, and their options.
const (
	routerSolicitation  = 133
	routerAdvertisement = 134

	ndSourceMAC = 1
	ndPrefix    = 3
	ndMTU       = 5
	ndDNS       = 25
)

// Solicit asks for routers: told is called for every advertisement from now on. A machine without IPv6 addresses gets its
// link-local one.
func (h *Host) Solicit(now time.Duration, told func(Router)) {
	h.now, h.listensTo = now, told
	h.useIPv6()
	body := append([]byte{ndSourceMAC, 1}, h.config.MAC[:]...)
	h.multicast(allRouters, packet.ICMP{Type: routerSolicitation, Payload: body}, 255)
	h.settle()
}

// Follow goes on listening to routers without telling anybody.
func (h *Host) Follow() { h.listensTo = func(Router) {} }

var allRouters = netip.MustParseAddr("ff02::2")

// useIPv6 gives the machine its link-local address.
func (h *Host) useIPv6() {
	h.ipv6 = true
	h.SetAddresses(h.Addresses())
}

// multicast sends to a group on the link, from the link-local address.
func (h *Host) multicast(to netip.Addr, up packet.Upper, ttl uint8) {
	mac, _ := groupMAC(to)
	h.wire.Send(h.now, packet.Build(packet.Ether{Src: h.config.MAC, Dst: mac}, packet.IP{Src: linkLocal(h.config.MAC), Dst: to, TTL: ttl}, up))
}

// takeRA takes over what a router advertises, if it is one on the link and the machine has asked for routers.
func (h *Host) takeRA(p *packet.Packet) {
	b := p.Segment()
	if h.listensTo == nil || packet.IPTTL.Get64(&p.Key) != 255 || !p.Src().IsLinkLocalUnicast() || len(b) < 16 {
		return
	}
	r := Router{
		Addr: p.Src(), HopLimit: b[4], Flags: b[5],
		Lifetime:   time.Duration(binary.BigEndian.Uint16(b[6:])) * time.Second,
		Reachable:  time.Duration(binary.BigEndian.Uint32(b[8:])) * time.Millisecond,
		Retransmit: time.Duration(binary.BigEndian.Uint32(b[12:])) * time.Millisecond,
	}
	for b = b[16:]; len(b) >= 8 && b[1] > 0 && len(b) >= 8*int(b[1]); b = b[8*int(b[1]):] {
		r.option(b[:8*int(b[1])])
	}
	h.follow(&r)
	h.listensTo(r)
}

func (r *Router) option(b []byte) {
	seconds := func(at int) time.Duration {
		return time.Duration(binary.BigEndian.Uint32(b[at:])) * time.Second
	}
	switch {
	case b[0] == ndSourceMAC:
		r.MAC = packet.MAC(b[2:8])
	case b[0] == ndMTU:
		r.MTU = binary.BigEndian.Uint32(b[4:])
	case b[0] == ndPrefix && len(b) >= 32 && b[2] <= 128:
		r.Prefixes = append(r.Prefixes, RouterPrefix{
			Prefix: netip.PrefixFrom(netip.AddrFrom16([16]byte(b[16:32])), int(b[2])).Masked(),
			OnLink: b[3]&0x80 != 0, Auto: b[3]&0x40 != 0, Valid: seconds(4), Preferred: seconds(8),
		})
	case b[0] == ndDNS:
		for a := b[8:]; len(a) >= 16; a = a[16:] {
			r.DNS = append(r.DNS, netip.AddrFrom16([16]byte(a)))
		}
	}
}

// follow takes addresses and the way to everywhere from a router.
func (h *Host) follow(r *Router) {
	if r.MAC != (packet.MAC{}) {
		h.learn(r.Addr, r.MAC, false, true)
	}
	for _, p := range r.Prefixes {
		// Interface identifiers have 64 bits (RFC 4862 section 5.5.3).
		if p.Auto && p.Prefix.Bits() == 64 && p.Valid > 0 && p.Preferred <= p.Valid && !p.Prefix.Addr().IsLinkLocalUnicast() {
			h.addAddress(netip.PrefixFrom(inPrefix(p.Prefix, linkLocal(h.config.MAC)), 64))
		}
	}
	everywhere := netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	if r.Lifetime > 0 && !slices.ContainsFunc(h.routes, func(have Route) bool { return have.Prefix == everywhere }) {
		_ = h.AddRoute(Route{everywhere, r.Addr}) // the router is on the link
	}
	if r.MTU >= 1280 {
		h.SetMTU(int(r.MTU))
	}
}

// inPrefix is an interface's address in a prefix of 64 bits.
func inPrefix(p netip.Prefix, own netip.Addr) netip.Addr {
	b, id := p.Addr().As16(), own.As16()
	copy(b[8:], id[8:])
	return netip.AddrFrom16(b)
}

// addAddress adds an address, before the link-local one.
func (h *Host) addAddress(a netip.Prefix) {
	if !h.has(a.Addr()) {
		h.SetAddresses(append(h.Addresses(), a))
	}
}
