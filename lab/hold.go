package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/explain"
	"ovnsim/pipeline"
	"ovnsim/sim/trace"
)

// What follows holds expectations against what came; the table of clauses says which is for which key. Each notes what it
// misses: what was wanted first, then what came.

func (a *Asked) holdAnswers() {
	if a.Answers == nil {
		return
	}
	known := map[string]bool{}
	for _, want := range a.Answers {
		known[want.Outcome] = true
		if ports := a.portsOf(want.Outcome); !want.Amount.Holds(a.Outcomes[want.Outcome], len(a.Results), ports) {
			a.miss("wanted %q %s; got %s", want.Outcome, want.Amount.wanted(), a.got(want, ports))
		}
	}
	for _, o := range sortedOutcomes(a.Outcomes) {
		if !known[o] {
			a.miss("wanted nobody to get %q; it came %s", o, timesText(a.Outcomes[o]))
		}
	}
}

// portsOf is the source ports of the requests with an outcome.
func (a *Asked) portsOf(outcome string) []uint16 {
	var out []uint16
	for _, r := range a.Results {
		if r.Outcome == outcome {
			out = append(out, r.Flow.Local.Port())
		}
	}
	return out
}

func (a Amount) wanted() string {
	switch {
	case a.Ports != nil:
		return "by " + portsText(a.Ports) + " and no other"
	case a.Percent:
		return "by " + a.String() + " of the requests"
	case a.Least == 1 && a.Most == Any:
		return "at least once"
	case a.Least == a.Most:
		return timesText(a.Least)
	}
	return a.String() + " times"
}

func timesText(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func (a *Asked) got(want Answer, ports []uint16) string {
	if want.Amount.Ports != nil && len(ports) > 0 {
		return "it by " + portsText(ports)
	}
	return a.Summary()
}

func (a *Asked) holdFails() {
	if a.Fails != "" && a.Outcomes[string(a.Fails)] != len(a.Results) {
		a.miss("wanted every request %s; got %s", a.Fails, a.Summary())
	}
}

// each notes the first result that does not hold.
func (a *Asked) each(holds func(*Result) bool, format string, args ...any) {
	for _, r := range a.Results {
		if !holds(r) {
			a.miss(format+"; got: %s", append(args, r.Why())...)
			return
		}
	}
}

func (a *Asked) holdBalanced() {
	if a.Balanced != "" {
		a.each(func(r *Result) bool { return r.BalancedBy(a.Balanced) }, "every request should have been balanced by %s", a.Balanced)
	}
}

func (a *Asked) holdNotBalanced() {
	if a.NotBalanced != nil {
		a.each(func(r *Result) bool { return r.NotBalanced(*a.NotBalanced) }, "no request should have been balanced, because of %s", a.NotBalanced)
	}
}

func (a *Asked) holdPath() {
	if a.Path == nil {
		return
	}
	for _, r := range a.Results {
		if path := r.Path(); !slices.Equal(path, a.Path) {
			a.miss("wanted the path %s; got %s", pathText(a.Path), pathText(path))
			return
		}
	}
}

func pathText(path []string) string {
	if len(path) == 0 {
		return "none: no packet left the machine"
	}
	return strings.Join(path, " → ")
}

func (a *Asked) holdSees() {
	if a.Sees == "" {
		return
	}
	for _, r := range a.Results {
		if !a.seen(r.Seen) {
			got := r.Seen.Addr().String()
			switch {
			case !r.Seen.IsValid():
				got = "that it reached nobody"
			case strings.Contains(a.Sees, r.Seen.Addr().String()+":") || strings.Contains(a.Sees, "]"):
				got = r.Seen.String()
			}
			a.miss("wanted the server to see %s as the source; got %s", a.Sees, got)
			return
		}
	}
}

// seen tells whether a source is the one that a server should see.
func (a *Asked) seen(source netip.AddrPort) bool {
	if addr, err := netip.ParseAddr(a.Sees); err == nil {
		return source.Addr() == addr
	}
	if ap, err := netip.ParseAddrPort(a.Sees); err == nil {
		return source == ap
	}
	m := a.play.machines[a.Sees]
	return m != nil && slices.ContainsFunc(m.Host.Addresses(), func(p netip.Prefix) bool { return p.Addr() == source.Addr() })
}

func (a *Asked) holdSNAT() {
	if a.SNAT == "" {
		return
	}
	for _, r := range a.Results {
		if by, to := r.SNAT(); to == "" && a.SNAT != None || to != "" && a.SNAT != by && a.SNAT != to {
			got := "none"
			if to != "" {
				got = to + " by " + by
			}
			a.miss("wanted the source translation %s; got %s", a.SNAT, got)
			return
		}
	}
}

// SNAT tells where a request's source was translated on its way, and to which address; "" for nowhere.
func (r *Result) SNAT() (by, to string) {
	forward := r.Flow.Forward()
	if len(forward) == 0 {
		return "", ""
	}
	datapath := ""
	for i := range forward[0].Events.Events {
		ev := &forward[0].Events.Events[i]
		if ev.Kind == trace.Table {
			datapath = ev.Datapath.Name
		}
		if ev.Tracking == nil || ev.Tracking.Was == "" {
			continue
		}
		if was, now := sourceOf(ev.Tracking.Was), sourceOf(ev.Tracking.Now); was != now {
			by, to = datapath, now
		}
	}
	return by, to
}

// sourceOf takes the source address out of a packet in words: "tcp 10.0.0.1:80->10.0.0.2:90".
func sourceOf(text string) string {
	_, ends, _ := strings.Cut(text, " ")
	source, _, _ := strings.Cut(ends, "->")
	if ap, err := netip.ParseAddrPort(source); err == nil {
		return ap.Addr().String()
	}
	return source
}

func (a *Asked) holdTrace() {
	if a.Trace.Contains == nil && a.Trace.Lacks == nil || len(a.Results) == 0 {
		return
	}
	text := a.play.traceText(a.Results[0].Flow)
	for _, want := range a.Trace.Contains {
		if !strings.Contains(text, want) {
			a.miss("wanted the trace to contain %q; it does not", want)
		}
	}
	for _, bad := range a.Trace.Lacks {
		if strings.Contains(text, bad) {
			a.miss("wanted the trace without %q; it is there: %s", bad, lineWith(text, bad))
		}
	}
}

// traceText is the way of all packets of a request, in ovn-trace's detailed form.
func (p *Play) traceText(f *explain.Flow) string {
	names := trace.NewNames(p.flows, true)
	var b strings.Builder
	for _, j := range f.Journeys {
		fmt.Fprintf(&b, "# %s from %s: %s\n", j.At, j.Port, j.Packet)
		_ = (trace.Forms{Detailed: true}).Write(&b, j.Events.Events, names) // a strings.Builder takes everything
	}
	return b.String()
}

func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func (a *Asked) holdConntrack() {
	if a.Conntrack.Contains == nil && a.Conntrack.Lacks == nil {
		return
	}
	a.play.inForce()
	var table strings.Builder
	for _, c := range a.play.Sim.Connections() {
		fmt.Fprintln(&table, c)
	}
	for _, want := range a.Conntrack.Contains {
		if lineWith(table.String(), want) == "" {
			a.miss("wanted a connection with %q; got %s", want, tableText(table.String()))
		}
	}
	for _, bad := range a.Conntrack.Lacks {
		if line := lineWith(table.String(), bad); line != "" {
			a.miss("wanted no connection with %q; got %s", bad, line)
		}
	}
}

func tableText(text string) string {
	if text == "" {
		return "an empty table"
	}
	return "\n         " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n         ")
}

func (a *Asked) holdFlows() {
	if a.Flows == nil {
		return
	}
	all, found := a.Flows.find(a.play.current())
	switch {
	case a.Flows.Count != nil && found != *a.Flows.Count:
		a.miss("wanted %d flows %s; got %d of the %d there", *a.Flows.Count, a.Flows, found, all)
	case a.Flows.Count == nil && found == 0:
		a.miss("wanted a flow %s; got none of the %d there", a.Flows, all)
	}
}

// find counts the flows of a place, and those that contain what is wanted.
func (w *FlowsWanted) find(sb *pipeline.Southbound) (all, found int) {
	for _, f := range sb.Flows.All() {
		if w.Stage != "" && f.StageName != w.Stage {
			continue
		}
		text := fmt.Sprintf("table=%d (%s), priority=%d, match=(%s), action=(%s)", f.Table, f.StageName, f.Priority, f.Match, f.Actions)
		holds := !slices.ContainsFunc(w.Contains, func(part string) bool { return !strings.Contains(text, part) })
		for _, dp := range f.Datapaths.Datapaths {
			if w.Datapath != "" && dp.Name != w.Datapath {
				continue
			}
			all++
			if holds {
				found++
			}
		}
	}
	return all, found
}

// String says which flows are wanted.
func (w *FlowsWanted) String() string {
	var words []string
	if w.Stage != "" {
		words = append(words, "in "+w.Stage)
	}
	if w.Datapath != "" {
		words = append(words, "of "+w.Datapath)
	}
	for _, c := range w.Contains {
		words = append(words, fmt.Sprintf("with %q", c))
	}
	return strings.Join(words, " ")
}

// Path lists the switches and routers that a request's first packet passed, in order.
func (r *Result) Path() []string {
	if forward := r.Flow.Forward(); len(forward) > 0 {
		return forward[0].Path()
	}
	return nil
}

func (a *Asked) miss(format string, args ...any) {
	a.Misses = append(a.Misses, fmt.Sprintf(format, args...))
}

// looked says what an expectation that asks nothing looks at.
func (e *Expectation) looked() string {
	var words []string
	if e.Run != "" {
		words = append(words, "$ "+strings.Join(lines(e.Run), "; "))
	}
	if e.Flows != nil {
		words = append(words, "flows "+e.Flows.String())
	}
	for _, c := range e.Conntrack.Contains {
		words = append(words, fmt.Sprintf("a connection with %q", c))
	}
	for _, c := range e.Conntrack.Lacks {
		words = append(words, fmt.Sprintf("no connection with %q", c))
	}
	return strings.Join(words, ", ")
}

// Flows counts the logical flows of a datapath's stage that contain all of some texts.
func (p *Play) Flows(datapath, stage string, contains ...string) int {
	_, n := (&FlowsWanted{Datapath: datapath, Stage: stage, Contains: contains}).find(p.current())
	return n
}

// current is the flows that are in force.
func (p *Play) current() *pipeline.Southbound {
	p.inForce()
	return p.flows
}
