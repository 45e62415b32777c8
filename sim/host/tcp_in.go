package host

import (
	"encoding/binary"
	"net/netip"

	"ovnsim/sim/packet"
)

// takeTCP gives a segment to its connection, opens one at a listener, or refuses it.
func (h *Host) takeTCP(p *packet.Packet) {
	t, _ := p.TCP()
	f := flow{netip.AddrPortFrom(p.Dst(), t.Dst), netip.AddrPortFrom(p.Src(), t.Src)}
	if !h.has(p.Dst()) {
		return
	}
	c := h.conns[f]
	if c != nil && c.state == timeWait && t.Flags&(packet.SYN|packet.ACK|packet.RST) == packet.SYN && int32(t.Seq-c.recvNext) > 0 {
		c.remove() // a new connection on old ports
		c = nil
	}
	if c != nil {
		c.take(t)
		return
	}
	if t.Flags&(packet.SYN|packet.ACK|packet.RST|packet.FIN) == packet.SYN {
		if body, ok := h.listeners[t.Dst]; ok {
			h.accept(f, t, &server{body: body})
			return
		}
		if accept := h.acceptors[t.Dst]; accept != nil {
			h.accept(f, t, &incoming{&Stream{}, accept})
			return
		}
	}
	h.refuse(f, t)
}

// refuse answers a segment that belongs to no connection with a RST (RFC 9293, section 3.10.7.1).
func (h *Host) refuse(f flow, t packet.TCP) {
	if t.Flags&packet.RST != 0 {
		return
	}
	rst := packet.TCP{Src: t.Dst, Dst: t.Src, Flags: packet.RST}
	if t.Flags&packet.ACK != 0 {
		rst.Seq = t.Ack
	} else {
		rst.Flags |= packet.ACK
		rst.Ack = behind(t)
	}
	_ = h.send(packet.IP{Src: f.local.Addr(), Dst: f.remote.Addr(), DF: true}, rst, nil)
}

// behind is the sequence number after a segment.
func behind(t packet.TCP) uint32 {
	n := t.Seq + uint32(len(t.Payload))
	if t.Flags&packet.SYN != 0 {
		n++
	}
	if t.Flags&packet.FIN != 0 {
		n++
	}
	return n
}

func (h *Host) accept(f flow, t packet.TCP, a app) {
	c := h.newConn(f, a, true)
	c.state = synReceived
	c.recvNext = behind(t)
	c.agree(t)
	c.sendNext++
	if c.transmitSYN() != nil {
		c.remove() // no route back: Linux drops the SYN without a word
	}
}

// agree takes the options of the other end's SYN.
func (c *conn) agree(t packet.TCP) {
	c.peerWindow, c.peerScale = uint32(t.Window), unscaled
	if scale, ok := t.WindowScale(); ok {
		c.peerScale = scale
	}
	if mss := option(t.Options, 2, 4); mss != nil {
		c.mss = max(min(c.mss, int(binary.BigEndian.Uint16(mss))), leastMSS)
	}
	if ts := option(t.Options, 8, 10); ts != nil {
		c.stamps, c.echo = true, binary.BigEndian.Uint32(ts)
	}
}

// option is a TCP option's value, nil when it is not there in its right length.
func option(options []byte, kind, length byte) []byte {
	for o := options; len(o) > 0 && o[0] != 0; {
		switch {
		case o[0] == 1:
			o = o[1:]
			continue
		case len(o) < 2 || o[1] < 2 || int(o[1]) > len(o):
			return nil
		case o[0] == kind && o[1] == length:
			return o[2:length]
		}
		o = o[o[1]:]
	}
	return nil
}

// take takes in a segment.
func (c *conn) take(t packet.TCP) {
	if c.state == synSent {
		c.takeSYNACK(t)
		return
	}
	if !c.inWindow(t) {
		c.keep(t)
		if t.Flags&packet.RST == 0 {
			c.object(t) // old or ahead of its turn: say where we are
		}
		return
	}
	switch {
	case t.Flags&packet.RST != 0:
		if t.Seq == c.recvNext {
			c.end(Broken, "the other end reset the connection")
		} else {
			c.object(t)
		}
		return
	case t.Flags&packet.SYN != 0:
		c.object(t)
		return
	case t.Flags&packet.ACK == 0:
		return
	}
	if ts := option(t.Options, 8, 10); ts != nil && c.stamps {
		c.echo = binary.BigEndian.Uint32(ts)
	}
	if !c.takeACK(t) {
		return
	}
	c.takeData(t)
	c.takeAhead()
}

// inWindow tells whether any of the segment is what is expected next, or a RST or SYN about it.
func (c *conn) inWindow(t packet.TCP) bool {
	if t.Flags&packet.SYN != 0 && c.state == synReceived && t.Seq+1 == c.recvNext {
		return true
	}
	ahead := int32(t.Seq - c.recvNext)
	return ahead <= 0 && int32(behind(t)-c.recvNext) >= 0 || t.Flags&packet.RST != 0 && ahead >= 0 && ahead < serverWindow
}

// object answers what does not fit with where we are. Two ends that object to each other must not do so for ever: to what
// carries no data Linux objects every half a second at most (net.ipv4.tcp_invalid_ratelimit).
func (c *conn) object(t packet.TCP) {
	if len(t.Payload) == 0 {
		if c.objected && c.h.now-c.objectedAt < objectEvery {
			return
		}
		c.objected, c.objectedAt = true, c.h.now
	}
	if c.state == synReceived {
		_ = c.transmitSYN() // our answer was lost
		return
	}
	c.ack()
}

// keep puts aside a segment that comes before its turn.
func (c *conn) keep(t packet.TCP) {
	if n := int32(t.Seq - c.recvNext); n > 0 && n < serverWindow && len(t.Payload) > 0 && len(c.ahead) < maxAhead && c.state >= established {
		c.ahead = append(c.ahead, t)
	}
}

// takeAhead takes in what was put aside and has its turn now.
func (c *conn) takeAhead() {
	for i := 0; i < len(c.ahead) && c.state != closed; i++ {
		if t := c.ahead[i]; c.inWindow(t) {
			c.ahead = append(c.ahead[:i:i], c.ahead[i+1:]...)
			if behind(t) != c.recvNext {
				c.takeData(t)
			}
			i = -1
		}
	}
}

// takeSYNACK: the other end answers our SYN, or refuses it.
func (c *conn) takeSYNACK(t packet.TCP) {
	if t.Flags&packet.ACK != 0 && t.Ack != c.sendNext {
		if t.Flags&packet.RST == 0 {
			c.h.refuse(c.flow, t)
		}
		return
	}
	switch {
	case t.Flags&(packet.RST|packet.ACK) == packet.RST|packet.ACK:
		c.end(Refused, "a RST answered the SYN")
	case t.Flags&(packet.SYN|packet.ACK|packet.RST) == packet.SYN|packet.ACK:
		c.recvNext, c.sendUna = t.Seq+1, t.Ack
		c.agree(t)
		c.measure()
		c.state = established
		c.timer.stop()
		c.h.confirm(c.flow.remote.Addr())
		c.ack()
		c.app.opened(c)
	}
}

// measure sets the retransmission time by how long the answer took, unless it answers something sent twice: then nobody
// knows (Karn's rule).
func (c *conn) measure() {
	if c.tries == 0 {
		c.usual = min(max(leastTimeout, 3*(c.h.now-c.sentAt)), mostTimeout)
	}
	c.tries, c.timeout = 0, c.usual
}

// takeACK takes in an acknowledgment. It is false when the segment is done with.
func (c *conn) takeACK(t packet.TCP) bool {
	if int32(t.Ack-c.sendNext) > 0 {
		if c.state == synReceived {
			c.h.refuse(c.flow, t)
		} else {
			c.object(t)
		}
		return false
	}
	c.peerWindow = uint32(t.Window)
	if c.peerScaled() {
		c.peerWindow <<= c.peerScale
	}
	switch {
	case int32(t.Ack-c.sendUna) > 0:
		c.repeats = 0
		c.progress(t.Ack)
	case len(t.Payload) == 0 && t.Ack == c.sendUna && c.sendUna != c.sendNext:
		if c.repeats++; c.repeats == fastRepeats {
			c.again()
		}
	}
	if c.state == closed {
		return false
	}
	c.push(false)
	return true
}

// progress: everything before ack has arrived.
func (c *conn) progress(ack uint32) {
	c.h.confirm(c.flow.remote.Addr())
	n := ack - c.sendUna
	if c.state == synReceived {
		n--
		c.state = established
		defer c.app.opened(c)
	}
	c.out = c.out[min(int(n), len(c.out)):]
	c.sendUna = ack
	c.measure()
	c.timer.stop()
	if c.sendUna != c.sendNext {
		c.sentAt = c.h.now
		c.arm()
		return
	}
	if !c.finOut {
		return
	}
	switch c.state {
	case finWait1:
		c.state = finWait2
		c.timer = c.h.timers.at(c.h.now+timeWaitFor, c.remove) // nobody waits for a FIN for ever
	case closing:
		c.linger()
	case lastAck:
		c.remove()
	}
}

// linger keeps the connection's ports until nothing old can arrive anymore.
func (c *conn) linger() {
	c.state = timeWait
	c.timer.stop()
	c.timer = c.h.timers.at(c.h.now+timeWaitFor, c.remove)
}

// takeData takes in what the segment carries, and its FIN.
func (c *conn) takeData(t packet.TCP) {
	old := c.recvNext - t.Seq
	data := t.Payload[min(int(old), len(t.Payload)):]
	fin := t.Flags&packet.FIN != 0 && behind(t) != c.recvNext
	switch {
	case len(data) == 0 && !fin:
		if len(t.Payload) > 0 || t.Flags&packet.FIN != 0 {
			c.ack() // we have it already: our acknowledgment was lost
		}
		return
	case c.state >= timeWait: // behind its FIN the other end sends nothing
		c.ack()
		return
	}
	c.recvNext += uint32(len(data))
	if !fin {
		c.ack()
		c.app.received(c, data)
		return
	}
	c.recvNext++
	before := c.sendNext
	switch c.state {
	case finWait1:
		c.state = closing
	case finWait2:
		c.linger()
	default:
		c.state = closeWait
	}
	if len(data) > 0 {
		c.app.received(c, data)
	}
	c.app.finished(c)
	if c.sendNext == before {
		c.ack() // unless the application's answer said it
	}
}
