package nbctl

import (
	"slices"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

func dhcpOptions(s *session, text string) (*topology.DHCPOptions, error) {
	if id, err := ovsdb.ParseUUID(text); err == nil {
		for _, o := range s.DHCPOptions {
			if o.UUID == id {
				return o, nil
			}
		}
	}
	return nil, fail("%s: dhcp options UUID not found", text)
}

func dhcpOptionsCreate(s *session, c *call) error {
	if _, _, ok := normalPrefix(c.args[0]); !ok {
		return fail("Invalid cidr format '%s'", c.args[0])
	}
	o := &topology.DHCPOptions{CIDR: c.args[0]}
	if ids := keyValues(c.args[1:]); len(ids) > 0 {
		o.ExternalIDs = ids
	}
	s.insert(o)
	return nil
}

func dhcpOptionsDel(s *session, c *call) error {
	o, err := dhcpOptions(s, c.args[0])
	if err == nil {
		s.tx.Delete(o)
	}
	return err
}

func dhcpOptionsList(s *session, c *call) error {
	var list []*topology.DHCPOptions
	for _, r := range s.Listed(topology.TableNamed("DHCP_Options")) {
		list = append(list, r.(*topology.DHCPOptions))
	}
	for _, o := range topology.SortedPairs(list, func(o *topology.DHCPOptions) string { return o.CIDR }) {
		c.printf("%v\n", o.UUID)
	}
	return nil
}

func dhcpOptionsSetOptions(s *session, c *call) error {
	o, err := dhcpOptions(s, c.args[0])
	if err != nil {
		return err
	}
	s.tx.Edit(o)
	o.Options = keyValues(c.args[1:])
	return nil
}

func dhcpOptionsGetOptions(s *session, c *call) error {
	o, err := dhcpOptions(s, c.args[0])
	if err != nil {
		return err
	}
	for _, k := range topology.ListedKeys(o.Options) {
		c.printf("%s=%s\n", k, o.Options[k])
	}
	return nil
}

// groupPorts finds the ports that a port group is to have.
func (s *session) groupPorts(names []string) ([]*topology.LogicalSwitchPort, error) {
	var ports []*topology.LogicalSwitchPort
	for _, name := range names {
		p, err := must(s, switchPorts, name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ports, p) {
			ports = with(ports, p)
		}
	}
	return ports, nil
}

func pgAdd(s *session, c *call) error {
	ports, err := s.groupPorts(c.args[1:])
	if err == nil {
		s.insert(&topology.PortGroup{Name: c.args[0], Ports: ports})
	}
	return err
}

func pgSetPorts(s *session, c *call) error {
	pg, err := must(s, portGroups, c.args[0])
	if err != nil {
		return err
	}
	s.tx.Edit(pg)
	pg.Ports, err = s.groupPorts(c.args[1:])
	return err
}

func pgGetPorts(s *session, c *call) error {
	pg, err := must(s, portGroups, c.args[0])
	if err != nil {
		return err
	}
	var names []string
	for _, p := range pg.Ports {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	if names != nil {
		c.printf("%s\n", strings.Join(names, " "))
	}
	return nil
}

func pgDel(s *session, c *call) error {
	pg, err := must(s, portGroups, c.args[0])
	if err == nil {
		s.tx.Delete(pg)
	}
	return err
}

func haAdd(s *session, c *call) error {
	s.insert(&topology.HAChassisGroup{Name: c.args[0]})
	return nil
}

func haDel(s *session, c *call) error {
	g, err := must(s, chassisGroups, c.args[0])
	if err == nil {
		s.tx.Delete(g)
	}
	return err
}

func haList(s *session, c *call) error {
	var list []*topology.HAChassisGroup
	for _, r := range s.Listed(topology.TableNamed("HA_Chassis_Group")) {
		list = append(list, r.(*topology.HAChassisGroup))
	}
	if len(c.args) > 0 {
		g, err := must(s, chassisGroups, c.args[0])
		if err != nil {
			return err
		}
		list = []*topology.HAChassisGroup{g}
	}
	for _, g := range list {
		c.printf("%v (%s)\n", g.UUID, g.Name)
		for _, ch := range g.HAChassis {
			c.printf("    %v (%s)\n    priority %d\n\n", ch.UUID, ch.ChassisName, ch.Priority)
		}
		c.printf("\n")
	}
	return nil
}

// haMember is the group and, if it is in it, the chassis that a command names.
func (s *session) haMember(c *call) (*topology.HAChassisGroup, *topology.HAChassis, error) {
	g, err := must(s, chassisGroups, c.args[0])
	if err != nil {
		return nil, nil, err
	}
	for _, ch := range g.HAChassis {
		if ch.ChassisName == c.args[1] {
			return g, ch, nil
		}
	}
	return g, nil, nil
}

func haAddChassis(s *session, c *call) error {
	g, ch, err := s.haMember(c)
	if err != nil {
		return err
	}
	prio, err := priority(c.args[2])
	if err != nil {
		return err
	}
	if ch != nil {
		s.tx.Edit(ch)
		ch.Priority = prio
		return nil
	}
	ch = &topology.HAChassis{ChassisName: c.args[1], Priority: prio}
	s.insert(ch)
	s.tx.Edit(g)
	g.HAChassis = with(g.HAChassis, ch)
	return nil
}

func haSetPriority(s *session, c *call) error {
	_, ch, err := s.haMember(c)
	if err != nil {
		return err
	}
	prio, err := priority(c.args[2])
	switch {
	case err != nil:
		return err
	case ch == nil:
		return fail("%s: ha chassis not found in %s ha chassis group", c.args[1], c.args[0])
	}
	s.tx.Edit(ch)
	ch.Priority = prio
	return nil
}

func haRemoveChassis(s *session, c *call) error {
	g, ch, err := s.haMember(c)
	switch {
	case err != nil:
		return err
	case ch == nil:
		return fail("%s: ha chassis not found in %s ha chassis group", c.args[1], c.args[0])
	}
	s.tx.Edit(g)
	g.HAChassis = minus(g.HAChassis, ch)
	s.tx.Delete(ch)
	return nil
}

// coppProtocols is what control plane protection knows, as ovn-nb(5) lists the keys of Copp's meters.
var coppProtocols = []string{"arp", "arp-resolve", "dhcpv4-opts", "dhcpv6-opts", "dns", "event-elb", "icmp4-error", "icmp6-error", "igmp", "nd-na",
	"nd-ns", "nd-ns-resolve", "nd-ra-opts", "tcp-reset", "bfd", "reject", "svc-monitor", "dhcpv4-relay"}

func checkCoppProtocol(name string) error {
	if !slices.Contains(coppProtocols, name) {
		return fail("Invalid control protocol. Allowed values: %s.", strings.Join(coppProtocols, ", "))
	}
	return nil
}

func coppAdd(s *session, c *call) error {
	if err := checkCoppProtocol(c.args[1]); err != nil {
		return err
	}
	p, err := lookup(s, copps, c.args[0])
	if err != nil {
		return err
	}
	if p == nil {
		s.insert(&topology.Copp{Name: c.args[0], Meters: map[string]string{c.args[1]: c.args[2]}})
		return nil
	}
	s.tx.Edit(p)
	meters := map[string]string{}
	for k, v := range p.Meters {
		meters[k] = v
	}
	meters[c.args[1]] = c.args[2]
	p.Meters = meters
	return nil
}

func coppDel(s *session, c *call) error {
	if len(c.args) > 1 {
		if err := checkCoppProtocol(c.args[1]); err != nil {
			return err
		}
	}
	p, err := lookup(s, copps, c.args[0])
	if err != nil || p == nil {
		return err
	}
	if len(c.args) == 1 {
		s.tx.Delete(p)
		return nil
	}
	s.tx.Edit(p)
	meters := map[string]string{}
	for k, v := range p.Meters {
		if k != c.args[1] {
			meters[k] = v
		}
	}
	p.Meters = meters
	return nil
}

func coppList(s *session, c *call) error {
	p, err := lookup(s, copps, c.args[0])
	if err != nil || p == nil {
		return err
	}
	for _, k := range sortedKeys(p.Meters) {
		c.printf("%s: %s\n", k, p.Meters[k])
	}
	return nil
}

func lsCoppAdd(s *session, c *call) error {
	p, err := must(s, copps, c.args[0])
	if err != nil {
		return err
	}
	ls, err := must(s, switches, c.args[1])
	if err == nil {
		s.tx.Edit(ls)
		ls.Copp = p
	}
	return err
}

func lrCoppAdd(s *session, c *call) error {
	p, err := must(s, copps, c.args[0])
	if err != nil {
		return err
	}
	lr, err := must(s, routers, c.args[1])
	if err == nil {
		s.tx.Edit(lr)
		lr.Copp = p
	}
	return err
}
