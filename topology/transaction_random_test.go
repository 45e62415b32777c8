package topology

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// changer is what a transaction offers.
type changer interface {
	Edit(Record)
	Insert(Record, string)
	Delete(Record)
	Commit() error
	Rollback()
}

// dice makes changes by chance: the same ones to topologies that are alike, from the same seed.
type dice struct {
	*rand.Rand
	top *Topology
	tx  changer
}

func (d *dice) row(t *Table) Record {
	rows := d.top.Records(t)
	if len(rows) == 0 {
		return nil
	}
	return rows[d.IntN(len(rows))]
}

// atom is an element of a column, most likely one that the column may have.
func (d *dice) atom(c *Column, k Kind) (a Atom) {
	switch k {
	case Integer:
		a.Integer = int64(d.IntN(5))
		if c.Ranged && d.IntN(20) > 0 {
			a.Integer = min(c.High, c.Low+a.Integer)
		}
	case Boolean:
		a.Boolean = d.IntN(2) == 0
	case Reference:
		if a.Row = d.row(c.Ref); a.Row == nil || d.IntN(40) == 0 {
			a.Row = c.Ref.New() // which is in no table
			a.Row.Base().UUID = nameUUID("ghost", fmt.Sprint(d.Uint32()))
		}
	default:
		a.String = fmt.Sprint("n", d.IntN(9))
		if c.Enum != nil && d.IntN(40) > 0 {
			a.String = c.Enum[d.IntN(len(c.Enum))]
		}
	}
	return a
}

// fill gives a column some elements.
func (d *dice) fill(r Record, c *Column) {
	var x Datum
	n := c.Min
	if c.Max == Unlimited || c.Min == 0 {
		n += d.IntN(3)
	}
	for range min(n, max(c.Max, -c.Max*5)) {
		x.Keys = append(x.Keys, d.atom(c, c.Kind))
		if c.IsMap {
			x.Values = append(x.Values, d.atom(c, c.Value))
		}
	}
	c.Set(r, x)
}

// change makes one change.
func (d *dice) change(n int) {
	t := schema[d.IntN(len(schema))]
	r := d.row(t)
	switch what := d.IntN(10); {
	case r == nil || what < 5:
		d.insert(t, n)
	case what < 6:
		d.tx.Delete(r)
	default:
		d.tx.Edit(r)
		d.fill(r, t.Columns[d.IntN(len(t.Columns))])
	}
}

// insert makes a row, and most likely one that refers to it if it needs one.
func (d *dice) insert(t *Table, n int) Record {
	r := t.New()
	for _, c := range t.Columns {
		if c.Min > 0 || d.IntN(4) == 0 {
			d.fill(r, c)
		}
	}
	d.tx.Insert(r, fmt.Sprint(n))
	owners := t.owners()
	if len(owners) == 0 || d.IntN(10) == 0 {
		return r
	}
	c := owners[d.IntN(len(owners))]
	owner := d.row(c.table)
	if owner == nil || d.IntN(4) == 0 {
		owner = d.insert(c.table, n)
	}
	d.tx.Edit(owner)
	x := c.Get(owner)
	if !c.IsSet() {
		x.Keys = nil
	}
	x.Keys = append(x.Keys, Atom{Row: r})
	c.Set(owner, x)
	return r
}

// lines is every row in the topology's order.
func lines(top *Topology) string {
	var b strings.Builder
	for _, t := range schema {
		for r := range top.All(t) {
			b.WriteString(r.Base().UUID.String() + " ")
			b.WriteString(describe(r, 0, func(to Record, _ int) string { return to.Base().UUID.String() }) + "\n")
		}
	}
	return b.String()
}

// requireSound looks for references to what is no row of the topology, and for rows that nothing refers to.
func requireSound(t *testing.T, top *Topology) {
	for _, table := range schema {
		for _, c := range table.Columns {
			if c.Ref == nil {
				continue
			}
			for r := range top.All(table) {
				c.eachRow(r, func(to Record) {
					require.GreaterOrEqual(t, top.position(c.Ref, to), 0, "%s.%s", table.Name, c.Name)
				})
			}
		}
	}
	require.Empty(t, top.Unreferenced())
}

// TestCommittingLooksAtEnough makes changes by chance to three copies of a topology: one held to the schema whole, one by what changed
// alone, and one that has its rows in common with all its former versions. The same must come of them.
func TestCommittingLooksAtEnough(t *testing.T) {
	refused := map[string]int{}
	for seed := range uint64(40) {
		a, b, c := &Topology{}, &Topology{}, &Topology{}
		var versions []*Topology
		var texts []string
		for n := range 60 {
			versions, texts = append(versions, c), append(texts, lines(c))
			c = c.Fork()
			all := []*dice{{top: a, tx: beginWhole(a)}, {top: b, tx: b.Begin()}, {top: c, tx: c.Begin()}}
			var errs []string
			for _, d := range all {
				d.Rand = rand.New(rand.NewPCG(seed, uint64(n)))
				for range 1 + d.IntN(6) {
					d.change(n)
				}
				if d.IntN(8) == 0 {
					d.tx.Rollback()
				}
				errs = append(errs, fmt.Sprint(d.tx.Commit()))
			}
			require.Equal(t, errs[0], errs[1], "seed %d, %d", seed, n)
			require.Equal(t, errs[0], errs[2], "seed %d, %d", seed, n)
			want := lines(a)
			require.Equal(t, want, lines(b), "seed %d, %d", seed, n)
			require.Equal(t, want, lines(c), "seed %d, %d", seed, n)
			requireSound(t, b)
			requireSound(t, c)
			refused[strings.Join(strings.Fields(errs[0])[:1], "")]++
		}
		for i, v := range versions {
			require.Equal(t, texts[i], lines(v), "seed %d: what version %d was", seed, i)
		}
	}
	t.Log(refused)
}

// TestReferencesMakeNoCircle is what sweeping and Fork rely on.
func TestReferencesMakeNoCircle(t *testing.T) {
	for i, table := range ownersFirst {
		for _, c := range table.referrers {
			require.Less(t, slices.Index(ownersFirst, c.table), i, "%s.%s", c.table.Name, c.Name)
		}
	}
	require.Len(t, ownersFirst, len(schema))
}
