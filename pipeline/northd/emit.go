package northd

import (
	"fmt"
	"hash/maphash"

	"ovnsim/pipeline"
)

// Emitter collects flows. Global hooks may add flows anywhere; the hooks of a datapath, which run when its flows are asked
// for, only to that datapath.
type Emitter struct {
	view     *View
	feature  *feature
	datapath *pipeline.Datapath      // whose hooks run; nil: global ones
	on       *pipeline.DatapathGroup // that datapath alone
	own      []*pipeline.Flow        // its flows
	room     []pipeline.Flow         // for more of them
	order    []emitted               // flows of global hooks
	index    map[uint64]int32        // where a flow stands in order, plus one, by its hash
	seed     maphash.Seed
}

// flowKey is what makes two flows the same one.
type flowKey struct {
	stage          pipeline.Stage
	priority       uint16
	match, actions string
	meter          string
}

// emitted is a flow of a global hook and where it goes so far: on one datapath, or on the set of them that group has.
type emitted struct {
	flowKey
	only  *pipeline.Datapath
	group *Group
	owned bool  // group is this flow's own and may be added to
	next  int32 // as index has it: another flow of the same hash
}

// runGlobal lets a feature write what belongs to no single datapath, and one that writes rows alone all its rows.
func (e *Emitter) runGlobal(f *feature) {
	e.feature = f
	if f.global != nil {
		f.global(e.view, e)
	}
	if len(f.stages) > 0 {
		return
	}
	for _, s := range e.view.Switches {
		e.runSwitch(f, s)
	}
	for _, r := range e.view.Routers {
		e.runRouter(f, r)
	}
}

// runSwitch lets a feature write what belongs to a switch.
func (e *Emitter) runSwitch(f *feature, s *Switch) {
	e.feature = f
	if f.switch_ != nil {
		f.switch_(e.view, e, s)
	}
	if f.switchPort != nil {
		for _, p := range s.Ports {
			f.switchPort(e.view, e, p)
		}
	}
}

// runRouter lets a feature write what belongs to a router.
func (e *Emitter) runRouter(f *feature, r *Router) {
	e.feature = f
	if f.router != nil {
		f.router(e.view, e, r)
	}
	if f.routerPort != nil {
		for _, p := range r.Ports {
			f.routerPort(e.view, e, p)
		}
	}
}

// Add adds a flow on one datapath.
func (e *Emitter) Add(dp *pipeline.Datapath, s pipeline.Stage, priority int, match, actions string) {
	e.AddMetered(dp, s, priority, match, actions, "")
}

// AddMetered adds a flow on one datapath whose packets to the controller pass the meter (Copp); "" is no meter.
func (e *Emitter) AddMetered(dp *pipeline.Datapath, s pipeline.Stage, priority int, match, actions, meter string) {
	k := e.key(s, priority, match, actions, meter)
	if e.datapath != nil {
		if dp != e.datapath {
			panic(fmt.Sprintf("feature %s, at %s, writes a flow of %s", e.feature.name, e.datapath.Name, dp.Name))
		}
		if len(e.room) == 0 {
			e.room = make([]pipeline.Flow, min(max(32, len(e.own)), 1024))
		}
		e.own, e.room = append(e.own, e.view.row(&e.room[0], k, e.on)), e.room[1:]
		return
	}
	switch f := e.find(k); {
	case f.only == nil && f.group == nil:
		f.only = dp
	case f.group == nil && f.only == dp:
	default:
		f.collect(e.view).add(dp)
	}
}

// AddGroup adds a flow on all datapaths of a group, at the cost of one. It is for global hooks.
func (e *Emitter) AddGroup(g *Group, s pipeline.Stage, priority int, match, actions string) {
	e.AddGroupMetered(g, s, priority, match, actions, "")
}

// AddGroupMetered adds a flow on all datapaths of a group, with a meter as AddMetered has.
func (e *Emitter) AddGroupMetered(g *Group, s pipeline.Stage, priority int, match, actions, meter string) {
	if e.datapath != nil {
		panic(fmt.Sprintf("feature %s, at %s, writes a flow of a group", e.feature.name, e.datapath.Name))
	}
	if g.empty() {
		return
	}
	k := e.key(s, priority, match, actions, meter)
	switch f := e.find(k); {
	case f.only == nil && f.group == nil:
		f.group = g
	case f.group == g:
	default:
		f.collect(e.view).addAll(g)
	}
}

// key makes the key of a flow. A feature that writes a stage it did not declare is our own mistake.
func (e *Emitter) key(s pipeline.Stage, priority int, match, actions, meter string) flowKey {
	if !e.feature.writes(s) {
		panic(fmt.Sprintf("feature %s writes %s, which its row does not list", e.feature.name, s))
	}
	if priority < 0 || priority > 65535 {
		panic(fmt.Sprintf("feature %s: priority %d in %s", e.feature.name, priority, s))
	}
	return flowKey{s, uint16(priority), match, actions, meter}
}

// find is the flow with a key, a new one if need be. It stays where it is until the next one is looked for.
func (e *Emitter) find(k flowKey) *emitted {
	hash := e.hash(k)
	first := e.index[hash]
	for i := first; i != 0; i = e.order[i-1].next {
		if f := &e.order[i-1]; f.flowKey == k {
			return f
		}
	}
	e.order = append(e.order, emitted{flowKey: k, next: first})
	e.index[hash] = int32(len(e.order))
	return &e.order[len(e.order)-1]
}

// hash is of a flow's texts; what else tells flows apart hardly ever does alone.
func (e *Emitter) hash(k flowKey) uint64 {
	return maphash.String(e.seed, k.match)*31 + maphash.String(e.seed, k.actions) + uint64(k.stage)<<16 + uint64(k.priority)
}

// collect gives the flow a group that it does not share, holding the datapaths so far.
func (f *emitted) collect(v *View) *Group {
	if f.owned {
		return f.group
	}
	g := v.newGroup()
	if f.group != nil {
		g.addAll(f.group)
	} else {
		g.add(f.only)
	}
	f.group, f.only, f.owned = g, nil, true
	return g
}

// dropping is actions, with a plain drop sampled when the operator debugs drops (NB_Global.options).
func (e *Emitter) dropping(actions string) string {
	if actions == "drop;" {
		return e.view.Drop
	}
	return actions
}
