// Package northd compiles a topology to the logical flows, and the rows beside them, that ovn-northd 26.03 writes.
package northd

import (
	"ovnsim/pipeline"
	"ovnsim/topology"
)

// Version is the OVN release whose flows this package writes.
const Version = "26.03.1"

// Options tells Compile what a northbound database does not say.
type Options struct {
	// Southbound, where there is one, is what the southbound database held before: chassis, where ports are bound,
	// tunnel keys, learned rows. Nil starts from nothing.
	Southbound *pipeline.Southbound
}

// Compile writes the flows of a topology. It never fails for rows that are wrong: it does with them what ovn-northd
// does, and package topology's validation and the linter name them.
func Compile(t *topology.Topology, o Options) *pipeline.Southbound {
	return compile(t, o, features)
}

func compile(t *topology.Topology, o Options, features []feature) *pipeline.Southbound {
	v := newView(t, o)
	w := newWriter(v, features)
	v.flowsBefore = nil
	v.sb.Flows = pipeline.WrittenBy(w)
	for _, r := range v.Routers {
		if r.keepsNumbers(v) {
			v.sb.Flows.On(r.DP) // the next version reads them off these flows
		}
	}
	return v.sb
}
