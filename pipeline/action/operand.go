package action

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"ovnsim/pipeline/expr"
)

// peek is the type of the token after the one at hand. Nearly always one character tells it.
func (p *parser) peek() expr.TokenType {
	s := strings.TrimLeft(p.Input[p.Tok.End:], " ")
	switch {
	case s == "":
	case s[0] == '=' && len(s) > 1 && s[1] != '=':
		return expr.Assign
	case s[0] == ';':
		return expr.Semicolon
	case s[0] == '[':
		return expr.LSquare
	case s[0] == '(':
		return expr.LParen
	case s[0] == '{':
		return expr.LCurly
	}
	return p.Lookahead()
}

func (p *parser) isWord(name string) bool { return p.Tok.Type == expr.Ident && p.Tok.Text == name }

// ref reads a field or a subfield. Brackets around the whole of a field mean nothing and go.
func (p *parser) ref() expr.Ref {
	p.at = p.Tok.Pos
	r, ok := p.Field()
	if !ok {
		return expr.Ref{}
	}
	s := r.Symbol()
	if r.Bracket && r.Width == s.Width {
		r.Bracket = false
	}
	if !s.ICMP {
		p.need(s.Prereq)
	}
	return r
}

// wrong notes an error at the field that was read last.
func (p *parser) wrong(format string, args ...any) {
	if p.Err == nil {
		p.Err = &expr.Error{Input: p.Input, Pos: p.at, Msg: fmt.Sprintf(format, args...)}
	}
}

// readable checks that r is a field at all.
func (p *parser) readable(r expr.Ref) bool {
	if p.Err != nil {
		return false
	}
	if s := r.Symbol(); s.IsPredicate() {
		p.wrong("Predicate symbol %s used where lvalue required.", s.Name)
		return false
	}
	return true
}

// writable checks that actions may change r here.
func (p *parser) writable(r expr.Ref) bool {
	if !p.readable(r) {
		return false
	}
	may := expr.Anywhere
	if p.inCommit {
		may = expr.InCommit
	}
	if s := r.Symbol(); s.Write != may {
		p.wrong("Field %s is not modifiable.", s.Name)
		return false
	}
	return true
}

// name is the width of a string field among the widths that an action asks for.
const name = 0

// fits checks that r has as many bits as an action asks for.
func (p *parser) fits(r expr.Ref, width int) bool {
	s := r.Symbol()
	switch {
	case !p.readable(r):
	case s.IsString() && width != name:
		p.wrong("Cannot use string field %s where numeric field is required.", s.Name)
	case !s.IsString() && width == name:
		p.wrong("Cannot use numeric field %s where string field is required.", s.Name)
	case int(r.Width) != width:
		low := int(r.Low)
		p.wrong("Cannot use %d-bit field %s[%d..%d] where %d-bit field is required.", r.Width, s.Name, low, low+int(r.Width)-1, width)
	}
	return p.Err == nil
}

// into checks a field that an action stores its result in.
func (p *parser) into(dst expr.Ref, width int) { _ = p.fits(dst, width) && p.writable(dst) }

// field reads a field of a width.
func (p *parser) field(width int) expr.Ref {
	r := p.ref()
	if p.Err == nil {
		p.fits(r, width)
	}
	return r
}

// fields reads "(field, field, …)", each of its width, into places.
func (p *parser) fields(widths string, places ...*expr.Ref) {
	p.Force(expr.LParen)
	p.fieldsIn(widths, places...)
}

// fieldsIn is fields behind the opening parenthesis. Widths are letters: p for a port, 4 and 6 for addresses, m for a MAC.
func (p *parser) fieldsIn(widths string, places ...*expr.Ref) {
	for i, place := range places {
		if i > 0 {
			p.Force(expr.Comma)
		}
		if p.Err == nil {
			*place = p.field(widthOf[widths[i]])
		}
	}
	p.Force(expr.RParen)
}

var widthOf = [128]int{'p': name, '4': 32, '6': 128, 'm': 48}

// constant reads a constant and forgets how it was spelled.
func (p *parser) constant() expr.Constant {
	switch p.Tok.Type {
	case expr.Number, expr.Quoted:
		c := p.Tok.Const
		p.Next()
		return canonical(c)
	case expr.Macro:
		p.SyntaxError("expecting address set name")
	case expr.PortGroupName:
		p.SyntaxError("expecting port group name")
	default:
		p.SyntaxError("expecting constant")
	}
	return expr.Constant{}
}

// canonical is the constant as OVN prints it: addresses in their shortest form, digits in lower case.
func canonical(c expr.Constant) expr.Constant {
	if c.Kind != expr.String {
		c.Text = ""
	}
	if c.Format == expr.Hexadecimal && !c.Masked && c.Value.IsZero() {
		c.Format = expr.Decimal
	}
	return c
}

// constants reads one constant, or several of a type in braces. Commas may be left out.
func (p *parser) constants() expr.ConstantSet {
	if !p.Match(expr.LCurly) {
		return expr.ConstantSet{Items: []expr.Constant{p.constant()}}
	}
	set := expr.ConstantSet{Braces: true}
	for p.Err == nil {
		if t := p.Tok.Type; len(set.Items) > 0 && set.Items[0].Kind == expr.String && t == expr.Number {
			p.SyntaxError("expecting string")
		} else if len(set.Items) > 0 && set.Items[0].Kind != expr.String && t == expr.Quoted {
			p.SyntaxError("expecting integer")
		}
		if p.Err != nil {
			break
		}
		set.Items = append(set.Items, p.constant())
		p.Match(expr.Comma)
		if p.Match(expr.RCurly) {
			break
		}
	}
	return set
}

// isInt reports whether the token at hand is a decimal number without mask, at most max.
func (p *parser) isInt(limit uint64) bool {
	c := &p.Tok.Const
	return p.Tok.Type == expr.Number && c.Format == expr.Decimal && !c.Masked && c.Value.Lo <= limit
}

// number reads a decimal number of at most limit.
func (p *parser) number(limit uint64, expecting string) uint64 {
	if !p.isInt(limit) {
		p.SyntaxError(expecting)
		return 0
	}
	n := p.Tok.Const.Value.Lo
	p.Next()
	return n
}

// str reads a string.
func (p *parser) str(expecting string) string {
	if p.Tok.Type != expr.Quoted {
		p.SyntaxError(expecting)
		return ""
	}
	s := p.Tok.Text
	p.Next()
	return s
}

// isAddress reports whether the token at hand is an address of a format, without mask.
func (p *parser) isAddress(f expr.Format) bool {
	c := &p.Tok.Const
	return p.Tok.Type == expr.Number && c.Format == f && !c.Masked
}

// address reads an IPv4 or IPv6 address without mask.
func (p *parser) address(expecting string) netip.Addr {
	if !p.isAddress(expr.IPv4) && !p.isAddress(expr.IPv6) {
		p.SyntaxError(expecting)
		return netip.Addr{}
	}
	a := addrOf(&p.Tok.Const)
	p.Next()
	return a
}

func addrOf(c *expr.Constant) netip.Addr {
	b := c.Value.Bytes()
	if c.Format == expr.IPv4 {
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return netip.AddrFrom16(b)
}

// choice reads one of some words and tells which.
func (p *parser) choice(words []string, expecting string) int {
	for i, w := range words {
		if w != "" && p.MatchID(w) {
			return i
		}
	}
	p.SyntaxError(expecting)
	return 0
}

// key reads "name =".
func (p *parser) key(name, expecting string) {
	if !p.MatchID(name) {
		p.SyntaxError(expecting)
		return
	}
	p.Force(expr.Assign)
}

func address(b []byte, a netip.Addr) []byte { return expr.Addr(a).Append(b) }
func quoted(b []byte, s string) []byte      { return expr.AppendQuoted(b, s) }
func unsigned(b []byte, n uint64) []byte    { return strconv.AppendUint(b, n, 10) }
