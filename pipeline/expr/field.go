package expr

// Level says which questions may be asked of a symbol (ovn-sb(5), "Level of Measurement").
type Level uint8

// The levels of measurement.
const (
	Nominal Level = iota // only == and !=, only positively
	Boolean              // a predicate of ordinal fields
	Ordinal              // every relation, single bits too
)

// String is OVN's word.
func (l Level) String() string { return [...]string{"nominal", "Boolean", "ordinal"}[l] }

// Write says where an action may change a symbol.
type Write uint8

// Where symbols may be written.
const (
	ReadOnly Write = iota
	Anywhere
	InCommit // only inside ct_commit { … }
)

// SymbolID is a symbol's row in the table; 0 is no symbol.
type SymbolID uint16

// Symbol is a name that matches and actions may use: a field, a subfield of one, or a predicate.
type Symbol struct {
	ID     SymbolID
	Name   string
	Level  Level
	Width  uint8 // in bits; 0 for a string, whose number in Names takes 32
	Write  Write
	Bit    uint16 // of the lowest bit, in the Key; not of a predicate
	Prereq string // what a use of the symbol implies, a match; "" for nothing

	Field     SymbolID // the field that this is a part of, or itself; 0 of a predicate
	Low       uint8    // the lowest bit of a subfield, in its field
	Expansion string   // what a predicate stands for, a match
	ICMP      bool     // icmp4.frag_mtu and its like: only actions know it
}

// IsString reports whether the symbol holds a name.
func (s *Symbol) IsString() bool { return s.Width == 0 }

// IsPredicate reports whether the symbol is a shorthand for a match.
func (s *Symbol) IsPredicate() bool { return s.Expansion != "" }

// Lookup finds a symbol by name, nil if there is none.
func Lookup(name string) *Symbol {
	if id, ok := table.byName[name]; ok {
		return &table.rows[id]
	}
	return nil
}

// Symbols is every symbol, in the order of the table.
func Symbols() []Symbol { return append([]Symbol(nil), table.rows[1:]...) }

// Ref is a field, a subfield or a predicate as a match or an action names it: the symbol, and the bits in brackets if
// there are any. It is small and comparable; the zero Ref is none.
type Ref struct {
	Sym     SymbolID
	Bit     uint16 // of the lowest bit, in the Key
	Low     uint8  // the lowest bit, in the symbol named
	Width   uint8  // in bits; 0 for a string
	Bracket bool   // written with brackets
}

// RefTo refers to the whole of a symbol. It panics if there is none of that name: names in programs are constants.
func RefTo(name string) Ref {
	s := Lookup(name)
	if s == nil {
		panic("expr: no symbol " + name)
	}
	return s.ref()
}

func (s *Symbol) ref() Ref { return Ref{Sym: s.ID, Bit: s.Bit, Width: s.Width} }

// Bits refers to width bits of r from its bit low on.
func (r Ref) Bits(low, width int) Ref {
	return Ref{Sym: r.Sym, Bit: bitAt(r.Bit, low), Low: r.Low + uint8(low), Width: uint8(width), Bracket: true}
}

// bitAt is the place of bit n above a field's lowest bit: the words of a wide field go up as its bits go down.
func bitAt(bit uint16, n int) uint16 {
	at := int(bit&63) + n
	return uint16(int(bit)>>6-at>>6)<<6 | uint16(at&63)
}

// Symbol is the symbol that r names.
func (r Ref) Symbol() *Symbol { return &table.rows[r.Sym] }

// Field is the field that r is a part of, and the place of its lowest bit there. nil for a predicate.
func (r Ref) Field() (*Symbol, int) {
	s := r.Symbol()
	if s.Field == 0 {
		return nil, 0
	}
	return &table.rows[s.Field], int(s.Low) + int(r.Low)
}

// IsString reports whether r holds a name.
func (r Ref) IsString() bool { return r.Width == 0 }

// bits is the width in the key.
func (r Ref) bits() int {
	if r.Width == 0 {
		return 32
	}
	return int(r.Width)
}

// Get reads the field: its number, or the number of its name.
func (r Ref) Get(k *Key) Value { return k.Bits(int(r.Bit), r.bits()) }

// Set writes the field. Bits of v above the field's width are ignored.
func (r Ref) Set(k *Key, v Value) { k.SetBits(int(r.Bit), r.bits(), v) }

// Get64 reads a field of at most 64 bits.
func (r Ref) Get64(k *Key) uint64 { return k.Bits(int(r.Bit), r.bits()).Lo }

// Set64 writes a field of at most 64 bits.
func (r Ref) Set64(k *Key, v uint64) { k.SetBits(int(r.Bit), r.bits(), V(v)) }

// String is the reference as written, such as reg0[0..15] or ct.new.
func (r Ref) String() string { return string(r.Append(nil)) }

// Append appends the reference as written.
func (r Ref) Append(b []byte) []byte {
	b = append(b, r.Symbol().Name...)
	if !r.Bracket {
		return b
	}
	b = append(append(b, '['), itoa(int(r.Low))...)
	if r.Width > 1 {
		b = append(append(b, ".."...), itoa(int(r.Low+r.Width-1))...)
	}
	return append(b, ']')
}
