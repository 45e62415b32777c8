package host

import (
	"fmt"
	"net/netip"
	"time"

	"ovnsim/sim/packet"
)

// Ask is a datagram sent, and the answer waited for. Its results are read when Done.
type Ask struct {
	To      netip.AddrPort
	From    netip.AddrPort // the machine's choice where not given
	Payload string
	TTL     uint8 // 64 where not given
	Timeout time.Duration

	Reply  string
	Stop   Stop
	Detail string // an ICMP error, or where a reply came from that was not asked
	Error  ICMPError
	Took   time.Duration
	Done   bool

	began   time.Duration
	waiting *timer
}

// ICMPError is an ICMP or ICMPv6 error that came for a datagram.
type ICMPError struct {
	From       netip.Addr // not valid for none
	Type, Code uint8
}

// Ask sends a datagram and waits, by default a second, for one back from where it was sent to.
func (h *Host) Ask(now time.Duration, want Ask) *Ask {
	h.now = now
	a := &want
	a.Timeout, a.began = orElse(a.Timeout, time.Second), now
	port := a.From.Port()
	if port == 0 {
		port = h.freePort(func(p uint16) bool { return h.asks[p] == nil })
	}
	src := a.From.Addr()
	if !src.IsValid() {
		_, src, _ = h.way(a.To.Addr())
	}
	a.From = netip.AddrPortFrom(src, port)
	h.asks[port] = a
	err := h.send(packet.IP{Src: src, Dst: a.To.Addr(), TTL: a.TTL, DF: len(a.Payload)+28 <= h.config.MTU, ID: h.nextID()},
		packet.UDP{Src: port, Dst: a.To.Port(), Payload: []byte(a.Payload)}, func(why Stop) { h.endAsk(a, why) })
	if err != nil {
		h.endAsk(a, NoRoute)
	}
	if !a.Done {
		a.waiting = h.timers.at(now+a.Timeout, func() { h.endAsk(a, NoAnswer) })
	}
	h.settle()
	return a
}

func (h *Host) endAsk(a *Ask, why Stop) {
	a.waiting.stop()
	if h.asks[a.From.Port()] == a {
		delete(h.asks, a.From.Port())
	}
	a.Done, a.Stop, a.Took = true, why, h.now-a.began
}

// String prints the result: `10.0.0.2:53: "an answer"` or how far it came.
func (a *Ask) String() string {
	switch {
	case a.Stop == Answered:
		return fmt.Sprintf("%s: %q", a.To, a.Reply)
	case a.Detail != "":
		return fmt.Sprintf("%s: %s (%s)", a.To, a.Stop, a.Detail)
	}
	return fmt.Sprintf("%s: %s", a.To, a.Stop)
}

func (h *Host) takeUDP(p *packet.Packet) {
	t := p.Tuple()
	if h.forLease(p) {
		h.takeDHCP(p)
		return
	}
	if h.lease6 != nil && p.Is6() && t.DstPort == dhcp6Client {
		h.takeDHCP6(p)
		return
	}
	if a := h.asks[t.DstPort]; a != nil {
		h.takeReply(a, p)
		return
	}
	name, ok := h.config.UDP[t.DstPort]
	switch {
	case ok && h.has(t.Dst):
		_ = h.send(packet.IP{Src: t.Dst, Dst: t.Src, DF: true, ID: h.nextID()},
			packet.UDP{Src: t.DstPort, Dst: t.SrcPort, Payload: append([]byte(name), p.Payload()...)}, nil)
	case h.has(t.Dst):
		h.portUnreachable(p)
	}
}

// takeReply gives a datagram to a socket that waits. The socket is connected: from elsewhere it takes nothing.
func (h *Host) takeReply(a *Ask, p *packet.Packet) {
	t := p.Tuple()
	if from := netip.AddrPortFrom(t.Src, t.SrcPort); from != a.To || t.Dst != a.From.Addr() {
		a.Detail = fmt.Sprintf("an answer came from %s", from)
		h.portUnreachable(p)
		return
	}
	a.Reply = string(p.Payload())
	h.endAsk(a, Answered)
}

// portUnreachable complains about a packet to a port where nobody listens, with as much of it as Linux sends: the whole
// error is at most 576 bytes long, for IPv6 1280.
func (h *Host) portUnreachable(p *packet.Packet) {
	whole := p.Frame()[14 : 14+p.IPLen()] // machines get no tagged frames
	m := packet.ICMP{Type: 3, Code: 3, Payload: whole[:min(len(whole), 576-28)]}
	ip := packet.IP{Src: p.Dst(), Dst: p.Src(), TOS: 0xc0, ID: h.nextID()}
	if p.Is6() {
		m.Type, m.Code, m.Payload, ip.TOS = 1, 4, whole[:min(len(whole), 1280-48)], 0
	}
	_ = h.send(ip, m, nil)
}

// freePort picks a port as Linux does for connect: even ones out of 32768 to 60999, not far apart one after the other.
func (h *Host) freePort(free func(uint16) bool) uint16 {
	const low, high = 32768, 60998
	for {
		if h.lastPort == 0 {
			h.lastPort = low + uint16(h.hash(2)%((high-low)/2))*2
		}
		h.lastPort += 2 + uint16(h.draw()%8)*2
		if h.lastPort < low || h.lastPort > high {
			h.lastPort = low
		}
		if free(h.lastPort) {
			return h.lastPort
		}
	}
}
