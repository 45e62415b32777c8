package expr

// setIndex knows which sets hold a value of one field.
type setIndex struct {
	bit    uint16
	width  uint8
	exact  map[Value][]uint32
	masked []maskedSets

	// Port groups: those that hold the port with number n are groups[first[n]:first[n+1]].
	added  []numberedSet
	first  []uint32
	groups []uint32
}

type numberedSet struct {
	*Set
	number uint32
}

type maskedSets struct {
	mask Value
	sets map[Value][]uint32
}

// add adds a set; port groups count when finish was called.
func (x *setIndex) add(s *Set, number uint32) {
	if len(s.ports) > 0 {
		x.added = append(x.added, numberedSet{s, number})
		return
	}
	if x.exact == nil {
		x.exact = make(map[Value][]uint32, s.size)
	}
	ones := Ones(int(x.width))
	for _, m := range s.list {
		if !m.masked {
			x.exact[m.value] = appendOnce(x.exact[m.value], number)
			continue
		}
		g := x.group(m.mask.And(ones))
		v := m.value.And(g.mask)
		g.sets[v] = appendOnce(g.sets[v], number)
	}
}

func (x *setIndex) group(mask Value) *maskedSets {
	for i := range x.masked {
		if x.masked[i].mask == mask {
			return &x.masked[i]
		}
	}
	x.masked = append(x.masked, maskedSets{mask, make(map[Value][]uint32)})
	return &x.masked[len(x.masked)-1]
}

// appendOnce appends a set's number; a set's members come in one go.
func appendOnce(sets []uint32, number uint32) []uint32 {
	if n := len(sets); n > 0 && sets[n-1] == number {
		return sets
	}
	return append(sets, number)
}

// finish deals the numbers of port groups out to their ports.
func (x *setIndex) finish() {
	words, size := 0, 0
	for _, s := range x.added {
		words, size = max(words, len(s.bits)), size+s.size
	}
	if size == 0 {
		return
	}
	first, groups := make([]uint32, words<<6+2), make([]uint32, size)
	for _, s := range x.added {
		for _, p := range s.ports {
			first[p+2]++
		}
	}
	for i := 1; i < len(first); i++ {
		first[i] += first[i-1]
	}
	for _, s := range x.added { // first[p+1] is where p's next goes: in the end, where those of p+1 begin
		for _, p := range s.ports {
			groups[first[p+1]] = s.number
			first[p+1]++
		}
	}
	x.first, x.groups, x.added = first[:len(first)-1], groups, nil
}

// ofPort is the groups that hold a port.
func (x *setIndex) ofPort(v Value) []uint32 {
	if v.Hi != 0 || v.Lo >= uint64(max(1, len(x.first))-1) {
		return nil
	}
	return x.groups[x.first[v.Lo]:x.first[v.Lo+1]]
}
