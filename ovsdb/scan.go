package ovsdb

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// scanner walks JSON text that the schema describes. It builds nothing: a value is the slice of the text that holds it.
// The first error sticks and moves the position to the end, so loops stop by themselves.
type scanner struct {
	s   string
	pos int
	err error
	at  int // where err is
}

func (c *scanner) fail(format string, args ...any) {
	if c.err == nil {
		c.err, c.at = fmt.Errorf(format, args...), c.pos
	}
	c.pos = len(c.s)
}

// peek skips white space and shows the next byte, 0 at the end.
func (c *scanner) peek() byte {
	for c.pos < len(c.s) {
		switch b := c.s[c.pos]; b {
		case ' ', '\t', '\n', '\r':
			c.pos++
		default:
			return b
		}
	}
	return 0
}

// take consumes b if it is next.
func (c *scanner) take(b byte) bool {
	if c.peek() != b {
		return false
	}
	c.pos++
	return true
}

func (c *scanner) expect(b byte) {
	if !c.take(b) {
		c.fail("expected %q %s", b, c.found())
	}
}

// found says what stands at the position, for messages.
func (c *scanner) found() string {
	if c.peek() == 0 {
		return "before the end"
	}
	return fmt.Sprintf("at %q", c.s[c.pos:min(len(c.s), c.pos+20)])
}

// list walks a bracketed, comma separated list; item must consume one item.
func (c *scanner) list(open, end byte, item func()) {
	c.expect(open)
	if c.err != nil || c.take(end) {
		return
	}
	for {
		item()
		if c.take(',') {
			continue
		}
		c.expect(end)
		return
	}
}

// object walks an object's members; member must consume the value. The key is raw: unescaped by nobody.
func (c *scanner) object(member func(key string)) {
	c.list('{', '}', func() {
		key := c.rawString()
		c.expect(':')
		if c.err == nil {
			member(key)
		}
	})
}

// rawString consumes a string and returns what stands between its quotes, escapes untouched but checked.
func (c *scanner) rawString() string {
	c.expect('"')
	if c.err != nil {
		return ""
	}
	start := c.pos
	for i := start; i < len(c.s); i++ {
		switch c.s[i] {
		case '"':
			c.pos = i + 1
			return c.s[start:i]
		case '\\':
			n := escapeLen(c.s[i:])
			if n == 0 {
				c.pos = i
				c.fail("a bad escape in a string")
				return ""
			}
			i += n - 1
		}
	}
	c.fail("a string without its end")
	return ""
}

// escapeLen is the length of the escape sequence that s begins with, 0 when it is none.
func escapeLen(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(s[2:]); ok {
			return 6
		}
	}
	return 0
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for i := range 4 {
		switch b := s[i]; {
		case b >= '0' && b <= '9':
			r = r<<4 | rune(b-'0')
		case b|0x20 >= 'a' && b|0x20 <= 'f':
			r = r<<4 | rune(b|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// unescape is the string that raw, checked by rawString, stands for. Without escapes it is raw itself.
func unescape(raw string) string {
	i := strings.IndexByte(raw, '\\')
	if i < 0 {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for i >= 0 {
		out = append(out, raw[:i]...)
		r, end := escaped(raw, i)
		out = utf8.AppendRune(out, r)
		raw = raw[end:]
		i = strings.IndexByte(raw, '\\')
	}
	out = append(out, raw...)
	return unsafe.String(unsafe.SliceData(out), len(out)) // out is nobody else's
}

// escaped decodes the escape at i and tells where it ends. A lone surrogate becomes U+FFFD.
func escaped(raw string, i int) (rune, int) {
	switch b := raw[i+1]; b {
	case 'b':
		return '\b', i + 2
	case 'f':
		return '\f', i + 2
	case 'n':
		return '\n', i + 2
	case 'r':
		return '\r', i + 2
	case 't':
		return '\t', i + 2
	case 'u':
		r, _ := hex4(raw[i+2:])
		i += 6
		if utf16.IsSurrogate(r) && strings.HasPrefix(raw[i:], `\u`) {
			if low, ok := hex4(raw[i+2:]); ok {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					return pair, i + 6
				}
			}
		}
		if utf16.IsSurrogate(r) {
			r = utf8.RuneError
		}
		return r, i
	default:
		return rune(b), i + 2
	}
}

// value consumes a column's value, checking it against the column's type, and returns its text.
func (c *scanner) value(t *Type) string {
	c.peek()
	start := c.pos
	switch {
	case t.Value != Void:
		c.tag("map")
		c.list('[', ']', func() {
			c.expect('[')
			c.atom(t.Key)
			c.expect(',')
			c.atom(t.Value)
			c.expect(']')
		})
		c.expect(']')
	case t.Max != 1 || t.Min == 0:
		if !c.isSet() {
			c.atom(t.Key)
			break
		}
		c.tag("set")
		c.list('[', ']', func() { c.atom(t.Key) })
		c.expect(']')
	default:
		c.atom(t.Key)
	}
	if c.err != nil {
		return ""
	}
	return c.s[start:c.pos]
}

// isSet tells a set from a lone atom: both may begin with a bracket (["set",[…]], ["uuid","…"]).
func (c *scanner) isSet() bool {
	probe := scanner{s: c.s, pos: c.pos}
	return probe.take('[') && probe.rawString() == "set"
}

func (c *scanner) tag(name string) {
	c.expect('[')
	if at := c.pos; c.err == nil && c.rawString() != name {
		c.pos = at
		c.fail("expected %q %s", name, c.found())
	}
	c.expect(',')
}

// atom consumes one value of a base type and returns its text: a string's or a UUID's between the quotes.
func (c *scanner) atom(kind Kind) string {
	switch kind {
	case String:
		return c.rawString()
	case UUIDs:
		c.tag("uuid")
		raw := c.rawString()
		if c.err == nil {
			if _, err := ParseUUID(raw); err != nil {
				c.fail("%v", err)
			}
		}
		c.expect(']')
		return raw
	case Boolean:
		return c.word("true", "false")
	}
	return c.number(kind == Real)
}

func (c *scanner) word(choices ...string) string {
	c.peek()
	for _, w := range choices {
		if strings.HasPrefix(c.s[c.pos:], w) {
			c.pos += len(w)
			return w
		}
	}
	c.fail("expected %s %s", strings.Join(choices, " or "), c.found())
	return ""
}

func (c *scanner) number(float bool) string {
	c.peek()
	start := c.pos
	for c.pos < len(c.s) {
		b := c.s[c.pos]
		if b >= '0' && b <= '9' || b == '-' && c.pos == start || float && strings.IndexByte("+-.eE", b) >= 0 {
			c.pos++
			continue
		}
		break
	}
	text := c.s[start:c.pos]
	if text == "" || text == "-" || !float && len(text) > 20 {
		c.pos = start
		c.fail("expected a number %s", c.found())
		return ""
	}
	return text
}

// deepest is how far values that no schema describes may nest: nothing that OVSDB writes comes near.
const deepest = 64

// skip consumes any JSON value and returns its text.
func (c *scanner) skip() string { return c.skipDeep(deepest) }

func (c *scanner) skipDeep(depth int) string {
	b := c.peek()
	start := c.pos
	switch {
	case depth == 0:
		c.fail("nested more than %d deep", deepest)
	case b == '"':
		c.rawString()
	case b == '{':
		c.object(func(string) { c.skipDeep(depth - 1) })
	case b == '[':
		c.list('[', ']', func() { c.skipDeep(depth - 1) })
	case b == 't' || b == 'f' || b == 'n':
		c.word("true", "false", "null")
	default:
		c.number(true)
	}
	if c.err != nil {
		return ""
	}
	return c.s[start:c.pos]
}
