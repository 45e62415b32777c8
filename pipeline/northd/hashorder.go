package northd

import (
	"encoding/binary"
	"slices"

	"ovnsim/lb"
	"ovnsim/ovsdb"
)

// hashOrder is some texts, each once, in the order in which ovn-northd walks a set of them. Nothing but the text of a few
// flows depends on it.
func hashOrder(texts []string) []string {
	s := &hashSet{}
	for _, text := range texts {
		s.add(text)
	}
	return s.texts()
}

// hashSet is a set of texts like ovn-northd's: a table of chained buckets that grows as it fills up. Within a chain the
// text that came last is the first. The zero value is empty.
type hashSet struct {
	hash  func(string) uint32 // lb.HashString where nil
	heads []int32             // by bucket: the number of its first item, counted from 1
	items []hashItem          // in the order in which they came, those that left among them
	gone  int                 // how many left
}

type hashItem struct {
	text string
	hash uint32
	next int32 // the number of the item after it in its chain, 0 for none
}

func (s *hashSet) add(text string) {
	if s.heads == nil {
		s.heads = make([]int32, 1)
	}
	item := hashItem{text: text}
	if s.hash == nil {
		item.hash = lb.HashString(text)
	} else {
		item.hash = s.hash(text)
	}
	for n := *s.head(item.hash); n != 0; n = s.items[n-1].next {
		if s.items[n-1].text == text {
			return
		}
	}
	s.items = append(s.items, item)
	s.chain(int32(len(s.items)))
	if (len(s.items)-s.gone)/2 > len(s.heads)-1 {
		s.resize(max(4, len(s.heads)*2))
	}
}

// remove takes a text out, if it is there. The table stays as large as it is.
func (s *hashSet) remove(text string) {
	for i := range s.heads {
		for at := &s.heads[i]; *at != 0; at = &s.items[*at-1].next {
			if s.items[*at-1].text == text {
				*at = s.items[*at-1].next
				s.gone++
				return
			}
		}
	}
}

func (s *hashSet) head(hash uint32) *int32 { return &s.heads[int(hash)&(len(s.heads)-1)] }

// chain puts an item first in its chain.
func (s *hashSet) chain(n int32) {
	item := &s.items[n-1]
	head := s.head(item.hash)
	item.next, *head = *head, n
}

// resize deals the items out to other buckets in the order in which they are walked.
func (s *hashSet) resize(buckets int) {
	order := s.walk()
	s.heads = make([]int32, buckets)
	for _, n := range order {
		s.chain(n)
	}
}

// walk is the numbers of the items in the set's order.
func (s *hashSet) walk() []int32 {
	order := make([]int32, 0, len(s.items)-s.gone)
	for _, n := range s.heads {
		for ; n != 0; n = s.items[n-1].next {
			order = append(order, n)
		}
	}
	return order
}

// copy is a copy that has room from the beginning, whose chains are the other way round.
func (s *hashSet) copy() *hashSet {
	out := &hashSet{hash: s.hash, heads: s.heads, items: slices.Clone(s.items), gone: s.gone}
	out.resize(max(1, len(s.heads)))
	return out
}

// texts is what the set holds, in its order.
func (s *hashSet) texts() []string {
	out := make([]string, 0, len(s.items))
	for _, n := range s.walk() {
		out = append(out, s.items[n-1].text)
	}
	return out
}

// arrivalOrder is the rows of a table in the order in which one update of the database brings them to ovn-northd, which
// has them in a set of the texts of their UUIDs.
func arrivalOrder(rows []ovsdb.UUID) []ovsdb.UUID {
	texts, byText := make([]string, len(rows)), map[string]ovsdb.UUID{}
	for i, u := range rows {
		texts[i] = u.String()
		byText[texts[i]] = u
	}
	slices.Sort(texts)
	out := make([]ovsdb.UUID, 0, len(rows))
	for _, text := range hashOrder(texts) {
		out = append(out, byText[text])
	}
	return out
}

// walkOrder is rows in the order in which ovn-northd walks a table of them, given the order in which they came: the table
// is one by the first word of the UUID. room is how many buckets it has from the beginning, as it held rows before.
func walkOrder(rows []ovsdb.UUID, room int) []ovsdb.UUID {
	s := &hashSet{heads: make([]int32, room), hash: func(u string) uint32 { return binary.BigEndian.Uint32([]byte(u)) }}
	for _, u := range rows {
		s.add(string(u[:]))
	}
	out := make([]ovsdb.UUID, 0, len(rows))
	for _, text := range s.texts() {
		out = append(out, ovsdb.UUID([]byte(text)))
	}
	return out
}
