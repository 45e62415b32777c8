package expr

// Parse parses a match. The error is an *Error with OVN's own message and the position. Names of address sets, port
// groups and ports are not looked up: Bind does that.
func Parse(text string) (Expr, error) {
	p := parser{lex: Lexer{Input: text}}
	return p.parse()
}

func (p *parser) parse() (Expr, error) {
	p.lex.Next()
	e := p.expr()
	if p.lex.Err == nil {
		p.lex.Force(End)
	}
	if p.lex.Err != nil {
		return nil, p.lex.Err
	}
	return e, nil
}

// maxDepth is how deep OVN lets parentheses nest.
const maxDepth = 100

type parser struct {
	lex   Lexer
	not   bool // under an odd number of !
	depth int
}

// expr parses conjunctions and disjunctions, which parentheses must keep apart.
func (p *parser) expr() Expr {
	first, _ := p.primary()
	op := p.lex.Tok.Type
	if p.lex.Err != nil || op != AndAnd && op != OrOr {
		return first
	}
	var room [8]Expr
	read := append(room[:0], first)
	for p.lex.Match(op) {
		x, _ := p.primary()
		if p.lex.Err != nil {
			return nil
		}
		read = append(read, x)
	}
	if t := p.lex.Tok.Type; t == AndAnd || t == OrOr {
		p.lex.Errorf("&& and || must be parenthesized when used together.")
		return nil
	}
	args := append(make([]Expr, 0, len(read)), read...)
	if op == AndAnd {
		return &And{args}
	}
	return &Or{args}
}

// primary parses what && and || combine. atom says that it may stand behind !.
func (p *parser) primary() (x Expr, atom bool) {
	switch l := &p.lex; l.Tok.Type {
	case LParen:
		return p.paren(), true
	case Bang:
		return p.negation(), false
	case Ident:
		if l.Lookahead() == LParen {
			return p.function(), true
		}
		return p.fieldFirst()
	case Number:
		if c := &l.Tok.Const; c.Format == Decimal && !c.Masked && c.Value.Hi == 0 && c.Value.Lo <= 1 && !isRelation(l.Lookahead()) {
			x = Bool(c.Value.Lo == 1)
			l.Next()
			return x, true
		}
	}
	return p.constantFirst(), false
}

func (p *parser) paren() Expr {
	if p.depth >= maxDepth {
		p.lex.Errorf("Parentheses nested too deeply.")
		return nil
	}
	p.depth++
	p.lex.Next()
	x := p.expr()
	p.depth--
	if p.lex.Err != nil || !p.lex.Force(RParen) {
		return nil
	}
	return &Paren{x}
}

func (p *parser) negation() Expr {
	p.lex.Next()
	if p.lex.Tok.Type == Bang {
		p.lex.SyntaxError("expecting constant")
		return nil
	}
	p.not = !p.not
	x, atom := p.primary()
	p.not = !p.not
	if p.lex.Err == nil && !atom {
		p.lex.Errorf("Missing parentheses around operand of !.")
	}
	return &Not{x}
}

func (p *parser) function() Expr {
	l := &p.lex
	if l.Tok.Text != "is_chassis_resident" {
		l.SyntaxError("expecting function name")
		return nil
	}
	l.Next()
	l.Next()
	if l.Tok.Type != Quoted {
		l.SyntaxError("expecting string")
		return nil
	}
	x := &Resident{l.Tok.Text}
	l.Next()
	if !l.Force(RParen) {
		return nil
	}
	return x
}

// fieldFirst parses a comparison whose field stands on the left, or the mention of a field.
func (p *parser) fieldFirst() (Expr, bool) {
	pos := p.lex.Tok.Pos
	ref, ok := p.field()
	if !ok {
		return nil, false
	}
	if !isRelation(p.lex.Tok.Type) {
		return p.mention(ref, pos), true
	}
	x := &Compare{Ref: ref, Op: relation(p.lex.Tok.Type)}
	p.lex.Next()
	if !p.constants(&x.Set, x.one[:0]) {
		return nil, false
	}
	p.check(pos, x.Ref, x.Op, x.Set)
	return x, false
}

func (p *parser) mention(ref Ref, pos int) Expr {
	switch {
	case ref.IsString() || p.lex.Tok.Type == Assign:
		p.lex.SyntaxError("expecting relational operator")
	case ref.Width > 1 && !p.not:
		p.lex.errorAt(pos, "Explicit `!= 0' is required for inequality test of multibit field against 0.")
	default:
		p.check(pos, ref, NE, ConstantSet{Items: zero})
	}
	return &Test{ref}
}

var zero = []Constant{{}}

// constantFirst parses a comparison or a range that begins with a constant.
func (p *parser) constantFirst() Expr {
	l := &p.lex
	x := &Compare{Turned: true}
	if !p.constants(&x.Set, x.one[:0]) {
		return nil
	}
	if !isRelation(l.Tok.Type) {
		l.SyntaxError("expecting relational operator")
		return nil
	}
	op := relation(l.Tok.Type)
	x.Op = op.Turn()
	l.Next()
	pos := l.Tok.Pos
	var ok bool
	if x.Ref, ok = p.field(); !ok {
		return nil
	}
	if !isRelation(l.Tok.Type) {
		p.check(pos, x.Ref, x.Op, x.Set)
		return x
	}
	return p.chain(x, op, pos)
}

// chain parses the second half of a range whose first half is x.
func (p *parser) chain(x *Compare, op Op, pos int) Expr {
	l := &p.lex
	second := relation(l.Tok.Type)
	l.Next()
	var high Compare
	if !p.constants(&high.Set, high.one[:0]) {
		return nil
	}
	up := func(o Op) bool { return o == LT || o == LE }
	down := func(o Op) bool { return o == GT || o == GE }
	if !(up(op) && up(second) || down(op) && down(second)) {
		l.errorAt(pos, "Range expressions must have the form `x < field < y' or `x > field > y', with each `<' optionally replaced by `<=' or `>' by `>=').")
		return nil
	}
	p.check(pos, x.Ref, x.Op, x.Set)
	p.check(pos, x.Ref, second, high.Set)
	if l.Err != nil {
		return nil
	}
	return &Range{Ref: x.Ref, LowOp: op, HighOp: second, Low: x.Set.Items[0], High: high.Set.Items[0]}
}

// constants parses a constant or a set of them into s; a single one goes into the room that the caller has.
func (p *parser) constants(s *ConstantSet, room []Constant) bool {
	s.Items = room
	if !p.lex.Match(LCurly) {
		return p.constant(s)
	}
	s.Braces = true
	s.Items = make([]Constant, 0, p.count())
	for {
		if !p.constant(s) {
			return false
		}
		p.lex.Match(Comma)
		if p.lex.Match(RCurly) {
			return true
		}
	}
}

// count guesses how many constants stand before the closing brace.
func (p *parser) count() int {
	n := 1
	for _, c := range []byte(p.lex.Input[min(p.lex.Tok.Pos, len(p.lex.Input)):]) {
		switch c {
		case ',':
			n++
		case '}':
			return n
		}
	}
	return 1
}

func (p *parser) constant(s *ConstantSet) bool {
	l := &p.lex
	var c Constant
	switch l.Tok.Type {
	case Number, Quoted:
		c = l.Tok.Const
	case Macro:
		c = Constant{Kind: AddressSet, Text: l.Tok.Text}
	case PortGroupName:
		c = Constant{Kind: PortGroup, Text: l.Tok.Text}
	case Template:
		c = Constant{Kind: Variable, Text: l.Tok.Text}
	default:
		l.SyntaxError("expecting constant")
		return false
	}
	if len(s.Items) > 0 && c.isName() != s.Items[0].isName() {
		l.SyntaxError("expecting " + map[bool]string{true: "string", false: "integer"}[s.Items[0].isName()])
		return false
	}
	s.Items = append(s.Items, c)
	l.Next()
	return true
}

// isName reports whether the constant is for string fields.
func (c *Constant) isName() bool { return c.Kind == String || c.Kind == PortGroup }

// field parses a field, its bits in brackets if there are any.
func (p *parser) field() (Ref, bool) {
	if p.lex.Tok.Type != Ident {
		p.lex.SyntaxError("expecting field name")
		return Ref{}, false
	}
	if s := Lookup(p.lex.Tok.Text); s != nil && s.ICMP {
		p.lex.Errorf("Field %s may only be used in actions.", s.Name)
		return Ref{}, false
	}
	return p.lex.Field()
}

// Field parses a field or a subfield. Actions use it too; they check on their own whether the field suits them.
func (l *Lexer) Field() (Ref, bool) {
	var s *Symbol
	if l.Tok.Type == Ident {
		s = Lookup(l.Tok.Text)
	}
	if s == nil {
		word := l.Tok
		if l.SyntaxError("expecting field name"); word.Type == Ident && l.Err.Pos == word.Pos {
			l.Err.Hint = suggest(word.Text)
		}
		return Ref{}, false
	}
	pos := l.Tok.Pos
	l.Next()
	if !l.Match(LSquare) {
		return s.ref(), true
	}
	low, ok := l.SmallInt()
	if !ok {
		return Ref{}, false
	}
	high := low
	if l.Match(DotDot) {
		if high, ok = l.SmallInt(); !ok {
			return Ref{}, false
		}
	}
	if !l.Force(RSquare) {
		return Ref{}, false
	}
	if msg := subfieldError(s, low, high); msg != "" {
		l.errorAt(pos, msg)
		return Ref{}, false
	}
	return s.ref().Bits(low, high-low+1), true
}

func isRelation(t TokenType) bool { return t >= OpEQ && t <= OpGE }

func relation(t TokenType) Op { return Op(t - OpEQ) }
