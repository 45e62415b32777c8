// Package explain says of a flow that ran where load balancing applied, where it did not, and why.
package explain

import (
	"fmt"
	"strings"
)

// Reason says whether a balancer applied to a flow, and if not, why not. The list is closed.
type Reason uint8

// The reasons, from the most to the least wanted.
const (
	Applied Reason = iota
	NotAttached
	NotOnPath
	EnteredByRouterPort
	RouterNotCentralized
	NotResident
	PortOrProtocol
	NoBackends
	BackendsOffline
	AlreadyEstablished
	Affinity
	AlreadyTranslated
	DroppedBefore
	ReplyNotUntranslated
	NeverLeftHost
	Bypassed // for what none of the others fits: a verdict must not say what the trace contradicts
)

// reasons is the table of reasons: how each is written in lab files, and what it says of a balancer and the
// switch or router where it is attached.
var reasons = [...]struct{ name, sentence string }{
	Applied:              {"applied", "{balancer} applied on {place}"},
	NotAttached:          {"not-attached", "{balancer} is attached to no switch and no router"},
	NotOnPath:            {"not-on-path", "no packet of this flow passed {place}, where {balancer} is attached"},
	EnteredByRouterPort:  {"entered-by-router-port", "the packet came to {place} from a router, and a switch balances only what comes in by a client's port"},
	RouterNotCentralized: {"router-not-centralized", "{place} is a distributed router with no gateway port: it translates no reply back, and so {balancer} serves nobody there"},
	NotResident:          {"not-resident", "the packet passed {place} on a chassis that hosts none of its gateway ports, where {balancer} applies"},
	PortOrProtocol:       {"port-or-protocol", "{balancer} has this address, but for another port or protocol"},
	NoBackends:           {"no-backends", "{balancer} has no backend to choose for this address"},
	BackendsOffline:      {"backends-offline", "no backend of {balancer} is online by its health check"},
	AlreadyEstablished:   {"already-established", "the connection was there before {balancer} was, and stays as it is"},
	Affinity:             {"affinity", "{balancer} kept this client on the backend of an earlier connection"},
	AlreadyTranslated:    {"already-translated", "another balancer had translated the address before the packet came to {place}"},
	DroppedBefore:        {"dropped-before", "the packet was dropped on {place} before the stage where {balancer} applies"},
	ReplyNotUntranslated: {"reply-not-untranslated", "{balancer} chose a backend on {place}, but the reply took a way on which it is not translated back"},
	NeverLeftHost:        {"never-left-host", "the client never sent a packet: it has no route to the address, or its gateway does not answer"},
	Bypassed:             {"bypassed", "the packet was on {place}, and no flow of {balancer} decided: its traffic is stateless, or another balancer has the same VIP"},
}

// String is the reason's name, as lab files write it.
func (r Reason) String() string {
	if int(r) >= len(reasons) {
		return fmt.Sprintf("reason(%d)", uint8(r))
	}
	return reasons[r].name
}

// Sentence says the reason of a balancer that is attached to a switch or router.
func (r Reason) Sentence(balancer, attachedTo string) string {
	return strings.NewReplacer("{balancer}", balancer, "{place}", attachedTo).Replace(reasons[r].sentence)
}

// ReasonNamed finds a reason by its name.
func ReasonNamed(name string) (Reason, bool) {
	for i := range reasons {
		if reasons[i].name == name {
			return Reason(i), true
		}
	}
	return 0, false
}

// ReasonNames lists the names of all reasons, in the order of the list.
func ReasonNames() []string {
	var out []string
	for i := range reasons {
		out = append(out, reasons[i].name)
	}
	return out
}
