package topology

import (
	"reflect"
	"unsafe"
)

// Two topologies can have rows in common, for as long as both are changed by transactions alone: a transaction then leaves the rows that it
// would change as they are and puts others in their place, and in that of the rows that refer to them. So a topology that flows have been
// written of stays what it was, and the next version of it costs what the change costs.

// Copy is a topology of its own: changes that transactions make to one are not seen in the other. What a transaction never
// changes in place, texts, sets and maps, the two share.
func (top *Topology) Copy() *Topology {
	out := &Topology{Warnings: top.Warnings, hashed: top.hashed}
	twin := make(successors)
	for _, t := range schema {
		rows := top.rows(t)
		if rows.Len() == 0 {
			continue
		}
		all := reflect.MakeSlice(reflect.SliceOf(rows.Type().Elem().Elem()), rows.Len(), rows.Len())
		copies := reflect.MakeSlice(rows.Type(), rows.Len(), rows.Len())
		for i := range rows.Len() {
			row := all.Index(i)
			row.Set(rows.Index(i).Elem())
			copies.Index(i).Set(row.Addr())
			twin[rows.Index(i).UnsafePointer()] = row.Addr()
		}
		out.rows(t).Set(copies)
	}
	for _, t := range schema {
		for _, c := range t.Columns {
			if c.Ref == nil {
				continue
			}
			for i, rows := 0, out.rows(t); i < rows.Len(); i++ {
				twin.redirect(rows.Index(i).Elem().Field(c.field))
			}
		}
	}
	return out
}

// Fork is Copy that takes next to no time: the two have all rows in common. Either may go on to be changed, but by transactions only, and
// nobody may look at the one while a transaction on the other is open.
func (top *Topology) Fork() *Topology {
	top.shared = true
	out := *top
	for _, t := range schema {
		rows := out.rows(t)
		rows.Set(rows.Slice3(0, rows.Len(), rows.Len())) // what either adds is its own
	}
	return &out
}

// successors is the rows that come in the place of others.
type successors map[unsafe.Pointer]reflect.Value

// redirect has a column refer to the successors of what it refers to.
func (next successors) redirect(f reflect.Value) {
	switch {
	case f.Kind() == reflect.Pointer:
		if to, ok := next[f.UnsafePointer()]; ok {
			f.Set(to)
		}
	case f.Kind() == reflect.Slice && f.Len() > 0:
		s := reflect.MakeSlice(f.Type(), f.Len(), f.Len())
		reflect.Copy(s, f)
		for i := range f.Len() {
			if to, ok := next[f.Index(i).UnsafePointer()]; ok {
				s.Index(i).Set(to)
			}
		}
		f.Set(s)
	}
}

// concerns tells whether a column refers to a row that has a successor.
func (next successors) concerns(f reflect.Value) bool {
	if f.Kind() == reflect.Pointer {
		return next.has(f)
	}
	for i := range f.Len() {
		if next.has(f.Index(i)) {
			return true
		}
	}
	return false
}

func (next successors) has(row reflect.Value) bool {
	_, ok := next[row.UnsafePointer()]
	return ok
}

// part gives the edited rows back what they held, for the other versions that have them, and puts successors in their place: those first
// that refer to nothing, so that of each row it is known by then whether what it refers to has a successor.
func (tx *Transaction) part() {
	next := make(map[*Table]successors)
	for r, was := range tx.saved {
		t := TableOf(r)
		if next[t] == nil {
			next[t] = make(successors)
		}
		if !tx.gone[r] {
			next[t].add(reflect.ValueOf(r))
		}
		Restore(r, was)
	}
	for i := len(ownersFirst) - 1; i >= 0; i-- {
		t := ownersFirst[i]
		tx.follow(t, next)
		tx.replace(t, next[t])
	}
}

// add makes a row's successor, which holds what the row holds.
func (next successors) add(row reflect.Value) reflect.Value {
	to := reflect.New(row.Type().Elem())
	to.Elem().Set(row.Elem())
	next[row.UnsafePointer()] = to
	return to
}

// follow has the rows of a table refer to successors; they take successors of their own for that.
func (tx *Transaction) follow(t *Table, next map[*Table]successors) {
	for _, c := range t.Columns {
		if c.Ref == nil || len(next[c.Ref]) == 0 {
			continue
		}
		for r := range tx.top.All(t) {
			row := reflect.ValueOf(r)
			if to, ok := next[t][row.UnsafePointer()]; ok {
				row = to
			}
			if !next[c.Ref].concerns(row.Elem().Field(c.field)) {
				continue
			}
			if row.Interface() == r {
				if next[t] == nil {
					next[t] = make(successors)
				}
				row = next[t].add(row)
			}
			next[c.Ref].redirect(row.Elem().Field(c.field))
		}
	}
}

// replace puts the successors of a table's rows in their place.
func (tx *Transaction) replace(t *Table, next successors) {
	if len(next) == 0 {
		return
	}
	tx.touch(t)
	rows := tx.top.rows(t)
	for i := range rows.Len() {
		if to, ok := next[rows.Index(i).UnsafePointer()]; ok {
			rows.Index(i).Set(to)
		}
	}
}
