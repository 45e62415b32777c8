package nbctl

import (
	"cmp"
	"slices"
	"strings"

	"ovnsim/topology"
)

func lrpAdd(s *session, c *call) error {
	lr, err := must(s, routers, c.args[0])
	if err != nil {
		return err
	}
	name, mac := c.args[1], c.args[2]
	var networks, settings []string
	for i, arg := range c.args[3:] {
		if strings.Contains(arg, "=") {
			settings = c.args[3+i:]
			break
		}
		networks = append(networks, arg)
	}
	old, err := lookup(s, routerPorts, name)
	if err != nil {
		return err
	}
	if old != nil {
		return s.sameRouterPort(c, old, lr, networks, settings)
	}
	if !isMAC(mac) {
		return fail("%s: invalid mac address %s", name, mac)
	}
	p := &topology.LogicalRouterPort{Name: name, MAC: mac, Networks: textSet(networks)}
	for _, setting := range settings {
		if err := checkColumnName(topology.TableNamed("Logical_Router_Port"), setting); err != nil {
			return err
		}
		if err := s.assign(topology.TableNamed("Logical_Router_Port"), p, setting); err != nil {
			return err
		}
	}
	s.insert(p)
	s.tx.Edit(lr)
	lr.Ports = with(lr.Ports, p)
	return nil
}

// sameRouterPort tells why a port that exists is not what lrp-add would make.
func (s *session) sameRouterPort(c *call, old *topology.LogicalRouterPort, lr *topology.LogicalRouter, networks, settings []string) error {
	name := c.args[1]
	if !c.has("--may-exist") {
		return fail("%s: a port with this name already exists", name)
	}
	in := s.RouterOf(old)
	peer := ""
	for _, setting := range settings {
		if value, ok := strings.CutPrefix(setting, "peer="); ok {
			peer = value
		}
	}
	switch {
	case in != nil && in != lr:
		title := in.Name
		if title == "" {
			title = in.UUID.String()
		}
		return fail("%s: port already exists but in router %s", name, title)
	case old.Peer != peer:
		return fail("%s: port already exists with mismatching peer", name)
	case !sameMAC(old.MAC, c.args[2]):
		return fail("%s: port already exists with mac %s", name, old.MAC)
	case !slices.Equal(normalNetworks(old.Networks), normalNetworks(networks)):
		return fail("%s: port already exists with different network", name)
	}
	return nil
}

func sameMAC(a, b string) bool { return isMAC(a) == isMAC(b) && strings.EqualFold(a, b) }

// normalNetworks is networks in a form that two can be compared in.
func normalNetworks(networks []string) []string {
	out := make([]string, len(networks))
	for i, n := range networks {
		if _, text, ok := normalPrefix(n); ok {
			n = text
		}
		out[i] = n
	}
	slices.Sort(out)
	return out
}

func lrpDel(s *session, c *call) error {
	p, err := mustUnless(s, c, routerPorts, c.args[0])
	if err != nil || p == nil {
		return err
	}
	lr := s.RouterOf(p)
	if lr == nil {
		return fail("logical port %s is not part of any logical router", c.args[0])
	}
	s.tx.Edit(lr)
	lr.Ports = minus(lr.Ports, p)
	s.tx.Delete(p)
	return nil
}

func lrpList(s *session, c *call) error {
	lr, err := must(s, routers, c.args[0])
	if err != nil {
		return err
	}
	var rows []named
	for _, p := range lr.Ports {
		rows = append(rows, named{&p.Row, p.Name})
	}
	listNamed(c, rows)
	return nil
}

// lrpDo makes a command about one router port; it may change the port.
func lrpDo(do func(s *session, c *call, p *topology.LogicalRouterPort) error) func(*session, *call) error {
	return func(s *session, c *call) error {
		p, err := must(s, routerPorts, c.args[0])
		if err != nil {
			return err
		}
		s.tx.Edit(p)
		return do(s, c, p)
	}
}

func lrpSetEnabled(_ *session, c *call, p *topology.LogicalRouterPort) (err error) {
	p.Enabled, err = enabledState(c.args[1])
	return err
}

func lrpGetEnabled(_ *session, c *call, p *topology.LogicalRouterPort) error {
	c.printf("%s\n", enabledText(p.Enabled))
	return nil
}

func lrpSetOptions(_ *session, c *call, p *topology.LogicalRouterPort) error {
	p.Options = keyValues(c.args[1:])
	return nil
}

func lrpSetRedirectType(_ *session, c *call, p *topology.LogicalRouterPort) error {
	if c.args[1] != "overlay" && c.args[1] != "bridged" {
		return fail("Invalid redirect type: %s", c.args[1])
	}
	options := map[string]string{"redirect-type": c.args[1]}
	for k, v := range p.Options {
		if k != "redirect-type" {
			options[k] = v
		}
	}
	p.Options = options
	return nil
}

func lrpGetRedirectType(_ *session, c *call, p *topology.LogicalRouterPort) error {
	c.printf("%s\n", cmp.Or(p.Options["redirect-type"], "overlay"))
	return nil
}

func lrpSetGatewayChassis(s *session, c *call, p *topology.LogicalRouterPort) error {
	var prio int64
	if len(c.args) > 2 {
		var err error
		if prio, err = priority(c.args[2]); err != nil {
			return err
		}
	}
	name := p.Name + "-" + c.args[1]
	for _, gc := range s.GatewayChassis {
		if gc.Name == name {
			s.tx.Edit(gc)
			gc.Priority = prio
			if !slices.Contains(p.GatewayChassis, gc) {
				p.GatewayChassis = with(p.GatewayChassis, gc)
			}
			return nil
		}
	}
	gc := &topology.GatewayChassis{Name: name, ChassisName: c.args[1], Priority: prio}
	s.insert(gc)
	p.GatewayChassis = with(p.GatewayChassis, gc)
	return nil
}

func lrpDelGatewayChassis(s *session, c *call, p *topology.LogicalRouterPort) error {
	for _, gc := range p.GatewayChassis {
		if gc.ChassisName == c.args[1] {
			p.GatewayChassis = minus(p.GatewayChassis, gc)
			s.tx.Delete(gc)
			return nil
		}
	}
	return fail("chassis %s is not added to logical port %s", c.args[1], c.args[0])
}

func lrpGetGatewayChassis(_ *session, c *call, p *topology.LogicalRouterPort) error {
	list := slices.Clone(p.GatewayChassis)
	slices.SortStableFunc(list, func(a, b *topology.GatewayChassis) int { return cmp.Compare(b.Priority, a.Priority) })
	for _, gc := range list {
		c.printf("%s %5d\n", gc.Name, gc.Priority)
	}
	return nil
}
