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
}

// Begin starts a transaction. One at a time may be open.
func (top *Topology) Begin() *Transaction {
	return &Transaction{top: top, saved: make(map[Record]Record), tables: make(map[*Table][]Record), created: make(map[Record]bool)}
}

// Changed tells whether the transaction has touched anything.
func (tx *Transaction) Changed() bool { return len(tx.saved)+len(tx.created)+len(tx.deleted) > 0 }

// Edit must be called before a row is changed.
func (tx *Transaction) Edit(r Record) {
	if tx.saved[r] == nil && !tx.created[r] {
		tx.saved[r] = Clone(r)
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
	tx.sweep()
	for _, rule := range []func() error{tx.checkReferences, tx.checkIndexes, tx.checkCounts} {
		if err := rule(); err != nil {
			return err
		}
	}
	return nil
}

// changed is the rows that were made or edited and are there, in the topology's order.
func (tx *Transaction) changed() []Record {
	var out []Record
	for _, t := range schema {
		for _, r := range tx.top.Records(t) {
			if tx.created[r] || tx.saved[r] != nil {
				out = append(out, r)
			}
		}
	}
	return out
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
	}
}

// live is every row that is in its table.
func (tx *Transaction) live() map[Record]bool {
	live := make(map[Record]bool)
	for _, t := range schema {
		for _, r := range tx.top.Records(t) {
			live[r] = true
		}
	}
	return live
}

// dropWeak drops weak references to rows that are gone.
func (tx *Transaction) dropWeak() {
	live := tx.live()
	for _, t := range schema {
		for _, c := range t.Columns {
			if !c.Weak {
				continue
			}
			for _, r := range tx.top.Records(t) {
				c.dropDead(r, live)
			}
		}
	}
}

func (c *Column) dropDead(r Record, live map[Record]bool) {
	dead := false
	c.eachRow(r, func(to Record) { dead = dead || !live[to] })
	if dead {
		d := c.Get(r)
		d.Keys = slices.DeleteFunc(d.Keys, func(a Atom) bool { return !live[a.Row] })
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
