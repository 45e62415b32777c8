package expr

import "math/bits"

// Value is an unsigned integer of up to 128 bits: what any field of a packet holds. The zero Value is 0.
type Value struct{ Hi, Lo uint64 }

// V is a Value of at most 64 bits.
func V(lo uint64) Value { return Value{Lo: lo} }

// Ones is the Value whose low n bits are set, n from 0 to 128.
func Ones(n int) Value {
	switch {
	case n <= 0:
		return Value{}
	case n < 64:
		return Value{Lo: 1<<n - 1}
	case n < 128:
		return Value{Hi: 1<<(n-64) - 1, Lo: ^uint64(0)}
	}
	return Value{^uint64(0), ^uint64(0)}
}

// And is the bitwise conjunction.
func (v Value) And(w Value) Value { return Value{v.Hi & w.Hi, v.Lo & w.Lo} }

// Or is the bitwise disjunction.
func (v Value) Or(w Value) Value { return Value{v.Hi | w.Hi, v.Lo | w.Lo} }

// Xor is the bitwise difference.
func (v Value) Xor(w Value) Value { return Value{v.Hi ^ w.Hi, v.Lo ^ w.Lo} }

// Not inverts all 128 bits.
func (v Value) Not() Value { return Value{^v.Hi, ^v.Lo} }

// Shl shifts left by n bits, dropping what leaves the top. A shift of 128 or more gives 0.
func (v Value) Shl(n int) Value {
	if n >= 64 {
		return Value{Hi: v.Lo << (n - 64)}
	}
	return Value{v.Hi<<n | v.Lo>>(64-n), v.Lo << n}
}

// Shr shifts right by n bits. A shift of 128 or more gives 0.
func (v Value) Shr(n int) Value {
	if n >= 64 {
		return Value{Lo: v.Hi >> (n - 64)}
	}
	return Value{v.Hi >> n, v.Lo>>n | v.Hi<<(64-n)}
}

// IsZero reports whether the value is 0.
func (v Value) IsZero() bool { return v.Hi|v.Lo == 0 }

// Len is the number of bits that the value needs; 0 needs none.
func (v Value) Len() int {
	if v.Hi != 0 {
		return 64 + bits.Len64(v.Hi)
	}
	return bits.Len64(v.Lo)
}

// OnesCount is the number of bits that are set.
func (v Value) OnesCount() int { return bits.OnesCount64(v.Hi) + bits.OnesCount64(v.Lo) }

// TrailingZeros is the number of zero bits below the lowest set one; 128 for 0.
func (v Value) TrailingZeros() int {
	if v.Lo == 0 {
		return 64 + bits.TrailingZeros64(v.Hi)
	}
	return bits.TrailingZeros64(v.Lo)
}

// Cmp compares as unsigned integers: -1, 0 or 1.
func (v Value) Cmp(w Value) int {
	switch {
	case v == w:
		return 0
	case v.Hi < w.Hi, v.Hi == w.Hi && v.Lo < w.Lo:
		return -1
	}
	return 1
}

// Add is the sum modulo 2**128.
func (v Value) Add(w Value) Value {
	lo, carry := bits.Add64(v.Lo, w.Lo, 0)
	hi, _ := bits.Add64(v.Hi, w.Hi, carry)
	return Value{hi, lo}
}

// Sub is the difference modulo 2**128.
func (v Value) Sub(w Value) Value {
	lo, borrow := bits.Sub64(v.Lo, w.Lo, 0)
	hi, _ := bits.Sub64(v.Hi, w.Hi, borrow)
	return Value{hi, lo}
}

// Bytes is the value in network order, 16 bytes.
func (v Value) Bytes() (b [16]byte) {
	for i := range 8 {
		b[i] = byte(v.Hi >> (56 - 8*i))
		b[8+i] = byte(v.Lo >> (56 - 8*i))
	}
	return b
}

// ValueOf reads up to 16 bytes in network order, as addresses come.
func ValueOf(b []byte) (v Value) {
	for _, c := range b {
		v = v.Shl(8)
		v.Lo |= uint64(c)
	}
	return v
}
