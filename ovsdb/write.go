package ovsdb

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// setText writes a value of a set or scalar column: one member stands alone, as OVSDB itself writes it.
func setText(atoms []string, kind Kind) string {
	if len(atoms) == 1 {
		return atomText(atoms[0], kind)
	}
	var b strings.Builder
	b.WriteString(`["set",[`)
	for i, a := range atoms {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(atomText(a, kind))
	}
	b.WriteString("]]")
	return b.String()
}

// mapText writes alternating keys and values.
func mapText(pairs []string, t *Type) string {
	var b strings.Builder
	b.WriteString(`["map",[`)
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("[" + atomText(pairs[i], t.Key) + "," + atomText(pairs[i+1], t.Value) + "]")
	}
	b.WriteString("]]")
	return b.String()
}

// atomText is the inverse of scanner.atom.
func atomText(raw string, kind Kind) string {
	switch kind {
	case String:
		return `"` + raw + `"`
	case UUIDs:
		return `["uuid","` + raw + `"]`
	}
	return raw
}

// escape is the text of a JSON string without its quotes.
func escape(s string) string {
	plain := true
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == '"' || s[i] == '\\' || s[i] >= 0x80 {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")[1 : b.Len()-2]
}

// Set gives a column of strings, integers, reals, booleans or UUIDs its values, as text; no value makes an empty set. It is an
// error when the schema lacks the column or a value is not of its type.
func (r *Row) Set(column string, values ...string) error {
	i, ok := r.table.column[column]
	if !ok {
		return fmt.Errorf("table %s has no column %q", r.table.Name, column)
	}
	t := &r.table.Columns[i].Type
	if t.Key == String {
		values = slices.Clone(values)
		for k := range values {
			values[k] = escape(values[k])
		}
	}
	return r.put(i, setText(values, t.Key))
}

// SetMap gives a map column its pairs.
func (r *Row) SetMap(column string, pairs map[string]string) error {
	i, ok := r.table.column[column]
	if !ok {
		return fmt.Errorf("table %s has no column %q", r.table.Name, column)
	}
	t := &r.table.Columns[i].Type
	var all []string
	for k, v := range pairs {
		if t.Key == String {
			k = escape(k)
		}
		if t.Value == String {
			v = escape(v)
		}
		all = append(all, k+"\x00"+v)
	}
	slices.Sort(all)
	var flat []string
	for _, kv := range all {
		k, v, _ := strings.Cut(kv, "\x00")
		flat = append(flat, k, v)
	}
	return r.put(i, mapText(flat, t))
}

// put stores a value's text after checking it as the reader would.
func (r *Row) put(i int, text string) error {
	column := &r.table.Columns[i]
	c := scanner{s: text}
	c.value(&column.Type)
	if c.err == nil && c.peek() != 0 {
		c.fail("%s", c.found())
	}
	if c.err != nil {
		return fmt.Errorf("table %s, column %s: %w", r.table.Name, column.Name, c.err)
	}
	r.cells[i] = text
	return nil
}

// Write writes the database as a standalone file of two records: the schema and one transaction. The same rows give the same
// bytes. Open reads it, and so does ovsdb-server.
func (db *Database) Write(w io.Writer) error {
	if err := writeRecord(w, []byte(strings.TrimRight(db.schema, "\n")+"\n")); err != nil {
		return err
	}
	b := db.appendRows(make([]byte, 0, db.size()))
	if len(b) <= len("{}") {
		return nil
	}
	return writeRecord(w, append(b, '\n'))
}

func writeRecord(w io.Writer, body []byte) error {
	if _, err := fmt.Fprintf(w, "OVSDB JSON %d %x\n", len(body), sha1.Sum(body)); err != nil {
		return err
	}
	_, err := w.Write(body)
	return err
}

// size is how long the rows' text can be.
func (db *Database) size() int {
	n := len("{}\n")
	for name, t := range db.Tables {
		n += len(name) + len(`"":{},`)
		for _, r := range t.Rows {
			n += len(`"00000000-0000-0000-0000-000000000000":{},`)
			for i, cell := range r.cells {
				if cell != "" {
					n += len(t.Columns[i].Name) + len(cell) + len(`"":,`)
				}
			}
		}
	}
	return n
}

func (db *Database) appendRows(b []byte) []byte {
	b = append(b, '{')
	for _, name := range db.TableNames() {
		t := db.Tables[name]
		if len(t.Rows) == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), name...), `":{`...)
		for i, r := range t.Rows {
			if i > 0 {
				b = append(b, ',')
			}
			b = r.append(b)
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

func (r *Row) append(b []byte) []byte {
	b = append(append(append(b, '"'), r.UUID.String()...), `":{`...)
	first := true
	for i := range r.table.Columns {
		if r.cells[i] == "" || r.table.Columns[i].Ephemeral {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), r.table.Columns[i].Name...), `":`...)
		b = append(b, r.cells[i]...)
	}
	return append(b, '}')
}
