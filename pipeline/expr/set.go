package expr

import "slices"

// Set is the members of an address set, a port group or a long list of constants, made once and shared by all the
// matches that name it. It never changes.
type Set struct {
	exact  map[Value]struct{}
	masked []maskedMembers
	width  int // bits that the widest member needs
	size   int
	list   []member // in the order given
	ports  []uint32 // likewise, of a port group, which has nothing of the above but its width and size
	bits   []uint64 // by the number of a port: whether it is in the group
}

// member is a value, and a mask if it is masked.
type member struct {
	value, mask Value
	masked      bool
}

// maskedMembers is the members that share a mask.
type maskedMembers struct {
	mask   Value
	values map[Value]struct{}
}

// NewAddressSet makes a set of addresses as Address_Set rows list them: each an integer in any notation, masked or not.
// Others are left out, as OVN does, and returned.
func NewAddressSet(members []string) (s *Set, invalid []string) {
	s = &Set{exact: make(map[Value]struct{}, len(members))}
	for _, m := range members {
		var l Lexer
		l.reset(m)
		c := l.Tok.Const
		if l.Tok.Type != Number {
			invalid = append(invalid, m)
			continue
		}
		s.add(&c)
	}
	return s, invalid
}

// NewPortGroup makes a set of ports, given as their numbers in Names. The slice is the set's to keep.
func NewPortGroup(ports []uint32) *Set {
	s := &Set{width: 32, size: len(ports), ports: ports}
	if len(ports) > 0 {
		s.bits = make([]uint64, slices.Max(ports)>>6+1)
	}
	for _, p := range ports {
		s.bits[p>>6] |= 1 << (p & 63)
	}
	return s
}

// members goes through the members in the order given.
func (s *Set) members(yield func(member) bool) {
	for _, p := range s.ports {
		if !yield(member{value: V(uint64(p))}) {
			return
		}
	}
	for i := range s.list {
		if !yield(s.list[i]) {
			return
		}
	}
}

func (s *Set) add(c *Constant) {
	s.width = max(s.width, c.Width())
	s.list = append(s.list, member{c.Value, c.Mask, c.Masked})
	s.size++
	if !c.Masked {
		s.exact[c.Value] = struct{}{}
		return
	}
	for i := range s.masked {
		if s.masked[i].mask == c.Mask {
			s.masked[i].values[c.Value] = struct{}{}
			return
		}
	}
	s.masked = append(s.masked, maskedMembers{c.Mask, map[Value]struct{}{c.Value: {}}})
}

// Has reports whether a value is in the set: equal to a member, or under a member's mask.
func (s *Set) Has(v Value) bool {
	if s.bits != nil {
		return v.Hi == 0 && v.Lo>>6 < uint64(len(s.bits)) && s.bits[v.Lo>>6]>>(v.Lo&63)&1 != 0
	}
	if _, ok := s.exact[v]; ok {
		return true
	}
	for i := range s.masked {
		if _, ok := s.masked[i].values[v.And(s.masked[i].mask)]; ok {
			return true
		}
	}
	return false
}

// Len is the number of members, as given.
func (s *Set) Len() int { return s.size }

// narrow is the set for a subfield of width bits, of which OVN compares only the low ones of each member.
func (s *Set) narrow(width int) *Set {
	if s.width <= width {
		return s
	}
	ones := Ones(width)
	n := &Set{exact: make(map[Value]struct{}, s.size)}
	for m := range s.members {
		n.add(&Constant{Value: m.value.And(ones), Mask: m.mask.And(ones), Masked: m.masked})
	}
	return n
}
