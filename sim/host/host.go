// Package host is the machines on the ports: addresses (asked for by DHCP, or taken from routers), routes, neighbours, ping,
// UDP, TCP, and HTTP served and asked for, with frames as a Linux machine sends them.
//
//	vm1, err := host.New(host.Config{Name: "vm1", MAC: mac, Addresses: prefixes, HTTP: map[uint16]string{8000: "i am vm1\n"}}, wire)
//	fetch := vm1.Get(now, host.Request{URL: "http://172.16.255.62:8000", Timeout: 2 * time.Second})
//	… the caller delivers frames with Receive and calls Wake in time …
//	fmt.Println(fetch)
//
// A host has no clock and starts nothing by itself: every call brings the time, and what follows from it happens before the
// call returns. What Linux draws at random (ports, sequence numbers) depends on the seed alone.
package host

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"ovnsim/sim/packet"
)

// Wire is where a host's frames go, and what calls it back.
type Wire interface {
	// Send takes a frame that leaves the host at the time now. It may not call the host.
	Send(now time.Duration, frame []byte)
	// WakeAt asks for a call of Wake at the time at. More calls, and earlier ones, do no harm.
	WakeAt(at time.Duration)
}

// Config is what a machine is.
type Config struct {
	Name      string
	MAC       packet.MAC
	Addresses []netip.Prefix    // each with the length of its connected subnet
	Routes    []Route           // beyond the connected ones
	HTTP      map[uint16]string // ports on which an HTTP server answers with the text
	UDP       map[uint16]string // ports on which datagrams are answered with the text, the datagram behind it
	MTU       int               // 0 means 1500
	Seed      uint64

	// Lost is told of packets that the machine would send and cannot: the way of an answer that never comes. May be nil.
	Lost func(now time.Duration, l Lost)
}

// Lost is a packet that never left its machine.
type Lost struct {
	Packet *packet.Packet // without an Ethernet destination
	Why    Stop           // NoRoute or NoNeighbour
}

// Route is a static route.
type Route struct {
	Prefix netip.Prefix
	Via    netip.Addr // a gateway in a connected subnet; invalid for a prefix that is on the link itself
}

// String prints the route as ip route does.
func (r Route) String() string {
	name := r.Prefix.String()
	if r.Prefix.Bits() == 0 {
		name = "default"
	}
	if !r.Via.IsValid() {
		return name + " dev eth0"
	}
	return name + " via " + r.Via.String()
}

// Host is a machine. Use New.
type Host struct {
	config     Config
	wire       Wire
	now        time.Duration
	timers     timers
	addresses  []netip.Prefix // link-local ones included
	routes     []Route        // static ones
	neighbours map[netip.Addr]*neighbour
	conns      map[flow]*conn
	listeners  map[uint16]string
	acceptors  map[uint16]func(*Stream) func()
	asks       map[uint16]*Ask
	pings      map[uint16]*Ping
	lease      *Lease // that is being asked for
	leased     *Lease // that it has
	lease6     *Lease6
	listensTo  func(Router) // who asked for routers; nil: nobody
	ipv6       bool         // it has a link-local address even without other IPv6 addresses
	parts      map[partKey][]*packet.Packet
	loop       [][]byte // frames to itself
	draws      uint64
	ipIDs      uint16
	lastPort   uint16
	wakeAt     time.Duration // asked of the wire
}

// ErrConfig is in every error about a machine that cannot be.
var ErrConfig = errors.New("host")

// New makes a machine.
func New(c Config, wire Wire) (*Host, error) {
	if c.MAC.Multicast() || c.MAC == (packet.MAC{}) {
		return nil, fmt.Errorf("%w %s: %s is no machine's MAC address", ErrConfig, c.Name, c.MAC)
	}
	if c.MTU == 0 {
		c.MTU = 1500
	}
	if c.MTU < 576 || c.MTU > 65535-64 {
		return nil, fmt.Errorf("%w %s: an MTU of %d", ErrConfig, c.Name, c.MTU)
	}
	h := &Host{config: c, wire: wire, addresses: slices.Clone(c.Addresses), neighbours: map[netip.Addr]*neighbour{}, conns: map[flow]*conn{},
		listeners: map[uint16]string{}, asks: map[uint16]*Ask{}, pings: map[uint16]*Ping{}, parts: map[partKey][]*packet.Packet{}}
	for port, body := range c.HTTP {
		h.listeners[port] = body
	}
	six := false
	for _, a := range c.Addresses {
		if !a.IsValid() {
			return nil, fmt.Errorf("%w %s: an address without its subnet", ErrConfig, c.Name)
		}
		six = six || a.Addr().Is6()
	}
	if six {
		h.addresses = append(h.addresses, netip.PrefixFrom(linkLocal(c.MAC), 64))
	}
	for _, r := range c.Routes {
		if err := h.AddRoute(r); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// linkLocal is the IPv6 address that a machine has by its MAC address (RFC 4291, appendix A).
func linkLocal(m packet.MAC) netip.Addr {
	return netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 8: m[0] ^ 2, 9: m[1], 10: m[2], 11: 0xff, 12: 0xfe, 13: m[3], 14: m[4], 15: m[5]})
}

// Name is the machine's name.
func (h *Host) Name() string { return h.config.Name }

// MAC is the machine's Ethernet address.
func (h *Host) MAC() packet.MAC { return h.config.MAC }

// Addresses are the machine's addresses with their subnets, IPv6 link-local last.
func (h *Host) Addresses() []netip.Prefix { return slices.Clone(h.addresses) }

// Serve starts an HTTP server on the port that answers with the text, or changes the text of one.
func (h *Host) Serve(port uint16, body string) { h.listeners[port] = body }

// Stop stops the HTTP server on the port: connections to it are refused from now on. It tells whether there was one.
func (h *Host) Stop(port uint16) bool {
	_, ok := h.listeners[port]
	delete(h.listeners, port)
	return ok
}

// Wake lets the machine do what is due at the time now.
func (h *Host) Wake(now time.Duration) {
	h.now = now
	h.timers.fire(now)
	h.settle()
}

// Next is the time at which the machine wants to be woken; ok is false when it has nothing in mind.
func (h *Host) Next() (at time.Duration, ok bool) { return h.timers.next() }

// Receive takes a frame from the wire.
func (h *Host) Receive(now time.Duration, frame []byte) {
	h.now = now
	h.take(frame)
	h.settle()
}

// settle delivers what the machine sent to itself, until nothing is left.
func (h *Host) settle() {
	for len(h.loop) > 0 {
		frame := h.loop[0]
		h.loop = h.loop[1:]
		h.take(frame)
	}
	at, ok := h.timers.next()
	if ok && (h.wakeAt <= h.now || at < h.wakeAt) { // else it will be woken in time, and ask again
		h.wakeAt = at
		h.wire.WakeAt(at)
	}
}

// lose reports a packet that cannot leave.
func (h *Host) lose(frame []byte, why Stop) {
	if h.config.Lost == nil {
		return
	}
	if p, err := packet.Decode(frame); err == nil {
		h.config.Lost(h.now, Lost{p, why})
	}
}

func (h *Host) take(frame []byte) {
	var p packet.Packet
	if p.Decode(frame) != nil {
		return
	}
	to := packet.MACOf(packet.EthDst.Get64(&p.Key))
	if to != h.config.MAC && !to.Multicast() || packet.VLANTCI.Get64(&p.Key) != 0 {
		return // another machine's, or another network's
	}
	switch {
	case packet.EthType.Get64(&p.Key) == packet.TypeARP:
		h.takeARP(&p)
	case p.IsIP() && (h.mine(p.Dst()) || h.forLease(&p)):
		h.takeIP(&p)
	}
}

// mine tells whether packets to the address are for this machine.
func (h *Host) mine(a netip.Addr) bool {
	if a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return true
	}
	return h.has(a)
}

// has tells whether the address is one of the machine's own.
func (h *Host) has(a netip.Addr) bool {
	return a.IsLoopback() || slices.ContainsFunc(h.addresses, func(p netip.Prefix) bool { return p.Addr() == a })
}

func (h *Host) takeIP(p *packet.Packet) {
	if _, fragment := p.Fragment(); fragment {
		if p = h.reassemble(p); p == nil {
			return
		}
	}
	if !p.Sound() {
		return
	}
	switch proto := p.Proto(); {
	case p.IsICMP():
		h.takeICMP(p)
	case proto == packet.ProtoTCP && p.HasL4():
		h.takeTCP(p)
	case proto == packet.ProtoUDP && p.HasL4():
		h.takeUDP(p)
	}
}

// draw is the next of a sequence of numbers that depends on the seed and the name alone.
func (h *Host) draw() uint64 {
	h.draws++
	return h.hash(h.draws)
}

// hash mixes words with the machine's seed and MAC address.
func (h *Host) hash(words ...uint64) uint64 {
	x := h.config.Seed ^ h.config.MAC.Uint64()<<16
	for _, w := range words {
		x = mix(x ^ w)
	}
	return mix(x)
}

// mix is the finishing step of SplitMix64 (Steele, Lea, Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// partKey is what a packet's fragments have in common.
type partKey struct {
	src, dst netip.Addr
	id       uint32
	proto    uint8
}

// reassemble keeps a fragment until all are there, and then answers the whole packet.
func (h *Host) reassemble(p *packet.Packet) *packet.Packet {
	f, _ := p.Fragment()
	k := partKey{p.Src(), p.Dst(), f.ID, f.Proto}
	keep := *p
	if len(h.parts[k]) == 0 {
		h.timers.at(h.now+30*time.Second, func() { delete(h.parts, k) })
	}
	h.parts[k] = append(h.parts[k], &keep)
	slices.SortFunc(h.parts[k], func(a, b *packet.Packet) int {
		x, _ := a.Fragment()
		y, _ := b.Fragment()
		return x.Start - y.Start
	})
	whole, err := packet.Reassemble(h.parts[k])
	if err != nil {
		return nil
	}
	delete(h.parts, k)
	return whole
}
