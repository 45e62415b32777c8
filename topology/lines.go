package topology

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
)

// maxDescribed is how deep Describe follows references.
const maxDescribed = 3

// Describe is a row on one line: its table and the columns that are set, in the order of the schema, references as the rows that they
// lead to. UUIDs play no part, so that rows that were made differently can be compared.
func Describe(r Record) string { return describe(r, 0, describeDeep) }

func describeDeep(r Record, depth int) string { return describe(r, depth, describeDeep) }

// describe writes references with ref, which is told how deep they are.
func describe(r Record, depth int, ref func(Record, int) string) string {
	var b strings.Builder
	b.WriteString(TableOf(r).Name + "{")
	first := true
	for _, c := range TableOf(r).Columns {
		text, ok := c.describe(r, depth, ref)
		if !ok {
			continue
		}
		if !first {
			b.WriteByte(' ')
		}
		first = false
		b.WriteString(c.Name + "=" + text)
	}
	return b.String() + "}"
}

// describe is the column's value, and whether it is worth a word: it is none that a new row has.
func (c *Column) describe(r Record, depth int, ref func(Record, int) string) (string, bool) {
	d := c.Get(r)
	if len(d.Keys) == 0 || c.Ephemeral || !c.IsMap && c.Min == 1 && c.Max == 1 && d.Keys[0] == (Atom{}) {
		return "", false
	}
	parts := make([]string, len(d.Keys))
	for i, k := range d.Keys {
		switch {
		case c.Ref != nil && depth < maxDescribed:
			parts[i] = ref(k.Row, depth+1)
		case c.Ref != nil:
			parts[i] = c.Ref.Name
		case c.Kind == String:
			parts[i] = strconv.Quote(k.String)
		default:
			parts[i] = k.Text(c.Kind)
		}
		if c.IsMap {
			parts[i] += ":" + strconv.Quote(d.Values[i].Text(c.Value))
		}
	}
	slices.Sort(parts)
	if c.Max == 1 {
		return parts[0], true
	}
	return "[" + strings.Join(parts, " ") + "]", true
}

// Lines is every row as Describe writes it, sorted: two topologies that say the same have the same lines.
func (top *Topology) Lines() []string {
	var out []string
	for _, t := range schema {
		for _, r := range top.Records(t) {
			out = append(out, Describe(r))
		}
	}
	slices.Sort(out)
	return out
}

// sameAs tells whether two topologies have the same Lines, without writing them: a balancer that hundreds of switches refer to is looked
// at once.
func (top *Topology) sameAs(other *Topology) bool {
	return slices.Equal(top.digests(), other.digests())
}

func (top *Topology) digests() []string {
	type at struct {
		row   Record
		depth int
	}
	known := make(map[at]string)
	var digest func(r Record, depth int) string
	digest = func(r Record, depth int) string {
		d, ok := known[at{r, depth}]
		if !ok {
			sum := sha256.Sum256([]byte(describe(r, depth, digest)))
			d = string(sum[:])
			known[at{r, depth}] = d
		}
		return d
	}
	var out []string
	for _, t := range schema {
		for _, r := range top.Records(t) {
			out = append(out, digest(r, 0))
		}
	}
	slices.Sort(out)
	return out
}
