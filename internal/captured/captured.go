// Package captured reads off captured frames what a real network drew by lot: which port a translation took out of a range,
// and whether a router had learned a neighbour before it needed it. A replay takes it over.
//
//	seen := captured.New(sent, start)
//	net := sim.New(sb, sim.Options{Captured: true, Chosen: seen.Chosen, Asked: seen.Asked})
package captured

import (
	"time"

	"ovnsim/sim/pcap"
)

// Traffic is what machines sent.
type Traffic struct {
	answers
	neighbours
}

// New reads a capture of what machines sent; start is the time in it at which the replay begins.
func New(sent *pcap.Capture, start time.Duration) *Traffic {
	return &Traffic{newAnswers(sent, start), newNeighbours(sent, start)}
}
