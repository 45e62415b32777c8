package shell

import (
	"fmt"
	"time"

	"ovnsim/sim/host"
)

// dhclient6 asks for an IPv6 address, and tells of it.
func (c *call) dhclient6(h *host.Host, device string, say func(string, ...any)) error {
	s := c.shell
	names := map[byte]string{host.DHCP6Solicit: "Solicit", host.DHCP6Advertise: "Advertise", host.DHCP6Request: "Request", host.DHCP6Reply: "Reply"}
	say("Listening on Socket/%s\nSending on   Socket/%s\nPRC: Soliciting for leases (INIT).", device, device)
	l := h.Lease6(s.world.Sim().Now(), host.Lease6{Told: func(e host.Lease6Event) {
		if e.From.IsValid() {
			say("RCV: %s message on %s from %s.", names[e.Type], device, e.From)
		} else {
			say("XMT: %s on %s, interval %dms.", names[e.Type], device, e.Again.Milliseconds())
		}
	}})
	s.until(c.ctx, 0, func() bool { return l.Done })
	h.EndLease6(l)
	if !l.Address.IsValid() {
		return &ExitError{2}
	}
	say("PRC: Bound to lease %s.", l.Server)
	return nil
}

// rdisc6 asks for routers and prints what they say, as ndisc6's rdisc6 does. The machine takes addresses and its way to
// everywhere from them, as a Linux machine would by itself.
func rdisc6(c *call) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	f, err := c.parseFlags("1qvnm", "rw")
	if err != nil {
		return err
	}
	tries, err := c.number(f, 'r', 3)
	if err != nil || len(f.rest) != 1 || tries < 1 || tries > 100 {
		return c.usage()
	}
	if err := c.device(f.rest[0]); err != nil {
		return err
	}
	s, heard := c.shell, 0
	if !f.set['q'] {
		c.print("Soliciting ff02::2 (ff02::2) on %s...\n", f.rest[0])
	}
	for try := 0; try < tries && heard == 0 && c.ctx.Err() == nil; try++ {
		h.Solicit(s.world.Sim().Now(), func(r host.Router) {
			heard++
			if f.set['q'] {
				for _, p := range r.Prefixes {
					c.print("%s\n", p.Prefix)
				}
			} else {
				c.print("%s", advertised(r))
			}
		})
		s.pass(c.ctx, time.Second)
		if heard == 0 && !f.set['q'] {
			c.print("Timed out.\n")
		}
	}
	h.Follow()
	if heard == 0 {
		c.print("No response.\n")
		return &ExitError{2}
	}
	return nil
}

// advertised is an advertisement as rdisc6 prints it.
func advertised(r host.Router) string {
	yes := func(flag uint8) string {
		if r.Flags&flag != 0 {
			return "Yes"
		}
		return "No"
	}
	preference := map[uint8]string{0: "medium", host.RAHigh: "high", host.RAHigh | host.RALow: "low", host.RALow: "invalid"}[r.Flags&(host.RAHigh|host.RALow)]
	out := fmt.Sprintf("\nHop limit                 : %12s (      0x%02x)\n", unspecified(int64(r.HopLimit), "undefined"), r.HopLimit)
	for _, line := range [][2]string{
		{"Stateful address conf.", yes(host.RAManaged)}, {"Stateful other conf.", yes(host.RAOther)}, {"Mobile home agent", yes(host.RAHome)},
		{"Router preference", preference}, {"Neighbor discovery proxy", yes(host.RAProxy)},
	} {
		out += fmt.Sprintf("%-26s: %12s\n", line[0], line[1])
	}
	out += fmt.Sprintf("Router lifetime           : %12d (0x%08x) seconds\n", int64(r.Lifetime.Seconds()), int64(r.Lifetime.Seconds()))
	out += "Reachable time            : " + milli(r.Reachable) + "Retransmit time           : " + milli(r.Retransmit)
	if r.MAC != [6]byte{} {
		out += fmt.Sprintf(" Source link-layer address: %s\n", r.MAC)
	}
	if r.MTU != 0 {
		valid := "valid"
		if r.MTU < 1280 {
			valid = "invalid"
		}
		out += fmt.Sprintf(" MTU                      : %12d bytes (%s)\n", r.MTU, valid)
	}
	for _, p := range r.Prefixes {
		out += fmt.Sprintf(" Prefix                   : %s\n  On-link                 : %12s\n  Autonomous address conf.: %12s\n", p.Prefix, yesNo(p.OnLink), yesNo(p.Auto))
		out += "  Valid time              : " + lasting(p.Valid) + "  Pref. time              : " + lasting(p.Preferred)
	}
	for _, a := range r.DNS {
		out += fmt.Sprintf(" Recursive DNS server     : %s\n", a)
	}
	return out + fmt.Sprintf(" from %s\n", r.Addr)
}

func yesNo(yes bool) string {
	if yes {
		return "Yes"
	}
	return "No"
}

// unspecified is a number, or a word for none.
func unspecified(n int64, word string) string {
	if n == 0 {
		return word
	}
	return fmt.Sprint(n)
}

func milli(d time.Duration) string {
	ms := d.Milliseconds()
	if ms == 0 {
		return fmt.Sprintf("%12s (0x%08x)\n", "unspecified", ms)
	}
	return fmt.Sprintf("%12d (0x%08x) milliseconds\n", ms, ms)
}

// lasting is a time in seconds, of which all bits set are for ever.
func lasting(d time.Duration) string {
	n := int64(d.Seconds())
	if n == 1<<32-1 {
		return fmt.Sprintf("%12s (0x%08x)\n", "infinite", n)
	}
	return fmt.Sprintf("%12d (0x%08x) seconds\n", n, n)
}
