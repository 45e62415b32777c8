package expr

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted reads a string: JSON's syntax (RFC 8259), as ovn-sb(5) has it. A string without escapes shares the input's memory.
func (t *Token) quoted(s string, p int) int {
	end := p + 1
	escaped := false
	for ; ; end++ {
		if end >= len(s) {
			return t.bad(len(s), "Input ends inside quoted string.")
		}
		if s[end] == '"' {
			break
		}
		if s[end] == '\\' {
			escaped = true
			end++
		}
	}
	t.Text = s[p+1 : end]
	if escaped || hasControl(t.Text) {
		text, msg := unescape(t.Text)
		if msg != "" {
			return t.bad(end+1, msg)
		}
		t.Text = text
	}
	t.Const = Constant{Kind: String, Text: t.Text}
	return t.is(Quoted, end+1)
}

// hasControl reports what a plain string may not hold: control characters and bytes that are no UTF-8.
func hasControl(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' {
			return true
		}
		if s[i] >= utf8.RuneSelf {
			return !utf8.ValidString(s[i:]) || hasControlASCII(s[i:])
		}
	}
	return false
}

func hasControlASCII(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' })
}

// unescape decodes what stands between the quotes.
func unescape(s string) (text, msg string) {
	var b []byte
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c < ' ':
			return "", fmt.Sprintf("U+%04X must be escaped in quoted string", c)
		case c != '\\':
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				return "", fmt.Sprintf("Invalid byte 0x%d in input.", c)
			}
			b = append(b, s[i:i+n]...)
			i += n
			continue
		}
		i++
		if s[i] == 'u' {
			r, n, msg := unicodeEscape(s[i+1:])
			if msg != "" {
				return "", msg
			}
			b = utf8.AppendRune(b, r)
			i += 1 + n
			continue
		}
		e := unescaped[s[i]&127]
		if e == 0 || s[i] >= utf8.RuneSelf {
			return "", "bad escape \\" + s[i:i+1]
		}
		b = append(b, e)
		i++
	}
	return string(b), ""
}

var unescaped = [128]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unicodeEscape reads the digits after \u, and a second escape where two make one character.
func unicodeEscape(s string) (r rune, n int, msg string) {
	if r, msg = hex4(s); msg != "" {
		return 0, 0, msg
	}
	if r == 0 {
		return 0, 0, "null bytes not supported in quoted strings"
	}
	if !utf16.IsSurrogate(r) {
		return r, 4, ""
	}
	if len(s) < 10 || s[4] != '\\' || s[5] != 'u' {
		return 0, 0, "malformed escaped surrogate pair"
	}
	low, msg := hex4(s[6:])
	if msg != "" {
		return 0, 0, msg
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, 0, "second half of escaped surrogate pair is not trailing surrogate"
	}
	return r, 10, ""
}

func hex4(s string) (r rune, msg string) {
	if len(s) < 4 {
		return 0, "quoted string ends within \\u escape"
	}
	for i := range 4 {
		d := hexValue(s[i])
		if d > 15 {
			return 0, "malformed \\u escape"
		}
		r = r<<4 | rune(d)
	}
	return r, ""
}
