package shell

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"ovnsim/sim/host"
	"ovnsim/sim/packet"
)

// ip is iproute2: netns, link, addr, route, neigh, in its own texts.
func ip(c *call) error {
	args := c.args[1:]
	opt := ipOptions{family: 0}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch a := args[0]; {
		case (a == "-n" || strings.HasPrefix(a, "-net")) && len(args) > 1: // ip -n MACHINE …
			return c.onMachine(args[1], append([]string{"ip"}, args[2:]...))
		case a == "-4":
			opt.family = 4
		case a == "-6":
			opt.family = 6
		case strings.HasPrefix(a, "-br"):
			opt.brief = true
		}
		args = args[1:]
	}
	if len(args) == 0 {
		return c.fail(255, "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\nwhere  OBJECT := { address | link | neighbor | netns | route }")
	}
	object, args := args[0], args[1:]
	if object == "netns" && len(args) > 0 && args[0] == "exec" {
		if len(args) < 3 {
			return c.fail(255, "No command specified")
		}
		return c.onMachine(args[1], args[2:])
	}
	for _, o := range []struct {
		name string
		run  func(*call, ipOptions, []string) error
	}{{"address", ipAddress}, {"route", ipRoute}, {"neighbour", ipNeighbour}, {"neighbor", ipNeighbour}, {"link", ipLink}, {"netns", ipNetns}} {
		if strings.HasPrefix(o.name, object) {
			return c.shell.alone(c, &command{name: "ip", run: func(c *call) error { return o.run(c, opt, args) }})
		}
	}
	return c.fail(1, "Object \"%s\" is unknown, try \"ip help\".", object)
}

type ipOptions struct {
	family int // 4, 6, 0 for the default
	brief  bool
}

// verb is the first word, and what follows it; show when there is none.
func verb(args []string) (string, []string) {
	if len(args) == 0 {
		return "show", nil
	}
	return args[0], args[1:]
}

// is tells whether a word is an abbreviation of one of the verbs.
func is(word string, verbs ...string) bool {
	return slices.ContainsFunc(verbs, func(v string) bool { return strings.HasPrefix(v, word) })
}

// device checks what stands behind dev: a machine has one interface; names that tutorials use for it pass where the lab has
// not named it.
func (c *call) device(name string) error {
	own := c.shell.wires.device(c.at.name)
	if name == own || name == "lo" || own == "eth0" && (strings.HasPrefix(name, "ens") || strings.HasPrefix(name, "enp") || strings.HasPrefix(name, "eth")) {
		return nil
	}
	return c.fail(1, "Cannot find device \"%s\"", name)
}

func ipAddress(c *call, o ipOptions, args []string) error {
	v, args := verb(args)
	if is(v, "show", "list") {
		return c.showLinks(o, true)
	}
	h, err := c.host()
	if err != nil {
		return err
	}
	var prefix netip.Prefix
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "dev" && i+1 < len(args):
			i++
			if err := c.device(args[i]); err != nil {
				return err
			}
		case a == "brd" || a == "broadcast" || a == "scope" || a == "label":
			i++
		default:
			if prefix, err = parseAddress(a); err != nil {
				return c.fail(1, "Error: any valid prefix is expected rather than \"%s\".", a)
			}
		}
	}
	have := h.Addresses()
	switch at := slices.Index(have, prefix); {
	case is(v, "flush"):
		h.SetAddresses(nil)
	case !prefix.IsValid():
		return c.fail(255, "Not enough information: \"local\" argument is required.")
	case is(v, "add") && at >= 0:
		return c.fail(2, "RTNETLINK answers: File exists")
	case is(v, "add", "replace", "change"):
		h.SetAddresses(append(slices.DeleteFunc(have, func(p netip.Prefix) bool { return p == prefix }), prefix))
	case is(v, "delete") && at < 0:
		return c.fail(2, "RTNETLINK answers: Cannot assign requested address")
	case is(v, "delete"):
		h.SetAddresses(slices.Delete(have, at, at+1))
	default:
		return c.fail(255, "Command \"%s\" is unknown, try \"ip address help\".", v)
	}
	return nil
}

func parseAddress(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

// showLinks prints the loopback and the machine's interface.
func (c *call) showLinks(o ipOptions, addresses bool) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	dev := c.shell.wires.device(c.at.name)
	if o.brief {
		all := h.MAC().String() + " <BROADCAST,MULTICAST,UP,LOWER_UP> "
		if addresses {
			all = ""
			for _, a := range h.Addresses() {
				if o.family == 0 || a.Addr().Is6() == (o.family == 6) {
					all += a.String() + " "
				}
			}
		}
		if o.family != 6 {
			c.print("%-16s %-14s %s \n", "lo", "UNKNOWN", "127.0.0.1/8")
		}
		c.print("%-16s %-14s %s\n", dev, "UP", all)
		return nil
	}
	forever := "       valid_lft forever preferred_lft forever\n"
	c.print("1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n")
	if addresses && o.family != 6 {
		c.print("    inet 127.0.0.1/8 scope host lo\n%s", forever)
	}
	c.print("2: %s: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu %d qdisc noqueue state UP group default qlen 1000\n    link/ether %s brd ff:ff:ff:ff:ff:ff\n", dev, h.MTU(), h.MAC())
	for _, a := range h.Addresses() {
		switch six := a.Addr().Is6(); {
		case !addresses || six && o.family == 4 || !six && o.family == 6:
		case !six:
			c.print("    inet %s scope global %s\n%s", a, dev, forever)
		case a.Addr().IsLinkLocalUnicast():
			c.print("    inet6 %s scope link \n%s", a, forever)
		default:
			c.print("    inet6 %s scope global \n%s", a, forever)
		}
	}
	return nil
}

func ipNeighbour(c *call, o ipOptions, args []string) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	switch v, args := verb(args); {
	case is(v, "show", "list"):
		for _, n := range h.Neighbours() {
			switch six := n.Addr.Is6(); {
			case o.family == 4 && six || o.family == 6 && !six:
			case n.MAC == packet.MAC{}:
				c.print("%s dev %s INCOMPLETE \n", n.Addr, c.shell.wires.device(c.at.name))
			default:
				c.print("%s dev %s lladdr %s %s \n", n.Addr, c.shell.wires.device(c.at.name), n.MAC, n.State)
			}
		}
	case is(v, "flush"):
		h.ForgetNeighbours()
	case is(v, "delete") && len(args) > 0:
		a, err := netip.ParseAddr(args[0])
		if err != nil {
			return c.fail(1, "Error: any valid address is expected rather than \"%s\".", args[0])
		}
		if !h.ForgetNeighbour(a) {
			return c.fail(2, "RTNETLINK answers: No such file or directory")
		}
	default:
		return c.fail(255, "Command \"%s\" is not simulated, only show, flush and del.", v)
	}
	return nil
}

func ipRoute(c *call, o ipOptions, args []string) error {
	h, err := c.host()
	if err != nil {
		return err
	}
	v, args := verb(args)
	switch {
	case is(v, "show", "list"):
		c.showRoutes(h, o)
		return nil
	case is(v, "get") && len(args) > 0:
		return c.routeTo(h, args[0])
	case is(v, "flush"):
		for _, r := range h.Routes() {
			h.DeleteRoute(r.Prefix)
		}
		return nil
	case !is(v, "add", "append", "replace", "change", "delete"):
		return c.fail(255, "Command \"%s\" is unknown, try \"ip route help\".", v)
	}
	r, err := c.routeWords(args, o)
	if err != nil {
		return err
	}
	static := slices.ContainsFunc(h.Routes()[len(h.Addresses()):], func(old host.Route) bool { return old.Prefix == r.Prefix })
	switch {
	case is(v, "delete") && !h.DeleteRoute(r.Prefix):
		return c.fail(2, "RTNETLINK answers: No such process")
	case is(v, "delete"):
	case is(v, "add", "append") && static:
		return c.fail(2, "RTNETLINK answers: File exists")
	default:
		if h.AddRoute(r) != nil {
			return c.fail(2, "Error: Nexthop has invalid gateway.")
		}
	}
	return nil
}

// routeWords reads PREFIX [via GATEWAY] [dev NAME] and what else a route may say.
func (c *call) routeWords(args []string, o ipOptions) (r host.Route, err error) {
	prefix := ""
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "via" && i+1 < len(args):
			i++
			if args[i] == "inet" || args[i] == "inet6" {
				i = min(i+1, len(args)-1)
			}
			if r.Via, err = netip.ParseAddr(args[i]); err != nil {
				return r, c.fail(1, "Error: inet address is expected rather than \"%s\".", args[i])
			}
		case a == "dev" && i+1 < len(args):
			i++
			if err := c.device(args[i]); err != nil {
				return r, err
			}
		case (a == "metric" || a == "proto" || a == "scope" || a == "src" || a == "table" || a == "mtu") && i+1 < len(args):
			i++
		case a == "onlink" || a == "to":
		case prefix == "":
			prefix = a
		default:
			return r, c.fail(255, "Error: either \"to\" is duplicate, or \"%s\" is a garbage.", a)
		}
	}
	switch {
	case prefix == "":
		return r, c.fail(255, "Command line is not complete. Try option \"help\"")
	case prefix == "default" && (o.family == 6 || r.Via.Is6()):
		r.Prefix = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	case prefix == "default":
		r.Prefix = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	default:
		p, err := parseAddress(prefix)
		if err != nil {
			return r, c.fail(1, "Error: inet prefix is expected rather than \"%s\".", prefix)
		}
		if p.Masked() != p {
			return r, c.fail(2, "Error: Invalid prefix for given prefix length.")
		}
		r.Prefix = p
	}
	return r, nil
}

func (c *call) showRoutes(h *host.Host, o ipOptions) {
	dev := c.shell.wires.device(c.at.name)
	addresses := h.Addresses()
	routes := h.Routes()
	var lines []string
	for i, r := range routes {
		if r.Prefix.Addr().Is6() != (o.family == 6) {
			continue
		}
		name := r.Prefix.String()
		if r.Prefix.Bits() == 0 {
			name = "default"
		}
		switch {
		case i < len(addresses) && r.Prefix.Addr().Is4():
			lines = append(lines, fmt.Sprintf("%s dev %s proto kernel scope link src %s ", name, dev, addresses[i].Addr()))
		case i < len(addresses):
			lines = append(lines, fmt.Sprintf("%s dev %s proto kernel metric 256 pref medium", name, dev))
		case r.Via.IsValid():
			lines = append(lines, fmt.Sprintf("%s via %s dev %s ", name, r.Via, dev))
		default:
			lines = append(lines, fmt.Sprintf("%s dev %s scope link ", name, dev))
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int { // default comes first
		return strings.Compare(strconv.Itoa(btoi(!strings.HasPrefix(a, "default"))), strconv.Itoa(btoi(!strings.HasPrefix(b, "default"))))
	})
	c.lines(lines)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// routeTo says by which way an address is reached.
func (c *call) routeTo(h *host.Host, text string) error {
	to, err := netip.ParseAddr(text)
	if err != nil {
		return c.fail(1, "Error: any valid prefix is expected rather than \"%s\".", text)
	}
	best := host.Route{Prefix: netip.PrefixFrom(to, -1)}
	for _, r := range h.Routes() {
		if r.Prefix.Contains(to) && r.Prefix.Bits() > best.Prefix.Bits() {
			best = r
		}
	}
	if best.Prefix.Bits() < 0 {
		return c.fail(2, "RTNETLINK answers: Network is unreachable")
	}
	hop, via := to, ""
	if best.Via.IsValid() {
		hop, via = best.Via, "via "+best.Via.String()+" "
	}
	src := ""
	for _, a := range h.Addresses() {
		if a.Contains(hop) {
			src = "src " + a.Addr().String() + " "
		}
	}
	c.print("%s %sdev %s %suid 0 \n    cache \n", to, via, c.shell.wires.device(c.at.name), src)
	return nil
}
