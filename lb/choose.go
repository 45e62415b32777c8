package lb

import (
	"encoding/binary"
	"math"
)

// A method says how a group turns a packet into a choice.
type method uint8

const (
	byHash      method = iota // dp_hash, OVS_HASH_ALG_L4: the packet's receive hash, hashed once more
	bySymmetric               // dp_hash, OVS_HASH_ALG_SYM_L4: the same for both directions
	byFields                  // hash: the selection fields one after the other
	byScore                   // what a dp_hash group falls back to when its table would be too large
)

const (
	bucketWeight = 100 // what OVN gives every backend; only ratios count
	minSlots     = 16
	maxSlots     = 256 // beyond, Open vSwitch does without a table
)

// Memory is what the dataplane keeps beside a packet from one choice to the next, for as long as the packet lives on one
// chassis. The zero value is a packet nobody has hashed.
type Memory struct {
	// RSS is the hash of the packet as it came in at the datapath's port. It survives whatever NAT does. 0: not computed.
	RSS uint32
	// Chosen is the hash that the first choice by dp_hash left; later groups go by it too, so that a balanced connection's
	// first packet takes the ECMP route that the *balancer's* hash says. 0: none yet.
	Chosen uint32
}

// Receive notes the packet as it came in. It must be called before anything rewrites the packet.
func (m *Memory) Receive(t Tuple) { *m = Memory{RSS: t.RSS()} }

// Group is an OpenFlow select group: a number of buckets and how one is picked. It does not change once made, so one
// value serves any number of packets.
type Group struct {
	method  method
	fields  []Field
	weights []uint32
	slots   []uint16 // dp_hash: bucket by the hash's low bits; a power of two long
}

// NewBalancer makes the group of a balancer with n backends. Without selection fields the choice is by dp_hash.
func NewBalancer(n int, fields []Field) *Group {
	weights := make([]uint32, n)
	for i := range weights {
		weights[i] = bucketWeight
	}
	if len(fields) > 0 {
		return &Group{method: byFields, fields: orderFields(fields), weights: weights}
	}
	return newTable(byHash, weights)
}

// NewECMP makes the group of an ECMP route, a reroute policy or a select() action, with a weight per member.
func NewECMP(weights []uint32) *Group {
	return newTable(bySymmetric, append([]uint32(nil), weights...))
}

func newTable(m method, weights []uint32) *Group {
	slots := webster(weights)
	if slots == nil {
		m = byScore
	}
	return &Group{method: m, weights: weights, slots: slots}
}

// Len is the number of buckets.
func (g *Group) Len() int { return len(g.weights) }

// Pick chooses a bucket for the packet that is t now and has the memory m. It answers -1 for a group without buckets.
func (g *Group) Pick(t Tuple, m *Memory) int {
	switch g.method {
	case byFields:
		return g.best(t.hashFields(g.fields))
	case byScore:
		return g.best(t.symmetricFrame())
	}
	if m.Chosen == 0 {
		m.Chosen = g.hash(t, m)
	}
	return int(g.slots[m.Chosen&uint32(len(g.slots)-1)])
}

// hash computes what Open vSwitch's hash action leaves: never 0, which means "not computed".
func (g *Group) hash(t Tuple, m *Memory) uint32 {
	h := t.Symmetric()
	if g.method == byHash {
		if m.RSS == 0 {
			m.RSS = t.RSS()
		}
		h = hashPair(m.RSS, 0)
	}
	return max(h, 1)
}

// best is the bucket with the highest weighted score, the last of equals.
func (g *Group) best(basis uint32) int {
	best, top := -1, uint32(0)
	for i, w := range g.weights {
		if score := (hashPair(uint32(i), basis) & 0xffff) * w; score >= top {
			best, top = i, score
		}
	}
	return best
}

// RSS is the receive hash: over addresses, protocol and ports.
func (t Tuple) RSS() uint32 {
	h := uint32(0)
	src, n := addrWords(t.Src)
	dst, m := addrWords(t.Dst)
	for _, w := range src[:n] {
		h = murmurAdd(h, w)
	}
	for _, w := range dst[:m] {
		h = murmurAdd(h, w)
	}
	h = murmurAdd(h, uint32(t.Proto))
	if t.hasPorts() {
		h = murmurAdd(h, t.portWord())
	}
	return murmurFinish(h, 42)
}

// Symmetric is the hash of ECMP, equal for a connection's two directions. UDP ports do not count: with multicast and
// tunnels they need not be the same the other way round.
func (t Tuple) Symmetric() uint32 {
	h := uint32(0)
	src, n := addrWords(t.Src)
	dst, _ := addrWords(t.Dst)
	for i := range n {
		h = murmurAdd(h, src[i]^dst[i])
	}
	h = murmurAdd(h, uint32(t.Proto))
	if t.Proto == TCP || t.Proto == SCTP {
		h = murmurAdd(h, uint32(swap16(t.xorPorts())))
	}
	return murmurFinish(h, 0)
}

func (t Tuple) xorPorts() uint16 {
	if t.Fragment == LaterFragment {
		return 0
	}
	return t.SrcPort ^ t.DstPort
}

// symmetricFrame is the older symmetric hash, which also counts the Ethernet addresses. Its input is laid out as
//
//	0               16    18    20    22          28    29   32
//	| addr ^ addr   | type| vlan| port| mac ^ mac | proto| 0 |
func (t Tuple) symmetricFrame() uint32 {
	var b [32]byte
	src, n := addrWords(t.Src)
	dst, _ := addrWords(t.Dst)
	for i := range n {
		binary.LittleEndian.PutUint32(b[4*i:], src[i]^dst[i])
	}
	if n > 0 {
		binary.BigEndian.PutUint16(b[16:], map[int]uint16{1: 0x0800, 4: 0x86dd}[n])
		b[28] = t.Proto
	}
	if t.Proto == TCP || t.Proto == SCTP {
		binary.BigEndian.PutUint16(b[20:], t.xorPorts())
	}
	for i := range t.EthSrc {
		b[22+i] = t.EthSrc[i] ^ t.EthDst[i]
	}
	return jenkins(b[:])
}

// webster fills a dp_hash table by Webster's method (Sainte-Laguë): each slot goes to the bucket with the highest
// quotient, weight by the odd numbers; the first of equals. It answers nil when the weights ask for a larger table than
// Open vSwitch makes, and when there is nothing to choose from.
func webster(weights []uint32) []uint16 {
	total, least := uint64(0), uint64(math.MaxUint64)
	for _, w := range weights {
		total += uint64(w)
		if w > 0 {
			least = min(least, uint64(w))
		}
	}
	if total == 0 {
		return nil
	}
	need := max((total+least-1)/least, min(uint64(4*len(weights)), maxSlots))
	size := uint64(minSlots)
	for size < need {
		size *= 2
	}
	if size > maxSlots {
		return nil
	}
	value, divisor, slots := make([]float64, len(weights)), make([]float64, len(weights)), make([]uint16, size)
	for i, w := range weights {
		value[i], divisor[i] = float64(w), 1
	}
	for s := range slots {
		winner := 0
		for i := range value {
			if value[i] > value[winner] {
				winner = i
			}
		}
		divisor[winner] += 2
		value[winner] = float64(weights[winner]) / divisor[winner]
		slots[s] = uint16(winner)
	}
	return slots
}
