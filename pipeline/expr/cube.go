package expr

// cube is the packets that have certain values in certain bits: value has no bits outside mask.
type cube struct{ mask, value Key }

// meet narrows the cube by a test of bits; false if no packet is left.
func (q *cube) meet(c *cond) bool {
	return q.meetWord(int(c.word), c.mask.Lo, c.value.Lo) && (c.mask.Hi == 0 || q.meetWord(int(c.word)-1, c.mask.Hi, c.value.Hi))
}

func (q *cube) meetWord(w int, mask, value uint64) bool {
	if (q.value[w]^value)&q.mask[w]&mask != 0 {
		return false
	}
	q.mask[w] |= mask
	q.value[w] |= value
	return true
}

// implies reports whether the cube's packets all pass a test of bits, excludes whether none does.
func (q *cube) implies(c *cond) bool {
	return q.mask[c.word]&c.mask.Lo == c.mask.Lo && q.value[c.word]&c.mask.Lo == c.value.Lo &&
		(c.mask.Hi == 0 || q.mask[c.word-1]&c.mask.Hi == c.mask.Hi && q.value[c.word-1]&c.mask.Hi == c.value.Hi)
}

func (q *cube) excludes(c *cond) bool {
	return (q.value[c.word]^c.value.Lo)&q.mask[c.word]&c.mask.Lo != 0 ||
		c.mask.Hi != 0 && (q.value[c.word-1]^c.value.Hi)&q.mask[c.word-1]&c.mask.Hi != 0
}

// within reports whether the packets of q are all among those of r.
func (q *cube) within(r *cube) bool {
	for w := range q.mask {
		if q.mask[w]&r.mask[w] != r.mask[w] || q.value[w]&r.mask[w] != r.value[w] {
			return false
		}
	}
	return true
}

// cubes is the match as a union of cubes of which none is within another. exact is false if there are more than limit.
func (m *Match) cubes(limit int) (out []cube, exact bool) {
	out, exact = product([]cube{{}}, &m.root, limit)
	return absorb(out), exact
}

// product narrows each of the cubes to the packets that match c.
func product(in []cube, c *cond, limit int) (out []cube, exact bool) {
	switch c.kind {
	case condAll:
		return conjunction(in, c.args, limit)
	case condAny:
		for i := range c.args {
			more, exact := product(in, &c.args[i], limit)
			if out = append(out, more...); !exact || len(out) > limit {
				return nil, false
			}
		}
		return absorb(out), true
	}
	if c.kind == condIn && c.op == NE {
		return conjunction(in, c.differences(), limit)
	}
	for _, b := range c.bitTests() {
		for _, q := range in {
			if q.meet(&b) {
				out = append(out, q)
			}
		}
		if len(out) > limit {
			return nil, false
		}
	}
	return absorb(out), true
}

// conjunction narrows cubes by all of args: by values first, so that the choices among the rest stay few.
func conjunction(in []cube, args []cond, limit int) (out []cube, exact bool) {
	for _, values := range []bool{true, false} {
		for i := range args {
			if a := &args[i]; (a.kind == condBits && a.op == EQ) == values {
				if in, exact = product(in, a, limit); !exact {
					return nil, false
				}
			}
		}
	}
	return in, true
}

// absorb drops cubes that are within others about the same fields: ovn-trace too knows {1.2.3.4, 1.2.3.0/24} for one thing, but
// not a packet that one alternative says less of than another.
func absorb(in []cube) []cube {
	if len(in) < 2 {
		return in
	}
	about := make([]fieldSet, len(in))
	for i := range in {
		about[i] = in[i].fields()
	}
	out := in[:0:0]
next:
	for i := range in {
		for j := range in {
			if i != j && about[i] == about[j] && in[i].within(&in[j]) && (j < i || !in[j].within(&in[i])) {
				continue next
			}
		}
		out = append(out, in[i])
	}
	return out
}

// fieldSet is a set of fields, a bit for each.
type fieldSet [4]uint64

// remoteOutport shares its bits with reg1, and counts as such.
var remoteOutport = Lookup("remote_outport").ID

// fields is the fields that the cube says anything about.
func (q *cube) fields() (set fieldSet) {
	for i := 1; i < len(table.rows); i++ {
		s := &table.rows[i]
		if s.Field == s.ID && s.ID != remoteOutport && !s.ref().Get(&q.mask).IsZero() {
			set[i>>6] |= 1 << (i & 63)
		}
	}
	return set
}

// bitTests is a leaf as a disjunction of tests of bits for equality, as OpenFlow has to say it.
func (c *cond) bitTests() (out []cond) {
	switch {
	case c.kind == condBits && c.op == EQ:
		return []cond{*c}
	case c.kind == condBits:
		for rest := c.mask; !rest.IsZero(); {
			bit := V(1).Shl(rest.TrailingZeros())
			rest = rest.Xor(bit)
			out = append(out, cond{kind: condBits, word: c.word, mask: bit, value: c.value.Not().And(bit)})
		}
		return out
	case c.kind == condRelation:
		return c.rangeTests()
	}
	return c.members(EQ)
}

// differences is the negation of membership: to differ from each member.
func (c *cond) differences() []cond { return c.members(NE) }

func (c *cond) members(op Op) (out []cond) {
	for m := range c.set.members {
		mask := Ones(int(c.width))
		if m.masked {
			mask = mask.And(m.mask)
		}
		out = append(out, bitsCond(c.bit, m.value, mask, op))
	}
	return out
}

// rangeTests is a relation as prefixes: above v are the values that have 1 at their first difference from v, below it those
// that have 0.
func (c *cond) rangeTests() (out []cond) {
	v, all := c.value, Ones(int(c.width))
	above := c.op == GT || c.op == GE
	switch {
	case c.op == GE && v.IsZero(), c.op == LE && v == all:
		return []cond{condTrue}
	case c.op == GE || c.op == LE:
		out = append(out, bitsCond(c.bit, v, all, EQ))
	}
	for i := range int(c.width) {
		bit := V(1).Shl(i)
		if v.And(bit).IsZero() == above {
			out = append(out, bitsCond(c.bit, v.Xor(bit), all.And(Ones(i).Not()), EQ))
		}
	}
	return out
}
