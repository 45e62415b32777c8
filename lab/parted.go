package lab

import (
	"fmt"
	"slices"
	"strings"

	"ovnsim/explain"
	"ovnsim/sim/trace"
)

// parted says where what was wanted and what came part: the datapath, the stage, and the flow or machine that decided.
func (a *Asked) parted() string {
	for _, r := range a.Results {
		if text := a.partedOf(r); text != "" {
			return text
		}
	}
	if len(a.Results) > 0 {
		return a.Results[0].where()
	}
	return ""
}

// partedOf is parted for one request; "" when it is not one that went wrong.
func (a *Asked) partedOf(r *Result) string {
	switch {
	case a.Balanced != "" && !r.BalancedBy(a.Balanced):
		return r.missedAt(a.Balanced)
	case a.NotBalanced != nil && !r.NotBalanced(*a.NotBalanced):
		return r.where()
	case a.Path != nil && !slices.Equal(r.Path(), a.Path):
		return r.leftPath(a.Path)
	case a.Fails != "" && r.Outcome != string(a.Fails), a.unwanted(r):
		return r.where()
	case a.Sees != "" && !a.seen(r.Seen):
		if by, to := r.SNAT(); to != "" {
			return fmt.Sprintf("on %s: the source became %s", by, to)
		}
		return "no router translated the source"
	}
	return ""
}

// unwanted tells whether an answer is one that should not have come, or not to that port.
func (a *Asked) unwanted(r *Result) bool {
	if a.Answers == nil {
		return false
	}
	for _, want := range a.Answers {
		if want.Outcome == r.Outcome {
			return want.Amount.Ports != nil && !slices.Contains(want.Amount.Ports, r.Flow.Local.Port()) || want.Amount.Most == 0 && want.Amount.Ports == nil
		}
	}
	return true
}

// missedAt says where a request went past a place that should have balanced it.
func (r *Result) missedAt(place string) string {
	for _, v := range r.Verdicts {
		if v.Place == place {
			text := "on " + place
			if v.Stage != "" {
				text += " in " + v.Stage
			}
			text += fmt.Sprintf(": %s: %s", v.Reason, v.Sentence)
			if v.Because != "" {
				text += " (" + v.Because + ")"
			}
			return text
		}
	}
	path := r.Path()
	switch {
	case len(path) == 0:
		return r.where()
	case slices.Contains(path, place):
		return fmt.Sprintf("on %s: no balancer attached there has the address %s", place, r.Flow.Remote.Addr())
	}
	return fmt.Sprintf("the request went %s and never came to %s; %s", pathText(path), place, r.where())
}

// leftPath says where a request left the way that it should have taken.
func (r *Result) leftPath(want []string) string {
	path := r.Path()
	i := 0
	for i < len(path) && i < len(want) && path[i] == want[i] {
		i++
	}
	if i == 0 {
		return r.where()
	}
	last := lastStage(r.Flow.Forward()[0], path[:i])
	switch {
	case i == len(path):
		return fmt.Sprintf("%s: it went no further, and not to %s; %s", last, want[i], r.where())
	case i == len(want):
		return fmt.Sprintf("%s: it went on to %s", last, path[i])
	}
	return fmt.Sprintf("%s: it went on to %s, not to %s", last, path[i], want[i])
}

// lastStage is the last stage that decided on the last datapath of the beginning of a path.
func lastStage(j *explain.Journey, path []string) string {
	at, stay := "on "+path[len(path)-1], 0
	for i := range j.Events.Events {
		ev := &j.Events.Events[i]
		if ev.Kind != trace.Table {
			continue
		}
		if stay == 0 || ev.Datapath.Name != path[stay-1] {
			if stay++; stay > len(path) {
				break
			}
		}
		if stay == len(path) && decides(ev) {
			at = fmt.Sprintf("on %s in %s (%s)", ev.Datapath.Name, ev.Stage, ev.Flow.Match)
		}
	}
	return at
}

// decides tells whether a flow says where a packet goes.
func decides(ev *trace.Event) bool {
	return ev.Flow != nil && (strings.Contains(ev.Flow.Actions, "outport = ") || strings.Contains(ev.Flow.Actions, "output;"))
}

// where says what decided a request's fate: the stage that dropped it or its answer, the machine that did not answer, or
// the backend that was chosen.
func (r *Result) where() string {
	forward := r.Flow.Forward()
	switch {
	case len(forward) == 0 && r.Flow.Detail != "":
		return fmt.Sprintf("on the machine %s: nothing left it: %s", r.Flow.From, r.Flow.Detail)
	case len(forward) == 0:
		return fmt.Sprintf("on the machine %s: nothing left it: %s", r.Flow.From, r.Flow.Stop)
	case r.Exit == 0:
		return r.chosen(forward[0])
	}
	for _, j := range r.Flow.Journeys { // in the order of time: the first that is lost decides
		what := ""
		switch {
		case slices.Contains(forward, j):
			what = "the request"
		case slices.Contains(r.Flow.Reply(), j):
			what = "the answer"
		}
		if end := j.End(); what != "" && len(end.Delivered) == 0 {
			return fmt.Sprintf("on %s in %s: %s ended there (%s)", end.Datapath, end.Stage, what, orNone(end.Match))
		}
	}
	for _, l := range r.Flow.Lost {
		if l.Machine != r.Flow.From {
			return fmt.Sprintf("on the machine %s: it could not answer %s: %s", l.Machine, l.Tuple.Dst, l.Why)
		}
	}
	return r.chosen(forward[0]) + "; the machine there answered: " + r.Flow.Stop.String()
}

// chosen says which backend a request was sent to, or where it was delivered.
func (r *Result) chosen(j *explain.Journey) string {
	text, stage := "", ""
	for i := range j.Events.Events {
		switch ev := &j.Events.Events[i]; ev.Kind {
		case trace.Table:
			stage = fmt.Sprintf("on %s in %s", ev.Datapath.Name, ev.Stage)
		case trace.Choose:
			text = fmt.Sprintf("%s: %s", stage, ev.Choice)
		case trace.Deliver:
			if text == "" {
				return "it was delivered to " + ev.Arrival.Port
			}
			return text + ", delivered to " + ev.Arrival.Port
		}
	}
	return text
}
