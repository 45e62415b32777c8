package topology

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"ovnsim/ovsdb"
)

// references reads a column that refers to rows: their names, or the rows themselves in place.
func (l *loader) references(r Record, c *Column, n *yaml.Node, path string, depth int) {
	l.places[place{r, c.Name, ""}] = n
	under := path + "/" + c.Name
	switch {
	case n.Kind == yaml.ScalarNode:
		l.refer(r, c, n)
	case n.Kind == yaml.MappingNode && !c.IsSet():
		l.referTo(r, c, l.row(c.Ref, under, &rowNode{value: n}, "", depth+1))
	case n.Kind == yaml.MappingNode:
		for _, row := range l.rowsAt(c.Ref, n, under, depth+1) {
			l.referTo(r, c, row)
		}
	case !c.IsSet():
		l.errorf(n, "%s takes the name of one row of %s, not a list", c.Name, c.Ref.Section)
	default:
		for i, item := range n.Content {
			if item = l.real(item); item.Kind == yaml.ScalarNode {
				l.refer(r, c, item)
			} else if depth < maxDepth {
				l.referTo(r, c, l.row(c.Ref, fmt.Sprintf("%s/%d", under, i), &rowNode{value: item, in: n}, "", depth+1))
			}
		}
	}
}

func (l *loader) refer(r Record, c *Column, name *yaml.Node) {
	l.pending = append(l.pending, &pendingRef{from: r, column: c, node: name})
}

func (l *loader) referTo(r Record, c *Column, row Record) {
	if row != nil {
		l.pending = append(l.pending, &pendingRef{from: r, column: c, row: row})
	}
}

// impliedPort is a router port with a `switch:` entry.
type impliedPort struct {
	port *LogicalRouterPort
	node *yaml.Node
}

// finish resolves names, once every row is known, and checks the whole.
func (l *loader) finish(check bool) {
	l.resolve()
	l.plug()
	l.nameGatewayChassis()
	if len(l.top.NBGlobal) == 0 { // which every database has
		l.top.Add(&NBGlobal{Row: Row{UUID: nameUUID("NB_Global", "nb_global")}})
	}
	l.top.Sort()
	l.indexes()
	l.minimums()
	if check {
		l.errs = append(l.errs, l.top.validate(l.placeOf)...)
	}
	l.orphans()
}

// placeOf is where an element of a column is written, or else the column, or else the row. It is false if the column could not be read,
// which has been said already.
func (l *loader) placeOf(r Record, column, element string) (Position, bool) {
	whole := place{r, column, ""}
	for _, p := range []place{{r, column, element}, whole} {
		if n := l.places[p]; n != nil {
			return l.pos(n), !l.unread[whole]
		}
	}
	return r.Base().Pos, true
}

// resolve looks the names up and fills the reference columns.
func (l *loader) resolve() {
	type target struct {
		row    Record
		column *Column
	}
	data := make(map[target]Datum)
	var order []target
	for _, p := range l.pending {
		if p.row == nil {
			p.row = l.find(p.column, p.node)
		}
		if p.row == nil {
			continue
		}
		at := target{p.from, p.column}
		d, seen := data[at]
		if !seen {
			order = append(order, at)
		}
		if slices.ContainsFunc(d.Keys, func(a Atom) bool { return a.Row == p.row }) {
			if p.node != nil {
				l.errorf(p.node, "%s: %q is here twice", p.column.Name, p.node.Value)
			}
			continue
		}
		d.Keys = append(d.Keys, Atom{Row: p.row})
		data[at] = d
	}
	for _, at := range order {
		at.column.Set(at.row, data[at])
	}
}

// find is the row that a reference names: by key, or by UUID.
func (l *loader) find(c *Column, n *yaml.Node) Record {
	found := l.byKey[c.Ref][n.Value]
	switch {
	case len(found) == 1:
		return found[0]
	case len(found) > 1:
		l.errorf(n, "%s: %d rows of %s are called %q", c.Name, len(found), c.Ref.Section, n.Value)
		return nil
	}
	if id, err := ovsdb.ParseUUID(n.Value); err == nil {
		if r := l.uuids[id]; r != nil && TableOf(r) == c.Ref {
			return r
		}
	}
	var names []string
	for name := range l.byKey[c.Ref] {
		names = append(names, name)
	}
	slices.Sort(names)
	l.errorf(n, "%s: no row of %s is called %q%s", c.Name, c.Ref.Section, n.Value, Suggest(n.Value, names))
	return nil
}

// plug makes, for each router port with a `switch:`, the switch's port: SWITCH-ROUTER, or SWITCH-PORT if the router has another port
// there. A port of that name which the switch writes itself is completed.
func (l *loader) plug() {
	owners := make(map[*LogicalRouterPort]*LogicalRouter)
	for _, lr := range l.top.LogicalRouter {
		for _, p := range lr.Ports {
			owners[p] = lr
		}
	}
	taken := make(map[string]bool)
	for _, i := range l.implied {
		sw, lr := l.switchOf(i), owners[i.port]
		if sw == nil || lr == nil {
			continue
		}
		name := sw.Name + "-" + lr.Name
		if taken[name] {
			name = sw.Name + "-" + i.port.Name
		}
		taken[name] = true
		l.plugInto(sw, name, i)
	}
}

func (l *loader) switchOf(i impliedPort) *LogicalSwitch {
	if i.node.Kind != yaml.ScalarNode {
		l.errorf(i.node, "switch takes the name of a switch, not a %s", kindName(i.node))
		return nil
	}
	r := l.find(&Column{Name: switchKey, Ref: tableByName["Logical_Switch"]}, i.node)
	if r == nil {
		return nil
	}
	return r.(*LogicalSwitch)
}

func (l *loader) plugInto(sw *LogicalSwitch, name string, i impliedPort) {
	port := l.ownPort(sw, name, i.port.Name)
	if port == nil {
		t := tableByName["Logical_Switch_Port"]
		port = &LogicalSwitchPort{Row: Row{Pos: l.pos(i.node)}, Name: name}
		before := len(l.errs)
		l.register(t, port, name, "", i.node)
		if len(l.errs) > before {
			return
		}
		l.nodes[port] = &rowNode{implied: i.node}
		sw.Ports = append(sw.Ports, port)
		slices.SortFunc(sw.Ports, func(a, b *LogicalSwitchPort) int { return compareUUID(a.UUID, b.UUID) })
	}
	if port.Type == "" {
		port.Type = "router"
	}
	if port.Addresses == nil && l.places[place{port, "addresses", ""}] == nil {
		port.Addresses = []string{"router"}
	}
	if port.Options["router-port"] == "" {
		options := map[string]string{"router-port": i.port.Name}
		for k, v := range port.Options {
			options[k] = v
		}
		port.Options = options
	}
}

// ownPort is the port that the switch writes itself for this router port: the one that names it, or has the name it would get.
func (l *loader) ownPort(sw *LogicalSwitch, name, routerPort string) *LogicalSwitchPort {
	for _, p := range sw.Ports {
		if p.Options["router-port"] == routerPort || p.Name == name && p.Options["router-port"] == "" {
			return p
		}
	}
	return nil
}

// nameGatewayChassis gives gateway chassis written by chassis name the row name that ovn-nbctl gives them: PORT-CHASSIS.
func (l *loader) nameGatewayChassis() {
	for _, p := range l.top.LogicalRouterPort {
		for _, gc := range p.GatewayChassis {
			if gc.Name != "" {
				continue
			}
			gc.Name = p.Name + "-" + gc.ChassisName
		}
	}
}

// indexes checks that what must be unique is.
func (l *loader) indexes() {
	for _, t := range schema {
		for _, index := range t.Indexes {
			seen := make(map[string]Record)
			for _, r := range l.top.Records(t) {
				key := indexKey(t, index, r)
				if first := seen[key]; first != nil {
					first, r := byPosition(first, r)
					l.errs.Add(r.Base().Pos, "%s: %s %s is already that of the row on line %d", t.Section, strings.Join(index, " and "), key, first.Base().Pos.Line)
					continue
				}
				seen[key] = r
			}
		}
	}
}

func byPosition(a, b Record) (Record, Record) {
	p, q := a.Base().Pos, b.Base().Pos
	if q.Line < p.Line || q.Line == p.Line && q.Col < p.Col {
		return b, a
	}
	return a, b
}

func indexKey(t *Table, index []string, r Record) string {
	var parts []string
	for _, name := range index {
		c := t.Column(name)
		for _, a := range c.Get(r).Keys {
			parts = append(parts, fmt.Sprintf("%q", fmt.Sprint(a.scalar(c.Kind))))
		}
	}
	return strings.Join(parts, ", ")
}

// minimums checks that columns which must not be empty are not.
func (l *loader) minimums() {
	for _, t := range schema {
		for _, c := range t.Columns {
			if c.Min == 0 || c.Kind != Reference && !c.IsSet() && c.Enum == nil && !c.mustBeWritten() {
				continue
			}
			for _, r := range l.top.Records(t) {
				l.minimum(t, c, r)
			}
		}
	}
}

// mustBeWritten tells whether the value that an absent number would have, 0, is none that the column may hold.
func (c *Column) mustBeWritten() bool { return c.Kind == Integer && c.Ranged && c.Low > 0 }

func (l *loader) minimum(t *Table, c *Column, r Record) {
	d := c.Get(r)
	empty := len(d.Keys) < c.Min
	if !empty && !c.IsSet() && c.Enum != nil {
		empty = d.Keys[0].String == ""
	}
	if !empty && c.mustBeWritten() && !c.IsSet() {
		empty = d.Keys[0].Integer == 0
	}
	if empty && l.places[place{r, c.Name, ""}] == nil {
		text := "%s: a row needs %s"
		if c.Enum != nil {
			text += ", one of " + strings.Join(c.Enum, ", ")
		}
		l.errs.Add(r.Base().Pos, text, t.Section, c.Name)
	}
}

// orphans says which rows nobody refers to, although rows of their table live by being referred to.
func (l *loader) orphans() {
	if len(l.errs) > 0 {
		return // a reference that failed to resolve makes orphans of its own
	}
	for _, r := range l.top.Unreferenced() {
		l.errs.Add(r.Base().Pos, "%s: nothing refers to this row, so OVN would not keep it", TableOf(r).Section)
	}
}
