package sim

import "ovnsim/pipeline/expr"

// scope tells matches what names stand for. Names of ports are unique in a database, so that one scope serves all datapaths.
type scope struct {
	engine *Engine
	asked  []answer // since the last match began
}

// answer is what a name in a match stood for.
type answer struct {
	of     question
	set    expr.ConstantKind // of a set
	yes    bool
	number uint32 // of a port
	name   string
	is     *expr.Set
}

// question is what a match wants to know of a name.
type question uint8

const (
	whichPort question = iota
	whichSet
	isResident
)

// again answers a question once more.
func (s *scope) again(a *answer) answer {
	switch {
	case a.of == whichSet:
		return s.set(a.set, a.name)
	case a.of == isResident:
		return s.resident(a.name)
	case a.yes:
		return answer{of: whichPort, name: a.name, number: a.number, yes: s.engine.net.has(a.number)}
	}
	return s.port(a.name)
}

// stillSo tells whether questions have the answers that they had.
func (s *scope) stillSo(asked []answer) bool {
	for i := range asked {
		if s.again(&asked[i]) != asked[i] {
			return false
		}
	}
	return true
}

// Port is the number of a port or multicast group of any datapath.
func (s *scope) Port(name string) (uint32, bool) {
	a := s.port(name)
	s.asked = append(s.asked, a)
	return a.number, a.yes
}

func (s *scope) port(name string) answer {
	number, ok := s.engine.net.named(name)
	if !ok {
		number = 0
	}
	return answer{of: whichPort, name: name, number: number, yes: ok}
}

// Resident tells whether a port is on this chassis: for ovn-trace, whether there is one. In a
// dataplane a gateway port that no chassis may host is nowhere.
func (s *scope) Resident(name string) bool {
	a := s.resident(name)
	s.asked = append(s.asked, a)
	return a.yes
}

func (s *scope) resident(name string) answer {
	return answer{of: isResident, name: name, yes: s.engine.resident(name)}
}

func (e *Engine) resident(name string) bool {
	p := e.net.portNamed(name)
	if p == nil || !e.cutsTTL {
		return name == "" || p != nil
	}
	if e.residence != nil && !e.residence.has(e.chassis, p) {
		return false
	}
	return p.Type != "chassisredirect" || p.Chassis != nil || p.HAChassisGroup == nil || len(p.HAChassisGroup.Members) > 0
}

// Set is the members of an address set or a port group, nil if there is none of the name.
func (s *scope) Set(kind expr.ConstantKind, name string) *expr.Set {
	a := s.set(kind, name)
	s.asked = append(s.asked, a)
	return a.is
}

func (s *scope) set(kind expr.ConstantKind, name string) answer {
	return answer{of: whichSet, name: name, set: kind, is: s.engine.net.set(kind, name)}
}
