package expr

import (
	"net/netip"
	"strconv"
	"unicode/utf8"
)

// Format is the notation of an integer constant. Value and mask of a masked constant share one.
type Format uint8

// The notations, as ovn-sb(5) lists them.
const (
	Decimal Format = iota
	Hexadecimal
	IPv4
	IPv6
	Ethernet
)

// String names the format.
func (f Format) String() string {
	return [...]string{"decimal", "hexadecimal", "IPv4", "IPv6", "Ethernet"}[f]
}

// ConstantKind tells integers from strings and from the names of sets.
type ConstantKind uint8

// The kinds of constant.
const (
	Integer    ConstantKind = iota
	String                  // a quoted string: a port, a multicast group
	AddressSet              // $name
	PortGroup               // @name
	Variable                // ^name, to be replaced by Expand before the match is bound
)

// Constant is one constant of a match or an action, in the notation that it was written in.
type Constant struct {
	Kind   ConstantKind
	Format Format // of an Integer
	Masked bool   // an Integer written value/mask; otherwise Mask means nothing
	Wide   uint16 // significant bits of a hexadecimal constant of more than 128 bits, 0 for others
	Value  Value  // of an Integer, masked when Masked
	Mask   Value
	// Text is the source of an Integer ("" for one made by a program), the decoded value of a String, the name of a set.
	Text string
}

// Int is a decimal constant.
func Int(v uint64) Constant { return Constant{Value: V(v)} }

// Str is a string constant.
func Str(s string) Constant { return Constant{Kind: String, Text: s} }

// Addr is the constant of an address, in the address's own notation.
func Addr(a netip.Addr) Constant {
	b := a.AsSlice()
	f := IPv6
	if a.Is4() {
		f = IPv4
	}
	return Constant{Format: f, Value: ValueOf(b)}
}

// MAC is the constant of an Ethernet address held in the low 48 bits.
func MAC(v uint64) Constant { return Constant{Format: Ethernet, Value: V(v)} }

// Width is the number of bits that a field needs to take the constant: those of its notation, or of its digits.
func (c Constant) Width() int {
	switch c.Format {
	case IPv4:
		return 32
	case IPv6:
		return 128
	case Ethernet:
		return 48
	}
	if c.Wide != 0 {
		return int(c.Wide)
	}
	if c.Masked {
		return c.Mask.Len()
	}
	return c.Value.Len()
}

// String is the constant as written.
func (c Constant) String() string { return string(c.Append(nil)) }

// Append appends the constant as written.
func (c Constant) Append(b []byte) []byte {
	switch c.Kind {
	case String:
		return AppendQuoted(b, c.Text)
	case AddressSet:
		return append(append(b, '$'), c.Text...)
	case PortGroup:
		return append(append(b, '@'), c.Text...)
	case Variable:
		return append(append(b, '^'), c.Text...)
	}
	if c.Text != "" {
		return append(b, c.Text...)
	}
	b = AppendValue(b, c.Value, c.Format)
	if !c.Masked {
		return b
	}
	b = append(b, '/')
	if n, ok := prefixLength(c.Mask, c.Format); ok {
		return strconv.AppendInt(b, int64(n), 10)
	}
	return AppendValue(b, c.Mask, c.Format)
}

// prefixLength is the length of a mask that is a CIDR prefix of the format's width.
func prefixLength(mask Value, f Format) (int, bool) {
	width := 0
	switch f {
	case IPv4:
		width = 32
	case IPv6:
		width = 128
	default:
		return 0, false
	}
	n := mask.OnesCount()
	return n, mask == Ones(n).Shl(width-n)
}

// AppendValue appends v in a notation. Decimal notation ends at 64 bits; wider values are hexadecimal.
func AppendValue(b []byte, v Value, f Format) []byte {
	bytes := v.Bytes()
	switch f {
	case IPv4:
		return netip.AddrFrom4([4]byte(bytes[12:])).AppendTo(b)
	case IPv6:
		return appendIPv6(b, bytes)
	case Ethernet:
		for i := 10; i < 16; i++ {
			b = append(b, hexDigits[bytes[i]>>4], hexDigits[bytes[i]&15], ':')
		}
		return b[:len(b)-1]
	case Decimal:
		if v.Hi == 0 {
			return strconv.AppendUint(b, v.Lo, 10)
		}
	}
	b = append(b, "0x"...)
	if v.Hi == 0 {
		return strconv.AppendUint(b, v.Lo, 16)
	}
	b = strconv.AppendUint(b, v.Hi, 16)
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, hexDigits[v.Lo>>shift&15])
	}
	return b
}

// appendIPv6 writes an address as the C library does: the last 32 bits dotted for ::1.2.3.4 and ::ffff:1.2.3.4.
func appendIPv6(b []byte, a [16]byte) []byte {
	addr := netip.AddrFrom16(a)
	v := ValueOf(a[:])
	if v.Hi == 0 && v.Lo>>32 == 0 && v.Lo > 0xffff {
		return netip.AddrFrom4([4]byte(a[12:])).AppendTo(append(b, "::"...))
	}
	return addr.AppendTo(b)
}

const hexDigits = "0123456789abcdef"

// AppendQuoted appends s as a JSON string, the way Open vSwitch writes one: only what must be escaped is.
func AppendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
		if e := escapes[c]; e != 0 {
			b = append(b, '\\', e)
		} else if c < ' ' {
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// escapes are the characters with a short escape in JSON (RFC 8259, section 7).
var escapes = [128]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// ConstantSet is the constants on one side of a comparison: a single one, or several in braces.
type ConstantSet struct {
	Items  []Constant
	Braces bool
}

// String prints the set as written: { } around it only if it had them.
func (s ConstantSet) String() string { return string(s.Append(nil)) }

// Append appends the set as written.
func (s ConstantSet) Append(b []byte) []byte {
	if s.Braces {
		b = append(b, '{')
	}
	for i, c := range s.Items {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = c.Append(b)
	}
	if s.Braces {
		b = append(b, '}')
	}
	return b
}
