package host

import (
	"fmt"
	"net/netip"
	"time"
)

// Stream is a TCP connection whose bytes the caller reads and writes. Its methods that take the time may send frames.
type Stream struct {
	Local, Remote netip.AddrPort

	c       *conn
	changed func()
	in      []byte
	open    bool // the handshake is done
	ended   bool // the other end sends no more
	stop    Stop // why the connection is gone; Unfinished while it is there
	detail  string
}

// Dial opens a TCP connection, from a port of the machine's choice when from is 0. It returns at once; changed is called
// whenever anything about the stream has changed.
func (h *Host) Dial(now time.Duration, to netip.AddrPort, from uint16, changed func()) *Stream {
	h.now = now
	s := &Stream{Remote: to, changed: changed}
	_, src, ok := h.way(to.Addr())
	if !ok {
		s.stop, s.detail = NoRoute, fmt.Sprintf("%s has no route to %s", h.Name(), to.Addr())
		return s
	}
	if from == 0 {
		from = h.freePort(func(p uint16) bool { return h.conns[flow{netip.AddrPortFrom(src, p), to}] == nil })
	}
	s.Local = netip.AddrPortFrom(src, from)
	if old := h.conns[flow{s.Local, to}]; old != nil {
		old.remove()
	}
	s.c = h.newConn(flow{s.Local, to}, s, false)
	if s.c.dial() != nil {
		s.c.end(NoRoute, "")
	}
	h.settle()
	return s
}

// Listen has TCP connections to a port accepted: accept is called with each once it is open, and gives what to call when it
// changes. It is false when something listens on the port already.
func (h *Host) Listen(port uint16, accept func(*Stream) (changed func())) bool {
	if _, taken := h.listeners[port]; taken || h.acceptors[port] != nil {
		return false
	}
	if h.acceptors == nil {
		h.acceptors = map[uint16]func(*Stream) func(){}
	}
	h.acceptors[port] = accept
	return true
}

// Unlisten ends Listen. Connections that are open stay.
func (h *Host) Unlisten(port uint16) { delete(h.acceptors, port) }

// FreePort picks a port that nothing listens on.
func (h *Host) FreePort() uint16 {
	return h.freePort(func(p uint16) bool {
		_, taken := h.listeners[p]
		return !taken && h.acceptors[p] == nil
	})
}

// incoming is the application of a connection that a listener accepts: a stream that its listener hears of when it is open.
type incoming struct {
	*Stream
	accept func(*Stream) func()
}

func (i *incoming) opened(c *conn) {
	i.Local, i.Remote, i.c, i.open = c.flow.local, c.flow.remote, c, true
	i.changed = i.accept(i.Stream)
}

// Open tells whether the connection stands; why is Unfinished as long as it may come or stay, and afterwards the reason
// that it does not.
func (s *Stream) Open() (open bool, why Stop, detail string) {
	return s.open && s.stop == Unfinished, s.stop, s.detail
}

// Unread is how many bytes wait to be read; ended tells whether any more can come.
func (s *Stream) Unread() (n int, ended bool) { return len(s.in), s.ended || s.stop != Unfinished }

// Read takes bytes that have arrived.
func (s *Stream) Read(b []byte) int {
	n := copy(b, s.in)
	if s.in = s.in[n:]; len(s.in) == 0 {
		s.in = nil
	}
	return n
}

// Unsent is how many bytes were written and not acknowledged.
func (s *Stream) Unsent() int {
	if s.c == nil {
		return 0
	}
	return len(s.c.out)
}

// Write sends bytes, as soon as the other end takes them. It is false when the connection does not stand, or was closed here.
func (s *Stream) Write(now time.Duration, b []byte) bool {
	if !s.open || s.stop != Unfinished || s.c.finWanted {
		return false
	}
	s.c.h.now = now
	s.c.write(b)
	s.c.h.settle()
	return true
}

// Close ends the own direction behind what was written; before the handshake is done it gives the connection up.
func (s *Stream) Close(now time.Duration) {
	if s.c == nil || s.stop != Unfinished {
		return
	}
	s.c.h.now = now
	if s.c.state == synSent {
		s.c.remove()
		s.stop = Unfinished
	} else {
		s.c.close()
	}
	s.c.h.settle()
}

func (s *Stream) opened(*conn) {
	s.open = true
	s.changed()
}

func (s *Stream) received(_ *conn, data []byte) {
	s.in = append(s.in, data...)
	s.change()
}

func (s *Stream) finished(*conn) {
	s.ended = true
	s.change()
}

func (s *Stream) failed(_ *conn, why Stop, detail string) {
	s.stop, s.detail = why, detail
	s.change()
}

// change tells who holds the stream; nobody does before it is accepted.
func (s *Stream) change() {
	if s.changed != nil {
		s.changed()
	}
}
