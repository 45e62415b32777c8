// Package trace holds what a packet met on its way, as events, and prints them: in ovn-trace's three forms and as JSON.
//
// The engine hands events to a tracer one by one; a List keeps them. They form a tree by their depth: an event's children are
// the events that follow it and are deeper.
package trace

import (
	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
)

// Kind says what an event is.
type Kind uint8

// The kinds of event.
const (
	Enter     Kind = iota // a pipeline of a datapath is entered
	Multicast             // a multicast group is output to; each of its ports is an Enter below
	Fork                  // a copy of the packet, or the packet changed by conntrack, goes its own way
	Table                 // a logical flow is met, or none
	Act                   // an action is executed
	Modify                // the packet is changed, or delivered: Text says to what
	Output                // output out of an egress pipeline, or why there is none
	Note                  // what an action found out
	Error                 // what an action could not do
	Track                 // a dataplane: what connection tracking did
	Choose                // a dataplane: which backend a balancer chose
	Deliver               // a dataplane: the packet leaves the network
)

var kindNames = [...]string{"enter", "multicast", "fork", "table", "action", "modify", "output", "note", "error", "track", "choose", "deliver"}

// String is the kind's name, as in JSON.
func (k Kind) String() string { return kindNames[k] }

// leaf tells the kinds that have no children.
func (k Kind) leaf() bool { return k >= Act }

// title tells the kinds that stand as headings in the detailed form.
func (k Kind) title() bool { return k <= Fork }

// Port is a logical port, a multicast group, or a number that is neither.
type Port struct {
	Name    string // as flows name it
	Binding *pipeline.PortBinding
}

// Event is one step. Which fields matter follows from the kind.
type Event struct {
	Kind  Kind
	Depth int

	Datapath *pipeline.Datapath // of Enter, Multicast, Table
	Pipeline pipeline.Pipeline  // of Enter, Table
	In, Out  *Port              // of Enter: nil where the heading shows none
	Apart    bool               // of Enter: printed indented even as the last of its siblings

	Number int            // of Table: the table's number
	Stage  string         // of Table: its stage's name, "" when unknown
	Flow   *pipeline.Flow // of Table: nil when none matched

	Action action.Action // of Act; nil: an empty list of actions, which drops
	At     action.At     // of Act: where its flow stands

	// Text is what Fork, Modify, Output, Note and Error say, but for the names of To, which stand where %s is.
	Text string
	To   []*Port

	Tracking *Tracking // of Track
	Choice   *Choice   // of Choose
	Arrival  *Arrival  // of Deliver
}

// List keeps events. The zero List is ready to use.
type List struct{ Events []Event }

// Event appends an event.
func (l *List) Event(e *Event) { l.Events = append(l.Events, *e) }

// Reset forgets the events and keeps their room.
func (l *List) Reset() { l.Events = l.Events[:0] }
