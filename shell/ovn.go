package shell

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"ovnsim/explain"
	"ovnsim/lb"
	"ovnsim/sim/conntrack"
	"ovnsim/sim/ovntrace"
	"ovnsim/topology/nbctl"
)

// nbctlCommand changes the topology, with ovn-nbctl's output, errors and exit codes.
func nbctlCommand(c *call) error {
	err := c.shell.world.Nbctl(c.args[1:], c.stdout)
	var refused *nbctl.Error
	if errors.As(err, &refused) {
		return c.fail(refused.Code, "ovn-nbctl: %s", refused.Text)
	}
	if err != nil {
		return c.fail(1, "ovn-nbctl: %v", err)
	}
	if len(c.shell.wires.mappings) > 0 { // a localnet port may have come
		return c.replugged()
	}
	return nil
}

// traceCommand is ovn-trace on the flows in force.
func traceCommand(c *call) error {
	var o ovntrace.Options
	f := pflag.NewFlagSet("ovn-trace", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	var ignored string
	f.StringVar(&ignored, "db", "", "")
	f.Bool("ovs", false, "")
	o.Flags(f)
	if err := f.Parse(c.args[1:]); err != nil {
		return c.fail(1, "ovn-trace: %v", err)
	}
	if n := f.NArg(); n < 1 || n > 2 {
		return c.fail(1, "ovn-trace: %s", ifElse(n == 0, "missing required argument microflow", "at most two non-option arguments are supported"))
	}
	sb := *c.shell.world.Sim().Southbound()
	sb.MACBindings, sb.FDB = c.shell.world.Sim().Learned()
	if err := o.Run(&sb, f.Args(), c.stdout, c.stderr); err != nil {
		return c.fail(1, "ovn-trace: %v", err)
	}
	return nil
}

// appctl shows the connection table as Open vSwitch does.
func appctl(c *call) error {
	zone, args := -1, []string{}
	for _, a := range c.args[1:] {
		if n, err := fmt.Sscanf(a, "zone=%d", &zone); (err != nil || n != 1) && !strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "system@") {
			args = append(args, a)
		}
	}
	if len(args) != 1 || args[0] != "dpctl/dump-conntrack" {
		return c.fail(2, "\"%s\" is not simulated, only dpctl/dump-conntrack", strings.Join(args, " "))
	}
	for _, conn := range c.shell.world.Sim().Connections() {
		if zone < 0 || int(conn.Zone()) == zone {
			c.print("%s\n", conn)
		}
	}
	return nil
}

// conntrackCommand shows the connection table as conntrack(8) does.
func conntrackCommand(c *call) error {
	f, err := c.parseFlags("LEFC", "psdfwo")
	if err != nil {
		return err
	}
	if !f.set['L'] && !f.set['C'] || f.set['F'] || f.set['E'] {
		return c.fail(2, "conntrack: only -L and -C are simulated")
	}
	now, n := c.shell.world.Sim().Now(), 0
	for _, conn := range c.shell.world.Sim().Connections() {
		t := conn.Original()
		switch {
		case f.set['p'] && f.values['p'] != lb.ProtoName(t.Proto), f.set['s'] && f.values['s'] != t.Src.String(),
			f.set['d'] && f.values['d'] != t.Dst.String(), f.set['w'] && f.values['w'] != fmt.Sprint(conn.Zone()):
			continue
		}
		n++
		if f.set['L'] {
			c.print("%s\n", conntrackLine(conn, now))
		}
	}
	if f.set['C'] {
		c.print("%d\n", n)
		return nil
	}
	fmt.Fprintf(c.stderr, "conntrack v1.4.7 (conntrack-tools): %d flow entries have been shown.\n", n)
	return nil
}

func conntrackLine(conn *conntrack.Conn, now time.Duration) string {
	o, r := conn.Original(), conn.Answer()
	state := ""
	if _, after, ok := strings.Cut(conn.String(), "protoinfo=(state="); ok {
		state = strings.TrimSuffix(after, ")") + " "
	}
	ends := func(src, dst netip.Addr, from, to uint16) string {
		if o.Proto == 1 || o.Proto == 58 {
			return fmt.Sprintf("src=%s dst=%s id=%d", src, dst, from)
		}
		return fmt.Sprintf("src=%s dst=%s sport=%d dport=%d", src, dst, from, to)
	}
	return fmt.Sprintf("%-8s %d %d %s%s %s mark=%d zone=%d use=1", lb.ProtoName(o.Proto), o.Proto, int((conn.Expires() - now).Seconds()), state,
		ends(o.Src, o.Dst, o.SrcPort, o.DstPort), ends(r.Src, r.Dst, r.SrcPort, r.DstPort), conn.Mark, conn.Zone())
}

// explainCommand asks for a URL and says of every balancer with that address whether it applied, or why not.
func explainCommand(c *call) error {
	if _, err := c.host(); err != nil {
		return err
	}
	f, err := c.parseFlags("v", "m")
	if err != nil {
		return err
	}
	if len(f.rest) != 1 {
		return c.usage()
	}
	target := f.rest[0]
	if code, message := checkURL(target); code != 0 {
		return c.fail(2, "explain: %s", message)
	}
	if !strings.Contains(target, "://") {
		target = "http://" + target
	}
	limit := 2 * time.Second
	if text, ok := f.values['m']; ok {
		if limit, err = interval(text); err != nil {
			return c.fail(2, "explain: -m %s: %v", text, err)
		}
	}
	flow, verdicts, err := c.shell.world.Get(c.at.name, target, 0, limit)
	if err != nil {
		return c.fail(2, "explain: %v", err)
	}
	c.print("%s asks %s: %s\n", c.at.name, target, flow.Stop)
	for _, v := range verdicts {
		c.print("%s%s: %s\n", v.Reason, ifElse(v.Place == "", "", " at "+v.Place), verdictText(v))
		if v.Remedy != "" {
			c.print("  try: %s\n", v.Remedy)
		}
	}
	if len(verdicts) == 0 {
		c.print("no balancer has the address %s\n", flow.Remote.Addr())
	}
	if f.set['v'] {
		for _, j := range flow.Journeys {
			c.print("  %s from %s: %s\n", j.Packet, j.Port, strings.Join(j.Path(), " → "))
		}
	}
	return nil
}

func verdictText(v explain.Verdict) string {
	text := v.Sentence
	if v.Because != "" {
		text += " (" + v.Because + ")"
	}
	if v.Backend != "" {
		text += fmt.Sprintf("; backend %s in %s", v.Backend, v.Stage)
	}
	return text
}

// show is the topology and where the machines are.
func show(c *call) error {
	if err := c.shell.world.Nbctl([]string{"show"}, c.stdout); err != nil {
		return c.fail(1, "show: %v", err)
	}
	for _, name := range c.shell.world.Machines() {
		h, port := c.shell.world.Machine(name)
		var addresses []string
		for _, a := range h.Addresses() {
			addresses = append(addresses, a.String())
		}
		c.print("machine %s on %s: %s %s\n", name, orNone(port), h.MAC(), strings.Join(addresses, " "))
	}
	return nil
}
