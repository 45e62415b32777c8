package topology

import (
	"reflect"
	"slices"
	"strconv"

	"ovnsim/ovsdb"
)

// Transaction is a set of changes to a topology that are made together or not at all, as by an OVSDB server (RFC 7047 section 5.2).
// The changes are seen at once; Commit holds the result to the schema, drops rows that nothing refers to and references that lead
// nowhere; Rollback takes everything back.
type Transaction struct {
	top     *Topology
	saved   map[Record]Record // rows as they were
	tables  map[*Table][]Record
	created map[Record]bool
	deleted []Record
	uuids   map[ovsdb.UUID]bool // of every row, the deleted ones included; nil until one is needed

	alive map[*Table]map[Record]bool // while committing: the rows of the tables that were asked about
	swept bool                       // while committing: rows went because nothing refers to them
}

// Begin starts a transaction. One at a time may be open.
func (top *Topology) Begin() *Transaction {
	return &Transaction{top: top, saved: make(map[Record]Record), tables: make(map[*Table][]Record), created: make(map[Record]bool)}
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
	tx.known()[r.Base().UUID] = true
	tx.created[r] = true
	tx.top.Add(r)
}

// newUUID is one that no row has, nor had when the transaction began.
func (tx *Transaction) newUUID(t *Table, r Record, hint string) ovsdb.UUID {
	path := t.Section + "/" + hint
	if name := t.name(r); name != "" && t.Root {
		path = t.Section + "/" + name
	}
	u := deriveUUID(t, r, path)
	for i := 2; tx.known()[u]; i++ {
		u = nameUUID(t.Name, path+"#"+strconv.Itoa(i))
	}
	return u
}

func (tx *Transaction) known() map[ovsdb.UUID]bool {
	if tx.uuids == nil {
		tx.uuids = make(map[ovsdb.UUID]bool)
		for _, t := range schema {
			for _, r := range tx.top.Records(t) {
				tx.uuids[r.Base().UUID] = true
			}
		}
		for _, r := range tx.deleted {
			tx.uuids[r.Base().UUID] = true
		}
	}
	return tx.uuids
}

// touch keeps the rows that a table had.
func (tx *Transaction) touch(t *Table) {
	if _, kept := tx.tables[t]; !kept {
		tx.tables[t] = tx.top.Records(t)
	}
}

// Delete removes a row. One of a table that is not a root comes back at Commit if something still refers to it.
func (tx *Transaction) Delete(r Record) {
	t := TableOf(r)
	tx.touch(t)
	tx.known()
	tx.deleted = append(tx.deleted, r)
	tx.remove(t, func(x Record) bool { return x == r })
}

func (tx *Transaction) remove(t *Table, gone func(Record) bool) {
	tx.top.SetRecords(t, slices.DeleteFunc(tx.top.Records(t), gone))
}

// Rollback makes the topology what it was at Begin.
func (tx *Transaction) Rollback() {
	for r, was := range tx.saved {
		Restore(r, was)
	}
	for t, rows := range tx.tables {
		tx.top.SetRecords(t, rows)
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
		}
	}
	if err := tx.check(); err != nil {
		tx.Rollback()
		return err
	}
	tx.dropWeak()
	for t := range tx.tables {
		tx.top.SetRecords(t, t.sorted(tx.top.Records(t)))
	}
	for r := range tx.saved {
		if t := TableOf(r); t.Key != "" && tx.tables[t] == nil && t.name(r) != t.name(tx.saved[r]) {
			tx.top.SetRecords(t, t.sorted(tx.top.Records(t)))
		}
	}
	tx.reset()
	return nil
}

// check holds the result to the schema and removes the rows that nothing refers to.
func (tx *Transaction) check() error {
	for _, r := range tx.changed() {
		if err := checkValues(r); err != nil {
			return err
		}
	}
	if tx.mayOrphan() {
		tx.sweep()
	}
	for _, rule := range []func() error{tx.checkReferences, tx.checkIndexes, tx.checkCounts} {
		if err := rule(); err != nil {
			return err
		}
	}
	return nil
}

// changed is the rows that were made or edited and are there, in the topology's order.
func (tx *Transaction) changed() []Record {
	tables := make(map[*Table]bool)
	for r := range tx.created {
		tables[TableOf(r)] = true
	}
	for r := range tx.saved {
		tables[TableOf(r)] = true
	}
	var out []Record
	for _, t := range schema {
		if !tables[t] {
			continue
		}
		for _, r := range tx.top.Records(t) {
			if tx.created[r] || tx.saved[r] != nil {
				out = append(out, r)
			}
		}
	}
	return out
}

// mayOrphan tells whether a row may be there that nothing refers to: one was deleted, a reference was taken away, or a new row is
// referred to by no row that was touched. On a big topology it saves looking at every row.
func (tx *Transaction) mayOrphan() bool {
	if len(tx.deleted) > 0 {
		return true
	}
	referred := make(map[Record]bool)
	for _, r := range tx.changed() {
		for _, c := range TableOf(r).Columns {
			if c.owns() {
				c.eachRow(r, func(to Record) { referred[to] = true })
			}
		}
	}
	for r := range tx.created {
		if !TableOf(r).Root && !referred[r] {
			return true
		}
	}
	for _, was := range tx.saved {
		for _, c := range TableOf(was).Columns {
			lost := false
			if c.owns() {
				c.eachRow(was, func(to Record) { lost = lost || !referred[to] })
			}
			if lost {
				return true
			}
		}
	}
	return false
}

// sweep removes what nothing refers to.
func (tx *Transaction) sweep() {
	gone := make(map[Record]bool)
	tables := make(map[*Table]bool)
	for _, r := range tx.top.Unreferenced() {
		gone[r], tables[TableOf(r)] = true, true
	}
	for t := range tables {
		tx.touch(t)
		tx.remove(t, func(r Record) bool { return gone[r] })
		tx.swept = true
	}
}

// live tells whether a row is in its table. While committing alone: rows must not come or go between two questions.
func (tx *Transaction) live(r Record) bool {
	t := TableOf(r)
	if tx.alive == nil {
		tx.alive = make(map[*Table]map[Record]bool)
	}
	if tx.alive[t] == nil {
		rows := tx.top.Records(t)
		tx.alive[t] = make(map[Record]bool, len(rows))
		for _, r := range rows {
			tx.alive[t][r] = true
		}
	}
	return tx.alive[t][r]
}

// dropWeak drops weak references to rows that are gone; if none went, only changed rows can have references to what is no row.
func (tx *Transaction) dropWeak() {
	if !tx.swept && len(tx.deleted) == 0 {
		for _, r := range tx.changed() {
			for _, c := range TableOf(r).Columns {
				tx.dropDead(c, r)
			}
		}
		return
	}
	for _, t := range schema {
		for _, c := range t.Columns {
			if !c.Weak {
				continue
			}
			for _, r := range tx.top.Records(t) {
				tx.dropDead(c, r)
			}
		}
	}
}

func (tx *Transaction) dropDead(c *Column, r Record) {
	if !c.Weak {
		return
	}
	dead := false
	c.eachRow(r, func(to Record) { dead = dead || !tx.live(to) })
	if dead {
		d := c.Get(r)
		d.Keys = slices.DeleteFunc(d.Keys, func(a Atom) bool { return !tx.live(a.Row) })
		c.Set(r, d)
	}
}

// eachRow calls f with every row that column c of r refers to.
func (c *Column) eachRow(r Record, f func(Record)) {
	v := reflect.ValueOf(r).Elem().Field(c.field)
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
