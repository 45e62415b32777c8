package topology

import (
	"fmt"
	"reflect"
	"slices"

	"gopkg.in/yaml.v3"

	"ovnsim/ovsdb"
)

// Bytes is the document with its topology as it is now. What has not changed since the document was read stays as it was written, with
// comments, order and blank lines; rows that are new carry their UUID where it does not follow from their name, so that it holds.
func (d *Document) Bytes() ([]byte, error) {
	if d.data == nil {
		return nil, fmt.Errorf("%s: this document was not read from a text", d.File)
	}
	var text []byte
	var err error
	// The later ways are for files that cannot be changed row by row: with aliases, say, or blank lines where they count.
	for _, way := range []struct{ blanks, anew bool }{{true, false}, {false, false}, {false, true}} {
		data := d.data
		if way.blanks {
			data = markBlanks(data)
		}
		if text, err = d.updated(data, way.anew); err == nil {
			return text, nil
		}
	}
	return nil, err
}

// updated changes a text's nodes and writes them, row by row or all rows anew.
func (d *Document) updated(data []byte, anew bool) ([]byte, error) {
	whole, err := parseYAML(data, d.File)
	if err != nil {
		return nil, err
	}
	u, err := newUpdate(d, whole.Content[0])
	if err != nil {
		return nil, err
	}
	if anew {
		u.rewrite()
	} else {
		u.apply()
	}
	setKey(u.root, checkKey, nil)
	if len(d.Topology.Validate()) > 0 {
		setKey(u.root, checkKey, plain("false"))
	}
	saveComments(whole)
	text, err := encode(whole)
	if err != nil {
		return nil, err
	}
	text = unmarkBlanks(text)
	return text, d.check(text)
}

// check reads a text again: its network must be the topology, and everything else what it was.
func (d *Document) check(text []byte) error {
	again, err := ReadYAML(text, d.File)
	switch {
	case err != nil:
		return fmt.Errorf("%s: the changes cannot be written: %w", d.File, err)
	case !again.Topology.sameAs(d.Topology) || !reflect.DeepEqual(d.rest(), again.rest()):
		return fmt.Errorf("%s: the changes cannot be written to this file without loss", d.File)
	}
	return nil
}

// rest is what the document says beside its network.
func (d *Document) rest() map[string]any {
	out := make(map[string]any)
	for i := 0; i+1 < len(d.Root.Content); i += 2 {
		key := d.Root.Content[i].Value
		if key == checkKey || slices.ContainsFunc(schema, func(t *Table) bool { return t.Section == key }) {
			continue
		}
		var v any
		if err := d.Root.Content[i+1].Decode(&v); err != nil {
			v = err.Error()
		}
		out[key] = v
	}
	return out
}

// update changes a document's nodes until they say what its topology says.
type update struct {
	doc  *Document
	root *yaml.Node
	w    *yamlWriter
	old  map[ovsdb.UUID]Record // as the nodes say it still
	now  map[ovsdb.UUID]Record
	at   map[Record]*rowNode // of rows of old
}

func newUpdate(d *Document, root *yaml.Node) (*update, error) {
	was := &Document{File: d.File, Root: root}
	if err := was.load(LabKeys()); err != nil {
		return nil, err
	}
	u := &update{doc: d, root: root, old: byUUID(was.Topology), now: byUUID(d.Topology), at: was.nodes}
	labels := make(map[Record]string)
	for id, r := range u.now {
		if n := u.at[u.old[id]]; n != nil && n.key != nil && TableOf(r).MaxRows != 1 {
			labels[r] = n.key.Value
		}
	}
	u.w = newYAMLWriter(d.Topology, Form{Names: true}, labels)
	for id, r := range u.now {
		u.w.pinned[r] = u.old[id] == nil
	}
	for rp, ls := range u.w.plugs {
		if p := ls.plugOf(rp); u.old[rp.UUID] != nil || p == nil || u.old[p.UUID] != nil {
			delete(u.w.plugs, rp)
			delete(u.w.plugin, p)
		}
	}
	return u, nil
}

func byUUID(top *Topology) map[ovsdb.UUID]Record {
	out := make(map[ovsdb.UUID]Record)
	for _, t := range schema {
		for _, r := range top.Records(t) {
			out[r.Base().UUID] = r
		}
	}
	return out
}

func (ls *LogicalSwitch) plugOf(rp *LogicalRouterPort) *LogicalSwitchPort {
	for _, p := range ls.Ports {
		if p.Options["router-port"] == rp.Name {
			return p
		}
	}
	return nil
}

// apply goes through the rows: what is gone, what is changed, what is new.
func (u *update) apply() {
	u.unplug()
	for id, r := range u.old {
		if u.now[id] == nil {
			u.removeRow(u.at[r])
		}
	}
	for _, t := range schema {
		for _, r := range u.doc.Topology.Records(t) {
			old := u.old[r.Base().UUID]
			switch at := u.at[old]; {
			case old == nil:
			case at == nil && t.MaxRows == 1 && Describe(old) != Describe(r): // NB_Global, which need not be written
				u.addRow(t, r)
			case at != nil && at.implied == nil:
				u.changeRow(t, old, r)
			}
		}
	}
	for _, t := range schema {
		for _, r := range u.doc.Topology.Records(t) {
			if u.old[r.Base().UUID] == nil && u.w.owner[r] == nil {
				u.addRow(t, r)
			}
		}
	}
}

// unplug takes away the `switch:` of ports that are no longer what it makes: they are written out as if they were new.
func (u *update) unplug() {
	for id, r := range u.old {
		at := u.at[r]
		if at == nil || at.implied == nil {
			continue
		}
		if now := u.now[id]; now != nil && Describe(now) == Describe(r) && u.sameSwitch(r, now) && u.hasPort(r.(*LogicalSwitchPort)) {
			continue
		}
		for _, n := range u.at {
			if n.value != nil && n.value.Kind == yaml.MappingNode {
				dropValue(n.value, at.implied)
			}
		}
		delete(u.old, id)
	}
}

func (u *update) sameSwitch(old, now Record) bool {
	for id, r := range u.old {
		ls, ok := r.(*LogicalSwitch)
		if !ok || !slices.Contains(ls.Ports, old.(*LogicalSwitchPort)) {
			continue
		}
		is, ok := u.now[id].(*LogicalSwitch)
		return ok && slices.Contains(is.Ports, now.(*LogicalSwitchPort))
	}
	return false
}

// hasPort tells whether the router port that a switch port was made for is still there.
func (u *update) hasPort(p *LogicalSwitchPort) bool {
	for id, r := range u.old {
		if rp, ok := r.(*LogicalRouterPort); ok && rp.Name == p.Options["router-port"] {
			now, ok := u.now[id].(*LogicalRouterPort)
			return ok && now.Name == rp.Name
		}
	}
	return false
}

// dropValue removes a mapping's entry by its value.
func dropValue(n, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i+1] == value {
			n.Content = slices.Delete(n.Content, i, i+2)
			return
		}
	}
}

// removeRow removes a row's entry from the mapping or list that it is in.
func (u *update) removeRow(at *rowNode) {
	switch {
	case at == nil || at.in == nil:
	case at.key != nil:
		for i := 0; i+1 < len(at.in.Content); i += 2 {
			if at.in.Content[i] == at.key {
				at.in.Content = slices.Delete(at.in.Content, i, i+2)
				return
			}
		}
	default:
		at.in.Content = slices.DeleteFunc(at.in.Content, func(n *yaml.Node) bool { return n == at.value })
	}
}

// addRow writes a new row to its table's section.
func (u *update) addRow(t *Table, r Record) {
	section := child(u.root, t.Section)
	if t.MaxRows == 1 {
		if n := u.w.row(t, r, t.Section, ""); len(n.Content) > 0 {
			u.setSection(t.Section, n)
		}
		return
	}
	if section == nil || section.Kind != yaml.MappingNode && section.Kind != yaml.SequenceNode {
		section = &yaml.Node{Kind: yaml.MappingNode}
		u.setSection(t.Section, section)
	}
	u.addTo(section, t, r, t.Section)
}

// addTo appends a row to the mapping or list of its kind.
func (u *update) addTo(n *yaml.Node, t *Table, r Record, path string) {
	if n.Kind == yaml.SequenceNode {
		n.Content = append(n.Content, u.w.row(t, r, fmt.Sprintf("%s/%d", path, len(n.Content)), ""))
	} else {
		put(n, u.w.label[r], u.w.row(t, r, path, u.w.label[r]))
	}
	unfold(n)
}

// setSection puts a section after the last one there is, so that hosts and scenarios stay behind.
func (u *update) setSection(name string, n *yaml.Node) {
	if child(u.root, name) != nil {
		setKey(u.root, name, n)
		return
	}
	after := len(u.root.Content)
	for i := 0; i+1 < len(u.root.Content); i += 2 {
		if slices.ContainsFunc(schema, func(t *Table) bool { return t.Section == u.root.Content[i].Value }) {
			after = i + 2
		}
	}
	u.root.Content = slices.Insert(u.root.Content, after, text(name), n)
}

// rewrite writes all sections anew.
func (u *update) rewrite() {
	for _, t := range schema {
		setKey(u.root, t.Section, nil)
	}
	fresh := &yaml.Node{Kind: yaml.MappingNode}
	w := newYAMLWriter(u.doc.Topology, Form{Names: true}, nil)
	w.pinned = u.w.pinned
	w.sections(fresh)
	after := 0
	for i := 0; i+1 < len(u.root.Content); i += 2 {
		if k := u.root.Content[i].Value; k == "version" || k == "name" || k == "description" {
			after = i + 2
		}
	}
	u.root.Content = slices.Insert(u.root.Content, after, fresh.Content...)
}

func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// setKey sets an entry of a mapping, with the comments that the old value had; nil removes it.
func setKey(n *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != key {
			continue
		}
		if value == nil {
			n.Content = slices.Delete(n.Content, i, i+2)
			return
		}
		old := n.Content[i+1]
		value.HeadComment, value.LineComment, value.FootComment = old.HeadComment, old.LineComment, old.FootComment
		n.Content[i+1] = value
		return
	}
	if value != nil {
		put(n, key, value)
	}
}
