package sim

import (
	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/conntrack"
	"ovnsim/sim/packet"
	"ovnsim/sim/reply"
	"ovnsim/sim/trace"
)

var fromController = expr.RefTo("flags.from_ctrl")

// actReply executes the actions for which ovn-controller makes a packet.
func (l *live) actReply(w *walk, f *frame, a action.Action) bool {
	switch a := a.(type) {
	case *action.ARP:
		l.answer(w, f, a, func(c *frame) { l.wait(w, f, l.asked(f, packet.ARPTPA.Get(&c.key), false)) })
	case *action.NDNS:
		l.answer(w, f, a, func(c *frame) { l.wait(w, f, l.asked(f, packet.NDTarget.Get(&c.key), true)) })
	case *action.NDNA, *action.NDNARouter, *action.ICMP4, *action.ICMP4Error, *action.ICMP6, *action.ICMP6Error,
		*action.TCPReset, *action.SCTPAbort, *action.Reject:
		l.answer(w, f, a, nil)
	case *action.PutDHCPOpts:
		l.replace(w, f, a.Dst, func(p *packet.Packet) ([]byte, string) { return reply.DHCPv4(p, a.Options) })
	case *action.PutDHCPv6Opts:
		l.replace(w, f, a.Dst, func(p *packet.Packet) ([]byte, string) { return reply.DHCPv6(p, a.Options) })
	case *action.PutNDRAOpts:
		l.replace(w, f, a.Dst, func(p *packet.Packet) ([]byte, string) { return reply.RouterAdvert(p, a.Options) })
	case *action.DHCPRelayReqChk:
		l.replace(w, f, a.Dst, func(p *packet.Packet) ([]byte, string) { return reply.RelayRequest(p, a.Relay) })
	case *action.DHCPRelayRespChk:
		l.replace(w, f, a.Dst, func(p *packet.Packet) ([]byte, string) { return reply.RelayResponse(p, a.Relay, a.Server) })
	case *action.DNSLookup:
		l.replace(w, f, a.Dst, func(p *packet.Packet) ([]byte, string) { return reply.DNS(p, resolver{l, f.dp}, l.shuffle) })
		fromController.Set64(&f.key, 1)
	default:
		return false
	}
	return true
}

// asked is the neighbour that a question is about, on the port that the packet is to leave by.
func (l *live) asked(f *frame, addr expr.Value, six bool) macKey {
	return macKey{l.learningPort(f, fieldOutport), addr, six}
}

// How much of a key is not the packet's own: registers, flags and ports, and behind them what connection tracking knows.
const (
	metadataWords = 7
	trackingWords = 11
)

// answer runs an action's block on the packet that the controller makes for it: it keeps the metadata and is not tracked.
// Before it is sent anywhere, ready may look at it.
func (l *live) answer(w *walk, f *frame, a action.Action, ready func(*frame)) {
	l.sync(f)
	data, why := reply.Make(a, &f.pkt)
	if data == nil {
		w.sayf(trace.Note, "/* no answer: %s */", why)
		return
	}
	c := w.fork(f)
	c.receive(data)
	copy(c.key[:metadataWords], f.key[:metadataWords])
	list, head := action.Blocks(a), 0
	for head < len(list) && setsField(list[head]) {
		head++
	}
	before := w.progress
	w.progress = progress{}
	w.depth++
	if head > 0 {
		w.actions(c, list[:head:head])
	}
	if ready != nil {
		ready(c)
	}
	if head < len(list) {
		w.actions(c, list[head:])
	}
	w.depth--
	w.progress = before
	w.join()
}

// receive makes the frame hold a packet that the controller sends: one nobody has hashed or tracked.
func (f *frame) receive(data []byte) {
	if err := f.pkt.Decode(data); err != nil {
		panic("the controller made a frame that cannot be read: " + err.Error())
	}
	f.pkt.CT, f.late = packet.Tracking{}, late{}
	f.pkt.Hash.Receive(f.pkt.Tuple())
	f.key = f.pkt.Key
}

// resent makes a packet that the controller kept one that it sends: what flows saw of its connection comes along, what only
// Open vSwitch knew is gone. It must be up to date.
func (f *frame) resent() {
	if conntrack.StateOf(&f.pkt) == 0 {
		conntrack.Clear(&f.pkt)
	}
	f.pkt.CT.Conn = nil
	f.key, f.late = f.pkt.Key, late{}
}

// setsField tells the actions that only change the packet.
func setsField(a action.Action) bool {
	switch a.(type) {
	case *action.Assign, *action.Move, *action.Exchange, *action.DecTTL, *action.SetOVNField:
		return true
	}
	return false
}

// replace puts an answer in the packet's place, and stores whether there is one. The controller holds the packet meanwhile,
// and Open vSwitch goes on with it alone: when it came here through a patch port, as one copy of several, the copies that
// would have followed are lost.
func (l *live) replace(w *walk, f *frame, dst expr.Ref, make func(*packet.Packet) ([]byte, string)) {
	l.sync(f)
	w.pauses++
	w.progress = progress{}
	data, why := make(&f.pkt)
	if data == nil {
		w.sayf(trace.Note, "/* no answer: %s */", why)
		dst.Set64(&f.key, 0)
		return
	}
	before, tracking := f.key, f.pkt.CT
	f.receive(data)
	f.pkt.CT = tracking
	copy(f.key[:trackingWords], before[:trackingWords])
	dst.Set64(&f.key, 1)
}

// resolver knows the names of a datapath (DNS).
type resolver struct {
	live *live
	dp   *datapath
}

// Resolve looks in the rows in the order of the database. Questions come in lower case: a record with a capital in its name
// is never found, as in the real controller.
func (r resolver) Resolve(name string) (answer string, owned, ok bool) {
	for _, row := range r.live.engine.sb.DNS {
		if !covers(row, r.dp.Datapath) {
			continue
		}
		if answer, ok = row.Records[name]; ok {
			return answer, row.Options["ovn-owned"] == "true", true
		}
	}
	return "", false, false
}

func covers(row *pipeline.DNS, dp *pipeline.Datapath) bool {
	for _, d := range row.Datapaths {
		if d == dp {
			return true
		}
	}
	return false
}

// shuffle puts n things in an order that the seed decides.
func (l *live) shuffle(n int, swap func(i, j int)) { l.random.Shuffle(n, swap) }
