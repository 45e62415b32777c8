// Package expr is OVN's match language: the expressions that select packets in logical flows, ACLs and policies (ovn-sb(5),
// column match of Logical_Flow).
//
// It lexes (actions share the lexer), knows every field that a match may name and where each lies in a packet's Key, parses,
// prints, evaluates, and compiles many matches to one Classifier whose lookup does not walk them.
package expr
