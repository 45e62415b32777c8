package sim

import (
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
)

// parsed remembers what the texts of flows come to. Engines of one network's versions, of its chassis, and of networks that
// are alike share one: most flows are the same after a change.
type parsed struct {
	flows       map[flowText]*ready
	classifiers map[flowRun]*classified
}

// keptTexts is from how many texts on parsed begins anew, so that a long session does not fill the memory.
const keptTexts = 1 << 18

func newParsed() *parsed {
	return &parsed{flows: map[flowText]*ready{}, classifiers: map[flowRun]*classified{}}
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
	bound   expr.Match
	free    bool // bound is there: the match names nothing that depends on the network
}

// text reads a flow's text, once.
func (p *parsed) text(t flowText) *ready {
	r := p.flows[t]
	if r == nil {
		if len(p.flows) >= keptTexts {
			*p = *newParsed()
		}
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

// bind binds the match, where names stand for what the engine's scope says.
func (r *ready) bind(b *expr.Binder, s *scope) (expr.Match, error) {
	if r.free {
		return r.bound, nil
	}
	asked := s.asked
	m, err := b.Bind(r.match)
	if err == nil && s.asked == asked {
		r.bound, r.free = m, true
	}
	return m, err
}

// flowRun names a sequence of flows, nearly.
type flowRun struct {
	first, last *ready
	flows       int
}

// classified is a classifier and the rows that it was made of.
type classified struct {
	rows []classifiedRow
	*expr.Classifier
}

type classifiedRow struct {
	*ready
	priority uint16
}

// classifier makes a classifier of flows, or finds the one that was made of the same ones.
func (p *parsed) classifier(flows []*flow) *expr.Classifier {
	if len(flows) < bigShare {
		return classify(flows)
	}
	run := flowRun{flows[0].ready, flows[len(flows)-1].ready, len(flows)}
	if known := p.classifiers[run]; known != nil && known.isOf(flows) {
		return known.Classifier
	}
	c := &classified{make([]classifiedRow, len(flows)), classify(flows)}
	for i, f := range flows {
		if !f.free {
			return c.Classifier
		}
		c.rows[i] = classifiedRow{f.ready, f.Priority}
	}
	p.classifiers[run] = c
	return c.Classifier
}

func (c *classified) isOf(flows []*flow) bool {
	for i, f := range flows {
		if !f.free || c.rows[i] != (classifiedRow{f.ready, f.Priority}) {
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
