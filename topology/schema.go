package topology

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Kind is what one element of a column is.
type Kind uint8

// The kinds of elements that the northbound schema has.
const (
	String Kind = iota
	Integer
	Boolean
	Reference // to a row; in memory a pointer
)

// Unlimited is the Max of a column that is a set or a map.
const Unlimited = -1

// Table is a table of the northbound schema, read off the tags of its row type: the struct is the only place that says it.
type Table struct {
	Name    string
	Section string     // its key in a lab file
	Key     string     // the column that names a row in a lab file; "" for rows without a name
	Root    bool       // rows stay though nothing refers to them
	MaxRows int        // 0 for any number
	Indexes [][]string // columns whose values together are unique
	Columns []*Column  // in the order of the schema

	byName    map[string]*Column
	referrers []*Column    // of other tables, that refer to rows of this one
	slot      int          // its field in Topology
	typ       reflect.Type // of a row
}

// Column is a column of the northbound schema.
type Column struct {
	Name      string
	Kind      Kind // of an element, or of a key
	Value     Kind // of a map's values; valid if IsMap
	IsMap     bool
	Min, Max  int      // elements; Max is 1 or Unlimited
	Enum      []string // the strings (or keys) allowed; nil for any
	Low, High int64    // of an integer (in a map, of its values)
	Ranged    bool     // Low and High hold
	Length    int      // the most characters; 0 for any number
	Weak      bool     // a reference that goes away with its row
	Ephemeral bool     // not kept in a file
	Ref       *Table   // the table referred to; nil for others

	table *Table
	index int // position in table.Columns
	field int // in the row's struct
}

// IsSet tells whether c holds any number of elements, without values.
func (c *Column) IsSet() bool { return c.Max == Unlimited && !c.IsMap }

// IsOptional tells whether c holds one element or none.
func (c *Column) IsOptional() bool { return c.Min == 0 && c.Max == 1 }

// owns tells whether c makes rows live that nothing else holds: a strong reference to a table that is not a root.
func (c *Column) owns() bool { return c.Ref != nil && !c.Ref.Root && !c.Weak }

// Table is the table that c belongs to.
func (c *Column) Table() *Table { return c.table }

// Column finds a column by its exact name; nil if there is none.
func (t *Table) Column(name string) *Column { return t.byName[name] }

// New makes a row of the table with every column empty.
func (t *Table) New() Record { return reflect.New(t.typ).Interface().(Record) }

// Version is the version of the northbound schema that the row types were made from (OVN 26.03).
const Version = "7.18.0"

// DatabaseName is the name by which an OVSDB file says that it is a northbound one.
const DatabaseName = "OVN_Northbound"

// The schema is constant once the package is up: it is read off the types and never written again.
var (
	schema      = readSchema()
	tableByName = indexTables(schema)
	tableByType = typeTables(schema)
)

// Schema is every table, in the order of Topology's fields.
func Schema() []*Table { return schema }

// TableNamed finds a table by its exact name; nil if there is none.
func TableNamed(name string) *Table { return tableByName[name] }

// TableOf is the table that a row belongs to.
func TableOf(r Record) *Table { return tableByType[reflect.TypeOf(r).Elem()] }

func indexTables(tables []*Table) map[string]*Table {
	m := make(map[string]*Table, len(tables))
	for _, t := range tables {
		m[t.Name] = t
	}
	return m
}

func typeTables(tables []*Table) map[reflect.Type]*Table {
	m := make(map[reflect.Type]*Table, len(tables))
	for _, t := range tables {
		m[t.typ] = t
	}
	return m
}

func readSchema() []*Table {
	top := reflect.TypeFor[Topology]()
	var tables []*Table
	byType := make(map[reflect.Type]*Table)
	for i := range top.NumField() {
		f := top.Field(i)
		if f.Tag.Get("ovsdb") == "" {
			continue
		}
		t := &Table{Name: f.Tag.Get("ovsdb"), slot: i, typ: f.Type.Elem().Elem(), byName: make(map[string]*Column)}
		byType[t.typ] = t
		tables = append(tables, t)
	}
	for _, t := range tables {
		t.read(byType)
	}
	for _, t := range tables {
		for _, c := range t.Columns {
			if c.Ref != nil {
				c.Ref.referrers = append(c.Ref.referrers, c)
			}
		}
	}
	return tables
}

// read fills t from the tags of its row type. A tag that it cannot read is our own mistake.
func (t *Table) read(byType map[reflect.Type]*Table) {
	for i := range t.typ.NumField() {
		f := t.typ.Field(i)
		if f.Anonymous {
			if f.Tag.Get("ovsdb") != t.Name {
				panic(fmt.Sprintf("row type %v says it is of table %s", t.typ, f.Tag.Get("ovsdb")))
			}
			t.readTag(f.Tag.Get("nb"))
			continue
		}
		c := &Column{Name: f.Tag.Get("ovsdb"), table: t, index: len(t.Columns), field: i}
		c.readType(f.Type, byType)
		c.readTag(f.Tag.Get("nb"))
		t.Columns = append(t.Columns, c)
		t.byName[c.Name] = c
	}
}

// readTag reads the part of a row's tag that describes the table: what=value, joined by commas.
func (t *Table) readTag(tag string) {
	for word := range strings.SplitSeq(tag, ",") {
		what, value, _ := strings.Cut(word, "=")
		switch what {
		case "yaml":
			t.Section = value
		case "key":
			t.Key = value
		case "root":
			t.Root = true
		case "rows":
			t.MaxRows = int(mustInt(value))
		case "index":
			t.Indexes = append(t.Indexes, strings.Split(value, "+"))
		default:
			panic(fmt.Sprintf("table %s: tag %q", t.Name, word))
		}
	}
}

// readTag reads the part of a field's tag that describes the column, as far as its Go type does not say it already.
func (c *Column) readTag(tag string) {
	if tag == "" {
		return
	}
	for word := range strings.SplitSeq(tag, ",") {
		what, value, _ := strings.Cut(word, "=")
		switch what {
		case "optional":
			c.Min = 0
		case "min":
			c.Min = int(mustInt(value))
		case "enum":
			c.Enum = strings.Split(value, "|")
		case "range":
			c.readRange(value)
		case "length":
			c.Length = int(mustInt(value))
		case "weak":
			c.Weak = true
		case "ephemeral":
			c.Ephemeral = true
		default:
			panic(fmt.Sprintf("column %s of %s: tag %q", c.Name, c.table.Name, word))
		}
	}
}

func (c *Column) readRange(text string) {
	low, high, _ := strings.Cut(text, "..")
	c.Ranged, c.Low, c.High = true, -1<<63, 1<<63-1
	if low != "" {
		c.Low = mustInt(low)
	}
	if high != "" {
		c.High = mustInt(high)
	}
}

// readType reads what the Go type says: a pointer to a scalar is optional, a slice is a set, a pointer to a row a reference.
func (c *Column) readType(t reflect.Type, byType map[reflect.Type]*Table) {
	c.Min, c.Max = 1, 1
	switch {
	case t.Kind() == reflect.Map:
		c.IsMap, c.Min, c.Max = true, 0, Unlimited
		c.Value = scalarKind(t.Elem())
		t = t.Key()
	case t.Kind() == reflect.Slice:
		c.Min, c.Max = 0, Unlimited
		t = t.Elem()
	}
	if t.Kind() == reflect.Pointer {
		if ref := byType[t.Elem()]; ref != nil {
			c.Kind, c.Ref = Reference, ref
			return
		}
		c.Min = 0
		t = t.Elem()
	}
	c.Kind = scalarKind(t)
}

func scalarKind(t reflect.Type) Kind {
	switch t.Kind() {
	case reflect.String:
		return String
	case reflect.Int64:
		return Integer
	case reflect.Bool:
		return Boolean
	}
	panic(fmt.Sprintf("a row type has a field of type %v", t))
}

func mustInt(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("a row type's tag has the number %q", s))
	}
	return n
}
