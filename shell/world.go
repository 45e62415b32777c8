package shell

import (
	"context"
	"io"
	"time"

	"ovnsim/explain"
	"ovnsim/sim"
	"ovnsim/sim/host"
	"ovnsim/topology"
)

// World is what the commands act on: a network that runs, what was asked of it, and machines on its ports.
type World interface {
	Network
	Machines
}

// Network is the network and its configuration.
type Network interface {
	// Nbctl runs an ovn-nbctl command line (without the program's name).
	Nbctl(args []string, out io.Writer) error
	// Topology is what the commands have asked for. It must not be written to.
	Topology() *topology.Topology
	// Sim is the simulation, with everything in force that was asked for.
	Sim() *sim.Sim
	// Watch has every frame told that a machine sends (out is false) or gets, from now on.
	Watch(func(at time.Duration, port string, out bool, frame []byte))
}

// Machines are the machines on the ports.
type Machines interface {
	// Machines lists their names, sorted.
	Machines() []string
	// Machine finds a machine by name, and the logical port that it is plugged into; nil when there is none.
	Machine(name string) (h *host.Host, port string)
	// AddMachine makes a machine that is plugged in nowhere; its seed is the world's business.
	AddMachine(host.Config) error
	RemoveMachine(name string)
	// Plug puts a machine on a logical port, which need not exist yet; "" unplugs it.
	Plug(name, port string) error
	// Get asks for a URL from a machine and judges what the balancers did.
	Get(machine, url string, from uint16, timeout time.Duration) (*explain.Flow, []explain.Verdict, error)
}

// until lets virtual time pass until something is done, at most to a moment when limit is not 0. It tells whether it is
// done: else the limit came, the network has nothing left to do, or ctx has ended.
func (s *Shell) until(ctx context.Context, limit time.Duration, done func() bool) bool {
	net := s.world.Sim()
	for !done() {
		next, ok := net.Next()
		switch {
		case ctx.Err() != nil:
			return false
		case limit > 0 && (!ok || next > limit):
			s.pass(ctx, limit-net.Now())
			return done()
		case !ok:
			return false
		}
		net.Step(next)
	}
	return true
}

// pass lets virtual time pass.
func (s *Shell) pass(ctx context.Context, d time.Duration) {
	net := s.world.Sim()
	for until := net.Now() + d; ctx.Err() == nil && net.Step(until); {
	}
}

// settle lets the packets that are under way arrive: what closes a connection comes after its answer.
func (s *Shell) settle(ctx context.Context) { s.pass(ctx, time.Millisecond) }
