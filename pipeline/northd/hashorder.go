package northd

import (
	"slices"

	"ovnsim/lb"
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

func (s *hashSet) bucket(text string) int { return int(lb.HashString(text)) & (len(s.buckets) - 1) }

func (s *hashSet) chain(text string) {
	i := s.bucket(text)
	s.buckets[i] = append([]string{text}, s.buckets[i]...)
	s.n++
}

func (s *hashSet) resized(size int) *hashSet {
	out := &hashSet{buckets: make([][]string, size)}
	for _, text := range s.texts() {
		out.chain(text)
	}
	return out
}

// copy is a copy that has room from the beginning, whose chains are the other way round.
func (s *hashSet) copy() *hashSet { return s.resized(max(1, len(s.buckets))) }

// texts is what the set holds, in its order.
func (s *hashSet) texts() []string { return slices.Concat(s.buckets...) }
