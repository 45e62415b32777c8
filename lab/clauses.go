package lab

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"ovnsim/explain"
	"ovnsim/pipeline"
	"ovnsim/topology"
)

// clause is a key of an expectation: what it says, how it is read, and, where it wants something, how that is held against
// what came.
type clause struct {
	key  string
	says string // for people and for the schema
	form form   // of its value, for the schema
	read func(*reader, *Expectation, *yaml.Node)
	hold func(*Asked) // notes what does not hold; nil for what says only how to ask
	look look         // what it must see of the packets
}

// look is how closely the packets of a request must be watched.
type look uint8

const (
	outcomes look = iota // what came back is enough
	packets              // every stage that they meet
)

// clauses is the table of all keys of an expectation, in the order in which they are checked. Filled in by init, since the
// schema is made from it too.
var clauses []clause

func init() {
	clauses = []clause{
		{"run", "a script to play before asking", aText, func(r *reader, e *Expectation, n *yaml.Node) { e.Run, e.RunPos = r.text(n), r.at(n) }, nil, outcomes},
		{"from", "the machine that asks", aText, func(r *reader, e *Expectation, n *yaml.Node) { e.From = r.text(n) }, nil, outcomes},
		{"get", "the URL to ask for, its host an IP address", aText, func(r *reader, e *Expectation, n *yaml.Node) { e.Get = r.url(n) }, nil, outcomes},
		{"ping", "the address to send an echo request to", aText, func(r *reader, e *Expectation, n *yaml.Node) { e.Ping = r.ip(n) }, nil, outcomes},
		{"udp", "ADDRESS:PORT to send a datagram to", aText, func(r *reader, e *Expectation, n *yaml.Node) { e.UDP = r.addrPort(n) }, nil, outcomes},
		{"payload", "what is in the datagram", aText, func(r *reader, e *Expectation, n *yaml.Node) { e.Payload = r.text(n) }, nil, outcomes},
		{"times", "how many requests", aCount, func(r *reader, e *Expectation, n *yaml.Node) { e.Times = r.count(n, 1) }, nil, outcomes},
		{"ports", "the requests' source ports, one request each: a list, or FIRST..LAST", aPortList, func(r *reader, e *Expectation, n *yaml.Node) { e.Ports = r.ports(n) }, nil, outcomes},
		{"timeout", "how long a client waits, such as 2s", aTime, func(r *reader, e *Expectation, n *yaml.Node) { e.Timeout = r.duration(n) }, nil, outcomes},
		{"answers", "answers (or ways to fail), and how often each comes: some, 3, 2..5, 40%..60%, or the source ports that get it; nothing else may come", anAnswerMap,
			func(r *reader, e *Expectation, n *yaml.Node) {
				r.each(n, func(k, v *yaml.Node) { r.answer(e, k, v) })
			}, (*Asked).holdAnswers, outcomes},
		{"fails", "how every request fails", oneOfForm(failures), func(r *reader, e *Expectation, n *yaml.Node) { e.Fails = Failure(r.oneOf(n, "way to fail", failures)) },
			(*Asked).holdFails, outcomes},
		{"balanced", "the switch or router where a balancer applies to every request", aText, func(r *reader, e *Expectation, n *yaml.Node) { e.Balanced = r.datapath(n) },
			(*Asked).holdBalanced, packets},
		{"not_balanced", "no balancer applies to any request, for this reason", oneOfForm(explain.ReasonNames()), func(r *reader, e *Expectation, n *yaml.Node) {
			if reason, ok := explain.ReasonNamed(r.oneOf(n, "reason", explain.ReasonNames())); ok {
				e.NotBalanced = &reason
			}
		}, (*Asked).holdNotBalanced, packets},
		{"path", "the switches and routers that every request passes, in order", aTextList, func(r *reader, e *Expectation, n *yaml.Node) {
			r.list(n, func(n *yaml.Node) { e.Path = append(e.Path, r.datapath(n)) })
		}, (*Asked).holdPath, packets},
		{"sees_source", "where the server takes every request to come from: an address, ADDRESS:PORT, or a machine", aText,
			func(r *reader, e *Expectation, n *yaml.Node) { e.Sees = r.source(n) }, (*Asked).holdSees, outcomes},
		{"snat", "what the network makes of the requests' source: an address, the router that translates, or none", aText,
			func(r *reader, e *Expectation, n *yaml.Node) { e.SNAT = r.snat(n) }, (*Asked).holdSNAT, packets},
		{"trace", "texts that the first request's trace contains", aTextList, func(r *reader, e *Expectation, n *yaml.Node) { r.texts(n, &e.Trace.Contains) }, (*Asked).holdTrace, packets},
		{"trace_lacks", "texts that it does not contain", aTextList, func(r *reader, e *Expectation, n *yaml.Node) { r.texts(n, &e.Trace.Lacks) }, nil, packets},
		{"conntrack", "texts that the connection table contains afterwards, each in one line as ovs-appctl dpctl/dump-conntrack prints it", aTextList,
			func(r *reader, e *Expectation, n *yaml.Node) { r.texts(n, &e.Conntrack.Contains) }, (*Asked).holdConntrack, outcomes},
		{"conntrack_lacks", "texts that it does not contain", aTextList, func(r *reader, e *Expectation, n *yaml.Node) { r.texts(n, &e.Conntrack.Lacks) }, nil, outcomes},
		{"flows", "logical flows: how many (count) of a datapath and a stage contain all of some texts; without count at least one", aFlows,
			func(r *reader, e *Expectation, n *yaml.Node) { e.Flows = r.flows(n) }, (*Asked).holdFlows, outcomes},
	}
}

func (r *reader) expectation(s *Scenario, n *yaml.Node) {
	e := &Expectation{Pos: r.at(n), Times: 1}
	s.Expect = append(s.Expect, e)
	known := keys{}
	for i := range clauses {
		c := &clauses[i]
		known[c.key] = func(n *yaml.Node) { c.read(r, e, n) }
	}
	r.mapping(n, known, nil)
	r.settleExpectation(e, n)
}

// settleExpectation finds what is wrong between an expectation's keys.
func (r *reader) settleExpectation(e *Expectation, n *yaml.Node) {
	asks := 0
	for _, what := range []string{e.Get, e.Ping, e.UDP} {
		if what != "" {
			asks++
		}
	}
	switch {
	case asks > 1, e.From != "" && asks == 0:
		r.fail(n, "an expectation needs one of get, ping and udp")
	case asks == 1 && e.From == "":
		r.fail(n, "an expectation needs from: which machine asks")
	case asks == 0 && !e.looksOnly() && e.Run == "":
		r.fail(n, "an expectation needs one of get, ping and udp, or flows, or conntrack, or run")
	case asks == 0 && e.wantsOfRequests():
		r.fail(n, "what is expected here is of requests, and nothing is asked: it needs from, and one of get, ping and udp")
	case e.Balanced != "" && e.NotBalanced != nil:
		r.fail(n, "balanced and not_balanced exclude each other")
	case e.Payload != "" && e.UDP == "":
		r.fail(n, "payload is for udp")
	case e.Ports != nil && e.Ping != "":
		r.fail(n, "a ping has no ports")
	case e.Ports != nil && e.Times != 1 && e.Times != len(e.Ports):
		r.fail(n, "%d requests, but %d source ports", e.Times, len(e.Ports))
	}
	if e.Ports == nil {
		e.Ports = portsOfAnswers(e.Answers)
	}
	if e.Ports != nil {
		e.Times = len(e.Ports)
	}
}

// looksOnly tells whether an expectation is about the network itself.
func (e *Expectation) looksOnly() bool {
	return e.Flows != nil || e.Conntrack.Contains != nil || e.Conntrack.Lacks != nil
}

func (e *Expectation) wantsOfRequests() bool {
	return e.Answers != nil || e.Fails != "" || e.Balanced != "" || e.NotBalanced != nil || e.Path != nil || e.Sees != "" || e.SNAT != "" ||
		e.Trace.Contains != nil || e.Trace.Lacks != nil || e.Ports != nil
}

// portsOfAnswers is the source ports that answers name: those that are asked from when nothing else is said.
func portsOfAnswers(answers []Answer) []uint16 {
	var out []uint16
	for _, a := range answers {
		out = append(out, a.Amount.Ports...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (r *reader) answer(e *Expectation, k, v *yaml.Node) {
	a := Answer{Outcome: strings.TrimSuffix(k.Value, "\n")}
	if v.Kind == yaml.SequenceNode {
		a.Amount.Ports = r.ports(v)
	} else {
		var err error
		if a.Amount, err = ParseAmount(r.text(v)); err != nil {
			r.fail(v, "%v", err)
		}
	}
	e.Answers = append(e.Answers, a)
}

// ports reads source ports: a list of numbers and of FIRST..LAST.
func (r *reader) ports(n *yaml.Node) []uint16 {
	out := []uint16{}
	r.list(n, func(n *yaml.Node) {
		low, high, ranged := strings.Cut(r.text(n), "..")
		if !ranged {
			high = low
		}
		first, err1 := strconv.ParseUint(low, 10, 16)
		last, err2 := strconv.ParseUint(high, 10, 16)
		if err1 != nil || err2 != nil || first == 0 || last < first {
			r.fail(n, "%q is no port, and no range of ports such as 40000..40009", n.Value)
			return
		}
		for p := first; p <= last; p++ {
			out = append(out, uint16(p))
		}
	})
	return out
}

func (r *reader) texts(n *yaml.Node, into *[]string) {
	r.list(n, func(n *yaml.Node) { *into = append(*into, r.text(n)) })
}

// datapath reads the name of a switch or router that the file has; scripts may make others, but no more than those can be
// expected of.
func (r *reader) datapath(n *yaml.Node) string {
	name, t := r.text(n), r.lab.Topology
	if t.Switch(name) == nil && t.Router(name) == nil {
		r.fail(n, "there is no switch and no router %q%s", name, topology.Suggest(name, datapathNames(t)))
	}
	return name
}

func datapathNames(t *topology.Topology) []string {
	var out []string
	for _, s := range t.LogicalSwitch {
		out = append(out, s.Name)
	}
	for _, x := range t.LogicalRouter {
		out = append(out, x.Name)
	}
	return out
}

func (r *reader) addrPort(n *yaml.Node) string {
	if a, err := netip.ParseAddrPort(n.Value); err != nil || a.Port() == 0 {
		r.fail(n, "%q is not ADDRESS:PORT", n.Value)
	}
	return n.Value
}

// source reads an address, an address with a port, or the name of a machine, which is found out when all are known.
func (r *reader) source(n *yaml.Node) string {
	text := r.text(n)
	_, err1 := netip.ParseAddr(text)
	_, err2 := netip.ParseAddrPort(text)
	if err1 != nil && err2 != nil {
		r.machines = append(r.machines, n)
	}
	return text
}

func (r *reader) snat(n *yaml.Node) string {
	text := r.text(n)
	if _, err := netip.ParseAddr(text); err == nil || text == None {
		return text
	}
	if t := r.lab.Topology; t.Router(text) == nil && t.Switch(text) == nil {
		r.fail(n, "%q is neither an address nor a router nor %q", text, None)
	}
	return text
}

func (r *reader) flows(n *yaml.Node) *FlowsWanted {
	f := &FlowsWanted{}
	r.mapping(n, keys{
		"datapath": func(n *yaml.Node) { f.Datapath = r.datapath(n) },
		"stage": func(n *yaml.Node) {
			var names []string
			for i := range pipeline.Stages {
				names = append(names, pipeline.Stages[i].Name)
			}
			if f.Stage = r.text(n); !slices.Contains(names, f.Stage) {
				r.fail(n, "there is no stage %q%s", f.Stage, topology.Suggest(f.Stage, names))
			}
		},
		"contains": func(n *yaml.Node) { r.texts(n, &f.Contains) },
		"count":    func(n *yaml.Node) { c := r.count(n, 0); f.Count = &c },
	}, nil)
	return f
}
