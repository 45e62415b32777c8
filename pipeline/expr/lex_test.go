package expr

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// lexed is the tokens of a text on one line, the error last.
func lexed(text string) string {
	var out []string
	l := NewLexer(text)
	for ; l.Tok.Type != End; l.Next() {
		switch l.Tok.Type {
		case Number, Quoted:
			c := l.Tok.Const
			s := c.String()
			if c.Kind == Integer {
				s = fmt.Sprintf("%s:%x.%x", c.Format, c.Value.Hi, c.Value.Lo)
				if c.Masked {
					s += fmt.Sprintf("/%x.%x", c.Mask.Hi, c.Mask.Lo)
				}
			}
			out = append(out, s)
		case Ident, Macro, PortGroupName, Template:
			out = append(out, text[l.Tok.Pos:l.Tok.End])
		default:
			out = append(out, l.Tok.Type.String())
		}
	}
	if l.Err != nil {
		out = append(out, fmt.Sprintf("%d: %s", l.Err.Pos, l.Err.Msg))
	}
	return strings.Join(out, " ")
}

// The messages are ovn-trace 26.03.1's for the same input, 2026-11-23.
func TestLexer(t *testing.T) {
	for _, c := range [][2]string{
		{"", ""},
		{"inport == \"a\"&&ip4", `inport == "a" && ip4`},
		{"a.b_c1[0..15]", "a.b_c1 [ decimal:0.0 .. decimal:0.f ]"},
		{"1..5", "decimal:0.1 .. decimal:0.5"},
		{"<-> -- - <= < >= > = == != ! : ; ,", "<-> -- - <= < >= > = == != ! : ; ,"},
		{"{ } ( ) || &&", "{ } ( ) || &&"},
		{"$as @pg ^v", "$as @pg ^v"},
		{"1.2.3.4/24", "IPv4:0.1020300/0.ffffff00"},
		{"10.0.0.0/255.0.0.0", "IPv4:0.a000000/0.ff000000"},
		{"fe80::1/64", "IPv6:fe80000000000000.0/ffffffffffffffff.0"},
		{"::", "IPv6:0.0"},
		{"ab::12", "IPv6:ab000000000000.12"},
		{"::ffff:1.2.3.4", "IPv6:0.ffff01020304"},
		{"aA:bb:cc:dd:ee:ff", "Ethernet:0.aabbccddeeff"},
		{"00:00:00:00:00:01/01:00:00:00:00:00", "Ethernet:0.0/0.10000000000"},
		{"0x1F", "hexadecimal:0.1f"},
		{"0X5/0xf", "hexadecimal:0.5/0.f"},
		{"18446744073709551615", "decimal:0.ffffffffffffffff"},
		{"0x0000000000000000000000000000000000000001", "hexadecimal:0.1"},
		{"beef", "beef"},
		{"1 // comment", "decimal:0.1"},
		{"1 /* c */ 2", "decimal:0.1 decimal:0.2"},
		{"1 // c\n2", "decimal:0.1 decimal:0.2"},
		{"5 /*c*/6", "decimal:0.5 decimal:0.6"},
		{"5/*c*/6", "0: Integer constant expected."},
		{"a/*c\n*/b", "a 1: `/*' without matching `*/'."},
		{`"\u0041\n\"\\"`, `"A\n\"\\"`},
		{`"\ud83d\ude00"`, `"😀"`},

		{"007", "0: Decimal constants must not have leading zeros."},
		{"18446744073709551616", "0: Decimal constants must be less than 2**64."},
		{"0x", "0: Hex digits expected following 0x."},
		{"0x1g", "0: Invalid syntax in hexadecimal constant."},
		{"0x" + strings.Repeat("f", 257), "0: Hexadecimal constant requires more than 1024 bits."},
		{"12ab", "0: Invalid numeric constant."},
		{"0:1:2:3:4:5", "0: Invalid numeric constant."},
		{"1.2.3", "0: Invalid numeric constant."},
		{"01.2.3.4", "0: Invalid numeric constant."},
		{"1.2.3.0/0xffffff00", "0: Value and mask have incompatible formats."},
		{"1.2.3.0/33", "0: Value and mask have incompatible formats."},
		{"0x5/15", "0: Value and mask have incompatible formats."},
		{"1 / 3", "decimal:0.1 2: `/' is only valid as part of `//' or `/*'."},
		{"a & b", "a 2: `&' is only valid as part of `&&'."},
		{"a | b", "a 2: `|' is only valid as part of `||'."},
		{".foo", "0: `.' is only valid as part of `..' or a number."},
		{"#", "0: Invalid character `#' in input."},
		{"$ a", "0: `$' must be followed by a valid identifier."},
		{"@", "0: `@' must be followed by a valid identifier."},
		{"1 /* c", "decimal:0.1 2: `/*' without matching `*/'."},
		{`"abc`, "0: Input ends inside quoted string."},
		{`"\q"`, `0: bad escape \q`},
		{`"\u12"`, "0: quoted string ends within \\u escape"},
	} {
		assert.Equal(t, c[1], lexed(c[0]), c[0])
	}
}

func TestErrorPosition(t *testing.T) {
	l := NewLexer("ip4 &&\n  tcp.dst == #")
	for l.Tok.Type != End {
		l.Next()
	}
	assert.EqualError(t, l.Err, "2:14: Invalid character `#' in input.")
}
