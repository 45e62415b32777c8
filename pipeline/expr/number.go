package expr

import (
	"net/netip"
	"strings"
)

// number reads an integer in any notation and its mask.
func (t *Token) number(s string, p int) int {
	c := &t.Const
	*c = Constant{}
	end, msg := integer(s, p, c)
	if msg != "" {
		return t.bad(end, msg)
	}
	if end < len(s) && s[end] == '/' { // a comment right behind a number is taken for a mask
		mask := Constant{}
		if end, msg = integer(s, end+1, &mask); msg != "" {
			return t.bad(end, msg)
		}
		if msg = c.setMask(mask); msg != "" {
			return t.bad(end, msg)
		}
	}
	c.Text = s[p:end]
	return t.is(Number, end)
}

// setMask adds a mask in the value's notation, or the length of a prefix of an address. Bits outside the mask go.
func (c *Constant) setMask(m Constant) string {
	width := [...]uint64{IPv4: 32, IPv6: 128, Ethernet: 0}[c.Format]
	switch {
	case m.Format == c.Format:
		c.Mask, c.Wide = m.Value, m.Wide
	case m.Format == Decimal && m.Value.Hi == 0 && m.Value.Lo <= width && width > 0:
		c.Mask = Ones(int(m.Value.Lo)).Shl(int(width - m.Value.Lo))
	default:
		return "Value and mask have incompatible formats."
	}
	c.Masked = true
	c.Value = c.Value.And(c.Mask)
	return ""
}

// integer reads an integer without mask: the longest run of letters, digits, colons and single dots must be one.
func integer(s string, p int, c *Constant) (end int, msg string) {
	end = p
	digits, colon, dot := true, false, false
	for ; end < len(s); end++ {
		switch k := class[s[end]]; {
		case k == clDigit:
		case s[end] == ':' && dot: // 10.0.0.1:80 in ct_lb is an address, a colon and a port
			return end, c.parse(s[p:end], digits, colon, dot)
		case s[end] == ':':
			colon, digits = true, false
		case s[end] == '.' && !(end+1 < len(s) && s[end+1] == '.'):
			dot, digits = true, false
		case (k == clHex || k == clLetter) && s[end] != '_':
			digits = false
		default:
			return end, c.parse(s[p:end], digits, colon, dot)
		}
	}
	return end, c.parse(s[p:end], digits, colon, dot)
}

func (c *Constant) parse(s string, digits, colon, dot bool) string {
	switch {
	case s == "":
		return "Integer constant expected."
	case len(s) == 17 && colon && c.parseMAC(s):
		return ""
	case digits:
		return c.parseDecimal(s)
	case s[0] == '0' && (s[1] == 'x' || s[1] == 'X'):
		return c.parseHex(s)
	case colon || dot:
		return c.parseIP(s)
	}
	return "Invalid numeric constant."
}

func (c *Constant) parseMAC(s string) bool {
	var v uint64
	for i := range len(s) {
		if i%3 == 2 {
			if s[i] != ':' {
				return false
			}
			continue
		}
		d := hexValue(s[i])
		if d > 15 {
			return false
		}
		v = v<<4 | uint64(d)
	}
	c.Format, c.Value = Ethernet, V(v)
	return true
}

func (c *Constant) parseDecimal(s string) string {
	if s[0] == '0' && len(s) > 1 {
		return "Decimal constants must not have leading zeros."
	}
	const tooBig = "Decimal constants must be less than 2**64."
	if len(s) > 20 {
		return tooBig
	}
	var v uint64
	for i := range len(s) {
		d := uint64(s[i] - '0')
		if v > (1<<64-1-d)/10 {
			return tooBig
		}
		v = v*10 + d
	}
	c.Format, c.Value = Decimal, V(v)
	return ""
}

// maxHexBits is how many bits OVN can hold in a constant at all; no field has more than 128.
const maxHexBits = 1024

func (c *Constant) parseHex(s string) string {
	digits := s[2:]
	if digits == "" {
		return "Hex digits expected following 0" + s[1:2] + "."
	}
	var v Value
	for i := range len(digits) {
		d := hexValue(digits[i])
		if d > 15 {
			return "Invalid syntax in hexadecimal constant."
		}
		v = v.Shl(4)
		v.Lo |= uint64(d)
	}
	c.Format, c.Value = Hexadecimal, v
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > 32 {
		if len(digits) > maxHexBits/4 {
			return "Hexadecimal constant requires more than " + itoa(maxHexBits) + " bits."
		}
		c.Wide = uint16(4*(len(digits)-1) + V(uint64(hexValue(digits[0]))).Len())
	}
	return ""
}

func (c *Constant) parseIP(s string) string {
	if len(s) > 45 || strings.IndexByte(s, '%') >= 0 {
		return "Invalid numeric constant."
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return "Invalid numeric constant."
	}
	if a.Is4() {
		b := a.As4()
		c.Format, c.Value = IPv4, ValueOf(b[:])
	} else {
		b := a.As16()
		c.Format, c.Value = IPv6, ValueOf(b[:])
	}
	return ""
}

// hexValue is the value of a hexadecimal digit, 255 for another character.
func hexValue(c byte) uint8 {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
