package host

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/sim/packet"
)

// testServer is a server on the link that answers with what a test wants.
type testServer struct {
	t       testing.TB
	w       *world
	h       *Host
	read    int
	heard   []packet.DHCPType
	replies []*packet.DHCP // in turn; nil: no answer
	to      [4]byte        // the address that it gives
}

// listen answers what the machine has sent.
func (s *testServer) listen() {
	for ; s.read < len(s.w.frames["a"]); s.read++ {
		p, err := packet.Decode(s.w.frames["a"][s.read])
		require.NoError(s.t, err)
		if p.Proto() != packet.ProtoUDP || p.Tuple().DstPort != 67 {
			continue
		}
		assert.GreaterOrEqual(s.t, len(p.Payload()), 300)
		asked, err := packet.ParseDHCP(p.Payload())
		require.NoError(s.t, err)
		s.heard = append(s.heard, asked.Type)
		if len(s.replies) == 0 {
			continue
		}
		m := s.replies[0]
		s.replies = s.replies[1:]
		if m == nil {
			continue
		}
		m.Reply, m.XID, m.MAC, m.Yours = true, asked.XID, asked.MAC, netip.AddrFrom4(s.to)
		s.h.Receive(s.w.now, packet.Build(packet.Ether{Src: packet.MAC{2, 9}, Dst: s.h.MAC()},
			packet.IP{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.AddrFrom4(s.to), TTL: 64},
			packet.UDP{Src: 67, Dst: 68, Payload: m.Bytes()}))
	}
}

func given(code uint8, data ...byte) packet.DHCPOption {
	return packet.DHCPOption{Code: code, Data: data}
}

func message(kind packet.DHCPType, more ...packet.DHCPOption) *packet.DHCP {
	return &packet.DHCP{Type: kind, Options: append([]packet.DHCPOption{given(dhcpServerID, 10, 0, 0, 1)}, more...)}
}

func TestLease(t *testing.T) {
	const (
		discover, offer, request, ack, nak = packet.DHCPDiscover, packet.DHCPOffer, packet.DHCPRequest, packet.DHCPAck, packet.DHCPNak
	)
	mask, router := given(dhcpMask, 255, 255, 255, 0), given(dhcpRouter, 10, 0, 0, 254)
	for _, c := range []struct {
		name    string
		replies []*packet.DHCP
		heard   []packet.DHCPType
		has     string // the address afterwards
		routes  []string
		took    time.Duration // at least
	}{
		{"address and router", []*packet.DHCP{message(offer), message(ack, mask, router)},
			[]packet.DHCPType{discover, request}, "10.0.0.7/24", []string{"10.0.0.0/24 dev eth0", "default via 10.0.0.254"}, 0},
		{"no mask: that of its class", []*packet.DHCP{message(offer), message(ack)},
			[]packet.DHCPType{discover, request}, "10.0.0.7/8", []string{"10.0.0.0/8 dev eth0"}, 0},
		{"classless routes count instead of the router", []*packet.DHCP{message(offer), message(ack, mask, router,
			given(dhcpRoutes, 16, 192, 168, 10, 0, 0, 9, 32, 169, 254, 169, 254, 10, 0, 0, 2, 0, 10, 0, 0, 3))},
			[]packet.DHCPType{discover, request}, "10.0.0.7/24",
			[]string{"10.0.0.0/24 dev eth0", "192.168.0.0/16 via 10.0.0.9", "169.254.169.254/32 via 10.0.0.2", "default via 10.0.0.3"}, 0},
		{"a router elsewhere is no route", []*packet.DHCP{message(offer), message(ack, mask, given(dhcpRouter, 192, 168, 0, 1))},
			[]packet.DHCPType{discover, request}, "10.0.0.7/24", []string{"10.0.0.0/24 dev eth0"}, 0},
		{"a lost offer", []*packet.DHCP{nil, message(offer), message(ack, mask)},
			[]packet.DHCPType{discover, discover, request}, "10.0.0.7/24", []string{"10.0.0.0/24 dev eth0"}, 3 * time.Second},
		{"a lost acknowledgment", []*packet.DHCP{message(offer), nil, message(offer), message(ack, mask)},
			[]packet.DHCPType{discover, request, discover, request}, "10.0.0.7/24", []string{"10.0.0.0/24 dev eth0"}, 3 * time.Second},
		{"refused", []*packet.DHCP{message(offer), message(nak), message(offer), message(ack, mask)},
			[]packet.DHCPType{discover, request, discover, request}, "10.0.0.7/24", []string{"10.0.0.0/24 dev eth0"}, 0},
		{"an acknowledgment that nobody asked for", []*packet.DHCP{message(ack, mask)},
			[]packet.DHCPType{discover, discover, discover, discover, discover, discover}, "", nil, time.Minute},
		{"nobody", nil, []packet.DHCPType{discover, discover, discover, discover, discover, discover}, "", nil, time.Minute},
	} {
		w := newWorld(t)
		h := w.add("a", "", nil)
		s := &testServer{t: t, w: w, h: h, replies: c.replies, to: [4]byte{10, 0, 0, 7}}
		l := h.Lease(0, Lease{})
		for at := time.Duration(0); !l.Done && at < 2*time.Minute; at += 100 * time.Millisecond {
			w.run(at)
			s.listen()
		}
		assert.True(t, l.Done, c.name)
		assert.Equal(t, c.heard, s.heard, c.name)
		assert.GreaterOrEqual(t, w.now, c.took, c.name)
		has := ""
		for _, a := range h.Addresses() {
			has += a.String()
		}
		assert.Equal(t, c.has, has, c.name)
		var routes []string
		for _, r := range h.Routes() {
			routes = append(routes, r.String())
		}
		assert.Equal(t, c.routes, routes, c.name)
		_, had := h.Release(w.now)
		assert.Equal(t, c.has != "", had, c.name)
		w.run(w.now + time.Second)
		assert.Empty(t, h.Addresses(), c.name)
	}
}

// FuzzLease throws answers at a machine that asks.
func FuzzLease(f *testing.F) {
	f.Add([]byte{53, 1, 2, 54, 4, 10, 0, 0, 1, 255}, byte(2))
	f.Add([]byte{121, 8, 24, 10, 0, 0, 10, 0, 0, 1, 255}, byte(5))
	f.Add([]byte{1, 4, 255, 255, 0, 255, 3, 4, 10, 0, 0, 1, 26, 2, 0, 1}, byte(5))
	f.Fuzz(func(t *testing.T, options []byte, kind byte) {
		w := newWorld(t)
		h := w.add("a", "", nil)
		l := h.Lease(0, Lease{Tries: 2})
		for _, k := range []byte{2, kind} {
			m := packet.DHCP{Reply: true, XID: l.xid, MAC: h.MAC(), Yours: netip.MustParseAddr("10.0.0.7"), Type: packet.DHCPType(k)}
			body := m.Bytes()[:243]
			h.Receive(0, packet.Build(packet.Ether{Src: packet.MAC{2, 9}, Dst: h.MAC()},
				packet.IP{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.7"), TTL: 64},
				packet.UDP{Src: 67, Dst: 68, Payload: append(body, options...)}))
		}
		w.run(time.Minute)
		if !l.Done {
			t.Fatal("it asks for ever")
		}
	})
}
