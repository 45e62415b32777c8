package lab

import (
	"fmt"
	"sort"
	"strings"

	"ovnsim/explain"
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
	Parted   string         // where what was wanted and what came part, and why: "" when all held, or it is not known

	play *Play
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
