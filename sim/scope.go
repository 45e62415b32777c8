package sim

import "ovnsim/pipeline/expr"

// scope tells matches what names stand for. Names of ports are unique in a database, so that one scope serves all datapaths.
type scope struct {
	engine *Engine

	// What a match has asked for.
	ports []uint32  // that are there, groups among them
	sets  []usedSet // that are there
	other bool      // anything else
}

// usedSet is a set that a match names, and what it was.
type usedSet struct {
	kind expr.ConstantKind
	name string
	is   *expr.Set
}

// forget begins with another match.
func (s *scope) forget() { s.ports, s.sets, s.other = s.ports[:0], s.sets[:0], false }

// same tells whether names stand for what they did when a match was bound.
func (s *scope) same(ports []uint32, sets []usedSet) bool {
	for _, number := range ports {
		if !s.engine.net.has(number) {
			return false
		}
	}
	for i := range sets {
		if s.engine.net.set(sets[i].kind, sets[i].name) != sets[i].is {
			return false
		}
	}
	return true
}

// Port is the number of a port or multicast group of any datapath.
func (s *scope) Port(name string) (uint32, bool) {
	number, ok := s.engine.net.named(name)
	if ok {
		s.ports = append(s.ports, number)
	} else {
		s.other = true
	}
	return number, ok
}

// Resident tells whether a port is on this chassis: for ovn-trace, whether there is one. In a
// dataplane a gateway port that no chassis may host is nowhere.
func (s *scope) Resident(name string) bool {
	s.other = true
	p := s.engine.net.portNamed(name)
	if p == nil || !s.engine.cutsTTL {
		return name == "" || p != nil
	}
	if s.engine.residence != nil && !s.engine.residence.has(s.engine.chassis, p) {
		return false
	}
	return p.Type != "chassisredirect" || p.Chassis != nil || p.HAChassisGroup == nil || len(p.HAChassisGroup.Members) > 0
}

// Set is the members of an address set or a port group, nil if there is none of the name.
func (s *scope) Set(kind expr.ConstantKind, name string) *expr.Set {
	set := s.engine.net.set(kind, name)
	if set == nil {
		s.other = true
	} else {
		s.sets = append(s.sets, usedSet{kind, name, set})
	}
	return set
}
