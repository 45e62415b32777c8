package sim

import (
	"net/netip"
	"strings"
	"time"

	"ovnsim/lb"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// Where flows keep the backend that affinity knows (ovn-sb(5), chk_lb_aff).
var (
	affinityIP4  = expr.RefTo("reg4")
	affinityIP6  = expr.RefTo("xxreg1")
	affinityPort = expr.RefTo("reg2").Bits(0, 16)

	ctNatted = expr.RefTo("ct_mark.natted")
)

// hairpinKey is what an answer to a hairpinned connection looks like: a backend that answers the address it was asked by.
type hairpinKey struct {
	dp       string
	src, dst netip.Addr
	proto    uint8
	srcPort  uint16 // 0 when the VIP has no port
}

// actBalancing executes the actions that choose, and those that remember choices.
func (l *live) actBalancing(w *walk, f *frame, a action.Action) bool {
	switch a := a.(type) {
	case *action.Select:
		l.selectMember(w, f, a)
	case *action.ChkLBHairpin:
		setBit(f, a.Dst, l.hairpinned(f))
	case *action.ChkLBHairpinReply:
		l.sync(f)
		setBit(f, a.Dst, l.hairpins[l.hairpinKeyOf(f, true)] || l.hairpins[l.hairpinKeyOf(f, false)])
	case *action.ChkLBAff:
		l.recallAffinity(w, f, a)
	case *action.CommitLBAff:
		l.learnAffinity(w, f, a)
	case *action.CommitECMPNH:
		l.learnNexthop(w, f)
	case *action.ChkECMPNH:
		l.sync(f)
		_, known := l.nexthops[l.nexthopKey(f, f.shown())]
		setBit(f, a.Dst, known)
	case *action.ChkECMPNHMAC:
		l.sync(f)
		mac, known := l.nexthops[l.nexthopKey(f, f.shown()).reply()]
		setBit(f, a.Dst, known && mac == ethSrc.Get64(&f.key))
	default:
		return false
	}
	return true
}

// sync brings the packet up to what the flows have made of its fields.
func (l *live) sync(f *frame) {
	f.pkt.Key = f.key
	if f.late.done {
		f.late.apply(&f.pkt.Key)
	}
}

// tuple is the packet as choices look at it, now.
func (l *live) tuple(f *frame) lb.Tuple {
	l.sync(f)
	return f.pkt.Tuple()
}

// shown is the packet as flows see it, those that were learned among them: a fragment without ports. The packet must be up
// to date.
func (f *frame) shown() lb.Tuple {
	t := f.pkt.Tuple()
	if t.Fragment != 0 {
		t.SrcPort, t.DstPort = 0, 0
	}
	return t
}

// backendGroup is the group of a balancing action, made once.
func (l *live) backendGroup(a *action.Balance) *lb.Group {
	g := l.balancers[a]
	if g == nil {
		g = lb.NewBalancer(len(a.Backends), hashFields(a.HashFields))
		l.balancers[a] = g
	}
	return g
}

// hashFields reads the names in an action; names that Open vSwitch does not know it would have refused.
func hashFields(text string) []lb.Field {
	fields, _ := lb.ParseFields(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }), 0)
	return fields
}

// selectMember stores the member that the packet's hash chooses, and goes on in the next table.
func (l *live) selectMember(w *walk, f *frame, a *action.Select) {
	g := l.selects[a]
	if g == nil {
		weights := make([]uint32, len(a.Members))
		for i, m := range a.Members {
			weights[i] = uint32(m.Weight)
		}
		g = lb.NewECMP(weights)
		if fields := hashFields(a.HashFields); len(fields) > 0 {
			g = lb.NewBalancer(len(weights), fields) // weights do not go with fields (ovn-nb(5), selection_fields)
		}
		l.selects[a] = g
	}
	before := w.progress
	i := l.pick(w, f, g)
	if i < 0 {
		w.say(trace.Note, "/* no member to choose */")
		return
	}
	a.Dst.Set64(&f.key, uint64(a.Members[i].ID))
	w.sayf(trace.Note, "/* chose %d, number %d of %d */", a.Members[i].ID, i+1, len(a.Members))
	l.onward(w, f)
	w.progress = before
}

// pick is a group's choice for the packet, -1 for none. The first choice by hash takes the packet up again, with its hash.
func (l *live) pick(w *walk, f *frame, g *lb.Group) int {
	hashed := f.pkt.Hash.Chosen != 0
	i := g.Pick(l.tuple(f), &f.pkt.Hash)
	if !hashed && f.pkt.Hash.Chosen != 0 && !w.round() {
		return -1
	}
	return i
}

// onward goes on in the next table, with a copy: what stands behind the action sees the packet as it was.
func (l *live) onward(w *walk, f *frame) {
	c := w.fork(f)
	c.at.Table++
	w.below(c)
	w.join()
}

// hairpinned tells whether a balancer sent the packet back to the machine it came from. If so, the answer is to be known.
func (l *live) hairpinned(f *frame) bool {
	l.sync(f)
	p := &f.pkt
	if ctNatted.Get64(&f.key) == 0 || !p.IsIP() || p.Src() != p.Dst() {
		return false
	}
	orig := p.CT.Orig
	t := f.shown()
	for _, b := range l.vipsAt(f.dp, orig.Dst) {
		if !b.is(orig.Dst, orig.DstPort, t.Proto) || !b.has(p.Dst(), t.DstPort) {
			continue
		}
		k := hairpinKey{f.dp.Name, p.Src(), b.snatTo(orig.Dst), t.Proto, 0}
		if b.port != 0 {
			k.srcPort = t.DstPort
		}
		l.hairpins[k] = true
		return true
	}
	return false
}

func (l *live) hairpinKeyOf(f *frame, withPort bool) hairpinKey {
	t := f.shown()
	k := hairpinKey{dp: f.dp.Name, src: t.Src, dst: t.Dst, proto: t.Proto}
	if withPort {
		k.srcPort = t.SrcPort
	}
	return k
}

func (l *live) affinityKey(f *frame, vip lb.Endpoint, proto uint8) lb.AffinityKey {
	return lb.AffinityKey{Datapath: f.dp.TunnelKey, Client: f.pkt.Src(), VIP: vip, Proto: proto}
}

// recallAffinity looks for the backend that the client used before.
func (l *live) recallAffinity(w *walk, f *frame, a *action.ChkLBAff) {
	l.sync(f)
	t := f.shown()
	for _, vip := range [...]lb.Endpoint{{Addr: t.Dst, Port: t.DstPort}, {Addr: t.Dst}} {
		proto := t.Proto
		if vip.Port == 0 {
			proto = 0
		}
		b, ok := l.affinity.Lookup(l.affinityKey(f, vip, proto), l.sim.Now())
		if !ok {
			continue
		}
		a.Dst.Set64(&f.key, 1)
		if b.Addr.Is4() {
			affinityIP4.Set(&f.key, packet.AddrValue(b.Addr))
		} else {
			affinityIP6.Set(&f.key, packet.AddrValue(b.Addr))
		}
		affinityPort.Set64(&f.key, uint64(b.Port))
		w.sayf(trace.Note, "/* affinity: this client sticks to %s */", b)
		return
	}
	a.Dst.Set64(&f.key, 0)
}

func (l *live) learnAffinity(w *walk, f *frame, a *action.CommitLBAff) {
	l.sync(f)
	proto := uint8(0)
	if a.Proto != "" {
		proto, _ = lb.ParseProto(a.Proto)
	}
	backend := lb.Endpoint{Addr: a.Backend.Addr(), Port: a.Backend.Port()}
	vip := lb.Endpoint{Addr: a.VIP.Addr(), Port: a.VIP.Port()}
	l.affinity.Learn(l.affinityKey(f, vip, proto), backend, time.Duration(a.Timeout)*time.Second, l.sim.Now())
	w.sayf(trace.Note, "/* affinity: this client will stick to %s */", backend)
}

// nexthopKey is a connection as symmetric ECMP replies know it.
type nexthopKey struct {
	dp               string
	src, dst         netip.Addr
	proto            uint8
	srcPort, dstPort uint16
}

func (k nexthopKey) reply() nexthopKey {
	return nexthopKey{k.dp, k.dst, k.src, k.proto, k.dstPort, k.srcPort}
}

func (l *live) nexthopKey(f *frame, t lb.Tuple) nexthopKey {
	return nexthopKey{f.dp.Name, t.Src, t.Dst, t.Proto, t.SrcPort, t.DstPort}
}

// learnNexthop remembers which next hop a connection's packet came from, for the answers.
func (l *live) learnNexthop(w *walk, f *frame) {
	k := l.nexthopKey(f, l.tuple(f))
	l.nexthops[k.reply()] = ethSrc.Get64(&f.key)
	w.sayf(trace.Note, "/* learned: answers go back to %s */", packet.MACOf(ethSrc.Get64(&f.key)))
}
