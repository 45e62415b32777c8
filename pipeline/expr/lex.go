package expr

import (
	"fmt"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Lexer splits the text of a match or of actions into tokens (ovn-sb(5), "Constants" and "Miscellaneous"). Tok is the token
// at hand; the first error stays in Err and makes every further token End.
type Lexer struct {
	Input string
	Tok   Token
	Err   *Error
	next  int // offset after Tok
}

// NewLexer is a lexer whose first token is at hand.
func NewLexer(input string) *Lexer {
	l := &Lexer{Input: input}
	l.Next()
	return l
}

// reset makes the lexer read input from its start.
func (l *Lexer) reset(input string) {
	*l = Lexer{Input: input}
	l.Next()
}

// Next moves to the next token.
func (l *Lexer) Next() {
	if l.Err != nil {
		l.stop()
		return
	}
	l.next = l.scan(&l.Tok, l.next)
	if l.Tok.Type == Bad {
		l.Err = &Error{Input: l.Input, Pos: l.Tok.Pos, Msg: l.Tok.Text}
		l.stop()
	}
}

func (l *Lexer) stop() {
	l.Tok = Token{Type: End, Pos: len(l.Input), End: len(l.Input)}
	l.next = len(l.Input)
}

// Lookahead is the type of the token after the one at hand.
func (l *Lexer) Lookahead() TokenType {
	var t Token
	l.scan(&t, l.next)
	return t.Type
}

// Match moves past the token at hand if it is of type t.
func (l *Lexer) Match(t TokenType) bool {
	if l.Tok.Type != t {
		return false
	}
	l.Next()
	return true
}

// MatchID moves past the token at hand if it is the identifier name.
func (l *Lexer) MatchID(name string) bool {
	if l.Tok.Type != Ident || l.Tok.Text != name {
		return false
	}
	l.Next()
	return true
}

// Force is Match, an error if it fails.
func (l *Lexer) Force(t TokenType) bool {
	if l.Match(t) {
		return true
	}
	if t == End {
		l.SyntaxError("expecting end of input")
	} else {
		l.SyntaxError("expecting `" + t.String() + "'")
	}
	return false
}

// SmallInt moves past an integer written in decimal, from 0 to 2**31-1: a bit, a table, a port.
func (l *Lexer) SmallInt() (int, bool) {
	c := &l.Tok.Const
	if l.Tok.Type != Number || c.Format != Decimal || c.Masked || c.Value.Cmp(V(1<<31-1)) > 0 {
		l.SyntaxError("expecting small integer")
		return 0, false
	}
	n := int(c.Value.Lo)
	l.Next()
	return n, true
}

// Errorf notes an error at the token at hand, unless there was one already.
func (l *Lexer) Errorf(format string, args ...any) {
	l.errorAt(l.Tok.Pos, fmt.Sprintf(format, args...))
}

func (l *Lexer) errorAt(pos int, msg string) {
	if l.Err == nil {
		l.Err = &Error{Input: l.Input, Pos: pos, Msg: msg}
	}
	l.stop()
}

// SyntaxError notes that the token at hand does not fit, and what was expected.
func (l *Lexer) SyntaxError(expecting string) {
	at := " at end of input"
	if l.Tok.Type != End {
		at = " at `" + l.Input[l.Tok.Pos:l.Tok.End] + "'"
	}
	if expecting != "" {
		expecting = " " + expecting
	}
	l.errorAt(l.Tok.Pos, "Syntax error"+at+expecting+".")
}

// scan reads the token at or after offset p into t and returns the offset behind it.
func (l *Lexer) scan(t *Token, p int) int {
	s := l.Input
	p, msg := skipBlank(s, p)
	t.Pos = p
	switch {
	case msg != "":
		return t.bad(p, msg)
	case p >= len(s):
		t.Type, t.Pos, t.End = End, len(s), len(s)
		return len(s)
	}
	switch class[s[p]] {
	case clHex, clLetter:
		return t.word(s, p)
	case clDigit:
		return t.number(s, p)
	case clQuote:
		return t.quoted(s, p)
	case clSign:
		return t.sign(s, p)
	}
	return t.operator(s, p)
}

// skipBlank skips white space and comments.
func skipBlank(s string, p int) (int, string) {
	for p < len(s) {
		switch c := s[p]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			p++
		case c == '/' && p+1 < len(s) && s[p+1] == '/':
			for p < len(s) && s[p] != '\n' {
				p++
			}
		case c == '/' && p+1 < len(s) && s[p+1] == '*':
			end := strings.Index(s[p+2:], "*/")
			if end < 0 || strings.IndexByte(s[p+2:p+2+end], '\n') >= 0 { // on one line
				return p, "`/*' without matching `*/'."
			}
			p += end + 4
		default:
			return p, ""
		}
	}
	return p, ""
}

func (t *Token) bad(end int, msg string) int {
	t.Type, t.End, t.Text = Bad, end, msg
	return end
}

func (t *Token) is(tt TokenType, end int) int {
	t.Type, t.End = tt, end
	return end
}

// The classes of a token's first character.
const (
	clOther = iota
	clLetter
	clHex // a letter that may begin an address
	clDigit
	clQuote
	clSign // $ @ ^
)

// class tells how a token begins; idn which characters an identifier goes on with.
var class, idn = classes()

func classes() (class [256]uint8, idn [256]bool) {
	for c := range 256 {
		switch {
		case c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
			class[c] = clHex
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
			class[c] = clLetter
		case c >= '0' && c <= '9':
			class[c] = clDigit
		case c == '"':
			class[c] = clQuote
		case c == '$', c == '@', c == '^':
			class[c] = clSign
		}
		k := class[c]
		idn[c] = k == clHex || k == clLetter || k == clDigit || c == '.'
	}
	return class, idn
}

// word reads an identifier, or an address that begins with a letter: hexadecimal digits before a colon.
func (t *Token) word(s string, p int) int {
	end, hex := p, true
	for end < len(s) && idn[s[end]] {
		hex = hex && (class[s[end]] == clHex || class[s[end]] == clDigit)
		end++
	}
	if hex && end < len(s) && s[end] == ':' {
		return t.number(s, p)
	}
	t.Text = s[p:end]
	return t.is(Ident, end)
}

// sign reads $name, @name or ^name.
func (t *Token) sign(s string, p int) int {
	end := p + 1
	if end < len(s) && class[s[end]] != clDigit {
		for end < len(s) && idn[s[end]] {
			end++
		}
	}
	if end == p+1 {
		return t.bad(end, "`"+s[p:end]+"' must be followed by a valid identifier.")
	}
	t.Text = s[p+1 : end]
	switch s[p] {
	case '$':
		return t.is(Macro, end)
	case '@':
		return t.is(PortGroupName, end)
	}
	return t.is(Template, end)
}

// operators are tried in order: a longer one stands before its beginning.
var operators = [256][]TokenType{
	'(': {LParen}, ')': {RParen}, '[': {LSquare}, ']': {RSquare}, '{': {LCurly}, '}': {RCurly},
	'=': {OpEQ, Assign}, '!': {OpNE, Bang}, '<': {Exchange, OpLE, OpLT}, '>': {OpGE, OpGT}, '&': {AndAnd}, '|': {OrOr},
	'.': {DotDot}, ',': {Comma}, ';': {Semicolon}, ':': {Colon}, '-': {Decrement, Minus},
}

// halves are the operators that are nothing without their second half.
var halves = map[byte]string{
	'&': "`&' is only valid as part of `&&'.",
	'|': "`|' is only valid as part of `||'.",
	'.': "`.' is only valid as part of `..' or a number.",
	'/': "`/' is only valid as part of `//' or `/*'.",
}

func (t *Token) operator(s string, p int) int {
	if s[p] == ':' && p+1 < len(s) && s[p+1] == ':' {
		return t.number(s, p)
	}
	for _, op := range operators[s[p]] {
		if strings.HasPrefix(s[p:], tokenNames[op]) {
			return t.is(op, p+len(tokenNames[op]))
		}
	}
	switch c := s[p]; {
	case halves[c] != "":
		return t.bad(p+1, halves[c])
	case c > ' ' && c < 0x7f:
		return t.bad(p+1, "Invalid character `"+string(rune(c))+"' in input.")
	default:
		return t.bad(p+1, fmt.Sprintf("Invalid byte 0x%d in input.", c))
	}
}
