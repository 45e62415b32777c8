package ovsdb

import "strings"

// apply executes one transaction record: members are tables, but for those that begin with an underscore.
func (db *Database) apply(c *scanner) {
	diff := db.isDiff(c)
	c.object(func(name string) {
		if strings.HasPrefix(name, "_") {
			c.skip()
			return
		}
		t := db.Tables[name]
		if t == nil {
			c.fail("unknown table %q", name)
			return
		}
		t.apply(c, diff)
	})
}

// isDiff looks ahead for "_is_diff": true, which says how the whole record is meant and may stand last.
func (db *Database) isDiff(c *scanner) bool {
	switch rest := c.s[c.pos:]; { // no string can hold these quotes unescaped, and no other name begins with an underscore
	case strings.Contains(rest, `"_is_diff":true`):
		return true
	case !strings.Contains(rest, `"_is_diff"`):
		return false
	}
	found, probe := false, scanner{s: c.s, pos: c.pos}
	probe.object(func(name string) {
		if value := probe.skip(); name == "_is_diff" {
			found = value == "true"
		}
	})
	return found
}

func (t *Table) apply(c *scanner, diff bool) {
	guess := 0                // rows name their columns in the same order, mostly
	fresh := len(t.Rows) == 0 // nothing to look up: the index can be made in one go
	c.object(func(name string) {
		u, err := ParseUUID(name)
		if err != nil {
			c.fail("table %s: %v", t.Name, err)
			return
		}
		if c.peek() == 'n' {
			c.word("null")
			t.drop(u)
			return
		}
		row := t.insert(u, fresh)
		order := &t.order
		guess = 0
		c.object(func(column string) {
			i := order.find(t, column, guess)
			if i < 0 {
				c.fail("table %s: unknown column %q", t.Name, column)
				return
			}
			guess++
			typ := &t.Columns[i].Type
			value := c.value(typ)
			if diff && row.cells[i] != "" && c.err == nil {
				value = merge(row.cells[i], value, typ)
			}
			row.cells[i] = value
		})
	})
	if fresh && !t.index() {
		c.fail("table %s: a row stands twice in one transaction", t.Name)
	}
}

// order remembers which column stood at which place in the rows before: a comparison instead of a hash.
type order struct {
	names   []string
	columns []int
}

func (o *order) find(t *Table, name string, place int) int {
	if place < len(o.names) && o.names[place] == name {
		return o.columns[place]
	}
	i, ok := t.column[name]
	if !ok {
		return -1
	}
	if place < len(o.names) {
		o.names[place], o.columns[place] = name, i
	} else if place == len(o.names) {
		o.names, o.columns = append(o.names, name), append(o.columns, i)
	}
	return i
}

// merge applies a difference to a value (ovsdb-server(7), update2): a scalar, optional or not, is replaced; a set keeps what is
// in exactly one of the two; a pair of a map is removed when it is given as it is, replaced when its value differs, added when
// it is new.
func merge(old, diff string, t *Type) string {
	switch {
	case t.Max == 1:
		return diff
	case t.Value != Void:
		return mergeMap(old, diff, t)
	}
	change := map[string]bool{}
	var added []string
	each(diff, t, func(raw string) { added = append(added, raw); change[raw] = true })
	var kept []string
	each(old, t, func(raw string) {
		if change[raw] {
			delete(change, raw)
			return
		}
		kept = append(kept, raw)
	})
	for _, raw := range added {
		if change[raw] {
			kept = append(kept, raw)
		}
	}
	return setText(kept, t.Key)
}

func mergeMap(old, diff string, t *Type) string {
	change := map[string]string{}
	var added []string
	eachPair(diff, t, func(k, v string) { added = append(added, k); change[k] = v })
	var pairs []string
	eachPair(old, t, func(k, v string) {
		now, changed := change[k]
		delete(change, k)
		switch {
		case !changed:
			pairs = append(pairs, k, v)
		case now != v:
			pairs = append(pairs, k, now)
		}
	})
	for _, k := range added {
		if v, ok := change[k]; ok {
			pairs = append(pairs, k, v)
		}
	}
	return mapText(pairs, t)
}
