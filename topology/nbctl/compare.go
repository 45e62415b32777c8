package nbctl

import (
	"strings"

	"ovnsim/topology"
)

// satisfies tells whether a row meets all of some COLUMN[:KEY]OPERATOR VALUE conditions.
func (s *session) satisfies(t *topology.Table, r topology.Record, conditions []string) (bool, error) {
	for _, arg := range conditions {
		cv, err := parseColumnValue(t, arg, comparisons, false)
		if err != nil {
			return false, err
		}
		holds, err := s.holds(r, cv)
		if err != nil || !holds {
			return false, err
		}
	}
	return true, nil
}

func (s *session) holds(r topology.Record, cv columnValue) (bool, error) {
	c, have := cv.column, cv.column.Get(r)
	if cv.hasKey {
		if !c.IsMap {
			return false, fail("cannot specify key to check for non-map column %s", c.Name)
		}
		key, err := s.atom(c, c.Kind, true, cv.key)
		if err != nil {
			return false, err
		}
		i := indexOf(have, key, c)
		if i < 0 && !strings.HasPrefix(cv.operator, "{") {
			return false, nil
		}
		values := *anyNumber(c)
		values.IsMap, values.Kind, values.Enum, values.Length = false, c.Value, nil, 0
		c, have = &values, topology.Datum{Keys: valueAt(have, i)}
	}
	var want topology.Datum
	var err error
	if cv.hasKey && !strings.HasPrefix(cv.operator, "{") {
		var a topology.Atom
		a, err = s.atom(c, c.Kind, true, cv.value)
		want.Keys = []topology.Atom{a}
	} else {
		free := c
		if strings.HasPrefix(cv.operator, "{") {
			free = anyNumber(c)
		}
		want, err = s.parseDatum(free, cv.value)
	}
	if err != nil {
		return false, err
	}
	return compare(cv.operator, c, have, sorted(want, c)), nil
}

func valueAt(d topology.Datum, i int) []topology.Atom {
	if i < 0 {
		return nil
	}
	return d.Values[i : i+1]
}

// sorted puts a datum in OVSDB's order.
func sorted(d topology.Datum, c *topology.Column) topology.Datum {
	for i := range d.Keys {
		for j := i; j > 0 && d.Keys[j].Compare(d.Keys[j-1], c.Kind) < 0; j-- {
			d.Keys[j], d.Keys[j-1] = d.Keys[j-1], d.Keys[j]
			if c.IsMap {
				d.Values[j], d.Values[j-1] = d.Values[j-1], d.Values[j]
			}
		}
	}
	return d
}

// compare applies one of comparisons to two data in order.
func compare(operator string, c *topology.Column, have, want topology.Datum) bool {
	switch order := threeWay(c, have, want); operator {
	case "=", "{=}":
		return order == 0
	case "!=", "{!=}":
		return order != 0
	case "<":
		return order < 0
	case ">":
		return order > 0
	case "<=":
		return order <= 0
	case ">=":
		return order >= 0
	}
	more, less := len(have.Keys) > len(want.Keys), len(have.Keys) < len(want.Keys)
	switch operator {
	case "{<}":
		return less && includes(c, want, have)
	case "{>}":
		return more && includes(c, have, want)
	case "{>=}":
		return includes(c, have, want)
	case "{not-in}":
		return !overlaps(c, have, want)
	}
	return includes(c, want, have) // {<=} and {in}
}

// threeWay orders data: by the number of elements, then the elements, then (in maps) the values.
func threeWay(c *topology.Column, a, b topology.Datum) int {
	if d := len(a.Keys) - len(b.Keys); d != 0 {
		return d
	}
	for i := range a.Keys {
		if d := a.Keys[i].Compare(b.Keys[i], c.Kind); d != 0 {
			return d
		}
	}
	if !c.IsMap {
		return 0
	}
	for i := range a.Values {
		if d := a.Values[i].Compare(b.Values[i], c.Value); d != 0 {
			return d
		}
	}
	return 0
}

// includes tells whether every element (or pair) of part is in whole.
func includes(c *topology.Column, whole, part topology.Datum) bool {
	for i := range part.Keys {
		if !contains(c, whole, part, i) {
			return false
		}
	}
	return true
}

func overlaps(c *topology.Column, a, b topology.Datum) bool {
	for i := range b.Keys {
		if contains(c, a, b, i) {
			return true
		}
	}
	return false
}

func contains(c *topology.Column, whole, part topology.Datum, i int) bool {
	j := indexOf(whole, part.Keys[i], c)
	return j >= 0 && (!c.IsMap || whole.Values[j].Compare(part.Values[i], c.Value) == 0)
}
