package wirerec

import (
	"fmt"
	"io"
	"time"

	"ovnsim/sim"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// Story writes what each stage does.
type Story struct{ io.Writer }

// Injected begins a frame's part.
func (s Story) Injected(at time.Duration, port string, p *packet.Packet) sim.Tracer {
	fmt.Fprintf(s, "# %s %s %s\n", at, port, p)
	return tracer(s)
}

// Delivered says nothing: stages have said it.
func (Story) Delivered(time.Duration, string, []byte) {}

type tracer struct{ io.Writer }

// Event writes a stage.
func (t tracer) Event(e *trace.Event) {
	switch {
	case e.Flow != nil:
		fmt.Fprintf(t, "%*s%s %s %d: %s -> %s\n", e.Depth, "", e.Datapath.Name, e.Stage, e.Flow.Priority, e.Flow.Match, e.Flow.Actions)
	case e.Tracking != nil:
		fmt.Fprintf(t, "%*s%s\n", e.Depth, "", e.Tracking)
	case e.Text != "":
		fmt.Fprintf(t, "%*s%s\n", e.Depth, "", e.Text)
	}
}
