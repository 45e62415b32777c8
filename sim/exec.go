package sim

import (
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/trace"
)

// The fields that the engine itself knows.
var (
	fieldInport  = expr.RefTo("inport")
	fieldOutport = expr.RefTo("outport")
	fieldRemote  = expr.RefTo("remote_outport")
	fieldFlags   = expr.RefTo("flags")
	loopbackFlag = expr.RefTo("flags.loopback")

	ethSrc  = expr.RefTo("eth.src")
	ethDst  = expr.RefTo("eth.dst")
	ethType = expr.RefTo("eth.type")
	ipProto = expr.RefTo("ip.proto")
	ipTTL   = expr.RefTo("ip.ttl")
)

// EtherTypes and protocols (IANA).
const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	etherRARP = 0x8035
	etherIPv6 = 0x86dd

	protoICMP   = 1
	protoIGMP   = 2
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
	protoSCTP   = 132
)

// actions executes a list of actions on a packet, one after the other.
func (w *walk) actions(f *frame, list []action.Action) {
	at := f.at
	if w.run(f, list) {
		w.lookup(f)
		f.at = at
	}
}

// run executes a list of actions up to a last one that goes on in another table of the pipeline: true says that there was one,
// and the packet stands there. An empty list drops.
func (w *walk) run(f *frame, list []action.Action) bool {
	if len(list) == 0 {
		w.act(f, nil)
		return false
	}
	for i, a := range list {
		if w.err != nil || f.gone || w.exit {
			return false
		}
		w.rest = list[i+1:]
		w.act(f, a)
		if next, ok := a.(*action.Next); ok && len(w.rest) == 0 {
			if to := next.From(f.at); to.Pipeline == f.at.Pipeline {
				f.at = to
				return true
			}
		}
		w.execute(f, a)
	}
	return false
}

func (w *walk) act(f *frame, a action.Action) {
	if w.tracer != nil {
		w.event = trace.Event{Kind: trace.Act, Depth: w.depth, Action: a, At: f.at}
		w.tracer.Event(&w.event)
	}
}

// execute does what every dataplane does alike; the rest is the model's.
func (w *walk) execute(f *frame, a action.Action) {
	switch a := a.(type) {
	case *action.Output:
		w.output(f)
	case *action.Next:
		w.next(f, a)
	case *action.Clone:
		w.clone(f, a)
	case *action.Assign:
		w.assign(f, a)
	case *action.Move:
		w.move(f, a)
	case *action.Exchange:
		x, y := a.A.Get(&f.key), a.B.Get(&f.key)
		w.set(f, a.A, a.B, y)
		w.set(f, a.B, a.A, x)
		a.A.Set(&f.key, y)
		a.B.Set(&f.key, x)
	case *action.SetOVNField:
		a.Dst.Set64(&f.key, a.Value)
		w.sayf(trace.Modify, "%s = %d", a.Dst, a.Value)
	case *action.Push:
		w.push(f, a)
	case *action.Pop:
		w.pop(f, a)
	case *action.DecTTL:
		w.decTTL(f)
	default:
		w.model.act(w, f, a)
	}
}

// output sends the packet from the ingress to the egress pipeline, or from there out of its port.
func (w *walk) output(f *frame) {
	number := uint32(fieldOutport.Get64(&f.key))
	if number == 0 {
		w.say(trace.Error, "*** output to null logical port")
		return
	}
	p, g := w.net.port(f.dp, number), w.net.group(f.dp, number)
	if p == nil && g == nil {
		w.sayf(trace.Error, "*** unknown port or multicast group %d", number&^unknownKey)
	}
	switch {
	case f.at.Pipeline == action.Egress:
		w.leave(f, p)
	case g != nil:
		w.multicast(f, g)
	default:
		w.toEgress(f, p)
	}
}

// leave takes a packet out of the egress pipeline: to the peer's datapath, or away.
func (w *walk) leave(f *frame, p *port) {
	if w.tracer != nil {
		to, kind := &trace.Port{Name: "(unnamed)"}, ""
		if p != nil {
			to, kind = p.named(), p.Type
		}
		w.say(trace.Output, `/* output to "%s", type "`+kind+`" */`, to)
	}
	if p == nil || p.peer == nil {
		w.model.deliver(w, f, p)
		return
	}
	if w.links >= maxLinks && w.engine.cutsTTL {
		w.say(trace.Error, "*** Open vSwitch follows no packet through so many datapaths")
		return
	}
	w.enter(p.peer.dp, action.Ingress, w.shown(p.peer), nil, false)
	c := w.fork(f)
	c.dp, c.at = p.peer.dp, action.At{Pipeline: action.Ingress}
	fieldInport.Set64(&c.key, uint64(p.peer.number))
	fieldOutport.Set64(&c.key, 0)
	w.model.crossPatch(c)
	pauses, links := w.pauses, w.links
	w.links++
	w.below(c)
	w.links = links
	w.join()
	w.exit = w.exit || w.pauses != pauses
}

// below looks a frame up, nested in the last event.
func (w *walk) below(f *frame) {
	w.depth++
	w.lookup(f)
	w.depth--
}

// shown is a port for an event, nil when nobody looks.
func (w *walk) shown(p *port) *trace.Port {
	if w.tracer == nil {
		return nil
	}
	return p.named()
}

const omitted = "/* omitting output because inport == outport && !flags.loopback */"

// multicast sends the packet to the egress pipeline once for each port of a group.
func (w *walk) multicast(f *frame, g *group) {
	in := uint32(fieldInport.Get64(&f.key))
	loopback := loopbackFlag.Get64(&f.key) != 0
	var from *trace.Port
	if w.tracer != nil {
		w.event = trace.Event{Kind: trace.Multicast, Depth: w.depth, Datapath: f.dp.Datapath, Out: &trace.Port{Name: g.Name}}
		w.tracer.Event(&w.event)
		from = w.portNamed(f.dp, in)
	}
	// Ports share one packet: what the egress pipeline does to it for one, the next port gets as well.
	c := w.egress(f)
	w.depth++
	away, outer := false, w.flooding
	w.flooding = w.net.byRow
	for _, p := range g.ports {
		if w.exit {
			break
		}
		if !w.model.here(f, p) {
			away = true
			continue
		}
		if w.net.byRow && p.distributed != nil {
			p = p.distributed
		}
		out := p.number != in || loopback
		w.enter(f.dp, action.Egress, from, w.shown(p), out)
		if out {
			if w.net.byRow { // each copy has clean registers, and one fragment that waits for its rest takes no other along
				w.model.enterEgress(c)
				c.gone = false
			}
			fieldOutport.Set64(&c.key, uint64(p.number))
			c.at = action.At{Pipeline: action.Egress}
			w.below(c)
		} else {
			w.depth++
			w.say(trace.Output, omitted)
			w.depth--
		}
	}
	w.depth--
	w.join()
	w.flooding = outer
	if away {
		w.model.elsewhere(w, f, nil, g)
	}
}

// egress forks a packet into the egress pipeline.
func (w *walk) egress(f *frame) *frame {
	c := w.fork(f)
	c.at = action.At{Pipeline: action.Egress}
	w.model.enterEgress(c)
	return c
}

// toEgress sends the packet to the egress pipeline for one port.
func (w *walk) toEgress(f *frame, p *port) {
	if p != nil && p.Type != "patch" && !w.model.here(f, p) { // links are everywhere
		w.model.elsewhere(w, f, p, nil)
		return
	}
	in := uint32(fieldInport.Get64(&f.key))
	loopback := loopbackFlag.Get64(&f.key) != 0
	if p != nil && p.Type == "chassisredirect" {
		if p.distributed == nil {
			w.say(trace.Error, `*** output to type "chassisredirect" port "%s" with no or invalid distributed port`, p.named())
			return
		}
		if w.tracer != nil {
			w.say(trace.Output, `/* Replacing type "chassisredirect" outport "%s" with distributed port "%s". */`, p.named(), p.distributed.named())
		}
		p = p.distributed
	}
	if (p == nil || p.number == in) && !loopback {
		w.say(trace.Output, omitted)
		return
	}
	c := w.egress(f)
	if p != nil {
		fieldOutport.Set64(&c.key, uint64(p.number))
	}
	if w.tracer != nil {
		w.enter(f.dp, action.Egress, w.portNamed(f.dp, in), w.portNamed(f.dp, uint32(fieldOutport.Get64(&c.key))), false)
	}
	w.below(c)
	w.join()
}

// next goes on in another table, as part of the same packet: what it changes stays changed for the actions behind.
func (w *walk) next(f *frame, a *action.Next) {
	from := f.at
	f.at = a.From(from)
	if f.at.Pipeline == from.Pipeline {
		w.lookup(f)
	} else {
		in := f.at.Pipeline == action.Ingress
		if w.tracer != nil {
			if in {
				w.enter(f.dp, f.at.Pipeline, w.portNamed(f.dp, uint32(fieldInport.Get64(&f.key))), nil, false)
			} else {
				w.enter(f.dp, f.at.Pipeline, nil, w.portNamed(f.dp, uint32(fieldOutport.Get64(&f.key))), false)
			}
		}
		w.below(f)
	}
	f.at = from
}

func (w *walk) clone(f *frame, a *action.Clone) {
	w.say(trace.Fork, "clone")
	c := w.fork(f)
	pauses := w.pauses
	w.nested(c, a.Actions)
	w.join()
	w.exit = w.exit || w.pauses != pauses
}

// nested executes the actions of a block, below the last event.
func (w *walk) nested(f *frame, list []action.Action) {
	w.depth++
	w.actions(f, list)
	w.depth--
}

// assign sets a field to a constant, unless the packet has no such field.
func (w *walk) assign(f *frame, a *action.Assign) {
	if w.tracer != nil && !isRegister(a.Dst) {
		text := action.Format(a, f.at)
		w.say(trace.Modify, text[:len(text)-1])
	}
	if a.Value.Kind == expr.String {
		a.Dst.Set64(&f.key, uint64(w.net.number(f.dp, a.Value.Text)))
		return
	}
	if !w.engine.has(a.Dst, &f.key) {
		return
	}
	v := a.Value.Value
	if a.Value.Masked {
		v = a.Dst.Get(&f.key).And(a.Value.Mask.Not()).Or(v.And(a.Value.Mask))
	}
	a.Dst.Set(&f.key, v)
}

// move copies a field. remote_outport has no name to ovn-trace, which does not look remote addresses up: whatever is in the
// register that it shares counts as a tunnel key.
func (w *walk) move(f *frame, a *action.Move) {
	v := a.Src.Get(&f.key)
	w.set(f, a.Dst, a.Src, v)
	if _, guessing := w.model.(*shortcuts); guessing && a.Src == fieldRemote && a.Dst == fieldOutport {
		v = expr.V(uint64(w.net.byKey(f.dp, uint16(v.Lo))))
	}
	a.Dst.Set(&f.key, v)
}

// set reports that a field that others see takes another field's value.
func (w *walk) set(f *frame, dst, src expr.Ref, v expr.Value) {
	if w.tracer != nil && !isRegister(dst) {
		w.say(trace.Modify, dst.String()+" = "+trace.FormatValue(src, v))
	}
}

// isRegister tells fields that only flows see: registers, flags and ports.
func isRegister(r expr.Ref) bool {
	field, _ := r.Field()
	switch field.Name {
	case "xxreg0", "xxreg1", "xreg4", "flags", "inport", "outport", "remote_outport":
		return true
	}
	return false
}

func (w *walk) push(f *frame, a *action.Push) {
	v := a.Src.Get(&f.key)
	f.stack = append(f.stack, v)
	w.sayf(trace.Modify, "push(%s) -> %s", a.Src, trace.FormatHex(v))
}

func (w *walk) pop(f *frame, a *action.Pop) {
	if len(f.stack) == 0 {
		w.sayf(trace.Modify, "pop(%s) <- /* empty stack */", a.Dst)
		return
	}
	v := f.stack[len(f.stack)-1]
	f.stack = f.stack[:len(f.stack)-1]
	a.Dst.Set(&f.key, v)
	w.sayf(trace.Modify, "pop(%s) <- %s", a.Dst, trace.FormatHex(v))
}

func (w *walk) decTTL(f *frame) {
	ttl := ipTTL.Get64(&f.key)
	switch {
	case !isIP(&f.key):
		w.say(trace.Error, "*** TTL decrement of non-IP packet")
	case ttl == 0 || ttl == 1 && w.engine.cutsTTL:
		f.gone = w.engine.cutsTTL
		w.say(trace.Error, "*** TTL underflow")
	default:
		ipTTL.Set64(&f.key, ttl-1)
		w.say(trace.Modify, "ip.ttl--")
	}
}

func isIP(k *expr.Key) bool {
	t := ethType.Get64(k)
	return t == etherIPv4 || t == etherIPv6
}
