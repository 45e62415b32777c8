package topology

import (
	"cmp"
	"reflect"
	"slices"

	"ovnsim/ovsdb"
)

// Atom is one element of a column; Kind of the column says which field counts.
type Atom struct {
	String  string
	Integer int64
	Boolean bool
	Row     Record // what a Reference points to
}

// Datum is the content of one column of one row: an element, a set in OVSDB's order, or a map in the order of its keys.
type Datum struct {
	Keys   []Atom
	Values []Atom // of a map, one for each key; nil for others
}

// Compare orders two atoms of kind k as OVSDB orders them: strings by bytes, false before true, references by UUID.
func (a Atom) Compare(b Atom, k Kind) int {
	switch k {
	case Integer:
		return cmp.Compare(a.Integer, b.Integer)
	case Boolean:
		return compareBool(a.Boolean, b.Boolean)
	case Reference:
		return compareUUID(a.Row.Base().UUID, b.Row.Base().UUID)
	}
	return cmp.Compare(a.String, b.String)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func compareUUID(a, b ovsdb.UUID) int { return slices.Compare(a[:], b[:]) }

// of is the field of row r that holds column c.
func (c *Column) of(r Record) reflect.Value { return reflect.ValueOf(r).Elem().Field(c.field) }

// Text is the one element of column c of row r as a text; "" for none.
func (c *Column) Text(r Record) string {
	f := c.of(r)
	switch {
	case f.Kind() == reflect.String:
		return f.String()
	case f.Kind() == reflect.Pointer && f.IsNil():
		return ""
	}
	return atomOf(f).Text(c.Kind)
}

// Lookup is the value of a key in column c of row r, a map of texts.
func (c *Column) Lookup(r Record, key string) (value string, ok bool) {
	m, _ := c.of(r).Interface().(map[string]string)
	value, ok = m[key]
	return value, ok
}

// Get reads column c of row r.
func (c *Column) Get(r Record) Datum {
	f := c.of(r)
	switch {
	case c.IsMap:
		return c.getMap(f)
	case c.IsSet():
		d := Datum{Keys: make([]Atom, 0, f.Len())}
		for i := range f.Len() {
			d.Keys = append(d.Keys, atomOf(f.Index(i)))
		}
		slices.SortFunc(d.Keys, func(a, b Atom) int { return a.Compare(b, c.Kind) })
		return d
	case f.Kind() == reflect.Pointer && f.IsNil():
		return Datum{}
	case c.IsOptional() && f.Kind() == reflect.String && f.Len() == 0 && r.Base().blank&(1<<c.index) == 0:
		return Datum{}
	}
	return Datum{Keys: []Atom{atomOf(f)}}
}

func (c *Column) getMap(f reflect.Value) Datum {
	var d Datum
	keys := f.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
	for _, k := range keys {
		d.Keys = append(d.Keys, atomOf(k))
		d.Values = append(d.Values, atomOf(f.MapIndex(k)))
	}
	return d
}

// Set writes column c of row r. The datum must fit the column (see Check); sets are put in OVSDB's order.
func (c *Column) Set(r Record, d Datum) {
	f := c.of(r)
	f.SetZero()
	r.Base().blank &^= 1 << c.index
	switch {
	case len(d.Keys) == 0:
	case c.IsMap:
		m := reflect.MakeMapWithSize(f.Type(), len(d.Keys))
		for i, k := range d.Keys {
			m.SetMapIndex(reflect.ValueOf(k.String), reflect.ValueOf(d.Values[i].scalar(c.Value)))
		}
		f.Set(m)
	case c.IsSet():
		c.setSet(f, d)
	default:
		d.Keys[0].store(f, c.Kind)
		if c.IsOptional() && c.Kind == String && d.Keys[0].String == "" {
			r.Base().blank |= 1 << c.index
		}
	}
}

func (c *Column) setSet(f reflect.Value, d Datum) {
	keys := slices.Clone(d.Keys)
	slices.SortFunc(keys, func(a, b Atom) int { return a.Compare(b, c.Kind) })
	keys = slices.CompactFunc(keys, func(a, b Atom) bool { return a.Compare(b, c.Kind) == 0 })
	s := reflect.MakeSlice(f.Type(), len(keys), len(keys))
	for i, k := range keys {
		k.store(s.Index(i), c.Kind)
	}
	f.Set(s)
}

// store puts a into a field (or an element of one), making the pointer that an optional number is.
func (a Atom) store(f reflect.Value, k Kind) {
	v := reflect.ValueOf(a.scalar(k))
	if f.Kind() == reflect.Pointer && k != Reference {
		p := reflect.New(f.Type().Elem())
		p.Elem().Set(v)
		v = p
	}
	f.Set(v)
}

func (a Atom) scalar(k Kind) any {
	switch k {
	case Integer:
		return a.Integer
	case Boolean:
		return a.Boolean
	case Reference:
		return a.Row
	}
	return a.String
}

func atomOf(v reflect.Value) Atom {
	if v.Kind() == reflect.Pointer {
		if r, ok := v.Interface().(Record); ok {
			return Atom{Row: r}
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Int64:
		return Atom{Integer: v.Int()}
	case reflect.Bool:
		return Atom{Boolean: v.Bool()}
	}
	return Atom{String: v.String()}
}

// Clone copies a row, its sets and maps included, so that changes to one are not seen in the other. What it refers to is shared.
func Clone[R Record](r R) R {
	from := reflect.ValueOf(r).Elem()
	to := reflect.New(from.Type())
	to.Elem().Set(from)
	for _, c := range TableOf(r).Columns {
		f := to.Elem().Field(c.field)
		switch {
		case c.IsMap && f.Len() > 0:
			m := reflect.MakeMapWithSize(f.Type(), f.Len())
			for it := f.MapRange(); it.Next(); {
				m.SetMapIndex(it.Key(), it.Value())
			}
			f.Set(m)
		case c.IsSet() && f.Len() > 0:
			f.Set(reflect.AppendSlice(reflect.MakeSlice(f.Type(), 0, f.Len()), f))
		}
	}
	return to.Interface().(R)
}

// swap exchanges the contents of two rows of a table.
func swap(a, b Record) {
	x, y := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	was := reflect.New(x.Type()).Elem()
	was.Set(x)
	x.Set(y)
	y.Set(was)
}

// Restore makes what dst points to equal to what src (a Clone of it) points to.
func Restore(dst, src Record) { reflect.ValueOf(dst).Elem().Set(reflect.ValueOf(src).Elem()) }
