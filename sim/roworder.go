package sim

import (
	"encoding/binary"
	"math/bits"

	"ovnsim/lb"
	"ovnsim/ovsdb"
	"ovnsim/pipeline"
)

// ranks is the order in which ovn-trace comes by the rows of a database, which decides between flows of equal priority: OVN
// leaves it open, and it follows from the rows' UUIDs. On their way from the database's file into ovn-trace's copy the rows pass
// through hash tables, by their UUIDs as text in JSON and by the UUIDs themselves in between.
func ranks(flows []*pipeline.Flow) map[*pipeline.Flow]uint32 {
	order, asText, asNumber := make([]int, len(flows)), make([]uint32, len(flows)), make([]uint32, len(flows))
	for i, f := range flows {
		order[i] = i
		asText[i], asNumber[i] = lb.HashString(ovsdb.UUID(f.UUID).String()), uuidHash(f.UUID)
	}
	for _, hash := range [][]uint32{
		asText, asNumber, // the server reads its file
		asNumber, asText, // collects what the client asks for, and writes it
		asText, asNumber, // the client reads that
	} {
		order = hashed(order, hash)
	}
	out := make(map[*pipeline.Flow]uint32, len(flows))
	for place, i := range order {
		out[flows[i]] = uint32(place)
	}
	return out
}

// hashed is items in the order in which Open vSwitch's hash table gives them back: buckets in order, of a bucket the latest
// first. The table doubles as it fills up, which turns the buckets around.
func hashed(items []int, hash []uint32) []int {
	t := rowTable{hash: hash, heads: []int{none}, next: make([]int, len(hash))}
	for n, item := range items {
		t.push(item)
		if (n+1)/2 > len(t.heads)-1 {
			all := t.items()
			t.heads = make([]int, max(4, 2*len(t.heads)))
			for i := range t.heads {
				t.heads[i] = none
			}
			for _, item := range all {
				t.push(item)
			}
		}
	}
	return t.items()
}

// rowTable is a hash table of chains.
type rowTable struct {
	hash  []uint32
	heads []int // of buckets
	next  []int // by item
}

const none = -1

func (t *rowTable) push(item int) {
	head := &t.heads[t.hash[item]&uint32(len(t.heads)-1)]
	t.next[item] = *head
	*head = item
}

func (t *rowTable) items() (out []int) {
	for _, item := range t.heads {
		for ; item != none; item = t.next[item] {
			out = append(out, item)
		}
	}
	return out
}

func uuidHash(row ovsdb.UUID) uint32 { return binary.BigEndian.Uint32(row[:4]) }

// bucket is where a row stands in a hash table.
func bucket(row ovsdb.UUID, mask uint32) uint32 { return uuidHash(row) & mask }

// buckets is the mask of a hash table of n rows: one less than the power of two above n/2, at least 3.
func buckets(n int) uint32 { return max(3, uint32(1)<<bits.Len(uint(n/2))-1) }
