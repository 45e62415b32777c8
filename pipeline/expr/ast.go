package expr

// Expr is a match, as it was written: one of Bool, *And, *Or, *Not, *Paren, *Test, *Compare, *Range and *Resident. It knows
// nothing of what names stand for; Bind tells it. An Expr is never changed once made, so it may be shared.
type Expr interface {
	// Append appends the match's text in the spacing that ovn-northd normally uses.
	Append(b []byte) []byte
	String() string
}

// Bool is the literal 0 or 1.
type Bool bool

// And is true if all its arguments are; it has at least two.
type And struct{ Args []Expr }

// Or is true if one of its arguments is; it has at least two.
type Or struct{ Args []Expr }

// Not negates. X is what the language calls an atom: a Test, a Paren, a Bool or a Resident.
type Not struct{ X Expr }

// Paren is an expression that was written in parentheses.
type Paren struct{ X Expr }

// Test is a mention of a field, which means that it is not 0. A field of several bits is so mentioned only under Not.
type Test struct{ Ref Ref }

// Op is a relation.
type Op uint8

// The relations.
const (
	EQ Op = iota
	NE
	LT
	LE
	GT
	GE
)

var opText = [...]string{EQ: "==", NE: "!=", LT: "<", LE: "<=", GT: ">", GE: ">="}

// String is the operator as written.
func (o Op) String() string { return opText[o] }

// Turn is the operator for operands that changed sides.
func (o Op) Turn() Op { return [...]Op{EQ: EQ, NE: NE, LT: GT, LE: GE, GT: LT, GE: LE}[o] }

// Negate is the operator that holds when o does not.
func (o Op) Negate() Op { return [...]Op{EQ: NE, NE: EQ, LT: GE, LE: GT, GT: LE, GE: LT}[o] }

// Compare relates a field to constants. With a set, == holds if one constant does, != if all do.
type Compare struct {
	Ref    Ref
	Op     Op // as if the field stood on the left
	Turned bool
	Set    ConstantSet
	one    [1]Constant // Set.Items of a single constant
}

// Range is a field between two constants: Low LowOp Ref HighOp High, as written.
type Range struct {
	Ref           Ref
	LowOp, HighOp Op // both < or <=, or both > or >=
	Low, High     Constant
}

// Resident is is_chassis_resident("Port").
type Resident struct{ Port string }

// Equal is a comparison of a field with one constant, for matches that programs make.
func Equal(r Ref, c Constant) *Compare {
	x := &Compare{Ref: r, one: [1]Constant{c}}
	x.Set.Items = x.one[:]
	return x
}

// All is the conjunction of expressions: Bool(true) of none, the one of one. Conjunctions among them are spliced in.
func All(args ...Expr) Expr {
	var out []Expr
	for _, a := range args {
		switch a := a.(type) {
		case nil:
		case *And:
			out = append(out, a.Args...)
		default:
			out = append(out, a)
		}
	}
	switch len(out) {
	case 0:
		return Bool(true)
	case 1:
		return out[0]
	}
	return &And{out}
}

// Append appends 0 or 1.
func (x Bool) Append(b []byte) []byte {
	if x {
		return append(b, '1')
	}
	return append(b, '0')
}

// Append appends the arguments with && between them.
func (x *And) Append(b []byte) []byte { return appendArgs(b, x.Args, " && ") }

// Append appends the arguments with || between them.
func (x *Or) Append(b []byte) []byte { return appendArgs(b, x.Args, " || ") }

// appendArgs puts parentheses around what would read otherwise without; parsed expressions have them already.
func appendArgs(b []byte, args []Expr, op string) []byte {
	for i, a := range args {
		if i > 0 {
			b = append(b, op...)
		}
		switch a.(type) {
		case *And, *Or:
			b = append(a.Append(append(b, '(')), ')')
		default:
			b = a.Append(b)
		}
	}
	return b
}

// Append appends the argument after !, in parentheses if it is no atom.
func (x *Not) Append(b []byte) []byte {
	b = append(b, '!')
	switch x.X.(type) {
	case *Test, *Paren, Bool, *Resident:
		return x.X.Append(b)
	}
	return append(x.X.Append(append(b, '(')), ')')
}

// Append appends the expression and its parentheses.
func (x *Paren) Append(b []byte) []byte { return append(x.X.Append(append(b, '(')), ')') }

// Append appends the field's name.
func (x *Test) Append(b []byte) []byte { return x.Ref.Append(b) }

// Append appends the comparison, the sides as they were written.
func (x *Compare) Append(b []byte) []byte {
	if x.Turned {
		return x.Ref.Append(appendOp(x.Set.Append(b), x.Op.Turn()))
	}
	return x.Set.Append(appendOp(x.Ref.Append(b), x.Op))
}

// Append appends the three operands.
func (x *Range) Append(b []byte) []byte {
	return x.High.Append(appendOp(x.Ref.Append(appendOp(x.Low.Append(b), x.LowOp)), x.HighOp))
}

func appendOp(b []byte, o Op) []byte { return append(append(append(b, ' '), opText[o]...), ' ') }

// Append appends the function call.
func (x *Resident) Append(b []byte) []byte {
	return append(AppendQuoted(append(b, "is_chassis_resident("...), x.Port), ')')
}

func (x Bool) String() string      { return string(x.Append(nil)) }
func (x *And) String() string      { return string(x.Append(nil)) }
func (x *Or) String() string       { return string(x.Append(nil)) }
func (x *Not) String() string      { return string(x.Append(nil)) }
func (x *Paren) String() string    { return string(x.Append(nil)) }
func (x *Test) String() string     { return string(x.Append(nil)) }
func (x *Compare) String() string  { return string(x.Append(nil)) }
func (x *Range) String() string    { return string(x.Append(nil)) }
func (x *Resident) String() string { return string(x.Append(nil)) }

// Walk calls f for e and, where f says true, for what e is made of, in the order written.
func Walk(e Expr, f func(Expr) bool) {
	if !f(e) {
		return
	}
	switch x := e.(type) {
	case *And:
		walkAll(x.Args, f)
	case *Or:
		walkAll(x.Args, f)
	case *Not:
		Walk(x.X, f)
	case *Paren:
		Walk(x.X, f)
	}
}

func walkAll(args []Expr, f func(Expr) bool) {
	for _, a := range args {
		Walk(a, f)
	}
}
