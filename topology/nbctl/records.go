package nbctl

import (
	"slices"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

// recordNames is the columns by which the database commands find a row beside its UUID; KEY after a colon is one of a map. Tables that
// are not here go by UUID alone.
var recordNames = map[string][]string{
	"ACL": {"name"}, "Address_Set": {"name"}, "Chassis_Template_Var": {"chassis"}, "Connection": {"target"}, "Forwarding_Group": {"name"},
	"HA_Chassis": {"chassis_name"}, "HA_Chassis_Group": {"name"}, "Load_Balancer": {"name"}, "Load_Balancer_Group": {"name"},
	"Load_Balancer_Health_Check": {"vip"}, "Logical_Router": {"name", "external_ids:neutron:router_name"}, "Logical_Router_Port": {"name"},
	"Logical_Switch": {"name", "external_ids:neutron:network_name"}, "Logical_Switch_Port": {"name", "external_ids:neutron:port_name"},
	"Meter": {"name"}, "NAT": {"external_ip"}, "Port_Group": {"name"}, "NB_Global": {"."}, "SSL": {"."},
}

// table finds a table by its name, or the beginning of one; case does not count, nor which of '-' and '_'.
func findTable(name string) (*topology.Table, error) {
	var found []string
	for _, t := range topology.Schema() {
		if fold(t.Name) == fold(name) {
			return t, nil
		}
		if strings.HasPrefix(fold(t.Name), fold(name)) {
			found = append(found, t.Name)
		}
	}
	switch len(found) {
	case 0:
		return nil, fail("unknown table \"%s\"", name)
	case 1:
		return topology.TableNamed(found[0]), nil
	}
	slices.Sort(found)
	return nil, fail("\"%s\" matches multiple table names: %s", name, strings.Join(found, ", "))
}

func fold(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }

// findColumn finds a column as findTable finds a table. The column _uuid, which is none to set, is nil; only `get` and `list` have it.
func findColumn(t *topology.Table, name string, uuid bool) (*topology.Column, error) {
	if uuid && name == "_uuid" {
		return nil, nil
	}
	var found []string
	for _, c := range t.Columns {
		if fold(c.Name) == fold(name) {
			return c, nil
		}
		if strings.HasPrefix(fold(c.Name), fold(name)) {
			found = append(found, c.Name)
		}
	}
	switch len(found) {
	case 0:
		return nil, fail("%s does not contain a column whose name matches \"%s\"", t.Name, name)
	case 1:
		return t.Column(found[0]), nil
	}
	slices.Sort(found)
	return nil, fail("%s contains more than one column whose name matches \"%s\": %s", t.Name, name, strings.Join(found, ", "))
}

// record finds a row by UUID, by one of its names, by the first digits of its UUID, or by a @name given to it before.
func (s *session) record(t *topology.Table, id string, must bool) (topology.Record, error) {
	if r := s.namedRecord(t, id); r != nil {
		return r, nil
	}
	if u, err := ovsdb.ParseUUID(id); err == nil {
		if r := s.RowOf(t, u); r != nil {
			return r, nil
		}
	}
	if t.Name == "DHCP_Options" {
		if r, err := s.optionsOfPort(id); r != nil || err != nil {
			return r, err
		}
	}
	for _, column := range recordNames[t.Name] {
		found := s.matching(t, column, id)
		if len(found) > 1 {
			return nil, fail("multiple rows in %s match \"%s\"", t.Name, id)
		}
		if len(found) == 1 {
			return found[0], nil
		}
	}
	if found := s.abbreviated(t, id); len(found) == 1 {
		return found[0], nil
	}
	if must {
		return nil, fail("no row \"%s\" in table %s", id, t.Name)
	}
	return nil, nil
}

// optionsOfPort is the DHCP options that a port has, of either kind.
func (s *session) optionsOfPort(id string) (topology.Record, error) {
	t := topology.TableNamed("Logical_Switch_Port")
	for _, of := range []func(*topology.LogicalSwitchPort) **topology.DHCPOptions{dhcpv4, dhcpv6} {
		for _, column := range recordNames[t.Name] {
			found := s.matching(t, column, id)
			if len(found) > 1 {
				return nil, fail("multiple rows in %s match \"%s\"", t.Name, id)
			}
			if len(found) == 1 {
				if o := *of(found[0].(*topology.LogicalSwitchPort)); o != nil {
					return o, nil
				}
			}
		}
	}
	return nil, nil
}

func (s *session) namedRecord(t *topology.Table, id string) topology.Record {
	if sym := s.symbols[id]; sym != nil && sym.row != nil && topology.TableOf(sym.row) == t {
		return sym.row
	}
	return nil
}

// matching is the rows of a table that have an id as one of their names.
func (s *session) matching(t *topology.Table, column, id string) (found []topology.Record) {
	if column == "." {
		if id == "." {
			return s.Records(t)
		}
		return nil
	}
	name, key, isMap := strings.Cut(column, ":")
	c := t.Column(name)
	for r := range s.All(t) {
		if isMap {
			if value, ok := c.Lookup(r, key); ok && value == id {
				found = append(found, r)
			}
		} else if c.Text(r) == id && len(c.Get(r).Keys) > 0 {
			found = append(found, r)
		}
	}
	return found
}

// abbreviated is the rows whose UUID begins so; four digits are the least.
func (s *session) abbreviated(t *topology.Table, id string) (found []topology.Record) {
	digits := strings.ToLower(id)
	if len(id) < 4 || strings.Trim(digits, "0123456789abcdef-") != "" {
		return nil
	}
	for r := range s.All(t) {
		if strings.HasPrefix(r.Base().UUID.String(), digits) {
			found = append(found, r)
		}
	}
	return found
}

// columnValue is COLUMN[:KEY][OPERATOR VALUE] of an argument.
type columnValue struct {
	column   *topology.Column
	key      string
	hasKey   bool
	operator string
	value    string
}

// The operators of `set`, and those of `find` and `wait-until`.
var (
	assignment  = []string{"="}
	comparisons = []string{"=", "!=", "<", ">", "<=", ">=", "{=}", "{!=}", "{<}", "{>}", "{<=}", "{>=}", "{in}", "{not-in}"}
)

// parseColumnValue reads such an argument. With operators nil, nothing may follow the key.
func parseColumnValue(t *topology.Table, arg string, operators []string, uuid bool) (columnValue, error) {
	var cv columnValue
	name, rest, err := token(arg)
	if err != nil {
		return cv, err
	}
	if name == "" || len(name) == 1 && isDelimiter(name[0]) {
		return cv, fail("%s: missing column name", arg)
	}
	if cv.column, err = findColumn(t, name, uuid); err != nil {
		return cv, err
	}
	if strings.HasPrefix(rest, ":") {
		if cv.key, rest, err = token(rest[1:]); err != nil {
			return cv, err
		}
		if cv.hasKey = true; len(cv.key) == 1 && isDelimiter(cv.key[0]) {
			cv.key, rest = "", cv.key+rest
		}
	}
	if operators == nil {
		if rest != "" {
			return cv, fail("%s: trailing garbage \"%s\" in argument", arg, rest)
		}
		return cv, nil
	}
	for _, o := range operators {
		if strings.HasPrefix(rest, o) && len(o) > len(cv.operator) {
			cv.operator = o
		}
	}
	cv.value = strings.TrimPrefix(rest, cv.operator)
	if cv.operator == "" || cv.value == "" {
		return cv, fail("%s: argument does not end in %s followed by a value.", arg, operatorList(operators))
	}
	return cv, nil
}

func operatorList(operators []string) string {
	var b strings.Builder
	for i, o := range operators {
		switch {
		case i > 0 && i == len(operators)-1:
			b.WriteString(", or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(`"` + o + `"`)
	}
	return b.String()
}
