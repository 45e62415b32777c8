package sim

import (
	"fmt"
	"net/netip"
	"strings"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/trace"
)

// Shortcuts is what ovn-trace assumes instead of the state that it does not have (ovn-trace(8), "STATEFUL ACTIONS"). The zero
// value is ovn-trace without options.
type Shortcuts struct {
	CT       []uint32       // --ct: ct_state of each connection tracking action in turn; then established and tracked
	LBDst    netip.AddrPort // --lb-dst: the backend to choose, port 0 for the backend's own; used once
	SelectID uint16         // --select-id: the member to choose, 0 for any
}

// The bits of ct_state (ovs-fields(7)).
const (
	ctNew  = 1 << 0
	ctEst  = 1 << 1
	ctRel  = 1 << 2
	ctRpl  = 1 << 3
	ctInv  = 1 << 4
	ctTrk  = 1 << 5
	ctSNAT = 1 << 6
	ctDNAT = 1 << 7
)

// ctStates is the names of the bits, from the lowest.
var ctStates = [...]string{"new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat"}

// Trace runs a packet as ovn-trace does: it enters a datapath by the port that the key's inport names, which must be one of
// the datapath's. The error is ErrLoop or nil.
func (e *Engine) Trace(dp *pipeline.Datapath, key *expr.Key, s Shortcuts, t Tracer) error {
	e.assumed = shortcuts{Shortcuts: s}
	w := e.begin(&e.assumed, t)
	w.maxDepth = ovnDepth
	d := e.net.datapath(dp)
	if d == nil {
		return fmt.Errorf("datapath %q is not of this database", dp.Name)
	}
	start := frame{key: *key, dp: d, at: action.At{Pipeline: action.Ingress}}
	f := w.fork(&start)
	if t != nil {
		w.enter(d, action.Ingress, w.portNamed(d, uint32(fieldInport.Get64(key))), nil, false)
	}
	w.below(f)
	w.join()
	return w.err
}

// shortcuts is the model of ovn-trace.
type shortcuts struct {
	Shortcuts
	lbDstUsed bool
}

// enterEgress: every register is forgotten, the flags with them; a dataplane keeps the flags.
func (s *shortcuts) enterEgress(f *frame) { clearRegisters(&f.key) }

func clearRegisters(k *expr.Key) {
	for _, r := range allRegisters {
		r.Set(k, expr.Value{})
	}
}

var allRegisters = []expr.Ref{expr.RefTo("xxreg0"), expr.RefTo("xxreg1"), expr.RefTo("xreg4"), expr.RefTo("flags"), expr.RefTo("remote_outport")}

// crossPatch: the packet keeps its metadata; a dataplane forgets connection tracking and flags.
func (s *shortcuts) crossPatch(*frame) {}

// here: ovn-trace knows no chassis.
func (s *shortcuts) here(*frame, *port) bool { return true }

func (s *shortcuts) elsewhere(*walk, *frame, *port, *group) {}

func (s *shortcuts) deliver(w *walk, _ *frame, p *port) {
	if w.tracer == nil {
		return
	}
	to := &trace.Port{Name: "(unnamed)"}
	if p != nil {
		to = p.named()
	}
	w.say(trace.Modify, `output("%s")`, to)
}

// act executes what is left by the engine. Actions that are not here leave the packet as it is.
func (s *shortcuts) act(w *walk, f *frame, a action.Action) {
	switch a := a.(type) {
	case *action.CtNext:
		s.ctNext(w, f)
	case *action.CtDNAT:
		s.ctNAT(w, f, a.NAT, true, "ct_dnat")
	case *action.CtSNAT:
		s.ctNAT(w, f, a.NAT, false, "ct_snat")
	case *action.CtDNATInCzone:
		s.ctNAT(w, f, a.NAT, true, "ct_dnatin_czone")
	case *action.CtSNATInCzone:
		s.ctNAT(w, f, a.NAT, false, "ct_snatin_czone")
	case *action.CtCommitNAT:
		s.ctCommit(w, f, "ct_commit_nat /* assuming no un-nat entry, so no change */")
	case *action.CtCommitToZone:
		s.ctCommit(w, f, [...]string{"ct_commit_to_zone(dnat)", "ct_commit_to_zone(snat)"}[a.Zone])
	case *action.CtLB:
		s.ctLB(w, f, a.Balance, "ct_lb")
	case *action.CtLBMark:
		s.ctLB(w, f, a.Balance, "ct_lb_mark")
	case *action.CtLBMarkLocal:
		s.ctLB(w, f, a.Balance, "ct_lb_mark_local")
	case *action.Select:
		s.choose(w, f, a)
	case *action.CtClear:
		ctClear(f)
	case *action.CtSNATToVIP:
		s.snatToVIP(w, f)
	case *action.CtStateSave:
		s.saveState(w, f, a)
	case *action.CtTpDst:
		s.store(w, f, a.Dst, l4Dst, 0xffff)
	case *action.CtProto:
		s.store(w, f, a.Dst, ipProto, 0xff)
	case *action.Mirror:
		s.mirror(w, f, a)
	case *action.ChkLBHairpin:
		s.hairpin(w, f, a.Dst, uint16(expr.CTTpDst.Get64(&f.key)))
	case *action.ChkLBHairpinReply:
		s.hairpin(w, f, a.Dst, uint16(l4Dst.Get64(&f.key)))
	case *action.Log:
		s.log(w, f, a)
	case *action.FloodRemote:
		w.say(trace.Output, "/* Flood to all remote chassis */")
	default:
		if !s.answer(w, f, a) {
			s.look(w, f, a)
		}
	}
}

func (s *shortcuts) log(w *walk, f *frame, a *action.Log) {
	if w.tracer == nil {
		return
	}
	name, direction := a.Name, "IN"
	if !a.Named {
		name = "<unnamed>"
	}
	if f.at.Pipeline == action.Egress {
		direction = "OUT"
	}
	w.sayf(trace.Fork, "LOG: ACL name=%s, direction=%s, verdict=%s, severity=%s, packet=\"%s\"", name, direction, a.Verdict, a.Severity,
		trace.FormatFlow(&f.key, w.tunnelKeys(f), f.ct))
}

// tunnelKeys are the numbers that Open vSwitch knows the packet's ports by.
func (w *walk) tunnelKeys(f *frame) [2]uint32 {
	var keys [2]uint32
	for i, r := range []expr.Ref{fieldInport, fieldOutport} {
		number := uint32(r.Get64(&f.key))
		if p := w.net.port(f.dp, number); p != nil {
			keys[i] = uint32(p.TunnelKey)
		} else if g := w.net.group(f.dp, number); g != nil {
			keys[i] = uint32(g.TunnelKey)
		}
	}
	return keys
}

// FormatCTState is a ct_state as ovn-trace writes it: est|trk.
func FormatCTState(state uint32) string {
	text := ""
	for i, name := range ctStates {
		if state>>i&1 != 0 {
			if text != "" {
				text += "|"
			}
			text += name
		}
	}
	if text == "" {
		return "0"
	}
	return text
}

// ParseCTState reads the argument of --ct: names separated by commas or spaces; trk is implied.
func ParseCTState(text string) (uint32, error) {
	state := uint32(ctTrk)
	for _, word := range splitFlags(text) {
		found := false
		for i, name := range ctStates {
			if name == word {
				state, found = state|1<<i, true
			}
		}
		if !found {
			return 0, fmt.Errorf("%s: unknown connection tracking state flag", word)
		}
	}
	return state, nil
}

// ParseLBDst reads the argument of --lb-dst: IP, IP:PORT or [IP6]:PORT; an IPv6 address without port may do without brackets.
func ParseLBDst(text string) (netip.AddrPort, error) {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap, nil
	}
	if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")); err == nil {
		return netip.AddrPortFrom(a, 0), nil
	}
	return netip.AddrPort{}, fmt.Errorf("%s: bad address", text)
}

// CheckCTState says which flags of a ct_state cannot be set together (ovs-fields(7), "Connection Tracking Fields"), "" if all can.
func CheckCTState(state uint32) string {
	for _, rule := range []struct {
		a, b uint32
		text string
	}{
		{ctNew, ctEst, `"new" and "est" are mutually exclusive`},
		{ctNew, ctRpl, `"new" and "rpl" are mutually exclusive`},
		{ctInv, ctNew | ctEst | ctRel | ctRpl, `when "inv" is set, only "trk" may also be set`},
	} {
		if state&rule.a != 0 && state&rule.b != 0 {
			return "invalid connection state: " + rule.text
		}
	}
	return ""
}
