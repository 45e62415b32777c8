package northd

import (
	"encoding/binary"
	"sort"
	"strconv"
	"strings"

	"ovnsim/pipeline"
	"ovnsim/topology"
)

// aclFeature evaluates ACLs: every ACL is a flow or two that set a verdict, which the action stage carries out.
var aclFeature = feature{
	name:  "acl",
	title: "ACLs",
	stages: []pipeline.Stage{
		pipeline.LsInPreACL, pipeline.LsInACLEval, pipeline.LsInACLAfterLBEval,
		pipeline.LsOutPreACL, pipeline.LsOutACLEval,
	},
	global: evaluateACLs,
}

// The stages of ACLs by place of evaluation.
var (
	aclPreStage  = [aclStages]pipeline.Stage{pipeline.LsInPreACL, pipeline.LsInPreACL, pipeline.LsOutPreACL}
	aclEvalStage = [aclStages]pipeline.Stage{pipeline.LsInACLEval, pipeline.LsInACLAfterLBEval, pipeline.LsOutACLEval}
)

// aclVariant is what an ACL's flows depend on beside the ACL itself.
type aclVariant struct {
	stateful bool // the switch tracks connections, for an ACL or for a balancer
	tiered   bool // ACLs of the same stage have tiers
}

func evaluateACLs(v *View, e *Emitter) {
	ids := v.persistentACLs()
	for _, scope := range v.aclScopes() {
		for _, a := range scope.acls {
			stage := aclStage(a)
			keys, groups := splitGroups(v, scope.switches, func(s *Switch) aclVariant {
				return aclVariant{s.Stateful(), s.ACL.MaxTier[stage] > 0}
			})
			for _, k := range keys {
				flows := aclFlows{v, e, groups[k], a, k, stage, ids[a]}
				flows.preACL()
				flows.eval()
				flows.logReplies()
			}
		}
	}
}

// aclFlows writes the flows of one ACL on the switches that treat it alike.
type aclFlows struct {
	v     *View
	e     *Emitter
	on    *Group
	acl   *topology.ACL
	k     aclVariant
	stage int
	id    int // of an ACL with persist-established, else 0
}

// preACL keeps traffic of an allow-stateless ACL out of connection tracking.
func (f aclFlows) preACL() {
	if f.acl.Action == "allow-stateless" && f.k.stateful {
		f.e.AddGroup(f.on, aclPreStage[f.stage], int(f.acl.Priority)+1000, f.acl.Match, F(regStateless+" = 1; next;"))
	}
}

func (f aclFlows) eval() {
	log := f.log()
	switch a := f.acl; {
	case a.NetworkFunctionGroup != nil && !(isAllow(a) && f.k.stateful): // makes no sense to ovn-northd, which leaves it out
	case a.Action == "pass":
		f.add("", log+f.label(false)+"next;")
	case a.Action == "allow-stateless", isAllow(a) && !f.k.stateful:
		f.add("", log+F(regAllow+" = 1; ")+f.label(false)+"next;")
	case isAllow(a):
		f.allow(log)
	default:
		f.deny(log)
	}
}

// allow is for new connections, which are to be committed, and for known ones, which are committed again when there is
// something to note with them.
func (f aclFlows) allow(log string) {
	persist, again := "", ""
	if f.id != 0 {
		persist = F(regACLID+" = %d; "+regPersist+" = 1; ", f.id)
	}
	rest := f.label(true) + f.redirect() + "next;"
	if f.acl.Label != 0 || f.acl.SampleEst != nil || f.acl.NetworkFunctionGroup != nil {
		again = F(regCommit + " = 1; ")
	}
	f.add(regHintNew+" == 1 && ", log+F(regAllow+" = 1; ")+persist+rest)
	f.add(regHintKnown+" == 1 && ", log+F(regAllow+" = 1; ")+again+rest)
}

// deny is for new connections, and for known ones, which are marked: they were allowed and are no longer.
func (f aclFlows) deny(log string) {
	verdict := F(regDrop + " = 1; ")
	if f.acl.Action == "reject" {
		verdict = F(regReject + " = 1; ")
	}
	verdict = log + verdict + f.label(false)
	if !f.k.stateful {
		f.add("", verdict+"next;")
		return
	}
	point := int64(0)
	if f.acl.SampleEst != nil {
		point = f.acl.SampleEst.Metadata
	}
	f.add(regHintDrop+" == 1 && ", verdict+"next;")
	f.add(regHintBlock+" == 1 && ", verdict+F("ct_commit { ct_mark.blocked = 1; ct_label.obs_point_id = %d; }; next;", point))
}

// add adds a flow of the evaluation stage, which matches while the tier is the ACL's.
func (f aclFlows) add(hint text, actions string) {
	match := string(hint) + "(" + f.acl.Match + ")"
	if f.k.tiered {
		match = F(regTier+" == %d && ", f.acl.Tier) + match
	}
	f.e.AddGroup(f.on, aclEvalStage[f.stage], int(f.acl.Priority)+1000, match, actions)
}

// redirect sends an allowed connection through a network function.
func (f aclFlows) redirect() string {
	g := f.acl.NetworkFunctionGroup
	if g == nil {
		return ""
	}
	return F(regRedirect+" = 1; "+regRedirectRequest+" = 1; "+regNetworkFunction+" = %d; ", g.ID)
}

// logReplies logs what comes back on connections that an ACL allowed, in the other pipeline. The label tells whose they
// are.
func (f aclFlows) logReplies() {
	a := f.acl
	if !f.k.stateful || !a.Log || a.Label == 0 || !isAllow(a) || !boolOption(a.Options, "log-related", false) {
		return
	}
	stage := pipeline.LsOutACLEval
	if f.stage == toLport {
		stage = pipeline.LsInACLEval
	}
	actions := f.log() + F(regRedirect+" = ct_label.nf; "+regAllow+" = 1; next;")
	f.e.AddGroup(f.on, stage, 65533, F("ct.est && !ct.rel && ct.rpl && ct_mark.blocked == 0 && ct_label.label == %d", a.Label), actions)
	f.e.AddGroup(f.on, stage, 65533, F("!ct.est && ct.rel && !ct.new && ct_mark.blocked == 0 && ct_label.label == %d", a.Label), actions)
}

// isAllow says whether an ACL allows connections: in a switch that tracks any, allow tracks, too.
func isAllow(a *topology.ACL) bool { return a.Action == "allow" || a.Action == "allow-related" }

// log is the action that logs a packet, with a blank after it; "" where the ACL does not log.
func (f aclFlows) log() string {
	a := f.acl
	if !a.Log {
		return ""
	}
	name, severity, meter := "", a.Severity, ""
	if a.Name != "" {
		name = F(`name="%s", `, a.Name)
	}
	if severity == "" {
		severity = "info"
	}
	if a.Meter != "" {
		meter = F(`, meter="%s"`, f.v.aclMeter(a))
	}
	return F("log(%sseverity=%s, verdict=%s%s); ", name, severity, aclVerdicts[a.Action], meter)
}

// aclVerdicts is what log records call the actions.
var aclVerdicts = map[string]string{
	"allow": "allow", "allow-related": "allow", "allow-stateless": "allow", "drop": "drop", "reject": "reject", "pass": "pass",
}

// aclMeter is the name of an ACL's meter: a fair one limits each ACL for itself.
func (v *View) aclMeter(a *topology.ACL) string {
	if m := v.meter(a.Meter); m != nil && m.Fair != nil && *m.Fair {
		return a.Meter + "__" + a.UUID.String()
	}
	return a.Meter
}

// meter is the meter with a name, nil for none.
func (v *View) meter(name string) *topology.Meter {
	if v.meters == nil {
		v.meters = map[string]*topology.Meter{}
		for _, m := range v.Topology.Meter {
			v.meters[m.Name] = m
		}
	}
	return v.meters[name]
}

// protection is what control-plane protection gives for each protocol's packets to the controller: the meters that exist.
func (v *View) protection(c *topology.Copp) map[string]string {
	if c == nil {
		return nil
	}
	out := map[string]string{}
	for protocol, name := range c.Meters {
		if v.meter(name) != nil {
			out[protocol] = name
		}
	}
	return out
}

// persistentACLs numbers the ACLs whose connections stay allowed: as before, else from 1 in the order in which ovn-northd
// walks its rows.
func (v *View) persistentACLs() map[*topology.ACL]int {
	ids, used := map[*topology.ACL]int{}, map[int]bool{}
	var asking []*topology.ACL
	before := v.persistentBefore()
	for _, a := range v.Topology.ACL {
		if a.Action != "allow-related" || !boolOption(a.Options, "persist-established", false) {
			continue
		}
		if id := before[a.UUID.String()[:8]]; id != 0 && !used[id] {
			ids[a], used[id] = id, true
		} else {
			asking = append(asking, a)
		}
	}
	mask := tableMask(len(v.Topology.ACL))
	slot := func(a *topology.ACL) uint32 { return binary.BigEndian.Uint32(a.UUID[:4]) & mask }
	sort.SliceStable(asking, func(i, j int) bool {
		a, b := asking[i], asking[j]
		return slot(a) < slot(b) || slot(a) == slot(b) && string(a.UUID[:]) > string(b.UUID[:]) // a bucket has the last first
	})
	next := 1
	for _, a := range asking {
		for used[next] {
			next++
		}
		ids[a], used[next] = next, true
	}
	return ids
}

// persistentBefore reads the numbers off the flows that were there before: by the first digits of the ACLs' UUIDs.
func (v *View) persistentBefore() map[string]int {
	out := map[string]int{}
	for _, f := range v.flowsBefore {
		if _, rest, ok := strings.Cut(f.Actions, regACLID+" = "); ok && f.Hint != "" && !strings.HasPrefix(f.Actions, "ct_commit") {
			digits, _, _ := strings.Cut(rest, ";")
			if id, err := strconv.Atoi(digits); err == nil {
				out[f.Hint] = id
			}
		}
	}
	return out
}

// tableMask is the mask of a table of chained buckets that was filled with n rows: it doubles when there are twice as many
// rows as buckets.
func tableMask(n int) uint32 {
	mask := uint32(0)
	for i := range n {
		if uint32(i+1)/2 > mask {
			mask = max(3, mask<<1|1)
		}
	}
	return mask
}
