// Package ovntrace is the ovn-trace command over a southbound database in memory: its options and its output.
//
//	var o ovntrace.Options
//	err := o.Run(sb, []string{"ls0", `inport == "vm1" && …`}, os.Stdout, os.Stderr)
package ovntrace

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/pflag"

	"ovnsim/pipeline"
	"ovnsim/sim"
	"ovnsim/sim/trace"
)

// Options is the command line (ovn-trace(8), "OPTIONS"). The zero Options traces as ovn-trace does without any.
type Options struct {
	Forms         trace.Forms
	All           bool
	CT            []string
	LBDst         string
	SelectID      string
	Friendly, Raw bool
	JSON          bool
	Stateful      bool
	Seed          uint64
}

// Flags defines the options.
func (o *Options) Flags(f *pflag.FlagSet) {
	f.BoolVar(&o.Forms.Detailed, "detailed", false, "table by table (the default)")
	f.BoolVar(&o.Forms.Summary, "summary", false, "the pipelines and actions alone")
	f.BoolVar(&o.Forms.Minimal, "minimal", false, "what is changed and what is output alone")
	f.BoolVar(&o.All, "all", false, "all three forms")
	f.StringArrayVar(&o.CT, "ct", nil, "ct_state `FLAGS` that the next connection tracking action finds; give it again for the ones after")
	f.StringVar(&o.LBDst, "lb-dst", "", "the `IP[:PORT]` that a load balancer chooses")
	f.StringVar(&o.SelectID, "select-id", "", "the `ID` that a select action chooses")
	f.BoolVar(&o.Friendly, "friendly-names", false, "show the names that a cloud management system gave (the default)")
	f.BoolVar(&o.Raw, "no-friendly-names", false, "show the database's own names")
	f.BoolVar(&o.JSON, "json", false, "the trace as data")
	f.BoolVar(&o.Stateful, "stateful", false, "simulate connection tracking and the choice of backends, trace the answer too, say what became of them")
	f.Uint64Var(&o.Seed, "seed", 0, "with --stateful: of what Open vSwitch leaves to chance")
}

// Run traces the packet that the last argument describes; the one before it, if there is one, names the datapath. What is
// odd but no error goes to stderr, a line each behind "ovnsim: ".
func (o *Options) Run(sb *pipeline.Southbound, args []string, stdout, stderr io.Writer) error {
	shortcuts, err := o.shortcuts(stderr)
	if err != nil {
		return err
	}
	e := sim.NewEngine(sb)
	var dp *pipeline.Datapath
	if len(args) == 2 {
		if dp, err = e.Datapath(args[0]); err != nil {
			return err
		}
	}
	dp, key, err := e.Microflow(dp, args[len(args)-1])
	if errors.Is(err, sim.ErrNoInport) { // an answer, to ovn-trace
		fmt.Fprint(stdout, err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("microflow: %w", err)
	}
	if o.Stateful {
		return o.stateful(sb, &key, e.PortName(&key), stdout)
	}
	var events trace.List
	if err := e.Trace(dp, &key, shortcuts, &events); err != nil {
		fmt.Fprintf(stderr, "ovnsim: %v\n", err)
	}
	for _, w := range e.Warnings {
		fmt.Fprintf(stderr, "ovnsim: warning: %s\n", w)
	}
	names := trace.NewNames(sb, !o.Raw)
	if o.JSON {
		return trace.WriteJSON(stdout, events.Events, names)
	}
	if _, err := io.WriteString(stdout, e.Describe(dp, &key)); err != nil {
		return err
	}
	return o.shown().Write(stdout, events.Events, names)
}

// shown is the forms asked for.
func (o *Options) shown() trace.Forms {
	switch {
	case o.All:
		return trace.Forms{Detailed: true, Summary: true, Minimal: true}
	case o.Forms == trace.Forms{}:
		return trace.Forms{Detailed: true}
	}
	return o.Forms
}

// shortcuts reads what stands for the state that the files do not hold.
func (o *Options) shortcuts(stderr io.Writer) (s sim.Shortcuts, err error) {
	for _, text := range o.CT {
		state, err := sim.ParseCTState(text)
		if err != nil {
			return s, err
		}
		if why := sim.CheckCTState(state); why != "" {
			fmt.Fprintf(stderr, "ovnsim: warning: %s: %s\n", sim.FormatCTState(state), why)
		}
		s.CT = append(s.CT, state)
	}
	if o.LBDst != "" {
		if s.LBDst, err = sim.ParseLBDst(o.LBDst); err != nil {
			return s, err
		}
	}
	if o.SelectID != "" {
		id, err := strconv.ParseUint(o.SelectID, 10, 16)
		if err != nil || id == 0 {
			return s, fmt.Errorf("%s: bad select-id", o.SelectID)
		}
		s.SelectID = uint16(id)
	}
	return s, nil
}
