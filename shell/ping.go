package shell

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ovnsim/sim/host"
	"ovnsim/sim/packet"
)

// ping sends echo requests and tells of the answers as iputils' ping does.
func ping(c *call) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	f, err := c.parseFlags("nqv46OD", "cWwisItM")
	if err != nil {
		return err
	}
	if len(f.rest) != 1 {
		return c.fail(2, "ping: usage error: Destination address required")
	}
	to, err := netip.ParseAddr(f.rest[0])
	if err != nil {
		return c.fail(2, "ping: %s: Name or service not known", f.rest[0])
	}
	want := host.Ping{Dst: to, Count: 4, Interval: time.Second, Timeout: time.Second}
	if c.shell.options.Interactive {
		want.Count = 1 << 30
	}
	if want.Size, err = c.number(f, 's', 56); err != nil {
		return err
	}
	if want.Size < 0 || want.Size > 65000 {
		return c.fail(1, "ping: invalid -s value: '%d': out of range: 0 <= value <= 65000", want.Size)
	}
	if f.set['c'] {
		if want.Count, err = c.number(f, 'c', 0); err != nil || want.Count < 1 {
			return c.fail(1, "ping: invalid argument: '%s': out of range: 1 <= value <= 9223372036854775807", f.values['c'])
		}
	}
	for option, to := range map[byte]*time.Duration{'i': &want.Interval, 'W': &want.Timeout} {
		if text, ok := f.values[option]; ok {
			if *to, err = interval(text); err != nil || *to <= 0 {
				return c.fail(1, "ping: invalid argument: '%s'", text)
			}
		}
	}
	want.Src, _ = netip.ParseAddr(f.values['I'])
	return c.ping(h, want, f)
}

func (c *call) ping(h *host.Host, want host.Ping, f *flags) error {
	s := c.shell
	net := s.world.Sim()
	began := net.Now()
	headers := 28
	if want.Dst.Is6() {
		headers = 48
	}
	var limit time.Duration
	if f.set['w'] {
		d, err := interval(f.values['w'])
		if err != nil {
			return c.fail(1, "ping: invalid argument: '%s'", f.values['w'])
		}
		limit = began + d
	}
	p := h.Ping(began, want)
	if p.Stop == host.NoRoute {
		return c.fail(2, "ping: connect: Network is unreachable")
	}
	if want.Dst.Is6() {
		c.print("PING %s (%s) %d data bytes\n", want.Dst, want.Dst, p.Size)
	} else {
		c.print("PING %s (%s) %d(%d) bytes of data.\n", want.Dst, want.Dst, p.Size, p.Size+headers)
	}
	got, troubles := 0, 0
	for {
		sent := p.Sent
		over := !s.until(c.ctx, limit, func() bool { return p.Done || p.Received > got || len(p.Errors) > troubles || p.Sent > sent })
		for ; got < p.Received && !f.set['q']; got++ {
			c.print("%d bytes from %s: icmp_seq=%d ttl=%d time=%s ms\n", p.Size+8, want.Dst, p.Sent, p.TTL, milliseconds(p.Times[got]))
		}
		for ; troubles < len(p.Errors) && !f.set['q']; troubles++ {
			c.print("%s\n", pingError(h, p.Errors[troubles], p.Sent, want.Dst))
		}
		got, troubles = p.Received, len(p.Errors)
		if over || p.Done {
			break
		}
		c.flush()
		if c.shell.options.Interactive && !f.set['c'] && p.Sent > sent {
			c.pace(want.Interval)
		}
	}
	h.StopPing(p)
	c.pingSummary(p, net.Now()-began)
	if p.Received == 0 {
		return &ExitError{1}
	}
	return nil
}

// pace lets real time pass, in a command that would otherwise print without end.
func (c *call) pace(d time.Duration) {
	select {
	case <-time.After(min(d, time.Second)):
	case <-c.ctx.Done():
	}
}

// pingError is an ICMP error as ping shows it.
func pingError(h *host.Host, text string, seq int, to netip.Addr) string {
	if from, what, ok := strings.Cut(text, ": "); ok && strings.HasPrefix(from, "From ") {
		return fmt.Sprintf("%s icmp_seq=%d %s", from, seq, what)
	}
	for _, a := range h.Addresses() {
		if a.Addr().Is4() == to.Is4() {
			return fmt.Sprintf("From %s icmp_seq=%d %s", a.Addr(), seq, text)
		}
	}
	return text
}

func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 3, 64)
}

func (c *call) pingSummary(p *host.Ping, took time.Duration) {
	errors := ""
	if len(p.Errors) > 0 {
		errors = fmt.Sprintf(", +%d errors", len(p.Errors))
	}
	c.print("\n--- %s ping statistics ---\n%d packets transmitted, %d received%s, %d%% packet loss, time %dms\n",
		p.Dst, p.Sent, p.Received, errors, 100*(p.Sent-p.Received)/max(p.Sent, 1), took.Milliseconds())
	if p.Received == 0 {
		return
	}
	low, high, sum := p.Times[0], p.Times[0], time.Duration(0)
	for _, t := range p.Times {
		low, high, sum = min(low, t), max(high, t), sum+t
	}
	mean := sum / time.Duration(len(p.Times))
	spread := time.Duration(0)
	for _, t := range p.Times {
		spread += max(t-mean, mean-t)
	}
	c.print("rtt min/avg/max/mdev = %s/%s/%s/%s ms\n", milliseconds(low), milliseconds(mean), milliseconds(high), milliseconds(spread/time.Duration(len(p.Times))))
}

// arping asks who has an address, and tells of every answer, even of two machines that both claim it.
func arping(c *call) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	f, err := c.parseFlags("qbfDU", "cIwsW")
	if err != nil {
		return err
	}
	count, err := c.number(f, 'c', 3)
	if err != nil || len(f.rest) != 1 || count < 1 || count > 10000 {
		return c.usage()
	}
	to, err := netip.ParseAddr(f.rest[0])
	if err != nil || !to.Is4() {
		return c.fail(2, "arping: %s: Name or service not known", f.rest[0])
	}
	var from netip.Addr
	for _, a := range h.Addresses() {
		if a.Addr().Is4() && (!from.IsValid() || a.Contains(to)) {
			from = a.Addr()
		}
	}
	if !from.IsValid() {
		from = netip.IPv4Unspecified()
	}
	c.print("ARPING %s from %s %s\n", to, from, c.shell.wires.device(c.at.name))
	answers := 0
	for range count {
		n, err := c.arpOnce(h, from, to)
		if err != nil {
			return c.fail(2, "arping: %v", err)
		}
		answers += n
		c.flush()
		if c.ctx.Err() != nil || f.set['f'] && n > 0 {
			break
		}
	}
	c.print("Sent %d probes (%d broadcast(s))\nReceived %d response(s)\n", count, count, answers)
	if answers == 0 {
		return &ExitError{1}
	}
	return nil
}

// arpOnce sends one question and tells how many answers came in a second.
func (c *call) arpOnce(h *host.Host, from, to netip.Addr) (int, error) {
	s := c.shell
	_, port := s.world.Machine(c.at.name)
	net := s.world.Sim()
	sent, answers := net.Now(), 0
	stop := s.watch(func(at time.Duration, on string, out bool, frame []byte) {
		p, err := packet.Decode(frame)
		if err != nil || on != port || !out || packet.ARPOp.Get64(&p.Key) != 2 || packet.Addr4(packet.ARPSPA.Get64(&p.Key)) != to {
			return
		}
		answers++
		mac := strings.ToUpper(packet.MACOf(packet.ARPSHA.Get64(&p.Key)).String())
		c.print("Unicast reply from %s [%s]  %sms\n", to, mac, milliseconds(at-sent))
	})
	defer stop()
	frame := packet.BuildARP(packet.Ether{Src: h.MAC(), Dst: packet.Broadcast}, packet.ARP{Op: 1, SHA: h.MAC(), SPA: from, TPA: to})
	if err := net.Inject(port, frame); err != nil {
		return 0, err
	}
	s.pass(c.ctx, time.Second)
	return answers, nil
}
