package topology

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"
)

// Form is how a lab file is written.
type Form struct {
	Names bool // without the rows' UUIDs; references go by name, and reading the file gives rows new UUIDs
}

// firstSections is what a lab file begins with; the other sections follow in the order of the schema.
var firstSections = []string{"switches", "routers", "load_balancers", "load_balancer_groups", "port_groups", "address_sets"}

// YAML writes a topology as a lab file. Read gives the same rows back.
func (top *Topology) YAML(form Form) ([]byte, error) {
	root := &yaml.Node{Kind: yaml.MappingNode}
	w := newYAMLWriter(top, form, nil)
	put(root, "version", plain("1"))
	if len(top.Validate()) > 0 {
		put(root, checkKey, plain("false"))
	}
	w.sections(root)
	return encode(root)
}

func encode(n *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return nil, fmt.Errorf("writing a lab file: %w", err)
	}
	return b.Bytes(), e.Close()
}

// yamlWriter makes nodes of rows.
type yamlWriter struct {
	top    *Topology
	form   Form
	label  map[Record]string // the key under which a row is written; "" for one in a list
	owner  map[Record]Record // of a row that is written inside another: that one
	labels map[*Table]map[string]int
	plugs  map[*LogicalRouterPort]*LogicalSwitch // router ports to write with `switch:`
	plugin map[*LogicalSwitchPort]bool           // the switch ports that those make
	pinned map[Record]bool                       // rows whose UUID is to be written although form says none
}

// newYAMLWriter plans how to write a topology. Rows that labels names are written under that key.
func newYAMLWriter(top *Topology, form Form, labels map[Record]string) *yamlWriter {
	w := &yamlWriter{
		top: top, form: form, label: make(map[Record]string), owner: make(map[Record]Record), labels: make(map[*Table]map[string]int),
		plugs: make(map[*LogicalRouterPort]*LogicalSwitch), plugin: make(map[*LogicalSwitchPort]bool), pinned: make(map[Record]bool),
	}
	w.findOwners()
	for r, label := range labels {
		w.setLabel(TableOf(r), r, label)
	}
	for _, t := range schema {
		for _, r := range top.Records(t) {
			w.nameRow(t, r)
		}
	}
	w.findPlugs()
	return w
}

// findOwners finds the rows that are written inside another: those that are in one set alone, as a port is in its switch's, or in none but
// live by one reference alone.
func (w *yamlWriter) findOwners() {
	for _, sets := range []bool{true, false} {
		holders := make(map[Record][]Record)
		for _, t := range schema {
			for _, c := range t.Columns {
				if !c.owns() || c.IsSet() != sets {
					continue
				}
				for _, r := range w.top.Records(t) {
					c.eachRow(r, func(to Record) { holders[to] = append(holders[to], r) })
				}
			}
		}
		for to, by := range holders {
			if _, settled := w.owner[to]; !settled {
				w.owner[to] = nil
				if len(by) == 1 {
					w.owner[to] = by[0]
				}
			}
		}
	}
}

// nameRow chooses the key that a row is written under: its name if it has one of its own, or else a made one. Rows without names inside
// others need none.
func (w *yamlWriter) nameRow(t *Table, r Record) {
	name := t.name(r)
	if w.label[r] != "" || name == "" && w.owner[r] != nil {
		return
	}
	if name == "" {
		name = t.Section + "1"
	}
	label := name
	for i := 2; w.labels[t][w.scoped(r, label)] > 0; i++ {
		label = name + "-" + strconv.Itoa(i)
		if t.name(r) == "" {
			label = t.Section + strconv.Itoa(i)
		}
	}
	w.setLabel(t, r, label)
}

func (w *yamlWriter) setLabel(t *Table, r Record, label string) {
	if w.labels[t] == nil {
		w.labels[t] = make(map[string]int)
	}
	w.labels[t][w.scoped(r, label)]++
	w.labels[t][label]++
	w.label[r] = label
}

// scoped is a label with the place where it must be unique: the file's section, or the row that it is written inside.
func (w *yamlWriter) scoped(r Record, label string) string {
	owner := w.owner[r]
	if owner == nil {
		return "/" + label
	}
	return owner.Base().UUID.String() + "/" + label
}

// findPlugs finds the switch ports that are as `switch:` makes them. Without UUIDs in the file they need not be written.
func (w *yamlWriter) findPlugs() {
	if !w.form.Names {
		return
	}
	ports := make(map[string]*LogicalSwitchPort)
	in := make(map[*LogicalSwitchPort]*LogicalSwitch)
	for _, ls := range w.top.LogicalSwitch {
		for _, p := range ls.Ports {
			ports[p.Options["router-port"]] = p
			in[p] = ls
		}
	}
	taken := make(map[string]bool)
	for _, lr := range w.top.LogicalRouter {
		for _, rp := range lr.Ports {
			p := ports[rp.Name]
			if p == nil || w.label[in[p]] != in[p].Name || w.label[rp] != rp.Name {
				continue
			}
			name := in[p].Name + "-" + lr.Name
			like := &LogicalSwitchPort{Row: p.Row, Name: name, Type: "router", Addresses: []string{"router"}, Options: map[string]string{"router-port": rp.Name}}
			if !taken[name] && Describe(like) == Describe(p) {
				w.plugs[rp], w.plugin[p], taken[name] = in[p], true, true
			}
		}
	}
}

// sections writes every table that has rows of its own to write.
func (w *yamlWriter) sections(root *yaml.Node) {
	order := slices.Clone(schema)
	rank := func(t *Table) int {
		if i := slices.Index(firstSections, t.Section); i >= 0 {
			return i
		}
		if t.Name == "NB_Global" {
			return len(schema) + len(firstSections)
		}
		return t.slot + len(firstSections)
	}
	slices.SortFunc(order, func(a, b *Table) int { return rank(a) - rank(b) })
	for _, t := range order {
		w.section(root, t)
	}
}

func (w *yamlWriter) section(root *yaml.Node, t *Table) {
	rows := &yaml.Node{Kind: yaml.MappingNode}
	for _, r := range w.top.Records(t) {
		if w.owner[r] != nil {
			continue
		}
		if t.MaxRows == 1 {
			if n := w.row(t, r, t.Section, ""); len(n.Content) > 0 {
				put(root, t.Section, n)
			}
			return
		}
		put(rows, w.label[r], w.row(t, r, t.Section, w.label[r]))
	}
	if len(rows.Content) > 0 {
		put(root, t.Section, rows)
	}
}

// row is the mapping of a row's columns. path and key are what the loader derives the UUID from.
func (w *yamlWriter) row(t *Table, r Record, path, key string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	if key != "" {
		path += "/" + key
	}
	if t.MaxRows == 1 {
		path = t.Section
	}
	if (!w.form.Names || w.pinned[r]) && r.Base().UUID != deriveUUID(t, r, path) {
		put(n, uuidKey, text(r.Base().UUID.String()))
	}
	for _, c := range t.Columns {
		if c.Name == t.Key && key != "" {
			if t.name(r) != key {
				put(n, c.Name, text(t.name(r)))
			}
			continue
		}
		if c.Name == "name" && t.Name == "Gateway_Chassis" && w.usualGatewayName(r) {
			continue
		}
		if v := w.column(c, r, path); v != nil {
			put(n, c.Name, v)
		}
	}
	if rp, ok := r.(*LogicalRouterPort); ok && w.plugs[rp] != nil {
		put(n, switchKey, text(w.plugs[rp].Name))
	}
	fold(n)
	return n
}

// usualGatewayName tells whether a gateway chassis has the name that the loader would give it.
func (w *yamlWriter) usualGatewayName(r Record) bool {
	gc := r.(*GatewayChassis)
	port, ok := w.owner[r].(*LogicalRouterPort)
	return ok && gc.Name == port.Name+"-"+gc.ChassisName
}

// column is a column's value, nil for one that need not be written.
func (w *yamlWriter) column(c *Column, r Record, path string) *yaml.Node {
	d := c.Get(r)
	switch {
	case c.Ephemeral || len(d.Keys) == 0:
		return nil
	case c.Ref != nil:
		return w.references(c, d, path+"/"+c.Name)
	case c.IsMap:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for i, k := range d.Keys {
			n.Content = append(n.Content, text(k.String), atomNode(d.Values[i], c.Value))
		}
		fold(n)
		return n
	case c.IsSet():
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, k := range d.Keys {
			n.Content = append(n.Content, atomNode(k, c.Kind))
		}
		fold(n)
		return n
	case c.Min == 1 && d.Keys[0] == (Atom{}):
		return nil
	}
	return atomNode(d.Keys[0], c.Kind)
}

// references writes rows in place if they are written here, and their names otherwise.
func (w *yamlWriter) references(c *Column, d Datum, under string) *yaml.Node {
	if !c.IsSet() {
		to := d.Keys[0].Row
		if c.owns() && !w.inSet(to) && w.owner[to] != nil {
			return w.row(c.Ref, to, under, "")
		}
		return text(w.reference(to))
	}
	if inside := w.allInside(c, d); inside == len(d.Keys) && c.Ref.Key != "" && w.allNamed(d) {
		n := &yaml.Node{Kind: yaml.MappingNode}
		rows := slices.Clone(d.Keys)
		slices.SortStableFunc(rows, func(a, b Atom) int { return compareText(w.label[a.Row], w.label[b.Row]) })
		for _, k := range rows {
			if p, ok := k.Row.(*LogicalSwitchPort); ok && w.plugin[p] {
				continue
			}
			put(n, w.label[k.Row], w.row(c.Ref, k.Row, under, w.label[k.Row]))
		}
		if len(n.Content) == 0 {
			return nil
		}
		return n
	}
	n := &yaml.Node{Kind: yaml.SequenceNode}
	names := true
	for i, k := range d.Keys {
		if c.owns() && w.owner[k.Row] != nil {
			n.Content = append(n.Content, w.row(c.Ref, k.Row, fmt.Sprintf("%s/%d", under, i), ""))
			names = false
		} else {
			n.Content = append(n.Content, text(w.reference(k.Row)))
		}
	}
	if names {
		fold(n)
	}
	return n
}

// inSet tells whether a row is written in a set of its owner.
func (w *yamlWriter) inSet(r Record) bool {
	owner, found := w.owner[r], false
	if owner == nil {
		return false
	}
	for _, c := range TableOf(owner).Columns {
		if c.owns() && c.IsSet() {
			c.eachRow(owner, func(to Record) { found = found || to == r })
		}
	}
	return found
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (w *yamlWriter) allInside(c *Column, d Datum) int {
	n := 0
	for _, k := range d.Keys {
		if c.owns() && w.owner[k.Row] != nil {
			n++
		}
	}
	return n
}

func (w *yamlWriter) allNamed(d Datum) bool {
	return !slices.ContainsFunc(d.Keys, func(k Atom) bool { return w.label[k.Row] == "" })
}

// reference is the name of a row in the file, or its UUID where a name would not be clear.
func (w *yamlWriter) reference(r Record) string {
	label := w.label[r]
	if label == "" || w.labels[TableOf(r)][label] > 1 {
		w.pinned[r] = true
		return r.Base().UUID.String()
	}
	return label
}
