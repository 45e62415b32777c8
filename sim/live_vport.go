package sim

import (
	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/sim/trace"
)

// bindVport notes that a virtual port is where its address was announced: on a port of one of its parents.
func (l *live) bindVport(w *walk, f *frame, a *action.BindVport) {
	parent := l.net.port(f.dp, uint32(a.Parent.Get64(&f.key)))
	if parent == nil || l.net.portNamed(a.Vport) == nil {
		w.sayf(trace.Note, "/* no port %s to bind */", a.Vport)
		return
	}
	if l.parentOf(l.net.portNamed(a.Vport)) == parent {
		return
	}
	l.vports[a.Vport] = parent.LogicalPort
	w.sayf(trace.Note, "/* learned: %s is at %s */", a.Vport, parent.LogicalPort)
	l.sim.tellNorthd()
}

// parentOf is the port that a virtual port is bound to, nil for none.
func (l *live) parentOf(p *port) *port {
	if name, moved := l.vports[p.LogicalPort]; moved {
		return l.net.portNamed(name)
	}
	return l.net.portNamed(p.VirtualParent)
}

// bound is the port rows with virtual ports bound as they are now.
func (l *live) bound(rows []*pipeline.PortBinding) []*pipeline.PortBinding {
	if len(l.vports) == 0 {
		return rows
	}
	out := make([]*pipeline.PortBinding, len(rows))
	for i, row := range rows {
		out[i] = row
		if parent, moved := l.vports[row.LogicalPort]; moved && row.Type == "virtual" {
			now := *row
			now.VirtualParent = parent
			if p := l.net.portNamed(parent); p != nil {
				now.Chassis = p.Chassis
			}
			if now.Chassis == nil {
				now.Chassis = &pipeline.Chassis{Name: defaultChassis}
			}
			out[i] = &now
		}
	}
	return out
}
