package explain

import (
	"fmt"
	"net/netip"
	"sort"
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline"
	"ovnsim/sim/host"
	"ovnsim/sim/trace"
	"ovnsim/topology"
)

// Verdict says of one balancer at one place whether it applied to a flow.
type Verdict struct {
	Balancer string // its name, or the VIP of a balancer without one
	VIP      string // as the row has it
	Place    string // switch or router, "" for a balancer that is attached nowhere
	Reason   Reason
	Stage    string // where it applied, or where the packet was dropped before it could
	Backend  string // that it chose
	Bucket   int    // which one of how many, from 0
	Of       int
	Hairpin  bool   // the backend is the client itself
	Sentence string // the reason in words
	Because  string // what decided: a flow, or the machine
	Remedy   string // the smallest change that may help, "" for none
}

// Judge says of every balancer whose VIP has the address that a flow asked for, at every place where it is attached,
// whether it applied. Balancers that applied come first.
func Judge(t *topology.Topology, f *Flow) []Verdict {
	var out []Verdict
	for _, row := range t.LoadBalancer {
		for _, key := range sortedKeys(row.VIPs) {
			vip, err := lb.ParseEndpoint(key)
			if err != nil || vip.Addr != f.Remote.Addr() {
				continue
			}
			c := &candidate{top: t, flow: f, row: row, key: key, vip: vip}
			out = append(out, c.verdicts()...)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Reason == Applied && out[j].Reason != Applied })
	return out
}

func sortedKeys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// candidate is a balancer's VIP that a flow asked for.
type candidate struct {
	top  *topology.Topology
	flow *Flow
	row  *topology.LoadBalancer
	key  string
	vip  lb.Endpoint
}

// place is where a balancer is attached.
type place struct {
	name    string
	sw      *topology.LogicalSwitch // one of the two
	router  *topology.LogicalRouter
	through string // the group that attaches it, "" for directly
}

func (c *candidate) name() string {
	if c.row.Name != "" {
		return c.row.Name
	}
	return "the balancer of " + c.key
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

// places lists where the balancer is attached, by itself or through a group.
func (c *candidate) places() []place {
	var out []place
	for _, sw := range c.top.LogicalSwitch {
		if g, ok := c.attached(sw.LoadBalancer, sw.LoadBalancerGroup); ok {
			out = append(out, place{name: sw.Name, sw: sw, through: g})
		}
	}
	for _, r := range c.top.LogicalRouter {
		if g, ok := c.attached(r.LoadBalancer, r.LoadBalancerGroup); ok {
			out = append(out, place{name: r.Name, router: r, through: g})
		}
	}
	return out
}

func (c *candidate) attached(rows []*topology.LoadBalancer, groups []*topology.LoadBalancerGroup) (group string, ok bool) {
	for _, r := range rows {
		if r == c.row {
			return "", true
		}
	}
	for _, g := range groups {
		for _, r := range g.LoadBalancer {
			if r == c.row {
				return g.Name, true
			}
		}
	}
	return "", false
}

// finish words a verdict.
func (c *candidate) finish(v Verdict, p place) Verdict {
	v.Balancer, v.VIP, v.Place = c.name(), c.key, p.name
	v.Sentence = v.Reason.Sentence(v.Balancer, p.name)
	v.Remedy = c.remedy(v.Reason, p)
	return v
}

// judge reads the reason off what the flow met.
func (c *candidate) judge(p place) Verdict {
	forward := c.flow.Forward()
	switch {
	case p.router != nil && !centralized(p.router):
		return Verdict{Reason: RouterNotCentralized, Because: "no flow of " + p.name + " knows " + c.key}
	case !c.matches():
		return Verdict{Reason: PortOrProtocol, Because: fmt.Sprintf("it balances %s %s", c.proto(), c.key)}
	case len(forward) == 0:
		return Verdict{Reason: NeverLeftHost, Because: c.neverLeft()}
	case strings.TrimSpace(c.row.VIPs[c.key]) == "":
		return Verdict{Reason: NoBackends}
	}
	for _, j := range forward {
		for _, s := range j.stays(p.name) {
			if v, ok := c.chosen(s); ok {
				return c.withReply(v)
			}
		}
	}
	return c.missed(p, forward)
}

// matches tells whether the VIP is for the flow's port and protocol.
func (c *candidate) matches() bool {
	if c.vip.Port == 0 {
		return true
	}
	proto, err := lb.ParseProto(c.row.Protocol)
	return err == nil && c.vip.Port == c.flow.Remote.Port() && proto == c.flow.Proto
}

func (c *candidate) proto() string {
	if c.row.Protocol == "" {
		return "tcp"
	}
	return c.row.Protocol
}

// centralized tells whether a router runs on one chassis, wholly or at a gateway port.
func centralized(r *topology.LogicalRouter) bool {
	if r.Options["chassis"] != "" {
		return true
	}
	for _, p := range r.Ports {
		if len(p.GatewayChassis) > 0 || p.HAChassisGroup != nil || p.Options["redirect-chassis"] != "" {
			return true
		}
	}
	return false
}

// neverLeft says why the machine sent nothing.
func (c *candidate) neverLeft() string {
	switch c.flow.Stop {
	case host.NoRoute:
		return fmt.Sprintf("%s has no route to %s", c.flow.From, c.flow.Remote.Addr())
	case host.NoNeighbour:
		if c.flow.Detail != "" {
			return c.flow.Detail
		}
		return "nobody answered ARP for the next hop"
	}
	return c.flow.Stop.String()
}

// chosen finds the balancer's choice in a visit.
func (c *candidate) chosen(s stay) (Verdict, bool) {
	var table *trace.Event
	for i := range s.events {
		switch ev := &s.events[i]; ev.Kind {
		case trace.Table:
			table = ev
		case trace.Choose:
			if !strings.HasSuffix(ev.Choice.Packet, "->"+netip.AddrPortFrom(c.vip.Addr, c.flow.Remote.Port()).String()) || table == nil || table.Flow == nil {
				continue
			}
			v := Verdict{Reason: Applied, Stage: table.Stage, Backend: ev.Choice.Backend, Bucket: ev.Choice.Bucket, Of: ev.Choice.Of, Because: table.Flow.Match}
			if strings.Contains(table.Flow.Match, "reg9[6] == 1") {
				v.Reason = Affinity
			}
			v.Hairpin = backendIs(ev.Choice.Backend, c.flow.Local.Addr())
			return v, true
		}
	}
	return Verdict{}, false
}

func backendIs(backend string, a netip.Addr) bool {
	e, err := lb.ParseEndpoint(backend)
	return err == nil && e.Addr == a
}

// withReply looks whether what came back was translated back.
func (c *candidate) withReply(v Verdict) Verdict {
	if c.flow.Stop == host.Answered || c.flow.Stop == host.Refused {
		return v
	}
	for _, j := range c.flow.Reply() {
		end := j.End()
		for _, port := range end.Delivered {
			if port == c.flow.Port && !translatedBack(j, c.flow) {
				v.Reason = ReplyNotUntranslated
				v.Because = "the reply came back from " + j.Tuple.Src.String()
			}
		}
	}
	return v
}

// translatedBack tells whether a reply's source became the address that was asked for.
func translatedBack(j *Journey, f *Flow) bool {
	for i := range j.Events.Events {
		if tr := j.Events.Events[i].Tracking; tr != nil && strings.Contains(tr.Now, " "+f.Remote.String()+"->") {
			return true
		}
	}
	return false
}

// missed says why a balancer did not choose although packets were sent.
func (c *candidate) missed(p place, forward []*Journey) Verdict {
	var visit *stay
	var journey *Journey
	for _, j := range forward {
		if s := j.stays(p.name); len(s) > 0 {
			visit, journey = &s[0], j
			break
		}
	}
	if visit == nil {
		end := forward[0].End()
		because := fmt.Sprintf("it went %s", strings.Join(forward[0].Path(), " → "))
		if len(end.Delivered) == 0 {
			because += fmt.Sprintf(" and was dropped there in %s", end.Stage)
		}
		return Verdict{Reason: NotOnPath, Because: because, Stage: end.Stage}
	}
	last := lastTable(visit.events)
	switch {
	case translatedBefore(journey, p.name, c.vip.Addr):
		return Verdict{Reason: AlreadyTranslated, Because: "its destination was another one by then"}
	case p.sw != nil && fromRouter(visit.in):
		return Verdict{Reason: EnteredByRouterPort, Because: "it came in by " + visit.in.Name}
	case established(visit.events):
		return Verdict{Reason: AlreadyEstablished}
	case last != nil && rejectsVIP(last):
		return Verdict{Reason: BackendsOffline, Because: last.Flow.Match, Stage: last.Stage}
	case p.router != nil && !dropped(visit.events):
		return Verdict{Reason: NotResident}
	case last != nil:
		return Verdict{Reason: DroppedBefore, Because: matchOf(last), Stage: last.Stage}
	}
	return Verdict{Reason: DroppedBefore}
}

func lastTable(events []trace.Event) *trace.Event {
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Kind == trace.Table {
			return &events[i]
		}
	}
	return nil
}

func matchOf(ev *trace.Event) string {
	if ev.Flow == nil {
		return "no flow matched"
	}
	return ev.Flow.Match
}

// fromRouter tells whether a packet came to a switch from a router.
func fromRouter(in *trace.Port) bool {
	return in != nil && in.Binding != nil && (in.Binding.Type == "patch" || in.Binding.Type == "l3gateway")
}

// established tells whether the packet's connection was there before.
func established(events []trace.Event) bool {
	for i := range events {
		if tr := events[i].Tracking; tr != nil {
			return strings.HasPrefix(tr.State, "est")
		}
	}
	return false
}

// rejectsVIP tells whether a flow refuses what is for a VIP: what OVN writes when no backend is left.
func rejectsVIP(ev *trace.Event) bool {
	stage := pipeline.StageNamed(ev.Stage)
	if stage != pipeline.LsInLB && stage != pipeline.LrInDNAT || ev.Flow == nil {
		return false
	}
	return ev.Flow.Priority > 0 && (strings.Contains(ev.Flow.Actions, "drop") || strings.Contains(ev.Flow.Actions, "reject"))
}

// dropped tells whether a visit ended in a drop.
func dropped(events []trace.Event) bool {
	for i := range events {
		if events[i].Kind == trace.Act && events[i].Action == nil {
			return true
		}
	}
	return false
}

// translatedBefore tells whether a packet's destination was no longer the VIP when it came to a place.
func translatedBefore(j *Journey, place string, vip netip.Addr) bool {
	for i := range j.Events.Events {
		ev := &j.Events.Events[i]
		if ev.Kind == trace.Enter && ev.Datapath.Name == place {
			return false
		}
		if ev.Choice != nil && ev.Datapath.Name != place {
			return true
		}
	}
	return false
}
