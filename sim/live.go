package sim

import (
	"math/rand/v2"

	"ovnsim/lb"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/conntrack"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// live is the model of a real dataplane: Open vSwitch with ovn-controller beside it. It does what each action really does
// and keeps what they remember.
type live struct {
	sim      *Sim
	name     string // of the chassis
	engine   *Engine
	net      *network
	ct       *conntrack.Table
	zones    *zoneTable
	macs     map[macKey]learned[packet.MAC] // MAC_Binding
	fdb      map[fdbKey]learned[string]     // FDB: MAC on a switch to the port it was learned on
	waiting  map[macKey][]waiting           // packets that wait for a neighbour's MAC
	hairpins map[hairpinKey]bool            // answers that belong to hairpinned connections
	affinity lb.Affinity
	random   *rand.Rand
	nexthops map[nexthopKey]uint64 // of symmetric ECMP replies: the MAC that a connection's packets came from
	members  *memberships
	vports   map[string]string // virtual ports that moved: to which port
	monitors map[monitorKey]*monitor
	queriers map[string]bool // switches whose next question has its time
	ageing   *ageing
	meters   metered

	announcer *announcer
	adverts   *adverts

	// What follows from the network as it is now.
	hairpinVIPs *hairpinVIPs // nil until one is asked for
	statics     map[macKey]staticMAC
	security    map[*port]*portSecurity
	balancers   map[*action.Balance]*lb.Group
	locals      map[*action.Balance]*action.Balance
	selects     map[*action.Select]*lb.Group
}

// newLive makes the first chassis.
func newLive(s *Sim) *live {
	l := &live{
		sim: s, name: s.residence.first(), random: rand.New(rand.NewPCG(s.options.Seed, 1)), members: &memberships{},
		macs: map[macKey]learned[packet.MAC]{}, fdb: map[fdbKey]learned[string]{}, waiting: map[macKey][]waiting{},
		queriers: map[string]bool{}, vports: map[string]string{}, monitors: map[monitorKey]*monitor{},
	}
	l.ageing, l.announcer = &ageing{}, &announcer{list: map[announcement]*announced{}}
	l.adverts = newAdverts(s.options.Seed)
	l.boot()
	l.remember(s.engine.sb)
	l.rememberMembers(s.engine.sb)
	l.begin()
	return l
}

// begin has the controller do what it does unasked, as the network is now.
func (l *live) begin() {
	l.query()
	l.watch()
	l.age()
	l.announce()
	l.advertise()
}

// sibling makes another chassis of the same network: what is learned, both know; connections are each one's own.
func (l *live) sibling(name string) *live {
	c := &live{sim: l.sim, name: name, random: l.random, members: l.members, macs: l.macs, fdb: l.fdb, waiting: l.waiting,
		queriers: l.queriers, vports: l.vports, monitors: l.monitors, ageing: l.ageing, announcer: l.announcer, adverts: l.adverts}
	c.boot()
	return c
}

// boot makes what each chassis has for itself.
func (l *live) boot() {
	l.ct = conntrack.NewTable(l.sim.options.Seed)
	l.ct.Chosen = l.sim.options.Chosen
	l.meters = metered{byName: map[string]*meter{}, byFlow: map[meteredFlow]*meter{}}
	l.hairpins, l.nexthops = map[hairpinKey]bool{}, map[nexthopKey]uint64{}
	l.reload()
}

// reload follows the engine to another version of the network.
func (l *live) reload() {
	l.engine = l.sim.engineOf(l.name)
	l.net = l.engine.net
	l.zones = l.zones.follow(l.net, l.ct)
	l.hairpinVIPs = nil
	l.statics = staticMACs(l.engine.sb.StaticMACs)
	l.security = map[*port]*portSecurity{}
	l.balancers, l.locals = map[*action.Balance]*lb.Group{}, map[*action.Balance]*action.Balance{}
	l.selects = map[*action.Select]*lb.Group{}
}

// dataplane makes an engine one of a chassis: it matches as Open vSwitch does.
func (e *Engine) dataplane() {
	e.binder.IgnoreTOS, e.cutsTTL = true, true
	e.templates = templateVars(e.sb)
	e.net.dataplane()
}

// enterEgress is what changes between the pipelines: the registers are cleared.
func (l *live) enterEgress(f *frame) { forgetRegisters(&f.key) }

// crossPatch is what changes between datapaths: everything but the packet's own fields is forgotten.
func (l *live) crossPatch(f *frame) {
	forgetRegisters(&f.key)
	fieldFlags.Set64(&f.key, 0)
	l.clearTracking(f)
}

// forgetRegisters zeroes reg0 to reg9, which lie at the front of the key.
func forgetRegisters(k *expr.Key) { clear(k[:5]) }

// deliver takes a packet out of the simulation by its port. Ports that lead nowhere swallow it.
func (l *live) deliver(w *walk, f *frame, p *port) {
	if p != nil && p.Type == "virtual" {
		p = l.parentOf(p)
		if p != nil && p.number == uint32(fieldInport.Get64(&f.key)) && loopbackFlag.Get64(&f.key) == 0 {
			return // it came from there
		}
	}
	if p == nil || p.Type == "localnet" && localOnly.Get64(&f.key) != 0 {
		return
	}
	if w.tracer != nil {
		w.event = trace.Event{Kind: trace.Deliver, Depth: w.depth, Datapath: f.dp.Datapath, Arrival: &trace.Arrival{Port: p.LogicalPort}}
		w.tracer.Event(&w.event)
	}
	l.sync(f)
	out := f.pkt
	tagged(&out, p)
	data := out.Encode()
	switch {
	case p.isPhysical():
		_ = l.sim.onPhysical(p, plug{l.name, p.LogicalPort}, data, nil)
	case p.isNested():
		l.sim.deliver(p.ParentPort, data)
	default:
		l.sim.deliver(p.LogicalPort, data)
	}
}

// act executes an action of the dataplane or of the controller.
func (l *live) act(w *walk, f *frame, a action.Action) {
	if l.overRate(w, f, a) {
		return
	}
	if !l.actTracking(w, f, a) && !l.actLearning(w, f, a) && !l.actBalancing(w, f, a) && !l.actReply(w, f, a) && !l.actChecks(w, f, a) {
		w.sayf(trace.Error, "*** the model lacks the action %s", a)
	}
}
