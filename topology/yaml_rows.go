package topology

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"ovnsim/ovsdb"
)

// loader turns nodes into rows. It goes on after an error, so that one run tells them all.
type loader struct {
	file    string
	top     *Topology
	errs    Errors
	nodes   map[Record]*rowNode
	byKey   map[*Table]map[string][]Record // under their key or label
	uuids   map[ovsdb.UUID]Record
	pending []*pendingRef
	implied []impliedPort
	places  map[place]*yaml.Node
	unread  map[place]bool // columns with something wrong in them
	aliases int            // nodes reached through aliases, so that a small file cannot make a huge network
}

// pendingRef is a reference column (or one element of it) that is to be resolved once all rows are known.
type pendingRef struct {
	from   Record
	column *Column
	node   *yaml.Node // the name; nil if the row is written in place
	row    Record
}

// place is a value that validation may complain about: a column, and in a set or map the element.
type place struct {
	row     Record
	column  string
	element string
}

type entry struct{ key, value *yaml.Node }

// limits on what a file can make of us
const (
	maxAliases = 200_000
	maxDepth   = 24
	maxErrors  = 1000
)

func newLoader(file string) *loader {
	return &loader{
		file: file, top: &Topology{}, nodes: make(map[Record]*rowNode), byKey: make(map[*Table]map[string][]Record),
		uuids: make(map[ovsdb.UUID]Record), places: make(map[place]*yaml.Node),
		unread: make(map[place]bool),
	}
}

func (l *loader) pos(n *yaml.Node) Position { return Position{l.file, n.Line, n.Column} }

func (l *loader) errorf(n *yaml.Node, format string, args ...any) {
	if len(l.errs) < maxErrors {
		l.errs.Add(l.pos(n), format, args...)
	}
}

// real follows aliases to the node that is meant.
func (l *loader) real(n *yaml.Node) *yaml.Node {
	for i := 0; n.Kind == yaml.AliasNode; i++ {
		if l.aliases++; i > maxDepth || l.aliases > maxAliases {
			if l.aliases < 2*maxAliases {
				l.errorf(n, "too many aliases")
				l.aliases = 2 * maxAliases
			}
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: n.Line, Column: n.Column}
		}
		n = n.Alias
	}
	return n
}

// entries is what a mapping holds, `<<` merged in; keys must be plain and appear once.
func (l *loader) entries(n *yaml.Node) []entry {
	var out []entry
	seen := make(map[string]*yaml.Node)
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := l.real(n.Content[i]), n.Content[i+1]
		switch first := seen[k.Value]; {
		case k.Kind != yaml.ScalarNode:
			l.errorf(k, "a key must be a plain word, not a %s", kindName(k))
			continue
		case k.Tag == "!!merge":
			merged = append(merged, v)
			continue
		case first != nil:
			l.errorf(k, "%q is here twice; first on line %d", k.Value, first.Line)
			continue
		}
		seen[k.Value] = k
		out = append(out, entry{k, v})
	}
	for _, m := range merged {
		out = l.merge(out, seen, l.real(m), 0)
	}
	return out
}

func (l *loader) merge(out []entry, seen map[string]*yaml.Node, m *yaml.Node, depth int) []entry {
	switch {
	case l.aliases > maxAliases:
	case depth > maxDepth:
		l.errorf(m, "`<<` nested too deep")
	case m.Kind == yaml.SequenceNode:
		for _, item := range m.Content {
			out = l.merge(out, seen, l.real(item), depth+1)
		}
	case m.Kind != yaml.MappingNode:
		l.errorf(m, "`<<` takes a mapping, not a %s", kindName(m))
	default:
		for i := 0; i+1 < len(m.Content); i += 2 {
			k := l.real(m.Content[i])
			switch {
			case k.Tag == "!!merge":
				out = l.merge(out, seen, l.real(m.Content[i+1]), depth+1)
			case k.Kind == yaml.ScalarNode && seen[k.Value] == nil:
				seen[k.Value] = k
				out = append(out, entry{k, m.Content[i+1]})
			}
		}
	}
	return out
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "mapping"
	case yaml.SequenceNode:
		return "list"
	}
	return "single value"
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// singleton reads a section of a table that has at most one row: the mapping is the row.
func (l *loader) singleton(t *Table, e entry) {
	if v := l.real(e.value); !isNull(v) {
		l.row(t, t.Section, &rowNode{key: e.key, value: v}, "", 0)
	}
}

// rows reads a mapping (or list) of rows at the top level.
func (l *loader) rows(t *Table, n *yaml.Node, path string) []Record {
	return l.rowsAt(t, n, path, 0)
}

// rowsAt reads rows keyed by name, or without names in a list; path tells where, for UUIDs.
func (l *loader) rowsAt(t *Table, n *yaml.Node, path string, depth int) []Record {
	var out []Record
	n = l.real(n)
	switch {
	case depth > maxDepth:
		l.errorf(n, "nested too deep")
	case isNull(n):
	case n.Kind == yaml.MappingNode:
		for _, e := range l.entries(n) {
			if r := l.row(t, path, &rowNode{key: e.key, value: l.real(e.value), in: n}, e.key.Value, depth); r != nil {
				out = append(out, r)
			}
		}
	case n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			if r := l.row(t, fmt.Sprintf("%s/%d", path, i), &rowNode{value: l.real(item), in: n}, "", depth); r != nil {
				out = append(out, r)
			}
		}
	default:
		l.errorf(n, "%s takes a mapping (or a list) of rows, not the single value %q", t.Section, n.Value)
	}
	return out
}

// row reads one row from where it is written. key is its name, or the label that others refer to it by; "" for none.
func (l *loader) row(t *Table, path string, at *rowNode, key string, depth int) Record {
	n := at.value
	if n.Kind != yaml.MappingNode && !isNull(n) {
		l.errorf(n, "a row of %s is a mapping of its columns, not a %s", t.Section, kindName(n))
		return nil
	}
	r := t.New()
	l.nodes[r] = at
	where := n
	if at.key != nil {
		where = at.key
	}
	r.Base().Pos = l.pos(where)
	if at.key != nil && t.Key != "" && t.MaxRows != 1 {
		t.Column(t.Key).Set(r, Datum{Keys: []Atom{{String: key}}})
		l.places[place{r, t.Key, ""}] = at.key
	}
	if key != "" {
		path += "/" + key
	}
	if t.MaxRows == 1 {
		path = t.Section
	}
	at.path = path
	if n.Kind == yaml.MappingNode {
		l.columns(t, r, n, path, depth)
	}
	l.register(t, r, key, path, where)
	return r
}

// columns reads the entries of a row's mapping.
func (l *loader) columns(t *Table, r Record, n *yaml.Node, path string, depth int) {
	for _, e := range l.entries(n) {
		c := t.Column(e.key.Value)
		value := l.real(e.value)
		switch {
		case e.key.Value == uuidKey:
			l.uuid(r, value)
		case e.key.Value == switchKey && t.Name == "Logical_Router_Port":
			l.implied = append(l.implied, impliedPort{r.(*LogicalRouterPort), value})
		case c == nil:
			l.errorf(e.key, "unknown key %q in %s%s", e.key.Value, t.Section, Suggest(e.key.Value, t.keys()))
		case isNull(value):
		case c.Ref != nil:
			l.references(r, c, value, path, depth)
		default:
			l.places[place{r, c.Name, ""}] = value
			before := len(l.errs)
			l.values(r, c, value)
			l.unread[place{r, c.Name, ""}] = len(l.errs) > before
		}
	}
}

// Keys of a row's mapping that are not columns.
const (
	uuidKey   = "_uuid"  // the row's UUID, where it matters; derived from its name otherwise
	switchKey = "switch" // of a router port: the switch to plug it into
)

// keys is every key that a row of t may have.
func (t *Table) keys() []string {
	keys := []string{uuidKey}
	if t.Name == "Logical_Router_Port" {
		keys = append(keys, switchKey)
	}
	for _, c := range t.Columns {
		keys = append(keys, c.Name)
	}
	return keys
}

func (l *loader) uuid(r Record, n *yaml.Node) {
	id, err := ovsdb.ParseUUID(n.Value)
	if err != nil || n.Kind != yaml.ScalarNode {
		l.errorf(n, "%s: %q is not a UUID", uuidKey, n.Value)
		return
	}
	r.Base().UUID = id
}

// register gives the row its UUID and makes it known under its key.
func (l *loader) register(t *Table, r Record, key, path string, n *yaml.Node) {
	if r.Base().UUID.IsZero() {
		r.Base().UUID = deriveUUID(t, r, path)
	}
	if other := l.uuids[r.Base().UUID]; other != nil {
		if name := t.name(r); TableOf(other) == t && name != "" && t.name(other) == name {
			l.errorf(n, "%s: %q is already on line %d", t.Section, name, other.Base().Pos.Line)
		} else {
			l.errorf(n, "the UUID %v is already that of the row on line %d", r.Base().UUID, other.Base().Pos.Line)
		}
		return
	}
	l.uuids[r.Base().UUID] = r
	if key == "" {
		key = t.name(r) // of an element of a list
	}
	if key != "" {
		if l.byKey[t] == nil {
			l.byKey[t] = make(map[string][]Record)
		}
		l.byKey[t][key] = append(l.byKey[t][key], r)
	}
	l.top.Add(r)
}

// name is the value of the column that names a row; "" if no column does.
func (t *Table) name(r Record) string {
	if t.Key == "" {
		return ""
	}
	d := t.Column(t.Key).Get(r)
	if len(d.Keys) == 0 {
		return ""
	}
	return d.Keys[0].String
}

// deriveUUID names a row by what it is called, if that is unique in its table, or else by where it is written: the same file gives the
// same UUIDs, always. The form is that of RFC 9562's version 8.
func deriveUUID(t *Table, r Record, path string) ovsdb.UUID {
	for _, index := range t.Indexes {
		if !slices.Contains(index, t.Key) && len(index) < 2 {
			continue
		}
		var parts []string
		for _, name := range index {
			if d := t.Column(name).Get(r); len(d.Keys) == 1 && t.Column(name).Kind == String {
				parts = append(parts, d.Keys[0].String)
			}
		}
		if joined := strings.Join(parts, "/"); joined != "" && len(parts) == len(index) {
			path = joined
			break
		}
	}
	return nameUUID(t.Name, path)
}

func nameUUID(table, name string) ovsdb.UUID {
	sum := sha256.Sum256([]byte("ovnsim/" + table + "/" + name))
	u := ovsdb.UUID(sum[:16])
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return u
}
