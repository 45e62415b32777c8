package lb

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// The two hash families that Open vSwitch's choice is made of, on words as a little-endian machine reads them from
// memory: MurmurHash3 (A. Appleby, public domain) with the length replaced by a caller's constant, and lookup3
// (R. Jenkins, public domain) for the one method that predates it.

// murmurAdd mixes one word in.
func murmurAdd(h, w uint32) uint32 {
	h ^= bits.RotateLeft32(w*0xcc9e2d51, 15) * 0x1b873593
	return bits.RotateLeft32(h, 13)*5 + 0xe6546b64
}

// murmurFinish spreads the bits; final stands where MurmurHash3 has the length in bytes.
func murmurFinish(h, final uint32) uint32 {
	h ^= final
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}

// hashPair hashes two words, the first of them as the start.
func hashPair(x, y uint32) uint32 { return murmurFinish(murmurAdd(murmurAdd(x, 0), y), 8) }

// hashBytes continues basis over b; the last word is filled up with zeros.
func hashBytes(b []byte, basis uint32) uint32 {
	h, n := basis, uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		h = murmurAdd(h, binary.LittleEndian.Uint32(b))
	}
	if len(b) > 0 {
		var rest [4]byte
		copy(rest[:], b)
		h = murmurAdd(h, binary.LittleEndian.Uint32(rest[:]))
	}
	return murmurFinish(h, n)
}

// addrWords is an address as words of memory and how many of them count: one for IPv4, four for IPv6, none for no address.
func addrWords(a netip.Addr) (w [4]uint32, n int) {
	switch {
	case !a.IsValid():
		return w, 0
	case a.Is4():
		b := a.As4()
		w[0] = binary.LittleEndian.Uint32(b[:])
		return w, 1
	}
	b := a.As16()
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return w, 4
}

// jenkins is lookup3's hash of b, started from zero.
func jenkins(b []byte) uint32 {
	a := 0xdeadbeef + uint32(len(b))
	s := [3]uint32{a, a, a}
	for ; len(b) >= 12; b = b[12:] {
		for i := range s {
			s[i] += binary.LittleEndian.Uint32(b[4*i:])
		}
		for i, r := range [6]int{4, 6, 8, 16, 19, 4} { // each step takes the next pair round the three words
			x, y, z := i%3, (i+2)%3, (i+1)%3
			s[x] = (s[x] - s[y]) ^ bits.RotateLeft32(s[y], r)
			s[y] += s[z]
		}
	}
	if len(b) > 0 {
		var rest [12]byte
		copy(rest[:], b)
		for i := range s {
			s[i] += binary.LittleEndian.Uint32(rest[4*i:])
		}
		for i, r := range [7]int{14, 11, 25, 16, 4, 14, 24} {
			x, y := (i+2)%3, (i+1)%3
			s[x] = (s[x] ^ s[y]) - bits.RotateLeft32(s[y], r)
		}
	}
	return s[2]
}

// HashString is Open vSwitch's hash of a text; the order of its hash tables, which shows in some flows, follows from it.
func HashString(s string) uint32 { return hashBytes([]byte(s), 0) }
