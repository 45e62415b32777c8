package topology

import (
	"reflect"
	"slices"
	"unsafe"
)

// ownersFirst is the tables in an order in which none refers to one before it. It is constant once the package is up.
var ownersFirst = orderTables(schema)

// orderTables sorts tables by their references, of which there is no circle: the tests see to that.
func orderTables(tables []*Table) []*Table {
	var out []*Table
	done := make(map[*Table]bool)
	var visit func(t *Table)
	visit = func(t *Table) {
		if done[t] {
			return
		}
		done[t] = true
		for _, c := range t.referrers {
			visit(c.table)
		}
		out = append(out, t)
	}
	for _, t := range tables {
		visit(t)
	}
	return out
}

// owners is the columns of other tables that make rows of t live.
func (t *Table) owners() []*Column {
	if t.Root {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(t.referrers), func(c *Column) bool { return c.Weak })
}

// eachRow calls f with every row that column c of r refers to.
func (c *Column) eachRow(r Record, f func(Record)) {
	v := c.of(r)
	if !c.IsSet() {
		if !v.IsNil() {
			f(v.Interface().(Record))
		}
		return
	}
	for i := range v.Len() {
		f(v.Index(i).Interface().(Record))
	}
}

// eachOther calls f with every row that column c of r refers to and that of other, a row of the same table, does not.
func (c *Column) eachOther(r, other Record, f func(Record)) {
	a, b := c.of(r), c.of(other)
	if !c.IsSet() {
		if !a.IsNil() && a.UnsafePointer() != b.UnsafePointer() {
			f(a.Interface().(Record))
		}
		return
	}
	a, b = trimCommon(a, b)
	has := make(map[unsafe.Pointer]bool, b.Len())
	for i := range b.Len() {
		has[b.Index(i).UnsafePointer()] = true
	}
	for i := range a.Len() {
		if to := a.Index(i); !has[to.UnsafePointer()] {
			f(to.Interface().(Record))
		}
	}
}

// trimCommon takes off two lists of rows what they begin and end with both: an edit leaves most of a list as it was.
func trimCommon(a, b reflect.Value) (x, y reflect.Value) {
	same := func(i, j int) bool { return a.Index(i).UnsafePointer() == b.Index(j).UnsafePointer() }
	from, m, n := 0, a.Len(), b.Len()
	for from < m && from < n && same(from, from) {
		from++
	}
	for m > from && n > from && same(m-1, n-1) {
		m, n = m-1, n-1
	}
	return a.Slice(from, m), b.Slice(from, n)
}

// isEmpty tells whether column c of r refers to nothing.
func (c *Column) isEmpty(r Record) bool {
	v := c.of(r)
	return !c.IsSet() && v.IsNil() || c.IsSet() && v.Len() == 0
}

// live tells whether a row is there. While committing alone: rows must not come or go between two questions.
func (tx *Transaction) live(r Record) bool {
	if tx.created[r] || tx.gone[r] {
		return !tx.gone[r]
	}
	t := TableOf(r)
	if tx.alive == nil {
		tx.alive = make(map[*Table]map[Record]bool)
	}
	if tx.alive[t] == nil {
		tx.alive[t] = make(map[Record]bool, tx.top.rows(t).Len())
		for r := range tx.top.All(t) {
			tx.alive[t][r] = true
		}
	}
	return tx.alive[t][r]
}

// dropWeak drops weak references to rows that are gone, and those of changed rows to what never was a row.
func (tx *Transaction) dropWeak(changed []Record) {
	for _, r := range changed {
		for _, c := range TableOf(r).Columns {
			if c.Weak {
				c.eachOther(r, tx.was(r), func(to Record) {
					if !tx.live(to) {
						tx.gone[to] = true
					}
				})
			}
		}
	}
	tables := make(map[*Table]bool)
	for r := range tx.gone {
		tables[TableOf(r)] = true
	}
	for t := range tables {
		for _, c := range t.referrers {
			if !c.Weak {
				continue
			}
			for r := range tx.top.All(c.table) {
				tx.dropGone(c, r)
			}
		}
	}
}

func (tx *Transaction) dropGone(c *Column, r Record) {
	found := false
	c.eachRow(r, func(to Record) { found = found || tx.gone[to] })
	if found {
		tx.Edit(r)
		d := c.Get(r)
		d.Keys = slices.DeleteFunc(d.Keys, func(a Atom) bool { return tx.gone[a.Row] })
		c.Set(r, d)
	}
}
