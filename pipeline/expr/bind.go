package expr

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Env says what names in a match stand for.
type Env interface {
	// Port is the number, in Names, of a port or multicast group; false if there is none, which no packet is on.
	Port(name string) (uint32, bool)
	// Set is the members of an address set or port group, nil if it is not defined.
	Set(kind ConstantKind, name string) *Set
	// Resident reports whether a port is on this chassis.
	Resident(port string) bool
}

// nowhere is the environment of matches that name nothing.
type nowhere struct{}

func (nowhere) Port(string) (uint32, bool)    { return 0, false }
func (nowhere) Set(ConstantKind, string) *Set { return nil }
func (nowhere) Resident(string) bool          { return false }

// Match is an Expr bound to an Env: ready to be evaluated and to be put into a Classifier.
type Match struct{ root cond }

// Binder binds expressions.
type Binder struct {
	Env Env
	// IgnoreTOS takes tests of ip.dscp and ip.ecn for true, as Open vSwitch does with the flows that ovn-controller
	// makes of them; ovn-trace honours them.
	IgnoreTOS bool

	forms *symbolForms
	stack []cond
}

// Bind binds an expression. The error is what OVN says of a match whose sets are undefined or do not fit their field; such a
// flow does not take effect. A nil env knows no names.
func Bind(e Expr, env Env) (Match, error) {
	b := Binder{Env: env}
	return b.Bind(e)
}

// Eval reports whether a packet matches.
func (m *Match) Eval(k *Key) bool { return m.root.eval(k) }

// Never reports whether no packet can match because of what names stand for or a literal 0.
func (m *Match) Never() bool { return m.root.isFalse() }

// Always reports whether every packet matches.
func (m *Match) Always() bool { return m.root.isTrue() }

// Bind binds an expression.
func (b *Binder) Bind(e Expr) (Match, error) {
	b.forms = forms
	if b.Env == nil {
		b.Env = nowhere{}
	}
	root, err := b.bind(e, false)
	b.stack = b.stack[:0]
	return Match{root}, err
}

func (b *Binder) bind(e Expr, neg bool) (cond, error) {
	switch x := e.(type) {
	case Bool:
		return constant(bool(x) != neg), nil
	case *And:
		return b.bindAll(x.Args, condAll, neg)
	case *Or:
		return b.bindAll(x.Args, condAny, neg)
	case *Not:
		return b.bind(x.X, !neg)
	case *Paren:
		return b.bind(x.X, neg)
	case *Test:
		return b.whole(x.Ref, NE, zero, neg)
	case *Compare:
		return b.whole(x.Ref, x.Op, x.Set.Items, neg)
	case *Range:
		return b.bindAll([]Expr{
			&Compare{Ref: x.Ref, Op: x.LowOp.Turn(), Set: ConstantSet{Items: []Constant{x.Low}}},
			&Compare{Ref: x.Ref, Op: x.HighOp, Set: ConstantSet{Items: []Constant{x.High}}},
		}, condAll, neg)
	case *Resident:
		return constant(b.Env.Resident(x.Port) != neg), nil
	}
	return cond{}, fmt.Errorf("expr: cannot bind %T", e)
}

func (b *Binder) whole(r Ref, op Op, items []Constant, neg bool) (cond, error) {
	c, prereq, err := b.compare(r, op, items, neg)
	return b.both(c, prereq), err
}

func constant(v bool) cond {
	if v {
		return condTrue
	}
	return condFalse
}

func (b *Binder) bindAll(args []Expr, kind condKind, neg bool) (cond, error) {
	if neg {
		kind = condAll + condAny - kind
	}
	base := len(b.stack)
	for _, a := range args {
		if err := b.push(a, kind, neg); err != nil {
			return cond{}, err
		}
	}
	c := combine(kind, b.stack[base:])
	b.stack = b.stack[:base]
	return c, nil
}

// push binds an argument of a conjunction or disjunction onto the stack; comparisons and their prerequisites lie there side by
// side if it is a conjunction.
func (b *Binder) push(e Expr, kind condKind, neg bool) error {
	var c, prereq cond
	var err error
	switch x := e.(type) {
	case *Test:
		c, prereq, err = b.compare(x.Ref, NE, zero, neg)
	case *Compare:
		c, prereq, err = b.compare(x.Ref, x.Op, x.Set.Items, neg)
	default:
		c, err = b.bind(e, neg)
	}
	switch {
	case prereq.isTrue():
		b.stack = append(b.stack, c)
	case kind == condAny:
		b.stack = append(b.stack, b.both(c, prereq))
	default:
		b.stack = append(b.stack, c, prereq)
	}
	return err
}

func (b *Binder) both(c, d cond) cond {
	if d.isTrue() {
		return c
	}
	args := [2]cond{c, d}
	return combine(condAll, args[:])
}

// compare binds a comparison, without its prerequisites and those; neg says that it stands under a negation.
func (b *Binder) compare(r Ref, op Op, items []Constant, neg bool) (c, prereq cond, err error) {
	if neg {
		op = op.Negate()
	}
	s := r.Symbol()
	if s.IsPredicate() {
		if items, err = b.spread(r, op, items); err != nil {
			return condFalse, condTrue, err
		}
		return b.predicate(s, op, items), condTrue, nil
	}
	c, err = b.leaf(r, op, items)
	if err != nil {
		return condFalse, condTrue, err
	}
	if b.IgnoreTOS && (s.Name == "ip.dscp" || s.Name == "ip.ecn") {
		c = condTrue
	}
	if s.Prereq == "" || b.empty(items) {
		return c, condTrue, nil // a comparison with no constant is one with no field either
	}
	return c, *b.forms.prereq(s), nil
}

// empty reports whether constants are sets without members.
func (b *Binder) empty(items []Constant) bool {
	for i := range items {
		c := &items[i]
		if c.Kind != AddressSet && c.Kind != PortGroup || b.Env.Set(c.Kind, c.Text).size != 0 {
			return false
		}
	}
	return true
}

// spread replaces sets among what a predicate is compared with by their members. Nobody does that, but OVN has an opinion.
func (b *Binder) spread(r Ref, op Op, items []Constant) ([]Constant, error) {
	if !slices.ContainsFunc(items, func(c Constant) bool { return c.Kind != Integer }) {
		return items, nil
	}
	var out []Constant
	for i := range items {
		if items[i].Kind == Integer {
			out = append(out, items[i])
			continue
		}
		if _, err := b.one(r, EQ, &items[i]); err != nil {
			return nil, err
		}
		for m := range b.Env.Set(items[i].Kind, items[i].Text).members {
			out = append(out, Constant{Value: m.value})
		}
	}
	if s := r.Symbol(); s.Level == Nominal {
		for i := range out {
			if (out[i].Value.Lo&1 != 0) != (op == EQ) {
				return nil, errors.New(nominalPredicateError(s))
			}
		}
	}
	return out, nil
}

// predicate is the expansion, or its negation, for each constant that a predicate is compared with.
func (b *Binder) predicate(s *Symbol, op Op, items []Constant) cond {
	if len(items) == 1 {
		return *b.forms.predicate(s, (items[0].Value.Lo&1 != 0) == (op == EQ))
	}
	args := make([]cond, 0, len(items))
	for i := range items {
		one := items[i].Value.Lo&1 != 0
		args = append(args, *b.forms.predicate(s, one == (op == EQ)))
	}
	if op == NE {
		return combine(condAll, args)
	}
	return combine(condAny, args)
}

// manyConstants is how many constants in braces are better looked up than compared one by one.
const manyConstants = 8

// leaf is a comparison without prerequisites.
func (b *Binder) leaf(r Ref, op Op, items []Constant) (cond, error) {
	if len(items) == 1 {
		return b.one(r, op, &items[0])
	}
	if len(items) > manyConstants {
		if s := b.inlineSet(items); s != nil && s.size == 0 {
			return condFalse, nil // none of the ports exists
		} else if s != nil {
			return cond{kind: condIn, op: op, bit: r.Bit, width: uint8(r.bits()), set: s.narrow(r.bits())}, nil
		}
	}
	base := len(b.stack)
	for i := range items {
		c, err := b.one(r, op, &items[i])
		if err != nil {
			return cond{}, err
		}
		b.stack = append(b.stack, c)
	}
	kind := condAny
	if op == NE {
		kind = condAll
	}
	c := combine(kind, b.stack[base:])
	b.stack = b.stack[:base]
	return c, nil
}

// inlineSet makes a set of constants, nil if one of them is the name of a set.
func (b *Binder) inlineSet(items []Constant) *Set {
	s := &Set{exact: make(map[Value]struct{}, len(items))}
	for i := range items {
		switch c := &items[i]; c.Kind {
		case Integer:
			s.add(c)
		case String:
			if n, ok := b.Env.Port(c.Text); ok {
				s.add(&Constant{Value: V(uint64(n))})
			}
		default:
			return nil
		}
	}
	return s
}

// one is a comparison with one constant.
func (b *Binder) one(r Ref, op Op, c *Constant) (cond, error) {
	switch c.Kind {
	case String:
		n, ok := b.Env.Port(c.Text)
		if !ok {
			return condFalse, nil
		}
		return bitsCond(r.Bit, V(uint64(n)), Ones(32), op), nil
	case AddressSet, PortGroup:
		return b.named(r, op, c)
	case Variable:
		return cond{}, fmt.Errorf("Syntax error at `%s' expecting constant.", c)
	}
	width := int(r.Width)
	mask := Ones(width)
	if c.Masked {
		mask = mask.And(c.Mask)
	}
	if op == EQ || op == NE {
		return bitsCond(r.Bit, c.Value, mask, op), nil
	}
	return cond{kind: condRelation, op: op, bit: r.Bit, width: r.Width, value: c.Value.And(Ones(width))}, nil
}

// named is a comparison with an address set or a port group.
func (b *Binder) named(r Ref, op Op, c *Constant) (cond, error) {
	s, sym := b.Env.Set(c.Kind, c.Text), r.Symbol()
	switch {
	case s == nil:
		return cond{}, undefined(c)
	case sym.IsString() != c.isName():
		return cond{}, errors.New(kindError(sym))
	case c.Kind == AddressSet && s.width > int(sym.Width):
		return cond{}, fmt.Errorf("%d-bit constant is not compatible with %d-bit field %s.", s.width, sym.Width, sym.Name)
	case op == EQ || op == NE:
		if s.size == 0 {
			return constant(op == NE), nil
		}
		return cond{kind: condIn, op: op, bit: r.Bit, width: uint8(r.bits()), set: s.narrow(r.bits())}, nil
	case s.size == 0:
		return cond{}, errors.New("Only == and != operators may be used to compare a field against an empty value set.")
	case s.size > 1:
		return cond{}, errors.New("Only == and != operators may be used with value sets.")
	}
	for m := range s.members {
		c = &Constant{Value: m.value}
	}
	return b.one(r, op, c)
}

func undefined(c *Constant) error {
	name := map[ConstantKind]string{AddressSet: "address set", PortGroup: "port group"}[c.Kind]
	return fmt.Errorf("Syntax error at `%s' expecting %s name.", c, name)
}

// Sets calls f for each address set and port group that e names, in the order written.
func Sets(e Expr, f func(kind ConstantKind, name string)) {
	Walk(e, func(e Expr) bool {
		if x, ok := e.(*Compare); ok {
			for i := range x.Set.Items {
				if c := &x.Set.Items[i]; c.Kind == AddressSet || c.Kind == PortGroup {
					f(c.Kind, c.Text)
				}
			}
		}
		return true
	})
}

// Expand replaces each ^name by the value that vars has for it, as ovn-controller does with Chassis_Template_Var before it
// parses a flow. missing are the names without value; their flow does not take effect.
func Expand(text string, vars map[string]string) (expanded string, missing []string) {
	if !strings.Contains(text, "^") {
		return text, nil
	}
	var b strings.Builder
	l := NewLexer(text)
	last := 0
	for ; l.Tok.Type != End; l.Next() {
		if l.Tok.Type != Template {
			continue
		}
		value, ok := vars[l.Tok.Text]
		if !ok {
			missing = append(missing, l.Tok.Text)
			continue
		}
		b.WriteString(text[last:l.Tok.Pos])
		b.WriteString(value)
		last = l.Tok.End
	}
	b.WriteString(text[last:])
	return b.String(), missing
}
