package sim

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/sim/conntrack"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// Options tells New what flows alone do not say. The zero Options is one chassis that hosts every port.
type Options struct {
	Seed     uint64   // of what Open vSwitch leaves to chance
	Observer Observer // nil for none

	// Engine gives the engine of a southbound database, where the caller keeps some: simulations that run one after the other
	// on one goroutine can share it, with all that it has parsed. nil makes a new one each time.
	Engine func(*pipeline.Southbound) *Engine

	// Chosen knows which ports a real network took for translations out of a range, where what is replayed shows it; see
	// conntrack.Table. nil leaves them to the seed.
	Chosen func(now time.Duration, p *packet.Packet, answer packet.Tuple, kind conntrack.Kind) (port uint16, ok bool)

	// Asked knows, where what is replayed shows it, whether a neighbour was asked for its address just after a moment: how
	// long it takes until a router knows what it learned is chance, see learningDelay. ok is false where nothing shows it.
	// nil leaves it to learningDelay.
	Asked func(now time.Duration, neighbour netip.Addr) (asked, ok bool)

	// Captured says that what is injected was captured elsewhere: the machines are not there to answer the controller's health
	// checks, so it sends none, and goes by the answers that were captured.
	Captured bool

	// Quiet says that the controller sends nothing that no packet asks for: no gratuitous ARPs, no router advertisements of
	// its own. Captured does so too.
	Quiet bool

	// Northd compiles the network anew when the chassis have learned something that flows depend on: members of multicast
	// groups. It gets the southbound database with what was learned in it. nil leaves the flows as they are.
	Northd func(before *pipeline.Southbound) *pipeline.Southbound
}

// Observer watches a simulation. A nil Tracer costs nothing.
type Observer interface {
	// Injected tells of a frame that came in by a port, and may give a tracer for all that becomes of it.
	Injected(at time.Duration, port string, p *packet.Packet) Tracer
	// Delivered tells of a frame that went out by a port. The frame is the observer's to keep.
	Delivered(at time.Duration, port string, frame []byte)
}

// Machine is what a port leads to.
type Machine interface {
	// Receive takes a frame, which is the machine's to keep.
	Receive(frame []byte)
}

// Sim is a network that runs: flows, what the chassis remember beside them, machines on ports, and virtual time.
type Sim struct {
	Clock
	options   Options
	engine    *Engine
	live      *live // the first chassis
	others    map[string]*live
	residence *residence
	wiring    wiring
	physical  map[vlanMAC]plug // where addresses were seen last
	machines  map[string]Machine
	told      bool // northd has something to do
	outage    outage
	acls      []ACLRecord
}

// New makes a network of a southbound database, compiled or read. The database must not change while it runs.
func New(sb *pipeline.Southbound, o Options) *Sim {
	s := &Sim{options: o, machines: map[string]Machine{}, others: map[string]*live{}, physical: map[vlanMAC]plug{}}
	s.outage = outage{map[string]bool{}, map[string]bool{}}
	s.load(sb)
	s.live = newLive(s)
	return s
}

func (s *Sim) load(sb *pipeline.Southbound) {
	if s.options.Engine != nil && len(s.outage.noticed) == 0 {
		s.engine = s.options.Engine(sb)
	} else {
		s.engine = s.engine.Next(sb)
	}
	if s.residence = s.engine.residence; s.residence == nil {
		s.residence = newResidence(s.engine.net)
		s.residence.leave(s.engine.net, s.outage.noticed)
	}
	s.prepare(s.engine, s.residence.first())
	s.wiring = newWiring(s.engine.net)
}

// prepare makes an engine a chassis's.
func (s *Sim) prepare(e *Engine, chassis string) {
	if e.residence == nil { // else another simulation has prepared it
		e.residence, e.chassis = s.residence, chassis
		e.dataplane()
	}
}

// engineOf is the engine of a chassis.
func (s *Sim) engineOf(chassis string) *Engine {
	if chassis == s.residence.first() {
		return s.engine
	}
	e := s.engine.sibling()
	s.prepare(e, chassis)
	return e
}

// on is a chassis by its name.
func (s *Sim) on(chassis string) *live {
	if chassis == "" || chassis == s.live.name {
		return s.live
	}
	if s.others[chassis] == nil {
		s.others[chassis] = s.live.sibling(chassis)
	}
	return s.others[chassis]
}

// Update puts another version of the network in force. Connections, neighbours and addresses that were learned stay, as
// they do in a running OVN; what belonged to ports that are gone goes with them.
func (s *Sim) Update(sb *pipeline.Southbound) {
	s.load(sb)
	s.live.name = s.residence.first()
	s.live.reload()
	for name, l := range s.others {
		if name == s.live.name || !slices.Contains(s.residence.chassis, name) {
			delete(s.others, name)
			continue
		}
		l.reload()
	}
	s.live.begin()
}

// Southbound is the southbound database with what the chassis have learned since: what northd gets to see when it compiles
// the next version of the network.
func (s *Sim) Southbound() *pipeline.Southbound {
	sb := *s.engine.sb
	sb.IGMPGroups = s.live.igmpGroups()
	sb.Ports = s.live.bound(sb.Ports)
	sb.ServiceMonitors = s.live.health(sb.ServiceMonitors)
	return &sb
}

// tellNorthd has the flows follow what was learned.
func (s *Sim) tellNorthd() {
	if s.options.Northd == nil || s.told {
		return
	}
	s.told = true
	s.At(s.Now()+northdDelay, func() {
		s.told = false
		s.Update(s.options.Northd(s.Southbound()))
	})
}

// northdDelay is what it takes from a learned row to flows that know it.
const northdDelay = 20 * time.Millisecond

// Attach puts a machine on a logical port; nil takes it off.
func (s *Sim) Attach(port string, m Machine) error {
	if s.engine.net.portNamed(port) == nil {
		return fmt.Errorf("no logical port %q", port)
	}
	s.machines[port] = m
	s.announceAgain()
	return nil
}

// Inject sends a frame in by a logical port, now. The frame must not change afterwards. The error says why no port takes
// it, or that the packet met a loop; what else becomes of it the observer learns.
func (s *Sim) Inject(port string, frame []byte) error {
	p := s.engine.net.portNamed(port)
	if p == nil {
		return fmt.Errorf("no logical port %q", port)
	}
	var pkt packet.Packet
	if err := pkt.Decode(frame); err != nil {
		return fmt.Errorf("frame for %s: %w", port, err)
	}
	var t Tracer
	if s.options.Observer != nil {
		t = s.options.Observer.Injected(s.Now(), port, &pkt)
	}
	if p.isPhysical() {
		return s.onPhysical(p, plug{"", port}, frame, t)
	}
	p = s.container(p, &pkt)
	pkt.Hash.Receive(pkt.Tuple())
	l := s.on(s.residence.at(p))
	w := l.engine.begin(l, t)
	if s.outage.down[l.name] {
		w.sayf(trace.Note, "/* lost: chassis %s is down */", l.name)
		return nil
	}
	l.enter(w, l.net.portNamed(p.LogicalPort), &pkt)
	return w.err
}

// Run lets time pass until a moment, ringing every timer on the way.
func (s *Sim) Run(until time.Duration) {
	for s.Step(until) {
	}
}

// Connections lists the connection table, a line each.
func (s *Sim) Connections() []*conntrack.Conn {
	all := s.live.ct.Conns(s.Now())
	for _, name := range slices.Sorted(maps.Keys(s.others)) {
		all = append(all, s.others[name].ct.Conns(s.Now())...)
	}
	return all
}

// deliver hands a frame to the machine on a port. It arrives in a step of its own, so that no machine is called from
// within another.
func (s *Sim) deliver(port string, frame []byte) {
	if s.options.Observer != nil {
		s.options.Observer.Delivered(s.Now(), port, frame)
	}
	if m := s.machines[port]; m != nil {
		s.At(s.Now()+wireDelay, func() { m.Receive(frame) })
	}
}

// wireDelay is what a frame takes from the switch to the machine.
const wireDelay = 10 * time.Microsecond

// enter starts a packet's way at a port.
func (l *live) enter(w *walk, p *port, pkt *packet.Packet) {
	f := w.fork(&frame{key: pkt.Key, dp: p.dp, at: action.At{Pipeline: action.Ingress}})
	f.pkt = *pkt
	fieldInport.Set64(&f.key, uint64(p.number))
	w.enter(p.dp, action.Ingress, w.shown(p), nil, false)
	w.below(f)
	w.join()
}
