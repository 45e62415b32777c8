package simnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"ovnsim/sim/host"
)

var (
	errDeadline = os.ErrDeadlineExceeded
	errClosed   = net.ErrClosed
	errStopped  = errors.New("stopped")
)

// Machine is a machine of the network. Use Network.Machine.
type Machine struct {
	net  *Network
	host *host.Host
	name string
}

// Machine finds a machine; its methods fail if there is none of the name.
func (n *Network) Machine(name string) *Machine {
	n.mu.Lock()
	defer n.mu.Unlock()
	return &Machine{n, n.play.Host(name), name}
}

func (m *Machine) check(op, network string) error {
	switch {
	case m.host == nil:
		return &net.OpError{Op: op, Net: network, Err: fmt.Errorf("the lab has no machine %q", m.name)}
	case network != "tcp" && network != "tcp4" && network != "tcp6":
		return &net.OpError{Op: op, Net: network, Err: net.UnknownNetworkError(network)}
	}
	return nil
}

// Dial connects to an address, ADDRESS:PORT, over the network "tcp".
func (m *Machine) Dial(network, address string) (net.Conn, error) {
	return m.DialContext(context.Background(), network, address)
}

// DialContext is Dial that gives up when the context ends. It is what http.Transport's DialContext wants. The errors are
// those of package net: errors.Is knows syscall.ECONNREFUSED, EHOSTUNREACH and ETIMEDOUT in them.
func (m *Machine) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if err := m.check("dial", network); err != nil {
		return nil, err
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("%q is not ADDRESS:PORT; labs have no name service", address)}
	}
	c := &conn{machine: m}
	m.net.do(func() { c.stream = m.host.Dial(m.net.play.Sim.Now(), to, 0, m.net.broadcast) })
	opError := func(err error) error {
		return &net.OpError{Op: "dial", Net: network, Addr: tcpAddr(to), Err: err}
	}
	deadline, _ := ctx.Deadline()
	var why host.Stop
	var detail string
	err = m.net.await(ctx.Done(), func() time.Time { return deadline }, func() bool {
		var open bool
		open, why, detail = c.stream.Open()
		return open || why != host.Unfinished
	})
	switch {
	case err != nil:
		c.close()
		if errors.Is(err, errStopped) {
			err = ctx.Err()
		}
		return nil, opError(err)
	case why != host.Unfinished:
		return nil, opError(errorOf("connect", why, detail))
	}
	return c, nil
}

// errorOf is what a system call says of a connection that ended so.
func errorOf(call string, why host.Stop, detail string) error {
	errno := map[host.Stop]syscall.Errno{
		host.NoRoute: syscall.ENETUNREACH, host.NoNeighbour: syscall.EHOSTUNREACH, host.Unreachable: syscall.EHOSTUNREACH,
		host.Refused: syscall.ECONNREFUSED, host.NoAnswer: syscall.ETIMEDOUT, host.NoReply: syscall.ETIMEDOUT, host.Broken: syscall.ECONNRESET,
	}[why]
	if errno == 0 {
		return fmt.Errorf("%s: %s %s", call, why, detail)
	}
	return os.NewSyscallError(call, errno)
}

func tcpAddr(a netip.AddrPort) net.Addr { return net.TCPAddrFromAddrPort(a) }

// conn is a net.Conn over a stream.
type conn struct {
	machine       *Machine
	stream        *host.Stream
	closed        bool
	readBy, wrote time.Time // deadlines of reading and writing
}

func (c *conn) network() *Network { return c.machine.net }

// Read implements net.Conn.
func (c *conn) Read(b []byte) (n int, err error) {
	var fail error
	err = c.network().await(nil, func() time.Time { return c.readBy }, func() bool {
		unread, ended := c.stream.Unread()
		switch _, why, detail := c.stream.Open(); {
		case c.closed:
			fail = net.ErrClosed
		case unread > 0 || len(b) == 0:
			n = c.stream.Read(b)
		case why != host.Unfinished:
			fail = errorOf("read", why, detail)
		case ended:
			fail = io.EOF
		default:
			return false
		}
		return true
	})
	if err == nil {
		err = fail
	}
	return n, c.wrap("read", err)
}

// sendBuffer is how much may be written and not acknowledged before Write waits.
const sendBuffer = 256 << 10

// Write implements net.Conn.
func (c *conn) Write(b []byte) (n int, err error) {
	for n < len(b) || len(b) == 0 {
		var fail error
		err = c.network().await(nil, func() time.Time { return c.wrote }, func() bool {
			if _, why, detail := c.stream.Open(); why != host.Unfinished {
				fail = errorOf("write", why, detail)
			}
			return fail != nil || c.closed || c.stream.Unsent() < sendBuffer
		})
		if err == nil {
			err = fail
		}
		if err != nil || len(b) == 0 {
			return n, c.wrap("write", err)
		}
		part := b[n:min(len(b), n+sendBuffer)]
		c.network().do(func() {
			if c.closed || !c.stream.Write(c.network().play.Sim.Now(), part) {
				err = net.ErrClosed
			}
		})
		if err != nil {
			return n, c.wrap("write", err)
		}
		n += len(part)
	}
	return n, nil
}

// wrap puts an error in the form of package net; io.EOF stays as it is.
func (c *conn) wrap(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// Close implements net.Conn.
func (c *conn) Close() error {
	if !c.close() {
		return c.wrap("close", net.ErrClosed)
	}
	return nil
}

func (c *conn) close() (first bool) {
	c.network().do(func() {
		first = !c.closed
		if c.closed = true; first {
			c.stream.Close(c.network().play.Sim.Now())
		}
	})
	return first
}

// LocalAddr implements net.Conn.
func (c *conn) LocalAddr() net.Addr { return tcpAddr(c.stream.Local) }

// RemoteAddr implements net.Conn.
func (c *conn) RemoteAddr() net.Addr { return tcpAddr(c.stream.Remote) }

// SetDeadline implements net.Conn. Deadlines are of real time.
func (c *conn) SetDeadline(t time.Time) error {
	c.network().do(func() { c.readBy, c.wrote = t, t })
	return nil
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.network().do(func() { c.readBy = t })
	return nil
}

// SetWriteDeadline implements net.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.network().do(func() { c.wrote = t })
	return nil
}
