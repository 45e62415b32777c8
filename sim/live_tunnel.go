package sim

import (
	"slices"

	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/conntrack"
	"ovnsim/sim/trace"
)

var fromTunnel = expr.RefTo("flags.tunnel_rx")

// here tells whether a port is on this chassis. Of a group that came through a tunnel, links to other datapaths have had
// their copy on the chassis that it came from.
func (l *live) here(f *frame, p *port) bool {
	if !l.sim.residence.several() {
		return true
	}
	if p.Type == "patch" && fromTunnel.Get64(&f.key) != 0 {
		return false
	}
	return l.sim.residence.has(l.name, p)
}

// elsewhere takes a packet to another chassis: through the physical network where the switch is on it, else by a tunnel,
// which keeps the datapath and the ports and nothing else.
func (l *live) elsewhere(w *walk, f *frame, p *port, g *group) {
	switch ln := f.dp.localnet; {
	case localOnly.Get64(&f.key) != 0:
		return
	case g != nil && (ln != nil || fromTunnel.Get64(&f.key) != 0):
		return // the group has the localnet port, or other chassis have had theirs
	case g != nil:
		number, _ := l.net.names.Number(g.Name)
		for _, chassis := range l.chassisOf(g) {
			l.tunnel(w, f, chassis, number)
		}
	case ln == nil:
		l.tunnel(w, f, l.sim.residence.at(p), p.number)
	case uint32(fieldInport.Get64(&f.key)) == ln.number:
		w.say(trace.Note, "/* it came from the physical network and would go back there */")
	default:
		w.toEgress(f, ln)
	}
}

// chassisOf is the other chassis with ports of a group.
func (l *live) chassisOf(g *group) (out []string) {
	for _, p := range g.ports {
		if of := l.sim.residence.at(p); of != "" && of != l.name && !slices.Contains(out, of) {
			out = append(out, of)
		}
	}
	slices.Sort(out)
	return out
}

// tunnel sends a packet to a port or group on another chassis.
func (l *live) tunnel(w *walk, f *frame, chassis string, outport uint32) {
	to := l.sim.on(chassis)
	w.sayf(trace.Note, "/* through a tunnel from %s to %s */", l.name, to.name)
	if l.sim.outage.down[to.name] {
		w.sayf(trace.Note, "/* lost: chassis %s is down */", to.name)
		return
	}
	far := to.engine.start(to, w.tracer)
	defer far.end()
	far.depth = w.depth
	l.sync(f)
	c := far.fork(f)
	c.at = action.At{Pipeline: action.Ingress}
	forgetRegisters(&c.key)
	fieldFlags.Set64(&c.key, 0)
	conntrack.Clear(&c.pkt)
	c.key = c.pkt.Key
	c.pkt.Hash.Receive(c.pkt.Tuple())
	fromTunnel.Set64(&c.key, 1)
	fieldOutport.Set64(&c.key, uint64(outport))
	if g := to.net.group(c.dp, outport); g != nil {
		far.multicast(c, g)
	} else {
		far.toEgress(c, to.net.port(c.dp, outport))
	}
	if far.err != nil {
		w.err = far.err
	}
}
