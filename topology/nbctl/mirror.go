package nbctl

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"ovnsim/topology"
)

func mirrorAdd(s *session, c *call) error {
	old, err := lookup(s, mirrors, c.args[0])
	switch {
	case err != nil:
		return err
	case old != nil:
		return fail("Mirror with %s name already exists.", c.args[0])
	}
	m := &topology.Mirror{Name: c.args[0], Type: c.args[1]}
	if !slices.Contains([]string{"gre", "erspan", "local", "lport"}, m.Type) {
		return fail("%s: type must be \"gre\", \"erspan\", or \"local\" or \"lport\"", m.Type)
	}
	tunnel := m.Type == "gre" || m.Type == "erspan"
	rest := c.args[2:]
	if tunnel {
		if m.Index, err = strconv.ParseInt(rest[0], 10, 32); err != nil {
			return fail("Invalid Index")
		}
		rest = rest[1:]
	}
	if len(rest) < 2 {
		return fail("Invalid Filter")
	}
	if m.Filter, err = mirrorFilter(rest[0]); err != nil {
		return err
	}
	m.Sink = rest[1]
	if _, ok := parseIP(m.Sink); tunnel && !ok {
		return fail("Invalid sink ip: %s", m.Sink)
	}
	s.insert(m)
	return nil
}

// mirrorFilter takes any word that begins with the letter of a filter.
func mirrorFilter(word string) (string, error) {
	switch {
	case strings.HasPrefix(word, "b"):
		return "both", nil
	case strings.HasPrefix(word, "t"):
		return "to-lport", nil
	case strings.HasPrefix(word, "f"):
		return "from-lport", nil
	}
	return "", fail("%s: selection must be \"to-lport\", \"from-lport\", or \"both\"", word)
}

func mirrorDel(s *session, c *call) error {
	for _, m := range slices.Clone(s.Mirror) {
		if len(c.args) == 0 || m.Name == c.args[0] {
			s.tx.Delete(m)
		}
	}
	return nil
}

func mirrorList(s *session, c *call) error {
	list := slices.Clone(s.Mirror)
	slices.SortStableFunc(list, func(a, b *topology.Mirror) int { return strings.Compare(a.Name, b.Name) })
	for _, m := range list {
		c.printf("%s:\n  Type     :  %s\n  Sink     :  %s\n  Filter   :  %s\n", m.Name, m.Type, m.Sink, m.Filter)
		if m.Type == "gre" || m.Type == "erspan" {
			c.printf("  Index/Key:  %d\n", m.Index)
		}
		for i, r := range m.MirrorRules {
			if i == 0 {
				c.printf("  Rules    :\n")
			}
			c.printf("%12d %30s %15s\n", r.Priority, r.Match, r.Action)
		}
		c.printf("\n")
	}
	return nil
}

func mirrorRuleAdd(s *session, c *call) error {
	m, err := must(s, mirrors, c.args[0])
	if err != nil {
		return err
	}
	prio, err := priority(c.args[1])
	switch {
	case err != nil:
		return err
	case c.args[3] != "mirror" && c.args[3] != "skip":
		return fail("%s: action must be one of \"mirror\", \"skip\"", c.args[3])
	}
	for _, r := range m.MirrorRules {
		if r.Priority == prio && r.Match == c.args[2] {
			return fail("Same mirror-rule already exists on the mirror %s.", c.args[0])
		}
	}
	r := &topology.MirrorRule{Priority: prio, Match: c.args[2], Action: c.args[3]}
	s.insert(r)
	s.tx.Edit(m)
	m.MirrorRules = with(m.MirrorRules, r)
	return nil
}

func mirrorRuleDel(s *session, c *call) error {
	m, err := must(s, mirrors, c.args[0])
	if err != nil {
		return err
	}
	prio := int64(-1)
	if len(c.args) > 1 {
		if prio, err = priority(c.args[1]); err != nil {
			return err
		}
	}
	s.tx.Edit(m)
	m.MirrorRules = slices.DeleteFunc(slices.Clone(m.MirrorRules), func(r *topology.MirrorRule) bool {
		return (prio < 0 || r.Priority == prio) && (len(c.args) < 3 || r.Match == c.args[2])
	})
	return nil
}

// mirrorAt is the port and the mirror that lsp-attach-mirror and lsp-detach-mirror are about.
func mirrorAt(s *session, c *call) (*topology.LogicalSwitchPort, *topology.Mirror, error) {
	p, err := must(s, switchPorts, c.args[0])
	if err != nil {
		return nil, nil, err
	}
	m, err := must(s, mirrors, c.args[1])
	return p, m, err
}

func lspAttachMirror(s *session, c *call) error {
	p, m, err := mirrorAt(s, c)
	if err != nil {
		return err
	}
	if slices.Contains(p.MirrorRules, m) {
		if c.has("--may-exist") {
			return nil
		}
		return fail("mirror %s is already attached to the logical port %s.", c.args[1], c.args[0])
	}
	s.tx.Edit(p)
	p.MirrorRules = with(p.MirrorRules, m)
	return nil
}

func lspDetachMirror(s *session, c *call) error {
	p, m, err := mirrorAt(s, c)
	if err == nil {
		s.tx.Edit(p)
		p.MirrorRules = minus(p.MirrorRules, m)
	}
	return err
}

func functionID(title, text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > 255 {
		return 0, fail("%s id must be between 1 and 255", title)
	}
	return n, nil
}

func nfAdd(s *session, c *call) error {
	old, err := lookup(s, functions, c.args[0])
	switch {
	case err != nil:
		return err
	case old != nil && !c.has("--may-exist"):
		return fail("%s: same name network-function already exists", c.args[0])
	}
	id, err := functionID("network-function", c.args[1])
	if err != nil {
		return err
	}
	in, err := must(s, switchPorts, c.args[2])
	if err != nil {
		return err
	}
	out, err := must(s, switchPorts, c.args[3])
	if err != nil {
		return err
	}
	if old == nil {
		s.insert(&topology.NetworkFunction{Name: c.args[0], ID: id, Inport: in, Outport: out})
		return nil
	}
	s.tx.Edit(old)
	old.ID, old.Inport, old.Outport = id, in, out
	return nil
}

func nfDel(s *session, c *call) error {
	f, err := mustUnless(s, c, functions, c.args[0])
	if err == nil && f != nil {
		s.tx.Delete(f)
	}
	return err
}

func nfList(s *session, c *call) error {
	list := slices.Clone(s.NetworkFunction)
	slices.SortStableFunc(list, func(a, b *topology.NetworkFunction) int { return cmp.Compare(a.Name, b.Name) })
	for _, f := range list {
		c.printf("%v (%s) id:%d in:%s out:%s\n", f.UUID, f.Name, f.ID, portName(f.Inport), portName(f.Outport))
	}
	return nil
}

func portName(p *topology.LogicalSwitchPort) string {
	if p == nil {
		return ""
	}
	return p.Name
}

func nfgAdd(s *session, c *call) error {
	old, err := lookup(s, functionGroups, c.args[0])
	switch {
	case err != nil:
		return err
	case old != nil && !c.has("--may-exist"):
		return fail("%s: a network-function-group with this name already exists", c.args[0])
	}
	id, err := functionID("network-function-group", c.args[1])
	switch {
	case err != nil:
		return err
	case c.args[2] != "inline":
		return fail("Unsupported mode provided for network-function-group:%s, supported values: inline", c.args[0])
	}
	var members []*topology.NetworkFunction
	for _, name := range c.args[3:] {
		f, err := must(s, functions, name)
		if err != nil {
			return err
		}
		if !slices.Contains(members, f) {
			members = with(members, f)
		}
	}
	if old == nil {
		s.insert(&topology.NetworkFunctionGroup{Name: c.args[0], ID: id, Mode: "inline", NetworkFunction: members})
		return nil
	}
	s.tx.Edit(old)
	old.ID, old.Mode, old.NetworkFunction = id, "inline", members
	return nil
}

func nfgDel(s *session, c *call) error {
	g, err := mustUnless(s, c, functionGroups, c.args[0])
	if err == nil && g != nil {
		s.tx.Delete(g)
	}
	return err
}

func nfgList(s *session, c *call) error {
	var rows []named
	for _, g := range s.NetworkFunctionGroup {
		if len(c.args) == 0 || g.Name == c.args[0] || g.UUID.String() == c.args[0] {
			rows = append(rows, named{&g.Row, g.Name})
		}
	}
	listNamed(c, rows)
	return nil
}

// nfgMember is the group and the function that nfg-add-nf and nfg-del-nf are about.
func nfgMember(s *session, c *call) (*topology.NetworkFunctionGroup, *topology.NetworkFunction, error) {
	g, err := must(s, functionGroups, c.args[0])
	if err != nil {
		return nil, nil, err
	}
	f, err := must(s, functions, c.args[1])
	return g, f, err
}

func nfgAddNf(s *session, c *call) error {
	g, f, err := nfgMember(s, c)
	if err != nil {
		return err
	}
	if slices.Contains(g.NetworkFunction, f) {
		if c.has("--may-exist") {
			return nil
		}
		return fail("network-function %s is already added to network-function-group %s", c.args[1], c.args[0])
	}
	s.tx.Edit(g)
	g.NetworkFunction = with(g.NetworkFunction, f)
	return nil
}

func nfgDelNf(s *session, c *call) error {
	g, f, err := nfgMember(s, c)
	if err != nil {
		return err
	}
	if !slices.Contains(g.NetworkFunction, f) {
		if c.has("--if-exists") {
			return nil
		}
		return fail("network-function %s is not part of any group", c.args[0])
	}
	s.tx.Edit(g)
	g.NetworkFunction = minus(g.NetworkFunction, f)
	return nil
}
