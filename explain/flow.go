package explain

import (
	"net/netip"
	"time"

	"ovnsim/lb"
	"ovnsim/sim/host"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// Flow is one request of a machine and all that its packets met: what a verdict is read off.
type Flow struct {
	From     string // machine
	Port     string // the machine's logical port
	Local    netip.AddrPort
	Remote   netip.AddrPort // what was asked for
	Proto    uint8
	Stop     host.Stop // how far it came
	Detail   string
	Journeys []*Journey // in the order of time
	Lost     []Lost     // packets that never left their machine
}

// Journey is the way of one packet from the port where it came in.
type Journey struct {
	At      time.Duration
	Port    string   // logical port
	Machine string   // on the port, "" for none
	Packet  string   // one line
	Tuple   lb.Tuple // as it came in; the zero Tuple when it is no IP packet
	Events  trace.List
}

// Lost is a packet that never left its machine.
type Lost struct {
	Machine string
	Tuple   lb.Tuple
	Why     host.Stop
}

// Forward lists the journeys of the request's packets, Reply those of the packets that a server sent back, each in the
// order of time.
func (f *Flow) Forward() []*Journey { return f.journeys(f.isForward) }

// Reply lists the journeys of what came back.
func (f *Flow) Reply() []*Journey { return f.journeys(f.isReply) }

func (f *Flow) journeys(is func(*Journey) bool) []*Journey {
	var out []*Journey
	for _, j := range f.Journeys {
		if is(j) {
			out = append(out, j)
		}
	}
	return out
}

func (f *Flow) isForward(j *Journey) bool {
	t := j.Tuple
	return j.Port == f.Port && t.Proto == f.Proto && t.Dst == f.Remote.Addr() &&
		(t.Src == f.Local.Addr() || !f.Local.Addr().IsValid()) &&
		(!hasPorts(f.Proto) || t.DstPort == f.Remote.Port() && t.SrcPort == f.Local.Port())
}

// isReply: the packet comes from a port where a packet of the request was delivered, its ends turned round.
func (f *Flow) isReply(j *Journey) bool {
	if f.isForward(j) {
		return false
	}
	for _, fwd := range f.Forward() {
		for _, a := range fwd.arrivals() {
			if a.port == j.Port && answers(j.Tuple, a.tuple) {
				return true
			}
		}
	}
	return false
}

// answers tells whether a packet goes back where another one came from: an answer, or an ICMP error about it.
func answers(t, to lb.Tuple) bool {
	if t.Src != to.Dst || t.Dst != to.Src {
		return false
	}
	if t.Proto != to.Proto {
		return t.Proto == packet.ProtoICMP || t.Proto == packet.ProtoICMPv6
	}
	return !hasPorts(t.Proto) || t.SrcPort == to.DstPort && t.DstPort == to.SrcPort
}

func hasPorts(proto uint8) bool {
	return proto == packet.ProtoTCP || proto == packet.ProtoUDP || proto == packet.ProtoSCTP
}

// End says where and how a journey ended.
type End struct {
	Delivered []string // the ports where the packet left the network
	Datapath  string   // where it was dropped, when it was not delivered
	Stage     string
	Match     string // of the flow that dropped it, "" when none matched
}

// End finds where a packet ended.
func (j *Journey) End() End {
	var e End
	for i := range j.Events.Events {
		switch ev := &j.Events.Events[i]; ev.Kind {
		case trace.Deliver:
			e.Delivered = append(e.Delivered, ev.Arrival.Port)
		case trace.Table:
			e.Datapath, e.Stage, e.Match = ev.Datapath.Name, ev.Stage, ""
			if ev.Flow != nil {
				e.Match = ev.Flow.Match
			}
		}
	}
	return e
}

// Path lists the datapaths that a packet passed, in order, each stay once.
func (j *Journey) Path() []string {
	var out []string
	for i := range j.Events.Events {
		ev := &j.Events.Events[i]
		if ev.Kind == trace.Table && (len(out) == 0 || out[len(out)-1] != ev.Datapath.Name) {
			out = append(out, ev.Datapath.Name)
		}
	}
	return out
}
