package sim

import (
	"net/netip"
	"time"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// macKey is the key of a learned neighbour: a router's port, by name so that it outlives a change of the topology, and an
// address; IPv4 addresses in the last 32 bits.
type macKey struct {
	port string
	addr expr.Value
	six  bool
}

// fdbKey is the key of a MAC learned on a switch.
type fdbKey struct {
	dp  string
	mac uint64
}

// remember takes over what a southbound database says was learned.
func (l *live) remember(sb *pipeline.Southbound) {
	for i := range l.net.datapaths {
		dp := &l.net.datapaths[i]
		for n, mac := range dp.macs {
			addr, six := n.address()
			l.macs[macKey{l.net.byNumber[n.port].LogicalPort, addr, six}] = learned[packet.MAC]{value: packet.MACOf(mac)}
		}
		for mac, key := range dp.fdb {
			if p := l.net.keysOf(dp)[key]; p != nil {
				l.fdb[fdbKey{dp.Name, mac}] = learned[string]{value: p.LogicalPort}
			}
		}
	}
}

// actLearning executes the actions on neighbours and learned addresses.
func (l *live) actLearning(w *walk, f *frame, a action.Action) bool {
	switch a := a.(type) {
	case *action.GetARP:
		l.getMAC(w, f, l.macKey(f, a.Port, a.Addr, false))
	case *action.GetND:
		l.getMAC(w, f, l.macKey(f, a.Port, a.Addr, true))
	case *action.PutARP:
		l.putMAC(w, l.macKey(f, a.Port, a.Addr, false), packet.MACOf(a.MAC.Get64(&f.key)))
	case *action.PutND:
		l.putMAC(w, l.macKey(f, a.Port, a.Addr, true), packet.MACOf(a.MAC.Get64(&f.key)))
	case *action.LookupARP:
		l.lookupMAC(f, a.Dst, l.macKey(f, a.Port, a.Addr, false), a.MAC)
	case *action.LookupND:
		l.lookupMAC(f, a.Dst, l.macKey(f, a.Port, a.Addr, true), a.MAC)
	case *action.LookupARPIP:
		l.lookupIP(f, a.Dst, l.macKey(f, a.Port, a.Addr, false))
	case *action.LookupNDIP:
		l.lookupIP(f, a.Dst, l.macKey(f, a.Port, a.Addr, true))
	case *action.MACCacheUse:
		l.heard(f)
	case *action.PutFDB:
		l.putFDB(w, f, a)
	case *action.GetFDB:
		a.Dst.Set64(&f.key, uint64(l.getFDB(f, a.MAC)))
	case *action.GetRemoteFDB: // addresses of EVPN peers, which we have none of
		a.Dst.Set64(&f.key, 0)
	case *action.LookupFDB:
		same := l.getFDB(f, a.MAC) == uint32(a.Port.Get64(&f.key)) && l.getFDB(f, a.MAC) != 0
		if same {
			l.seen(fdbKey{f.dp.Name, a.MAC.Get64(&f.key)})
		}
		setBit(f, a.Dst, same)
	default:
		return false
	}
	return true
}

// setBit stores the answer of a question.
func setBit(f *frame, dst expr.Ref, yes bool) {
	v := uint64(0)
	if yes {
		v = 1
	}
	dst.Set64(&f.key, v)
}

func (l *live) macKey(f *frame, port, addr expr.Ref, six bool) macKey {
	return macKey{l.learningPort(f, port), addr.Get(&f.key), six}
}

// learningPort is the port that a neighbour is known on: the one that a chassisredirect port stands for.
func (l *live) learningPort(f *frame, port expr.Ref) string {
	p := l.net.port(f.dp, uint32(port.Get64(&f.key)))
	switch {
	case p == nil:
		return ""
	case p.distributed != nil:
		return p.distributed.LogicalPort
	}
	return p.LogicalPort
}

// learningDelay is what it takes from the controller to write what it learned to the southbound database until flows know
// it. Routers go on asking meanwhile, as they do in recordings of the real ones, where it takes 4 to 10 ms.
const learningDelay = 4 * time.Millisecond

// slowestLearning is the longest that was seen.
const slowestLearning = 100 * time.Millisecond

// fdbDelay is the same for addresses on a switch. The controller lets a random time up to 50 ms pass before it writes one, so
// that a row that two chassis learn at once is written once; ours is the middle.
const fdbDelay = 25 * time.Millisecond

// learned is what was learned, as flows know it: until since it is what was there before.
type learned[T comparable] struct {
	value, before T
	since         time.Duration
}

// at is what flows know at a time.
func (b learned[T]) at(now time.Duration) T {
	if now < b.since {
		return b.before
	}
	return b.value
}

// learn is what b becomes when something else is learned.
func (b learned[T]) learn(value T, now, delay time.Duration) learned[T] {
	return learned[T]{value, b.at(now), now + delay}
}

// getMAC puts a neighbour's MAC in eth.dst: all zeros when nobody knows it. What the operator gave comes first where the
// row says so.
func (l *live) getMAC(w *walk, f *frame, k macKey) {
	mac := l.known(k)
	l.sentTo(k)
	if fixed, ok := l.statics[k]; ok && (fixed.override || mac == packet.MAC{}) {
		mac = fixed.mac
	}
	ethDst.Set64(&f.key, mac.Uint64())
	if mac == (packet.MAC{}) {
		w.say(trace.Note, "/* No MAC binding. */")
		return
	}
	w.sayf(trace.Note, "/* MAC binding to %s. */", mac)
}

// known is what a router knows of a neighbour now. A little after it was learned that is uncertain.
func (l *live) known(k macKey) packet.MAC {
	b, now := l.macs[k], l.sim.Now()
	learned := b.since - learningDelay
	if ask := l.sim.options.Asked; ask != nil && b.since > 0 && now > learned && now < learned+slowestLearning {
		switch asked, ok := ask(now, k.address()); {
		case ok && asked:
			return b.before
		case ok:
			return b.value
		}
	}
	return b.at(now)
}

// staticMAC is what the operator says of a neighbour.
type staticMAC struct {
	mac      packet.MAC
	override bool // it counts even where another MAC was learned
}

func staticMACs(rows []*pipeline.StaticMACBinding) map[macKey]staticMAC {
	out := map[macKey]staticMAC{}
	for _, row := range rows {
		addr, err := netip.ParseAddr(row.IP)
		mac, ok := parseMAC(row.MAC)
		if err == nil && ok {
			out[macKey{row.LogicalPort, expr.ValueOf(addr.AsSlice()), addr.Is6()}] = staticMAC{packet.MACOf(mac), row.OverrideDynamicMAC}
		}
	}
	return out
}

// putMAC learns a neighbour, and sends what waited for it.
func (l *live) putMAC(w *walk, k macKey, mac packet.MAC) {
	if old := l.macs[k]; old.value != mac {
		l.macs[k] = old.learn(mac, l.sim.Now(), learningDelay)
		l.learnedMAC(k)
		l.sim.At(l.sim.Now()+learningDelay, func() { l.release(k) })
	}
	w.sayf(trace.Note, "/* learned: %s is at %s on %s */", addrText(k), mac, k.port)
	l.release(k)
}

// waiting is a packet that waits for a neighbour's MAC, and who watches it.
type waiting struct {
	frame
	tracer Tracer
	home   *live // where it is
}

// release sends what waited for a neighbour.
func (l *live) release(k macKey) {
	late := l.waiting[k]
	delete(l.waiting, k)
	for i := range late {
		f := &late[i].frame
		p := late[i].home.net.portNamed(k.port)
		if p == nil || p.dp.Name != f.dp.Name {
			continue // the port went while the packet waited
		}
		at := late[i].home
		w := at.engine.start(at, late[i].tracer)
		f.dp, f.gone = p.dp, false
		ethDst.Set64(&f.key, l.macs[k].value.Uint64())
		at.sync(f)
		f.resent()
		at.onward(w, f)
		w.end()
	}
}

func addrText(k macKey) string {
	if k.six {
		return packet.Addr6(k.addr).String()
	}
	return packet.Addr4(k.addr.Lo).String()
}

// maxWaiting is how many packets a neighbour is kept for; older ones go first (ovn-controller keeps as many).
const maxWaiting = 4

// wait takes a packet away until the MAC of the neighbour that it goes to is known; then it goes on in the next table
// (actions arp and nd_ns are followed by next;).
func (l *live) wait(w *walk, f *frame, k macKey) {
	late := waiting{*f, w.tracer, l}
	late.stack = nil
	f.gone = true
	list := append(l.waiting[k], late)
	if len(list) > maxWaiting {
		list = list[1:]
	}
	l.waiting[k] = list
	if l.macs[k].value != (packet.MAC{}) {
		l.sim.At(l.sim.Now()+controllerTurn, func() { l.release(k) })
	}
}

// controllerTurn is what it takes the controller to find that it knows a neighbour already that a flow asks for: seen in
// recordings, where packets wait together only when they come about that close. Real answers come later still.
const controllerTurn = 100 * time.Microsecond

func (l *live) lookupMAC(f *frame, dst expr.Ref, k macKey, mac expr.Ref) {
	known := l.macs[k].at(l.sim.Now())
	if fixed := l.statics[k]; fixed.override {
		known = fixed.mac
	}
	setBit(f, dst, known != packet.MAC{} && known.Uint64() == mac.Get64(&f.key))
}

func (l *live) lookupIP(f *frame, dst expr.Ref, k macKey) {
	_, static := l.statics[k]
	setBit(f, dst, static || l.macs[k].at(l.sim.Now()) != packet.MAC{})
}

func (l *live) putFDB(w *walk, f *frame, a *action.PutFDB) {
	name := l.net.names.Name(uint32(a.Port.Get64(&f.key)))
	mac := a.MAC.Get64(&f.key)
	k := fdbKey{f.dp.Name, mac}
	if old := l.net.portNamed(l.fdb[k].value); old != nil && old.Type == "" && l.net.portNamed(name).isLocalnet() {
		w.sayf(trace.Note, "/* %s is known behind %s: a localnet port does not take it over */", packet.MACOf(mac), old.LogicalPort)
		return
	}
	if l.fdb[k].value != name {
		l.fdb[k] = l.fdb[k].learn(name, l.sim.Now(), fdbDelay)
		l.learnedFDB(k)
	}
	w.sayf(trace.Note, "/* learned: %s is behind %s */", packet.MACOf(mac), name)
}

// getFDB is the number of the port that a MAC was learned on, 0 for none.
func (l *live) getFDB(f *frame, mac expr.Ref) uint32 {
	p := l.net.portNamed(l.fdb[fdbKey{f.dp.Name, mac.Get64(&f.key)}].at(l.sim.Now()))
	if p == nil || p.dp != f.dp {
		return 0
	}
	return p.number
}
