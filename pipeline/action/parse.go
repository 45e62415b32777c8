package action

import (
	"slices"
	"strings"

	"ovnsim/pipeline/expr"
)

// maxDepth is how deep blocks may be nested, as in OVN.
const maxDepth = 31

// parser reads a list of actions. The first error stays in the lexer and ends everything.
type parser struct {
	expr.Lexer
	depth    int
	at       int      // where the field that was read last stands
	inCommit bool     // directly inside ct_commit { … }, where nothing but ct_mark and ct_label can be written
	needs    []string // what the actions imply of the match, in room at first
	room     [4]string
}

// Parse makes actions of a text. The list of "", of a comment and of "drop;" is empty. An error is an *expr.Error with the
// place; its message is OVN's. Text with template variables is one Template.
func Parse(text string) ([]Action, error) {
	t, err := parse(text)
	return t.Actions, err
}

func parse(text string) (Text, error) {
	t := Text{Source: text}
	if isTemplate(text) {
		t.Actions = []Action{&Template{Source: text}}
		return t, nil
	}
	p := &parser{Lexer: *expr.NewLexer(text)}
	p.needs = p.room[:0]
	t.Actions = p.list(expr.End)
	if p.Err != nil {
		return Text{Source: text}, p.Err
	}
	if len(p.needs) > 0 {
		t.Prereqs = slices.Clone(p.needs)
	}
	return t, nil
}

// list reads actions up to the token that ends them, and that token.
func (p *parser) list(end expr.TokenType) []Action {
	if p.isWord("drop") && p.peek() == expr.Semicolon {
		p.Next()
		p.Next()
		p.Force(end)
		return nil
	}
	var space [12]Action // nearly all lists are shorter
	list := space[:0]
	for p.Err == nil && !p.Match(end) {
		if a := p.action(); p.Err == nil {
			list = append(list, a)
		}
	}
	if len(list) == 0 || p.Err != nil {
		return nil
	}
	return slices.Clone(list)
}

// action reads one action and its semicolon.
func (p *parser) action() Action {
	if p.Tok.Type != expr.Ident {
		p.SyntaxError("")
		return nil
	}
	var a Action
	switch p.peek() {
	case expr.Assign, expr.Exchange, expr.LSquare:
		a = p.set()
	default:
		v := statements[p.Tok.Text]
		if v == nil {
			p.SyntaxError("expecting action")
			return nil
		}
		p.Next()
		a = v.parse(p, v, expr.Ref{})
	}
	p.Force(expr.Semicolon)
	return a
}

// set reads an action that begins with a field: an assignment, an exchange, or one that stores its result.
func (p *parser) set() Action {
	dst := p.ref()
	switch {
	case p.Err != nil:
		return nil
	case p.Match(expr.Exchange):
		return p.exchange(dst)
	case !p.Match(expr.Assign):
		p.SyntaxError("expecting `=' or `<->'")
		return nil
	case p.Tok.Type == expr.Ident:
		if v := results[p.Tok.Text]; v != nil && p.peek() == expr.LParen {
			p.Next()
			p.Next()
			return v.parse(p, v, dst)
		}
		return p.move(dst)
	}
	return p.assign(dst)
}

func (p *parser) assign(dst expr.Ref) Action {
	if !p.writable(dst) {
		return nil
	}
	p.at = p.Tok.Pos
	c := p.constant()
	if p.Err != nil {
		return nil
	}
	s := dst.Symbol()
	switch isString := c.Kind == expr.String; {
	case s.IsString() && !isString:
		p.wrong("String field %s is not compatible with integer constant.", s.Name)
	case !s.IsString() && isString:
		p.wrong("Integer field %s is not compatible with string constant.", s.Name)
	case !isString && c.Width() > int(s.Width):
		p.wrong("%d-bit constant is not compatible with %d-bit field %s.", c.Width(), s.Width, s.Name)
	case s.ICMP:
		return &SetOVNField{dst, c.Value.Lo}
	}
	return &Assign{dst, c}
}

func (p *parser) move(dst expr.Ref) Action {
	src := p.ref()
	if p.Err != nil || !p.writable(dst) || !p.readable(src) {
		return nil
	}
	p.alike(dst, src, "Can't assign %[2]d-bit value to %[1]d-bit destination.",
		"Can't assign %[4]s field (%[3]s) to %[2]s field (%[1]s).")
	return &Move{dst, src}
}

func (p *parser) exchange(a expr.Ref) Action {
	b := p.ref()
	if p.Err != nil || !p.writable(a) || !p.writable(b) {
		return nil
	}
	p.alike(a, b, "Can't exchange %d-bit field with %d-bit field.",
		"Can't exchange %[2]s field (%[1]s) with %[4]s field (%[3]s).")
	return &Exchange{a, b}
}

// alike checks that two fields can hold the same values.
func (p *parser) alike(a, b expr.Ref, widths, types string) {
	sa, sb := a.Symbol(), b.Symbol()
	switch {
	case a.IsString() != b.IsString():
		p.wrong(types, sa.Name, kind(a), sb.Name, kind(b))
	case a.Width != b.Width:
		p.wrong(widths, a.Width, b.Width)
	case sa.ICMP || sb.ICMP: // ovn-trace fails an assertion here
		p.wrong("An OVN field can only be set to a constant.")
	}
}

func kind(r expr.Ref) string {
	if r.IsString() {
		return "string"
	}
	return "integer"
}

// block reads a list in braces. What its actions imply of the match holds only where the action itself implies nothing: the
// packet that a block works on is another one otherwise.
func (p *parser) block(need string, commit bool) Block {
	if !p.Force(expr.LCurly) {
		return Block{}
	}
	if p.depth++; p.depth > maxDepth {
		p.Errorf("maximum depth of nested actions reached")
		return Block{}
	}
	outer := p.inCommit
	p.inCommit = commit
	n := len(p.needs)
	list := p.list(expr.RCurly)
	p.depth--
	p.inCommit = outer
	if need != "" {
		p.needs = p.needs[:n]
		p.need(need)
	}
	return Block{list}
}

// need notes that the match must imply a predicate.
func (p *parser) need(prereq string) {
	if prereq != "" && !slices.Contains(p.needs, prereq) {
		p.needs = append(p.needs, prereq)
	}
}

// isTemplate reports whether a text has a template variable outside strings and comments.
func isTemplate(text string) bool {
	if strings.IndexByte(text, '^') < 0 {
		return false
	}
	for l := expr.NewLexer(text); l.Tok.Type != expr.End; l.Next() {
		if l.Tok.Type == expr.Template {
			return true
		}
	}
	return false
}

// Expand replaces the template variables of a text by their values on a chassis and parses what comes out. It fails if one
// has no value: the chassis does not have the flow then.
func (a *Template) Expand(value func(name string) (string, bool)) (Text, error) {
	var b strings.Builder
	end := 0
	for l := expr.NewLexer(a.Source); l.Tok.Type != expr.End; l.Next() {
		if l.Tok.Type != expr.Template {
			continue
		}
		v, ok := value(l.Tok.Text)
		if !ok {
			return Text{Source: a.Source}, &expr.Error{Input: a.Source, Pos: l.Tok.Pos, Msg: "no value for template variable ^" + l.Tok.Text}
		}
		b.WriteString(a.Source[end:l.Tok.Pos])
		b.WriteString(v)
		end = l.Tok.End
	}
	b.WriteString(a.Source[end:])
	t, err := parse(b.String())
	if len(t.Actions) == 1 {
		if _, again := t.Actions[0].(*Template); again {
			return Text{Source: a.Source}, &expr.Error{Input: b.String(), Msg: "a template variable's value may not have variables"}
		}
	}
	return t, err
}
