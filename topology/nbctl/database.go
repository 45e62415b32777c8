package nbctl

import (
	"slices"
	"strings"

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
		return err
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
