package sim

import (
	"fmt"
	"slices"
	"strings"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
)

// parsed remembers what the texts of flows come to. Engines of one network's versions, of its chassis, and of networks that
// are alike share one: most flows are the same after a change. A name has one number in all of them.
type parsed struct {
	names       *expr.Names // of ports and multicast groups
	sets        *keptSets
	flows       map[flowText]*ready
	last        *ready // that text gave
	classifiers map[place]*classified
}

// keptTexts is from how many texts on the next engine begins anew, so that a long session does not fill the memory.
const keptTexts = 1 << 18

func newParsed(names *expr.Names) *parsed {
	return &parsed{names: names, sets: newKeptSets(), flows: map[flowText]*ready{}, last: &ready{}, classifiers: map[place]*classified{}}
}

// flowText is a flow as it is written, template variables replaced, and how it is read.
type flowText struct {
	match, actions string
	ignoreTOS      bool
}

// ready is a flow's text, read.
type ready struct {
	text     flowText
	plain    bool   // without template variables
	balanced bool   // about addresses of balancers
	next     *ready // that was asked for after it the last time
	latest   *bound // what it was bound to last, nil for nothing yet

	match   expr.Expr
	actions []action.Action
	err     error
}

// bound is a match that was bound, and what its names stood for. It does not change.
type bound struct {
	match  expr.Match
	always bool // every packet matches
	asked  []answer
}

// text reads a flow's text, once. Flows come in the same order again and again, so that what followed the last one is tried
// first: comparing costs less than searching.
func (p *parsed) text(t flowText) *ready {
	r := p.following(t)
	if r == nil {
		if r = p.flows[t]; r == nil {
			r = readText(t)
			p.flows[t] = r
		}
		p.last.next, p.last = r, r
	}
	return r
}

// following is the text that followed the last one the last time, if it is the one given; else nil.
func (p *parsed) following(t flowText) *ready {
	r := p.last.next
	if r == nil || r.text != t {
		return nil
	}
	p.last = r
	return r
}

func readText(t flowText) *ready {
	r := &ready{text: t, balanced: strings.Contains(t.match, "$_rtr_lb_")}
	r.plain = !strings.Contains(t.match, "^") && !strings.Contains(t.actions, "^")
	r.match, r.actions, r.err = parseText(t)
	return r
}

func parseText(t flowText) (expr.Expr, []action.Action, error) {
	text, err := action.ParseText(t.actions)
	if err != nil {
		return nil, nil, err
	}
	if len(text.Actions) == 1 {
		if variable, ok := text.Actions[0].(*action.Template); ok {
			return nil, nil, fmt.Errorf("%s: variables without values", variable)
		}
	}
	match, err := parseAll(t.match, text.Prereqs)
	return match, text.Actions, err
}

// parseAll parses a match, with what the flow's actions imply of it.
func parseAll(match string, prereqs []string) (expr.Expr, error) {
	all, err := expr.Parse(match)
	for _, p := range prereqs {
		if err != nil {
			break
		}
		var implied expr.Expr
		implied, err = expr.Parse(p)
		all = expr.All(all, implied)
	}
	return all, err
}

// bind binds the match, where names stand for what the engine's scope says. Where all stand for what they did the last time
// it gives what it did then.
func (r *ready) bind(b *expr.Binder, s *scope) (*bound, error) {
	if r.latest != nil && s.stillSo(r.latest.asked) {
		return r.latest, nil
	}
	s.asked = s.asked[:0]
	m, err := b.Bind(r.match)
	if err == nil {
		r.latest = &bound{m, m.Always(), slices.Clone(s.asked)}
	}
	return r.latest, err
}

// place is where a flow table stands: at a stage, of one datapath or of a group of some size with that one first.
type place struct {
	datapath string
	members  int
	pipeline pipeline.Pipeline
	number   uint8
}

// classified is a classifier and the rows that it was made of.
type classified struct {
	rows []classifiedRow
	*expr.Classifier
}

type classifiedRow struct {
	*bound
	priority uint16
}

// classifier makes a classifier of flows, or finds the one that was made of the same ones at the same place before.
func (p *parsed) classifier(at place, flows []*flow) *expr.Classifier {
	if len(flows) < bigShare {
		return classify(flows)
	}
	known := p.classifiers[at]
	if known == nil || !known.isOf(flows) {
		known = &classified{make([]classifiedRow, len(flows)), classify(flows)}
		for i, f := range flows {
			known.rows[i] = classifiedRow{f.bound, f.Priority}
		}
		p.classifiers[at] = known
	}
	return known.Classifier
}

func (c *classified) isOf(flows []*flow) bool {
	if len(c.rows) != len(flows) {
		return false
	}
	for i, f := range flows {
		if c.rows[i] != (classifiedRow{f.bound, f.Priority}) {
			return false
		}
	}
	return true
}

func classify(flows []*flow) *expr.Classifier {
	rows := make([]expr.Row, len(flows))
	for i, f := range flows {
		rows[i] = expr.Row{Priority: f.Priority, Match: f.bound.match}
	}
	return expr.NewClassifier(rows)
}
