package shell

import (
	"fmt"
	"time"

	"ovnsim/sim/host"
	"ovnsim/sim/packet"
)

// dhclient asks for an address as ISC's DHCP client does, and tells of it with -v. -r gives the lease back.
func dhclient(c *call) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	f, err := c.parseFlags("461vqdr", "")
	if err != nil {
		return err
	}
	device := c.shell.wires.device(c.at.name)
	switch {
	case len(f.rest) > 1:
		return c.usage()
	case len(f.rest) == 1:
		if err := c.device(f.rest[0]); err != nil {
			return err
		}
		device = f.rest[0]
	}
	say := func(format string, args ...any) {
		if f.set['v'] {
			fmt.Fprintf(c.stderr, format+"\n", args...)
		}
	}
	if f.set['r'] {
		if l, ok := h.Release(c.shell.world.Sim().Now()); ok {
			say("DHCPRELEASE of %s on %s to %s port 67", l.Address.Addr(), device, l.Server)
			c.shell.pass(c.ctx, time.Second)
		}
		return nil
	}
	if f.set['6'] {
		return c.dhclient6(h, device, say)
	}
	say("Listening on LPF/%s/%s\nSending on   LPF/%s/%s\nSending on   Socket/fallback", device, h.MAC(), device, h.MAC())
	l := c.lease(h, host.Lease{Told: func(e host.LeaseEvent) { say("%s", dhclientLine(e, device)) }})
	if !l.Address.IsValid() {
		say("No DHCPOFFERS received.\nNo working leases in persistent database - sleeping.")
		return &ExitError{2}
	}
	say("bound to %s -- renewal in %d seconds.", l.Address.Addr(), int(l.Time.Seconds())/2)
	return nil
}

// dhclientLine is a message of the exchange as dhclient tells of it.
func dhclientLine(e host.LeaseEvent, device string) string {
	switch e.Type {
	case packet.DHCPDiscover:
		return fmt.Sprintf("DHCPDISCOVER on %s to 255.255.255.255 port 67 interval %d", device, int(e.Again.Seconds()))
	case packet.DHCPOffer:
		return fmt.Sprintf("DHCPOFFER of %s from %s", e.Address, e.Server)
	case packet.DHCPRequest:
		return fmt.Sprintf("DHCPREQUEST for %s on %s to 255.255.255.255 port 67", e.Address, device)
	case packet.DHCPAck:
		return fmt.Sprintf("DHCPACK of %s from %s", e.Address, e.Server)
	}
	return fmt.Sprintf("DHCPNAK from %s", e.Server)
}

// lease asks for an address and lets time pass until there is one, or nobody has answered.
func (c *call) lease(h *host.Host, want host.Lease) *host.Lease {
	s := c.shell
	l := h.Lease(s.world.Sim().Now(), want)
	s.until(c.ctx, 0, func() bool { return l.Done })
	h.EndLease(l)
	return l
}

// udhcpc asks for an address as BusyBox's client does.
func udhcpc(c *call) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	f, err := c.parseFlags("nqfbRvS", "itTAs")
	if err != nil {
		return err
	}
	if name, ok := f.values['i']; ok {
		if err := c.device(name); err != nil {
			return err
		}
	}
	tries, err := c.number(f, 't', 3)
	if err != nil || tries < 1 || tries > 100 {
		return c.usage()
	}
	fmt.Fprintln(c.stderr, "udhcpc: started, v1.36.1")
	l := c.lease(h, host.Lease{Interval: 3 * time.Second, Tries: tries, Told: func(e host.LeaseEvent) {
		switch e.Type {
		case packet.DHCPDiscover:
			fmt.Fprintln(c.stderr, "udhcpc: broadcasting discover")
		case packet.DHCPRequest:
			fmt.Fprintf(c.stderr, "udhcpc: broadcasting select for %s, server %s\n", e.Address, e.Server)
		case packet.DHCPNak:
			fmt.Fprintln(c.stderr, "udhcpc: received DHCP NAK")
		}
	}})
	if !l.Address.IsValid() {
		fmt.Fprintln(c.stderr, "udhcpc: no lease, failing")
		return &ExitError{1}
	}
	fmt.Fprintf(c.stderr, "udhcpc: lease of %s obtained from %s, lease time %d\n", l.Address.Addr(), l.Server, int(l.Time.Seconds()))
	return nil
}
