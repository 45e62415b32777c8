package nbctl

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

// entity is what ACLs hang on: a switch or a port group.
type entity struct {
	row   topology.Record
	acls  *[]*topology.ACL
	ports []*topology.LogicalSwitchPort // of a switch
	title string                        // "ls" or "pg", as in messages
}

// entity finds the switch or port group that an ACL command is about.
func (s *session) entity(c *call) (*entity, error) {
	id, kind := c.args[0], c.options["--type"]
	if c.has("--type") && kind != "switch" && kind != "port-group" {
		return nil, fail("Invalid value '%s' for option --type", kind)
	}
	var ls *topology.LogicalSwitch
	var pg *topology.PortGroup
	var err error
	switch kind {
	case "switch":
		ls, err = must(s, switches, id)
	case "port-group":
		pg, err = must(s, portGroups, id)
	default:
		if pg, err = lookup(s, portGroups, id); err == nil {
			ls, err = lookup(s, switches, id)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case pg != nil && ls != nil:
		return nil, fail("Same name '%s' exists in both port-groups and logical switches. Specify --type=port-group or switch, or use a UUID.", id)
	case pg != nil:
		return &entity{row: pg, acls: &pg.ACLs, title: "pg"}, nil
	case ls != nil:
		return &entity{row: ls, acls: &ls.ACLs, ports: ls.Ports, title: "ls"}, nil
	}
	return nil, fail("'%s' is not found for port-group or switch.", id)
}

// direction takes any word that begins with the letter of one.
func direction(word string) (string, error) {
	switch {
	case strings.HasPrefix(word, "t"):
		return "to-lport", nil
	case strings.HasPrefix(word, "f"):
		return "from-lport", nil
	}
	return "", fail("%s: direction must be \"to-lport\" or \"from-lport\"", word)
}

var aclActions = []string{"allow", "allow-related", "allow-stateless", "drop", "reject", "pass"}

func aclAdd(s *session, c *call) error {
	e, err := s.entity(c)
	if err != nil {
		return err
	}
	a := &topology.ACL{Match: c.args[3], Action: c.args[4], Options: map[string]string{}}
	if a.Direction, err = direction(c.args[1]); err != nil {
		return err
	}
	if a.Priority, err = priority(c.args[2]); err != nil {
		return err
	}
	if !slices.Contains(aclActions, a.Action) {
		return fail("%s: action must be one of \"allow\", \"allow-related\", \"allow-stateless\", \"drop\", and \"reject\"", a.Action)
	}
	for _, read := range []func(*session, *call, *topology.ACL) error{aclLog, aclLabel, aclRest} {
		if err := read(s, c, a); err != nil {
			return err
		}
	}
	for _, old := range *e.acls {
		if compareACL(old, a) == 0 {
			if c.has("--may-exist") {
				return nil
			}
			return fail("Same ACL already existed on the %s %s.", e.title, c.args[0])
		}
	}
	s.insert(a)
	s.tx.Edit(e.row)
	*e.acls = with(*e.acls, a)
	return nil
}

func aclLog(_ *session, c *call, a *topology.ACL) error {
	severity, given := c.options["--severity"]
	if given && !slices.Contains([]string{"alert", "warning", "notice", "info", "debug"}, severity) {
		return fail("bad severity: %s", severity)
	}
	a.Severity, a.Name, a.Meter = severity, c.options["--name"], c.options["--meter"]
	a.Log = c.has("--log") || given || c.has("--name") || c.has("--meter")
	return nil
}

func aclLabel(_ *session, c *call, a *topology.ACL) error {
	text, given := c.options["--label"]
	if !given {
		return nil
	}
	if a.Action != "allow" && a.Action != "allow-related" {
		return fail("label can only be set with actions \"allow\" or \"allow-related\"")
	}
	digits := strings.TrimLeft(text, "0123456789")
	n, err := strconv.ParseUint(text[:len(text)-len(digits)], 10, 32) // what follows the digits is passed over
	if err != nil {
		return fail("%s: label must in range 0...4294967295", text)
	}
	a.Label = int64(n)
	return nil
}

// aclRest reads the tier, the samples, the stage and the network function group.
func aclRest(s *session, c *call, a *topology.ACL) error {
	if c.has("--apply-after-lb") && a.Direction == "from-lport" {
		a.Options["apply-after-lb"] = "true"
	}
	tier, err := aclTier(c)
	if err != nil {
		return err
	}
	a.Tier = max(tier, 0)
	if a.SampleNew, err = s.sample(c, "--sample-new"); err != nil {
		return err
	}
	if a.SampleEst, err = s.sample(c, "--sample-est"); err != nil {
		return err
	}
	if len(c.args) > 5 {
		a.NetworkFunctionGroup, err = must(s, functionGroups, c.args[5])
	}
	return err
}

// aclTier is --tier, -1 without it.
func aclTier(c *call) (int64, error) {
	text, given := c.options["--tier"]
	if !given {
		return -1, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fail("Invalid tier %s", text)
	}
	return n, nil
}

func (s *session) sample(c *call, option string) (*topology.Sample, error) {
	text, given := c.options[option]
	if !given {
		return nil, nil
	}
	id, err := ovsdb.ParseUUID(text)
	if err != nil {
		return nil, fail("invalid %s: \"%s\" is not a valid UUID", option, text)
	}
	for _, sample := range s.Sample {
		if sample.UUID == id {
			return sample, nil
		}
	}
	return nil, fail("invalid %s: no Sample row with UUID %v", option, id)
}

// compareACL is the order in which ACLs are listed; those that are equal in it are duplicates.
func compareACL(a, b *topology.ACL) int {
	return cmp.Or(cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Options["apply-after-lb"], b.Options["apply-after-lb"]),
		cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Match, b.Match), cmp.Compare(a.Tier, b.Tier))
}

func aclDel(s *session, c *call) error {
	e, err := s.entity(c)
	if err != nil {
		return err
	}
	tier, err := aclTier(c)
	if err != nil {
		return err
	}
	gone, err := selector(c, func(a *topology.ACL) (string, int64, string) { return a.Direction, a.Priority, a.Match })
	if err != nil {
		return err
	}
	s.tx.Edit(e.row)
	*e.acls = slices.DeleteFunc(slices.Clone(*e.acls), func(a *topology.ACL) bool { return (tier < 0 || a.Tier == tier) && gone(a) })
	return nil
}

// selector reads [DIRECTION [PRIORITY MATCH]] of acl-del and qos-del.
func selector[R any](c *call, of func(R) (direction string, priority int64, match string)) (func(R) bool, error) {
	if len(c.args) == 1 {
		return func(R) bool { return true }, nil
	}
	dir, err := direction(c.args[1])
	if err != nil {
		return nil, err
	}
	if len(c.args) == 2 {
		return func(r R) bool { d, _, _ := of(r); return d == dir }, nil
	}
	prio, err := priority(c.args[2])
	if err != nil {
		return nil, err
	}
	if len(c.args) == 3 {
		return nil, fail("cannot specify priority without match")
	}
	return func(r R) bool { d, p, m := of(r); return d == dir && p == prio && m == c.args[3] }, nil
}

func aclList(s *session, c *call) error {
	e, err := s.entity(c)
	if err != nil {
		return err
	}
	printACLs(c, *e.acls, "")
	if !c.has("--all") {
		return nil
	}
	for _, pg := range s.PortGroup {
		if slices.ContainsFunc(pg.Ports, func(p *topology.LogicalSwitchPort) bool { return slices.Contains(e.ports, p) }) {
			printACLs(c, pg.ACLs, " ["+pg.Name+"]")
		}
	}
	return nil
}

func printACLs(c *call, acls []*topology.ACL, suffix string) {
	acls = slices.Clone(acls)
	slices.SortStableFunc(acls, compareACL)
	for _, a := range acls {
		c.printf("%10s %5d (%s) %s", a.Direction, a.Priority, a.Match, a.Action)
		if a.Log {
			c.printf(" log(%s)", strings.Join(aclLogNotes(a), ","))
		}
		if a.NetworkFunctionGroup != nil {
			c.printf(" network-function-group=%s", a.NetworkFunctionGroup.Name)
		}
		if a.Label != 0 {
			c.printf(" label=%d", a.Label)
		}
		if a.Options["apply-after-lb"] == "true" {
			c.printf(" [after-lb]")
		}
		c.printf("%s\n", suffix)
	}
}

func aclLogNotes(a *topology.ACL) []string {
	var notes []string
	if a.Name != "" {
		notes = append(notes, "name="+a.Name)
	}
	if a.Severity != "" {
		notes = append(notes, "severity="+a.Severity)
	}
	if a.Meter != "" {
		notes = append(notes, `meter="`+a.Meter+`"`)
	}
	return notes
}
