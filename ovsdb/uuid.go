package ovsdb

import (
	"encoding/hex"
	"fmt"
)

// UUID names a row. The zero UUID is no row.
type UUID [16]byte

// ParseUUID reads the 36-character text form of RFC 4122, in either case.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, fmt.Errorf("%q is not a UUID", s)
	}
	for i, at := range uuidBytes {
		high, low := hexValue[s[at]], hexValue[s[at+1]]
		if high|low > 0xf {
			return UUID{}, fmt.Errorf("%q is not a UUID", s)
		}
		u[i] = high<<4 | low
	}
	return u, nil
}

// uuidBytes is where the text form has each byte.
var uuidBytes = [16]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

// hexValue is the value of each hexadecimal digit, 0xff of other bytes.
var hexValue = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, d := range []byte("0123456789abcdef") {
		t[d] = byte(i)
	}
	for i, d := range []byte("ABCDEF") {
		t[d] = byte(i + 10)
	}
	return t
}()

// String is the 36-character text form, lower case.
func (u UUID) String() string {
	var b [36]byte
	hex.Encode(b[:8], u[:4])
	hex.Encode(b[9:13], u[4:6])
	hex.Encode(b[14:18], u[6:8])
	hex.Encode(b[19:23], u[8:10])
	hex.Encode(b[24:], u[10:])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// IsZero tells whether u names no row.
func (u UUID) IsZero() bool { return u == UUID{} }
