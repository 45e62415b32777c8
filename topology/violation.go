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

// checkValues holds rows' columns to their types.
func checkValues(rows []Record) error {
	for _, r := range rows {
		for _, c := range TableOf(r).Columns {
			if problem := c.checkAll(c.Get(r)); problem != "" {
				return constraint("%s", problem)
			}
		}
	}
	return nil
}

func (c *Column) checkAll(d Datum) string {
	for i, k := range d.Keys {
		problem := c.Check(k)
		if problem == "" && c.IsMap {
			problem = c.CheckValue(d.Values[i])
		}
		if problem != "" {
			return problem
		}
	}
	return ""
}

// check holds the result to the schema. Only what the changed rows say can be wrong now, and references to deleted rows.
func (tx *Transaction) check(changed []Record) error {
	for _, rule := range []func([]Record) error{tx.checkDeleted, tx.checkReferences, tx.checkIndexes, tx.checkCounts} {
		if err := rule(changed); err != nil {
			return err
		}
	}
	return nil
}

// checkDeleted looks for strong references to deleted rows.
func (tx *Transaction) checkDeleted([]Record) error {
	count := make(map[Record]int)
	for _, t := range schema {
		if !slices.ContainsFunc(tx.deleted, func(r Record) bool { return t.Root && TableOf(r) == t }) {
			continue
		}
		for _, c := range t.referrers {
			if c.Weak {
				continue
			}
			for r := range tx.top.All(c.table) {
				c.eachRow(r, func(to Record) {
					if tx.gone[to] {
						count[to]++
					}
				})
			}
		}
	}
	for _, r := range tx.deleted {
		if n := count[r]; n > 0 {
			return integrity("cannot delete %s row %v because of %d remaining reference(s)", TableOf(r).Name, r.Base().UUID, n)
		}
	}
	return nil
}

// checkReferences looks for strong references to rows that are not there.
func (tx *Transaction) checkReferences(changed []Record) error {
	for _, r := range changed {
		for _, c := range TableOf(r).Columns {
			if err := tx.checkStrong(c, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (tx *Transaction) checkStrong(c *Column, r Record) (err error) {
	if c.Ref == nil || c.Weak {
		return nil
	}
	const text = "Table %s column %s row %v references nonexistent row %v in table %s."
	if c.isEmpty(r) && c.Min > 0 {
		return integrity(text, c.table.Name, c.Name, r.Base().UUID, ovsdb.UUID{}, c.Ref.Name)
	}
	c.eachOther(r, tx.was(r), func(to Record) {
		if err == nil && !tx.live(to) {
			err = integrity(text, c.table.Name, c.Name, r.Base().UUID, to.Base().UUID, c.Ref.Name)
		}
	})
	return err
}

// checkIndexes looks for rows with the same values in columns that must differ.
func (tx *Transaction) checkIndexes(changed []Record) error {
	for _, t := range schema {
		for _, index := range t.Indexes {
			if err := tx.checkIndex(t, index, changed); err != nil {
				return err
			}
		}
	}
	return nil
}

func (tx *Transaction) checkIndex(t *Table, index []string, changed []Record) error {
	seen := make(map[string]Record)
	for _, r := range tx.suspects(t, index, changed) {
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

// suspects is the rows that have the first column of an index as a row has it that got other values there: only among them can there
// be two alike.
func (tx *Transaction) suspects(t *Table, index []string, changed []Record) (out []Record) {
	c := t.Column(index[0])
	values := make(map[string]bool)
	for _, r := range changed {
		if TableOf(r) == t && (tx.created[r] || t.indexText(index, r) != t.indexText(index, tx.was(r))) {
			values[c.Text(r)] = true
		}
	}
	if len(values) == 0 {
		return nil
	}
	for r := range tx.top.All(t) {
		if values[c.Text(r)] {
			out = append(out, r)
		}
	}
	return out
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
func (tx *Transaction) checkCounts([]Record) error {
	for _, t := range schema {
		if n := tx.top.rows(t).Len(); t.MaxRows > 0 && n > t.MaxRows {
			return constraint("transaction causes %q table to contain %d rows, greater than the schema-defined limit of %d row(s)", t.Name, n, t.MaxRows)
		}
	}
	return nil
}
