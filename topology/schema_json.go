package topology

import (
	"encoding/json"
	"slices"
)

// SchemaJSON is the northbound schema in the form of RFC 7047 section 3.2, which database files begin with.
func SchemaJSON() []byte {
	tables := make(map[string]any)
	for _, t := range schema {
		tables[t.Name] = t.json()
	}
	text, err := json.Marshal(map[string]any{"name": DatabaseName, "version": Version, "tables": tables})
	if err != nil {
		panic(err) // maps of strings and numbers always marshal
	}
	return text
}

func (t *Table) json() map[string]any {
	columns := make(map[string]any)
	for _, c := range t.Columns {
		column := map[string]any{"type": c.json()}
		if c.Ephemeral {
			column["ephemeral"] = true
		}
		columns[c.Name] = column
	}
	out := map[string]any{"columns": columns}
	if t.Root {
		out["isRoot"] = true
	}
	if t.MaxRows > 0 {
		out["maxRows"] = t.MaxRows
	}
	if t.Indexes != nil {
		out["indexes"] = t.Indexes
	}
	return out
}

// json is the column's <type>.
func (c *Column) json() any {
	key := c.baseType(c.Kind)
	if c.Enum != nil {
		key["enum"] = []any{"set", slices.Sorted(slices.Values(c.Enum))}
	}
	if c.Length > 0 {
		key["maxLength"] = c.Length
	}
	out := map[string]any{"key": key}
	if c.IsMap {
		out["value"] = c.limit(c.baseType(c.Value))
	} else {
		c.limit(key)
	}
	if c.Min != 1 {
		out["min"] = c.Min
	}
	if c.Max == Unlimited {
		out["max"] = "unlimited"
	}
	return out
}

// limit adds the range of an integer.
func (c *Column) limit(base map[string]any) map[string]any {
	if c.Ranged && c.Low != -1<<63 {
		base["minInteger"] = c.Low
	}
	if c.Ranged && c.High != 1<<63-1 {
		base["maxInteger"] = c.High
	}
	return base
}

func (c *Column) baseType(k Kind) map[string]any {
	base := map[string]any{"type": [...]string{"string", "integer", "boolean", "uuid"}[k]}
	if k == Reference {
		base["refTable"] = c.Ref.Name
		if c.Weak {
			base["refType"] = "weak"
		}
	}
	return base
}
