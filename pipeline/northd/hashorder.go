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
	buckets [][]string
	n       int
	hash    func(string) uint32 // lb.HashString where nil
}

func (s *hashSet) add(text string) {
	if s.buckets == nil {
		s.buckets = make([][]string, 1)
	}
	if slices.Contains(s.buckets[s.bucket(text)], text) {
		return
	}
	s.chain(text)
	if s.n/2 > len(s.buckets)-1 {
		*s = *s.resized(max(4, len(s.buckets)*2))
	}
}

func (s *hashSet) bucket(text string) int {
	hash := s.hash
	if hash == nil {
		hash = lb.HashString
	}
	return int(hash(text)) & (len(s.buckets) - 1)
}

func (s *hashSet) chain(text string) {
	i := s.bucket(text)
	s.buckets[i] = append([]string{text}, s.buckets[i]...)
	s.n++
}

func (s *hashSet) resized(size int) *hashSet {
	out := &hashSet{buckets: make([][]string, size), hash: s.hash}
	for _, text := range s.texts() {
		out.chain(text)
	}
	return out
}

// copy is a copy that has room from the beginning, whose chains are the other way round.
func (s *hashSet) copy() *hashSet { return s.resized(max(1, len(s.buckets))) }

// texts is what the set holds, in its order.
func (s *hashSet) texts() []string { return slices.Concat(s.buckets...) }

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
	s := &hashSet{buckets: make([][]string, room), hash: func(u string) uint32 { return binary.BigEndian.Uint32([]byte(u)) }}
	for _, u := range rows {
		s.add(string(u[:]))
	}
	out := make([]ovsdb.UUID, 0, len(rows))
	for _, text := range s.texts() {
		out = append(out, ovsdb.UUID([]byte(text)))
	}
	return out
}
