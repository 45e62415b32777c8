package sim

import (
	"net/netip"
	"strings"

	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/trace"
)

var (
	ctState = expr.RefTo("ct_state")
	ctMark  = expr.RefTo("ct_mark")
	ctLabel = expr.RefTo("ct_label")

	ip4Src = expr.RefTo("ip4.src")
	ip4Dst = expr.RefTo("ip4.dst")
	ip6Src = expr.RefTo("ip6.src")
	ip6Dst = expr.RefTo("ip6.dst")
	l4Src  = expr.RefTo("tcp.src") // all transports share the ports' bits
	l4Dst  = expr.RefTo("tcp.dst")
)

func splitFlags(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,\t", r) })
}

const byDefault = " /* default (use --ct to customize) */"

// nextState is the next ct_state that --ct gives, and the comment where none is left.
func (s *shortcuts) nextState() (uint64, string) {
	if len(s.CT) == 0 {
		return ctEst | ctTrk, byDefault
	}
	state := s.CT[0]
	s.CT = s.CT[1:]
	return uint64(state), ""
}

// track keeps whose connection a packet is of: its addresses, ports and protocol as they are before any translation.
func track(c *frame, before *expr.Key) {
	k := &c.key
	expr.CTProto.Set(k, ipProto.Get(before))
	switch ethType.Get64(before) {
	case etherIPv4:
		c.ct.Src = ip4Src.Get(before)
		expr.CTNwDst.Set(k, ip4Dst.Get(before))
	case etherIPv6:
		c.ct.Src = ip6Src.Get(before)
		expr.CTIP6Dst.Set(k, ip6Dst.Get(before))
	}
	c.ct.Port = uint16(l4Src.Get64(before))
	expr.CTTpDst.Set(k, l4Dst.Get(before))
}

// goOn looks a fork up in the table behind the one that its actions are from.
func (w *walk) goOn(f *frame) {
	f.at.Table++
	w.below(f)
	w.join()
}

func (s *shortcuts) ctNext(w *walk, f *frame) {
	state, comment := s.nextState()
	if w.tracer != nil {
		w.say(trace.Fork, "ct_next(ct_state="+FormatCTState(uint32(state))+comment+")")
	}
	c := w.fork(f)
	ctState.Set64(&c.key, state)
	track(c, &f.key)
	w.goOn(c)
}

// tracked gives a packet a state unless it has one: translating implies tracking.
func (s *shortcuts) tracked(k *expr.Key) string {
	state := ctState.Get64(k)
	if state&ctTrk != 0 {
		return ""
	}
	next, comment := s.nextState()
	ctState.Set64(k, state|next)
	return comment
}

func (s *shortcuts) ctNAT(w *walk, f *frame, nat action.NAT, dst bool, name string) {
	if !dst && !nat.Addr.IsValid() && f.dp.gateway {
		return // undoing SNAT shows nothing on a gateway router
	}
	c := w.fork(f)
	field, bit := natField(nat.Addr, dst)
	if nat.Addr.IsValid() {
		field.Set(&c.key, expr.ValueOf(nat.Addr.AsSlice()))
		ctState.Set64(&c.key, ctState.Get64(&c.key)|bit)
	}
	comment := s.tracked(&c.key)
	if w.tracer != nil {
		how := " /* assuming no un-" + name[len("ct_"):len("ct_dnat")] + " entry, so no change */"
		if nat.Addr.IsValid() {
			how = "(" + field.String() + "=" + expr.Addr(nat.Addr).String() + ")"
		}
		w.say(trace.Fork, name+how+comment)
	}
	track(c, &f.key)
	w.goOn(c)
}

// natField is the field that a translation changes, and the ct_state bit that tells of it.
func natField(a netip.Addr, dst bool) (expr.Ref, uint64) {
	switch {
	case dst && a.Is4():
		return ip4Dst, ctDNAT
	case dst:
		return ip6Dst, ctDNAT
	case a.Is4():
		return ip4Src, ctSNAT
	}
	return ip6Src, ctSNAT
}

func (s *shortcuts) ctCommit(w *walk, f *frame, text string) {
	c := w.fork(f)
	comment := s.tracked(&c.key)
	if w.tracer != nil {
		w.say(trace.Fork, text+comment)
	}
	track(c, &f.key)
	w.goOn(c)
}

func (s *shortcuts) ctLB(w *walk, f *frame, lb action.Balance, text string) {
	c, comment := w.fork(f), ""
	if t := ethType.Get64(&f.key); t == etherIPv4 || t == etherIPv6 {
		if chosen, ok := s.backend(w, lb, t == etherIPv4); ok {
			balanceTo(&c.key, chosen)
		}
		var state uint64
		state, comment = s.nextState()
		ctState.Set64(&c.key, ctState.Get64(&c.key)|state)
	}
	if w.tracer != nil {
		w.say(trace.Fork, text+comment)
	}
	track(c, &f.key)
	w.goOn(c)
}

// backend chooses a backend of the packet's family: the one that --lb-dst names, once, or the first. A balancer without
// backends takes --lb-dst as it is.
func (s *shortcuts) backend(w *walk, lb action.Balance, v4 bool) (netip.AddrPort, bool) {
	wanted := s.LBDst
	if s.lbDstUsed || !wanted.IsValid() || wanted.Addr().Is4() != v4 {
		wanted = netip.AddrPort{}
	}
	if len(lb.Backends) == 0 {
		return wanted, wanted.IsValid()
	}
	var first *action.Backend
	for i := range lb.Backends {
		b := &lb.Backends[i]
		if b.Addr.Is4() != v4 {
			continue
		}
		if wanted.IsValid() && b.Addr == wanted.Addr() {
			s.lbDstUsed = true
			return netip.AddrPortFrom(b.Addr, b.Port), true
		}
		if first == nil {
			first = b
		}
	}
	if first == nil {
		w.say(trace.Error, "*** no load balancing destination (use --lb-dst)")
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(first.Addr, first.Port), true
}

// balanceTo sends a packet to a backend.
func balanceTo(k *expr.Key, to netip.AddrPort) {
	dst := ip4Dst
	if to.Addr().Is6() {
		dst = ip6Dst
	}
	dst.Set(k, expr.ValueOf(to.Addr().AsSlice()))
	if to.Port() != 0 {
		l4Dst.Set64(k, uint64(to.Port()))
	}
	ctState.Set64(k, ctState.Get64(k)|ctDNAT)
}

func (s *shortcuts) choose(w *walk, f *frame, a *action.Select) {
	chosen, comment := a.Members[0].ID, " /* Randomly selected. Use --select-id to specify. */"
	for _, m := range a.Members {
		if s.SelectID == m.ID {
			chosen, comment = m.ID, ""
			break
		}
	}
	if w.tracer != nil {
		w.sayf(trace.Fork, "select: %s = %d%s", a.Dst, chosen, comment)
	}
	c := w.fork(f)
	a.Dst.Set64(&c.key, uint64(chosen))
	w.goOn(c)
}

func ctClear(f *frame) {
	k := &f.key
	f.ct = trace.Origin{}
	for _, r := range []expr.Ref{ctState, ctMark, expr.CTNwDst, expr.CTTpDst, expr.CTProto} {
		r.Set64(k, 0)
	}
	ctLabel.Set(k, expr.Value{})
	expr.CTIP6Dst.Set(k, expr.Value{})
}

func (s *shortcuts) saveState(w *walk, f *frame, a *action.CtStateSave) {
	state := ctState.Get64(&f.key)
	if state&ctTrk == 0 {
		state = 0
	}
	a.Dst.Set64(&f.key, state&0xff)
	if w.tracer != nil {
		w.sayf(trace.Note, "/* %s = %d; */", a.Dst, state&0xff)
	}
}

// originalVIP tells whether the packet first went to a balancer's address with the port given, and to which.
func (w *walk) originalVIP(k *expr.Key, port uint16) (vip, bool) {
	for _, v := range [...]vip{{false, expr.CTNwDst.Get(k)}, {true, expr.CTIP6Dst.Get(k)}} {
		if known, ok := w.net.vips()[v]; ok && known == port {
			return v, true
		}
	}
	return vip{}, false
}

// hairpin stores whether a balancer sent the packet back to its own sender.
func (s *shortcuts) hairpin(w *walk, f *frame, dst expr.Ref, port uint16) {
	result := uint64(0)
	if _, ok := w.originalVIP(&f.key, port); ok && isIP(&f.key) && ctState.Get64(&f.key)&ctDNAT != 0 {
		same := ip6Src.Get(&f.key) == ip6Dst.Get(&f.key)
		if ethType.Get64(&f.key) == etherIPv4 {
			same = ip4Src.Get(&f.key) == ip4Dst.Get(&f.key)
		}
		if same {
			result = 1
		}
	}
	dst.Set64(&f.key, result)
	if w.tracer != nil {
		w.sayf(trace.Modify, "%s = %d", dst, result)
	}
}

// store keeps what a packet has now where a flow asks for what its connection had first.
func (s *shortcuts) store(w *walk, f *frame, dst, src expr.Ref, mask uint64) {
	v := src.Get64(&f.key) & mask
	dst.Set64(&f.key, v)
	if w.tracer != nil {
		w.sayf(trace.Modify, "%s = %d", dst, v)
	}
}

// mirror sends a copy to a port, as if it came from none.
func (s *shortcuts) mirror(w *walk, f *frame, a *action.Mirror) {
	number, _ := w.net.named(a.Port)
	p := w.net.port(f.dp, number)
	if p == nil {
		w.say(trace.Error, "/* omitting output because no taget port found. */") // ovn-trace's spelling
		return
	}
	w.say(trace.Fork, "clone")
	c := w.fork(f)
	fieldInport.Set64(&c.key, 0)
	fieldOutport.Set64(&c.key, uint64(p.number))
	c.at = action.At{Pipeline: action.Egress}
	w.below(c)
	w.join()
}

func (s *shortcuts) snatToVIP(w *walk, f *frame) {
	port := uint16(expr.CTTpDst.Get64(&f.key))
	if v, ok := w.originalVIP(&f.key, port); ok && w.tracer != nil {
		format := expr.IPv4
		if v.v6 {
			format = expr.IPv6
		}
		w.say(trace.Note, "/* nat(src="+string(expr.AppendValue(nil, v.addr, format))+") */")
	}
}
