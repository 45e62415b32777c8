package topology

// A row of a table that is not a root lives by being referred to: an OVSDB server drops it with the last strong reference to it. Since the
// tables' references make no circle, it is enough to go through them from those that nothing refers to on: who owns a row is settled
// before the row is.

// orphans are rows, by table, that may have nobody who refers to them.
type orphans map[*Table]map[Record]bool

func (o orphans) add(r Record) {
	t := TableOf(r)
	if t.Root {
		return
	}
	if o[t] == nil {
		o[t] = make(map[Record]bool)
	}
	o[t][r] = true
}

// sweep removes what nothing refers to any more. It can only be rows that were made or deleted, or that a changed row let go of, and
// what those owned.
func (tx *Transaction) sweep(changed []Record) {
	loose := make(orphans)
	for r := range tx.created {
		loose.add(r)
	}
	for _, r := range tx.deleted {
		loose.add(r)
		if TableOf(r).Root {
			tx.release(r, loose)
		}
	}
	for _, r := range changed {
		for _, c := range TableOf(r).Columns {
			if c.owns() {
				c.eachOther(tx.was(r), r, loose.add)
			}
		}
	}
	for _, t := range ownersFirst {
		if len(loose[t]) > 0 {
			tx.drop(t, loose, changed)
		}
	}
}

// drop removes the rows of one table that have nobody; all that could own them are settled.
func (tx *Transaction) drop(t *Table, loose orphans, changed []Record) {
	rows := loose[t]
	claim := func(to Record) { delete(rows, to) }
	for _, r := range changed { // a new row's owner most likely
		if tx.gone[r] {
			continue
		}
		for _, c := range t.owners() {
			if c.table == TableOf(r) {
				c.eachRow(r, claim)
			}
		}
	}
	for _, c := range t.owners() {
		for r := range tx.top.All(c.table) {
			if len(rows) == 0 {
				return
			}
			c.eachRow(r, claim)
		}
	}
	if len(rows) == 0 {
		return
	}
	tx.touch(t)
	tx.top.drop(t, rows)
	for r := range rows {
		tx.gone[r] = true
		tx.release(r, loose)
	}
}

// release adds what a row that is gone owned.
func (tx *Transaction) release(r Record, loose orphans) {
	for _, c := range TableOf(r).Columns {
		if c.owns() {
			c.eachRow(r, loose.add)
			c.eachRow(tx.was(r), loose.add)
		}
	}
}
