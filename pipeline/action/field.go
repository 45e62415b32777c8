package action

import (
	"strconv"

	"ovnsim/pipeline/expr"
)

// Assign sets a field to a constant; only the bits of the mask where the constant has one: reg0 = 5; vlan.pcp = 4/4;
type Assign struct {
	Dst   expr.Ref
	Value expr.Constant // a String where Dst is a string field
}

// Move copies a field: reg0 = ip4.src; Both have the same width.
type Move struct{ Dst, Src expr.Ref }

// Exchange swaps two fields: eth.dst <-> eth.src; Both have the same width.
type Exchange struct{ A, B expr.Ref }

// SetOVNField sets a field that OpenFlow does not know and ovn-controller writes: icmp4.frag_mtu = 1500;
type SetOVNField struct {
	Dst   expr.Ref
	Value uint64
}

// DecTTL takes 1 from the TTL or hop limit; a packet that would be left with none goes no further: ip.ttl--;
type DecTTL struct{}

// Push puts a field on the stack: push(xxreg1); A field popped into a wider or narrower one keeps its low bits.
type Push struct{ Src expr.Ref }

// Pop takes the top of the stack into a field: pop(xxreg1); An empty stack leaves the field alone.
type Pop struct{ Dst expr.Ref }

func (a *Assign) String() string      { return Format(a, At{}) }
func (a *Move) String() string        { return Format(a, At{}) }
func (a *Exchange) String() string    { return Format(a, At{}) }
func (a *SetOVNField) String() string { return Format(a, At{}) }
func (a *DecTTL) String() string      { return Format(a, At{}) }
func (a *Push) String() string        { return Format(a, At{}) }
func (a *Pop) String() string         { return Format(a, At{}) }

func (a *Assign) append(b []byte, _ At) []byte {
	return append(a.Value.Append(append(a.Dst.Append(b), " = "...)), ';')
}

func (a *Move) append(b []byte, _ At) []byte {
	return append(a.Src.Append(append(a.Dst.Append(b), " = "...)), ';')
}

func (a *Exchange) append(b []byte, _ At) []byte {
	return append(a.B.Append(append(a.A.Append(b), " <-> "...)), ';')
}

func (a *SetOVNField) append(b []byte, _ At) []byte {
	return append(strconv.AppendUint(append(a.Dst.Append(b), " = "...), a.Value, 10), ';')
}

func (a *DecTTL) append(b []byte, _ At) []byte { return append(b, "ip.ttl--;"...) }
func (a *Push) append(b []byte, _ At) []byte   { return refs(append(b, "push("...), a.Src) }
func (a *Pop) append(b []byte, _ At) []byte    { return refs(append(b, "pop("...), a.Dst) }
