package explain

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/lb"
	"ovnsim/sim/host"
	"ovnsim/sim/trace"
	"ovnsim/topology"
)

// Verdict says of one balancer at one place whether it applied to a flow.
type Verdict struct {
	Balancer string // its name, or the VIP of a balancer without one
	VIP      string // as the row has it
	Place    string // switch or router, "" for a balancer that is attached nowhere
	Through  string // the load balancer group, or the router, that attaches it there; "" for directly
	Reason   Reason
	Stage    string // where it applied, or where the packet was dropped before it could
	Backend  string // that it chose
	Bucket   int    // which one of how many, from 0
	Of       int    // 0 where nothing was drawn
	Zone     string // of the connection
	Chassis  string // where the router is, "" where that is not said
	Hairpin  bool   // the backend is the client itself
	SNAT     string // what the source became on the way, "" where it stayed
	SNATBy   string // the datapath that did it
	Sentence string // the reason in words
	Because  string // what decided: a flow, or the machine
	Changes  []Change
	Remedy   string   // the smallest change that was tried and helps (see Verify), "" for none
	Commands []string // that make it
}

// Judge says of every balancer whose VIP has the address that a flow asked for, at every place where it is attached,
// whether it applied. Balancers that applied come first.
func Judge(t *topology.Topology, f *Flow) []Verdict {
	var out []Verdict
	for _, c := range candidates(t, f) {
		out = append(out, c.verdicts()...)
	}
	slices.SortStableFunc(out, func(a, b Verdict) int { return b.applies() - a.applies() })
	return out
}

func (v *Verdict) applies() int {
	if v.Reason == Applied || v.Reason == Affinity {
		return 1
	}
	return 0
}

func (c *candidate) verdicts() []Verdict {
	places := c.places()
	if len(places) == 0 {
		return []Verdict{c.finish(Verdict{Reason: NotAttached}, place{})}
	}
	var out []Verdict
	for _, p := range places {
		out = append(out, c.finish(c.judge(p), p))
	}
	return out
}

// finish words a verdict.
func (c *candidate) finish(v Verdict, p place) Verdict {
	v.Balancer, v.VIP, v.Place, v.Through = c.name(), c.key, p.name, p.through
	v.Sentence = v.Reason.Sentence(v.Balancer, p.name)
	if p.router != nil {
		v.Chassis = chassisOf(p.router)
	}
	if c.flow.Stop != host.Answered && v.Reason != Applied && v.Reason != Affinity {
		v.Changes = c.changes(v.Reason, p)
	}
	return v
}

// judge reads the reason off what the flow met.
func (c *candidate) judge(p place) Verdict {
	if !c.matches() {
		return Verdict{Reason: PortOrProtocol, Because: fmt.Sprintf("it balances %s %s", c.proto(), c.key)}
	}
	for _, j := range c.forward {
		for _, s := range j.stays(p.name) {
			if v, ok := c.chosen(j, &s, p); ok {
				return c.withReply(v, p)
			}
		}
	}
	switch {
	case p.router != nil && !centralized(p.router):
		return Verdict{Reason: RouterNotCentralized, Because: c.whereItWent()}
	case len(c.forward) == 0:
		return Verdict{Reason: NeverLeftHost, Because: c.neverLeft()}
	}
	return c.missed(p)
}

// neverLeft says why the machine sent nothing.
func (c *candidate) neverLeft() string {
	switch {
	case c.flow.Stop == host.NoRoute:
		return fmt.Sprintf("%s has no route to %s", c.flow.From, c.flow.Remote.Addr())
	case c.flow.Detail != "":
		return c.flow.Detail
	}
	return c.flow.Stop.String()
}

// whereItWent says how far the flow's first packet came.
func (c *candidate) whereItWent() string {
	if len(c.forward) == 0 {
		return c.neverLeft()
	}
	end := c.forward[0].End()
	text := "it went " + strings.Join(c.forward[0].Path(), " → ")
	if len(end.Delivered) == 0 {
		text += fmt.Sprintf(" and ended there in %s", end.Stage)
	}
	return text
}

// chosen finds the balancer's choice in a visit, or that conntrack repeats the choice of an earlier packet.
func (c *candidate) chosen(j *Journey, s *stay, p place) (Verdict, bool) {
	var table *trace.Event
	for i, at := range s.steps {
		switch {
		case at.Kind == trace.Table:
			table = at.Event
		case at.Choice != nil && c.isVIP(at.tuple) && table != nil && table.Flow != nil && c.chose(at.Choice.Backend):
			v := Verdict{Reason: Applied, Stage: table.Stage, Backend: at.Choice.Backend, Bucket: at.Choice.Bucket, Of: at.Choice.Of, Because: table.Flow.Match}
			if strings.Contains(table.Flow.Match, "reg9[6] == 1") { // what chk_lb_aff found
				v.Reason = Affinity
			}
			return c.translated(v, j, s.steps[i:]), true
		case at.Tracking != nil && strings.HasPrefix(at.Tracking.State, "est") && c.isVIP(at.tuple) && table != nil:
			now, ok := parseTuple(at.Tracking.Now)
			if !ok || !c.isBackend(now.Dst, now.DstPort) {
				continue
			}
			v := Verdict{Reason: Applied, Stage: table.Stage, Backend: endpointOf(now, c.vip.Port != 0), Because: "its connection was balanced before: " + at.Tracking.String()}
			return c.translated(v, j, s.steps[i:]), true
		}
	}
	return Verdict{}, false
}

func endpointOf(t lb.Tuple, withPort bool) string {
	e := lb.Endpoint{Addr: t.Dst}
	if withPort {
		e.Port = t.DstPort
	}
	return e.String()
}

// chose tells whether a choice can be this balancer's: flows name backends as the balancer does, with a port or without, which
// tells two balancers of one address apart.
func (c *candidate) chose(backend string) bool {
	e, err := lb.ParseEndpoint(backend)
	return err == nil && slices.Contains(c.backends, e)
}

// translated adds what became of the packet behind the choice.
func (c *candidate) translated(v Verdict, j *Journey, rest []step) Verdict {
	for _, s := range rest {
		if s.Tracking != nil {
			v.Zone = s.Tracking.Zone
			break
		}
	}
	e, err := lb.ParseEndpoint(v.Backend)
	v.Hairpin = err == nil && e.Addr == c.flow.Local.Addr()
	j.steps(func(s step) {
		if s.Tracking == nil || s.tuple.Dst != e.Addr {
			return
		}
		if now, ok := parseTuple(s.Tracking.Now); ok && now.Src != s.tuple.Src {
			v.SNAT, v.SNATBy = now.Src.String(), s.at
		}
	})
	return v
}

// withReply looks whether what came back was translated back.
func (c *candidate) withReply(v Verdict, p place) Verdict {
	if c.flow.Stop == host.Answered || c.flow.Stop == host.Refused {
		return v
	}
	if p.router != nil && !centralized(p.router) {
		v.Reason = RouterNotCentralized
		v.Because = fmt.Sprintf("it chose %s, but no flow of %s translates the reply back", v.Backend, p.name)
		return v
	}
	for _, j := range c.flow.Reply() {
		for _, a := range j.arrivals() {
			if a.port == c.flow.Port && a.tuple.Src != c.flow.Remote.Addr() {
				v.Reason = ReplyNotUntranslated
				v.Because = fmt.Sprintf("the reply went %s and came from %s", strings.Join(j.Path(), " → "), netip.AddrPortFrom(a.tuple.Src, a.tuple.SrcPort))
			}
		}
	}
	return v
}

// missed says why a balancer did not choose although packets were sent.
func (c *candidate) missed(p place) Verdict {
	var s *stay
	for _, j := range c.forward {
		if all := j.stays(p.name); len(all) > 0 {
			s = &all[0]
			break
		}
	}
	if s == nil {
		return Verdict{Reason: NotOnPath, Because: c.whereItWent(), Stage: c.forward[0].End().Stage}
	}
	stage := balancingStage(p.router != nil)
	met := s.at(stage)
	switch last := s.last(); {
	case s.tuple.Dst != c.vip.Addr:
		return Verdict{Reason: AlreadyTranslated, Because: fmt.Sprintf("on %s its destination became %s", s.before, s.tuple.Dst)}
	case p.sw != nil && fromRouter(s.in):
		return Verdict{Reason: EnteredByRouterPort, Because: "it came in by " + s.in.Name}
	case established(s):
		return Verdict{Reason: AlreadyEstablished, Because: matchOf(met)}
	case met != nil && refuses(met, c.vip.Addr):
		return Verdict{Reason: c.refusal(), Because: met.Flow.Match, Stage: met.Stage}
	case met == nil && !s.passed(stage) && last != nil:
		return Verdict{Reason: DroppedBefore, Because: matchOf(last), Stage: last.Stage}
	case met == nil && p.router != nil && chassisOf(p.router) == "" && centralized(p.router):
		return Verdict{Reason: NotResident, Stage: stage.String(), Because: "none of its gateway ports is on this chassis"}
	}
	return Verdict{Reason: Bypassed, Because: matchOf(met), Stage: stage.String()}
}

// refusal is the reason of a flow that refuses what is for the VIP: what OVN writes when no backend is left. Without a health
// check that is for want of backends: there are none, or none that is mapped to a port where that is needed.
func (c *candidate) refusal() Reason {
	for _, check := range c.row.HealthCheck {
		if check.VIP == c.key && len(c.backends) > 0 {
			return BackendsOffline
		}
	}
	if len(c.backends) > 0 && c.row.Options["distributed"] != "true" {
		return Bypassed // it is another balancer's flow
	}
	return NoBackends
}

func matchOf(ev *trace.Event) string {
	switch {
	case ev == nil:
		return "no flow of it matched"
	case ev.Flow == nil:
		return "no flow matched in " + ev.Stage
	}
	return ev.Flow.Match
}

// fromRouter tells whether a packet came to a switch from a router.
func fromRouter(in *trace.Port) bool {
	return in != nil && in.Binding != nil && (in.Binding.Type == "patch" || in.Binding.Type == "l3gateway")
}

// established tells whether the packet's connection was there before.
func established(s *stay) bool {
	for _, at := range s.steps {
		if at.Tracking != nil {
			return strings.HasPrefix(at.Tracking.State, "est")
		}
	}
	return false
}

// refuses tells whether a flow is about an address and leads to no backend.
func refuses(ev *trace.Event, vip netip.Addr) bool {
	return ev.Flow != nil && strings.Contains(ev.Flow.Match, ".dst == "+vip.String()) && !strings.Contains(ev.Flow.Actions, "ct_lb") &&
		!strings.Contains(ev.Flow.Actions, "next;")
}
