package lab

import (
	"context"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"ovnsim/explain"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
	"ovnsim/shell"
	"ovnsim/sim"
	"ovnsim/sim/host"
	"ovnsim/sim/packet"
	"ovnsim/topology"
)

// Play is a lab that runs: its network, its machines, and a shell over both.
type Play struct {
	Lab      *Lab
	Topology *topology.Topology // as the scripts have changed it; not to be written to
	Sim      *sim.Sim
	Capture  func(at time.Duration, port string, out bool, frame []byte) // told of every frame that enters or leaves a port; nil for nobody

	player   *Player
	network  *network             // that the scripts have come to
	stale    bool                 // it is not in force yet
	flows    *pipeline.Southbound // in force
	learned  bool                 // the flows depend on what the chassis have learned, not on the topology alone
	scripts  int                  // that run, one inside the other
	machines map[string]*machine  // by name
	names    []string             // sorted
	watched  *explain.Flow        // the request whose packets are traced, nil for none
	asking   *Result              // the request that is under way
}

// machine is a host on its port.
type machine struct {
	*host.Host
	play *Play
	port string
}

// Start starts the lab as its file describes it.
func (r *Player) Start() (*Play, error) {
	l := r.Lab
	p := &Play{Lab: l, player: r, network: r.base(), machines: map[string]*machine{}}
	p.Topology = p.network.topology
	p.flows = p.network.compiled()
	p.Sim = sim.New(p.flows, sim.Options{Seed: l.Seed, Observer: p, Engine: p.engine, Northd: p.northd})
	for i, h := range l.Hosts {
		if err := p.addMachine(h, l.Seed+uint64(i)); err != nil {
			return nil, fmt.Errorf("%s: %w", h.Pos, err)
		}
	}
	sort.Strings(p.names)
	return p, nil
}

// engine gives the simulation an engine: the one that all plays share that come to this network, or one of its own for a
// network that has learned something since.
func (p *Play) engine(sb *pipeline.Southbound) *sim.Engine {
	if sb != p.network.southbound {
		return p.player.engine.Next(sb)
	}
	p.player.engine = p.network.engineOf(sb, p.player.engine)
	return p.player.engine
}

// northd compiles the network as it is, with what the chassis have learned in it.
func (p *Play) northd(before *pipeline.Southbound) *pipeline.Southbound {
	p.learned = true
	p.flows = northd.Compile(p.network.topology, northd.Options{Southbound: before})
	return p.flows
}

// Host is the machine of a name, nil for none.
func (p *Play) Host(name string) *host.Host {
	if m := p.machines[name]; m != nil {
		return m.Host
	}
	return nil
}

func (p *Play) addMachine(h *Host, seed uint64) error {
	c := host.Config{Name: h.Name, MAC: h.MAC, Addresses: h.Addresses, HTTP: map[uint16]string{}, UDP: map[uint16]string{}, Seed: seed}
	for _, r := range h.Routes {
		c.Routes = append(c.Routes, host.Route{Prefix: r.Prefix, Via: r.Via})
	}
	for _, s := range h.HTTP {
		c.HTTP[s.Port] = s.Body
	}
	for _, s := range h.UDP {
		c.UDP[s.Port] = s.Body
	}
	m := &machine{play: p, port: h.Port}
	c.Lost = func(_ time.Duration, l host.Lost) { p.lost(m, l) }
	var err error
	if m.Host, err = host.New(c, m); err != nil {
		return err
	}
	p.machines[h.Name] = m
	p.names = append(p.names, h.Name)
	return p.Sim.Attach(h.Port, arrival{m})
}

// Send puts a machine's frame on its port.
func (m *machine) Send(now time.Duration, frame []byte) {
	if m.play.Capture != nil {
		m.play.Capture(now, m.port, false, frame)
	}
	// A port that a script has deleted takes nothing: the frame is lost, as with a cable that is unplugged. A loop ends
	// where Open vSwitch ends it, and the trace says so.
	_ = m.play.Sim.Inject(m.port, frame)
}

// WakeAt has the machine called at a time.
func (m *machine) WakeAt(at time.Duration) {
	m.play.Sim.At(at, func() { m.Wake(m.play.Sim.Now()) })
}

// arrival hands a port's frames to its machine.
type arrival struct{ m *machine }

// Receive takes a frame from the network.
func (a arrival) Receive(frame []byte) { a.m.Host.Receive(a.m.play.Sim.Now(), frame) }

// Injected traces the packets of the request that is watched.
func (p *Play) Injected(at time.Duration, port string, pkt *packet.Packet) sim.Tracer {
	if p.watched == nil {
		return nil
	}
	j := p.player.journey()
	j.At, j.Port, j.Machine, j.Packet, j.Tuple = at, port, p.machineOn(port), pkt.String(), pkt.Tuple()
	p.watched.Journeys = append(p.watched.Journeys, j)
	return &j.Events
}

// Delivered tells the capture of a frame that left the network, and looks what the request under way looks like by then.
func (p *Play) Delivered(at time.Duration, port string, frame []byte) {
	if r := p.asking; r != nil && !r.Seen.IsValid() {
		r.Seen = seenSource(frame, r.Flow)
	}
	if p.Capture != nil {
		p.Capture(at, port, true, frame)
	}
}

func (p *Play) lost(m *machine, l host.Lost) {
	if p.watched != nil {
		p.watched.Lost = append(p.watched.Lost, explain.Lost{Machine: m.Name(), Tuple: l.Packet.Tuple(), Why: l.Why})
	}
}

func (p *Play) machineOn(port string) string {
	for _, name := range p.names {
		if p.machines[name].port == port {
			return name
		}
	}
	return ""
}

// Run runs a script of the lab's commands; what it prints goes to out. The error is a syntax error with its place, or the
// script's own failure.
func (p *Play) Run(script, name string, out, errs io.Writer) error {
	if strings.TrimSpace(script) == "" {
		return nil
	}
	s, err := shell.New(&world{Play: p}, shell.Options{Out: out, Err: errs})
	if err != nil {
		return err
	}
	p.scripts++
	defer func() { p.scripts--; p.inForce() }()
	return s.Run(context.Background(), script, name)
}

// until lets time pass until something is done. A network with nothing left to do is done.
func (p *Play) until(done func() bool) {
	for !done() {
		next, ok := p.Sim.Next()
		if !ok {
			return
		}
		p.Sim.Step(next)
	}
}

// settle lets the packets that are under way arrive: what closes a connection comes after its answer.
func (p *Play) settle() { p.Sim.Run(p.Sim.Now() + time.Millisecond) }

// Nbctl runs an ovn-nbctl command line. What it changed is in force when the script that runs it, if any, ends or lets time
// pass: a script's commands come to a running OVN together, too.
func (p *Play) Nbctl(args []string, out io.Writer) error {
	after, err := p.player.run(p.network, p.before(), args, out)
	if err != nil || after == p.network {
		return err
	}
	p.network, p.Topology, p.stale = after, after.topology, true
	if p.scripts == 0 {
		p.inForce()
	}
	return nil
}

// before is what is in force, for the flows that come next. What chassis have learned meanwhile is added when those are made.
func (p *Play) before() *pipeline.Southbound {
	if p.stale || p.learned {
		return p.network.before
	}
	return p.network.compiled()
}

// inForce puts in force what commands have changed.
func (p *Play) inForce() {
	if !p.stale {
		return
	}
	p.stale = false
	if p.learned {
		p.northd(p.Sim.Southbound())
	} else {
		p.flows = p.network.compiled()
	}
	p.Sim.Update(p.flows)
	for _, m := range p.machines {
		_ = p.Sim.Attach(m.port, arrival{m}) // a port that is gone has no machine
	}
}

// CurlMessage is what curl prints of a request that failed.
func CurlMessage(r *Result) string {
	at := fmt.Sprintf("%s port %d after %d ms", r.Flow.Remote.Addr(), r.Flow.Remote.Port(), r.Took.Milliseconds())
	switch r.Outcome {
	case string(Refused):
		return "Failed to connect to " + at + ": Connection refused"
	case string(NoRoute):
		return "Failed to connect to " + at + ": No route to host"
	case string(TimedOut):
		return fmt.Sprintf("Connection timed out after %d milliseconds", r.Took.Milliseconds())
	}
	return r.Flow.Stop.String()
}
