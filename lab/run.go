package lab

import (
	"bytes"
	"fmt"
	"net/netip"
	"sort"
	"strings"

	"ovnsim/explain"
	"ovnsim/sim/host"
	"ovnsim/sim/packet"
)

// Outcome is a scenario that was played.
type Outcome struct {
	Scenario *Scenario
	Output   string // of its script
	Failed   string // why its script failed, "" when it did not
	Asked    []*Asked
}

// Asked is an expectation that was played, with what came of it.
type Asked struct {
	*Expectation
	Results  []*Result
	Outcomes map[string]int // how often each outcome came
	Misses   []string       // what did not hold, a sentence each
}

// Pass tells whether everything held.
func (o *Outcome) Pass() bool {
	for _, a := range o.Asked {
		if len(a.Misses) > 0 {
			return false
		}
	}
	return o.Failed == ""
}

// Play plays a scenario from the lab file's own state. watch, where it is not nil, is told of the play before it begins.
// The error is about the lab, not about what the scenario expects.
func (l *Lab) Play(s *Scenario, watch func(*Play)) (*Outcome, error) {
	p, err := l.Start()
	if err != nil {
		return nil, err
	}
	if watch != nil {
		watch(p)
	}
	o := &Outcome{Scenario: s}
	var out bytes.Buffer
	if err := p.Run(s.Run, s.RunPos.String(), &out, &out); err != nil {
		o.Failed = err.Error()
	}
	o.Output = out.String()
	for _, e := range s.Expect {
		a, err := p.ask(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Pos, err)
		}
		o.Asked = append(o.Asked, a)
	}
	return o, nil
}

// ask plays an expectation.
func (p *Play) ask(e *Expectation) (*Asked, error) {
	a := &Asked{Expectation: e, Outcomes: map[string]int{}}
	for range e.Times {
		r, err := p.once(e)
		if err != nil {
			return nil, err
		}
		a.Results = append(a.Results, r)
		a.Outcomes[r.Outcome]++
	}
	a.check()
	return a, nil
}

func (p *Play) once(e *Expectation) (*Result, error) {
	if e.Get != "" {
		return p.Get(e.From, e.Get, 0, e.Timeout)
	}
	return p.pingOnce(e)
}

// pingOnce sends one echo request, watched.
func (p *Play) pingOnce(e *Expectation) (*Result, error) {
	addr, err := netip.ParseAddr(e.Ping)
	if err != nil {
		return nil, err
	}
	flow := &explain.Flow{From: e.From, Port: p.machines[e.From].port, Remote: netip.AddrPortFrom(addr, 0), Proto: packet.ProtoICMP}
	if addr.Is6() {
		flow.Proto = packet.ProtoICMPv6
	}
	p.watched = flow
	ping, err := p.PingAddress(e.From, addr, 1)
	p.watched = nil
	if err != nil {
		return nil, err
	}
	flow.Local, flow.Stop = netip.AddrPortFrom(ping.Src, 0), ping.Stop
	if !ping.Src.IsValid() && len(flow.Journeys) > 0 {
		flow.Local = netip.AddrPortFrom(flow.Journeys[0].Tuple.Src, 0)
	}
	r := &Result{Flow: flow, Outcome: "answered", Verdicts: explain.Judge(p.Topology, flow)}
	if ping.Received == 0 {
		r.Exit = 1
		r.Outcome = outcome(exitOfPing(ping.Stop), ping.Stop, "")
	}
	return r, nil
}

// exitOfPing is what curl would have returned for a request that stopped there.
func exitOfPing(s host.Stop) int {
	if s == host.NoRoute || s == host.NoNeighbour || s == host.Unreachable {
		return 7
	}
	return 28
}

// check holds an expectation against what came.
func (a *Asked) check() {
	a.checkAnswers()
	if a.Fails != "" && a.Outcomes[string(a.Fails)] != len(a.Results) {
		a.miss("every request should have been %s, but %s", a.Fails, a.Summary())
	}
	if a.Balanced != "" {
		for _, r := range a.Results {
			if !r.BalancedBy(a.Balanced) {
				a.miss("every request should have been balanced by %s, but %s", a.Balanced, r.Why())
				break
			}
		}
	}
	if a.NotBalanced != nil {
		for _, r := range a.Results {
			if !r.NotBalanced(*a.NotBalanced) {
				a.miss("no request should have been balanced, because of %s, but %s", a.NotBalanced, r.Why())
				break
			}
		}
	}
}

func (a *Asked) checkAnswers() {
	if a.Answers == nil {
		return
	}
	known := map[string]bool{}
	for _, want := range a.Answers {
		known[want.Outcome] = true
		got := a.Outcomes[want.Outcome]
		if want.Count == Some && got == 0 || want.Count != Some && got != want.Count {
			a.miss("%q should have come %s, but %s", want.Outcome, want.times(), a.Summary())
		}
	}
	for _, o := range sortedOutcomes(a.Outcomes) {
		if !known[o] {
			a.miss("nobody expected %q, which came %d times", o, a.Outcomes[o])
		}
	}
}

func (a Answer) times() string {
	if a.Count == Some {
		return "at least once"
	}
	return fmt.Sprintf("%d times", a.Count)
}

func (a *Asked) miss(format string, args ...any) {
	a.Misses = append(a.Misses, fmt.Sprintf(format, args...))
}

// Summary counts the outcomes: "22 × i am vm1, 18 × i am vm2".
func (a *Asked) Summary() string {
	var out []string
	for _, o := range sortedOutcomes(a.Outcomes) {
		out = append(out, fmt.Sprintf("%d × %s", a.Outcomes[o], o))
	}
	return strings.Join(out, ", ")
}

func sortedOutcomes(m map[string]int) []string {
	var out []string
	for o := range m {
		out = append(out, o)
	}
	sort.Strings(out)
	return out
}

// BalancedBy tells whether a balancer applied at a switch or router.
func (r *Result) BalancedBy(place string) bool {
	for _, v := range r.Verdicts {
		if v.Place == place && (v.Reason == explain.Applied || v.Reason == explain.Affinity) {
			return true
		}
	}
	return false
}

// NotBalanced tells whether no balancer applied, at least one of them for this reason.
func (r *Result) NotBalanced(reason explain.Reason) bool {
	found := false
	for _, v := range r.Verdicts {
		if v.Reason == explain.Applied {
			return false
		}
		found = found || v.Reason == reason
	}
	return found
}

// Why is the verdicts in words.
func (r *Result) Why() string {
	var out []string
	for _, v := range r.Verdicts {
		s := v.Sentence
		if v.Reason == explain.Applied {
			s += " (" + v.Stage + ")"
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return "no balancer has the address " + r.Flow.Remote.Addr().String()
	}
	return strings.Join(out, "; ")
}
