package topology

import (
	"reflect"
	"slices"
	"strconv"

	"ovnsim/ovsdb"
)

// Transaction is a set of changes to a topology that are made together or not at all, as by an OVSDB server (RFC 7047 section 5.2).
// The changes are seen at once; Commit holds the result to the schema, drops rows that nothing refers to and references that lead
// nowhere; Rollback takes everything back. What was sound before it is not looked at again: a small change to a big topology is cheap.
type Transaction struct {
	top     *Topology
	saved   map[Record]Record        // rows as they were
	tables  map[*Table]reflect.Value // rows of the tables that rows came to or went from, as they were
	created map[Record]bool
	deleted []Record
	gone    map[Record]bool // deleted rows; while committing, all that are not there any more or never were

	alive map[*Table]map[Record]bool // while committing: the rows of the tables that were asked about
}

// Begin starts a transaction. One at a time may be open. The topology must be as a file gives it: every reference leads to a row of it, and
// every row of a table that is not a root is referred to.
func (top *Topology) Begin() *Transaction {
	return &Transaction{top: top, saved: make(map[Record]Record), tables: make(map[*Table]reflect.Value),
		created: make(map[Record]bool), gone: make(map[Record]bool)}
}

// Changed tells whether the transaction has touched anything.
func (tx *Transaction) Changed() bool { return len(tx.saved)+len(tx.created)+len(tx.deleted) > 0 }

// Edit must be called before a row is changed. The row gets sets and maps of its own: those that it had a copy of the topology
// may have, too.
func (tx *Transaction) Edit(r Record) {
	if tx.saved[r] == nil && !tx.created[r] {
		own := Clone(r)
		swap(r, own)
		tx.saved[r] = own
	}
}

// Insert adds a row. A row without UUID gets one that follows from its name if it has one, as a lab file's rows do, or else from hint.
func (tx *Transaction) Insert(r Record, hint string) {
	t := TableOf(r)
	tx.touch(t)
	if r.Base().UUID.IsZero() {
		r.Base().UUID = tx.newUUID(t, r, hint)
	}
	tx.created[r] = true
	tx.top.Add(r)
}

// newUUID is one that no row of the table has, nor had when the transaction began.
func (tx *Transaction) newUUID(t *Table, r Record, hint string) ovsdb.UUID {
	path := t.Section + "/" + hint
	if name := t.name(r); name != "" && t.Root {
		path = t.Section + "/" + name
	}
	u := deriveUUID(t, r, path)
	for i := 2; tx.known(t, u); i++ {
		u = nameUUID(t.Name, path+"#"+strconv.Itoa(i))
	}
	return u
}

func (tx *Transaction) known(t *Table, u ovsdb.UUID) bool {
	return tx.top.RowOf(t, u) != nil || slices.ContainsFunc(tx.deleted, func(r Record) bool { return r.Base().UUID == u })
}

// touch keeps the rows that a table had, and gives it a list of its own.
func (tx *Transaction) touch(t *Table) {
	if _, kept := tx.tables[t]; kept {
		return
	}
	rows := tx.top.rows(t)
	tx.tables[t] = reflect.ValueOf(rows.Interface())
	own := reflect.MakeSlice(rows.Type(), rows.Len(), rows.Len()+4)
	reflect.Copy(own, rows)
	rows.Set(own)
}

// Delete removes a row. One of a table that is not a root comes back at Commit if something still refers to it.
func (tx *Transaction) Delete(r Record) {
	t := TableOf(r)
	i := tx.top.position(t, r)
	if i < 0 {
		return
	}
	tx.touch(t)
	tx.deleted, tx.gone[r] = append(tx.deleted, r), true
	tx.top.cut(t, i)
}

// Rollback makes the topology what it was at Begin.
func (tx *Transaction) Rollback() {
	for r, was := range tx.saved {
		Restore(r, was)
	}
	for t, rows := range tx.tables {
		tx.top.rows(t).Set(rows)
	}
	tx.reset()
}

func (tx *Transaction) reset() { *tx = *tx.top.Begin() }

// Commit ends the transaction. An error is a *Violation, and the topology is then what it was at Begin.
func (tx *Transaction) Commit() error {
	if !tx.Changed() {
		return nil
	}
	for _, r := range tx.deleted {
		if t := TableOf(r); !t.Root {
			tx.top.Add(r)
			delete(tx.gone, r)
		}
	}
	changed := tx.changed()
	if err := checkValues(changed); err != nil {
		tx.Rollback()
		return err
	}
	tx.sweep(changed)
	changed = slices.DeleteFunc(changed, func(r Record) bool { return tx.gone[r] })
	if err := tx.check(changed); err != nil {
		tx.Rollback()
		return err
	}
	tx.dropWeak(changed)
	tx.order()
	if tx.top.shared {
		tx.part()
	}
	tx.reset()
	return nil
}

// changed is the rows that were made or edited and are there, in the topology's order.
func (tx *Transaction) changed() []Record {
	tables := make(map[*Table][]Record)
	for r := range tx.created {
		tables[TableOf(r)] = append(tables[TableOf(r)], r)
	}
	for r := range tx.saved {
		tables[TableOf(r)] = append(tables[TableOf(r)], r)
	}
	var out []Record
	for _, t := range schema {
		rows := slices.DeleteFunc(tables[t], func(r Record) bool { return tx.gone[r] })
		if len(rows) > 1 {
			rows = rows[:0]
			for r := range tx.top.All(t) {
				if tx.created[r] || tx.saved[r] != nil {
					rows = append(rows, r)
				}
			}
		}
		out = append(out, rows...)
	}
	return out
}

// was is a row as it was at Begin: empty if it was not there.
func (tx *Transaction) was(r Record) Record {
	switch was := tx.saved[r]; {
	case tx.created[r]:
		return TableOf(r).New()
	case was != nil:
		return was
	}
	return r
}

// order puts the tables in order that rows came to or went from, and those with rows of other names.
func (tx *Transaction) order() {
	for r := range tx.saved {
		if t := TableOf(r); t.name(r) != t.name(tx.saved[r]) {
			tx.touch(t)
		}
	}
	for t := range tx.tables {
		tx.top.order(t)
	}
}
