package sim

import (
	"net/netip"

	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/conntrack"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// The parts of ct_mark that balancing sets.
var (
	ctSkipSNAT  = expr.RefTo("ct_mark.skip_snat")
	ctForceSNAT = expr.RefTo("ct_mark.force_snat")
)

// recirculate says what becomes of a packet behind a ct() action.
type recirculate bool

const (
	andStay recirculate = false // it stays where it is; only a translation is done to it
	andNext recirculate = true  // a copy, its state known, goes on in the next table
)

// actTracking executes the actions on connections.
func (l *live) actTracking(w *walk, f *frame, a action.Action) bool {
	switch a := a.(type) {
	case *action.CtNext:
		l.track(w, f, andNext, conntrack.Action{Zone: l.zones.of(f, l.net, a.Zone)})
	case *action.CtCommit:
		l.commit(w, f, a)
	case *action.CtCommitNAT:
		l.track(w, f, andNext, conntrack.Action{Zone: l.zones.of(f, l.net, a.Zone), Commit: true, NAT: &conntrack.NAT{}})
	case *action.CtCommitToZone:
		l.track(w, f, andNext, conntrack.Action{Zone: l.zones.of(f, l.net, a.Zone), Commit: true})
	case *action.CtDNAT:
		l.translate(w, f, a.NAT, conntrack.DNAT, action.DNATZone)
	case *action.CtSNAT:
		l.translate(w, f, a.NAT, conntrack.SNAT, action.SNATZone)
	case *action.CtDNATInCzone:
		l.translate(w, f, a.NAT, conntrack.DNAT, action.DNATZone)
	case *action.CtSNATInCzone:
		l.translate(w, f, a.NAT, conntrack.SNAT, action.DNATZone)
	case *action.CtLB:
		l.balance(w, f, &a.Balance)
	case *action.CtLBMark:
		l.balance(w, f, &a.Balance)
	case *action.CtLBMarkLocal:
		l.balance(w, f, l.localBackends(&a.Balance))
	case *action.CtSNATToVIP:
		l.snatToVIP(w, f)
	case *action.CtClear:
		l.clearTracking(f)
	case *action.CtNwDst:
		a.Dst.Set(&f.key, expr.CTNwDst.Get(&f.key))
	case *action.CtIP6Dst:
		a.Dst.Set(&f.key, expr.CTIP6Dst.Get(&f.key))
	case *action.CtTpDst:
		a.Dst.Set(&f.key, expr.CTTpDst.Get(&f.key))
	case *action.CtProto:
		a.Dst.Set(&f.key, expr.CTProto.Get(&f.key))
	case *action.CtStateSave:
		a.Dst.Set64(&f.key, packet.CTState.Get64(&f.key)&0xff)
	default:
		return false
	}
	return true
}

// clearTracking makes the packet untracked.
func (l *live) clearTracking(f *frame) {
	l.sync(f)
	if conntrack.StateOf(&f.pkt) != 0 { // else Open vSwitch has nothing to clear, as it thinks
		conntrack.Clear(&f.pkt)
	}
	f.key = f.pkt.Key
}

// track sends the packet through the connection table.
func (l *live) track(w *walk, f *frame, then recirculate, a conntrack.Action) {
	a.Now = l.sim.Now()
	c := w.fork(f)
	defer w.join()
	l.sync(c)
	p := &c.pkt
	if packet.IPFrag.Get64(&c.key) != 0 {
		kept := c.pkt // the table keeps fragments until they are complete
		p = &kept
		p.LookItself()
	}
	out := l.ct.Process(p, a)
	if w.tracer != nil {
		l.sayTracking(w, f, p, a, out)
	}
	switch {
	case out.Held:
		f.gone = true
	case out.Fragments != nil:
		l.scatter(w, f, then, out.Fragments)
	case then == andNext && w.flooding && a.NAT != nil:
		translated := *p
		l.goOn(w, c, p)
		l.stay(f, &translated) // other ports get copies of that
	case then == andNext:
		l.goOn(w, c, p)
	default:
		l.stay(f, p)
	}
}

// scatter sends the fragments of a packet that is complete, one after the other, where the last to come would go. That one
// is among them: where it stood there is nothing left.
func (l *live) scatter(w *walk, f *frame, then recirculate, parts []*packet.Packet) {
	rest := w.rest
	for _, part := range parts {
		c := w.fork(f)
		if then == andNext {
			l.goOn(w, c, part)
		} else {
			l.stay(c, part)
			c.pkt.LookLike(&f.key) // what follows was decided for the last to come
			c.key = c.pkt.Key
		}
		if len(rest) > 0 {
			w.actions(c, rest)
		}
		w.join()
	}
	f.gone = true
}

// goOn sends a tracked packet to the next table.
func (l *live) goOn(w *walk, f *frame, p *packet.Packet) {
	if p != &f.pkt {
		f.pkt = *p
	}
	f.key, f.late = p.Key, late{}
	pauses, before := w.pauses, w.progress // from here on it goes its way alone
	if w.round() {
		l.onward(w, f)
	}
	w.pauses, w.progress = pauses, before
}

// stay takes over a translation. What connection tracking knows flows do not see from here on: Open vSwitch shows it only to
// what follows a recirculation, so that flows behind ct_commit { … } meet an untracked packet. The next ct() remembers.
func (l *live) stay(f *frame, p *packet.Packet) {
	f.pkt = *p
	conntrack.Hide(&f.pkt)
	now := f.pkt.Key
	f.late = newLate(&f.key, &now)
	f.late.undo(&now)
	f.key = now
}

// sayTracking reports what the connection table said.
func (l *live) sayTracking(w *walk, f *frame, p *packet.Packet, a conntrack.Action, out conntrack.Outcome) {
	now := p.Tuple()
	l.sync(f)
	was := f.pkt.Tuple()
	said := &trace.Tracking{Zone: l.zones.names[a.Zone], State: out.State.String(), Held: out.Held, Why: out.Why}
	if was.Src != now.Src || was.Dst != now.Dst || was.SrcPort != now.SrcPort || was.DstPort != now.DstPort {
		said.Was, said.Now = was.String(), now.String()
	}
	w.event = trace.Event{Kind: trace.Track, Depth: w.depth, Datapath: f.dp.Datapath, Tracking: said}
	w.tracer.Event(&w.event)
}

// commit makes an entry with the mark and label that the block sets.
func (l *live) commit(w *walk, f *frame, a *action.CtCommit) {
	ct := conntrack.Action{Zone: l.zones.of(f, l.net, action.DNATZone), Commit: true, NAT: &conntrack.NAT{Kind: conntrack.SNAT}}
	scratch := w.fork(f)
	packet.CTMark.Set64(&scratch.key, 0)
	packet.CTLabel.Set(&scratch.key, expr.Value{})
	for _, set := range a.Actions {
		var dst expr.Ref
		switch set := set.(type) {
		case *action.Assign:
			dst = set.Dst
			w.execute(scratch, set)
		case *action.Move:
			dst = set.Dst
			set.Dst.Set(&scratch.key, set.Src.Get(&f.key))
		}
		noteMask(&ct, dst)
	}
	ct.Mark = uint32(packet.CTMark.Get64(&scratch.key))
	ct.Label = packet.CTLabel.Get(&scratch.key)
	w.join()
	l.track(w, f, andStay, ct)
}

// noteMask adds the bits of a field to those that a commit sets.
func noteMask(ct *conntrack.Action, dst expr.Ref) {
	field, low := dst.Field()
	bits := expr.Ones(int(dst.Width)).Shl(low)
	switch {
	case field == nil:
	case field.Name == "ct_mark":
		ct.MarkMask |= uint32(bits.Lo)
	case field.Name == "ct_label":
		ct.LabelMask = ct.LabelMask.Or(bits)
	}
}

// translate does what ct_dnat and ct_snat do: with an address they translate a new connection and commit it, without one
// they do to the packet what its connection says.
func (l *live) translate(w *walk, f *frame, n action.NAT, kind conntrack.Kind, zone action.Zone) {
	ct := conntrack.Action{Zone: l.zones.of(f, l.net, zone), NAT: &conntrack.NAT{}}
	if n.Addr.IsValid() {
		ct.Commit = true
		ct.NAT = &conntrack.NAT{Kind: kind, Min: n.Addr, MinPort: n.Ports.Low, MaxPort: max(n.Ports.Low, n.Ports.High), Random: n.Ports.High != 0}
	}
	l.track(w, f, andNext, ct)
}

// balance chooses a backend for a new connection and commits the choice; without backends it does to the packet what its
// connection says.
func (l *live) balance(w *walk, f *frame, a *action.Balance) {
	ct := conntrack.Action{Zone: l.zones.of(f, l.net, action.DNATZone), NAT: &conntrack.NAT{}}
	if len(a.Backends) == 0 {
		l.track(w, f, andNext, ct)
		return
	}
	before := w.progress
	i := l.pick(w, f, l.backendGroup(a)) // one backend is a choice like any
	if i < 0 {
		return
	}
	b := a.Backends[i]
	ct.Commit = true
	ct.NAT = &conntrack.NAT{Kind: conntrack.DNAT, Min: b.Addr, MinPort: b.Port, MaxPort: b.Port}
	setMark(&ct, ctNatted)
	switch a.Flag {
	case action.SkipSNAT:
		setMark(&ct, ctSkipSNAT)
	case action.ForceSNAT:
		setMark(&ct, ctForceSNAT)
	}
	if w.tracer != nil {
		w.event = trace.Event{Kind: trace.Choose, Depth: w.depth, Datapath: f.dp.Datapath,
			Choice: &trace.Choice{Packet: l.tuple(f).String(), Backend: backendText(b), Bucket: i, Of: len(a.Backends)}}
		w.tracer.Event(&w.event)
	}
	l.track(w, f, andNext, ct)
	w.progress = before
}

func backendText(b action.Backend) string {
	if b.Port == 0 {
		return b.Addr.String()
	}
	return netip.AddrPortFrom(b.Addr, b.Port).String()
}

// setMark has a commit set one flag of ct_mark.
func setMark(ct *conntrack.Action, flag expr.Ref) {
	_, low := flag.Field()
	ct.Mark |= 1 << low
	ct.MarkMask |= 1 << low
}

// localBackends is the choice among the backends on this chassis.
func (l *live) localBackends(a *action.Balance) *action.Balance {
	local := l.locals[a]
	if local == nil {
		local = &action.Balance{HashFields: a.HashFields, HashGiven: a.HashGiven, Flag: a.Flag}
		for _, b := range a.Backends {
			if l.engine.binder.Env.Resident(b.LogicalPort) {
				local.Backends = append(local.Backends, b)
			}
		}
		l.locals[a] = local
	}
	return local
}

// snatToVIP lets a hairpinned connection seem to come from the VIP.
func (l *live) snatToVIP(w *walk, f *frame) {
	l.sync(f)
	orig, t := f.pkt.CT.Orig, f.pkt.Tuple()
	for _, b := range l.vipsAt(f.dp, orig.Dst) {
		if b.is(orig.Dst, orig.DstPort, t.Proto) {
			l.track(w, f, andStay, conntrack.Action{Zone: l.zones.nat[f.dp.index].snat, Commit: true, NAT: &conntrack.NAT{Kind: conntrack.SNAT, Min: b.snatTo(orig.Dst)}})
			return
		}
	}
	w.say(trace.Note, "/* no balancer sent this packet */")
}
