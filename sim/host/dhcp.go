package host

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"ovnsim/sim/packet"
)

// Lease is what a machine asks a DHCP server for (RFC 2131). Its results are read when Done. A lease is not renewed, and
// does not run out.
type Lease struct {
	Interval time.Duration // until it asks again; where not given, 3 s, then twice as long each time, up to 15 s
	Tries    int           // how often it asks; where not given, for a minute
	Told     func(LeaseEvent)

	Address  netip.Prefix // the zero Prefix where nobody gave one
	Server   netip.Addr
	Routes   []Route      // to everywhere, or those of option 121 (RFC 3442)
	DNS      []netip.Addr // option 6
	Hostname string       // option 12
	Domain   string       // option 15
	MTU      int          // option 26, 0 for none
	Time     time.Duration
	Done     bool

	xid     uint32
	tried   int
	chosen  bool // an offer was taken; the server is asked for it
	waiting *timer
	until   time.Duration
}

// LeaseEvent is a message of the exchange, sent or received.
type LeaseEvent struct {
	Type    packet.DHCPType
	Address netip.Addr    // what it is about, the zero Addr for nothing
	Server  netip.Addr    // who sent it, or is asked
	Again   time.Duration // of messages sent: when the next one follows if nobody answers
}

// The ports of DHCP.
const (
	dhcpClient = 68
	dhcpServer = 67
)

// Options (RFC 2132; 121 is RFC 3442).
const (
	dhcpMask       = 1
	dhcpRouter     = 3
	dhcpDNS        = 6
	dhcpHostname   = 12
	dhcpDomain     = 15
	dhcpMTU        = 26
	dhcpRequestIP  = 50
	dhcpLeaseTime  = 51
	dhcpServerID   = 54
	dhcpParameters = 55
	dhcpRoutes     = 121
)

// dhcpAsked is the options that the client asks for, as ISC's dhclient does.
var dhcpAsked = []byte{1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42}

// Lease asks for an address. What the server gives takes the place of the machine's other IPv4 addresses and of their routes.
func (h *Host) Lease(now time.Duration, want Lease) *Lease {
	h.now = now
	if h.lease != nil {
		h.EndLease(h.lease)
	}
	l := &want
	l.xid, l.until = uint32(h.draw()), now+time.Minute
	h.lease = l
	h.discover(l)
	h.settle()
	return l
}

// EndLease stops asking.
func (h *Host) EndLease(l *Lease) {
	l.waiting.stop()
	l.Done = true
	if h.lease == l {
		h.lease = nil
	}
}

func (l *Lease) tell(e LeaseEvent) {
	if l.Told != nil {
		l.Told(e)
	}
}

// discover looks for servers, again and again at growing intervals (RFC 2131 section 4.1, without its chance).
func (h *Host) discover(l *Lease) {
	if l.chosen = false; l.Tries > 0 && l.tried == l.Tries || l.Tries == 0 && h.now >= l.until {
		h.EndLease(l)
		return
	}
	again := l.Interval
	if again == 0 {
		again = min(3*time.Second<<min(l.tried, 3), 15*time.Second, l.until-h.now)
	}
	l.tried++
	l.tell(LeaseEvent{Type: packet.DHCPDiscover, Again: again})
	h.broadcastDHCP(l, packet.DHCPDiscover)
	l.waiting = h.timers.at(h.now+again, func() { h.discover(l) })
}

// takeOffer asks a server for what it has offered.
func (h *Host) takeOffer(l *Lease) {
	l.chosen = true
	again := orElse(l.Interval, 3*time.Second)
	l.tell(LeaseEvent{Type: packet.DHCPRequest, Address: l.Address.Addr(), Server: l.Server, Again: again})
	h.broadcastDHCP(l, packet.DHCPRequest, packet.DHCPOption{Code: dhcpServerID, Data: l.Server.AsSlice()},
		packet.DHCPOption{Code: dhcpRequestIP, Data: l.Address.Addr().AsSlice()})
	l.waiting = h.timers.at(h.now+again, func() {
		l.Address = netip.Prefix{}
		h.discover(l)
	})
}

// broadcastDHCP sends a message to whoever serves, from no address: the machine has none that it could use.
func (h *Host) broadcastDHCP(l *Lease, kind packet.DHCPType, more ...packet.DHCPOption) {
	m := packet.DHCP{XID: l.xid, MAC: h.config.MAC, Type: kind, Options: append(more, packet.DHCPOption{Code: dhcpParameters, Data: dhcpAsked})}
	everybody := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	h.wire.Send(h.now, packet.Build(packet.Ether{Src: h.config.MAC, Dst: packet.Broadcast},
		packet.IP{Src: netip.IPv4Unspecified(), Dst: everybody, TTL: 128, TOS: 0x10},
		packet.UDP{Src: dhcpClient, Dst: dhcpServer, Payload: m.Bytes()}))
}

// forLease tells whether a packet may be a server's answer. It comes to an address that the machine does not have yet.
func (h *Host) forLease(p *packet.Packet) bool {
	return h.lease != nil && p.Is4() && p.Proto() == packet.ProtoUDP && p.HasL4() && p.Tuple().DstPort == dhcpClient
}

// takeDHCP reads an answer: the first offer is taken.
func (h *Host) takeDHCP(p *packet.Packet) {
	l := h.lease
	m, err := packet.ParseDHCP(p.Payload())
	if err != nil || !m.Reply || m.XID != l.xid || m.MAC != h.config.MAC {
		return
	}
	server := p.Src()
	for _, o := range m.Options {
		if o.Code == dhcpServerID && len(o.Data) == 4 {
			server = netip.AddrFrom4([4]byte(o.Data))
		}
	}
	kind, offered := m.Type, m.Yours
	switch {
	case kind == packet.DHCPOffer && !l.chosen && offered.IsValid():
		l.tell(LeaseEvent{Type: kind, Address: offered, Server: server})
		l.waiting.stop()
		l.Server, l.Address = server, netip.PrefixFrom(offered, 32)
		h.takeOffer(l)
	case kind == packet.DHCPAck && l.chosen && offered.IsValid() && server == l.Server:
		l.tell(LeaseEvent{Type: kind, Address: offered, Server: server})
		l.read(offered, m.Options)
		h.bind(l)
		h.EndLease(l)
	case kind == packet.DHCPNak && l.chosen:
		l.tell(LeaseEvent{Type: kind, Server: server})
		l.waiting.stop()
		l.Address = netip.Prefix{}
		h.discover(l)
	}
}

// read takes over what an acknowledgment says.
func (l *Lease) read(address netip.Addr, options []packet.DHCPOption) {
	bits, router := classBits(address), netip.Addr{}
	var classless []Route
	for _, o := range options {
		switch d := o.Data; {
		case o.Code == dhcpMask && len(d) == 4:
			bits = leadingOnes(binary.BigEndian.Uint32(d))
		case o.Code == dhcpRouter && len(d) >= 4:
			router = netip.AddrFrom4([4]byte(d))
		case o.Code == dhcpDNS:
			for ; len(d) >= 4; d = d[4:] {
				l.DNS = append(l.DNS, netip.AddrFrom4([4]byte(d)))
			}
		case o.Code == dhcpHostname:
			l.Hostname = string(d)
		case o.Code == dhcpDomain:
			l.Domain = string(d)
		case o.Code == dhcpMTU && len(d) == 2:
			l.MTU = int(binary.BigEndian.Uint16(d))
		case o.Code == dhcpLeaseTime && len(d) == 4:
			l.Time = time.Duration(binary.BigEndian.Uint32(d)) * time.Second
		case o.Code == dhcpRoutes:
			classless = classlessRoutes(d)
		}
	}
	l.Address = netip.PrefixFrom(address, bits)
	switch {
	case classless != nil: // then the router counts for nothing
		l.Routes = classless
	case router.IsValid():
		l.Routes = []Route{{netip.PrefixFrom(netip.IPv4Unspecified(), 0), router}}
	}
}

// bind puts a lease in force.
func (h *Host) bind(l *Lease) {
	h.leased = l
	h.SetAddresses(append(slices.DeleteFunc(h.Addresses(), func(a netip.Prefix) bool { return a.Addr().Is4() }), l.Address))
	for _, r := range l.Routes {
		_ = h.AddRoute(r) // one that leads nowhere is left out, as dhclient's script leaves it
	}
	if l.MTU != 0 {
		h.SetMTU(l.MTU)
	}
}

// Leased is the lease that the machine has, nil for none.
func (h *Host) Leased() *Lease { return h.leased }

// goodbye is how long an address stays once its lease is given back, so that the message can leave.
const goodbye = 100 * time.Millisecond

// Release gives the machine's lease back: the server is told, and the address goes a moment later. It tells whether there
// was a lease.
func (h *Host) Release(now time.Duration) (l *Lease, ok bool) {
	h.now = now
	if l = h.leased; l == nil {
		return nil, false
	}
	h.leased = nil
	m := packet.DHCP{XID: uint32(h.draw()), Client: l.Address.Addr(), MAC: h.config.MAC, Type: packet.DHCPRelease,
		Options: []packet.DHCPOption{{Code: dhcpServerID, Data: l.Server.AsSlice()}}}
	_ = h.send(packet.IP{Src: l.Address.Addr(), Dst: l.Server, ID: h.nextID()},
		packet.UDP{Src: dhcpClient, Dst: dhcpServer, Payload: m.Bytes()}, nil) // nobody waits for an answer
	h.timers.at(now+goodbye, func() {
		h.SetAddresses(slices.DeleteFunc(h.Addresses(), func(a netip.Prefix) bool { return a == l.Address }))
	})
	h.settle()
	return l, true
}

// classBits is the length of an address's network where nothing says it (RFC 791).
func classBits(a netip.Addr) int {
	switch first := a.As4()[0]; {
	case first < 128:
		return 8
	case first < 192:
		return 16
	}
	return 24
}

// leadingOnes is the length of a mask; what follows its first zero does not count.
func leadingOnes(mask uint32) (n int) {
	for ; mask&(1<<31) != 0; mask <<= 1 {
		n++
	}
	return n
}

// classlessRoutes reads option 121: lengths, the bytes of the prefixes that these leave, and gateways.
func classlessRoutes(d []byte) (out []Route) {
	for len(d) > 0 && d[0] <= 32 {
		n := (int(d[0]) + 7) / 8
		if len(d) < 1+n+4 {
			return out
		}
		var net [4]byte
		copy(net[:], d[1:1+n])
		r := Route{Prefix: netip.PrefixFrom(netip.AddrFrom4(net), int(d[0])).Masked(), Via: netip.AddrFrom4([4]byte(d[1+n:]))}
		if r.Via.IsUnspecified() {
			r.Via = netip.Addr{} // on the link itself
		}
		out = append(out, r)
		d = d[1+n+4:]
	}
	return out
}
