package main

import (
	"fmt"
	"io"
	"time"

	"ovnsim/sim"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// traceWriter prints the way of one packet after the other.
type traceWriter struct {
	out    io.Writer
	names  *trace.Names
	events trace.List
}

// begin starts a packet's trace, after the one before is printed.
func (t *traceWriter) begin(at time.Duration, port string, p *packet.Packet) sim.Tracer {
	t.flush()
	fmt.Fprintf(t.out, "# %s from %s: %s\n", at, port, p)
	return &t.events
}

// flush prints what there is. A nil traceWriter has nothing.
func (t *traceWriter) flush() {
	if t == nil || len(t.events.Events) == 0 {
		return
	}
	if err := (trace.Forms{Detailed: true}).Write(t.out, t.events.Events, t.names); err != nil {
		fmt.Fprintf(t.out, "%v\n", err)
	}
	fmt.Fprintln(t.out)
	t.events.Reset()
}
