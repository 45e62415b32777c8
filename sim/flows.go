package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// flow is a logical flow made ready to run.
type flow struct {
	*pipeline.Flow
	*ready
	bound *bound // of the ready text, as names are here
	rank  uint32 // among flows of equal priority, lowest first
	omit  bool   // it matches everything and only leads on to the next table
}

// before tells which of two flows that a packet matches is met.
func (f *flow) before(g *flow) bool {
	return f.Priority > g.Priority || f.Priority == g.Priority && f.rank < g.rank
}

// rank orders flows of equal priority as ovn-trace happens to (see ranks); of very many flows it tells the buckets alone, which
// only few share. Flows without UUID stay in their order.
func (e *Engine) rank(f *pipeline.Flow) uint32 {
	if f.UUID == [16]byte{} {
		return 0
	}
	if e.rows == 0 {
		all := e.sb.Flows.All()
		if e.rows = buckets(len(all)); len(all) <= rankedFlows {
			e.ranks = ranks(all)
		}
	}
	if e.ranks != nil {
		return e.ranks[f]
	}
	return bucket(f.UUID, e.rows)
}

// laterFlow ranks flows of balancers behind others. A dataplane meets, of flows of equal priority, the one whose kind was
// installed first: a router has its addresses and routes, as a rule, before it has balancers.
const laterFlow = 1 << 31

// ofBalancer tells flows of balancers that others have the priority of: answers for their addresses, and what puts
// fragments to them together, which flows of routes with symmetric replies do as well.
func (f *flow) ofBalancer() bool {
	return f.ready.balanced || f.StageName == "lr_in_defrag" && f.Actions == "ct_dnat;"
}

// rankedFlows is of how many flows all are put in order.
const rankedFlows = 1 << 16

// stages is the tables of a datapath, and the flows that they are made of.
type stages struct {
	tables [2][]table // by pipeline and number
	shares []*share
}

// table is a stage of a datapath: the flow tables to look in. What the datapath has for itself is one, small shares of groups
// are put with it; big groups have theirs in common, so that a network does not cost datapaths times services.
type table struct {
	made   bool // a packet has come by
	passes bool // every packet leads on to the next table: half of a pipeline is such
	own    flowTable
	groups []*flowTable
	name   string
}

// flowTable is flows to choose from, the one that is met first, of those that match, standing first.
type flowTable struct {
	only       *flow            // that every packet matches, where it is the only one
	classifier *expr.Classifier // of others; nil until the first packet
	flows      []*flow
	place
}

// find is the first flow that a packet matches, nil for none.
func (t *flowTable) find(k *expr.Key, p *parsed) *flow {
	if t.only != nil {
		return t.only
	}
	if t.classifier == nil {
		t.classifier = p.classifier(t.place, t.flows)
	}
	if i := t.classifier.Lookup(k); i >= 0 {
		return t.flows[i]
	}
	return nil
}

// share is what the datapaths of a group have in common, by stage.
type share struct {
	*pipeline.Share
	parts [2][]sharePart // by pipeline and number
}

// sharePart is a group's part of a stage. Its flow table is made when a packet comes by.
type sharePart struct {
	name  string
	count int
	flows []*pipeline.Flow
	table *flowTable
}

// deal sorts a share's flows by stage.
func deal(s *pipeline.Share) *share {
	out := &share{Share: s}
	for _, f := range s.Flows {
		parts := &out.parts[f.Pipeline]
		for int(f.Table) >= len(*parts) {
			*parts = append(*parts, sharePart{})
		}
		part := &(*parts)[f.Table]
		if part.count++; part.count == 1 {
			part.name = f.StageName
		}
	}
	room := make([]*pipeline.Flow, len(s.Flows))
	for p := range out.parts {
		for i := range out.parts[p] {
			part := &out.parts[p][i]
			part.flows, room = room[:0:part.count], room[part.count:]
		}
	}
	for _, f := range s.Flows {
		part := &out.parts[f.Pipeline][f.Table]
		part.flows = append(part.flows, f)
	}
	return out
}

// part is the share's part of a stage, nil for none.
func (s *share) part(p pipeline.Pipeline, number uint8) *sharePart {
	if int(number) >= len(s.parts[p]) || s.parts[p][number].count == 0 {
		return nil
	}
	return &s.parts[p][number]
}

// bigShare is from how many flows on a group's share of a stage gets a flow table of its own.
const bigShare = 32

// find is the flow that a packet meets where it stands, nil for none. Tables that have nothing but what leads on are passed by.
func (e *Engine) find(f *frame) *flow {
	tables := e.tables(f)
	for f.at.Table < len(tables) {
		t := &tables[f.at.Table]
		if !t.made {
			e.makeTable(f, t)
		}
		if !t.passes {
			return e.choose(t, &f.key)
		}
		f.at.Table++
	}
	return nil
}

// choose is the flow of a table that a packet meets, nil for none.
func (e *Engine) choose(t *table, key *expr.Key) *flow {
	if e.cutsTTL && ipFrag.Get64(key) != 0 {
		whole := *key // Open vSwitch shows no flow the ports of a fragment, not even of the first, which has them
		clearPorts(&whole)
		key = &whole
	}
	best := t.own.find(key, e.parsed)
	for _, part := range t.groups {
		if found := part.find(key, e.parsed); found != nil && (best == nil || found.before(best)) {
			best = found
		}
	}
	return best
}

// clearPorts takes away the ports of TCP, UDP and SCTP, the type and code of ICMP.
func clearPorts(k *expr.Key) {
	packet.L4Src.Set64(k, 0)
	packet.L4Dst.Set64(k, 0)
}

// tables is the stages of the pipeline that a packet is in.
func (e *Engine) tables(f *frame) []table {
	s := e.stages[f.dp.index]
	if s == nil {
		s = e.beginDatapath(f.dp)
	}
	if f.at.Pipeline == action.Egress {
		return s.tables[pipeline.Egress]
	}
	return s.tables[pipeline.Ingress]
}

func (e *Engine) stageName(f *frame) string {
	if tables := e.tables(f); f.at.Table < len(tables) {
		return tables[f.at.Table].name
	}
	return ""
}

// beginDatapath finds out which stages a datapath has.
func (e *Engine) beginDatapath(dp *datapath) *stages {
	out := &stages{}
	for _, s := range e.sb.Flows.On(dp.Datapath) {
		out.shares = append(out.shares, e.dealt(s))
	}
	for p := range out.tables {
		for _, s := range out.shares {
			if n := len(s.parts[p]); n > len(out.tables[p]) {
				out.tables[p] = append(out.tables[p], make([]table, n-len(out.tables[p]))...)
			}
			for i := range s.parts[p] {
				if t := &out.tables[p][i]; t.name == "" {
					t.name = s.parts[p][i].name
				}
			}
		}
	}
	e.stages[dp.index] = out
	return out
}

// dealt is a share's flows by stage; those of several datapaths are dealt once.
func (e *Engine) dealt(s *pipeline.Share) *share {
	if len(s.Group.Datapaths) < 2 {
		return deal(s)
	}
	out := e.shared[s.Group]
	if out == nil {
		out = deal(s)
		if e.shared == nil {
			e.shared = map[*pipeline.DatapathGroup]*share{}
		}
		e.shared[s.Group] = out
	}
	return out
}

// makeTable parses the flows of the stage where a packet stands.
func (e *Engine) makeTable(f *frame, t *table) {
	p, number := pipeline.Ingress, uint8(f.at.Table)
	if f.at.Pipeline == action.Egress {
		p = pipeline.Egress
	}
	own := &t.own
	own.place = place{f.dp.Name, 1, p, number}
	for _, s := range e.stages[f.dp.index].shares {
		part := s.part(p, number)
		if part == nil {
			continue
		}
		if part.table == nil {
			part.table = &flowTable{place: place{s.Group.Datapaths[0].Name, len(s.Group.Datapaths), p, number}, flows: e.parseAll(part.flows)}
		}
		if len(part.table.flows) >= bigShare && len(s.Group.Datapaths) > 1 {
			t.groups = append(t.groups, part.table)
		} else {
			own.flows = append(own.flows, part.table.flows...)
		}
	}
	own.sort()
	if len(own.flows) == 1 && own.flows[0].bound.always {
		own.only = own.flows[0]
	}
	t.passes = len(t.groups) == 0 && own.only != nil && own.only.omit
	t.made = true
}

func (t *flowTable) sort() {
	order := func(a, b *flow) int { return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.rank, b.rank)) }
	if !slices.IsSortedFunc(t.flows, order) {
		slices.SortStableFunc(t.flows, order)
	}
}

// parseAll makes a share's flows of a stage ready, in the order in which they are met.
func (e *Engine) parseAll(rows []*pipeline.Flow) []*flow {
	room, out := make([]flow, len(rows)), make([]*flow, 0, len(rows))
	for i, row := range rows {
		if e.parse(row, &room[i]) {
			out = append(out, &room[i])
		}
	}
	t := flowTable{flows: out}
	t.sort()
	return t.flows
}

// parse makes a flow ready. One that OVN would refuse does not take effect: that is a warning and false.
func (e *Engine) parse(f *pipeline.Flow, out *flow) bool {
	at := action.At{Pipeline: action.Ingress, Table: int(f.Table)}
	if f.Pipeline == pipeline.Egress {
		at.Pipeline = action.Egress
	}
	r, here := e.text(f)
	if !here {
		return false
	}
	out.Flow, out.ready, out.rank = f, r, e.rank(f)
	err := r.err
	if err == nil {
		out.bound, err = r.bind(&e.binder, e.scope)
	}
	if err != nil {
		e.Warnings = append(e.Warnings, fmt.Sprintf("flow %s %s priority %d left out: %v", f.StageName, f.Match, f.Priority, err))
		return false
	}
	if e.cutsTTL && out.ofBalancer() {
		out.rank |= laterFlow
	}
	if len(r.actions) == 1 && out.bound.always {
		if next, ok := r.actions[0].(*action.Next); ok {
			out.omit = next.From(at) == action.At{Pipeline: at.Pipeline, Table: at.Table + 1}
		}
	}
	return true
}

// text reads a flow's text, with the values of template variables put in. A chassis without a value for one does not have the
// flow; ovn-trace, which knows no chassis, takes such flows for mistakes.
func (e *Engine) text(f *pipeline.Flow) (r *ready, here bool) {
	t := flowText{f.Match, f.Actions, e.binder.IgnoreTOS}
	if r := e.parsed.following(t); r != nil && (r.plain || e.templates == nil) {
		return r, true
	}
	if e.templates != nil {
		var missing, more []string
		t.match, missing = expr.Expand(f.Match, e.templates)
		t.actions, more = expr.Expand(f.Actions, e.templates)
		if len(missing)+len(more) > 0 {
			return nil, false
		}
	}
	return e.parsed.text(t), true
}

// templateVars is the variables of all chassis in one, the first chassis by name counting where they differ: a simulated
// network is on one machine.
func templateVars(sb *pipeline.Southbound) map[string]string {
	vars := map[string]string{}
	for _, chassis := range slices.Backward(slices.Sorted(maps.Keys(sb.TemplateVars))) {
		maps.Copy(vars, sb.TemplateVars[chassis])
	}
	return vars
}

// has tells whether a packet has a field: whether what the field's mention implies holds.
func (e *Engine) has(r expr.Ref, k *expr.Key) bool {
	prereq := r.Symbol().Prereq
	if prereq == "" {
		return true
	}
	for int(r.Sym) >= len(e.prereqs) {
		e.prereqs = append(e.prereqs, nil)
	}
	m := e.prereqs[r.Sym]
	if m == nil {
		x, err := expr.Parse(prereq)
		var bound expr.Match
		if err == nil {
			bound, err = e.binder.Bind(x)
		}
		if err != nil {
			panic("sim: " + prereq + ": " + err.Error()) // the field table is ours
		}
		m = &bound
		e.prereqs[r.Sym] = m
	}
	return m.Eval(k)
}
