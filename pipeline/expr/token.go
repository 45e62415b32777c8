package expr

// TokenType is what kind of token the lexer met.
type TokenType uint8

// The tokens that matches and actions are made of.
const (
	End TokenType = iota
	Bad           // Token.Text is the message
	Ident
	Quoted        // a string; Token.Text is decoded
	Number        // Token.Const holds it, its mask too
	Macro         // $name
	PortGroupName // @name
	Template      // ^name
	LParen
	RParen
	LSquare
	RSquare
	LCurly
	RCurly
	OpEQ
	OpNE
	OpLT
	OpLE
	OpGT
	OpGE
	Bang
	AndAnd
	OrOr
	DotDot
	Comma
	Semicolon
	Assign
	Exchange
	Decrement
	Colon
	Minus
)

// tokenNames are the tokens with one spelling, as error messages show them.
var tokenNames = [...]string{
	LParen: "(", RParen: ")", LSquare: "[", RSquare: "]", LCurly: "{", RCurly: "}",
	OpEQ: "==", OpNE: "!=", OpLT: "<", OpLE: "<=", OpGT: ">", OpGE: ">=", Bang: "!", AndAnd: "&&", OrOr: "||",
	DotDot: "..", Comma: ",", Semicolon: ";", Assign: "=", Exchange: "<->", Decrement: "--", Colon: ":", Minus: "-",
}

// String is the token's spelling where it has only one.
func (t TokenType) String() string {
	if int(t) < len(tokenNames) && tokenNames[t] != "" {
		return tokenNames[t]
	}
	return [...]string{"end of input", "error", "identifier", "string", "integer", "address set", "port group", "template"}[t]
}

// Token is one token and where it stands.
type Token struct {
	Type TokenType
	Pos  int // byte offset of the first character
	End  int // byte offset after the last
	// Text is the name of an identifier, of a set or template without its sign, a decoded string, or the message of a Bad token.
	Text  string
	Const Constant // of a Number or a Quoted token
}

// Error is what is wrong in a match or an action, and where.
type Error struct {
	Input string // the whole text
	Pos   int    // byte offset in it
	Msg   string // in OVN's words
	Hint  string // the name that may have been meant, "" where nothing is close
}

// Error is the message after "line:column: ", both from 1, columns in bytes, and the hint.
func (e *Error) Error() string {
	line, col := e.LineCol()
	msg := itoa(line) + ":" + itoa(col) + ": " + e.Msg
	if e.Hint != "" {
		msg += " Did you mean " + e.Hint + "?"
	}
	return msg
}

// LineCol is the position as line and column, both from 1, columns in bytes.
func (e *Error) LineCol() (line, col int) {
	line, start := 1, 0
	for i := 0; i < e.Pos && i < len(e.Input); i++ {
		if e.Input[i] == '\n' {
			line, start = line+1, i+1
		}
	}
	return line, e.Pos - start + 1
}
