package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// flow is a logical flow made ready to run.
type flow struct {
	*pipeline.Flow
	*ready
	match  expr.Match
	same   bool   // match is the ready text's own
	always bool   // every packet matches
	rank   uint32 // among flows of equal priority, lowest first
	omit   bool   // it matches everything and only leads on to the next table
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
func ofBalancer(f *pipeline.Flow) bool {
	return strings.Contains(f.Match, "$_rtr_lb_") || f.StageName == "lr_in_defrag" && f.Actions == "ct_dnat;"
}

// rankedFlows is of how many flows all are put in order.
const rankedFlows = 1 << 16

// table is a stage of a datapath: the flow tables to look in. What the datapath has for itself is one, small shares of groups
// are put with it; big groups have theirs in common, so that a network does not cost datapaths times services.
type table struct {
	name  string
	parts []*flowTable
}

// flowTable is flows to choose from, the one that is met first, of those that match, standing first.
type flowTable struct {
	place
	flows      []*flow
	classifier *expr.Classifier // nil until the first packet
}

// find is the first flow that a packet matches, nil for none.
func (t *flowTable) find(k *expr.Key, p *parsed) *flow {
	if len(t.flows) == 1 && t.flows[0].always {
		return t.flows[0] // half of a pipeline is tables with nothing in them but what leads on
	}
	if t.classifier == nil {
		t.classifier = p.classifier(t.place, t.flows)
	}
	if i := t.classifier.Lookup(k); i >= 0 {
		return t.flows[i]
	}
	return nil
}

// tableOfGroup is a stage of all datapaths in a group.
type tableOfGroup struct {
	group    *pipeline.DatapathGroup
	pipeline pipeline.Pipeline
	number   uint8
}

// bigShare is from how many flows on a group's share of a stage gets a flow table of its own.
const bigShare = 32

// find is the flow that a packet meets where it stands, nil for none.
func (e *Engine) find(f *frame) *flow {
	t := e.table(f)
	if t == nil {
		return nil
	}
	key := &f.key
	if e.cutsTTL && ipFrag.Get64(key) != 0 {
		whole := f.key // Open vSwitch shows no flow the ports of a fragment, not even of the first, which has them
		clearPorts(&whole)
		key = &whole
	}
	var best *flow
	for _, part := range t.parts {
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

// table is the stage where a packet stands, nil for none.
func (e *Engine) table(f *frame) *table {
	dp := f.dp
	if !dp.begun {
		e.beginDatapath(dp)
	}
	p := pipeline.Ingress
	if f.at.Pipeline == action.Egress {
		p = pipeline.Egress
	}
	if f.at.Table >= len(dp.tables[p]) {
		return nil
	}
	t := dp.tables[p][f.at.Table]
	if t != nil && t.parts == nil {
		e.makeTable(dp, p, uint8(f.at.Table), t)
	}
	return t
}

func (e *Engine) stageName(f *frame) string {
	if t := e.table(f); t != nil {
		return t.name
	}
	return ""
}

// beginDatapath finds out which stages a datapath has.
func (e *Engine) beginDatapath(dp *datapath) {
	dp.begun = true
	dp.shares = e.sb.Flows.On(dp.Datapath)
	for _, s := range dp.shares {
		for _, f := range s.Flows {
			tables := &dp.tables[f.Pipeline]
			for int(f.Table) >= len(*tables) {
				*tables = append(*tables, nil)
			}
			if (*tables)[f.Table] == nil {
				(*tables)[f.Table] = &table{name: f.StageName}
			}
		}
	}
}

// makeTable parses a stage's flows.
func (e *Engine) makeTable(dp *datapath, p pipeline.Pipeline, number uint8, t *table) {
	own := &flowTable{place: place{dp.Name, 0, p, number}}
	t.parts = []*flowTable{own}
	for _, s := range dp.shares {
		part := e.share(s, p, number)
		if len(part.flows) >= bigShare && len(s.Group.Datapaths) > 1 {
			t.parts = append(t.parts, part)
		} else {
			own.flows = append(own.flows, part.flows...)
		}
	}
	own.sort()
}

func (t *flowTable) sort() {
	slices.SortStableFunc(t.flows, func(a, b *flow) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.rank, b.rank))
	})
}

// share is a group's part of a stage, made once.
func (e *Engine) share(s *pipeline.Share, p pipeline.Pipeline, number uint8) *flowTable {
	of := tableOfGroup{s.Group, p, number}
	if t := e.shared[of]; t != nil {
		return t
	}
	t := &flowTable{place: place{"", len(s.Group.Datapaths), p, number}}
	for _, f := range s.Flows {
		if f.Pipeline == p && f.Table == number {
			if ready := e.parse(f); ready != nil {
				t.flows = append(t.flows, ready)
			}
		}
	}
	t.sort()
	e.shared[of] = t
	return t
}

// parse makes a flow ready. One that OVN would refuse does not take effect: that is a warning and nil.
func (e *Engine) parse(f *pipeline.Flow) *flow {
	at := action.At{Pipeline: action.Ingress, Table: int(f.Table)}
	if f.Pipeline == pipeline.Egress {
		at.Pipeline = action.Egress
	}
	out := &flow{Flow: f, rank: e.rank(f)}
	if e.cutsTTL && ofBalancer(f) {
		out.rank |= laterFlow
	}
	match, actions, here := e.expand(f)
	if !here {
		return nil
	}
	out.ready = e.parsed.text(flowText{match, actions, e.binder.IgnoreTOS})
	err := out.err
	if err == nil {
		out.match, out.same, err = out.bind(&e.binder, e.scope)
	}
	if err != nil {
		e.Warnings = append(e.Warnings, fmt.Sprintf("flow %s %s priority %d left out: %v", f.StageName, f.Match, f.Priority, err))
		return nil
	}
	out.always = out.match.Always()
	if len(out.actions) == 1 && out.always {
		if next, ok := out.actions[0].(*action.Next); ok {
			out.omit = next.From(at) == action.At{Pipeline: at.Pipeline, Table: at.Table + 1}
		}
	}
	return out
}

// expand puts in the values of template variables. A chassis without a value for one does not have the flow; ovn-trace, which
// knows no chassis, takes such flows for mistakes.
func (e *Engine) expand(f *pipeline.Flow) (match, actions string, here bool) {
	if e.templates == nil {
		return f.Match, f.Actions, true
	}
	match, missing := expr.Expand(f.Match, e.templates)
	actions, more := expr.Expand(f.Actions, e.templates)
	return match, actions, len(missing)+len(more) == 0
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
	m, ok := e.prereqs[prereq]
	if !ok {
		x, err := expr.Parse(prereq)
		var bound expr.Match
		if err == nil {
			bound, err = e.binder.Bind(x)
		}
		if err != nil {
			panic("sim: " + prereq + ": " + err.Error()) // the field table is ours
		}
		m = &bound
		e.prereqs[prereq] = m
	}
	return m.Eval(k)
}

// scope tells matches what names stand for. Names of ports are unique in a database, so that one scope serves all datapaths.
type scope struct {
	engine *Engine
	sets   map[expr.Constant]*expr.Set

	// What a match has asked for.
	asked []string // names of ports and groups that are there
	other bool     // anything else
}

// knowsAll tells whether all names are those of ports or groups.
func (s *scope) knowsAll(names []string) bool {
	for _, name := range names {
		if _, ok := s.engine.net.named(name); !ok {
			return false
		}
	}
	return true
}

// Port is the number of a port or multicast group of any datapath.
func (s *scope) Port(name string) (uint32, bool) {
	number, ok := s.engine.net.named(name)
	if ok {
		s.asked = append(s.asked, name)
	} else {
		s.other = true
	}
	return number, ok
}

// Resident tells whether a port is on this chassis: for ovn-trace, whether there is one. In a
// dataplane a gateway port that no chassis may host is nowhere.
func (s *scope) Resident(name string) bool {
	s.other = true
	p := s.engine.net.ports[name]
	if p == nil || !s.engine.cutsTTL {
		return name == "" || p != nil
	}
	if s.engine.residence != nil && !s.engine.residence.has(s.engine.chassis, name) {
		return false
	}
	return p.Type != "chassisredirect" || p.Chassis != nil || p.HAChassisGroup == nil || len(p.HAChassisGroup.Members) > 0
}

// Set is the members of an address set or a port group, made when first asked for.
func (s *scope) Set(kind expr.ConstantKind, name string) *expr.Set {
	s.other = true
	key := expr.Constant{Kind: kind, Text: name}
	set, known := s.sets[key]
	if known {
		return set
	}
	if kind == expr.AddressSet {
		if members, ok := s.engine.sb.AddressSets.Get(name); ok {
			set, _ = expr.NewAddressSet(members)
		}
	} else {
		set = s.portGroup(name)
	}
	s.sets[key] = set
	return set
}

// portGroup is all ports of a group. The database has one group per datapath, "KEY_NAME", of which matches say NAME.
func (s *scope) portGroup(name string) *expr.Set {
	var ports []uint32
	found := false
	for _, full := range s.engine.portGroups[name] {
		found = true
		for _, p := range s.engine.sb.PortGroups[full] {
			if number, ok := s.Port(p); ok {
				ports = append(ports, number)
			}
		}
	}
	if !found {
		return nil
	}
	return expr.NewPortGroup(ports)
}

// groupNames lists the groups of the database that matches mean by a name.
func groupNames(sb *pipeline.Southbound) map[string][]string {
	out := map[string][]string{}
	for full := range sb.PortGroups {
		out[full] = append(out[full], full)
		if key, name, ok := strings.Cut(full, "_"); ok && strings.Trim(key, "0123456789") == "" && key != "" {
			out[name] = append(out[name], full)
		}
	}
	return out
}
