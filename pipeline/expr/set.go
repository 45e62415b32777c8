package expr

// Set is the members of an address set, a port group or a long list of constants, made once and shared by all the
// matches that name it. It never changes.
type Set struct {
	exact  map[Value]struct{}
	masked []maskedMembers
	width  int // bits that the widest member needs
	size   int
	list   []member // in the order given
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

// NewPortGroup makes a set of ports, given as their numbers.
func NewPortGroup(ports []uint32) *Set {
	s := &Set{exact: make(map[Value]struct{}, len(ports)), width: 32}
	for _, p := range ports {
		s.add(&Constant{Value: V(uint64(p))})
	}
	return s
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
	for _, m := range s.list {
		n.add(&Constant{Value: m.value.And(ones), Mask: m.mask.And(ones), Masked: m.masked})
	}
	return n
}
