package northd

import (
	"hash/maphash"
	"slices"

	"ovnsim/pipeline"
)

// writer is the flows of a topology (pipeline.FlowWriter): those of global hooks, which are there from the beginning, and
// the hooks that write the rest, a datapath at a time.
type writer struct {
	view     *View
	features []feature
	shared   []*pipeline.Flow
	single   map[*pipeline.Datapath][]*pipeline.Flow // flows of global hooks that are on one datapath
}

// newWriter runs the global hooks.
func newWriter(v *View, features []feature) *writer {
	w := &writer{view: v, features: features, single: map[*pipeline.Datapath][]*pipeline.Flow{}}
	e := &Emitter{view: v, index: make(map[uint64]int32, 4*len(v.Topology.LoadBalancer)), seed: maphash.MakeSeed()}
	for i := range features {
		e.runGlobal(&features[i])
	}
	rows := make([]pipeline.Flow, len(e.order))
	for i := range e.order {
		switch f := &e.order[i]; {
		case f.group == nil:
			w.single[f.only] = append(w.single[f.only], v.row(&rows[i], f.flowKey, v.alone(f.only)))
		default:
			on := f.group.shared()
			if len(on.Datapaths) == 1 {
				w.single[on.Datapaths[0]] = append(w.single[on.Datapaths[0]], v.row(&rows[i], f.flowKey, v.alone(on.Datapaths[0])))
			} else {
				w.shared = append(w.shared, v.row(&rows[i], f.flowKey, on))
			}
		}
	}
	return w
}

// row fills in a flow.
func (v *View) row(row *pipeline.Flow, k flowKey, on *pipeline.DatapathGroup) *pipeline.Flow {
	info := k.stage.Info()
	*row = pipeline.Flow{
		Datapaths: on, Pipeline: info.Pipeline, Table: v.number[k.stage], Priority: k.priority,
		StageName: info.Name, Match: k.match, Actions: k.actions, ControllerMeter: k.meter,
	}
	return row
}

// Shared are the flows that global hooks wrote for several datapaths.
func (w *writer) Shared() []*pipeline.Flow { return w.shared }

// Own runs the hooks of a datapath.
func (w *writer) Own(dp *pipeline.Datapath) []*pipeline.Flow {
	v := w.view
	e := &Emitter{view: v, datapath: dp, on: v.alone(dp)}
	for i := range w.features {
		switch f := &w.features[i]; {
		case len(f.stages) == 0:
		case dp.Type == pipeline.Switch:
			e.runSwitch(f, v.Switches[dp.Index])
		default:
			e.runRouter(f, v.Routers[dp.Index-len(v.Switches)])
		}
	}
	return slices.Concat(w.single[dp], e.own)
}

// rowKey is what makes two flows the same one wherever they are.
type rowKey struct {
	kind           pipeline.DatapathType
	pipeline       pipeline.Pipeline
	table          uint8
	priority       uint16
	match, actions string
	meter          string
}

// merged is a flow and the datapaths that have it, group being nil for those that the flow itself has.
type merged struct {
	flow  *pipeline.Flow
	group *Group
}

// All puts together what is the same on several datapaths.
func (w *writer) All(own func(*pipeline.Datapath) []*pipeline.Flow) []*pipeline.Flow {
	parts, n := [][]*pipeline.Flow{w.shared}, len(w.shared)
	for _, dp := range w.view.sb.Datapaths {
		part := own(dp)
		parts, n = append(parts, part), n+len(part)
	}
	byKey, order := make(map[rowKey]int32, n), make([]merged, 0, n)
	for _, part := range parts {
		for _, f := range part {
			k := rowKey{f.Datapaths.Datapaths[0].Type, f.Pipeline, f.Table, f.Priority, f.Match, f.Actions, f.ControllerMeter}
			if i, known := byKey[k]; known {
				order[i].join(w.view, f)
				continue
			}
			byKey[k] = int32(len(order))
			order = append(order, merged{flow: f})
		}
	}
	all := make([]*pipeline.Flow, len(order))
	for i, m := range order {
		all[i] = m.flow
		if m.group != nil {
			one := *m.flow
			one.Datapaths = m.group.shared()
			all[i] = &one
		}
	}
	return all
}

// join adds the datapaths of the same flow elsewhere.
func (m *merged) join(v *View, f *pipeline.Flow) {
	if m.group == nil {
		if f.Datapaths == m.flow.Datapaths {
			return
		}
		m.group = v.newGroup()
		for _, dp := range m.flow.Datapaths.Datapaths {
			m.group.add(dp)
		}
	}
	for _, dp := range f.Datapaths.Datapaths {
		m.group.add(dp)
	}
}
