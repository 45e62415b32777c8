package ovsdb

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// Database is what a database file holds: the rows after its last transaction.
type Database struct {
	Name     string // of the schema, "OVN_Northbound"
	Version  string // of the schema
	Tables   map[string]*Table
	Warnings []string // what was amiss and could be repaired, one sentence each

	schema string // its text, for writing
}

// Table is one table: its rows in the order in which the file names them first.
type Table struct {
	Name    string
	Columns []Column // by name
	Rows    []*Row

	byUUID  map[UUID]*Row
	column  map[string]int
	root    bool
	spare   []Row    // rows and cells are allocated by the thousand
	cells   []string // see Row.cells
	deleted bool     // some row of Rows is dead
	order   order    // of columns in the file
}

// Row is one row. A column that the file does not mention has its type's default value (RFC 7047 section 5.2.1); asking for a
// column that the schema lacks gives the same, since schemas of older versions lack columns.
type Row struct {
	UUID UUID

	table *Table
	cells []string // by column: the value's JSON text, "" for the default
	dead  bool
}

func compare(a, b string) int { return cmp.Compare(a, b) }

// TableNames are the names of all tables, sorted.
func (db *Database) TableNames() []string { return slices.Sorted(maps.Keys(db.Tables)) }

// Rows are the rows of a table, none when the schema has no such table.
func (db *Database) Rows(table string) []*Row {
	if t := db.Tables[table]; t != nil {
		return t.Rows
	}
	return nil
}

// Row is a row of a table, nil when there is none.
func (db *Database) Row(table string, u UUID) *Row {
	if t := db.Tables[table]; t != nil {
		return t.byUUID[u]
	}
	return nil
}

// Row is the row that u names, nil when there is none.
func (t *Table) Row(u UUID) *Row { return t.byUUID[u] }

// Has tells whether the table's schema has a column.
func (t *Table) Has(column string) bool { _, ok := t.column[column]; return ok }

// IsRoot tells whether rows live without being referred to.
func (t *Table) IsRoot() bool { return t.root }

// batch is how many rows are allocated at once in big tables.
const batch = 1024

// Insert adds a row with default values. It returns the row that is there already if u is taken.
func (t *Table) Insert(u UUID) *Row {
	return t.insert(u, false)
}

// insert is Insert; fresh says that there is no such row yet, and leaves the index to be made later.
func (t *Table) insert(u UUID, fresh bool) *Row {
	if !fresh {
		if r := t.byUUID[u]; r != nil {
			return r
		}
	}
	if len(t.spare) == 0 {
		n := min(batch, max(4, len(t.Rows)))
		t.spare, t.cells = make([]Row, n), make([]string, n*len(t.Columns))
	}
	r := &t.spare[0]
	r.UUID, r.table, r.cells = u, t, t.cells[:len(t.Columns):len(t.Columns)]
	t.spare, t.cells = t.spare[1:], t.cells[len(t.Columns):]
	if !fresh {
		t.byUUID[u] = r
	}
	t.Rows = append(t.Rows, r)
	return r
}

// index makes the index of all rows, and tells whether they all differ.
func (t *Table) index() bool {
	t.byUUID = make(map[UUID]*Row, len(t.Rows))
	for _, r := range t.Rows {
		t.byUUID[r.UUID] = r
	}
	return len(t.byUUID) == len(t.Rows)
}

// Delete removes a row, if it is there.
func (t *Table) Delete(u UUID) {
	if t.drop(u) {
		t.sweep()
	}
}

// drop unlinks a row and leaves it in Rows until the next sweep.
func (t *Table) drop(u UUID) bool {
	r := t.byUUID[u]
	if r == nil {
		return false
	}
	delete(t.byUUID, u)
	r.dead, t.deleted = true, true
	return true
}

func (t *Table) sweep() {
	if t.deleted {
		t.Rows = slices.DeleteFunc(t.Rows, func(r *Row) bool { return r.dead })
		t.deleted = false
	}
}

// Table is the table that the row is in.
func (r *Row) Table() *Table { return r.table }

// cell is a column's text and type; the type is nil when the schema lacks the column.
func (r *Row) cell(column string) (string, *Type) {
	i, ok := r.table.column[column]
	if !ok {
		return "", nil
	}
	return r.cells[i], &r.table.Columns[i].Type
}

// each calls f with every atom of a value that is no map, as scanner.atom returns it.
func each(cell string, t *Type, f func(raw string)) {
	if cell == "" || t == nil || t.Value != Void {
		return
	}
	c := scanner{s: cell}
	if !c.isSet() {
		f(c.atom(t.Key))
		return
	}
	c.tag("set")
	c.list('[', ']', func() { f(c.atom(t.Key)) })
}

// eachPair is each for maps.
func eachPair(cell string, t *Type, f func(key, value string)) {
	if cell == "" || t == nil || t.Value == Void {
		return
	}
	c := scanner{s: cell}
	c.tag("map")
	c.list('[', ']', func() {
		c.expect('[')
		key := c.atom(t.Key)
		c.expect(',')
		value := c.atom(t.Value)
		c.expect(']')
		f(key, value)
	})
}

// String is a string column's value, "" when it is an empty set; of a set with several members the first.
func (r *Row) String(column string) string {
	cell, t := r.cell(column)
	if len(cell) >= 2 && cell[0] == '"' { // a lone string: by far the most frequent
		return unescape(cell[1 : len(cell)-1])
	}
	out, found := "", false
	each(cell, t, func(raw string) {
		if !found {
			out, found = unescape(raw), true
		}
	})
	return out
}

// Has tells whether a column has a value: a set with members, a map with pairs, any scalar that the schema has.
func (r *Row) Has(column string) bool {
	cell, t := r.cell(column)
	switch {
	case t == nil:
		return false
	case cell == "":
		return t.Min > 0
	}
	found := false
	each(cell, t, func(string) { found = true })
	eachPair(cell, t, func(string, string) { found = true })
	return found
}

// Strings are a column's values as text, in the file's order, whatever their type (OVSDB sorts sets itself).
func (r *Row) Strings(column string) []string {
	var out []string
	cell, t := r.cell(column)
	each(cell, t, func(raw string) { out = append(out, unescape(raw)) })
	return out
}

// Int is an integer column's value; false when it is an empty set.
func (r *Row) Int(column string) (int64, bool) {
	cell, t := r.cell(column)
	if cell == "" {
		return 0, t != nil && t.Key == Integer && t.Min > 0
	}
	n, found := int64(0), false
	each(cell, t, func(raw string) {
		if !found && t.Key == Integer {
			n, found = parseInt(raw), true
		}
	})
	return n, found
}

// Ints are an integer column's values.
func (r *Row) Ints(column string) []int64 {
	var out []int64
	cell, t := r.cell(column)
	each(cell, t, func(raw string) { out = append(out, parseInt(raw)) })
	return out
}

// parseInt reads what scanner.number took; OVSDB integers are 64 bits wide, what lies outside is clamped.
func parseInt(raw string) int64 { n, _ := strconv.ParseInt(raw, 10, 64); return n }

// Real is a real or integer column's value; false when it is an empty set.
func (r *Row) Real(column string) (float64, bool) {
	if all := r.Strings(column); len(all) > 0 {
		x, err := strconv.ParseFloat(all[0], 64)
		return x, err == nil
	}
	_, t := r.cell(column)
	return 0, t != nil && t.Key == Real && t.Min > 0
}

// Bool is a boolean column's value; the second result is false when it is an empty set.
func (r *Row) Bool(column string) (value, ok bool) {
	cell, t := r.cell(column)
	if cell == "" {
		return false, t != nil && t.Key == Boolean && t.Min > 0
	}
	each(cell, t, func(raw string) {
		if t.Key == Boolean {
			value, ok = raw == "true", true
		}
	})
	return value, ok
}

// Ref is the one row that a column refers to, the zero UUID when it refers to none.
func (r *Row) Ref(column string) UUID {
	var u UUID
	cell, t := r.cell(column)
	each(cell, t, func(raw string) {
		if u.IsZero() && t.Key == UUIDs {
			u, _ = ParseUUID(raw)
		}
	})
	return u
}

// UUIDs are the rows that a column refers to.
func (r *Row) UUIDs(column string) []UUID {
	var out []UUID
	cell, t := r.cell(column)
	each(cell, t, func(raw string) {
		if u, err := ParseUUID(raw); err == nil {
			out = append(out, u)
		}
	})
	return out
}

// Map is a map column's pairs as text, nil when it has none.
func (r *Row) Map(column string) map[string]string {
	var out map[string]string
	cell, t := r.cell(column)
	eachPair(cell, t, func(key, value string) {
		if out == nil {
			out = map[string]string{}
		}
		out[unescape(key)] = unescape(value)
	})
	return out
}

// Pairs calls f for each pair of a map column, without making the map.
func (r *Row) Pairs(column string, f func(key, value string)) {
	cell, t := r.cell(column)
	eachPair(cell, t, func(k, v string) { f(unescape(k), unescape(v)) })
}

// Lookup is one value of a map column, without making the map; "" when the key is missing.
func (r *Row) Lookup(column, key string) string {
	var out string
	cell, t := r.cell(column)
	eachPair(cell, t, func(k, v string) {
		if k == key || unescape(k) == key {
			out = unescape(v)
		}
	})
	return out
}

// JSON is a column's value as RFC 7047 writes it, "" when it has its default.
func (r *Row) JSON(column string) string { cell, _ := r.cell(column); return cell }
