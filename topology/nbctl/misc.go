package nbctl

import (
	"slices"
	"strconv"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

func fwdGroupAdd(s *session, c *call) error {
	if len(c.args) < 5 {
		return fail("Usage : ovn-nbctl fwd-group-add group switch vip vmac child_ports...")
	}
	name, vip, vmac := c.args[0], c.args[2], c.args[3]
	if slices.ContainsFunc(s.ForwardingGroup, func(g *topology.ForwardingGroup) bool { return g.Name == name }) {
		return fail("%s: a forwarding group by this name already exists", name)
	}
	ls, err := must(s, switches, c.args[1])
	if err != nil {
		return err
	}
	if _, ok := parseIP(vip); !ok {
		return fail("invalid ip address %s", vip)
	}
	if !isMAC(vmac) {
		return fail("invalid mac address %s", vmac)
	}
	for _, port := range c.args[4:] {
		p, err := lookup(s, switchPorts, port)
		switch {
		case err != nil:
			return err
		case p == nil:
			return fail("%s: logical switch port does not exist", port)
		case s.SwitchOf(p) != ls:
			return fail("%s: port already exists but in logical switch %s", port, s.SwitchOf(p).Name)
		}
	}
	g := &topology.ForwardingGroup{Name: name, VIP: vip, VMAC: vmac, Liveness: c.has("--liveness"), ChildPort: textSet(c.args[4:])}
	s.insert(g)
	s.tx.Edit(ls)
	ls.ForwardingGroups = with(ls.ForwardingGroups, g)
	return nil
}

func fwdGroupDel(s *session, c *call) error {
	for _, ls := range s.LogicalSwitch {
		for _, g := range ls.ForwardingGroups {
			if g.Name == c.args[0] || g.UUID.String() == c.args[0] {
				s.tx.Edit(ls)
				ls.ForwardingGroups = minus(ls.ForwardingGroups, g)
				s.tx.Delete(g)
				return nil
			}
		}
	}
	return nil // a group that is not there is fine, with or without --if-exists
}

func fwdGroupList(s *session, c *call) error {
	list := s.Listed(topology.TableNamed("Logical_Switch"))
	if len(c.args) > 0 {
		ls, err := must(s, switches, c.args[0])
		if err != nil {
			return err
		}
		list = []topology.Record{ls}
	}
	c.printf("%-16.16s%-14.16s%-16.7s%-22.21s%s\n", "FWD_GROUP", "LS", "VIP", "VMAC", "CHILD_PORTS")
	for _, r := range list {
		ls := r.(*topology.LogicalSwitch)
		for _, g := range ls.ForwardingGroups {
			c.printf("%-16.16s%-14.18s%-15.16s%-23.21s%s\n", g.Name, ls.Name, g.VIP, g.VMAC, strings.Join(g.ChildPort, " "))
		}
	}
	return nil
}

// macBinding reads LOGICAL_PORT IP and finds the binding that there is for them.
func macBinding(s *session, c *call) (port, ip string, b *topology.StaticMACBinding, err error) {
	p, err := must(s, routerPorts, c.args[0])
	if err != nil {
		return "", "", nil, err
	}
	addr, ok := parseIP(c.args[1])
	if !ok {
		return "", "", nil, fail("%s: Not a valid IPv4 or IPv6 address.", c.args[1])
	}
	for _, old := range s.StaticMACBinding {
		if old.LogicalPort == p.Name && old.IP == addr.String() {
			b = old
		}
	}
	return p.Name, addr.String(), b, nil
}

func macBindingAdd(s *session, c *call) error {
	port, ip, old, err := macBinding(s, c)
	switch {
	case err != nil:
		return err
	case !isMAC(c.args[2]):
		return fail("invalid mac address %s.", c.args[2])
	case old != nil && !c.has("--may-exist"):
		return fail("%s, %s: a Static_MAC_Binding with this logical_port and ip already exists", port, ip)
	case old != nil:
		s.tx.Edit(old)
		old.MAC = c.args[2]
		return nil
	}
	s.insert(&topology.StaticMACBinding{LogicalPort: port, IP: ip, MAC: c.args[2]})
	return nil
}

func macBindingDel(s *session, c *call) error {
	port, ip, old, err := macBinding(s, c)
	switch {
	case err != nil:
		return err
	case old != nil:
		s.tx.Delete(old)
	case !c.has("--if-exists"):
		return fail("no matching Static_MAC_Binding with port %s and ip %s", port, ip)
	}
	return nil
}

func macBindingList(s *session, c *call) error {
	var lines []string
	for _, b := range s.StaticMACBinding {
		lines = append(lines, columns25(b.LogicalPort, b.IP, b.MAC))
	}
	if lines != nil {
		slices.Sort(lines)
		printEach(c, append([]string{columns25("LOGICAL_PORT", "IP", "MAC")}, lines...))
	}
	return nil
}

func columns25(a, b, last string) string { return pad(a, 25) + pad(b, 25) + last }

func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-len(s))) }

func lspHcAdd(s *session, c *call) error {
	p, err := must(s, switchPorts, c.args[0])
	if err != nil {
		return err
	}
	h := &topology.LogicalSwitchPortHealthCheck{Protocol: c.args[1]}
	if !slices.Contains([]string{"icmp", "tcp", "udp"}, h.Protocol) {
		return fail("%s: Type must be icmp, tcp, or udp.", h.Protocol)
	}
	src, ok := parseIP(c.args[2])
	if !ok {
		return fail("%s: Not a valid IPv4 or IPv6 address.", c.args[2])
	}
	h.SrcIP = src.String()
	rest := c.args[3:]
	if h.Protocol != "icmp" {
		n, err := strconv.ParseUint(rest[0], 10, 16)
		if err != nil && len(rest) > 1 {
			return fail("%s: port must in range 0...65535", rest[0])
		}
		h.Port, rest = int64(n), rest[1:]
	}
	if len(rest) == 0 {
		return fail("No addresses specified for health checking.")
	}
	ip, ok := parseIP(rest[0])
	if !ok {
		return fail("Not a valid IPv4 or IPv6 address %s.", rest[0])
	}
	if !hasAddress(p, ip.String()) {
		return fail("Address %s not configured on port %s.", rest[0], c.args[0])
	}
	h.Address = ip.String()
	for _, old := range p.HealthChecks {
		if old.Protocol == h.Protocol && old.SrcIP == h.SrcIP && old.Port == h.Port && old.Address == h.Address {
			return fail("Health check with address %s already exists on port %s.", h.Address, c.args[0])
		}
	}
	s.insert(h)
	s.tx.Edit(p)
	p.HealthChecks = with(p.HealthChecks, h)
	return nil
}

func hasAddress(p *topology.LogicalSwitchPort, address string) bool {
	return slices.ContainsFunc(p.Addresses, func(a string) bool {
		return slices.ContainsFunc(strings.Fields(a), func(word string) bool {
			ip, ok := parseIP(word)
			return ok && ip.String() == address
		})
	})
}

func lspHcDel(s *session, c *call) error {
	p, err := must(s, switchPorts, c.args[0])
	if err != nil {
		return err
	}
	s.tx.Edit(p)
	if len(c.args) == 1 {
		p.HealthChecks = nil
		return nil
	}
	id, err := ovsdb.ParseUUID(c.args[1])
	if err != nil {
		return fail("%s: Invalid UUID format.", c.args[1])
	}
	left := slices.DeleteFunc(slices.Clone(p.HealthChecks), func(h *topology.LogicalSwitchPortHealthCheck) bool { return h.UUID == id })
	if len(left) == len(p.HealthChecks) {
		return fail("%s: Logical Switch Port Health Check not found.", c.args[1])
	}
	p.HealthChecks = left
	return nil
}

func lspHcList(s *session, c *call) error {
	p, err := must(s, switchPorts, c.args[0])
	if err != nil {
		return err
	}
	for i, h := range p.HealthChecks {
		if i == 0 {
			c.printf("Logical Switch Port %s:\n", p.Name)
		} else {
			c.printf("\n")
		}
		c.printf("  Protocol      :  %s\n  Source IP     :  %s\n", h.Protocol, h.SrcIP)
		if h.Protocol != "icmp" {
			c.printf("  Port          :  %d\n", h.Port)
		}
		c.printf("  Address       :  %s\n", h.Address)
		if h.Status != "" {
			c.printf("  Status        :  %s\n", h.Status)
		}
	}
	return nil
}

// globalRow is the one row of NB_Global, made if it is missing.
func (s *session) globalRow() *topology.NBGlobal {
	if len(s.NBGlobal) == 0 {
		s.insert(&topology.NBGlobal{})
	}
	g := s.NBGlobal[0]
	s.tx.Edit(g)
	return g
}

func getConnection(s *session, c *call) error {
	for _, conn := range s.Connection {
		c.printf("%s\n", conn.Target)
	}
	return nil
}

func delConnection(s *session, _ *call) error {
	s.globalRow().Connections = nil
	for _, conn := range slices.Clone(s.Connection) {
		s.tx.Delete(conn)
	}
	return nil
}

func setConnection(s *session, c *call) error {
	if err := delConnection(s, c); err != nil {
		return err
	}
	g := s.globalRow()
	for _, target := range c.args {
		conn := &topology.Connection{Target: target}
		if text, given := c.options["--inactivity-probe"]; given {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return fail("%s: inactivity probe must be an integer", text)
			}
			conn.InactivityProbe = &n
		}
		s.insert(conn)
		g.Connections = with(g.Connections, conn)
	}
	return nil
}

func getSSL(s *session, c *call) error {
	if ssl := s.Global().SSL; ssl != nil {
		c.printf("Private key: %s\nCertificate: %s\nCA Certificate: %s\nBootstrap: %t\n", ssl.PrivateKey, ssl.Certificate, ssl.CACert, ssl.BootstrapCACert)
	}
	return nil
}

func delSSL(s *session, _ *call) error {
	s.globalRow().SSL = nil
	for _, ssl := range slices.Clone(s.SSL) {
		s.tx.Delete(ssl)
	}
	return nil
}

func setSSL(s *session, c *call) error {
	if err := delSSL(s, c); err != nil {
		return err
	}
	ssl := &topology.SSL{PrivateKey: c.args[0], Certificate: c.args[1], CACert: c.args[2], BootstrapCACert: c.has("--bootstrap"),
		SSLProtocols: c.arg(3), SSLCiphers: c.arg(4), SSLCiphersuites: c.arg(5)}
	s.insert(ssl)
	s.globalRow().SSL = ssl
	return nil
}
