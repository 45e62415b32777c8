package expr

// Normalise is e in the form that OVN brings a match into before it uses it, and shows it in when it complains: negations at
// the comparisons, one constant to a comparison, predicates expanded, prerequisites written out, fields and bits instead of
// subfields.
func Normalise(e Expr, env Env) (Expr, error) {
	if _, err := Bind(e, env); err != nil {
		return nil, err
	}
	return normalise(e, env)
}

// normalise is Normalise of an expression that binds.
func normalise(e Expr, env Env) (Expr, error) {
	plain, err := pushNot(e, env, false)
	if err != nil {
		return nil, err
	}
	return annotate(plain)
}

// pushNot moves negations to the leaves, and makes sets out to the comparisons that they stand for.
func pushNot(e Expr, env Env, neg bool) (Expr, error) {
	switch x := e.(type) {
	case Bool:
		return Bool(bool(x) != neg), nil
	case *And:
		return pushNots(x.Args, env, true, neg)
	case *Or:
		return pushNots(x.Args, env, false, neg)
	case *Not:
		return pushNot(x.X, env, !neg)
	case *Paren:
		return pushNot(x.X, env, neg)
	case *Test:
		return pushNot(&Compare{Ref: x.Ref, Op: NE, Set: ConstantSet{Items: zero}}, env, neg)
	case *Range:
		low, high := Equal(x.Ref, x.Low), Equal(x.Ref, x.High)
		low.Op, high.Op = x.LowOp.Turn(), x.HighOp
		return pushNots([]Expr{low, high}, env, true, neg)
	case *Compare:
		return singles(x, env, neg)
	}
	if neg {
		return &Not{e}, nil
	}
	return e, nil
}

func pushNots(args []Expr, env Env, and, neg bool) (Expr, error) {
	out := make([]Expr, len(args))
	for i, a := range args {
		var err error
		if out[i], err = pushNot(a, env, neg); err != nil {
			return nil, err
		}
	}
	return junction(and != neg, out), nil
}

// junction is a conjunction or disjunction with those of its own kind spliced in.
func junction(and bool, args []Expr) Expr {
	var out []Expr
	for _, a := range args {
		inner, isAnd, ok := parts(a)
		if ok && isAnd == and {
			out = append(out, inner...)
		} else {
			out = append(out, a)
		}
	}
	switch {
	case len(out) == 1:
		return out[0]
	case and:
		return &And{out}
	}
	return &Or{out}
}

func parts(e Expr) (args []Expr, and, ok bool) {
	switch x := e.(type) {
	case *And:
		return x.Args, true, true
	case *Or:
		return x.Args, false, true
	}
	return nil, false, false
}

// singles makes a comparison with a set out to comparisons with one constant each.
func singles(x *Compare, env Env, neg bool) (Expr, error) {
	op := x.Op
	if neg {
		op = op.Negate()
	}
	var out []Expr
	for _, c := range x.Set.Items {
		for _, c := range members(c, env) {
			one := Equal(x.Ref, c)
			one.Op = op
			out = append(out, one)
		}
	}
	if len(out) == 0 {
		return Bool(op == NE), nil
	}
	return junction(op == NE, out), nil
}

// members is what a constant stands for.
func members(c Constant, env Env) []Constant {
	if c.Kind != AddressSet && c.Kind != PortGroup {
		return []Constant{c}
	}
	var out []Constant
	for m := range env.Set(c.Kind, c.Text).members {
		out = append(out, Constant{Format: Hexadecimal, Value: m.value, Mask: m.mask, Masked: m.masked})
	}
	return out
}

// annotate adds prerequisites: once to what is about one symbol only, otherwise to each comparison.
func annotate(e Expr) (Expr, error) {
	if s := onlySymbol(e); s != nil && !s.IsPredicate() {
		return withPrereq(s, bare(e))
	}
	args, and, ok := parts(e)
	if !ok {
		if x, isCompare := e.(*Compare); isCompare {
			return expansion(x)
		}
		return e, nil
	}
	out := make([]Expr, len(args))
	for i, a := range args {
		var err error
		if out[i], err = annotate(a); err != nil {
			return nil, err
		}
	}
	return junction(and, out), nil
}

// onlySymbol is the one symbol that e is about, nil if it is about several or about none.
func onlySymbol(e Expr) (only *Symbol) {
	several := false
	Walk(e, func(e Expr) bool {
		var s *Symbol
		switch x := e.(type) {
		case *And, *Or:
			return !several
		case *Compare:
			s = x.Ref.Symbol()
		}
		several = several || s == nil || only != nil && s != only
		only = s
		return !several
	})
	if several {
		return nil
	}
	return only
}

func withPrereq(s *Symbol, e Expr) (Expr, error) {
	if s.Prereq == "" {
		return e, nil
	}
	p, err := Parse(s.Prereq)
	if err != nil {
		return nil, err
	}
	if p, err = normalise(p, nil); err != nil {
		return nil, err
	}
	return junction(true, []Expr{e, p}), nil
}

// expansion is what a comparison of a predicate stands for.
func expansion(x *Compare) (Expr, error) {
	s := x.Ref.Symbol()
	p, err := Parse(s.Expansion)
	if err != nil {
		return nil, err
	}
	if p, err = normalise(p, nil); err != nil {
		return nil, err
	}
	one := x.Set.Items[0].Value.Lo&1 != 0
	if p, err = pushNot(p, nil, one != (x.Op == EQ)); err != nil {
		return nil, err
	}
	return bare(p), nil
}

// bare writes comparisons as ones of a field's bits with a hexadecimal constant.
func bare(e Expr) Expr {
	if args, and, ok := parts(e); ok {
		out := make([]Expr, len(args))
		for i, a := range args {
			out[i] = bare(a)
		}
		return junction(and, out)
	}
	x := e.(*Compare)
	if x.Ref.IsString() {
		return x
	}
	f, low := x.Ref.Field()
	c := x.Set.Items[0]
	mask := Ones(int(x.Ref.Width))
	if c.Masked {
		mask = mask.And(c.Mask)
	}
	value := c.Value.And(mask).Shl(low)
	return bareCompare(f, x.Op, value, mask.Shl(low))
}

// bareCompare compares the bits of mask; those of value and mask are counted from the field's lowest.
func bareCompare(f *Symbol, op Op, value, mask Value) Expr {
	n, low := mask.OnesCount(), mask.TrailingZeros()
	if n == 0 || mask != Ones(n).Shl(low) {
		x := Equal(f.ref(), Constant{Format: zeroPlain(value), Value: value, Mask: mask, Masked: true})
		x.Op = op
		if n == 0 {
			x.one[0].Format = Decimal
		}
		return x
	}
	ref := f.ref()
	if n != int(f.Width) {
		ref = ref.Bits(low, n)
	}
	value = value.Shr(low)
	if n == 1 && (op == EQ || op == NE) {
		if value.IsZero() != (op == EQ) {
			return &Test{ref}
		}
		return &Not{&Test{ref}}
	}
	x := Equal(ref, Constant{Format: zeroPlain(value), Value: value})
	x.Op = op
	return x
}

// zeroPlain is the notation of a value: OVN writes 0 without 0x.
func zeroPlain(v Value) Format {
	if v.IsZero() {
		return Decimal
	}
	return Hexadecimal
}
