package nbctl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

// token takes the next token off a text: one delimiter, or everything up to the next delimiter that is neither in quotes nor
// behind a backslash. What stands in quotes is left as it is.
func token(s string) (tok, rest string, err error) {
	if s != "" && isDelimiter(s[0]) {
		return s[:1], s[1:], nil
	}
	var b []byte
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 == len(s):
			return "", "", fail("%s: backslash at end of argument", s)
		case s[i] == '\\' && quoted:
			b = append(b, s[i])
			i++
		case s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && isDelimiter(s[i]):
			return string(b), s[i:], nil
		}
		b = append(b, s[i])
	}
	if quoted {
		return "", "", fail("%s: quoted string extends past end of argument", s)
	}
	return string(b), "", nil
}

func isDelimiter(b byte) bool { return strings.IndexByte(":=, []{}!<>", b) >= 0 }

// parseDatum reads a column's whole value: elements or pairs separated by commas or spaces, with or without brackets.
func (s *session) parseDatum(c *topology.Column, text string) (topology.Datum, error) {
	p := datumParser{session: s, column: c, whole: text, rest: strings.TrimLeft(text, " ")}
	open, end := byte('['), byte(']')
	if c.IsMap {
		open, end = '{', '}'
	}
	bracket := p.rest != "" && p.rest[0] == open
	if bracket {
		p.rest = p.rest[1:]
	}
	for {
		p.rest = strings.TrimLeft(p.rest, ", ")
		if p.rest == "" || bracket && p.rest[0] == end {
			break
		}
		if err := p.element(); err != nil {
			return topology.Datum{}, err
		}
	}
	if bracket {
		if p.rest == "" {
			return topology.Datum{}, fail("%s: missing \"%c\" at end of data", text, end)
		}
		if p.rest = strings.TrimLeft(p.rest[1:], " "); p.rest != "" {
			return topology.Datum{}, fail("%s: trailing garbage after \"%c\"", text, end)
		}
	}
	return p.datum, p.finish()
}

type datumParser struct {
	*session
	column      *topology.Column
	whole, rest string
	datum       topology.Datum
}

// element reads one element or pair.
func (p *datumParser) element() error {
	keys, err := p.atoms(p.column.Kind, true)
	if err != nil {
		return err
	}
	p.datum.Keys = append(p.datum.Keys, keys...)
	if !p.column.IsMap {
		return nil
	}
	p.rest = strings.TrimLeft(p.rest, " ")
	switch {
	case p.rest == "":
		return fail("%s: syntax error at \"", p.whole) // ovn-nbctl's own message breaks off here
	case p.rest[0] != '=':
		return fail("%s: syntax error at \"%c\" expecting \"=\"", p.whole, p.rest[0])
	}
	p.rest = strings.TrimLeft(p.rest[1:], " ")
	values, err := p.atoms(p.column.Value, false)
	p.datum.Values = append(p.datum.Values, values...)
	return err
}

// atoms reads one token; an integer may be a range, which is all that lie in it.
func (p *datumParser) atoms(k topology.Kind, key bool) ([]topology.Atom, error) {
	tok, rest, err := token(p.rest)
	switch {
	case err != nil:
		return nil, err
	case len(tok) == 1 && isDelimiter(tok[0]) && tok != ",":
		return nil, fail("%s: unexpected \"%s\" parsing %s", p.whole, tok, typeTitle(p.column))
	case tok == ",":
		tok, rest = "", p.rest
	}
	p.rest = rest
	if low, high, ok := intRange(tok); ok && k == topology.Integer && key {
		var out []topology.Atom
		for n := low; n <= high; n++ {
			out = append(out, topology.Atom{Integer: n})
		}
		return out, nil
	}
	a, err := p.atom(p.column, k, key, tok)
	return []topology.Atom{a}, err
}

func intRange(s string) (low, high int64, ok bool) {
	a, b, found := strings.Cut(s, "-")
	low, err := strconv.ParseInt(a, 10, 64)
	high, err2 := strconv.ParseInt(b, 10, 64)
	return low, high, found && err == nil && err2 == nil && low <= high && high-low < 10000
}

// typeTitle names a column's type as OVSDB's tools do.
func typeTitle(c *topology.Column) string {
	name := [...]string{"string", "integer", "boolean", "uuid"}
	switch {
	case c.IsMap:
		return "map of (" + name[c.Kind] + ", " + name[c.Value] + ") pairs"
	case c.IsOptional():
		return "set of up to 1 " + name[c.Kind] + "s"
	case c.IsSet() && c.Min > 0:
		return fmt.Sprintf("set of %d or more %ss", c.Min, name[c.Kind])
	case c.IsSet():
		return "set of " + name[c.Kind] + "s"
	}
	return name[c.Kind]
}

// finish checks for duplicates and the number of elements.
func (p *datumParser) finish() error {
	d, what := p.datum, "set contains duplicate value"
	if p.column.IsMap {
		what = "map contains duplicate key"
	}
	for i, a := range d.Keys {
		if slices.ContainsFunc(d.Keys[:i], func(b topology.Atom) bool { return a.Compare(b, p.column.Kind) == 0 }) {
			return fail("%s: %s", p.whole, what)
		}
	}
	switch n := len(d.Keys); {
	case n < p.column.Min:
		return fail("%s: %d value(s) specified but the minimum number is %d", p.whole, n, p.column.Min)
	case p.column.Max == 1 && n > 1:
		return fail("%s: %d value(s) specified but the maximum number is 1", p.whole, n)
	}
	return nil
}

// atom reads one element of kind k, which is the column's key or value, and holds it to the column's limits.
func (s *session) atom(c *topology.Column, k topology.Kind, key bool, text string) (topology.Atom, error) {
	a, err := s.plainAtom(c, k, text)
	if err != nil {
		return a, err
	}
	problem := ""
	if key {
		problem = c.Check(a)
	} else {
		problem = c.CheckValue(a)
	}
	if problem != "" {
		return a, fail("constraint violation: %s", problem)
	}
	return a, nil
}

func (s *session) plainAtom(c *topology.Column, k topology.Kind, text string) (topology.Atom, error) {
	switch k {
	case topology.Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return topology.Atom{}, fail("\"%s\" is not a valid integer or range", text)
		}
		return topology.Atom{Integer: n}, nil
	case topology.Boolean:
		if !slices.Contains([]string{"true", "yes", "on", "1", "false", "no", "off", "0"}, text) {
			return topology.Atom{}, fail("\"%s\" is not a valid boolean (use \"true\" or \"false\")", text)
		}
		return topology.Atom{Boolean: slices.Contains([]string{"true", "yes", "on", "1"}, text)}, nil
	case topology.Reference:
		return s.reference(c, text)
	}
	return stringAtom(text)
}

func stringAtom(text string) (topology.Atom, error) {
	switch {
	case text == "":
		return topology.Atom{}, fail(`An empty string is not valid as input; use "" to represent the empty string`)
	case text[0] != '"':
		return topology.Atom{String: text}, nil
	case len(text) < 2 || text[len(text)-1] != '"':
		return topology.Atom{}, fail("%s: missing quote at end of quoted string", text)
	}
	var out string
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return topology.Atom{}, fail("%s: %v", text, err)
	}
	return topology.Atom{String: out}, nil
}

// symbol is a @name: the row that it stands for, which may still have to be created.
type symbol struct {
	row               topology.Record
	created, referred bool
}

// reference reads a UUID or a @name. A UUID that no row has makes a row that is in no table: committing drops or refuses it.
func (s *session) reference(c *topology.Column, text string) (topology.Atom, error) {
	if strings.HasPrefix(text, "@") {
		sym := s.symbolNamed(text)
		sym.referred = true
		if sym.row == nil {
			sym.row = c.Ref.New()
		}
		if topology.TableOf(sym.row) != c.Ref {
			return topology.Atom{}, fail("row id %q is of table %s, not %s", text, topology.TableOf(sym.row).Name, c.Ref.Name)
		}
		return topology.Atom{Row: sym.row}, nil
	}
	id, err := ovsdb.ParseUUID(text)
	if err != nil {
		return topology.Atom{}, fail("\"%s\" is not a valid UUID", text)
	}
	if r := s.RowOf(c.Ref, id); r != nil {
		return topology.Atom{Row: r}, nil
	}
	ghost := c.Ref.New()
	ghost.Base().UUID = id
	return topology.Atom{Row: ghost}, nil
}

func (s *session) symbolNamed(name string) *symbol {
	if s.symbols[name] == nil {
		s.symbols[name] = &symbol{}
		s.order = append(s.order, name)
	}
	return s.symbols[name]
}

// checkSymbols looks for names that no command has created.
func (s *session) checkSymbols() error {
	for _, name := range s.order {
		if !s.symbols[name].created {
			return fail("row id \"%s\" is referenced but never created (e.g. with \"-- --id=%s create ...\")", name, name)
		}
	}
	return nil
}
