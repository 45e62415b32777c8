package fuzznb

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"ovnsim/internal/parity"
	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
	"ovnsim/topology"
)

// Asked is what to compare.
type Asked struct {
	Stages string // only stages whose names begin so
	Rows   bool   // the rows beside flows, too
	Before bool   // our compiler is told the southbound database that the real one made
	Hasty  bool   // what differs is not held against an ovn-northd that is new, which takes a second
}

// Difference is what differs: "-" lines are missing from ours, "+" lines too many. What the real one leaves to chance is not
// among them; its reasons are.
type Difference struct {
	Lines, Explained []string
	Old              []string // what an ovn-northd had otherwise that had compiled other topologies before, and a new one has not
}

// Where is the name of the stage, or of the table, of a line of differences.
func Where(line string) string {
	head, _, flow := strings.Cut(line, " match=(")
	words := strings.Fields(head)
	if !flow { // a row: its table
		return words[1]
	}
	return words[len(words)-2]
}

// Compare compiles a topology both ways.
func (o *Oracle) Compare(t *topology.Topology, asked Asked) (d Difference, err error) {
	text, file, err := o.Compile(t)
	if err != nil {
		return d, err
	}
	lines, err := differing(t, text, file, asked)
	if err != nil {
		return d, err
	}
	if len(lines) > 0 {
		if text, file, err = o.anew(); err != nil {
			return d, err
		}
		if t, err = o.filledIn(t); err != nil {
			return d, err
		}
		if lines, err = differing(t, text, file, asked); err != nil {
			return d, err
		}
	}
	if d.Lines, d.Explained = parity.Explain(lines, t); len(d.Lines) == 0 || asked.Hasty {
		return d, nil
	}
	return o.again(t, asked, d.Lines)
}

// again compares with an ovn-northd that is new: what earlier topologies left in one decides about some orders. What the old
// one had otherwise is among the reasons, by stage or table, so that it can be told from what a new one would show.
func (o *Oracle) again(t *topology.Topology, asked Asked, old []string) (d Difference, err error) {
	fresh, err := Start(o.root)
	if err != nil {
		return d, err
	}
	o.Close()
	*o = *fresh
	if _, _, err := o.Compile(t); err != nil {
		return d, err
	}
	text, file, err := o.anew()
	if err != nil {
		return d, err
	}
	lines, err := differing(t, text, file, asked)
	if err != nil {
		return d, err
	}
	if d.Lines, d.Explained = parity.Explain(lines, t); len(d.Lines) == 0 {
		for _, line := range old {
			if reason := "an ovn-northd that is new agrees, an old one differed in " + Where(line); !slices.Contains(d.Explained, reason) {
				d.Explained = append(d.Explained, reason)
			}
		}
		d.Old = old
	}
	return d, nil
}

// differing lists what differs between ours and what the real one made: a list of flows, a southbound database.
func differing(t *topology.Topology, text, file []byte, asked Asked) ([]string, error) {
	want, err := parity.ReadFlows(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	db, err := ovsdb.Read(bytes.NewReader(file), "southbound")
	if err != nil {
		return nil, err
	}
	real, err := pipeline.FromDatabase(db)
	if err != nil {
		return nil, err
	}
	options := northd.Options{}
	if asked.Before {
		options.Southbound = real
	}
	sb, err := ours(t, options)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := sb.WriteLflowList(&b, pipeline.LflowList{}); err != nil {
		return nil, err
	}
	got, err := parity.ReadFlows(&b)
	if err != nil {
		return nil, err
	}
	_, diff := parity.Compare(want, got, asked.Stages)
	if asked.Rows {
		diff = append(diff, parity.CompareRows(parity.SouthboundRows(real), parity.SouthboundRows(sb))...)
	}
	return diff, nil
}

func ours(t *topology.Topology, o northd.Options) (sb *pipeline.Southbound, err error) {
	defer func() {
		if r := recover(); r != nil {
			sb, err = nil, fmt.Errorf("our compiler panicked: %v", r)
		}
	}()
	t, err = Canonical(t)
	if err != nil {
		return nil, err
	}
	return northd.Compile(t, o), nil
}

// Reduce drops rows, references and columns from a topology as long as the difference stays, and returns what is left.
// same says whether a topology still shows it.
func Reduce(t *topology.Topology, same func(*topology.Topology) bool) *topology.Topology {
	for size := len(cuts(t)); size > 0; {
		all, found := cuts(t), false
		for from := 0; from < len(all); from += size {
			smaller, some := t.Copy(), false
			for _, cut := range all[from:min(from+size, len(all))] {
				some = cut(smaller) || some
			}
			if some && same(smaller) {
				t, found = smaller, true
				break
			}
		}
		if !found {
			size /= 2
		}
		size = min(size, len(cuts(t)))
	}
	return t
}

// cuts is every way to make a topology smaller by one thing. A cut says whether it found its thing.
func cuts(t *topology.Topology) (out []func(*topology.Topology) bool) {
	for _, table := range topology.Schema() {
		for i, row := range t.Records(table) {
			if table.Name == "NB_Global" {
				continue
			}
			id := row.Base().UUID
			out = append(out, func(t *topology.Topology) bool { return dropRow(t, table, id) })
			_ = i
		}
	}
	for _, table := range topology.Schema() {
		for _, row := range t.Records(table) {
			id := row.Base().UUID
			for _, c := range table.Columns {
				if c.Min == 1 && c.Max == 1 || c.Ephemeral {
					continue
				}
				d := c.Get(row)
				for i := range d.Keys {
					out = append(out, func(t *topology.Topology) bool { return dropElement(t, table, id, c, i) })
				}
			}
		}
	}
	return out
}

func dropElement(t *topology.Topology, table *topology.Table, id ovsdb.UUID, c *topology.Column, i int) bool {
	for _, row := range t.Records(table) {
		if row.Base().UUID != id {
			continue
		}
		d := c.Get(row)
		if i >= len(d.Keys) || len(d.Keys) <= c.Min {
			return false
		}
		d.Keys = append(d.Keys[:i:i], d.Keys[i+1:]...)
		if c.IsMap {
			d.Values = append(d.Values[:i:i], d.Values[i+1:]...)
		}
		c.Set(row, d)
		return true
	}
	return false
}

// dropRow removes a row and every reference to it.
func dropRow(t *topology.Topology, table *topology.Table, id ovsdb.UUID) bool {
	var kept []topology.Record
	found := false
	for _, row := range t.Records(table) {
		if row.Base().UUID == id {
			found = true
		} else {
			kept = append(kept, row)
		}
	}
	if !found {
		return false
	}
	t.SetRecords(table, kept)
	for _, other := range topology.Schema() {
		for _, row := range t.Records(other) {
			for _, c := range other.Columns {
				if c.Ref == table && !unrefer(row, c, id) {
					return false
				}
			}
		}
	}
	return true
}

// unrefer takes a reference out of a column; false when the column cannot do without.
func unrefer(row topology.Record, c *topology.Column, id ovsdb.UUID) bool {
	d := c.Get(row)
	for i, k := range d.Keys {
		if k.Row == nil || k.Row.Base().UUID != id {
			continue
		}
		if len(d.Keys) <= c.Min {
			return false
		}
		d.Keys = append(d.Keys[:i:i], d.Keys[i+1:]...)
		c.Set(row, d)
		break
	}
	return true
}
