// Package captured reads off captured frames what a real network drew by lot: which port a translation took out of a range,
// and whether a router had learned a neighbour before it needed it. A replay takes it over.
//
//	seen := captured.New(sent, nil, start)
//	net := sim.New(sb, sim.Options{Captured: true, Chosen: seen.Chosen, Asked: seen.Asked})
package captured

import (
	"time"

	"ovnsim/sim/pcap"
)

// Traffic is what machines sent and, where that is known, received.
type Traffic struct {
	answers
	neighbours
}

// New reads a capture of what machines sent, and one of what they received, nil where there is none; start is the time in
// them at which the replay begins.
func New(sent, received *pcap.Capture, start time.Duration) *Traffic {
	t := &Traffic{answers{}, neighbours{}}
	t.answers.read(sent, start, false)
	if received != nil {
		t.answers.read(received, start, true)
		t.neighbours.questions(received, start)
	} else {
		t.neighbours.replies(sent, start)
	}
	return t
}
