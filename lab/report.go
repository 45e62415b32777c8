package lab

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"unicode/utf8"

	"ovnsim/explain"
	"ovnsim/pipeline/northd"
	"ovnsim/sim/trace"
)

// Report tells the story of a lab in a terminal.
type Report struct {
	Out   io.Writer
	Color bool // paint what passed and what failed
	Trace bool // show the stages that the first packets met
	err   error
}

func (r *Report) printf(format string, args ...any) {
	if r.err == nil {
		_, r.err = fmt.Fprintf(r.Out, format, args...)
	}
}

// mark is the word for what passed or failed.
func (r *Report) mark(pass bool) string {
	word, paint := "ok  ", "32"
	if !pass {
		word, paint = "FAIL", "31"
	}
	if !r.Color {
		return word
	}
	return "\x1b[" + paint + "m" + word + "\x1b[0m"
}

// Head begins the story.
func (r *Report) Head(l *Lab) error {
	name := l.Name
	if name == "" {
		name = l.File
	}
	r.printf("%s (as OVN %s does it)\n", name, northd.Version)
	return r.err
}

// Scenario tells what happened in a scenario.
func (r *Report) Scenario(o *Outcome) error {
	r.printf("\n== %s\n", o.Scenario.Name)
	for _, line := range lines(o.Scenario.Run) {
		r.printf("   $ %s\n", line)
	}
	for _, line := range lines(o.Output) {
		r.printf("   | %s\n", line)
	}
	if o.Failed != "" {
		r.printf("%s the script failed: %s\n", r.mark(false), o.Failed)
	}
	for _, a := range o.Asked {
		r.asked(a)
	}
	return r.err
}

func lines(text string) []string {
	text = strings.TrimRight(text, "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// asked tells of one expectation: who asked whom, who answered, where it was balanced or why not.
func (r *Report) asked(a *Asked) {
	if a.From == "" {
		r.printf("%s %s\n", r.mark(len(a.Misses) == 0), a.looked())
	} else {
		r.printf("%s %s asks %s: %s\n", r.mark(len(a.Misses) == 0), a.From, a.What(), a.Summary())
	}
	for _, g := range groupVerdicts(a.Results) {
		r.verdict(g, len(a.Results))
	}
	if len(a.Results) > 0 && len(a.Results[0].Verdicts) == 0 {
		r.ending(a.Results[0])
	}
	r.lostReplies(a.Results)
	for _, m := range a.Misses {
		r.printf("     %s: %s\n", a.Pos, m)
	}
	if a.Parted != "" {
		r.printf("     they part %s\n", a.Parted)
	}
	if r.Trace && len(a.Results) > 0 {
		r.trace(a.Results[0].Flow)
	}
}

// Explain tells of one request by itself.
func (r *Report) Explain(res *Result) error {
	for _, g := range groupVerdicts([]*Result{res}) {
		r.verdict(g, 1)
	}
	if len(res.Verdicts) == 0 {
		r.ending(res)
	}
	r.lostReplies([]*Result{res})
	if r.Trace {
		r.trace(res.Flow)
	}
	return r.err
}

// verdictGroup is the equal verdicts of several requests.
type verdictGroup struct {
	explain.Verdict
	count    int
	backends map[string]int
	hairpins int
}

func groupVerdicts(results []*Result) []*verdictGroup {
	var out []*verdictGroup
	index := map[string]*verdictGroup{}
	for _, res := range results {
		for _, v := range res.Verdicts {
			key := fmt.Sprint(v.Balancer, v.Place, v.Reason, v.Stage)
			g := index[key]
			if g == nil {
				g = &verdictGroup{Verdict: v, backends: map[string]int{}}
				index[key] = g
				out = append(out, g)
			}
			g.count++
			if v.Backend != "" {
				g.backends[v.Backend]++
			}
			if v.Hairpin {
				g.hairpins++
			}
		}
	}
	return out
}

func (r *Report) verdict(g *verdictGroup, of int) {
	share := ""
	if g.count != of {
		share = fmt.Sprintf(" (%d of %d)", g.count, of)
	}
	if g.Reason == explain.Applied || g.Reason == explain.Affinity {
		r.printf("     balanced by %s in %s%s: %s\n", g.Place, g.Stage, share, counts(g.backends))
		if g.hairpins > 0 {
			r.printf("     %d of them came back to the client itself, by hairpin\n", g.hairpins)
		}
		return
	}
	r.printf("     not balanced, %s%s: %s", g.Reason, share, g.Sentence)
	if g.Because != "" {
		r.printf(" (%s)", g.Because)
	}
	r.printf("\n")
	if g.Remedy != "" {
		r.printf("       try: %s\n", g.Remedy)
	}
}

func counts(m map[string]int) string {
	var out []string
	for k, n := range m {
		out = append(out, fmt.Sprintf("%s %d×", k, n))
	}
	sort.Strings(out)
	return strings.Join(out, ", ")
}

// ending says where a request without a balancer ended, when it was not answered.
func (r *Report) ending(res *Result) {
	if res.Exit == 0 {
		return
	}
	forward := res.Flow.Forward()
	if len(forward) == 0 {
		r.printf("     nothing left %s", res.Flow.From)
		if res.Flow.Detail != "" {
			r.printf(": %s", res.Flow.Detail)
		}
		r.printf("\n")
		return
	}
	if end := forward[0].End(); len(end.Delivered) == 0 {
		r.printf("     dropped on %s in %s (%s)\n", end.Datapath, end.Stage, orNone(end.Match))
	}
}

func orNone(match string) string {
	if match == "" {
		return "no flow matched"
	}
	return match
}

// lostReplies says which machines could not send what they would.
func (r *Report) lostReplies(results []*Result) {
	lost := map[string]int{}
	for _, res := range results {
		seen := map[string]bool{}
		for _, l := range res.Flow.Lost {
			if l.Machine == res.Flow.From {
				continue
			}
			text := fmt.Sprintf("%s could not answer %s: %s", l.Machine, l.Tuple.Dst, l.Why)
			if !seen[text] {
				lost[text]++
				seen[text] = true
			}
		}
	}
	var texts []string
	for text := range lost {
		texts = append(texts, text)
	}
	sort.Strings(texts)
	for _, text := range texts {
		r.printf("     the reply never left its machine (%d×): %s\n", lost[text], text)
	}
}

// trace shows the stages that the first packet of a request met, and the first that came back.
func (r *Report) trace(f *explain.Flow) {
	for _, way := range []struct {
		name     string
		journeys []*explain.Journey
	}{{"forward", f.Forward()}, {"reply", f.Reply()}} {
		if len(way.journeys) > 0 {
			r.journey(way.name, way.journeys[0])
		}
	}
}

func (r *Report) journey(name string, j *explain.Journey) {
	r.printf("     %s, from %s: %s\n", name, j.Port, j.Packet)
	for i := range j.Events.Events {
		switch ev := &j.Events.Events[i]; ev.Kind {
		case trace.Table:
			match := "no flow matches"
			if ev.Flow != nil {
				match = ev.Flow.Match
			}
			r.printf("       %-12s %-28s %s\n", ev.Datapath.Name, ev.Stage, match)
		case trace.Choose:
			r.printf("       %-12s   %s\n", "", ev.Choice)
		case trace.Track:
			r.printf("       %-12s   %s\n", "", ev.Tracking)
		case trace.Deliver:
			r.printf("       %-12s   delivered to %s\n", "", ev.Arrival.Port)
		case trace.Error:
			r.printf("       %-12s   %s\n", "", ev.Text)
		}
	}
}

// Table ends the story: the scenarios, and whether each went as expected.
func (r *Report) Table(outcomes []*Outcome) error {
	width := 0
	for _, o := range outcomes {
		width = max(width, utf8.RuneCountInString(o.Scenario.Name))
	}
	r.printf("\n")
	failed := 0
	for _, o := range outcomes {
		held := 0
		for _, a := range o.Asked {
			if len(a.Misses) == 0 {
				held++
			}
		}
		if !o.Pass() {
			failed++
		}
		r.printf("%s %s%s  %d of %d expectations held\n", r.mark(o.Pass()), o.Scenario.Name,
			strings.Repeat(" ", width-utf8.RuneCountInString(o.Scenario.Name)), held, len(o.Asked))
	}
	r.printf("%d scenarios, %d failed\n", len(outcomes), failed)
	return r.err
}
