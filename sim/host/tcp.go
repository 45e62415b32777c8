package host

import (
	"encoding/binary"
	"net/netip"
	"time"

	"ovnsim/sim/packet"
)

// flow is a TCP connection's two ends, the machine's own first.
type flow struct{ local, remote netip.AddrPort }

// app is what a connection is for. It is called back, and may write to the connection and close it.
type app interface {
	opened(c *conn)
	received(c *conn, data []byte)
	finished(c *conn)                        // the other end will send no more
	failed(c *conn, why Stop, detail string) // the connection is gone
}

// tcpState is a connection's state (RFC 9293).
type tcpState uint8

const (
	synSent tcpState = iota
	synReceived
	established
	finWait1
	finWait2
	closing
	timeWait
	closeWait
	lastAck
	closed
)

// Linux's times and limits for TCP (tcp(7), and Documentation/networking/ip-sysctl).
const (
	firstTimeout   = time.Second            // for a SYN, and as long as no time was measured
	leastTimeout   = 200 * time.Millisecond // for data
	mostTimeout    = 120 * time.Second
	synTries       = 6 // retransmissions of a SYN
	synAckTries    = 5
	fastRepeats    = 3 // acknowledgments that say nothing new, before the next segment is taken for lost
	maxAhead       = 64
	leastMSS       = 88
	objectEvery    = 500 * time.Millisecond
	dataTries      = 15
	linearTries    = 4 // retransmissions of a SYN before the time doubles
	timeWaitFor    = 60 * time.Second
	clientWindow   = 64240
	serverWindow   = 65160
	windowScale    = 10
	optionsOfSYN   = 20
	timestampBytes = 12
)

// conn is a TCP connection.
type conn struct {
	h      *Host
	flow   flow
	app    app
	server bool
	state  tcpState

	sendNext, sendUna uint32 // sequence numbers: next to send, first not acknowledged
	recvNext          uint32
	out               []byte // written and not acknowledged, from sendUna on
	finWanted, finOut bool   // to be sent behind all of out; sent
	peerWindow        uint32
	peerScale         uint8
	mss               int
	stamps            bool // timestamps are agreed on
	stampOffset, echo uint32
	id                uint16

	ahead      []packet.TCP // segments that came before their turn
	repeats    int          // acknowledgments in a row that said nothing new
	objected   bool
	objectedAt time.Duration

	// Made once, for they are needed with every segment.
	onTimer func()
	onLost  func(Stop)
	options [timestampBytes]byte

	timeout time.Duration
	usual   time.Duration // the timeout without any loss
	tries   int
	timer   *timer
	sentAt  time.Duration // of what is timed
}

func (h *Host) newConn(f flow, a app, server bool) *conn {
	lw, rw := addrWord(f.local), addrWord(f.remote)
	iss := uint32(h.hash(3, lw, rw, uint64(h.now)))
	c := &conn{h: h, flow: f, app: a, server: server, sendNext: iss, sendUna: iss, timeout: firstTimeout, usual: firstTimeout,
		mss: h.config.MTU - 40, stampOffset: uint32(h.hash(4, lw, rw)), id: uint16(h.hash(5, lw, rw)), peerWindow: 1}
	c.onTimer, c.onLost = c.retransmit, c.unreachable
	if f.local.Addr().Is6() {
		c.mss -= 20
	}
	h.conns[f] = c
	return c
}

// addrWord is an end of a connection as a number to hash.
func addrWord(a netip.AddrPort) uint64 {
	b := a.Addr().As16()
	return mix(binary.BigEndian.Uint64(b[:])^mix(binary.BigEndian.Uint64(b[8:]))) ^ uint64(a.Port())
}

// dial opens a connection; an error says that there is no route.
func (c *conn) dial() error {
	c.state = synSent
	c.sendNext++
	return c.transmitSYN()
}

func (c *conn) transmitSYN() error {
	flags := uint16(packet.SYN)
	window := uint16(clientWindow)
	if c.server {
		flags, window = packet.SYN|packet.ACK, serverWindow
	}
	c.sentAt = c.h.now
	c.arm()
	return c.emit(packet.TCP{Seq: c.sendUna, Flags: flags, Window: window, Options: c.synOptions()})
}

// synOptions are Linux's: MSS, SACK permitted, timestamps, window scale.
func (c *conn) synOptions() []byte {
	b := make([]byte, 0, optionsOfSYN)
	b = append(b, 2, 4, byte(c.announce()>>8), byte(c.announce()), 4, 2, 8, 10)
	b = binary.BigEndian.AppendUint32(b, c.stamp())
	b = binary.BigEndian.AppendUint32(b, c.echo)
	return append(b, 1, 3, 3, windowScale)
}

// announce is the segment size that the machine takes.
func (c *conn) announce() int {
	if c.flow.local.Addr().Is6() {
		return c.h.config.MTU - 60
	}
	return c.h.config.MTU - 40
}

// stamp is the timestamp clock: milliseconds from a place of the connection's own.
func (c *conn) stamp() uint32 { return c.stampOffset + uint32(c.h.now/time.Millisecond) }

// emit completes a segment and sends it.
func (c *conn) emit(t packet.TCP) error {
	t.Src, t.Dst = c.flow.local.Port(), c.flow.remote.Port()
	if t.Flags&packet.SYN == 0 {
		if c.stamps {
			t.Options = binary.BigEndian.AppendUint32(append(c.options[:0], 1, 1, 8, 10), c.stamp())
			t.Options = binary.BigEndian.AppendUint32(t.Options, c.echo)
		}
		t.Window = c.window()
	}
	if t.Flags&packet.ACK != 0 {
		t.Ack = c.recvNext
	}
	ip := packet.IP{Src: c.flow.local.Addr(), Dst: c.flow.remote.Addr(), DF: true, Label: uint32(addrWord(c.flow.local)^addrWord(c.flow.remote)) & 0xfffff}
	if t.Flags&(packet.SYN|packet.ACK) != packet.SYN|packet.ACK { // Linux leaves the SYN-ACK's identification 0
		ip.ID = c.id
		c.id++
	}
	return c.h.send(ip, t, c.onLost)
}

// window is what the machine announces: all that it said at first, scaled if that was agreed on.
func (c *conn) window() uint16 {
	w := uint32(clientWindow)
	if c.server {
		w = serverWindow
	}
	if c.peerScaled() {
		return uint16((w + 1<<windowScale - 1) >> windowScale)
	}
	return uint16(w)
}

func (c *conn) peerScaled() bool { return c.peerScale != unscaled }

const unscaled = 0xff

// write appends to what is to be sent, and sends what may go now.
func (c *conn) write(data []byte) {
	c.out = append(c.out, data...)
	c.push(false)
}

// close ends the own direction behind what was written.
func (c *conn) close() {
	if c.finWanted || c.state == closed {
		return
	}
	c.finWanted = true
	switch c.state {
	case established:
		c.state = finWait1
	case closeWait:
		c.state = lastAck
	}
	c.push(true)
}

// push sends full segments, and the rest when nothing is under way (Nagle) or all is to go.
func (c *conn) push(all bool) {
	if c.state == synSent || c.state == synReceived || c.state == closed {
		return
	}
	for !c.finOut {
		flying := c.sendNext - c.sendUna
		rest := c.out[min(int(flying), len(c.out)):]
		n := min(len(rest), c.mss-c.optionBytes())
		room := int(c.peerWindow) - int(flying)
		last := n == len(rest)
		fin := last && c.finWanted
		switch {
		case n == 0 && !fin, n > room && flying > 0:
			return
		case n > room:
			n, fin = max(room, 1), false // a shut window is tried with one byte
		case last && !fin && !all && flying > 0 && n < c.mss-c.optionBytes():
			return
		}
		c.segment(rest[:n], last && n > 0, fin)
	}
}

func (c *conn) optionBytes() int {
	if c.stamps {
		return timestampBytes
	}
	return 0
}

// segment sends new data.
func (c *conn) segment(data []byte, push, fin bool) {
	flags := uint16(packet.ACK)
	if push {
		flags |= packet.PSH
	}
	seq := c.sendNext
	c.sendNext += uint32(len(data))
	if fin {
		flags |= packet.FIN
		c.finOut = true
		c.sendNext++
	}
	if seq == c.sendUna {
		c.sentAt = c.h.now
	}
	_ = c.emit(packet.TCP{Seq: seq, Flags: flags, Payload: data})
	if c.timer == nil || c.timer.do == nil {
		c.arm()
	}
}

func (c *conn) ack() { _ = c.emit(packet.TCP{Seq: c.sendNext, Flags: packet.ACK}) }

// arm sets the retransmission timer.
func (c *conn) arm() {
	c.timer.stop()
	c.timer = c.h.timers.at(c.h.now+c.timeout, c.onTimer)
}

// retransmit sends the first unacknowledged segment again, and waits twice as long for the next time. A SYN is sent a few
// times a second apart first (net.ipv4.tcp_syn_linear_timeouts).
func (c *conn) retransmit() {
	limit := map[tcpState]int{synSent: synTries + linearTries, synReceived: synAckTries}[c.state]
	if limit == 0 {
		limit = dataTries
	}
	if c.tries++; c.tries > limit {
		why := NoReply
		if c.state == synSent {
			why = NoAnswer
		}
		c.end(why, "given up after sending it again and again")
		return
	}
	if c.state != synSent || c.tries > linearTries {
		c.timeout = min(2*c.timeout, mostTimeout)
	}
	switch c.state {
	case synSent, synReceived:
		_ = c.transmitSYN()
	default:
		c.again()
	}
}

// again sends what is first in line to be acknowledged.
func (c *conn) again() {
	n := min(len(c.out), c.mss-c.optionBytes(), int(c.sendNext-c.sendUna))
	flags := uint16(packet.ACK)
	if n > 0 {
		flags |= packet.PSH
	}
	if c.finOut && n == len(c.out) {
		flags |= packet.FIN
	}
	c.arm()
	_ = c.emit(packet.TCP{Seq: c.sendUna, Flags: flags, Payload: c.out[:n]})
}

// unreachable: the neighbour that packets go by does not answer.
func (c *conn) unreachable(why Stop) {
	if c.state == synSent {
		c.end(why, "")
	}
}

// trouble takes an ICMP error. One that says more than "try smaller" ends a connection that is not open yet.
func (c *conn) trouble(t trouble) {
	switch {
	case t.mtu != 0:
		if mss := t.mtu - (c.h.config.MTU - c.announce()); mss < c.mss {
			c.mss = max(mss, leastMSS)
			if c.sendUna != c.sendNext && c.state > synReceived {
				c.again()
			}
		}
	case c.state == synSent && t.hopeless():
		c.end(t.stop(), t.String())
	}
}

// end removes the connection and tells the application.
func (c *conn) end(why Stop, detail string) {
	if c.state == closed {
		return
	}
	c.remove()
	c.app.failed(c, why, detail)
}

// remove forgets the connection without a word.
func (c *conn) remove() {
	c.state = closed
	c.timer.stop()
	if c.h.conns[c.flow] == c {
		delete(c.h.conns, c.flow)
	}
}
