// Package action is the language of what logical flows do, as the column "actions" of Logical_Flow holds it (ovn-sb(5)).
//
// Parse makes a list of actions of a text, one Go struct per action; Print writes them as OVN does. What the language knows
// stands in one table, Verbs. The package says what a text means; executing it is the engine's part.
package action

import (
	"strconv"

	"ovnsim/pipeline/expr"
)

// Action is one action. Its String is OVN's canonical text, the one that ovn-trace shows: not always as northd wrote it.
// Actions are not to be changed once parsed; lists of them are shared between flows.
type Action interface {
	String() string
	// append appends the text of the action as a flow that stands at the given place shows it.
	append(b []byte, at At) []byte
}

// Pipeline says which of a datapath's pipelines an action names.
type Pipeline uint8

// The pipelines that next can lead to.
const (
	Same    Pipeline = iota // none was named: the one that the flow is in
	Ingress                 // pipeline=ingress
	Egress                  // pipeline=egress
)

// String is the pipeline's name, as in next(pipeline=…).
func (p Pipeline) String() string { return [...]string{"", "ingress", "egress"}[p] }

// At is the table that a flow stands in. OVN prints next as the shortest text that leads to the same table from there. In
// the zero At the place is not known, and next is printed as it was written.
type At struct {
	Pipeline Pipeline
	Table    int
}

// Print is the canonical text of a list of actions, "drop;" for an empty one.
func Print(actions []Action) string { return string(Append(nil, actions, At{})) }

// Append appends the canonical text of the actions of a flow that stands at a place.
func Append(b []byte, actions []Action, at At) []byte {
	if len(actions) == 0 {
		return append(b, "drop;"...)
	}
	for i, a := range actions {
		if i > 0 {
			b = append(b, ' ')
		}
		b = a.append(b, at)
	}
	return b
}

// Format is the canonical text of one action of a flow that stands at a place: a line of ovn-trace --detailed.
func Format(a Action, at At) string { return string(a.append(nil, at)) }

// Text is actions as a flow holds them: northd's own spelling, what it means, and what it implies of the match.
type Text struct {
	Source  string
	Actions []Action
	Prereqs []string // matches that the flow's own is to be joined with by &&: whoever sets tcp.dst matches TCP only
}

// String is the text as it was written, comments and all.
func (t Text) String() string { return t.Source }

// Canonical is the text as OVN would print it.
func (t Text) Canonical() string { return Print(t.Actions) }

// ParseText is Parse, with the source and what the actions imply of the match.
func ParseText(source string) (Text, error) { return parse(source) }

// word is the text of an action that is a word alone.
func word(b []byte, name string) []byte { return append(append(b, name...), ';') }

// result begins the text of an action that stores its result: "R = name(".
func result(b []byte, dst expr.Ref, name string) []byte {
	b = append(dst.Append(b), " = "...)
	return append(append(b, name...), '(')
}

// query is the whole text of an action that stores its result and takes no argument.
func query(b []byte, dst expr.Ref, name string) []byte {
	return append(result(b, dst, name), ");"...)
}

// refs ends the text of an action whose arguments are fields.
func refs(b []byte, args ...expr.Ref) []byte {
	for i, r := range args {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = r.Append(b)
	}
	return append(b, ");"...)
}

func integer(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }
