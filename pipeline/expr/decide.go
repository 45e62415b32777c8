package expr

import "math/bits"

// fieldBits are the bits of a field that sets are asked about.
type fieldBits struct {
	bit   uint16
	width uint8
}

// census counts, for the sets asked about one field, members and different members. Their quotient is how many sets a value
// is in: what a lookup pays for hashing these sets.
type census struct {
	seen    map[*Set]bool
	members int
	values  map[member]struct{}
	ports   []uint64 // of port groups, by number
	each    float64  // the quotient
}

func (c *census) add(s *Set) {
	if c.seen[s] {
		return
	}
	c.seen[s] = true
	c.members += s.size
	for i, word := range s.bits {
		if i == len(c.ports) {
			c.ports = append(c.ports, 0)
		}
		c.ports[i] |= word
	}
	if len(s.list) > 0 && c.values == nil {
		c.values = make(map[member]struct{}, len(s.list))
	}
	for _, m := range s.list {
		c.values[m] = struct{}{}
	}
}

// different is how many different members there are.
func (c *census) different() int {
	n := len(c.values)
	for _, word := range c.ports {
		n += bits.OnesCount64(word)
	}
	return n
}

// decide places the entries that name several sets: what is hashed is the set of the field whose values are in the fewest
// sets, and among equals the smallest set.
func (b *builder) decide() {
	fields := make(map[fieldBits]*census)
	for i := range b.undecided {
		for j := range b.undecided[i].rest {
			if c := &b.undecided[i].rest[j]; c.kind == condIn && c.op == EQ {
				f := fieldBits{c.bit, c.width}
				if fields[f] == nil {
					fields[f] = &census{seen: make(map[*Set]bool)}
				}
				fields[f].add(c.set)
			}
		}
	}
	for _, f := range fields {
		f.each = float64(f.members) / float64(f.different())
	}
	for i := range b.undecided {
		u := &b.undecided[i]
		b.place(u.rank, u.refs, &u.q, u.rest, cheapest(u.rest, fields))
	}
	b.undecided = nil
}

func cheapest(rest []cond, fields map[fieldBits]*census) int {
	best, cost := -1, 0.0
	for i := range rest {
		c := &rest[i]
		if c.kind != condIn || c.op != EQ {
			continue
		}
		// A set's size only breaks ties: it is far below what one set more on each value costs.
		own := fields[fieldBits{c.bit, c.width}].each + float64(c.set.size)*1e-9
		if best < 0 || own < cost {
			best, cost = i, own
		}
	}
	return best
}
