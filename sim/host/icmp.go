package host

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ovnsim/sim/packet"
)

// takeICMP answers echo requests, hands echo replies to pings, and errors to whom they are about.
func (h *Host) takeICMP(p *packet.Packet) {
	four := p.Is4()
	kind := uint8(packet.L4Src.Get64(&p.Key))
	switch {
	case four && kind == 8, !four && kind == 128:
		h.echo(p, four)
	case four && kind == 0, !four && kind == 129:
		h.takeEchoReply(p)
	case !four && kind == routerAdvertisement:
		h.takeRA(p)
	case !four && (kind == 135 || kind == 136):
		h.takeND(p)
	case p.IsICMPError():
		h.takeError(p)
	}
}

func (h *Host) echo(p *packet.Packet, four bool) {
	src := p.Dst()
	if !h.has(src) {
		return // Linux answers no broadcast pings
	}
	rest := binary.BigEndian.Uint32(p.Segment()[4:])
	reply := packet.ICMP{Type: 0, Rest: rest, Payload: p.Payload()}
	if !four {
		reply.Type = 129
	}
	tos := uint8(packet.IPDSCP.Get64(&p.Key)<<2 | packet.IPECN.Get64(&p.Key))
	_ = h.send(packet.IP{Src: src, Dst: p.Src(), TOS: tos, ID: h.nextID()}, reply, nil)
}

// nextID is the identification of packets that belong to no connection.
func (h *Host) nextID() uint16 {
	if h.ipIDs == 0 {
		h.ipIDs = uint16(h.hash(1))
	}
	h.ipIDs++
	return h.ipIDs
}

// Ping is a series of echo requests. Its fields are read when Done.
type Ping struct {
	Dst      netip.Addr
	Src      netip.Addr // the machine's choice when not given
	Count    int
	Interval time.Duration
	Timeout  time.Duration // after the last request
	Size     int           // of the data, in bytes

	Sent, Received int
	Times          []time.Duration // of the replies
	TTL            uint8           // of the last reply
	Stop           Stop            // Answered when any reply came
	Errors         []string        // ICMP errors, as ping prints them
	Done           bool

	id      uint16
	sentAt  map[uint16]time.Duration
	waiting *timer
}

// Ping sends echo requests as ping(8) does: by default one, 56 bytes, waiting a second. It returns at once; the result is
// complete when Done.
func (h *Host) Ping(now time.Duration, want Ping) *Ping {
	h.now = now
	p := &want
	p.Count, p.Interval, p.Timeout = orElse(p.Count, 1), orElse(p.Interval, time.Second), orElse(p.Timeout, time.Second)
	p.Size = orElse(p.Size, 56)
	p.sentAt = map[uint16]time.Duration{}
	for p.id = uint16(h.draw()); h.pings[p.id] != nil || p.id == 0; {
		p.id++
	}
	h.pings[p.id] = p
	h.request(p)
	h.settle()
	return p
}

// orElse is v, or a default for what is not positive.
func orElse[T int | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}

func (h *Host) request(p *Ping) {
	p.Sent++
	seq := uint16(p.Sent)
	p.sentAt[seq] = h.now
	data := make([]byte, p.Size)
	for i := range data {
		data[i] = byte(i)
	}
	m := packet.ICMP{Type: 8, Rest: packet.Echo(p.id, seq), Payload: data}
	if p.Dst.Is6() {
		m.Type = 128
	}
	ip := packet.IP{Src: p.Src, Dst: p.Dst, DF: p.Size+28 <= h.config.MTU, ID: h.nextID()}
	err := h.send(ip, m, func(why Stop) {
		p.Errors = append(p.Errors, "Destination Host Unreachable")
		p.Stop = why
		h.endPing(p)
	})
	if err != nil {
		p.Stop = NoRoute
		p.Errors = append(p.Errors, "Network is unreachable")
		h.endPing(p)
		return
	}
	if p.Done {
		return
	}
	if p.Sent < p.Count {
		p.waiting = h.timers.at(h.now+p.Interval, func() { h.request(p) })
		return
	}
	p.waiting = h.timers.at(h.now+p.Timeout, func() { h.endPing(p) })
}

func (h *Host) endPing(p *Ping) {
	p.waiting.stop()
	delete(h.pings, p.id)
	p.Done = true
	if p.Stop == Unfinished {
		p.Stop = NoAnswer
	}
}

func (h *Host) takeEchoReply(r *packet.Packet) {
	p := h.pings[r.ICMPID()]
	seq := binary.BigEndian.Uint16(r.Segment()[6:])
	if p == nil {
		return
	}
	at, ok := p.sentAt[seq]
	if !ok {
		return
	}
	delete(p.sentAt, seq)
	p.Received++
	p.Times = append(p.Times, h.now-at)
	p.TTL, p.Stop = uint8(packet.IPTTL.Get64(&r.Key)), Answered
	if p.Received == p.Count {
		h.endPing(p)
	}
}

// String prints the result on one line: "10.0.0.2: 2 sent, 2 received", with what went wrong behind it.
func (p *Ping) String() string {
	s := fmt.Sprintf("%s: %d sent, %d received", p.Dst, p.Sent, p.Received)
	if p.Received < p.Sent {
		s += ": " + p.Stop.String()
	}
	if len(p.Errors) > 0 {
		s += " (" + strings.Join(p.Errors, ", ") + ")"
	}
	return s
}

// trouble is what an ICMP error says.
type trouble struct {
	from       netip.Addr
	kind, code uint8
	four       bool
	mtu        int // of "too big", 0 for all others
}

// unreachables are the codes of ICMP's destination unreachable, as ping words them (RFC 792, RFC 1812).
var unreachables = map[uint8]string{0: "Destination Net Unreachable", 1: "Destination Host Unreachable", 2: "Destination Protocol Unreachable",
	3: "Destination Port Unreachable", 4: "Frag needed and DF set", 9: "Destination Net Prohibited", 10: "Destination Host Prohibited", 13: "Packet filtered"}

// unreachables6 are ICMPv6's (RFC 4443).
var unreachables6 = map[uint8]string{0: "No route", 1: "Administratively prohibited", 2: "Beyond scope of source address", 3: "Address unreachable", 4: "Port unreachable"}

// String words the error.
func (t trouble) String() string {
	text := ""
	switch {
	case t.mtu != 0:
		text = fmt.Sprintf("Packet too big (mtu = %d)", t.mtu)
	case t.four && t.kind == 3:
		text = unreachables[t.code]
	case !t.four && t.kind == 1:
		text = "Destination unreachable: " + unreachables6[t.code]
	case t.four && t.kind == 11, !t.four && t.kind == 3:
		text = "Time to live exceeded"
	}
	if text == "" {
		text = fmt.Sprintf("ICMP type %d code %d", t.kind, t.code)
	}
	return "From " + t.from.String() + ": " + text
}

// stop is how far a request came that got this error instead of an answer.
func (t trouble) stop() Stop {
	if t.four && t.kind == 3 && (t.code == 3 || t.code == 2) || !t.four && t.kind == 1 && t.code == 4 {
		return Refused
	}
	return Unreachable
}

// hopeless tells whether the error ends what has not begun: everything but "too big" and "time exceeded".
func (t trouble) hopeless() bool {
	return t.mtu == 0 && (t.four && t.kind == 3 || !t.four && t.kind == 1)
}

func (h *Host) takeError(p *packet.Packet) {
	inner, ok := p.Inner()
	if !ok {
		return
	}
	t := trouble{from: p.Src(), kind: uint8(packet.L4Src.Get64(&p.Key)), code: uint8(packet.L4Dst.Get64(&p.Key)), four: p.Is4()}
	rest := binary.BigEndian.Uint32(p.Segment()[4:])
	switch {
	case t.four && t.kind == 3 && t.code == 4:
		t.mtu = max(int(rest&0xffff), 68)
	case !t.four && t.kind == 2:
		t.mtu = max(int(rest), 1280)
	}
	switch inner.Proto {
	case packet.ProtoTCP:
		if c := h.conns[flow{netip.AddrPortFrom(inner.Src, inner.SrcPort), netip.AddrPortFrom(inner.Dst, inner.DstPort)}]; c != nil {
			c.trouble(t)
		}
	case packet.ProtoUDP:
		if a := h.asks[inner.SrcPort]; a != nil && a.To == netip.AddrPortFrom(inner.Dst, inner.DstPort) {
			a.Detail, a.Error = t.String(), ICMPError{t.from, t.kind, t.code}
			h.endAsk(a, t.stop())
		}
	case packet.ProtoICMP, packet.ProtoICMPv6:
		if q := h.pings[inner.SrcPort]; q != nil {
			q.Errors = append(q.Errors, t.String())
			q.Stop = t.stop()
		}
	}
}
