package simnet

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"ovnsim/sim/host"
)

// listener is a net.Listener on a machine.
type listener struct {
	machine *Machine
	addr    netip.AddrPort
	waiting []*conn // accepted by the machine, not yet by the program
	closed  bool
}

// Listen accepts TCP connections to a port of the machine, on all its addresses: the address is :PORT, or ADDRESS:PORT with
// one of the machine's own, which is then only what Addr says. Port 0 is a free one.
func (m *Machine) Listen(network, address string) (net.Listener, error) {
	if err := m.check("listen", network); err != nil {
		return nil, err
	}
	fail := func(err error) (net.Listener, error) {
		return nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	at, text, err := net.SplitHostPort(address)
	if err != nil {
		return fail(err)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return fail(fmt.Errorf("%q is not a port", text))
	}
	l := &listener{machine: m}
	m.net.do(func() { err = l.open(at, uint16(port)) })
	if err != nil {
		return fail(err)
	}
	return l, nil
}

// open begins to listen.
func (l *listener) open(at string, port uint16) error {
	h := l.machine.host
	addr := netip.IPv4Unspecified()
	if own := h.Addresses(); len(own) > 0 {
		addr = own[0].Addr()
	}
	if at != "" {
		given, err := netip.ParseAddr(at)
		if err != nil {
			return fmt.Errorf("%q is not an IP address", at)
		}
		mine := given.IsUnspecified()
		for _, p := range h.Addresses() {
			mine = mine || p.Addr() == given
		}
		if !mine {
			return os.NewSyscallError("bind", syscall.EADDRNOTAVAIL)
		}
		addr = given
	}
	if port == 0 {
		port = h.FreePort()
	}
	l.addr = netip.AddrPortFrom(addr, port)
	if !h.Listen(port, l.accept) {
		return os.NewSyscallError("bind", syscall.EADDRINUSE)
	}
	return nil
}

// accept takes a connection from the machine; it is called from within the simulation.
func (l *listener) accept(s *host.Stream) (changed func()) {
	l.waiting = append(l.waiting, &conn{machine: l.machine, stream: s})
	l.machine.net.broadcast()
	return l.machine.net.broadcast
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	var c *conn
	err := l.machine.net.await(nil, func() (never time.Time) { return never }, func() bool {
		if len(l.waiting) > 0 && !l.closed {
			c, l.waiting = l.waiting[0], l.waiting[1:]
		}
		return c != nil || l.closed
	})
	if err == nil && c == nil {
		err = net.ErrClosed
	}
	if err != nil {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: err}
	}
	return c, nil
}

// Close implements net.Listener.
func (l *listener) Close() error {
	first := false
	l.machine.net.do(func() {
		if first = !l.closed; first {
			l.closed = true
			l.machine.host.Unlisten(l.addr.Port())
		}
	})
	if !first {
		return &net.OpError{Op: "close", Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed}
	}
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return tcpAddr(l.addr) }
