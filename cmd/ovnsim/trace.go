package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"ovnsim/pipeline"
	"ovnsim/sim"
	"ovnsim/sim/trace"
)

// traceOptions is the command line of trace.
type traceOptions struct {
	in            southboundInput
	forms         trace.Forms
	all           bool
	ct            []string
	lbDst         string
	selectID      string
	friendly, raw bool
	json          bool
	state         bool
	seed          uint64
}

func newTraceCommand() *cobra.Command {
	o := &traceOptions{}
	c := &cobra.Command{
		Use:   "trace (--sb FILE | --topology FILE) [DATAPATH] MICROFLOW",
		Short: "trace one packet through logical flows, as ovn-trace does",
		Long: `Trace one packet through the logical flows of a southbound database file (--sb), or those that a topology compiles to
(--topology), with ovn-trace's options and in its words. State that the files do not hold is assumed as ovn-trace assumes it;
with --stateful it is simulated: connections are tracked, balancers choose as Open vSwitch does, the receiver answers.

MICROFLOW describes the packet, in the language of logical flows; what it does not say is 0:

  ovnsim trace --sb sb.db 'inport == "vm1" && eth.src == 00:00:00:00:00:01 && eth.dst == 00:00:00:00:00:02 &&
    ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && ip.ttl == 64 && tcp.dst == 80'`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := c.Flags()
	o.in.flags(c)
	f.BoolVar(&o.forms.Detailed, "detailed", false, "table by table (the default)")
	f.BoolVar(&o.forms.Summary, "summary", false, "the pipelines and actions alone")
	f.BoolVar(&o.forms.Minimal, "minimal", false, "what is changed and what is output alone")
	f.BoolVar(&o.all, "all", false, "all three forms")
	f.StringArrayVar(&o.ct, "ct", nil, "ct_state `FLAGS` that the next connection tracking action finds; give it again for the ones after")
	f.StringVar(&o.lbDst, "lb-dst", "", "the `IP[:PORT]` that a load balancer chooses")
	f.StringVar(&o.selectID, "select-id", "", "the `ID` that a select action chooses")
	f.BoolVar(&o.friendly, "friendly-names", false, "show the names that a cloud management system gave (the default)")
	f.BoolVar(&o.raw, "no-friendly-names", false, "show the database's own names")
	f.BoolVar(&o.json, "json", false, "the trace as data")
	f.BoolVar(&o.state, "stateful", false, "simulate connection tracking and the choice of backends, trace the answer too, say what became of them")
	f.Uint64Var(&o.seed, "seed", 0, "with --stateful: of what Open vSwitch leaves to chance")
	for _, assumed := range []string{"ct", "lb-dst", "select-id"} {
		c.MarkFlagsMutuallyExclusive("stateful", assumed)
	}
	return c
}

func (o *traceOptions) run(args []string, stdout, stderr io.Writer) error {
	shortcuts, err := o.shortcuts(stderr)
	if err != nil {
		return err
	}
	sb, err := o.in.load(stderr)
	if err != nil {
		return err
	}
	e := sim.NewEngine(sb)
	var dp *pipeline.Datapath
	if len(args) == 2 {
		if dp, err = sb.FindDatapath(args[0]); err != nil {
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
	if o.state {
		return o.stateful(sb, &key, e.PortName(&key), stdout)
	}
	var events trace.List
	if err := e.Trace(dp, &key, shortcuts, &events); err != nil {
		fmt.Fprintf(stderr, "ovnsim: %v\n", err)
	}
	for _, w := range e.Warnings {
		fmt.Fprintf(stderr, "ovnsim: warning: %s\n", w)
	}
	names := trace.NewNames(sb, !o.raw)
	if o.json {
		return trace.WriteJSON(stdout, events.Events, names)
	}
	if _, err := io.WriteString(stdout, e.Describe(dp, &key)); err != nil {
		return err
	}
	return o.shown().Write(stdout, events.Events, names)
}

// shown is the forms asked for.
func (o *traceOptions) shown() trace.Forms {
	switch {
	case o.all:
		return trace.Forms{Detailed: true, Summary: true, Minimal: true}
	case o.forms == trace.Forms{}:
		return trace.Forms{Detailed: true}
	}
	return o.forms
}

// shortcuts reads what stands for the state that the files do not hold.
func (o *traceOptions) shortcuts(stderr io.Writer) (s sim.Shortcuts, err error) {
	for _, text := range o.ct {
		state, err := sim.ParseCTState(text)
		if err != nil {
			return s, err
		}
		if why := sim.CheckCTState(state); why != "" {
			fmt.Fprintf(stderr, "ovnsim: warning: %s: %s\n", sim.FormatCTState(state), why)
		}
		s.CT = append(s.CT, state)
	}
	if o.lbDst != "" {
		if s.LBDst, err = sim.ParseLBDst(o.lbDst); err != nil {
			return s, err
		}
	}
	if o.selectID != "" {
		id, err := strconv.ParseUint(o.selectID, 10, 16)
		if err != nil || id == 0 {
			return s, fmt.Errorf("%s: bad select-id", o.selectID)
		}
		s.SelectID = uint16(id)
	}
	return s, nil
}
