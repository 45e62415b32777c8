package topology

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// changeRow writes the columns of a row that are not what they were.
func (u *update) changeRow(t *Table, old, now Record) {
	at := u.at[old]
	for _, c := range t.Columns {
		if sameColumn(c, old, now) && !u.unwritten(c, now) {
			continue
		}
		n := u.mapping(at)
		if c.Ref != nil && u.changeReferences(n, c, old, now, at.path) {
			continue
		}
		v := u.w.column(c, now, at.path)
		if c.Name == t.Key && at.key != nil && t.MaxRows != 1 {
			v = u.renamed(t, now, at)
		}
		setKey(n, c.Name, v)
		unfold(n)
	}
}

// unwritten tells whether a column has a row that is to be written in place and is not yet.
func (u *update) unwritten(c *Column, r Record) bool {
	return c.owns() && slices.ContainsFunc(c.Get(r).Keys, func(k Atom) bool { return u.old[k.Row.Base().UUID] == nil })
}

// mapping is the node of a row's columns; a row that had none gets one.
func (u *update) mapping(at *rowNode) *yaml.Node {
	n := at.value
	if n.Kind != yaml.MappingNode {
		n.Kind, n.Tag, n.Value, n.Style = yaml.MappingNode, "!!map", "", yaml.FlowStyle
	}
	return n
}

// renamed is the entry that gives a row another name than its key; nil if the key is its name again.
func (u *update) renamed(t *Table, now Record, at *rowNode) *yaml.Node {
	if name := t.name(now); name != at.key.Value {
		return text(name)
	}
	return nil
}

// sameColumn compares a column of a row then and now; references by what they lead to.
func sameColumn(c *Column, old, now Record) bool {
	a, b := c.Get(old), c.Get(now)
	if len(a.Keys) != len(b.Keys) {
		return false
	}
	for i := range a.Keys {
		if a.Keys[i].Compare(b.Keys[i], c.Kind) != 0 || c.IsMap && a.Values[i].Compare(b.Values[i], c.Value) != 0 {
			return false
		}
	}
	return true
}

// changeReferences adds new rows to the mapping or list that holds the old ones, which have gone from it already. It is false if the
// column must be written as a whole: when it holds names.
func (u *update) changeReferences(n *yaml.Node, c *Column, old, now Record, path string) bool {
	was, is := c.Get(old), c.Get(now)
	list := child(n, c.Name)
	if !c.IsSet() || !c.owns() || list == nil || list.Kind != yaml.MappingNode && list.Kind != yaml.SequenceNode || !u.inside(was) {
		return false
	}
	for _, k := range is.Keys {
		known := slices.ContainsFunc(was.Keys, func(a Atom) bool { return a.Row.Base().UUID == k.Row.Base().UUID })
		if known && u.old[k.Row.Base().UUID] != nil {
			continue
		}
		if p, ok := k.Row.(*LogicalSwitchPort); ok && u.w.plugin[p] {
			continue
		}
		u.addTo(list, c.Ref, k.Row, path+"/"+c.Name)
	}
	if len(list.Content) == 0 {
		setKey(n, c.Name, nil)
	}
	unfold(n)
	return true
}

// inside tells whether rows are written in place, none by name.
func (u *update) inside(d Datum) bool {
	return !slices.ContainsFunc(d.Keys, func(k Atom) bool { at := u.at[k.Row]; return at == nil || at.in == nil && at.implied == nil })
}
