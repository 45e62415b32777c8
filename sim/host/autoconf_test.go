package host

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"ovnsim/sim/packet"
)

// advertise sends a machine an advertisement.
func advertise(h *Host, from string, ttl uint8, body []byte) {
	h.Receive(0, packet.Build(packet.Ether{Src: packet.MAC{2, 9}, Dst: h.MAC()},
		packet.IP{Src: netip.MustParseAddr(from), Dst: linkLocal(h.MAC()), TTL: ttl},
		packet.ICMP{Type: routerAdvertisement, Rest: uint32(body[0])<<24 | uint32(body[1])<<16 | uint32(body[2])<<8 | uint32(body[3]), Payload: body[4:]}))
}

// ra is an advertisement's header and options.
func ra(lifetime byte, options ...[]byte) []byte {
	out := []byte{64, 0, 0, lifetime, 0, 0, 0, 0, 0, 0, 0, 0}
	for _, o := range options {
		out = append(out, o...)
	}
	return out
}

// prefixOption is fd00:1::/64, or as long as it says.
func prefixOption(bits, flags, valid byte) []byte {
	return []byte{ndPrefix, 4, bits, flags, 0, 0, 0, valid, 0, 0, 0, valid, 0, 0, 0, 0, 0xfd, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
}

func TestAdvertisements(t *testing.T) {
	const router, own = "fe80::9", "fe80::ff:fe00:1/64"
	for _, c := range []struct {
		name, from string
		ttl        uint8
		body       []byte
		has        []string
		route      bool // a way to everywhere
		mtu        int
		heard      bool
	}{
		{"a prefix and a router", router, 255, ra(9, prefixOption(64, 0xc0, 9)), []string{"fd00:1::ff:fe00:1/64", own}, true, 1500, true},
		{"no addresses to choose", router, 255, ra(9, prefixOption(64, 0x80, 9)), []string{own}, true, 1500, true},
		{"a prefix too long", router, 255, ra(9, prefixOption(65, 0xc0, 9)), []string{own}, true, 1500, true},
		{"a prefix that has run out", router, 255, ra(9, prefixOption(64, 0xc0, 0)), []string{own}, true, 1500, true},
		{"no default router", router, 255, ra(0, prefixOption(64, 0xc0, 9)), []string{"fd00:1::ff:fe00:1/64", own}, false, 1500, true},
		{"a smaller MTU", router, 255, ra(9, []byte{ndMTU, 1, 0, 0, 0, 0, 5, 120}), []string{own}, true, 1400, true},
		{"an MTU that is none", router, 255, ra(9, []byte{ndMTU, 1, 0, 0, 0, 0, 1, 0}), []string{own}, true, 1500, true},
		{"from farther away", router, 254, ra(9, prefixOption(64, 0xc0, 9)), []string{own}, false, 1500, false},
		{"from no link-local address", "fd00::9", 255, ra(9, prefixOption(64, 0xc0, 9)), []string{own}, false, 1500, false},
		{"an option without length", router, 255, ra(9, []byte{ndMTU, 0, 0, 0, 0, 0, 5, 120}), []string{own}, true, 1500, true},
	} {
		w := newWorld(t)
		h := w.add("a", "", nil)
		heard := false
		h.Solicit(0, func(Router) { heard = true })
		assert.Equal(t, []string{"0s a ttl 255 fe80::ff:fe00:1 > ff02::2 icmp6 type 133 code 0 id 0 len 8"}, w.log[:1])
		advertise(h, c.from, c.ttl, c.body)
		var has []string
		for _, a := range h.Addresses() {
			has = append(has, a.String())
		}
		assert.Equal(t, c.has, has, c.name)
		_, _, ok := h.way(netip.MustParseAddr("2001:db8::1"))
		assert.Equal(t, c.route, ok, c.name)
		assert.Equal(t, c.mtu, h.MTU(), c.name)
		assert.Equal(t, c.heard, heard, c.name)
	}
}

// TestNobodyAsked has a machine that never asked for routers: it takes nothing from them.
func TestNobodyAsked(t *testing.T) {
	w := newWorld(t)
	h := w.add("a", "fd00::1/64", nil)
	advertise(h, "fe80::9", 255, ra(9, prefixOption(64, 0xc0, 9)))
	assert.Len(t, h.Addresses(), 2)
}

// server6 answers what a machine sends with an address, or not.
func server6(w *world, h *Host, answers []byte) (heard []byte) {
	read := 0
	for at := time.Duration(0); h.lease6 != nil && at < time.Minute; at += 100 * time.Millisecond {
		w.run(at)
		for ; read < len(w.frames["a"]); read++ {
			p, _ := packet.Decode(w.frames["a"][read])
			if p.Proto() != packet.ProtoUDP {
				continue
			}
			heard = append(heard, p.Payload()[0])
			if len(answers) == 0 {
				continue
			}
			kind := answers[0]
			answers = answers[1:]
			if kind == 0 {
				continue
			}
			b := append([]byte{kind}, p.Payload()[1:4]...)
			address := netip.MustParseAddr("fd00::21").As16()
			b = option6(b, dhcp6IANA, append(make([]byte, 12), option6(nil, dhcp6IAAddr, append(address[:], make([]byte, 8)...))...))
			b = option6(b, dhcp6ServerID, []byte{0, 3, 0, 1, 2, 9, 0, 0, 0, 0})
			b = option6(b, dhcp6DNS, address[:])
			b = option6(b, dhcp6Domains, []byte("\x03ovn\x03org\x00"))
			h.Receive(w.now, packet.Build(packet.Ether{Src: packet.MAC{2, 9}, Dst: h.MAC()},
				packet.IP{Src: netip.MustParseAddr("fe80::9"), Dst: linkLocal(h.MAC()), TTL: 64}, packet.UDP{Src: dhcp6Server, Dst: dhcp6Client, Payload: b}))
		}
	}
	return heard
}

func TestLease6(t *testing.T) {
	for _, c := range []struct {
		name           string
		answers, heard []byte
		has            bool
	}{
		{"offered and given", []byte{DHCP6Advertise, DHCP6Reply}, []byte{DHCP6Solicit, DHCP6Request}, true},
		{"a lost offer", []byte{0, DHCP6Advertise, DHCP6Reply}, []byte{DHCP6Solicit, DHCP6Solicit, DHCP6Request}, true},
		{"a lost reply", []byte{DHCP6Advertise, 0, DHCP6Advertise, DHCP6Reply}, []byte{DHCP6Solicit, DHCP6Request, DHCP6Solicit, DHCP6Request}, true},
		{"a reply that nobody asked for", []byte{DHCP6Reply}, []byte{DHCP6Solicit, DHCP6Solicit, DHCP6Solicit, DHCP6Solicit, DHCP6Solicit}, false},
		{"nobody", nil, []byte{DHCP6Solicit, DHCP6Solicit, DHCP6Solicit, DHCP6Solicit, DHCP6Solicit}, false},
	} {
		w := newWorld(t)
		h := w.add("a", "", nil)
		l := h.Lease6(0, Lease6{})
		assert.Equal(t, c.heard, server6(w, h, c.answers), c.name)
		assert.True(t, l.Done, c.name)
		assert.Equal(t, c.has, l.Address.IsValid(), c.name)
		assert.Equal(t, c.has, h.has(netip.MustParseAddr("fd00::21")), c.name)
		if c.has {
			assert.Equal(t, "ovn.org", l.Domain, c.name)
			assert.Len(t, l.DNS, 1, c.name)
		}
	}
}

// FuzzAutoconf throws advertisements and DHCPv6 answers at a machine that asks.
func FuzzAutoconf(f *testing.F) {
	f.Add(ra(9, prefixOption(64, 0xc0, 9), []byte{ndMTU, 1, 0, 0, 0, 0, 5, 120}), true)
	f.Add([]byte{0, 3, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 24, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 7, 0, 24, 0, 3, 1, 65, 0}, false)
	f.Fuzz(func(t *testing.T, b []byte, advertised bool) {
		w := newWorld(t)
		h := w.add("a", "", nil)
		h.Solicit(0, func(Router) {})
		l := h.Lease6(0, Lease6{})
		if advertised && len(b) >= 4 {
			advertise(h, "fe80::9", 255, b)
		}
		for _, kind := range []byte{DHCP6Advertise, DHCP6Reply} {
			h.Receive(0, packet.Build(packet.Ether{Src: packet.MAC{2, 9}, Dst: h.MAC()},
				packet.IP{Src: netip.MustParseAddr("fe80::9"), Dst: linkLocal(h.MAC()), TTL: 64},
				packet.UDP{Src: dhcp6Server, Dst: dhcp6Client, Payload: append(append([]byte{kind}, l.id[:]...), b...)}))
		}
		w.run(2 * time.Minute)
		if !l.Done {
			t.Fatal("it asks for ever")
		}
	})
}
