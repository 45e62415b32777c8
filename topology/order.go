package topology

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Open vSwitch's programs list rows, and the pairs of a map in memory, in the order of their hash tables. It looks random but follows from
// the UUIDs and keys alone. For a topology that came from a database we list in the same order, so that output can be held line by line
// against the real tools'; a lab file's rows, whose UUIDs nobody chose, are listed by name.

// Listed is the rows of table t in the order in which ovn-nbctl lists them.
func (top *Topology) Listed(t *Table) []Record {
	rows := top.Records(t)
	if !top.hashed {
		return rows
	}
	slices.SortFunc(rows, func(a, b Record) int { return compareUUID(a.Base().UUID, b.Base().UUID) })
	// The server sends the rows by UUID; they pass through a table keyed by the UUID's text into one keyed by its first word.
	rows = hashOrder(rows, func(r Record) uint32 { return hashString(r.Base().UUID.String()) })
	return hashOrder(rows, func(r Record) uint32 { return binary.BigEndian.Uint32(r.Base().UUID[:4]) })
}

// ListedKeys is the keys of a map in the order in which ovn-nbctl prints its pairs where it does not sort them.
func ListedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return hashOrder(keys, hashString)
}

// SortedPairs is items by key, those of the same key in the order in which ovn-nbctl prints them: it collects what it lists in a hash table
// before it sorts. The items must come as ovn-nbctl goes through them.
func SortedPairs[T any](items []T, key func(T) string) []T {
	items = hashOrder(items, func(item T) uint32 { return hashString(key(item)) })
	slices.SortStableFunc(items, func(a, b T) int { return compareText(key(a), key(b)) })
	return items
}

// hashOrder is the items in the order of a chained hash table that they were put into one by one: newest first in each bucket, with
// twice as many buckets as items at most and rehashed when there are more than two items a bucket.
func hashOrder[T any](items []T, hash func(T) uint32) []T {
	buckets := make([][]T, 1)
	for i, item := range items {
		n := i + 1
		b := hash(item) & uint32(len(buckets)-1)
		buckets[b] = append(buckets[b], item)
		if n/2 >= len(buckets) {
			buckets = rehash(buckets, bucketCount(n), hash)
		}
	}
	out := make([]T, 0, len(items))
	for _, b := range buckets {
		slices.Reverse(b)
		out = append(out, b...)
	}
	return out
}

// bucketCount is the power of two at or above half of n, but not two.
func bucketCount(n int) int {
	size := 1 << bits.Len(uint(n/2))
	if size == 2 {
		size = 4
	}
	return size
}

// rehash moves items bucket by bucket, newest first; buckets hold the newest last.
func rehash[T any](old [][]T, size int, hash func(T) uint32) [][]T {
	fresh := make([][]T, size)
	for _, b := range old {
		for _, item := range slices.Backward(b) {
			i := hash(item) & uint32(size-1)
			fresh[i] = append(fresh[i], item)
		}
	}
	return fresh
}

// hashString is MurmurHash3 (32 bits, seed 0) of a string whose last, incomplete word counts as a whole one.
func hashString(s string) uint32 {
	h := uint32(0)
	for rest := s; rest != ""; rest = rest[min(4, len(rest)):] {
		var word [4]byte
		copy(word[:], rest)
		k := binary.LittleEndian.Uint32(word[:]) * 0xcc9e2d51
		k = bits.RotateLeft32(k, 15) * 0x1b873593
		h = bits.RotateLeft32(h^k, 13)*5 + 0xe6546b64
	}
	h ^= uint32(len(s))
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}
