package expr

// cond is a bound match: negations at the leaves, prerequisites conjoined, predicates expanded, names replaced by numbers.
// The zero cond is true.
type cond struct {
	kind  condKind
	op    Op     // of bits: EQ or NE; of a relation any other; of in: EQ for membership, NE for its opposite
	bit   uint16 // the field's lowest bit in the key, of relation and in
	width uint8
	word  uint8 // of bits: the word with the low half of mask and value; the word before it has the high half
	mask  Value // of bits: which bits of the words
	value Value // of bits: what they must be; of a relation: what the field is compared with
	set   *Set
	args  []cond
}

type condKind uint8

const (
	condAll condKind = iota // all of args; of none: true
	condAny                 // one of args; of none: false
	condBits
	condRelation
	condIn
)

var (
	condTrue  = cond{kind: condAll}
	condFalse = cond{kind: condAny}
)

func (c *cond) isTrue() bool  { return c.kind == condAll && len(c.args) == 0 }
func (c *cond) isFalse() bool { return c.kind == condAny && len(c.args) == 0 }

// bitsCond tests bits of a field: those of mask, counted from the field's lowest.
func bitsCond(bit uint16, value, mask Value, op Op) cond {
	switch {
	case mask.IsZero() && op == EQ:
		return condTrue
	case mask.IsZero():
		return condFalse
	}
	value = value.And(mask)
	if op == NE && mask.OnesCount() == 1 {
		value, op = value.Xor(mask), EQ
	}
	shift := int(bit & 63)
	return cond{kind: condBits, op: op, word: uint8(bit >> 6), mask: mask.Shl(shift), value: value.Shl(shift)}
}

// eval reports whether a packet matches.
func (c *cond) eval(k *Key) bool {
	switch c.kind {
	case condAll:
		for i := range c.args {
			if !c.args[i].eval(k) {
				return false
			}
		}
		return true
	case condAny:
		for i := range c.args {
			if c.args[i].eval(k) {
				return true
			}
		}
		return false
	case condBits:
		return c.bitsEqual(k) == (c.op == EQ)
	case condIn:
		return c.set.Has(k.Bits(int(c.bit), int(c.width))) == (c.op == EQ)
	}
	order := k.Bits(int(c.bit), int(c.width)).Cmp(c.value)
	switch c.op {
	case LT:
		return order < 0
	case LE:
		return order <= 0
	case GT:
		return order > 0
	}
	return order >= 0
}

func (c *cond) bitsEqual(k *Key) bool {
	if k[c.word]&c.mask.Lo != c.value.Lo {
		return false
	}
	return c.mask.Hi == 0 || k[c.word-1]&c.mask.Hi == c.value.Hi
}

// same reports whether two conditions are the same one, without looking into the arguments.
func (c *cond) same(d *cond) bool {
	return c.kind == d.kind && c.op == d.op && c.bit == d.bit && c.width == d.width && c.word == d.word && c.mask == d.mask &&
		c.value == d.value && c.set == d.set && len(c.args) == len(d.args) && (len(c.args) == 0 || &c.args[0] == &d.args[0])
}

// combine makes the conjunction or disjunction of args: nested ones of the same kind spliced in, constants folded, what
// stands there twice once.
func combine(kind condKind, args []cond) cond {
	n := 0
	for i := range args {
		if args[i].kind == kind {
			n += len(args[i].args)
		} else {
			n++
		}
	}
	out := make([]cond, 0, n)
	for i := range args {
		a := &args[i]
		switch {
		case a.kind == kind: // of none: the neutral element, which vanishes
			for j := range a.args {
				out = appendNew(out, &a.args[j])
			}
		case a.kind <= condAny && len(a.args) == 0:
			return *a // the absorbing element
		default:
			out = appendNew(out, a)
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	return cond{kind: kind, args: out}
}

// appendNew appends c unless it is among the last few already: prerequisites come again and again.
func appendNew(out []cond, c *cond) []cond {
	for i := max(0, len(out)-16); i < len(out); i++ {
		if out[i].same(c) {
			return out
		}
	}
	return append(out, *c)
}

// negated is the opposite condition.
func (c *cond) negated() cond {
	switch c.kind {
	case condAll, condAny:
		args := make([]cond, len(c.args))
		for i := range c.args {
			args[i] = c.args[i].negated()
		}
		return combine(condAll+condAny-c.kind, args)
	case condBits:
		n := *c
		n.op = c.op.Negate()
		if n.op == NE && n.mask.OnesCount() == 1 {
			n.op, n.value = EQ, n.value.Xor(n.mask)
		}
		return n
	}
	n := *c
	n.op = c.op.Negate()
	return n
}
