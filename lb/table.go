package lb

// Table is a set that is walked in the order in which Open vSwitch, and OVN with it, walk theirs: a hash table of chained
// buckets, which doubles as it fills up. Of a bucket the key that came last is the first, and doubling turns them around.
// Where OVN leaves an order open, what a user sees follows from this one.
type Table[K comparable] struct {
	hash  func(K) uint32
	heads []int32 // by bucket: the number of its first item, counted from 1
	items []tableItem[K]
	gone  int // how many left; they stay among the items
}

type tableItem[K comparable] struct {
	key  K
	hash uint32
	next int32 // the number of the item after it in its bucket, 0 for none
}

// NewTable is an empty table. room, a power of two, is how many buckets it has from the beginning: 1, or more for a table
// that has held rows before.
func NewTable[K comparable](hash func(K) uint32, room int) *Table[K] {
	return &Table[K]{hash: hash, heads: make([]int32, room)}
}

// Add puts a key in, if it is not there.
func (t *Table[K]) Add(key K) {
	hash := t.hash(key)
	for n := *t.head(hash); n != 0; n = t.items[n-1].next {
		if t.items[n-1].key == key {
			return
		}
	}
	t.items = append(t.items, tableItem[K]{key: key, hash: hash})
	t.chain(int32(len(t.items)))
	if (len(t.items)-t.gone)/2 > len(t.heads)-1 {
		t.resize(max(4, len(t.heads)*2))
	}
}

// Remove takes a key out, if it is there. The table stays as large as it is.
func (t *Table[K]) Remove(key K) {
	for at := t.head(t.hash(key)); *at != 0; at = &t.items[*at-1].next {
		if t.items[*at-1].key == key {
			*at = t.items[*at-1].next
			t.gone++
			return
		}
	}
}

// Keys is what the table holds, in its order.
func (t *Table[K]) Keys() []K {
	out := make([]K, 0, len(t.items)-t.gone)
	for _, n := range t.walk() {
		out = append(out, t.items[n-1].key)
	}
	return out
}

// Copy is a copy as OVN makes them: it has all buckets from the beginning, and what is in them is the other way round.
func (t *Table[K]) Copy() *Table[K] {
	out := &Table[K]{hash: t.hash, heads: t.heads, items: append([]tableItem[K](nil), t.items...), gone: t.gone}
	out.resize(len(t.heads))
	return out
}

func (t *Table[K]) head(hash uint32) *int32 { return &t.heads[hash&uint32(len(t.heads)-1)] }

// chain puts an item first in its bucket.
func (t *Table[K]) chain(n int32) {
	item := &t.items[n-1]
	head := t.head(item.hash)
	item.next, *head = *head, n
}

// resize deals the items out to other buckets in the order in which they are walked.
func (t *Table[K]) resize(buckets int) {
	order := t.walk()
	t.heads = make([]int32, buckets)
	for _, n := range order {
		t.chain(n)
	}
}

// walk is the numbers of the items in the table's order.
func (t *Table[K]) walk() []int32 {
	order := make([]int32, 0, len(t.items)-t.gone)
	for _, n := range t.heads {
		for ; n != 0; n = t.items[n-1].next {
			order = append(order, n)
		}
	}
	return order
}
