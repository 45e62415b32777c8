package nbctl

import (
	"cmp"
	"slices"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

var policyActions = []string{"allow", "drop", "reroute", "jump"}

func lrPolicyAdd(s *session, c *call) error {
	lr, err := must(s, routers, c.args[0])
	if err != nil {
		return err
	}
	prio, err := priority(c.args[1])
	if err != nil {
		return err
	}
	p := &topology.LogicalRouterPolicy{Priority: prio, Match: c.args[2], Action: c.args[3], Chain: c.options["--chain"]}
	rest, err := readAction(s, c, p)
	if err != nil {
		return err
	}
	for _, old := range lr.Policies {
		if old.Priority == p.Priority && old.Match == p.Match && old.Chain == p.Chain {
			if c.has("--may-exist") {
				return nil
			}
			return fail("Same routing policy already existed on the logical router %s.", c.args[0])
		}
	}
	for _, option := range rest {
		k, v, ok := strings.Cut(option, "=")
		if !ok {
			return fail("No value specified for the option : %s", option)
		}
		if p.Options == nil {
			p.Options = make(map[string]string)
		}
		p.Options[k] = v
	}
	if c.has("--bfd") {
		if err := s.policyBFD(lr, p); err != nil {
			return err
		}
	}
	s.insert(p)
	s.tx.Edit(lr)
	lr.Policies = with(lr.Policies, p)
	return nil
}

// readAction reads what follows the action: next hops or a chain, as the action asks for. The rest is options.
func readAction(s *session, c *call, p *topology.LogicalRouterPolicy) (rest []string, err error) {
	if !slices.Contains(policyActions, p.Action) {
		return nil, fail("%s: action must be one of \"%s\"", p.Action, strings.Join(policyActions, `", "`))
	}
	if name, given := c.options["--output-port"]; given {
		if p.OutputPort, err = lookup(s, routerPorts, name); err != nil || p.OutputPort == nil {
			return nil, fail("unknown output-port: %s", name)
		}
	}
	rest = c.args[4:]
	switch {
	case p.Action == "jump" && len(rest) == 0:
		return nil, fail("Chain name is required when action is jump.")
	case p.Action == "jump":
		p.JumpChain = rest[0]
		return rest[1:], nil
	case p.Action == "reroute" && len(rest) == 0:
		return nil, fail("Nexthop is required when action is reroute.")
	case p.Action == "reroute":
		p.Nexthops, err = nexthops(rest[0])
		return rest[1:], err
	}
	return rest, nil
}

// nexthops reads addresses joined by commas, all of one family.
func nexthops(text string) ([]string, error) {
	var out []string
	v6 := false
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		ip, ok := parseIP(word)
		switch {
		case !ok:
			return nil, fail("bad next hop argument: %s", word)
		case out != nil && ip.Is6() != v6:
			return nil, fail("bad next hops argument, not in the same addr family : %s", text)
		}
		v6 = ip.Is6()
		out = append(out, ip.String())
	}
	return textSet(out), nil
}

// policyBFD finds a BFD session for each next hop, or makes one on the router port whose network holds it.
func (s *session) policyBFD(lr *topology.LogicalRouter, p *topology.LogicalRouterPolicy) error {
	for _, hop := range p.Nexthops {
		i := slices.IndexFunc(s.BFD, func(b *topology.BFD) bool { return b.DstIP == hop })
		if i >= 0 {
			p.BFDSessions = with(p.BFDSessions, s.BFD[i])
			continue
		}
		port := portTowards(lr, hop)
		if port == nil {
			return fail("out lrp not found for %s nexthop", hop)
		}
		b := &topology.BFD{DstIP: hop, LogicalPort: port.Name}
		s.insert(b)
		p.BFDSessions = with(p.BFDSessions, b)
	}
	return nil
}

// portTowards is the router's port that has a network with an address in it.
func portTowards(lr *topology.LogicalRouter, address string) *topology.LogicalRouterPort {
	ip, ok := parseIP(address)
	if !ok {
		return nil
	}
	for _, p := range lr.Ports {
		for _, n := range p.Networks {
			if prefix, _, ok := normalPrefix(n); ok && prefix.Contains(ip) {
				return p
			}
		}
	}
	return nil
}

func lrPolicyDel(s *session, c *call) error {
	lr, err := must(s, routers, c.args[0])
	if err != nil {
		return err
	}
	chain, inChain := c.options["--chain"]
	s.tx.Edit(lr)
	if len(c.args) == 1 {
		lr.Policies = slices.DeleteFunc(slices.Clone(lr.Policies), func(p *topology.LogicalRouterPolicy) bool { return !inChain || p.Chain == chain })
		return nil
	}
	if id, err := ovsdb.ParseUUID(c.args[1]); err == nil {
		i := slices.IndexFunc(lr.Policies, func(p *topology.LogicalRouterPolicy) bool { return p.UUID == id })
		switch {
		case i >= 0:
			lr.Policies = slices.Delete(slices.Clone(lr.Policies), i, i+1)
		case !c.has("--if-exists"):
			return fail("Logical router policy uuid is not found.")
		}
		return nil
	}
	prio, err := priority(c.args[1])
	if err != nil {
		return err
	}
	lr.Policies = slices.DeleteFunc(slices.Clone(lr.Policies), func(p *topology.LogicalRouterPolicy) bool {
		return p.Priority == prio && (len(c.args) < 3 || p.Match == c.args[2]) && (!inChain || p.Chain == chain)
	})
	return nil
}

func lrPolicyList(s *session, c *call) error {
	lr, err := must(s, routers, c.args[0])
	if err != nil {
		return err
	}
	list := slices.Clone(lr.Policies)
	slices.SortStableFunc(list, func(a, b *topology.LogicalRouterPolicy) int {
		return cmp.Or(cmp.Compare(a.Chain, b.Chain), cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Match, b.Match))
	})
	chains := slices.ContainsFunc(list, func(p *topology.LogicalRouterPolicy) bool { return p.Chain != "" })
	for i, p := range list {
		if i == 0 {
			c.printf("Routing Policies\n")
		}
		switch {
		case i > 0 && list[i-1].Chain == p.Chain:
		case p.Chain != "":
			c.printf("\nChain %s:\n", p.Chain)
		case chains:
			c.printf("Chain <Default>:\n")
		}
		printPolicy(c, p)
	}
	return nil
}

func printPolicy(c *call, p *topology.LogicalRouterPolicy) {
	c.printf("%10d %50s %15s", p.Priority, p.Match, p.Action)
	if p.Action == "jump" {
		c.printf(" -> %s", p.JumpChain)
	}
	hops := p.Nexthops
	if len(hops) == 0 && p.Nexthop != "" {
		hops = []string{p.Nexthop}
	}
	for i, hop := range hops {
		if i == 0 {
			c.printf(" %25s", hop)
		} else {
			c.printf(", %s", hop)
		}
	}
	if p.OutputPort != nil {
		c.printf(" %s", p.OutputPort.Name)
	}
	if len(p.BFDSessions) > 0 {
		c.printf("%15s%s", "", "bfd")
	}
	if len(p.Options) > 0 {
		c.printf("%15s%s", "", joinPairs(p.Options))
	}
	c.printf("\n")
}

func joinPairs(m map[string]string) string {
	var parts []string
	for _, k := range sortedKeys(m) {
		parts = append(parts, k+"="+m[k])
	}
	return strings.Join(parts, ",")
}
