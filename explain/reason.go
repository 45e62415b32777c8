// Package explain says of a flow that ran where load balancing applied, where it did not, and why.
package explain

import "fmt"

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
)

// reasons is the table of reasons: how each is written in lab files, and what it says of a balancer %[1]s that is
// attached to %[2]s.
var reasons = [...]struct{ name, sentence string }{
	Applied:              {"applied", "%[1]s applied on %[2]s"},
	NotAttached:          {"not-attached", "%[1]s is attached to no switch and no router"},
	NotOnPath:            {"not-on-path", "no packet of this flow passed %[2]s, where %[1]s is attached"},
	EnteredByRouterPort:  {"entered-by-router-port", "the packet came to %[2]s from a router, and a switch balances only what comes in by a client's port"},
	RouterNotCentralized: {"router-not-centralized", "%[2]s is a distributed router with no gateway port, so OVN writes no flows of %[1]s for it"},
	NotResident:          {"not-resident", "the packet passed %[2]s on a chassis that does not host its gateway"},
	PortOrProtocol:       {"port-or-protocol", "%[1]s has this address, but for another port or protocol"},
	NoBackends:           {"no-backends", "%[1]s has no backends for this address"},
	BackendsOffline:      {"backends-offline", "all backends of %[1]s are offline by their health checks"},
	AlreadyEstablished:   {"already-established", "the connection was there before %[1]s was, and stays as it is"},
	Affinity:             {"affinity", "%[1]s kept this client on the backend of an earlier connection"},
	AlreadyTranslated:    {"already-translated", "another balancer had translated the address before the packet came to %[2]s"},
	DroppedBefore:        {"dropped-before", "the packet was dropped on %[2]s before the stage where %[1]s applies"},
	ReplyNotUntranslated: {"reply-not-untranslated", "%[1]s chose a backend on %[2]s, but the reply took a way on which it is not translated back"},
	NeverLeftHost:        {"never-left-host", "the client never sent a packet: it has no route to the address, or its gateway does not answer"},
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
	s := fmt.Sprintf(reasons[r].sentence+"%[3]s", balancer, attachedTo, "")
	return s
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
