package nbctl

import (
	"slices"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

// target is the table and, if there is one, the record that a database command is about.
func (s *session) target(c *call, columns []string) (*topology.Table, topology.Record, error) {
	t, err := findTable(c.args[0])
	if err != nil {
		return nil, nil, err
	}
	for _, arg := range columns {
		if err := checkColumnName(t, arg); err != nil {
			return nil, nil, err
		}
	}
	r, err := s.record(t, c.args[1], !c.has("--if-exists"))
	return t, r, err
}

// checkColumnName holds the column of COLUMN[:KEY]… to the table, before any record is looked up.
func checkColumnName(t *topology.Table, arg string) error {
	name, _, err := token(arg)
	switch {
	case err != nil:
		return fail("%s: %v", arg, err)
	case name == "" || len(name) == 1 && isDelimiter(name[0]):
		return fail("%s: missing column name", arg)
	}
	_, err = findColumn(t, name, false)
	return err
}

func list(s *session, c *call) error {
	t, err := findTable(c.args[0])
	if err != nil {
		return err
	}
	columns, err := chosenColumns(t, c)
	if err != nil {
		return err
	}
	rows := s.Listed(t)
	if len(c.args) > 1 {
		rows = nil
		for _, id := range c.args[1:] {
			r, err := s.record(t, id, !c.has("--if-exists"))
			if err != nil {
				return err
			}
			if r != nil {
				rows = append(rows, r)
			}
		}
	}
	c.table = makeTable(columns, rows)
	return nil
}

// chosenColumns is what --columns asks for, or else every column by name. A nil column is the UUID.
func chosenColumns(t *topology.Table, c *call) ([]*topology.Column, error) {
	if !c.has("--columns") {
		columns := append([]*topology.Column{nil}, t.Columns...)
		slices.SortFunc(columns[1:], func(a, b *topology.Column) int { return strings.Compare(a.Name, b.Name) })
		return columns, nil
	}
	var columns []*topology.Column
	for _, name := range strings.FieldsFunc(c.options["--columns"], func(r rune) bool { return r == ',' || r == ' ' }) {
		column, err := findColumn(t, name, true)
		if err != nil {
			return nil, err
		}
		columns = append(columns, column)
	}
	if columns == nil {
		return nil, fail("must specify at least one column name")
	}
	return columns, nil
}

func makeTable(columns []*topology.Column, rows []topology.Record) *table {
	t := &table{}
	for _, column := range columns {
		if column == nil {
			t.headings = append(t.headings, "_uuid")
		} else {
			t.headings = append(t.headings, column.Name)
		}
	}
	for _, r := range rows {
		line := make([]cell, len(columns))
		for i, column := range columns {
			line[i] = cell{column: column, row: r}
			if column != nil {
				line[i].datum = column.Get(r)
			}
		}
		t.rows = append(t.rows, line)
	}
	return t
}

func find(s *session, c *call) error {
	t, err := findTable(c.args[0])
	if err != nil {
		return err
	}
	columns, err := chosenColumns(t, c)
	if err != nil {
		return err
	}
	for _, arg := range c.args[1:] {
		if err := checkColumnName(t, arg); err != nil {
			return err
		}
	}
	var rows []topology.Record
	for _, r := range s.Listed(t) {
		holds, err := s.satisfies(t, r, c.args[1:])
		if err != nil {
			return err
		}
		if holds {
			rows = append(rows, r)
		}
	}
	c.table = makeTable(columns, rows)
	return nil
}

func get(s *session, c *call) error {
	if c.has("--if-exists") && c.has("--id") {
		return fail("--if-exists and --id may not be specified together")
	}
	t, err := findTable(c.args[0])
	if err != nil {
		return err
	}
	var wanted []columnValue
	for _, arg := range c.args[2:] {
		cv, err := parseColumnValue(t, arg, nil, true)
		if err != nil {
			return err
		}
		wanted = append(wanted, cv)
	}
	r, err := s.record(t, c.args[1], !c.has("--if-exists"))
	if err != nil || r == nil {
		return err
	}
	if c.has("--id") {
		if err := s.bind(c.options["--id"], r); err != nil {
			return err
		}
	}
	for _, cv := range wanted {
		text, err := s.value(c, t, r, cv)
		if err != nil {
			return err
		}
		c.printf("%s\n", text)
	}
	return nil
}

// value is what `get` prints of one column or key.
func (s *session) value(c *call, t *topology.Table, r topology.Record, cv columnValue) (string, error) {
	switch {
	case cv.column == nil:
		return r.Base().UUID.String(), nil
	case !cv.hasKey:
		return formatColumn(cv.column, cv.column.Get(r)), nil
	case !cv.column.IsMap:
		return "", fail("cannot specify key to get for non-map column %s", cv.column.Name)
	}
	key, err := s.atom(cv.column, cv.column.Kind, true, cv.key)
	if err != nil {
		return "", err
	}
	d := cv.column.Get(r)
	i := indexOf(d, key, cv.column)
	switch {
	case i >= 0:
		return formatAtom(d.Values[i], cv.column.Value), nil
	case c.has("--if-exists"):
		return "", nil
	}
	return "", fail("no key \"%s\" in %s record \"%s\" column %s", cv.key, t.Name, c.args[1], cv.column.Name)
}

func indexOf(d topology.Datum, a topology.Atom, c *topology.Column) int {
	return slices.IndexFunc(d.Keys, func(b topology.Atom) bool { return a.Compare(b, c.Kind) == 0 })
}

// bind gives a @name to a row.
func (s *session) bind(name string, r topology.Record) error {
	if !strings.HasPrefix(name, "@") {
		return fail("row id \"%s\" does not begin with \"@\"", name)
	}
	sym := s.symbolNamed(name)
	if sym.created {
		return fail("row id \"%s\" may only be specified on one --id option", name)
	}
	sym.row, sym.created = r, true
	return nil
}

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
	for _, t := range topology.Schema() {
		if slices.ContainsFunc(s.Records(t), func(r topology.Record) bool { return r.Base().UUID == u }) {
			return true
		}
	}
	return false
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

// waitUntil holds if the conditions do. Nothing runs beside us that could make them true later, so waiting ends as ovn-nbctl's does when
// its time is up: with the exit code of SIGALRM.
func waitUntil(s *session, c *call) error {
	t, err := findTable(c.args[0])
	if err != nil {
		return err
	}
	for _, arg := range c.args[2:] {
		if err := checkColumnName(t, arg); err != nil {
			return err
		}
	}
	r, err := s.record(t, c.args[1], false)
	if err != nil {
		return err
	}
	holds := r != nil
	if holds {
		holds, err = s.satisfies(t, r, c.args[2:])
	}
	if err == nil && !holds {
		return &Error{Code: 142, Text: "wait-until: the condition does not hold, and nothing else is running that could change that"}
	}
	return err
}
