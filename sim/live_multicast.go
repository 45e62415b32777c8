package sim

import (
	"net/netip"
	"slices"
	"time"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
	"ovnsim/sim/reply"
	"ovnsim/sim/trace"
)

var igmpLoopback = expr.RefTo("flags.igmp_loopback")

// The groups of a switch that the controller itself sends to, and the row that lists the ports where routers were heard.
const (
	floodGroup   = "_MC_flood"
	mrouterGroup = "_MC_mrouter_flood"
	mrouters     = "mrouters"
)

// memberships is what the chassis learned of who wants which multicast, in the order in which it did (IGMP_Group).
type memberships struct {
	rows []*membership
}

// membership is a group on a switch.
type membership struct {
	dp, address string
	ports       map[string]time.Duration // when they are forgotten
}

// snoop learns from a message of IGMP or MLD, and sends it on: a question to everyone, an answer to where routers are.
func (l *live) snoop(w *walk, f *frame) {
	l.sync(f)
	m := reply.Memberships(&f.pkt)
	row := l.snooping(f.dp)
	p := l.net.port(f.dp, uint32(fieldInport.Get64(&f.key)))
	if row == nil || p == nil || m.NotUnderstood {
		w.say(trace.Note, "/* no message that can be learned from */")
		return
	}
	forget := l.sim.Now() + time.Duration(row.IdleTimeout)*time.Second
	changed, to := false, mrouterGroup
	if m.Query {
		changed, to = l.members.join(f.dp.Name, mrouters, p.LogicalPort, forget), floodGroup
	}
	for _, group := range m.Joined {
		if m.Quiet && l.members.find(f.dp.Name, group.String()) != nil {
			l.members.join(f.dp.Name, group.String(), p.LogicalPort, forget)
			continue
		}
		changed = l.members.join(f.dp.Name, group.String(), p.LogicalPort, forget) || changed
	}
	for _, group := range m.Left {
		changed = l.members.leave(f.dp.Name, group.String(), p.LogicalPort) || changed
	}
	if changed {
		w.sayf(trace.Note, "/* learned: %d joined, %d left */", len(m.Joined), len(m.Left))
		l.sim.tellNorthd()
	}
	l.sim.At(forget, l.forgetMembers)
	c := w.fork(f)
	igmpLoopback.Set64(&c.key, 1)
	l.sendToGroup(w, c, to)
	w.join()
}

// sendToGroup sends a packet to a multicast group of its switch.
func (l *live) sendToGroup(w *walk, f *frame, name string) {
	if g := l.net.group(f.dp, l.net.number(f.dp, name)); g != nil {
		f.at = action.At{Pipeline: action.Ingress}
		w.multicast(f, g)
	}
}

// snooping is a switch's configuration, nil when it has none.
func (l *live) snooping(dp *datapath) *pipeline.IPMulticast {
	for _, row := range l.engine.sb.IPMulticast {
		if row.Datapath == dp.Datapath && row.Enabled {
			return row
		}
	}
	return nil
}

// forgetMembers drops those who have not been heard of for too long.
func (l *live) forgetMembers() {
	if l.members.forget(l.sim.Now()) {
		l.sim.tellNorthd()
	}
}

// query sends a querier's questions, again and again. A querier began long ago: where in its interval the simulation begins
// nobody knows, so half of it has passed.
func (l *live) query() {
	for _, row := range l.engine.sb.IPMulticast {
		name := row.Datapath.Name
		if !row.Enabled || !row.Querier || row.QueryInterval <= 0 || l.queriers[name] {
			continue
		}
		l.queriers[name] = true
		l.sim.At(l.sim.Now()+time.Duration(row.QueryInterval)*time.Second/2, func() { l.ask(name) })
	}
}

// ask sends one question, and sees to the next.
func (l *live) ask(name string) {
	l.queriers[name] = false
	for _, row := range l.engine.sb.IPMulticast {
		if row.Datapath.Name != name || !row.Enabled || !row.Querier || row.QueryInterval <= 0 {
			continue
		}
		l.queriers[name] = true
		l.sim.At(l.sim.Now()+time.Duration(row.QueryInterval)*time.Second, func() { l.ask(name) })
		l.sendQueries(row)
	}
}

func (l *live) sendQueries(row *pipeline.IPMulticast) {
	mac, ok := parseMAC(row.EthSrc)
	if !ok {
		return
	}
	if src, err := netip.ParseAddr(row.IP4Src); err == nil && src.Is4() {
		l.flood(row.Datapath, reply.IGMPQuery(packet.MACOf(mac), src, uint8(row.QueryMaxResp)))
	}
	if src, err := netip.ParseAddr(row.IP6Src); err == nil && src.Is6() {
		l.flood(row.Datapath, reply.MLDQuery(packet.MACOf(mac), src, uint8(row.QueryMaxResp)))
	}
}

// flood sends a packet that the controller made to all ports of a switch.
func (l *live) flood(dp *pipeline.Datapath, data []byte) {
	w := l.engine.start(l, nil)
	f := w.fork(&frame{dp: l.net.datapath(dp)})
	f.receive(data)
	igmpLoopback.Set64(&f.key, 1)
	l.sendToGroup(w, f, floodGroup)
	w.join()
	w.end()
}

func (m *memberships) find(dp, address string) *membership {
	for _, row := range m.rows {
		if row.dp == dp && row.address == address {
			return row
		}
	}
	return nil
}

// join notes a member, and tells whether it is a new one.
func (m *memberships) join(dp, address, port string, forget time.Duration) bool {
	row := m.find(dp, address)
	if row == nil {
		row = &membership{dp, address, map[string]time.Duration{}}
		m.rows = append(m.rows, row)
	}
	_, known := row.ports[port]
	row.ports[port] = forget
	return !known
}

// leave takes a member out, and tells whether it was one.
func (m *memberships) leave(dp, address, port string) bool {
	row := m.find(dp, address)
	if row == nil {
		return false
	}
	_, known := row.ports[port]
	delete(row.ports, port)
	m.clean()
	return known
}

// forget takes out all members whose time has come, and tells whether there were any.
func (m *memberships) forget(now time.Duration) (any bool) {
	for _, row := range m.rows {
		for port, at := range row.ports {
			if at <= now {
				delete(row.ports, port)
				any = true
			}
		}
	}
	m.clean()
	return any
}

func (m *memberships) clean() {
	m.rows = slices.DeleteFunc(m.rows, func(row *membership) bool { return len(row.ports) == 0 })
}

// igmpGroups is what was learned, as rows of the southbound database.
func (l *live) igmpGroups() (out []*pipeline.IGMPGroup) {
	for _, row := range l.members.rows {
		g := &pipeline.IGMPGroup{Address: row.address}
		for port := range row.ports {
			if p := l.net.portNamed(port); p != nil && p.dp.Name == row.dp {
				g.Datapath = p.dp.Datapath
				g.Ports = append(g.Ports, p.PortBinding)
			}
		}
		slices.SortFunc(g.Ports, func(a, b *pipeline.PortBinding) int { return int(a.TunnelKey) - int(b.TunnelKey) })
		if g.Datapath != nil {
			out = append(out, g)
		}
	}
	return out
}

// rememberMembers takes over what a southbound database says was learned.
func (l *live) rememberMembers(sb *pipeline.Southbound) {
	for _, g := range sb.IGMPGroups {
		row := l.snoopingOf(g.Datapath)
		if row == nil {
			continue
		}
		for _, p := range g.Ports {
			l.members.join(g.Datapath.Name, g.Address, p.LogicalPort, time.Duration(row.IdleTimeout)*time.Second)
		}
	}
}

func (l *live) snoopingOf(dp *pipeline.Datapath) *pipeline.IPMulticast {
	if d := l.net.datapath(dp); d != nil {
		return l.snooping(d)
	}
	return nil
}
