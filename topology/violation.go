package topology

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ovnsim/ovsdb"
)

// Violation is why a transaction cannot be committed: what an OVSDB server answers (RFC 7047 section 3.1).
type Violation struct {
	Kind    string // "constraint violation", "referential integrity violation"
	Details string
}

func (v *Violation) Error() string {
	return fmt.Sprintf(`{"details":%s,"error":%s}`, strconv.Quote(v.Details), strconv.Quote(v.Kind))
}

func constraint(format string, args ...any) error {
	return &Violation{"constraint violation", fmt.Sprintf(format, args...)}
}

func integrity(format string, args ...any) error {
	return &Violation{"referential integrity violation", fmt.Sprintf(format, args...)}
}

// Check tells what is wrong with an atom as an element (or key) of column c, in OVSDB's words; "" for nothing.
func (c *Column) Check(a Atom) string {
	switch {
	case c.Kind == Integer && !c.IsMap:
		return c.checkInteger(a)
	case c.Kind != String:
		return ""
	case c.Enum != nil && !slices.Contains(c.Enum, a.String):
		enum := slices.Sorted(slices.Values(c.Enum))
		return fmt.Sprintf("%s is not one of the allowed values ([%s])", QuoteString(a.String), strings.Join(enum, ", "))
	case c.Length > 0 && len([]rune(a.String)) > c.Length:
		return fmt.Sprintf("%s length %d is greater than maximum allowed length %d", QuoteString(a.String), len([]rune(a.String)), c.Length)
	}
	return ""
}

// CheckValue is Check for a map's value.
func (c *Column) CheckValue(a Atom) string {
	if c.Value == Integer {
		return c.checkInteger(a)
	}
	return ""
}

func (c *Column) checkInteger(a Atom) string {
	switch {
	case !c.Ranged || c.Low <= a.Integer && a.Integer <= c.High:
		return ""
	case c.Low == -1<<63:
		return fmt.Sprintf("%d is greater than maximum allowed value %d", a.Integer, c.High)
	case c.High == 1<<63-1:
		return fmt.Sprintf("%d is less than minimum allowed value %d", a.Integer, c.Low)
	}
	return fmt.Sprintf("%d is not in the valid range %d to %d (inclusive)", a.Integer, c.Low, c.High)
}

// QuoteString writes a string as OVSDB's tools do: bare if it can be taken for nothing else, in JSON's quotes otherwise.
func QuoteString(s string) string {
	if IsWord(s) {
		return s
	}
	return jsonString(s)
}

// IsWord tells whether OVSDB's tools write a string without quotes: letters, digits, '_', '-' and '.', beginning with a letter or '_',
// neither a boolean nor a UUID.
func IsWord(s string) bool {
	if s == "" || s == "true" || s == "false" {
		return false
	}
	for i := range len(s) {
		b := s[i]
		letter := b|0x20 >= 'a' && b|0x20 <= 'z' || b == '_'
		if !letter && (i == 0 || b != '-' && b != '.' && (b < '0' || b > '9')) {
			return false
		}
	}
	_, err := ovsdb.ParseUUID(s)
	return err != nil
}

// jsonString quotes as RFC 8259 asks, with nothing escaped that need not be.
func jsonString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case strings.IndexByte("\b\f\n\r\t", c) >= 0:
			b.WriteByte('\\')
			b.WriteByte("bfnrt"[strings.IndexByte("\b\f\n\r\t", c)])
		case c < 0x20:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// checkValues holds a row's columns to their types.
func checkValues(r Record) error {
	for _, c := range TableOf(r).Columns {
		d := c.Get(r)
		for i, k := range d.Keys {
			problem := c.Check(k)
			if problem == "" && c.IsMap {
				problem = c.CheckValue(d.Values[i])
			}
			if problem != "" {
				return constraint("%s", problem)
			}
		}
	}
	return nil
}

// checkReferences looks for strong references to rows that are not there.
func (tx *Transaction) checkReferences() error {
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
func (tx *Transaction) references(r Record) int {
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
func (tx *Transaction) checkIndexes() error {
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
func (tx *Transaction) touchedTables() []*Table {
	var out []*Table
	for _, r := range tx.changed() {
		if t := TableOf(r); len(out) == 0 || out[len(out)-1] != t {
			out = append(out, t)
		}
	}
	return out
}

func (tx *Transaction) checkIndex(t *Table, index []string) error {
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
func (tx *Transaction) history(t *Table, index []string, r Record) string {
	switch was := tx.saved[r]; {
	case tx.created[r]:
		return "was inserted by this transaction"
	case was == nil || t.indexText(index, was) == t.indexText(index, r):
		return "existed in the database before this transaction and was not modified by the transaction"
	default:
		return "had the following index values before the transaction: " + t.indexText(index, was)
	}
}

func (t *Table) indexText(index []string, r Record) string {
	parts := make([]string, len(index))
	for i, name := range index {
		c := t.Column(name)
		if d := c.Get(r); len(d.Keys) > 0 {
			parts[i] = d.Keys[0].Text(c.Kind)
			if c.Kind == String {
				parts[i] = QuoteString(parts[i])
			}
		}
	}
	return strings.Join(parts, ", ")
}

func quotedAnd(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	return strings.Join(quoted, " and ")
}

// checkCounts looks for tables with too many rows.
func (tx *Transaction) checkCounts() error {
	for _, t := range schema {
		if n := len(tx.top.Records(t)); t.MaxRows > 0 && n > t.MaxRows {
			return constraint("transaction causes %q table to contain %d rows, greater than the schema-defined limit of %d row(s)", t.Name, n, t.MaxRows)
		}
	}
	return nil
}
