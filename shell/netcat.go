package shell

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ovnsim/sim/host"
)

// netcat is OpenBSD's nc: it tries ports (-z), sends standard input and prints what comes back, or listens.
func netcat(c *call) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	f, err := c.parseFlags("zvunklN46", "wpsqi")
	if err != nil {
		return err
	}
	if f.set['l'] {
		return c.listen(h, f)
	}
	if len(f.rest) != 2 {
		return c.usage()
	}
	to, err := netip.ParseAddr(f.rest[0])
	if err != nil {
		return c.fail(1, "nc: getaddrinfo for host \"%s\" port %s: Name or service not known", f.rest[0], f.rest[1])
	}
	low, high, isRange := strings.Cut(f.rest[1], "-")
	if !isRange {
		high = low
	}
	first, err1 := strconv.ParseUint(low, 10, 16)
	last, err2 := strconv.ParseUint(high, 10, 16)
	if err1 != nil || err2 != nil || first == 0 || last < first {
		return c.fail(1, "nc: port number invalid: %s", f.rest[1])
	}
	wait := 5 * time.Second
	if text, ok := f.values['w']; ok {
		if wait, err = interval(text); err != nil || wait <= 0 {
			return c.fail(1, "nc: timeout invalid: %s", text)
		}
	}
	from, err := c.number(f, 'p', 0)
	if err != nil {
		return err
	}
	failed := error(&ExitError{1})
	for port := first; port <= last && c.ctx.Err() == nil; port++ {
		at := netip.AddrPortFrom(to, uint16(port))
		if f.set['u'] {
			err = c.datagram(h, f, at, uint16(from), wait)
		} else {
			err = c.connect(h, f, at, uint16(from), wait)
		}
		if err == nil {
			failed = nil
		}
	}
	return failed
}

// connect opens a connection; without -z it carries standard input there and the answer back.
func (c *call) connect(h *host.Host, f *flags, to netip.AddrPort, from uint16, wait time.Duration) error {
	s := c.shell
	net := s.world.Sim()
	stream := h.Dial(net.Now(), to, from, func() {})
	s.until(c.ctx, net.Now()+wait, func() bool {
		open, why, _ := stream.Open()
		return open || why != host.Unfinished
	})
	if open, why, _ := stream.Open(); !open {
		stream.Close(net.Now())
		if f.set['v'] || !f.set['z'] {
			fmt.Fprintf(c.stderr, "nc: connect to %s port %d (tcp) failed: %s\n", to.Addr(), to.Port(), netcatReason(why))
		}
		return &ExitError{1}
	}
	if f.set['v'] {
		fmt.Fprintf(c.stderr, "Connection to %s %d port [tcp/*] succeeded!\n", to.Addr(), to.Port())
	}
	if f.set['z'] {
		stream.Close(net.Now())
		s.settle(c.ctx)
		return nil
	}
	said, err := c.input()
	if err != nil {
		return err
	}
	if said != "" {
		stream.Write(net.Now(), []byte(said))
	}
	if f.set['N'] {
		stream.Close(net.Now())
	}
	s.until(c.ctx, net.Now()+wait, func() bool { _, ended := stream.Unread(); return ended })
	c.drain(stream)
	stream.Close(net.Now())
	s.settle(c.ctx)
	return nil
}

// drain prints what a stream has received.
func (c *call) drain(s *host.Stream) string {
	var all []byte
	buf := make([]byte, 4096)
	for n := s.Read(buf); n > 0; n = s.Read(buf) {
		all = append(all, buf[:n]...)
	}
	c.print("%s", all)
	return string(all)
}

func netcatReason(why host.Stop) string {
	switch why {
	case host.Refused:
		return "Connection refused"
	case host.NoRoute:
		return "Network is unreachable"
	case host.NoNeighbour, host.Unreachable:
		return "No route to host"
	}
	return "Operation timed out"
}

// datagram sends standard input as one datagram and prints the answer. With -z it is the port that counts: closed is only one
// that says so.
func (c *call) datagram(h *host.Host, f *flags, to netip.AddrPort, from uint16, wait time.Duration) error {
	said, err := c.input()
	if err != nil {
		return err
	}
	if f.set['z'] {
		said = "X"
	}
	s := c.shell
	net := s.world.Sim()
	a := h.Ask(net.Now(), host.Ask{To: to, From: netip.AddrPortFrom(netip.Addr{}, from), Payload: said, Timeout: min(wait, 2*time.Second)})
	s.until(c.ctx, 0, func() bool { return a.Done })
	switch {
	case a.Stop == host.Refused, a.Stop == host.NoRoute, a.Stop == host.Unreachable, a.Stop == host.NoNeighbour:
		if f.set['v'] || !f.set['z'] {
			fmt.Fprintf(c.stderr, "nc: connect to %s port %d (udp) failed: %s\n", to.Addr(), to.Port(), netcatReason(a.Stop))
		}
		return &ExitError{1}
	case f.set['z'] && f.set['v']:
		fmt.Fprintf(c.stderr, "Connection to %s %d port [udp/*] succeeded!\n", to.Addr(), to.Port())
	case !f.set['z']:
		c.print("%s", a.Reply)
	}
	return nil
}

// listen accepts a connection, or with -k all that come, prints what they bring and answers them with standard input. It goes
// on in the background: nothing could connect while it is waited for.
func (c *call) listen(h *host.Host, f *flags) error {
	if f.set['u'] {
		return c.fail(1, "nc: -u with -l is not simulated; machines answer datagrams where the lab file says udp:")
	}
	text := f.values['p']
	if len(f.rest) > 0 {
		text = f.rest[len(f.rest)-1]
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return c.fail(1, "nc: port number invalid: %s", text)
	}
	answer, err := c.input()
	if err != nil {
		return err
	}
	s := c.shell
	j := c.start(func() { h.Unlisten(uint16(port)) })
	j.serves = uint16(port)
	ok := h.Listen(uint16(port), func(stream *host.Stream) func() {
		if answer != "" {
			s.world.Sim().At(s.world.Sim().Now(), func() { stream.Write(s.world.Sim().Now(), []byte(answer)) })
		}
		if !f.set['k'] {
			h.Unlisten(uint16(port))
		}
		there := call{stdout: &j.said}
		return func() {
			there.drain(stream)
			if _, ended := stream.Unread(); ended {
				stream.Close(s.world.Sim().Now())
				if !f.set['k'] {
					s.end(j)
				}
			}
		}
	})
	if !ok {
		s.end(j)
		return c.fail(1, "nc: Address already in use")
	}
	if f.set['v'] {
		fmt.Fprintf(c.stderr, "Listening on 0.0.0.0 %d\n", port)
	}
	return nil
}
