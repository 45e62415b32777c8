package sim

import (
	"fmt"
	"slices"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
)

// parsed remembers what the texts of flows come to. Engines of one network's versions, of its chassis, and of networks that
// are alike share one: most flows are the same after a change. A name has one number in all of them.
type parsed struct {
	names       *expr.Names // of ports and multicast groups
	flows       map[flowText]*ready
	classifiers map[place]*classified
}

// keptTexts is from how many texts on the next engine begins anew, so that a long session does not fill the memory.
const keptTexts = 1 << 18

func newParsed() *parsed {
	return &parsed{names: &expr.Names{}, flows: map[flowText]*ready{}, classifiers: map[place]*classified{}}
}

// flowText is a flow as it is written, template variables replaced, and how it is read.
type flowText struct {
	match, actions string
	ignoreTOS      bool
}

// ready is a flow's text, read.
type ready struct {
	match   expr.Expr
	actions []action.Action
	err     error

	bound expr.Match // once known
	kept  bool       // bound is the same in every network that has the ports
	ports []string
}

// text reads a flow's text, once.
func (p *parsed) text(t flowText) *ready {
	r := p.flows[t]
	if r == nil {
		r = readText(t)
		p.flows[t] = r
	}
	return r
}

func readText(t flowText) *ready {
	text, err := action.ParseText(t.actions)
	if err != nil {
		return &ready{err: err}
	}
	if len(text.Actions) == 1 {
		if variable, ok := text.Actions[0].(*action.Template); ok {
			return &ready{err: fmt.Errorf("%s: variables without values", variable)}
		}
	}
	match, err := parseAll(t.match, text.Prereqs)
	return &ready{match: match, actions: text.Actions, err: err}
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

// bind binds the match, where names stand for what the engine's scope says. kept tells whether it is the same match as the
// last time.
func (r *ready) bind(b *expr.Binder, s *scope) (m expr.Match, kept bool, err error) {
	if r.kept && s.knowsAll(r.ports) {
		return r.bound, true, nil
	}
	s.asked, s.other = s.asked[:0], false
	m, err = b.Bind(r.match)
	if err == nil && !s.other && !r.kept {
		r.bound, r.kept, r.ports = m, true, slices.Clone(s.asked)
		return m, true, nil
	}
	return m, false, err
}

// place is where a flow table stands: at a stage, of one datapath or of a group of some size.
type place struct {
	datapath string
	members  int
	pipeline pipeline.Pipeline
	number   uint8
}

// classified is a classifier and the flows that it was made of.
type classified struct {
	rows []classifiedRow
	*expr.Classifier
}

type classifiedRow struct {
	*ready
	priority uint16
}

// classifier makes a classifier of flows, or finds the one that was made of the same ones at the same place before.
func (p *parsed) classifier(at place, flows []*flow) *expr.Classifier {
	if len(flows) < bigShare {
		return classify(flows)
	}
	if known := p.classifiers[at]; known != nil && known.isOf(flows) {
		return known.Classifier
	}
	c := &classified{make([]classifiedRow, len(flows)), classify(flows)}
	for i, f := range flows {
		if !f.same {
			return c.Classifier
		}
		c.rows[i] = classifiedRow{f.ready, f.Priority}
	}
	p.classifiers[at] = c
	return c.Classifier
}

func (c *classified) isOf(flows []*flow) bool {
	if len(c.rows) != len(flows) {
		return false
	}
	for i, f := range flows {
		if !f.same || c.rows[i] != (classifiedRow{f.ready, f.Priority}) {
			return false
		}
	}
	return true
}

func classify(flows []*flow) *expr.Classifier {
	rows := make([]expr.Row, len(flows))
	for i, f := range flows {
		rows[i] = expr.Row{Priority: f.Priority, Match: f.match}
	}
	return expr.NewClassifier(rows)
}
