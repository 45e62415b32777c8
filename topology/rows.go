package topology

import (
	"cmp"
	"iter"
	"reflect"
	"slices"
	"sort"

	"ovnsim/ovsdb"
)

// A table's rows are a list of pointers to structs of its own type. What goes through them by reflection takes them as Records; a list that
// has been handed to another topology or kept for a rollback is never written to, but replaced.

// rows is the list of table t.
func (top *Topology) rows(t *Table) reflect.Value { return reflect.ValueOf(top).Elem().Field(t.slot) }

// All is the rows of table t, in the topology's order. No row may come or go meanwhile.
func (top *Topology) All(t *Table) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		rows := top.rows(t)
		for i := range rows.Len() {
			if !yield(rows.Index(i).Interface().(Record)) {
				return
			}
		}
	}
}

// RowOf is the row of table t with that UUID; nil if there is none.
func (top *Topology) RowOf(t *Table, id ovsdb.UUID) Record {
	for r := range top.All(t) {
		if r.Base().UUID == id {
			return r
		}
	}
	return nil
}

// Records is the rows of table t, in the topology's order. The slice is the caller's.
func (top *Topology) Records(t *Table) []Record {
	s := top.rows(t)
	rows := make([]Record, s.Len())
	for i := range rows {
		rows[i] = s.Index(i).Interface().(Record)
	}
	return rows
}

// SetRecords replaces the rows of table t; their types must be the table's.
func (top *Topology) SetRecords(t *Table, rows []Record) {
	s := top.rows(t)
	fresh := reflect.MakeSlice(s.Type(), len(rows), len(rows))
	for i, r := range rows {
		fresh.Index(i).Set(reflect.ValueOf(r))
	}
	s.Set(fresh)
}

// Add appends a row to its table.
func (top *Topology) Add(r Record) {
	s := top.rows(TableOf(r))
	s.Set(reflect.Append(s, reflect.ValueOf(r)))
}

// position is where in table t a row is; -1 if it is not there.
func (top *Topology) position(t *Table, r Record) int {
	s, at := top.rows(t), reflect.ValueOf(r).UnsafePointer()
	for i := range s.Len() {
		if s.Index(i).UnsafePointer() == at {
			return i
		}
	}
	return -1
}

// cut removes the row at i from the list of table t, in place.
func (top *Topology) cut(t *Table, i int) {
	s := top.rows(t)
	reflect.Copy(s.Slice(i, s.Len()), s.Slice(i+1, s.Len()))
	s.Index(s.Len() - 1).SetZero()
	s.SetLen(s.Len() - 1)
}

// drop removes rows from the list of table t, in place.
func (top *Topology) drop(t *Table, gone map[Record]bool) {
	s, kept := top.rows(t), 0
	for i := range s.Len() {
		if row := s.Index(i); !gone[row.Interface().(Record)] {
			s.Index(kept).Set(row)
			kept++
		}
	}
	s.Slice(kept, s.Len()).Clear()
	s.SetLen(kept)
}

// Sort puts every table in its order: by name, then UUID.
func (top *Topology) Sort() {
	for _, t := range schema {
		top.sort(t)
	}
}

// late is how many rows out of order are put in their places one by one; from there on the whole list is sorted.
const late = 64

// order is sort for a list that is in order already but for some rows, most likely at its end.
func (top *Topology) order(t *Table) {
	s, i := top.rows(t), 1
	for i < s.Len() && t.compare(s.Index(i-1), s.Index(i)) <= 0 {
		i++
	}
	if s.Len()-i > late {
		top.sort(t)
		return
	}
	for ; i < s.Len(); i++ {
		row := reflect.ValueOf(s.Index(i).Interface())
		to := sort.Search(i, func(j int) bool { return t.compare(s.Index(j), row) > 0 })
		reflect.Copy(s.Slice(to+1, i+1), s.Slice(to, i))
		s.Index(to).Set(row)
	}
}

// compare orders two rows of table t by the column that names them, then by UUID.
func (t *Table) compare(a, b reflect.Value) int {
	if t.Key != "" {
		field := t.byName[t.Key].field
		if c := cmp.Compare(a.Elem().Field(field).String(), b.Elem().Field(field).String()); c != 0 {
			return c
		}
	}
	return compareUUID(a.Interface().(Record).Base().UUID, b.Interface().(Record).Base().UUID)
}

// sort puts table t in its order.
func (top *Topology) sort(t *Table) {
	s := top.rows(t)
	if s.Len() < 2 {
		return
	}
	type keyed struct {
		name string
		row  Record
	}
	list := make([]keyed, s.Len())
	for i := range list {
		list[i].row = s.Index(i).Interface().(Record)
		if t.Key != "" {
			list[i].name = t.byName[t.Key].of(list[i].row).String()
		}
	}
	slices.SortFunc(list, func(a, b keyed) int {
		if c := cmp.Compare(a.name, b.name); c != 0 {
			return c
		}
		return compareUUID(a.row.Base().UUID, b.row.Base().UUID)
	})
	rows := make([]Record, len(list))
	for i := range list {
		rows[i] = list[i].row
	}
	top.SetRecords(t, rows)
}
