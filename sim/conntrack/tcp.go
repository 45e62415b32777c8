package conntrack

import "ovnsim/sim/packet"

// TCP as somebody in the middle sees it (RFC 9293), who knows nothing but the segments that pass. Three things follow from
// those for each end:
//
//	what it has done            a state, which only moves on
//	what it may send            numbers from a window before the highest it sent to the end of the other's window
//	what it may acknowledge     what the other end sent, give or take
//
// A segment belongs to the connection when its first and last number and its acknowledgment lie in those spans. How wide
// they are, and when a segment outside is let pass, is as recordings of Open vSwitch show; the idea of the spans is in
// Guido van Rooij, "Real Stateful TCP Packet Filtering in IP Filter" (2001).

// TCPState is what one end has done. The order counts: an end only moves on.
type TCPState uint8

// The states. Those of RFC 9293 that one end cannot be told to be in from outside are not among them.
const (
	Closed   TCPState = iota // nothing was heard of it
	SynSent                  // it has spoken
	Open                     // and was acknowledged
	Closing                  // it has sent its FIN
	FinWait2                 // and that was acknowledged
	TimeWait                 // it was reset
)

// String is the name in a dump.
func (s TCPState) String() string {
	return [...]string{"CLOSED", "SYN_SENT", "ESTABLISHED", "CLOSING", "FIN_WAIT_2", "TIME_WAIT"}[s]
}

// end is one of a connection's two ends.
type end struct {
	state   TCPState
	sent    uint32 // the sequence number behind the highest it sent
	allowed uint32 // the one behind the highest it may send; 1 as long as nobody said
	window  uint16 // the largest it announced, without the scale
	scaling scaling
	scale   uint8
}

// scaling is what is known about an end's window scale.
type scaling uint8

const (
	unscaled scaling = iota // it does not scale, or has not spoken
	unseen                  // the handshake was missed
	scaled
)

// talk is both ends: the one that began, and the other.
type talk struct{ ends [2]end }

// segment is what the machine looks at.
type segment struct {
	seq, ack uint32
	length   uint32 // of the payload
	window   uint16
	flags    uint16
	scale    uint8
	scaled   bool
}

func segmentOf(t packet.TCP) segment {
	s := segment{seq: t.Seq, ack: t.Ack, length: uint32(len(t.Payload)), window: t.Window, flags: t.Flags}
	s.scale, s.scaled = t.WindowScale()
	return s
}

// behind is the sequence number after the segment: SYN and FIN count as bytes.
func (s segment) behind() uint32 {
	n := s.seq + s.length
	if s.flags&packet.SYN != 0 {
		n++
	}
	if s.flags&packet.FIN != 0 {
		n++
	}
	return n
}

// atOrAfter and after compare sequence numbers, which wrap.
func atOrAfter(a, b uint32) bool { return int32(a-b) >= 0 }
func after(a, b uint32) bool     { return int32(a-b) > 0 }

// span is the numbers from low to high, both within.
type span struct{ low, high uint32 }

func (s span) holds(n uint32) bool { return atOrAfter(n, s.low) && atOrAfter(s.high, n) }

// by is the span wider by as much on both sides.
func (s span) by(n uint32) span { return span{s.low - n, s.high + n} }

const (
	maxScale = 14 // RFC 7323
	// slack is how far off an acknowledgment may be: a window, and a segment put together from fragments.
	slack = 0xffff + 1500
)

// nonsense tells why no TCP sends such flags.
func nonsense(flags uint16) string {
	switch {
	case flags&packet.SYN != 0 && flags&(packet.RST|packet.FIN) != 0:
		return "TCP: SYN together with RST or FIN"
	case flags&(packet.SYN|packet.ACK|packet.RST) == 0:
		return "TCP: neither SYN nor ACK nor RST"
	case flags&packet.ACK == 0 && flags&(packet.FIN|packet.PSH|packet.URG) != 0:
		return "TCP: FIN, PSH or URG without ACK"
	}
	return ""
}

// admitTCP: a connection may be met in its middle, but not with its second segment first.
func admitTCP(flags uint16) string {
	if flags&(packet.SYN|packet.ACK) == packet.SYN|packet.ACK {
		return "TCP: SYN-ACK without a SYN"
	}
	return nonsense(flags)
}

func (t *talk) begin(s segment) lifetime {
	from, to := &t.ends[0], &t.ends[1]
	*from = end{state: SynSent, sent: s.seq, allowed: s.behind() + 1, window: max(s.window, 1)}
	*to = end{allowed: 1, window: 1}
	switch {
	case s.flags&packet.SYN == 0:
		from.scaling, to.scaling = unseen, unseen
	case s.scaled:
		from.scaling, from.scale = scaled, s.scale
		from.window = shrink(from.window, s.scale)
	}
	return tcpFirst
}

// shrink is a window as it would be announced with the scale, rounded up: a SYN's own window is never scaled.
func shrink(window uint16, scale uint8) uint16 {
	return uint16((uint32(window) + 1<<scale - 1) >> scale)
}

// update takes in a segment. The lifetime is unchanged for a segment that is only tolerated.
func (t *talk) update(s segment, reply bool) (verdict, lifetime, string) {
	from, to := &t.ends[0], &t.ends[1]
	if reply {
		from, to = to, from
	}
	if why := nonsense(s.flags); why != "" {
		return bad, unchanged, why
	}
	if s.flags&(packet.SYN|packet.ACK) == packet.SYN {
		switch {
		case from.state >= FinWait2 && to.state >= FinWait2:
			from.state, to.state = Closed, Closed
			return restart, unchanged, ""
		case from.state <= SynSent:
			from.state = SynSent
			return opens, tcpFirst, ""
		}
	}
	c := claim{segment: s, from: from, to: to, first: s.seq, end: s.behind()}
	c.weigh()
	exact := c.fits()
	if !exact && !c.tolerable() {
		return bad, unchanged, "TCP: outside the window"
	}
	c.advance()
	c.move(exact)
	if !exact {
		return goesOn, unchanged, ""
	}
	return goesOn, t.lifetime(), ""
}

// claim is a segment held against what the ends said before.
type claim struct {
	segment
	from, to         *end
	end              uint32 // behind its last byte
	first            uint32 // its own sequence number, whatever seq was eased to
	fromBits, toBits uint8  // window scales in force
	skew             int32  // how far the acknowledgment is behind what the other end sent
}

// weigh finds the scales, takes in an end's first segment, and eases what need not be exact.
func (c *claim) weigh() {
	from, to := c.from, c.to
	if c.flags&packet.SYN == 0 {
		switch {
		case from.scaling == scaled && to.scaling == scaled:
			c.fromBits, c.toBits = from.scale, to.scale
		case from.scaling == unseen && to.scaling == unseen:
			c.fromBits, c.toBits = maxScale, maxScale
		}
	}
	trust := from.state < SynSent && c.greet()
	if c.flags&packet.ACK == 0 || c.ack == 0 && c.flags&packet.RST != 0 {
		c.ack = to.sent // nothing is acknowledged, and a RST often forgets to
	}
	if c.seq == c.end { // a segment without data need not be exact
		c.seq, c.end = from.sent, from.sent
	}
	if !trust {
		c.skew = int32(to.sent - c.ack)
	}
}

// greet takes in the first segment of an end. It tells whether its acknowledgment is taken on trust: for then the other
// end's words are not known well enough to doubt it.
func (c *claim) greet() (trust bool) {
	if c.flags&packet.SYN != 0 && c.to.scaling == scaled {
		c.agreeOnScale()
	}
	c.from.sent, c.from.state = c.seq, SynSent
	if allowed := c.end + max(1, uint32(c.to.window)<<c.toBits); c.from.allowed == 1 || atOrAfter(allowed, c.from.allowed) {
		c.from.allowed, trust = allowed, true
	}
	c.from.window = max(c.from.window, c.window)
	return trust
}

// agreeOnScale: windows are scaled only when both SYNs say so.
func (c *claim) agreeOnScale() {
	if c.scaled {
		c.from.scaling, c.from.scale = scaled, c.scale
		c.window = shrink(c.window, c.scale)
		c.fromBits, c.toBits = c.scale, c.to.scale
		return
	}
	c.to.window <<= c.to.scale
	c.to.scaling, c.to.scale = unscaled, 0
	c.from.scaling = unscaled
}

// fits tells whether the segment's data and its acknowledgment are what the ends agreed on. A RST must be exactly in place.
func (c *claim) fits() bool {
	inPlace := span{c.from.sent, c.from.sent}.by(1)
	if c.flags&packet.RST != 0 && !inPlace.holds(c.first) {
		return false
	}
	back := uint32(c.to.window) << c.toBits
	return c.within(back, 0) && -slack <= c.skew && c.skew <= slack<<c.fromBits
}

// tolerable tells whether the segment is near enough, while the picture is incomplete: at the beginning of what was met in
// its middle, and at the end.
func (c *claim) tolerable() bool {
	incomplete := c.to.state == Closed || c.to.state >= FinWait2 || c.from.state >= FinWait2
	return incomplete && c.within(slack, slack)
}

// within tells whether the segment begins no more than so far back, and ends no more than so far beyond what is allowed.
func (c *claim) within(back, beyond uint32) bool {
	return atOrAfter(c.seq, c.from.sent-back) && atOrAfter(c.from.allowed+beyond, c.end)
}

// advance moves the windows.
func (c *claim) advance() {
	c.from.window = max(c.from.window, c.window)
	if after(c.end, c.from.sent) {
		c.from.sent = c.end
	}
	window := uint32(c.window) << c.fromBits
	if atOrAfter(c.ack+window, c.to.allowed) {
		c.to.allowed = c.ack + max(window, 1)
	}
}

// acknowledged is the state of an end behind an acknowledgment of what it sent last.
var acknowledged = map[TCPState]TCPState{SynSent: Open, Closing: FinWait2}

// move changes the ends' states. The acknowledgment of a segment that does not fit exactly proves nothing.
func (c *claim) move(exact bool) {
	if c.flags&packet.RST != 0 {
		c.from.state, c.to.state = TimeWait, TimeWait
		return
	}
	if c.flags&packet.FIN != 0 {
		c.from.state = max(c.from.state, Closing)
	}
	if next, ok := acknowledged[c.to.state]; ok && exact && c.flags&packet.ACK != 0 {
		c.to.state = next
	}
}

// lifetime goes by the end that is behind, and by the one that is ahead.
func (t *talk) lifetime() lifetime {
	low, high := min(t.ends[0].state, t.ends[1].state), max(t.ends[0].state, t.ends[1].state)
	switch {
	case low >= FinWait2:
		return tcpClosed
	case low >= Closing:
		return tcpLast
	case low < Open:
		return tcpOpening
	case high >= Closing:
		return tcpClosing
	}
	return tcpOpen
}

// state is the one that a dump shows for both ends.
func (t *talk) state() TCPState { return max(t.ends[0].state, t.ends[1].state) }
