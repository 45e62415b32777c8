package sim

import (
	"errors"
	"fmt"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// Tracer takes the events of a packet's way. The event is the engine's own and changes after the call.
type Tracer interface {
	Event(*trace.Event)
}

// Engine runs packets through the logical flows of a southbound database. Flows are parsed when a packet first comes to
// their stage, so a packet costs what it meets. An Engine is for one goroutine.
type Engine struct {
	sb     *pipeline.Southbound
	net    *network
	stages []*stages                          // by datapath; nil where no packet has come by
	shared map[*pipeline.DatapathGroup]*share // of groups of several datapaths

	prereqs   []*expr.Match // by symbol, see has; nil where nobody has asked
	binder    expr.Binder
	scope     *scope // the binder's
	parsed    *parsed
	rows      uint32 // see rank; 0 until asked for
	ranks     map[*pipeline.Flow]uint32
	templates map[string]string // template variables; nil takes them for mistakes
	residence *residence        // where ports are; nil: all are on the one chassis that there is
	chassis   string
	cutsTTL   bool // dec_ttl drops what it would leave without time to live, as Open vSwitch does
	walk      walk
	spare     []*walk
	assumed   shortcuts // of the packet that Trace runs

	// Warnings are flows that could not be used and why, one sentence each.
	Warnings []string
}

// NewEngine makes an engine of a southbound database, which must not change while the engine is used.
func NewEngine(sb *pipeline.Southbound) *Engine {
	known := newParsed(&expr.Names{})
	return newEngine(newNetwork(sb, known), known)
}

// Next makes an engine of another version of the network, or of one like it. What the two have in common is parsed once.
func (e *Engine) Next(sb *pipeline.Southbound) *Engine {
	if e == nil {
		return NewEngine(sb)
	}
	known := e.parsed
	if len(known.flows) >= keptTexts {
		known = newParsed(known.names)
	}
	return newEngine(newNetwork(sb, known), known)
}

// sibling makes an engine for another chassis of the network.
func (e *Engine) sibling() *Engine { return newEngine(e.net, e.parsed) }

func newEngine(net *network, known *parsed) *Engine {
	e := &Engine{
		sb: net.sb, net: net, parsed: known, stages: make([]*stages, len(net.datapaths)),
	}
	e.scope = &scope{engine: e}
	e.binder.Env = e.scope
	return e
}

// Limits of one packet. Real networks stay far below; what comes here is a loop that a dataplane would cut as well. ovn-trace
// follows packets around between routers until their time to live ends.
const (
	maxDepth  = 4096    // flows met one inside another
	ovnDepth  = 1 << 15 // likewise in an ovn-trace
	maxTables = 1 << 20 // flows met altogether

	// Open vSwitch follows a packet 64 levels deep, of which each link between datapaths is one. Recirculation, and the
	// controller, begin anew.
	maxLinks = 63

	// Its userspace datapath takes a packet up again at most so often since it came in, be it behind a ct() or with the hash that
	// a choice asked for. Another time drops it. The controller begins anew.
	maxRounds = 8
)

// ErrLoop is what a packet ends with that met too many flows.
var ErrLoop = errors.New("the packet meets flows without end: a loop")

// model is what differs between ovn-trace and a dataplane: whatever needs state that no logical flow holds.
type model interface {
	// act executes an action that is not the engine's own.
	act(*walk, *frame, action.Action)
	// enterEgress changes the metadata of a packet that passes from the ingress to the egress pipeline.
	enterEgress(*frame)
	// crossPatch changes the metadata of a packet that passes to the datapath of a port's peer.
	crossPatch(*frame)
	// here tells whether a port that the packet is to leave by is on the chassis that it is on.
	here(*frame, *port) bool
	// elsewhere takes a packet to the chassis of a port, or to those of a group's ports that are not here.
	elsewhere(*walk, *frame, *port, *group)
	// deliver takes a packet that leaves by a port without peer, or by no port at all.
	deliver(*walk, *frame, *port)
}

// walk is one packet on its way, with all that it forks into.
type walk struct {
	engine   *Engine
	net      *network
	model    model
	tracer   Tracer
	event    trace.Event
	depth    int // of events
	tables   int // flows met
	maxDepth int
	frames   []*frame
	top      int
	err      error
	flow     *flow           // whose actions are executed
	rest     []action.Action // behind the action that is executed, in its list
	pauses   int             // how often the controller has held the packet
	progress
	exit     bool // what is left of the lists under way is not done: see pause
	flooding bool // other ports get copies of the packet when this one has had its
}

// progress is what Open vSwitch counts.
type progress struct {
	links  int // between datapaths that the packet crossed since it was taken up
	rounds int // how often it was taken up again since it came into the datapath
}

// round has Open vSwitch take the packet up once more, if it does.
func (w *walk) round() bool {
	if w.rounds == maxRounds {
		w.say(trace.Error, "*** Open vSwitch takes no packet up so often")
		return false
	}
	w.progress = progress{rounds: w.rounds + 1}
	return true
}

// frame is a packet at a place: forks get frames of their own. Frames are used again and again, so packets cost no memory.
type frame struct {
	key   expr.Key
	dp    *datapath
	at    action.At
	ct    trace.Origin  // the source of the tracked connection; the key has the rest
	pkt   packet.Packet // what the key does not hold; the zero Packet in an ovn-trace
	stack []expr.Value  // of push and pop
	gone  bool          // the packet was taken away: the actions behind do nothing
	late  late          // a translation that flows do not see yet
}

func (e *Engine) begin(m model, t Tracer) *walk {
	w := &e.walk
	*w = walk{engine: e, net: e.net, model: m, tracer: t, frames: w.frames, maxDepth: maxDepth}
	return w
}

// start is begin for a packet that sets out while another one is still on its way. end gives the walk back, with what its
// frames take.
func (e *Engine) start(m model, t Tracer) *walk {
	var w *walk
	if n := len(e.spare); n > 0 {
		w, e.spare = e.spare[n-1], e.spare[:n-1]
	} else {
		w = &walk{}
	}
	*w = walk{engine: e, net: e.net, model: m, tracer: t, frames: w.frames, maxDepth: maxDepth}
	return w
}

func (w *walk) end() { w.engine.spare = append(w.engine.spare, w) }

// fork makes a copy of a frame; join gives it back.
func (w *walk) fork(f *frame) *frame {
	if w.top == len(w.frames) {
		w.frames = append(w.frames, new(frame))
	}
	c := w.frames[w.top]
	w.top++
	c.key, c.dp, c.at, c.ct, c.pkt, c.stack, c.gone, c.late = f.key, f.dp, f.at, f.ct, f.pkt, c.stack[:0], false, f.late
	return c
}

func (w *walk) join() { w.top-- }

// lookup finds the flow that a packet meets in the table where it stands, executes its actions, and so on: most flows end with
// going on to another table. Flows that only lead on to the next one are passed by.
func (w *walk) lookup(f *frame) {
	at, depth, outer := f.at, w.depth, w.flow
	for w.meet(f) {
	}
	f.at, w.depth, w.flow = at, depth, outer
}

// meet has the packet meet one flow. It tells whether the packet goes on in another table, where it then stands.
func (w *walk) meet(f *frame) bool {
	if w.err != nil {
		return false
	}
	if w.depth > w.maxDepth || w.tables > maxTables {
		w.err = ErrLoop
		w.say(trace.Error, "*** "+ErrLoop.Error())
		return false
	}
	w.tables++
	found := w.engine.find(f)
	for found != nil && found.omit {
		w.tables++
		f.at.Table++
		found = w.engine.find(f)
	}
	if w.tracer != nil {
		w.met(f, found)
	}
	if found == nil {
		return false
	}
	w.flow = found
	w.depth++
	return w.run(f, found.actions)
}

// met reports a flow, or that there is none.
func (w *walk) met(f *frame, found *flow) {
	w.event = trace.Event{Kind: trace.Table, Depth: w.depth, Datapath: f.dp.Datapath, Number: f.at.Table}
	if f.at.Pipeline == action.Egress {
		w.event.Pipeline = pipeline.Egress
	}
	if found != nil {
		w.event.Flow, w.event.Stage = found.Flow, found.StageName
	} else {
		w.event.Stage = w.engine.stageName(f)
	}
	w.tracer.Event(&w.event)
}

// say reports an event that is text.
func (w *walk) say(kind trace.Kind, text string, to ...*trace.Port) {
	if w.tracer != nil {
		w.event = trace.Event{Kind: kind, Depth: w.depth, Text: text, To: to}
		w.tracer.Event(&w.event)
	}
}

// sayf is say with formatting, which costs nothing without a tracer but the boxing of its arguments.
func (w *walk) sayf(kind trace.Kind, format string, args ...any) {
	if w.tracer != nil {
		w.say(kind, fmt.Sprintf(format, args...))
	}
}

// enter reports that a pipeline is entered.
func (w *walk) enter(dp *datapath, p action.Pipeline, in, out *trace.Port, apart bool) {
	if w.tracer == nil {
		return
	}
	w.event = trace.Event{Kind: trace.Enter, Depth: w.depth, Datapath: dp.Datapath, In: in, Out: out, Apart: apart}
	if p == action.Egress {
		w.event.Pipeline = pipeline.Egress
	}
	w.tracer.Event(&w.event)
}

// named is a port for an event.
func (p *port) named() *trace.Port { return &trace.Port{Name: p.LogicalPort, Binding: p.PortBinding} }

// portNamed is the port of a number for an event.
func (w *walk) portNamed(dp *datapath, number uint32) *trace.Port {
	switch p := w.net.port(dp, number); {
	case p != nil:
		return p.named()
	case number == 0:
		return &trace.Port{}
	}
	return &trace.Port{Name: "(unnamed)"}
}
