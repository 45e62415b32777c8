package nbctl

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"ovnsim/topology"
)

// text is the cell in one of the formats of --data.
func (c cell) text(data string) string {
	switch {
	case data == "json":
		return compact(c.json())
	case c.column == nil:
		return c.row.Base().UUID.String()
	case data == "bare":
		return formatDatum(c.column, c.datum, bareAtom, [2]string{}, [2]string{}, " ")
	}
	return formatColumn(c.column, c.datum)
}

// formatColumn writes a column's value as `get` and `list` do.
func formatColumn(c *topology.Column, d topology.Datum) string {
	return formatDatum(c, d, formatAtom, [2]string{"[", "]"}, [2]string{"{", "}"}, ", ")
}

// formatDatum writes the elements with the given brackets around sets and maps. An optional element has none, unless it is missing.
func formatDatum(c *topology.Column, d topology.Datum, atom func(topology.Atom, topology.Kind) string, set, pairs [2]string, comma string) string {
	parts := make([]string, len(d.Keys))
	for i, k := range d.Keys {
		parts[i] = atom(k, c.Kind)
		if c.IsMap {
			parts[i] += "=" + atom(d.Values[i], c.Value)
		}
	}
	text := strings.Join(parts, comma)
	switch {
	case c.IsMap:
		return pairs[0] + text + pairs[1]
	case c.IsSet() || len(d.Keys) == 0:
		return set[0] + text + set[1]
	}
	return text
}

// formatAtom quotes strings that could be taken for something else.
func formatAtom(a topology.Atom, k topology.Kind) string {
	if k == topology.String {
		return topology.QuoteString(a.String)
	}
	return a.Text(k)
}

func bareAtom(a topology.Atom, k topology.Kind) string { return a.Text(k) }

// json is the cell in the notation of RFC 7047 section 5.1.
func (c cell) json() any {
	if c.column == nil {
		return []any{"uuid", c.row.Base().UUID.String()}
	}
	d := c.datum
	if c.column.IsMap {
		pairs := make([]any, len(d.Keys))
		for i, k := range d.Keys {
			pairs[i] = []any{jsonAtom(k, c.column.Kind), jsonAtom(d.Values[i], c.column.Value)}
		}
		return []any{"map", pairs}
	}
	if len(d.Keys) == 1 {
		return jsonAtom(d.Keys[0], c.column.Kind)
	}
	set := make([]any, len(d.Keys))
	for i, k := range d.Keys {
		set[i] = jsonAtom(k, c.column.Kind)
	}
	return []any{"set", set}
}

func jsonAtom(a topology.Atom, k topology.Kind) any {
	switch k {
	case topology.Integer:
		return a.Integer
	case topology.Boolean:
		return a.Boolean
	case topology.Reference:
		return []any{"uuid", a.Row.Base().UUID.String()}
	}
	return a.String
}

func keysOf[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
