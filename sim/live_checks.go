package sim

import (
	"ovnsim/lb"
	"ovnsim/pipeline/action"
	"ovnsim/sim/trace"
)

// actChecks executes the actions that look at a packet and leave it as it is, and those that nothing in the simulation
// depends on.
func (l *live) actChecks(w *walk, f *frame, a action.Action) bool {
	switch a := a.(type) {
	case *action.CheckInPortSec:
		p := l.net.port(f.dp, uint32(fieldInport.Get64(&f.key)))
		setBit(f, a.Dst, !l.secure(p, f, func(s *portSecurity) []secureRow { return s.in }))
	case *action.CheckOutPortSec:
		p := l.net.port(f.dp, uint32(fieldOutport.Get64(&f.key)))
		setBit(f, a.Dst, !l.secure(p, f, func(s *portSecurity) []secureRow { return s.out }))
	case *action.CheckPktLarger:
		l.sync(f)
		setBit(f, a.Dst, f.pkt.Len() > int(a.Length))
	case *action.FwdGroup:
		l.forward(w, f, a)
	case *action.BindVport:
		l.bindVport(w, f, a)
	case *action.HandleSvcCheck:
		l.checkAnswer(w, f, a)
	case *action.IGMP:
		l.snoop(w, f)
	case *action.Mirror:
		l.mirror(w, f, a)
	case *action.Log:
		l.log(w, f, a)
	case *action.SetMeter:
		l.setMeter(w, f, a)
	case *action.Sample, *action.SetQueue, *action.TriggerEvent, *action.HandleBFDMsg:
		w.sayf(trace.Note, "/* %s */", a)
	case nil: // an empty list: the packet ends here
	default:
		return false
	}
	return true
}

// secure tells whether a port lets a packet pass.
func (l *live) secure(p *port, f *frame, rules func(*portSecurity) []secureRow) bool {
	if p == nil {
		return true
	}
	s, known := l.security[p]
	if !known {
		s = newPortSecurity(p.PortSecurity, l.engine.binder.Env)
		l.security[p] = s
	}
	return s == nil || s.check(rules(s), &f.key)
}

// forward sends the packet to one of the ports of a forwarding group.
func (l *live) forward(w *walk, f *frame, a *action.FwdGroup) {
	if len(a.ChildPorts) == 0 {
		return
	}
	i := lb.NewBalancer(len(a.ChildPorts), nil).Pick(l.tuple(f), &f.pkt.Hash)
	c := w.fork(f)
	fieldOutport.Set64(&c.key, uint64(l.net.number(f.dp, a.ChildPorts[i])))
	w.output(c)
	w.join()
}

// mirror sends a copy of the packet, as it is, out of the port that a mirror port of the same datapath leads to.
func (l *live) mirror(w *walk, f *frame, a *action.Mirror) {
	p := l.net.portNamed(a.Port)
	if p != nil && p.MirrorPort != "" {
		p = l.net.portNamed(p.MirrorPort)
	}
	if p != nil && p.dp == f.dp {
		c := w.fork(f)
		fieldOutport.Set64(&c.key, uint64(p.number))
		l.deliver(w, c, p)
		w.join()
	}
}
