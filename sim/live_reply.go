package sim

import (
	"ovnsim/pipeline/action"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// actReply executes the actions that make packets, as ovn-controller makes them.
func (l *live) actReply(w *walk, f *frame, a action.Action) bool {
	switch a := a.(type) {
	case *action.ARP:
		l.askARP(w, f, a)
	default:
		return false
	}
	return true
}

// metadataWords is how much of a key is not the packet's own: registers, flags and ports.
const metadataWords = 7

// made runs actions on a packet that the controller made from another one: it keeps the metadata and is not tracked.
// Before it is sent anywhere, ready may look at it.
func (l *live) made(w *walk, f *frame, data []byte, list []action.Action, ready func(*frame)) {
	c := w.fork(f)
	if err := c.pkt.Decode(data); err != nil {
		panic("the controller made a frame that cannot be read: " + err.Error())
	}
	c.pkt.CT = packet.Tracking{}
	c.pkt.Hash.Receive(c.pkt.Tuple())
	c.key = c.pkt.Key
	copy(c.key[:metadataWords], f.key[:metadataWords])
	head := 0
	for head < len(list) && setsField(list[head]) {
		head++
	}
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
	w.join()
}

// setsField tells the actions that only change the packet.
func setsField(a action.Action) bool {
	switch a.(type) {
	case *action.Assign, *action.Move, *action.Exchange, *action.DecTTL, *action.SetOVNField:
		return true
	}
	return false
}

// askARP asks for the neighbour's MAC and keeps the packet until it is known.
func (l *live) askARP(w *walk, f *frame, a *action.ARP) {
	l.sync(f)
	if !f.pkt.Is4() {
		return
	}
	src := packet.MACOf(ethSrc.Get64(&f.key))
	data := packet.BuildARP(
		packet.Ether{Src: src, Dst: packet.MACOf(ethDst.Get64(&f.key))},
		packet.ARP{Op: 1, SHA: src, SPA: f.pkt.Src(), TPA: f.pkt.Dst()})
	w.say(trace.Fork, "arp")
	l.made(w, f, data, a.Actions, func(c *frame) {
		l.wait(f, macKey{l.net.names.Name(uint32(fieldOutport.Get64(&f.key))), packet.ARPTPA.Get(&c.key), false})
	})
}
