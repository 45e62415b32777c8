package topology

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// values reads a column that holds no references.
func (l *loader) values(r Record, c *Column, n *yaml.Node) {
	var d Datum
	switch {
	case c.IsMap:
		d = l.mapping(r, c, n)
	case c.IsSet():
		d = l.set(r, c, n)
	default:
		if a, ok := l.atom(c, c.Kind, n, c.Name); ok {
			d.Keys = []Atom{a}
		}
	}
	if len(d.Keys) > 0 {
		c.Set(r, d)
	}
}

// set reads a list of elements; a single one may stand without brackets.
func (l *loader) set(r Record, c *Column, n *yaml.Node) Datum {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	var d Datum
	for _, item := range items {
		item = l.real(item)
		a, ok := l.atom(c, c.Kind, item, c.Name)
		if !ok {
			continue
		}
		if p := (place{r, c.Name, a.String}); l.places[p] != nil && c.Kind == String && a.String != "" {
			l.errorf(item, "%s: %q is here twice", c.Name, a.String)
		} else {
			l.places[p] = item
		}
		d.Keys = append(d.Keys, a)
	}
	return d
}

// mapping reads key: value pairs. A list of values is joined by commas, which is how OVN writes lists inside a value.
func (l *loader) mapping(r Record, c *Column, n *yaml.Node) Datum {
	var d Datum
	if n.Kind != yaml.MappingNode {
		l.errorf(n, "%s takes a mapping, not a %s", c.Name, kindName(n))
		return d
	}
	for _, e := range l.entries(n) {
		value := l.real(e.value)
		key, ok := l.atom(c, c.Kind, e.key, c.Name)
		if !ok {
			continue
		}
		v, ok := l.mapValue(c, value, e.key.Value)
		if !ok {
			continue
		}
		l.places[place{r, c.Name, key.String}] = e.key
		d.Keys, d.Values = append(d.Keys, key), append(d.Values, v)
	}
	return d
}

func (l *loader) mapValue(c *Column, n *yaml.Node, key string) (Atom, bool) {
	what := c.Name + ":" + key
	if c.Value != String || n.Kind != yaml.SequenceNode {
		if isNull(n) && c.Value == String {
			return Atom{}, true
		}
		return l.atom(c, c.Value, n, what)
	}
	var parts []string
	for _, item := range n.Content {
		if a, ok := l.atom(c, String, l.real(item), what); ok {
			parts = append(parts, a.String)
		}
	}
	return Atom{String: strings.Join(parts, ",")}, true
}

// atom reads one element; what names it in errors.
func (l *loader) atom(c *Column, k Kind, n *yaml.Node, what string) (Atom, bool) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		name := kindName(n)
		if isNull(n) {
			name = "nothing"
		}
		l.errorf(n, "%s takes %s, not %s", what, kindTitle(c, k), article(name))
		return Atom{}, false
	}
	a := Atom{String: n.Value}
	var problem string
	switch k {
	case Integer:
		a, problem = integerAtom(c, n.Value)
	case Boolean:
		a = Atom{Boolean: n.Value == "true"}
		if n.Value != "true" && n.Value != "false" {
			problem = strconv.Quote(n.Value) + " is neither true nor false"
		}
	default:
		problem = stringProblem(c, n.Value)
	}
	if problem != "" {
		l.errorf(n, "%s: %s", what, problem)
		return Atom{}, false
	}
	return a, true
}

func article(name string) string {
	if name == "nothing" {
		return name
	}
	return "a " + name
}

func kindTitle(c *Column, k Kind) string {
	many := ""
	if c.IsSet() {
		many = " or a list of them"
	}
	return [...]string{"a string", "an integer", "true or false", "the name of a row"}[k] + many
}

func integerAtom(c *Column, text string) (Atom, string) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return Atom{}, strconv.Quote(text) + " is not an integer"
	case c.Ranged && (n < c.Low || n > c.High):
		return Atom{}, text + " is not between " + strconv.FormatInt(c.Low, 10) + " and " + strconv.FormatInt(c.High, 10)
	}
	return Atom{Integer: n}, ""
}

func stringProblem(c *Column, s string) string {
	switch {
	case strings.ContainsRune(s, 0):
		return "a string cannot hold a null byte"
	case c.Length > 0 && utf8.RuneCountInString(s) > c.Length:
		return strconv.Quote(s) + " has more than " + strconv.Itoa(c.Length) + " characters"
	case c.Enum != nil && !slices.Contains(c.Enum, s):
		return strconv.Quote(s) + " is not one of " + strings.Join(c.Enum, ", ") + Suggest(s, c.Enum)
	}
	return ""
}

func (l *loader) boolean(n *yaml.Node, what string) bool {
	n = l.real(n)
	if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
		l.errorf(n, "%s takes true or false", what)
	}
	return n.Value != "false"
}
