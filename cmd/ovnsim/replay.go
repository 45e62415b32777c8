package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ovnsim/internal/captured"
	"ovnsim/sim"
	"ovnsim/sim/packet"
	"ovnsim/sim/pcap"
	"ovnsim/sim/trace"
)

func newReplayCommand() *cobra.Command {
	var in southboundInput
	var out string
	var traced bool
	c := &cobra.Command{
		Use:   "replay (--sb FILE | --topology FILE) --out DIR [PORT=sent.pcap...]",
		Short: "inject captured frames, write what each port would have received",
		Long: `Inject captured frames (pcap or pcapng) by logical ports, in the order of their timestamps, which the virtual clock
follows. What each port then receives is written to DIR/PORT.pcap. There are no simulated machines.

Which port a translation takes out of a range is chance in Open vSwitch. Where captured frames answer a translated
connection they show which one it was, and it is taken here too. So is chance how soon a router knows a neighbour that it
has asked for: captured answers show whether it asked again.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			sb, err := in.load(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			r := &replay{received: map[string]*pcap.Capture{}}
			if traced {
				r.trace = &traceWriter{out: cmd.OutOrStdout(), names: trace.NewNames(sb, true)}
			}
			if err := r.read(args); err != nil {
				return err
			}
			seen := captured.New(r.sent, nil, r.start)
			r.sim = sim.New(sb, sim.Options{Observer: r, Captured: true, Northd: in.northd(cmd.ErrOrStderr()), Chosen: seen.Chosen, Asked: seen.Asked})
			if err := r.run(cmd.ErrOrStderr()); err != nil {
				return err
			}
			r.trace.flush()
			return r.write(out)
		},
	}
	in.flags(c)
	c.Flags().BoolVar(&traced, "trace", false, "print the stages that each frame met")
	c.Flags().StringVar(&out, "out", "", "`DIR` to write captures to")
	if err := c.MarkFlagRequired("out"); err != nil {
		panic(err) // the flag is on the line above
	}
	return c
}

// replay is one run over captured frames.
type replay struct {
	sim      *sim.Sim
	ports    []string // by interface of sent
	sent     *pcap.Capture
	start    time.Duration // when the first frame was sent
	received map[string]*pcap.Capture
	trace    *traceWriter // nil: nobody asks
}

// read reads PORT=FILE arguments.
func (r *replay) read(args []string) error {
	var captures []*pcap.Capture
	for _, arg := range args {
		port, file, ok := strings.Cut(arg, "=")
		if !ok || port == "" || file == "" {
			return fmt.Errorf("%q is not PORT=FILE", arg)
		}
		c, err := readCapture(file)
		if err != nil {
			return err
		}
		for range max(1, len(c.Interfaces)) {
			r.ports = append(r.ports, port)
		}
		if len(c.Interfaces) == 0 {
			c.Interfaces = []string{""}
		}
		captures = append(captures, c)
	}
	r.sent = pcap.Merge(captures...)
	if len(r.sent.Frames) > 0 {
		r.start = r.sent.Frames[0].At
	}
	return nil
}

func readCapture(file string) (*pcap.Capture, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return pcap.Read(f, file)
}

// run injects every frame at its time. A frame that was cut by the capture cannot be sent.
func (r *replay) run(stderr io.Writer) error {
	for i, f := range r.sent.Frames {
		port := r.ports[f.Interface]
		if f.Cut() {
			return fmt.Errorf("frame %d for %s: the capture has only %d of its %d bytes", i+1, port, len(f.Data), f.Length)
		}
		r.sim.Run(f.At - r.start)
		switch err := r.sim.Inject(port, f.Data); {
		case errors.Is(err, sim.ErrLoop):
			fmt.Fprintf(stderr, "ovnsim: warning: frame %d for %s: %v\n", i+1, port, err)
		case err != nil:
			return fmt.Errorf("frame %d: %w", i+1, err)
		}
	}
	r.sim.Run(r.sim.Now() + settle)
	return nil
}

// settle is how long what the last frame set off may take.
const settle = time.Second

// Injected begins a frame's trace, if there is to be one.
func (r *replay) Injected(at time.Duration, port string, p *packet.Packet) sim.Tracer {
	if r.trace == nil {
		return nil
	}
	return r.trace.begin(at, port, p)
}

// Delivered keeps a frame for the port's capture.
func (r *replay) Delivered(at time.Duration, port string, frame []byte) {
	c := r.received[port]
	if c == nil {
		c = &pcap.Capture{Interfaces: []string{port}}
		r.received[port] = c
	}
	c.Frames = append(c.Frames, pcap.Frame{At: r.start + at, Data: frame})
}

// write writes a capture for every port that received anything.
func (r *replay) write(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	var ports []string
	for p := range r.received {
		ports = append(ports, p)
	}
	sort.Strings(ports)
	for _, p := range ports {
		if err := writeCapture(filepath.Join(dir, strings.ReplaceAll(p, "/", "_")+".pcap"), r.received[p]); err != nil {
			return err
		}
	}
	return nil
}

func writeCapture(file string, c *pcap.Capture) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := pcap.Write(f, c.Frames); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
