package lab

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"time"

	"ovnsim/explain"
	"ovnsim/shell"
	"ovnsim/sim"
	"ovnsim/sim/host"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// Empty is a lab with nothing in it: what a shell begins with that is given no lab.
func Empty() *Lab {
	return &Lab{File: "lab", Name: "lab", Topology: &topology.Topology{}, Timeout: DefaultTimeout}
}

// world is a play as its shell sees it.
type world struct {
	*Play
	own      bool // the play is this world's alone
	captures []func(at time.Duration, port string, out bool, frame []byte)
}

// World is the play for a shell that stays: its commands change the play's own copy of the topology.
func (p *Play) World() shell.World {
	w := &world{Play: p, own: true}
	before := p.Capture
	p.Capture = func(at time.Duration, port string, out bool, frame []byte) {
		if before != nil {
			before(at, port, out, frame)
		}
		w.capture(at, port, out, frame)
	}
	return w
}

func (w *world) capture(at time.Duration, port string, out bool, frame []byte) {
	for _, f := range w.captures {
		f(at, port, out, frame)
	}
}

// Watch has every frame that enters or leaves a port told from now on.
func (w *world) Watch(f func(at time.Duration, port string, out bool, frame []byte)) {
	if len(w.captures) == 0 && !w.own {
		before := w.Play.Capture
		w.Play.Capture = func(at time.Duration, port string, out bool, frame []byte) {
			if before != nil {
				before(at, port, out, frame)
			}
			w.capture(at, port, out, frame)
		}
	}
	w.captures = append(w.captures, f)
}

// Nbctl changes the topology; it is in force when the simulation is asked for.
func (w *world) Nbctl(args []string, out io.Writer) error {
	w.scripts++
	defer func() { w.scripts-- }()
	if !w.own {
		return w.Play.Nbctl(args, out)
	}
	top := w.Play.Topology.Fork()
	changed, err := nbctl.Change(top, args, out)
	if changed {
		w.network, w.Play.Topology, w.stale = &network{topology: top, before: w.before()}, top, true
	}
	return err
}

// Topology is what the commands have asked for.
func (w *world) Topology() *topology.Topology { return w.Play.Topology }

// Sim is the simulation with everything in force.
func (w *world) Sim() *sim.Sim {
	w.inForce()
	return w.Play.Sim
}

// Machines lists the names of all machines, sorted.
func (w *world) Machines() []string { return w.names }

// Machine is the machine of a name and the logical port that it is plugged into; nil for none.
func (w *world) Machine(name string) (*host.Host, string) {
	if m := w.machines[name]; m != nil {
		return m.Host, m.port
	}
	return nil, ""
}

// AddMachine makes a machine that is plugged in nowhere.
func (w *world) AddMachine(c host.Config) error {
	m := &machine{play: w.Play}
	c.Seed = w.Lab.Seed + uint64(len(w.names))
	c.Lost = func(_ time.Duration, l host.Lost) { w.lost(m, l) }
	var err error
	if m.Host, err = host.New(c, m); err != nil {
		return err
	}
	w.machines[c.Name] = m
	w.names = append(slices.Clone(w.names), c.Name)
	sort.Strings(w.names)
	return nil
}

// RemoveMachine takes a machine away.
func (w *world) RemoveMachine(name string) {
	if w.machines[name] == nil {
		return
	}
	_ = w.Plug(name, "")
	delete(w.machines, name)
	w.names = slices.DeleteFunc(slices.Clone(w.names), func(n string) bool { return n == name })
}

// Plug puts a machine on a logical port, which need not exist yet; "" unplugs it.
func (w *world) Plug(name, port string) error {
	m := w.machines[name]
	if other := w.machineOn(port); other != "" && other != name && port != "" {
		return fmt.Errorf("the machine %s is on port %s", other, port)
	}
	w.inForce()
	if m.port != "" {
		_ = w.Play.Sim.Attach(m.port, nil) // a port that is gone has no machine
	}
	m.port = port
	_ = w.Play.Sim.Attach(port, arrival{m})
	return nil
}

// Get asks for a URL and judges what the balancers did.
func (w *world) Get(machine, url string, from uint16, timeout time.Duration) (*explain.Flow, []explain.Verdict, error) {
	r, err := w.Play.Get(machine, url, from, timeout)
	if err != nil {
		return nil, nil, err
	}
	w.describe()
	if err := w.Verify(r); err != nil {
		return nil, nil, err
	}
	return r.Flow, r.Verdicts, nil
}

// describe has the lab list the machines as they are now: what copies of the play are made of.
func (w *world) describe() {
	l := *w.Lab
	l.Hosts = nil
	for _, name := range w.names {
		m := w.machines[name]
		if w.Play.Topology.SwitchPort(m.port) == nil {
			continue
		}
		spec := Host{Name: name}
		if old := w.Lab.Host(name); old != nil {
			spec = *old
		}
		spec.Port, spec.MAC = m.port, m.MAC()
		l.Hosts = append(l.Hosts, &spec)
	}
	w.Lab = &l
}
