package nbctl

import (
	"slices"
	"strconv"
	"strings"

	"ovnsim/topology"
)

func lspAdd(s *session, c *call) error {
	ls, err := must(s, switches, c.args[0])
	if err != nil {
		return err
	}
	var parent string
	var tag *int64
	switch len(c.args) {
	case 3:
		return fail("lsp-add with parent must also specify a tag")
	case 4:
		n, err := strconv.ParseInt(c.args[3], 10, 64)
		if err != nil || n < 0 || n > 4095 {
			return fail("%s: invalid tag (must be in range 0 to 4095)", c.args[3])
		}
		parent, tag = c.args[2], &n
	}
	name := c.args[1]
	if old, err := lookup(s, switchPorts, name); err != nil || old != nil {
		if err == nil {
			err = s.samePort(c, old, ls, parent, tag)
		}
		return err
	}
	s.addPort(ls, &topology.LogicalSwitchPort{Name: name, ParentName: parent, TagRequest: tag})
	return nil
}

func (s *session) addPort(ls *topology.LogicalSwitch, p *topology.LogicalSwitchPort) {
	s.insert(p)
	s.tx.Edit(ls)
	ls.Ports = with(ls.Ports, p)
}

// samePort tells why a port that exists is not what lsp-add would make.
func (s *session) samePort(c *call, old *topology.LogicalSwitchPort, ls *topology.LogicalSwitch, parent string, tag *int64) error {
	name := c.args[1]
	if !c.has("--may-exist") {
		return fail("%s: a port with this name already exists", name)
	}
	if err := s.portIsIn(old, ls, name); err != nil {
		return err
	}
	switch {
	case parent == "" && old.ParentName != "":
		return fail("%s: port already exists but has parent %s", name, old.ParentName)
	case parent == "":
		return nil
	case old.ParentName == "":
		return fail("%s: port already exists but has no parent", name)
	case old.ParentName != parent:
		return fail("%s: port already exists with different parent %s", name, old.ParentName)
	case old.TagRequest == nil:
		return fail("%s: port already exists but has no tag_request", name)
	case *old.TagRequest != *tag:
		return fail("%s: port already exists with different tag_request %d", name, *old.TagRequest)
	}
	return nil
}

func (s *session) portIsIn(p *topology.LogicalSwitchPort, ls *topology.LogicalSwitch, name string) error {
	in := s.SwitchOf(p)
	switch {
	case in == nil:
		return fail("logical port %s is not part of any logical switch", name)
	case in != ls:
		title := in.Name
		if title == "" {
			title = in.UUID.String()
		}
		return fail("%s: port already exists but in switch %s", name, title)
	}
	return nil
}

// lspAddTyped makes lsp-add-router-port and lsp-add-localnet-port: a port of a type with one address and one option.
func lspAddTyped(kind, address, option string) func(*session, *call) error {
	return func(s *session, c *call) error {
		ls, err := must(s, switches, c.args[0])
		if err != nil {
			return err
		}
		name, value := c.args[1], c.args[2]
		old, err := lookup(s, switchPorts, name)
		switch {
		case err != nil:
			return err
		case old == nil:
			s.addPort(ls, &topology.LogicalSwitchPort{Name: name, Type: kind, Addresses: []string{address}, Options: map[string]string{option: value}})
			return nil
		case !c.has("--may-exist"):
			return fail("%s: a port with this name already exists", name)
		}
		if err := s.portIsIn(old, ls, name); err != nil {
			return err
		}
		switch has := old.Options[option]; {
		case old.Type != kind:
			return fail("%s: a port already exists but with different type \"%s\"", name, old.Type)
		case has != value:
			return fail("%s: a port already exists but with different %s \"%s\"", name, option, has)
		}
		return nil
	}
}

func lspDel(s *session, c *call) error {
	p, err := mustUnless(s, c, switchPorts, c.args[0])
	if err != nil || p == nil {
		return err
	}
	ls := s.SwitchOf(p)
	if ls == nil {
		return fail("logical port %s is not part of any logical switch", c.args[0])
	}
	s.tx.Edit(ls)
	ls.Ports = minus(ls.Ports, p)
	s.tx.Delete(p)
	return nil
}

func lspList(s *session, c *call) error {
	ls, err := must(s, switches, c.args[0])
	if err != nil {
		return err
	}
	var rows []named
	for _, p := range ls.Ports {
		rows = append(rows, named{&p.Row, p.Name})
	}
	listNamed(c, rows)
	return nil
}

// lspGet makes a command that prints something of a port.
func lspGet(print func(s *session, c *call, p *topology.LogicalSwitchPort)) func(*session, *call) error {
	return func(s *session, c *call) error {
		p, err := must(s, switchPorts, c.args[0])
		if err == nil {
			print(s, c, p)
		}
		return err
	}
}

// lspSet makes a command that changes something of a port.
func lspSet(change func(s *session, c *call, p *topology.LogicalSwitchPort) error) func(*session, *call) error {
	return func(s *session, c *call) error {
		p, err := must(s, switchPorts, c.args[0])
		if err != nil {
			return err
		}
		s.tx.Edit(p)
		return change(s, c, p)
	}
}

func lspGetParent(_ *session, c *call, p *topology.LogicalSwitchPort) {
	if p.ParentName != "" {
		c.printf("%s\n", p.ParentName)
	}
}

func lspGetTag(_ *session, c *call, p *topology.LogicalSwitchPort) {
	if p.Tag != nil && *p.Tag > 0 {
		c.printf("%d\n", *p.Tag)
	}
}

func lspGetLs(s *session, c *call, p *topology.LogicalSwitchPort) {
	if ls := s.SwitchOf(p); ls != nil {
		c.printf("%v (%s)\n", ls.UUID, ls.Name)
	}
}

func lspGetAddresses(_ *session, c *call, p *topology.LogicalSwitchPort) { printEach(c, p.Addresses) }

func lspGetPortSecurity(_ *session, c *call, p *topology.LogicalSwitchPort) {
	printEach(c, p.PortSecurity)
}

func printEach(c *call, lines []string) {
	for _, l := range lines {
		c.printf("%s\n", l)
	}
}

func lspGetUp(_ *session, c *call, p *topology.LogicalSwitchPort) {
	if p.Up != nil && *p.Up {
		c.printf("up\n")
	} else {
		c.printf("down\n")
	}
}

func lspGetEnabled(_ *session, c *call, p *topology.LogicalSwitchPort) {
	c.printf("%s\n", enabledText(p.Enabled))
}

func lspGetType(_ *session, c *call, p *topology.LogicalSwitchPort) { c.printf("%s\n", p.Type) }

func lspGetOptions(_ *session, c *call, p *topology.LogicalSwitchPort) {
	for _, k := range topology.ListedKeys(p.Options) {
		c.printf("%s=%s\n", k, p.Options[k])
	}
}

func lspSetAddresses(s *session, c *call, p *topology.LogicalSwitchPort) error {
	for _, a := range c.args[1:] {
		if a != "unknown" && a != "router" && !strings.HasPrefix(a, "dynamic") && !beginsWithMAC(a) {
			return fail("%s: Invalid address format. See ovn-nb(5). Hint: An Ethernet address must be listed before an IP address, together as a single argument.", a)
		}
	}
	if ls := s.SwitchOf(p); ls != nil {
		for _, a := range c.args[1:] {
			if err := duplicateAddress(ls, p, a); err != nil {
				return err
			}
		}
	}
	p.Addresses = textSet(c.args[1:])
	return nil
}

// duplicateAddress looks for another port of the switch with an address of these.
func duplicateAddress(ls *topology.LogicalSwitch, p *topology.LogicalSwitchPort, addresses string) error {
	if !beginsWithMAC(addresses) {
		return nil
	}
	for _, word := range strings.Fields(addresses) {
		ip, ok := parseIP(word)
		if !ok {
			continue
		}
		for _, other := range ls.Ports {
			if other == p || other.Type == "router" {
				continue
			}
			for _, theirs := range append(slices.Clone(other.Addresses), other.DynamicAddresses) {
				for _, w := range strings.Fields(theirs) {
					if taken, ok := parseIP(w); ok && taken == ip {
						family := "IPv4"
						if ip.Is6() {
							family = "IPv6"
						}
						return fail("Error on switch %s: duplicate %s address '%s' found on logical switch port '%s'", ls.Name, family, ip, other.Name)
					}
				}
			}
		}
	}
	return nil
}

// beginsWithMAC tells whether six hexadecimal numbers with colons come first, whatever follows.
func beginsWithMAC(s string) bool {
	for i := range 6 {
		n := 0
		for n < len(s) && n < 2 && strings.IndexByte("0123456789abcdefABCDEF", s[n]) >= 0 {
			n++
		}
		if n == 0 {
			return false
		}
		if s = s[n:]; i < 5 {
			if !strings.HasPrefix(s, ":") {
				return false
			}
			s = s[1:]
		}
	}
	return true
}

func lspSetPortSecurity(_ *session, c *call, p *topology.LogicalSwitchPort) error {
	p.PortSecurity = textSet(c.args[1:])
	return nil
}

func lspSetEnabled(_ *session, c *call, p *topology.LogicalSwitchPort) (err error) {
	p.Enabled, err = enabledState(c.args[1])
	return err
}

// lspTypes are the types that lsp-set-type knows.
var lspTypes = []string{"", "router", "switch", "localnet", "localport", "l2gateway", "vtep", "external", "virtual", "remote"}

func lspSetType(_ *session, c *call, p *topology.LogicalSwitchPort) error {
	kind := c.args[1]
	if !slices.Contains(lspTypes, kind) {
		return fail("Logical switch port type '%s' is unrecognized. Not setting type.", kind)
	}
	if len(c.args) == 3 {
		peer, ok := strings.CutPrefix(c.args[2], "peer=")
		switch {
		case !ok:
			return fail("Unrecognized argument: %s\n", c.args[2])
		case kind != "switch":
			return fail("Peer can only be set for a logical switch port with type 'switch'.")
		}
		p.Peer = peer
	}
	p.Type = kind
	return nil
}

func lspSetOptions(_ *session, c *call, p *topology.LogicalSwitchPort) error {
	p.Options = keyValues(c.args[1:])
	return nil
}

// lspSetDHCP sets one of the two references to DHCP options; no argument clears it.
func lspSetDHCP(column func(*topology.LogicalSwitchPort) **topology.DHCPOptions, v6 bool) func(*session, *call, *topology.LogicalSwitchPort) error {
	return func(s *session, c *call, p *topology.LogicalSwitchPort) error {
		*column(p) = nil
		if len(c.args) < 2 {
			return nil
		}
		o, err := dhcpOptions(s, c.args[1])
		if err != nil {
			return err
		}
		prefix, _, ok := normalPrefix(o.CIDR)
		if !ok || prefix.Addr().Is6() != v6 {
			family := "IPv4"
			if v6 {
				family = "IPv6"
			}
			return fail("DHCP options cidr '%s' is not %s", o.CIDR, family)
		}
		*column(p) = o
		return nil
	}
}

func lspGetDHCP(column func(*topology.LogicalSwitchPort) **topology.DHCPOptions) func(*session, *call, *topology.LogicalSwitchPort) {
	return func(_ *session, c *call, p *topology.LogicalSwitchPort) {
		if o := *column(p); o != nil {
			c.printf("%v (%s)\n", o.UUID, o.CIDR)
		}
	}
}

func dhcpv4(p *topology.LogicalSwitchPort) **topology.DHCPOptions { return &p.DHCPv4Options }
func dhcpv6(p *topology.LogicalSwitchPort) **topology.DHCPOptions { return &p.DHCPv6Options }
