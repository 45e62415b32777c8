package lab

import (
	"bytes"
	"io"
	"strings"

	"ovnsim/explain"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// Player plays scenarios of one lab one after the other, each from the lab file's own state. Scenarios that run the same
// ovn-nbctl commands share the network that comes of them: it is compiled once. The results do not depend on what was played
// before. A Player is for one goroutine.
type Player struct {
	Lab *Lab

	// Quick watches packets only as closely as the expectations ask for. Results of requests that did what was expected then
	// tell nothing but their outcome.
	Quick bool

	root   *network
	engine *sim.Engine        // the last one made
	kept   int                // rows of the networks that came of commands
	spare  []*explain.Journey // whose room is used again
}

// Player makes a player.
func (l *Lab) Player() *Player { return &Player{Lab: l} }

// network is the network after a sequence of commands.
type network struct {
	topology   *topology.Topology
	before     *pipeline.Southbound // what was in force when the commands came; nil at the beginning
	southbound *pipeline.Southbound
	engine     *sim.Engine
	next       map[string]*step // by command line
}

// step is what a command did to a network.
type step struct {
	output string
	err    error
	after  *network // nil when it failed
}

// keptRows is from how many rows on, in all networks together, a player keeps no more of what comes of commands, and forgets it
// with the next play: neither a suite in which no two scenarios are alike nor a long session with a big network must fill the memory.
const keptRows = 1 << 14

func (p *Player) base() *network {
	if p.root == nil {
		p.root = &network{topology: p.Lab.Topology.Copy()} // other players may be at work on the lab
	}
	if p.kept > keptRows {
		p.root.next, p.kept = nil, 0
	}
	return p.root
}

// compiled makes the flows of a network, once. Like ovn-northd it leaves numbers as they were in force before.
func (n *network) compiled() *pipeline.Southbound {
	if n.southbound == nil {
		n.southbound = northd.Compile(n.topology, northd.Options{Southbound: n.before})
	}
	return n.southbound
}

// engineOf is the engine of a network, made once: what it has parsed for one play serves the next.
func (n *network) engineOf(sb *pipeline.Southbound, like *sim.Engine) *sim.Engine {
	if n.engine == nil {
		n.engine = like.Next(sb)
	}
	return n.engine
}

// run runs a command while before is in force. The network itself stays as it is.
func (p *Player) run(n *network, before *pipeline.Southbound, args []string, out io.Writer) (*network, error) {
	key := strings.Join(args, "\x00")
	if before == n.before {
		key += "\x00" // one of several commands that come into force together
	}
	s := n.next[key]
	if s == nil {
		s = &step{}
		var text bytes.Buffer
		top := n.topology.Fork()
		if s.err = nbctl.Run(top, args, &text); s.err == nil {
			s.after = &network{topology: top, before: before}
			p.kept += top.Len()
		}
		s.output = text.String()
		if p.kept <= keptRows {
			if n.next == nil {
				n.next = map[string]*step{}
			}
			n.next[key] = s
		}
	}
	if _, err := io.WriteString(out, s.output); err != nil {
		return n, err
	}
	if s.err != nil {
		return n, s.err
	}
	return s.after, nil
}

// Play plays a scenario. watch, where it is not nil, is told of the play before it begins. The error is about the lab, not
// about what the scenario expects.
func (p *Player) Play(s *Scenario, watch func(*Play)) (*Outcome, error) {
	play, err := p.Start()
	if err != nil {
		return nil, err
	}
	if watch != nil {
		watch(play)
	}
	return play.scenario(s)
}

// Play plays one scenario.
func (l *Lab) Play(s *Scenario, watch func(*Play)) (*Outcome, error) {
	return l.Player().Play(s, watch)
}

// Start starts a lab as its file describes it.
func (l *Lab) Start() (*Play, error) { return l.Player().Start() }
