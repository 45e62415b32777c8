package expr

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
)

// visits finds for each datapath which tables have rows there. Most stages have few on any one datapath, and a lookup need
// not pass by the rest.
func (b *builder) visits() {
	c := b.c
	for i := range b.shapes {
		c.always = max(c.always, b.shapes[i].always())
	}
	for i := range c.tables {
		t := &c.tables[i]
		everywhere, domains, single := b.places(&b.shapes[i])
		for _, n := range slices.Sorted(maps.Keys(domains)) {
			c.domains[n-1].each(func(dp uint32) { single[dp] = max(single[dp], domains[n]) })
		}
		for dp := range single {
			b.know(dp)
		}
		for dp := range c.visits {
			if best := max(everywhere, single[uint32(dp)]); best > c.always {
				c.visits[dp] = append(c.visits[dp], visit{best, t.common, t})
			}
		}
		if everywhere > c.always {
			c.others = append(c.others, visit{everywhere, t.common, t})
		}
	}
	byBest := func(a, b visit) int { return cmp.Compare(b.best, a.best) }
	for _, v := range c.visits {
		slices.SortFunc(v, byBest)
	}
	slices.SortFunc(c.others, byBest)
}

// always is the best rank of a row that tests nothing, 0 for none.
func (s *shape) always() (best uint64) {
	if len(s.words) > 0 || s.index >= 0 {
		return 0
	}
	for i := range s.entries {
		if e := &s.entries[i]; e.refs == 0 {
			best = max(best, e.rank)
		}
	}
	return best
}

// know makes a place for a datapath; what is everywhere is there too.
func (b *builder) know(dp uint32) {
	for int(dp) >= len(b.c.visits) {
		b.c.visits = append(b.c.visits, slices.Clone(b.c.others))
	}
}

// places are the best ranks of a shape's rows on every datapath, on those of a domain, and on single ones.
func (b *builder) places(s *shape) (everywhere uint64, domains, single map[uint32]uint64) {
	domains, single = make(map[uint32]uint64), make(map[uint32]uint64)
	at := slices.IndexFunc(s.words, func(w maskedWord) bool { return w.word == uint8(Datapath.Bit>>6) })
	for i := range s.entries {
		e := &s.entries[i]
		domain := uint32(e.refs >> 32)
		switch {
		case at >= 0:
			dp := uint32(s.values[e.at+at] >> 32)
			single[dp] = max(single[dp], e.rank)
		case domain != 0:
			domains[domain] = max(domains[domain], e.rank)
		default:
			everywhere = max(everywhere, e.rank)
		}
	}
	return everywhere, domains, single
}

// each calls f for the datapaths of the set.
func (d *Domain) each(f func(uint32)) {
	if d.one {
		f(d.only)
	}
	for i, w := range d.many {
		for ; w != 0; w &= w - 1 {
			f(uint32(i*64 + bits.TrailingZeros64(w)))
		}
	}
}
