package nbctl

import (
	"ovnsim/topology"
)

// nameToAdd is the name for ls-add and lr-add; skip tells that a row of that name is there and that is fine.
func nameToAdd[R any](s *session, c *call, k kind[R]) (name string, skip bool, err error) {
	may, duplicate := c.has("--may-exist"), c.has("--add-duplicate")
	name = c.arg(0)
	switch {
	case may && duplicate:
		return "", false, fail("--may-exist and --add-duplicate may not be used together")
	case name == "" && may:
		return "", false, fail("--may-exist requires specifying a name")
	case name == "" && duplicate:
		return "", false, fail("--add-duplicate requires specifying a name")
	case name == "" || duplicate:
		return name, false, nil
	}
	for _, r := range k.all(s.Topology) {
		if k.name(r) != name {
			continue
		}
		if may {
			return name, true, nil
		}
		return "", false, fail("%s: a %s with this name already exists", name, k.title)
	}
	return name, false, nil
}

func lsAdd(s *session, c *call) error {
	name, skip, err := nameToAdd(s, c, switches)
	if err != nil || skip {
		return err
	}
	s.insert(&topology.LogicalSwitch{Name: name})
	return nil
}

func lsDel(s *session, c *call) error {
	ls, err := mustUnless(s, c, switches, c.args[0])
	if err != nil || ls == nil {
		return err
	}
	for _, p := range ls.Ports {
		s.tx.Delete(p)
	}
	s.tx.Delete(ls)
	return nil
}

func lsList(s *session, c *call) error {
	var rows []named
	for _, r := range s.Listed(topology.TableNamed("Logical_Switch")) {
		ls := r.(*topology.LogicalSwitch)
		rows = append(rows, named{&ls.Row, ls.Name})
	}
	listNamed(c, rows)
	return nil
}

func lrAdd(s *session, c *call) error {
	name, skip, err := nameToAdd(s, c, routers)
	if err != nil || skip {
		return err
	}
	s.insert(&topology.LogicalRouter{Name: name})
	return nil
}

func lrDel(s *session, c *call) error {
	lr, err := mustUnless(s, c, routers, c.args[0])
	if err != nil || lr == nil {
		return err
	}
	for _, p := range lr.Ports {
		s.tx.Delete(p)
	}
	s.tx.Delete(lr)
	return nil
}

func lrList(s *session, c *call) error {
	var rows []named
	for _, r := range s.Listed(topology.TableNamed("Logical_Router")) {
		lr := r.(*topology.LogicalRouter)
		rows = append(rows, named{&lr.Row, lr.Name})
	}
	listNamed(c, rows)
	return nil
}
