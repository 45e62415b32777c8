package northd

import (
	"fmt"
	"math/bits"

	"ovnsim/pipeline"
)

// Emitter collects flows. The same flow added for several datapaths is one flow on a group of them.
type Emitter struct {
	view    *View
	feature *feature
	allowed map[pipeline.Stage]bool // the stages of feature
	flows   map[flowKey]*emitted
	order   []*emitted
}

// flowKey is what makes two flows the same one.
type flowKey struct {
	stage          pipeline.Stage
	priority       uint16
	match, actions string
	meter          string
}

// emitted is a flow and where it goes so far: on one datapath, or on the set of them that group has.
type emitted struct {
	flowKey
	only  *pipeline.Datapath
	group *Group
	owned bool // group is this flow's own and may be added to
	hint  string
}

func newEmitter(v *View) *Emitter {
	return &Emitter{view: v, flows: map[flowKey]*emitted{}}
}

// run lets one feature write its flows.
func (e *Emitter) run(v *View, f *feature) {
	e.feature, e.allowed = f, map[pipeline.Stage]bool{}
	for _, s := range f.stages {
		e.allowed[s] = true
	}
	if f.global != nil {
		f.global(v, e)
	}
	for _, s := range v.Switches {
		if f.switch_ != nil {
			f.switch_(v, e, s)
		}
		for _, p := range s.Ports {
			if f.switchPort != nil {
				f.switchPort(v, e, p)
			}
		}
	}
	for _, r := range v.Routers {
		if f.router != nil {
			f.router(v, e, r)
		}
		for _, p := range r.Ports {
			if f.routerPort != nil {
				f.routerPort(v, e, p)
			}
		}
	}
}

// Add adds a flow on one datapath.
func (e *Emitter) Add(dp *pipeline.Datapath, s pipeline.Stage, priority int, match, actions string) {
	e.AddMetered(dp, s, priority, match, actions, "")
}

// AddMetered adds a flow on one datapath whose packets to the controller pass the meter (Copp); "" is no meter.
func (e *Emitter) AddMetered(dp *pipeline.Datapath, s pipeline.Stage, priority int, match, actions, meter string) {
	f, fresh := e.flow(s, priority, match, actions, meter)
	switch {
	case fresh:
		f.only = dp
	case f.group == nil && f.only == dp:
	default:
		f.own(e.view).add(dp)
	}
}

// AddGroup adds a flow on all datapaths of a group, at the cost of one.
func (e *Emitter) AddGroup(g *Group, s pipeline.Stage, priority int, match, actions string) {
	e.AddGroupMetered(g, s, priority, match, actions, "")
}

// AddGroupMetered adds a flow on all datapaths of a group, with a meter as AddMetered has.
func (e *Emitter) AddGroupMetered(g *Group, s pipeline.Stage, priority int, match, actions, meter string) {
	if g.Len() == 0 {
		return
	}
	f, fresh := e.flow(s, priority, match, actions, meter)
	switch {
	case fresh:
		f.group = g
	case f.group == g:
	default:
		f.own(e.view).addAll(g)
	}
}

// flow finds or makes a flow. A feature that writes a stage it did not declare is our own mistake.
func (e *Emitter) flow(s pipeline.Stage, priority int, match, actions, meter string) (f *emitted, fresh bool) {
	if !e.allowed[s] {
		panic(fmt.Sprintf("feature %s writes %s, which its row does not list", e.feature.name, s))
	}
	if priority < 0 || priority > 65535 {
		panic(fmt.Sprintf("feature %s: priority %d in %s", e.feature.name, priority, s))
	}
	k := flowKey{s, uint16(priority), match, actions, meter}
	if f = e.flows[k]; f != nil {
		return f, false
	}
	f = &emitted{flowKey: k}
	e.flows[k] = f
	e.order = append(e.order, f)
	return f, true
}

// own gives the flow a group that it does not share, holding the datapaths so far.
func (f *emitted) own(v *View) *Group {
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

// finish turns what was added into a southbound database. Flows keep the order in which they were first added.
func (e *Emitter) finish(v *View) *pipeline.Southbound {
	sb := v.sb
	groups := map[string]*pipeline.DatapathGroup{}
	flows := make([]pipeline.Flow, len(e.order))
	sb.Flows = make([]*pipeline.Flow, len(e.order))
	for i, f := range e.order {
		info := f.stage.Info()
		flows[i] = pipeline.Flow{
			Datapaths: v.share(groups, f), Pipeline: info.Pipeline, Table: v.number[f.stage], Priority: f.priority,
			StageName: info.Name, Match: f.match, Actions: f.actions, ControllerMeter: f.meter, Hint: f.hint,
		}
		sb.Flows[i] = &flows[i]
	}
	return sb
}

// Group is a set of datapaths as a bit a datapath, by Datapath.Index.
type Group struct {
	words []uint64
	view  *View
	done  *pipeline.DatapathGroup // made by share; the group is not added to after that
}

func (v *View) newGroup() *Group {
	return &Group{words: make([]uint64, (len(v.sb.Datapaths)+63)/64), view: v}
}

func (g *Group) add(dp *pipeline.Datapath) { g.words[dp.Index/64] |= 1 << (dp.Index % 64) }

func (g *Group) addAll(o *Group) {
	for i, w := range o.words {
		g.words[i] |= w
	}
}

// Len is the number of datapaths in the group.
func (g *Group) Len() int {
	n := 0
	for _, w := range g.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// share finds the one DatapathGroup for a flow's datapaths.
func (v *View) share(groups map[string]*pipeline.DatapathGroup, f *emitted) *pipeline.DatapathGroup {
	if f.group == nil {
		if v.single[f.only.Index] == nil {
			v.single[f.only.Index] = &pipeline.DatapathGroup{Datapaths: []*pipeline.Datapath{f.only}}
		}
		return v.single[f.only.Index]
	}
	if f.group.done != nil {
		return f.group.done
	}
	key := fmt.Sprint(f.group.words)
	if groups[key] == nil {
		groups[key] = f.group.list()
	}
	f.group.done = groups[key]
	return f.group.done
}

func (g *Group) list() *pipeline.DatapathGroup {
	out := &pipeline.DatapathGroup{}
	for i, w := range g.words {
		for ; w != 0; w &= w - 1 {
			out.Datapaths = append(out.Datapaths, g.view.sb.Datapaths[i*64+bits.TrailingZeros64(w)])
		}
	}
	return out
}
