package topology

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"

	"ovnsim/ovsdb"
)

// Load reads a topology from a file: a lab file or an OVSDB northbound database, standalone or clustered, told by content.
func Load(path string) (*Topology, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Read(data, path)
}

// Read is Load for what is in memory; file is its name in errors.
func Read(data []byte, file string) (*Topology, error) {
	if !ovsdb.IsDatabase(data) {
		doc, err := ReadYAML(data, file)
		if err != nil {
			return nil, err
		}
		return doc.Topology, nil
	}
	db, err := ovsdb.Read(bytes.NewReader(data), file)
	if err != nil {
		return nil, err
	}
	return fromDatabase(db, file)
}

// FromDatabase makes a topology of a northbound database. References become pointers; weak ones to rows that are gone are dropped. Rows
// of a table are ordered by name and UUID, sets as OVSDB orders them. The error is a *LackingError if the database uses tables or
// columns of another schema.
func FromDatabase(db *ovsdb.Database) (*Topology, error) { return fromDatabase(db, db.Name) }

func fromDatabase(db *ovsdb.Database, file string) (*Topology, error) {
	if db.Name != DatabaseName {
		return nil, fmt.Errorf("%s: a database of %s, not of %s", file, db.Name, DatabaseName)
	}
	if err := lacking(db, file); err != nil {
		return nil, err
	}
	l := &databaseLoader{top: &Topology{Warnings: db.Warnings, hashed: true}, rows: make(map[*Table]map[ovsdb.UUID]reflect.Value), file: filepath.Base(file)}
	for _, t := range schema {
		l.declare(t, db.Rows(t.Name))
	}
	for _, t := range schema {
		for i, row := range db.Rows(t.Name) {
			l.fill(t, l.top.rows(t).Index(i), row)
		}
	}
	l.top.Sort()
	return l.top, l.err
}

// lacking names what the database uses and the row types do not have.
func lacking(db *ovsdb.Database, file string) error {
	var what []string
	for _, name := range db.TableNames() {
		t, rows := tableByName[name], db.Rows(name)
		if t == nil {
			if len(rows) > 0 {
				what = append(what, "table "+name)
			}
			continue
		}
		for _, c := range db.Tables[name].Columns {
			if t.byName[c.Name] == nil && slices.ContainsFunc(rows, func(r *ovsdb.Row) bool { return r.JSON(c.Name) != "" }) {
				what = append(what, "column "+c.Name+" of "+name)
			}
		}
	}
	if what == nil {
		return nil
	}
	return &LackingError{File: file, What: what}
}

type databaseLoader struct {
	top  *Topology
	rows map[*Table]map[ovsdb.UUID]reflect.Value // pointers to rows
	file string
	err  error
}

// declare makes the rows of a table, all in one piece of memory, still empty.
func (l *databaseLoader) declare(t *Table, rows []*ovsdb.Row) {
	if len(rows) == 0 {
		return
	}
	all := reflect.MakeSlice(reflect.SliceOf(t.typ), len(rows), len(rows))
	list := reflect.MakeSlice(reflect.SliceOf(reflect.PointerTo(t.typ)), len(rows), len(rows))
	byUUID := make(map[ovsdb.UUID]reflect.Value, len(rows))
	for i, row := range rows {
		p := all.Index(i).Addr()
		p.Interface().(Record).Base().UUID = row.UUID
		list.Index(i).Set(p)
		byUUID[row.UUID] = p
	}
	l.rows[t] = byUUID
	l.top.rows(t).Set(list)
}

func (l *databaseLoader) fill(t *Table, p reflect.Value, row *ovsdb.Row) {
	v := p.Elem()
	for _, c := range t.Columns {
		if row.JSON(c.Name) == "" {
			continue // the default, which is Go's too
		}
		f := v.Field(c.field)
		if c.Ref != nil {
			l.refer(c, f, row)
			continue
		}
		if c.fill(f, row) {
			p.Interface().(Record).Base().blank |= 1 << c.index
		}
	}
}

// fill reads a column without references. It tells whether that is an optional string that is there, but empty.
func (c *Column) fill(f reflect.Value, row *ovsdb.Row) (blank bool) {
	switch to := f.Addr().Interface().(type) {
	case *string:
		*to = row.String(c.Name)
		return *to == "" && c.IsOptional() && row.Has(c.Name)
	case *int64:
		*to, _ = row.Int(c.Name)
	case *bool:
		*to, _ = row.Bool(c.Name)
	case **int64:
		if n, ok := row.Int(c.Name); ok {
			*to = &n
		}
	case **bool:
		if b, ok := row.Bool(c.Name); ok {
			*to = &b
		}
	case *[]string:
		*to = row.Strings(c.Name)
		if !slices.IsSorted(*to) {
			slices.Sort(*to)
		}
	case *map[string]string:
		*to = row.Map(c.Name)
	case *map[string]int64:
		*to = intMap(row.Map(c.Name))
	default:
		panic(fmt.Sprintf("column %s of %s: no way to read a %T", c.Name, c.table.Name, to))
	}
	return false
}

func intMap(m map[string]string) map[string]int64 {
	if m == nil {
		return nil
	}
	out := make(map[string]int64, len(m))
	for k, v := range m {
		out[k], _ = strconv.ParseInt(v, 10, 64) // the reader took nothing but integers
	}
	return out
}

// refer fills a column of references.
func (l *databaseLoader) refer(c *Column, f reflect.Value, row *ovsdb.Row) {
	ids := row.UUIDs(c.Name)
	slices.SortFunc(ids, compareUUID)
	rows := l.rows[c.Ref]
	if c.IsSet() && len(ids) > 0 {
		f.Set(reflect.MakeSlice(f.Type(), 0, len(ids)))
	}
	for _, id := range ids {
		to, found := rows[id]
		switch {
		case !found && !c.Weak && l.err == nil:
			l.err = fmt.Errorf("%s: row %v of %s refers in %s to %v, which %s does not have", l.file, row.UUID, c.table.Name, c.Name, id, c.Ref.Name)
		case !found:
		case c.IsSet():
			f.SetLen(f.Len() + 1)
			f.Index(f.Len() - 1).Set(to)
		default:
			f.Set(to)
		}
	}
	if c.IsSet() && f.Len() == 0 {
		f.SetZero()
	}
}

// Database is the topology as an OVSDB database of schema Version.
func (top *Topology) Database() (*ovsdb.Database, error) {
	db, err := ovsdb.New(SchemaJSON())
	if err != nil {
		return nil, fmt.Errorf("our own northbound schema: %w", err)
	}
	for _, t := range schema {
		for _, r := range top.Records(t) {
			row := db.Tables[t.Name].Insert(r.Base().UUID)
			for _, c := range t.Columns {
				if err := c.write(r, row); err != nil {
					return nil, err
				}
			}
		}
	}
	return db, nil
}

// WriteDatabase writes the topology as a standalone OVSDB file.
func (top *Topology) WriteDatabase(w io.Writer) error {
	db, err := top.Database()
	if err != nil {
		return err
	}
	return db.Write(w)
}

// write puts a column into a database's row, unless it has its default value.
func (c *Column) write(r Record, row *ovsdb.Row) error {
	if c.of(r).IsZero() && r.Base().blank&(1<<c.index) == 0 {
		return nil // what most columns are
	}
	d := c.Get(r)
	if len(d.Keys) == 0 || c.Ephemeral || !c.IsMap && c.Min == 1 && c.Max == 1 && d.Keys[0] == (Atom{}) {
		return nil
	}
	if c.IsMap {
		pairs := make(map[string]string, len(d.Keys))
		for i, k := range d.Keys {
			pairs[k.Text(c.Kind)] = d.Values[i].Text(c.Value)
		}
		return row.SetMap(c.Name, pairs)
	}
	values := make([]string, len(d.Keys))
	for i, k := range d.Keys {
		values[i] = k.Text(c.Kind)
	}
	return row.Set(c.Name, values...)
}

// Text is the atom without quotes: a reference as its UUID.
func (a Atom) Text(k Kind) string {
	switch k {
	case Integer:
		return strconv.FormatInt(a.Integer, 10)
	case Boolean:
		return strconv.FormatBool(a.Boolean)
	case Reference:
		return a.Row.Base().UUID.String()
	}
	return a.String
}
