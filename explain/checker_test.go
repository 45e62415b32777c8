package explain_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/explain"
	"ovnsim/lab"
	"ovnsim/lb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/sim/host"
	"ovnsim/sim/trace"
	"ovnsim/topology"
)

// What follows recomputes verdicts from the raw events, with none of package explain's own reading of them: flat scans, no
// nesting, no state.

// facts is what the events say of a flow at a place.
type facts struct {
	sent        bool     // a packet left the machine
	visited     bool     // one of its packets was in the place's ingress pipeline
	byRouter    bool     // every time it came in by a router's port
	chose       []string // backends that were chosen there for the VIP
	kept        bool     // conntrack knew the connection there, and where it goes
	established bool     // the first look at its connection there found it established
	translated  bool     // its destination was changed before it came there
	refused     bool     // a flow of the balancing stage is about the VIP and chooses no backend
	affinity    bool
	further     bool // it met a flow behind the balancing stage
	arrived     bool // it reached another machine
}

func factsOf(f *explain.Flow, place string, vip lb.Endpoint, balancing pipeline.Stage) facts {
	out := facts{byRouter: true}
	looked := false
	for _, j := range f.Journeys {
		if j.Port != f.Port || j.Tuple.Dst != f.Remote.Addr() || j.Tuple.Proto != f.Proto || j.Tuple.DstPort != f.Remote.Port() && f.Remote.Port() != 0 {
			continue
		}
		out.sent = true
		moved := false // the destination is another one now
		for i := range j.Events.Events {
			ev := &j.Events.Events[i]
			at := ""
			if ev.Datapath != nil {
				at = ev.Datapath.Name
			}
			switch {
			case ev.Kind == trace.Enter && at == place && ev.Pipeline == pipeline.Ingress:
				out.visited = true
				out.translated = out.translated || moved
				out.byRouter = out.byRouter && ev.In != nil && ev.In.Binding != nil && (ev.In.Binding.Type == "patch" || ev.In.Binding.Type == "l3gateway")
			case ev.Kind == trace.Table && at == place && ev.Pipeline == pipeline.Ingress:
				out.further = out.further || ev.Number > balancing.Number()
				if ev.Stage == balancing.String() && ev.Flow != nil && strings.Contains(ev.Flow.Match, "dst == "+vip.Addr.String()) {
					out.refused = out.refused || !strings.Contains(ev.Flow.Actions, "ct_lb")
					out.affinity = out.affinity || strings.HasPrefix(ev.Flow.Match, "reg9[6] == 1")
				}
			case ev.Kind == trace.Choose && at == place && strings.Contains(ev.Choice.Packet, "->"+netip.AddrPortFrom(vip.Addr, 0).String()[:len(netip.AddrPortFrom(vip.Addr, 0).String())-1]):
				out.chose = append(out.chose, ev.Choice.Backend)
			case ev.Kind == trace.Track:
				if at == place && !looked {
					looked, out.established = true, strings.HasPrefix(ev.Tracking.State, "est")
				}
				if at == place && strings.HasPrefix(ev.Tracking.State, "est") && ev.Tracking.Was != "" {
					out.kept = true
				}
				if ev.Tracking.Was != "" {
					moved = !strings.Contains(ev.Tracking.Now, "->"+f.Remote.String())
				}
			case ev.Kind == trace.Deliver:
				out.arrived = out.arrived || ev.Arrival.Port != f.Port
			}
		}
	}
	return out
}

// cameWrong tells whether something came back to the client from an address that it did not ask.
func cameWrong(f *explain.Flow) bool {
	for _, j := range f.Journeys {
		if j.Tuple.Proto != f.Proto || j.Port == f.Port && j.Tuple.Dst == f.Remote.Addr() && (j.Tuple.DstPort == f.Remote.Port() || f.Remote.Port() == 0) {
			continue
		}
		src, asking := j.Tuple.Src, -1
		for i := range j.Events.Events {
			ev := &j.Events.Events[i]
			if asking >= 0 && ev.Depth > asking {
				continue // the router's own question, on the packet's way
			}
			asking = -1
			switch {
			case ev.Kind == trace.Act && isQuestion(ev.Action):
				asking = ev.Depth
			case ev.Kind == trace.Track && ev.Tracking.Now != "":
				_, ends, _ := strings.Cut(ev.Tracking.Now, " ")
				from, _, _ := strings.Cut(ends, "->")
				if ap, err := netip.ParseAddrPort(from); err == nil {
					src = ap.Addr()
				}
			case ev.Kind == trace.Deliver && ev.Arrival.Port == f.Port && src != f.Remote.Addr():
				return true
			}
		}
	}
	return false
}

// isQuestion tells actions that ask for a neighbour.
func isQuestion(a action.Action) bool {
	switch a.(type) {
	case *action.ARP, *action.NDNS:
		return true
	}
	return false
}

// contradictions lists what the events say against the verdicts of a result.
func contradictions(p *lab.Play, r *lab.Result) []string {
	var out []string
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		if text := contradiction(p, r.Flow, v); text != "" {
			out = append(out, fmt.Sprintf("%s of %s at %s: %s", v.Reason, v.Balancer, v.Place, text))
		}
	}
	return out
}

func contradiction(p *lab.Play, f *explain.Flow, v *explain.Verdict) string {
	row := balancerOf(p.Topology, v)
	if row == nil {
		return "there is no such balancer"
	}
	vip := lb.Endpoint{Addr: f.Remote.Addr()}
	stage := pipeline.LsInLB
	isRouter := p.Topology.Router(v.Place) != nil
	if isRouter {
		stage = pipeline.LrInDNAT
	}
	x := factsOf(f, v.Place, vip, stage)
	mine := chosenOf(x.chose, row.VIPs[v.VIP], row.Options["template"] == "true")
	answered := f.Stop == host.Answered
	central := gatewayPorts(p, v.Place)
	wrong := func(is bool, text string) string {
		if is {
			return text
		}
		return ""
	}
	switch v.Reason {
	case explain.Applied, explain.Affinity:
		switch {
		case !mine && !x.kept:
			return "it chose nothing there"
		case mine && !slices.Contains(x.chose, v.Backend):
			return "it did not choose " + v.Backend
		case v.Reason == explain.Affinity && !x.affinity:
			return "no affinity was found"
		case !answered && cameWrong(f):
			return "the answer came from somewhere else"
		}
		return ""
	case explain.RouterNotCentralized:
		return wrong(central || answered && mine, "the router has a gateway, or served the flow")
	case explain.ReplyNotUntranslated:
		return wrong(!mine || answered || !cameWrong(f), "nothing came back from a wrong address")
	case explain.NotAttached:
		return wrong(attachedAnywhere(p.Topology, row), "it is attached")
	case explain.NeverLeftHost:
		return wrong(x.sent, "packets left the machine")
	case explain.PortOrProtocol:
		return wrong(mine, "it chose")
	}
	// For all others the balancer did not choose, and something was sent.
	switch {
	case mine:
		return "it chose a backend there"
	case !x.sent:
		return "nothing was sent"
	case v.Reason == explain.NotOnPath:
		return wrong(x.visited, "packets passed there")
	case !x.visited:
		return "no packet was there"
	}
	switch v.Reason {
	case explain.EnteredByRouterPort:
		return wrong(!x.byRouter, "it came in by another port")
	case explain.NotResident:
		return wrong(!isRouter || !central || !x.further, "it is no router with a gateway port that was passed")
	case explain.NoBackends:
		return wrong(!x.refused || strings.TrimSpace(row.VIPs[v.VIP]) != "" && row.Options["distributed"] != "true", "it has backends, or nothing refused")
	case explain.BackendsOffline:
		return wrong(!x.refused || len(row.HealthCheck) == 0, "no health check, or nothing refused")
	case explain.AlreadyEstablished:
		return wrong(!x.established, "its connection was not established")
	case explain.AlreadyTranslated:
		return wrong(!x.translated, "its destination was still the VIP")
	case explain.DroppedBefore:
		return wrong(x.arrived || x.further, "it went on")
	case explain.Bypassed:
		return wrong(!x.further && !x.refused, "it did not come to the stage")
	}
	return "a reason that the checker does not know"
}

// chosenOf tells whether one of a VIP's backends is among the choices.
func chosenOf(chose []string, backends string, template bool) bool {
	return template && len(chose) > 0 || slices.ContainsFunc(chose, func(b string) bool {
		return slices.ContainsFunc(strings.Split(backends, ","), func(one string) bool { return strings.TrimSpace(one) == b })
	})
}

func balancerOf(t *topology.Topology, v *explain.Verdict) *topology.LoadBalancer {
	for _, row := range t.LoadBalancer {
		if _, has := row.VIPs[v.VIP]; has && row.Name == v.Balancer {
			return row
		}
	}
	return nil
}

func attachedAnywhere(t *topology.Topology, row *topology.LoadBalancer) bool {
	has := func(rows []*topology.LoadBalancer, groups []*topology.LoadBalancerGroup) bool {
		return slices.Contains(rows, row) || slices.ContainsFunc(groups, func(g *topology.LoadBalancerGroup) bool { return slices.Contains(g.LoadBalancer, row) })
	}
	return slices.ContainsFunc(t.LogicalSwitch, func(s *topology.LogicalSwitch) bool { return has(s.LoadBalancer, s.LoadBalancerGroup) }) ||
		slices.ContainsFunc(t.LogicalRouter, func(r *topology.LogicalRouter) bool { return has(r.LoadBalancer, r.LoadBalancerGroup) })
}

// gatewayPorts tells whether the southbound database has gateway ports of a router.
func gatewayPorts(p *lab.Play, router string) bool {
	return slices.ContainsFunc(p.Sim.Southbound().Ports, func(b *pipeline.PortBinding) bool {
		return b.Datapath.Name == router && (b.Type == "l3gateway" || b.Type == "chassisredirect")
	})
}
