package explain

import (
	"net/netip"
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// What a packet's ends are at each step of its way. Events are nested by depth: what conntrack did to a packet holds for the
// events that follow at that depth or deeper, and is over where the way goes on further up, in another copy.

// step is an event with the packet's ends before it.
type step struct {
	*trace.Event
	tuple lb.Tuple
	at    string // the datapath where the packet is
}

// steps walks along a way.
func (j *Journey) steps(visit func(step)) {
	type changed struct {
		depth int
		tuple lb.Tuple
		at    string
	}
	stack := []changed{{-1, j.Tuple, ""}}
	for i := range j.Events.Events {
		ev := &j.Events.Events[i]
		for len(stack) > 1 && stack[len(stack)-1].depth > ev.Depth {
			stack = stack[:len(stack)-1]
		}
		top := stack[len(stack)-1]
		if ev.Kind == trace.Enter {
			top.at, top.depth = ev.Datapath.Name, ev.Depth
			stack = append(stack, top)
		}
		visit(step{ev, top.tuple, top.at})
		if tr := ev.Tracking; tr != nil && tr.Was != "" {
			if now, ok := parseTuple(tr.Now); ok {
				stack = append(stack, changed{ev.Depth, now, top.at})
			}
		}
	}
}

// parseTuple reads the ends of a packet as lb.Tuple prints them.
func parseTuple(text string) (lb.Tuple, bool) {
	name, ends, _ := strings.Cut(text, " ")
	from, to, _ := strings.Cut(ends, "->")
	src, err1 := netip.ParseAddrPort(from)
	dst, err2 := netip.ParseAddrPort(to)
	if err1 != nil || err2 != nil {
		return lb.Tuple{}, false
	}
	t := lb.Tuple{Src: src.Addr(), Dst: dst.Addr(), SrcPort: src.Port(), DstPort: dst.Port()}
	for _, proto := range [...]uint8{packet.ProtoTCP, packet.ProtoUDP, packet.ProtoSCTP, packet.ProtoICMP, packet.ProtoICMPv6} {
		if lb.ProtoName(proto) == name {
			t.Proto = proto
		}
	}
	return t, true
}

// arrival is a packet that left the network.
type arrival struct {
	port  string
	tuple lb.Tuple
}

// arrivals lists where a packet, or what became of it, left the network.
func (j *Journey) arrivals() []arrival {
	var out []arrival
	j.steps(func(s step) {
		if s.Kind == trace.Deliver {
			out = append(out, arrival{s.Arrival.Port, s.tuple})
		}
	})
	return out
}

// stay is one visit of a packet to a datapath's ingress pipeline.
type stay struct {
	in     *trace.Port // the port that it came in by
	tuple  lb.Tuple    // as it came in
	before string      // the last datapath that had changed its destination by then, "" for none
	steps  []step      // as far as its ingress pipeline
}

// stays finds a packet's visits to a datapath; what is nested below other datapaths counts for those.
func (j *Journey) stays(datapath string) []stay {
	var out []stay
	here, dst, changedAt := false, j.Tuple.Dst, ""
	j.steps(func(s step) {
		if s.tuple.Dst == j.Tuple.Dst {
			changedAt = ""
		}
		switch {
		case s.Kind == trace.Enter && s.Pipeline == pipeline.Ingress:
			here = s.Datapath.Name == datapath
			if here {
				out = append(out, stay{in: s.In, tuple: s.tuple, before: changedAt})
			}
		case s.Kind == trace.Enter || s.Kind == trace.Multicast:
			here = false
		case here:
			out[len(out)-1].steps = append(out[len(out)-1].steps, s)
		}
		if tr := s.Tracking; tr != nil && tr.Was != "" {
			if now, ok := parseTuple(tr.Now); ok && now.Dst != dst {
				changedAt = s.at
			}
		}
	})
	return out
}

// balancingStage is the stage where balancers of a switch or a router choose.
func balancingStage(router bool) pipeline.Stage {
	if router {
		return pipeline.LrInDNAT
	}
	return pipeline.LsInLB
}

// at finds the flow that a visit met in a stage, nil for one that only led on.
func (s *stay) at(stage pipeline.Stage) *trace.Event {
	for i := range s.steps {
		if ev := s.steps[i].Event; ev.Kind == trace.Table && pipeline.StageNamed(ev.Stage) == stage {
			return ev
		}
	}
	return nil
}

// passed tells whether a visit came further than a stage.
func (s *stay) passed(stage pipeline.Stage) bool {
	number := stage.Number()
	for i := range s.steps {
		if ev := s.steps[i].Event; ev.Kind == trace.Table && ev.Pipeline == pipeline.Ingress && ev.Number > number {
			return true
		}
	}
	return false
}

// last is the last flow that a visit met.
func (s *stay) last() *trace.Event {
	for i := len(s.steps) - 1; i >= 0; i-- {
		if s.steps[i].Kind == trace.Table {
			return s.steps[i].Event
		}
	}
	return nil
}
