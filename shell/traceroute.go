package shell

import (
	"net/netip"
	"time"

	"ovnsim/sim/host"
)

// firstTracePort is where traceroute's first datagram goes; each has a port of its own.
const firstTracePort = 33434

// traceroute sends datagrams that live for one hop, two hops and so on, and tells which routers they died at, as Linux's
// traceroute does.
func traceroute(c *call) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	f, err := c.parseFlags("n46UF", "mqwpfi")
	if err != nil {
		return err
	}
	hops, err1 := c.number(f, 'm', 30)
	queries, err2 := c.number(f, 'q', 3)
	first, err3 := c.number(f, 'f', 1)
	port, err4 := c.number(f, 'p', firstTracePort)
	wait := 5 * time.Second
	if text, ok := f.values['w']; ok {
		wait, err = interval(text)
	}
	switch {
	case err1 != nil || err2 != nil || err3 != nil || err4 != nil || err != nil || len(f.rest) != 1:
		return c.usage()
	case hops < 1 || hops > 255 || queries < 1 || queries > 10 || first < 1 || first > hops || port < 1 || port+hops*queries > 65535 || wait <= 0:
		return c.fail(2, "traceroute: a number is out of range")
	}
	to, err := netip.ParseAddr(f.rest[0])
	if err != nil {
		return c.fail(2, "%s: Name or service not known\nCannot handle \"host\" cmdline arg `%s' on position 1 (argc %d)", f.rest[0], f.rest[0], len(c.args)-1)
	}
	c.print("traceroute to %s (%s), %d hops max, %d byte packets\n", to, to, hops, map[bool]int{true: 60, false: 80}[to.Is4()])
	for ttl, over := first, false; ttl <= hops && !over && c.ctx.Err() == nil; ttl++ {
		c.print("%2d ", ttl)
		var last netip.Addr
		for range queries {
			a := h.Ask(c.shell.world.Sim().Now(), host.Ask{To: netip.AddrPortFrom(to, uint16(port)), TTL: uint8(ttl), Payload: tracePayload, Timeout: wait})
			port++
			c.shell.until(c.ctx, 0, func() bool { return a.Done })
			if a.Stop == host.NoRoute {
				c.print("\n")
				return c.fail(1, "connect: Network is unreachable")
			}
			over = c.hop(a, &last) || over
		}
		c.print("\n")
		c.flush()
	}
	return nil
}

// tracePayload fills traceroute's packets up to the size of those of IPv4.
const tracePayload = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^"

// hop prints who answered a datagram, unless it was the last one who did, and how long it took. It tells whether there is
// nothing behind.
func (c *call) hop(a *host.Ask, last *netip.Addr) (over bool) {
	from := a.Error.From
	if a.Stop == host.Answered {
		from = a.To.Addr()
	}
	if !from.IsValid() {
		c.print(" *")
		return false
	}
	if from != *last {
		c.print(" %s", from)
		*last = from
	}
	c.print("  %s ms", milliseconds(a.Took))
	mark, over := traceMark(a)
	c.print("%s", mark)
	return over
}

// traceMark is what traceroute appends for an error, and whether it is the end.
func traceMark(a *host.Ask) (mark string, over bool) {
	e := a.Error
	switch four := e.From.Is4(); {
	case a.Stop == host.Answered, a.Stop == host.Refused:
		return "", true
	case four && e.Type == 11, !four && e.Type == 3:
		return "", false
	case four:
		mark, over = map[uint8]string{0: " !N", 1: " !H", 2: " !P", 4: " !F", 5: " !S", 9: " !X", 10: " !X", 13: " !X"}[e.Code], e.Type == 3
	default:
		mark, over = map[uint8]string{0: " !N", 1: " !X", 2: " !S", 3: " !H"}[e.Code], e.Type == 1
	}
	return mark, over
}
