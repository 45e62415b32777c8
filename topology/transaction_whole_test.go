package topology

import (
	"slices"
	"strconv"

	"ovnsim/ovsdb"
)

// whole is a transaction as it would be written if time did not count: committing looks at every row of the topology. The one that we have
// must do the same.
type whole struct {
	top     *Topology
	saved   map[Record]Record // rows as they were
	tables  map[*Table][]Record
	created map[Record]bool
	deleted []Record
	uuids   map[ovsdb.UUID]bool // of every row, the deleted ones included; nil until one is needed

	alive map[*Table]map[Record]bool // while committing: the rows of the tables that were asked about
}

// beginWhole starts a transaction. One at a time may be open.
func beginWhole(top *Topology) *whole {
	return &whole{top: top, saved: make(map[Record]Record), tables: make(map[*Table][]Record), created: make(map[Record]bool)}
}

// Changed tells whether the transaction has touched anything.
func (tx *whole) Changed() bool { return len(tx.saved)+len(tx.created)+len(tx.deleted) > 0 }

// Edit must be called before a row is changed. The row gets sets and maps of its own: those that it had a copy of the topology
// may have, too.
func (tx *whole) Edit(r Record) {
	if tx.saved[r] == nil && !tx.created[r] {
		own := Clone(r)
		swap(r, own)
		tx.saved[r] = own
	}
}

// Insert adds a row. A row without UUID gets one that follows from its name if it has one, as a lab file's rows do, or else from hint.
func (tx *whole) Insert(r Record, hint string) {
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
func (tx *whole) newUUID(t *Table, r Record, hint string) ovsdb.UUID {
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

func (tx *whole) known() map[ovsdb.UUID]bool {
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
func (tx *whole) touch(t *Table) {
	if _, kept := tx.tables[t]; !kept {
		tx.tables[t] = tx.top.Records(t)
	}
}

// Delete removes a row. One of a table that is not a root comes back at Commit if something still refers to it.
func (tx *whole) Delete(r Record) {
	t := TableOf(r)
	tx.touch(t)
	tx.known()
	tx.deleted = append(tx.deleted, r)
	tx.remove(t, func(x Record) bool { return x == r })
}

func (tx *whole) remove(t *Table, gone func(Record) bool) {
	tx.top.SetRecords(t, slices.DeleteFunc(tx.top.Records(t), gone))
}

// Rollback makes the topology what it was at Begin.
func (tx *whole) Rollback() {
	for r, was := range tx.saved {
		Restore(r, was)
	}
	for t, rows := range tx.tables {
		tx.top.SetRecords(t, rows)
	}
	tx.reset()
}

func (tx *whole) reset() { *tx = *beginWhole(tx.top) }

// Commit ends the transaction. An error is a *Violation, and the topology is then what it was at Begin.
func (tx *whole) Commit() error {
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
		tx.top.sort(t)
	}
	for r := range tx.saved {
		if t := TableOf(r); t.Key != "" && tx.tables[t] == nil && t.name(r) != t.name(tx.saved[r]) {
			tx.top.sort(t)
		}
	}
	tx.reset()
	return nil
}

// check holds the result to the schema and removes the rows that nothing refers to.
func (tx *whole) check() error {
	for _, r := range tx.changed() {
		if err := checkValues([]Record{r}); err != nil {
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
func (tx *whole) changed() []Record {
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

// sweep removes what nothing refers to.
func (tx *whole) sweep() {
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

// live tells whether a row is in its table. While committing alone: rows must not come or go between two questions.
func (tx *whole) live(r Record) bool {
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
func (tx *whole) dropWeak() {
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

func (tx *whole) dropDead(c *Column, r Record) {
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

// checkReferences looks for strong references to rows that are not there.
func (tx *whole) checkReferences() error {
	for _, r := range tx.deleted {
		if n := tx.references(r); TableOf(r).Root && n > 0 {
			return integrity("cannot delete %s row %v because of %d remaining reference(s)", TableOf(r).Name, r.Base().UUID, n)
		}
	}
	for _, r := range tx.changed() {
		for _, c := range TableOf(r).Columns {
			if err := c.checkStrong(r, tx.live); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Column) checkStrong(r Record, live func(Record) bool) error {
	if c.Ref == nil || c.Weak {
		return nil
	}
	const text = "Table %s column %s row %v references nonexistent row %v in table %s."
	found := 0
	var err error
	c.eachRow(r, func(to Record) {
		if found++; !live(to) && err == nil {
			err = integrity(text, c.table.Name, c.Name, r.Base().UUID, to.Base().UUID, c.Ref.Name)
		}
	})
	if found < c.Min {
		return integrity(text, c.table.Name, c.Name, r.Base().UUID, ovsdb.UUID{}, c.Ref.Name)
	}
	return err
}

// references counts the strong references to r.
func (tx *whole) references(r Record) int {
	n := 0
	for _, t := range schema {
		for _, c := range t.Columns {
			if c.Ref != TableOf(r) || c.Weak {
				continue
			}
			for _, from := range tx.top.Records(t) {
				c.eachRow(from, func(to Record) {
					if to == r {
						n++
					}
				})
			}
		}
	}
	return n
}

// checkIndexes looks for rows with the same values in columns that must differ.
func (tx *whole) checkIndexes() error {
	for _, t := range tx.touchedTables() {
		for _, index := range t.Indexes {
			if err := tx.checkIndex(t, index); err != nil {
				return err
			}
		}
	}
	return nil
}

// touchedTables is the tables with rows that were made or edited.
func (tx *whole) touchedTables() []*Table {
	var out []*Table
	for _, r := range tx.changed() {
		if t := TableOf(r); len(out) == 0 || out[len(out)-1] != t {
			out = append(out, t)
		}
	}
	return out
}

func (tx *whole) checkIndex(t *Table, index []string) error {
	seen := make(map[string]Record)
	for _, r := range tx.top.Records(t) {
		key := t.indexText(index, r)
		other := seen[key]
		if other == nil {
			seen[key] = r
			continue
		}
		columns := "column"
		if len(index) > 1 {
			columns = "columns"
		}
		return constraint("Transaction causes multiple rows in %q table to have identical values (%s) for index on %s %s.  First row, with UUID %v, %s.  Second row, with UUID %v, %s.",
			t.Name, key, columns, quotedAnd(index), r.Base().UUID, tx.history(t, index, r), other.Base().UUID, tx.history(t, index, other))
	}
	return nil
}

// history tells how a row came to its index values.
func (tx *whole) history(t *Table, index []string, r Record) string {
	switch was := tx.saved[r]; {
	case tx.created[r]:
		return "was inserted by this transaction"
	case was == nil || t.indexText(index, was) == t.indexText(index, r):
		return "existed in the database before this transaction and was not modified by the transaction"
	default:
		return "had the following index values before the transaction: " + t.indexText(index, was)
	}
}

// checkCounts looks for tables with too many rows.
func (tx *whole) checkCounts() error {
	for _, t := range schema {
		if n := len(tx.top.Records(t)); t.MaxRows > 0 && n > t.MaxRows {
			return constraint("transaction causes %q table to contain %d rows, greater than the schema-defined limit of %d row(s)", t.Name, n, t.MaxRows)
		}
	}
	return nil
}
