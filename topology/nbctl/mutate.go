package nbctl

import (
	"slices"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

func set(s *session, c *call) error {
	t, r, err := s.target(c, c.args[2:])
	if err != nil || r == nil {
		return err
	}
	s.tx.Edit(r)
	for _, arg := range c.args[2:] {
		if err := s.assign(t, r, arg); err != nil {
			return err
		}
	}
	return nil
}

// assign does COLUMN[:KEY]=VALUE.
func (s *session) assign(t *topology.Table, r topology.Record, arg string) error {
	cv, err := parseColumnValue(t, arg, assignment, false)
	if err != nil {
		return err
	}
	if !cv.hasKey {
		d, err := s.parseDatum(cv.column, cv.value)
		if err != nil {
			return err
		}
		cv.column.Set(r, d)
		return nil
	}
	if !cv.column.IsMap {
		return fail("cannot specify key to set for non-map column %s", cv.column.Name)
	}
	key, err := s.atom(cv.column, cv.column.Kind, true, cv.key)
	if err != nil {
		return err
	}
	value, err := s.atom(cv.column, cv.column.Value, false, cv.value)
	if err != nil {
		return err
	}
	d := cv.column.Get(r)
	if i := indexOf(d, key, cv.column); i >= 0 {
		d.Values[i] = value
	} else {
		d.Keys, d.Values = append(d.Keys, key), append(d.Values, value)
	}
	cv.column.Set(r, d)
	return nil
}

// anyNumber is column c without limits on the number of its elements, for values to add or remove.
func anyNumber(c *topology.Column) *topology.Column {
	free := *c
	free.Min, free.Max = 0, topology.Unlimited
	return &free
}

func add(s *session, c *call) error {
	t, r, err := s.target(c, c.args[2:3])
	if err != nil || r == nil {
		return err
	}
	column, err := findColumn(t, c.args[2], false)
	if err != nil {
		return err
	}
	d := column.Get(r)
	for _, arg := range c.args[3:] {
		more, err := s.parseDatum(anyNumber(column), arg)
		if err != nil {
			return err
		}
		for i, k := range more.Keys {
			if indexOf(d, k, column) >= 0 {
				continue
			}
			d.Keys = append(d.Keys, k)
			if column.IsMap {
				d.Values = append(d.Values, more.Values[i])
			}
		}
	}
	if column.Max == 1 && len(d.Keys) > 1 {
		return fail("\"add\" operation would put %d values in column %s of table %s but the maximum number is 1", len(d.Keys), column.Name, t.Name)
	}
	s.tx.Edit(r)
	column.Set(r, d)
	return nil
}

func remove(s *session, c *call) error {
	t, r, err := s.target(c, c.args[2:3])
	if err != nil || r == nil {
		return err
	}
	column, err := findColumn(t, c.args[2], false)
	if err != nil {
		return err
	}
	d := column.Get(r)
	for _, arg := range c.args[3:] {
		less, err := s.parseDatum(anyNumber(column), arg)
		if err != nil && column.IsMap {
			less, err = s.parseDatum(keysAlone(column), arg)
		}
		if err != nil {
			return err
		}
		d = without(d, less, column)
	}
	if len(d.Keys) < column.Min {
		return fail("\"remove\" operation would put %d values in column %s of table %s but the minimum number is %d", len(d.Keys), column.Name, t.Name, column.Min)
	}
	s.tx.Edit(r)
	column.Set(r, d)
	return nil
}

// keysAlone is a map's column as if it were a set of its keys.
func keysAlone(c *topology.Column) *topology.Column {
	keys := anyNumber(c)
	keys.IsMap = false
	return keys
}

// without takes elements away; pairs only where the value is the same too, unless keys stand alone.
func without(d, less topology.Datum, c *topology.Column) topology.Datum {
	var out topology.Datum
	for i, k := range d.Keys {
		j := indexOf(less, k, c)
		if j >= 0 && (!c.IsMap || less.Values == nil || d.Values[i].Compare(less.Values[j], c.Value) == 0) {
			continue
		}
		out.Keys = append(out.Keys, k)
		if c.IsMap {
			out.Values = append(out.Values, d.Values[i])
		}
	}
	return out
}

func clearColumns(s *session, c *call) error {
	t, r, err := s.target(c, c.args[2:])
	if err != nil || r == nil {
		return err
	}
	s.tx.Edit(r)
	for _, name := range c.args[2:] {
		column, err := findColumn(t, name, false)
		if err != nil {
			return err
		}
		if column.Min > 0 {
			return fail("\"clear\" operation cannot be applied to column %s of table %s, which is not allowed to be empty", column.Name, t.Name)
		}
		column.Set(r, topology.Datum{})
	}
	return nil
}

func create(s *session, c *call) error {
	t, err := findTable(c.args[0])
	if err != nil {
		return err
	}
	for _, arg := range c.args[1:] {
		if err := checkColumnName(t, arg); err != nil {
			return err
		}
	}
	r, err := s.newRecord(t, c.options["--id"], c.has("--id"))
	if err != nil {
		return err
	}
	for _, arg := range c.args[1:] {
		if err := s.assign(t, r, arg); err != nil {
			return err
		}
	}
	s.insert(r)
	c.printf("%v\n", r.Base().UUID)
	return nil
}

// newRecord is an empty row with the UUID or the @name that --id gives it.
func (s *session) newRecord(t *topology.Table, id string, given bool) (topology.Record, error) {
	if !given {
		return t.New(), nil
	}
	if u, err := ovsdb.ParseUUID(id); err == nil {
		r := t.New()
		if r.Base().UUID = u; s.taken(u) {
			return nil, fail(`transaction error: {"details":"This UUID would duplicate a UUID already present within the \"%s\" table or deleted from this table within the same transaction.","error":"duplicate uuid","syntax":"\"%v\""}`, t.Name, u)
		}
		return r, nil
	}
	sym := s.symbols[id]
	if sym == nil || sym.row == nil || sym.created {
		r := t.New()
		return r, s.bind(id, r)
	}
	if topology.TableOf(sym.row) != t {
		return nil, fail("row id %q is of table %s, not %s", id, topology.TableOf(sym.row).Name, t.Name)
	}
	sym.created = true
	return sym.row, nil
}

func (s *session) taken(u ovsdb.UUID) bool {
	return slices.ContainsFunc(topology.Schema(), func(t *topology.Table) bool { return s.RowOf(t, u) != nil })
}

func destroy(s *session, c *call) error {
	t, err := findTable(c.args[0])
	if err != nil {
		return err
	}
	if c.has("--all") {
		if len(c.args) > 1 {
			return fail("--all and records argument should not be specified together")
		}
		for _, r := range s.Records(t) {
			s.tx.Delete(r)
		}
		return nil
	}
	for _, id := range c.args[1:] {
		r, err := s.record(t, id, !c.has("--if-exists"))
		if err != nil {
			return err
		}
		if r != nil {
			s.tx.Delete(r)
		}
	}
	return nil
}
