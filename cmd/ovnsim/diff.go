package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"

	"ovnsim/explain"
	"ovnsim/lab"
	"ovnsim/pipeline/northd"
	"ovnsim/sim/packet"
	"ovnsim/topology"
)

// diffOptions is what is compared and how it is told.
type diffOptions struct {
	from, to string
	json     bool
}

func newDiffCommand() *cobra.Command {
	var o diffOptions
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "requests whose outcome changed between two topologies",
		Long: `Compare two networks, lab files or northbound databases, by what becomes of requests: from every port to every VIP, NAT
address, router address and machine, by every protocol and port that the flows which differ look at. Ports and targets that
the flows treat alike are asked for once. Told are changes of the outcome, of the backends, of the source that the server sees,
and of the way, those alike together, with an example. Progress goes to standard error; after an interrupt (Ctrl-C) what is
known by then is printed. Exit code 1 when anything differs.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0], args[1]) },
	}
	c.Flags().StringVar(&o.from, "from", "", "only requests from this logical switch `PORT`")
	c.Flags().StringVar(&o.to, "to", "", "only requests to this `ADDRESS`")
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	return c
}

func (o *diffOptions) run(cmd *cobra.Command, old, now string) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	stderr := cmd.ErrOrStderr()
	var sides [2]*explain.Side
	for i, file := range []string{old, now} {
		top, err := loadTopology(file, stderr)
		if err != nil {
			return err
		}
		sides[i] = &explain.Side{Topology: top, Southbound: northd.Compile(top, northd.Options{})}
	}
	if o.from != "" && sides[0].Topology.SwitchPort(o.from) == nil && sides[1].Topology.SwitchPort(o.from) == nil {
		return fmt.Errorf("--from: neither %s nor %s has a port %q", old, now, o.from)
	}
	plan := explain.NewPlan(sides[0], sides[1], o.from, o.to)
	d := &explain.Differences{}
	done, err := o.probe(ctx, plan, sides, d, stderr)
	if err != nil {
		return err
	}
	if done < len(plan.Probes) {
		fmt.Fprintf(stderr, "ovnsim: interrupted after %d of %d requests; what follows is what is known\n", done, len(plan.Probes))
	}
	out := cmd.OutOrStdout()
	if o.json {
		err = d.JSON(out, plan, done)
	} else {
		err = d.Text(out, plan)
	}
	if err == nil && len(d.List) > 0 {
		return &exitError{code: exitFailed}
	}
	return err
}

// probe asks everything in both networks; done is how much was asked before an interrupt.
func (o *diffOptions) probe(ctx context.Context, plan *explain.Plan, sides [2]*explain.Side, d *explain.Differences, stderr io.Writer) (done int, err error) {
	if len(plan.Probes) == 0 {
		return 0, nil
	}
	var plays [2]*lab.Play
	for i, s := range sides {
		if plays[i], err = inhabited(s.Topology, plan); err != nil {
			return 0, err
		}
	}
	began, told := time.Now(), time.Now()
	for i, p := range plan.Probes {
		if ctx.Err() != nil {
			return i, nil
		}
		if now := time.Now(); now.Sub(told) > time.Second {
			told = now
			left := time.Duration(float64(now.Sub(began)) / float64(i) * float64(len(plan.Probes)-i))
			fmt.Fprintf(stderr, "ovnsim: %d of %d requests, %d kinds of difference, %s to go\n", i, len(plan.Probes), len(d.List), left.Round(time.Second))
		}
		before, passed, err := fate(plays[0], p, i)
		if err != nil {
			return i, err
		}
		if passed != nil && plan.Unchanged(passed) {
			continue
		}
		after, _, err := fate(plays[1], p, i)
		if err != nil {
			return i, err
		}
		d.Add(p, before, after)
	}
	return len(plan.Probes), nil
}

// inhabited is a network with the machines that a plan needs.
func inhabited(top *topology.Topology, plan *explain.Plan) (*lab.Play, error) {
	l := lab.Of(top, "")
	l.OneChassis(8)
	l.Inhabit(plan.Machines, plan.Serve)
	return l.Start()
}

// fate asks once, each time from another port, so that no connection is like an earlier one.
func fate(p *lab.Play, probe explain.Probe, i int) (explain.Fate, []string, error) {
	if p.Lab.Host(probe.From) == nil {
		return explain.Fate{Outcome: "no such port"}, nil, nil
	}
	what := fmt.Sprintf("http://%s/", probe.To)
	switch probe.Proto {
	case packet.ProtoUDP:
		what = fmt.Sprintf("udp://%s", probe.To)
	case packet.ProtoICMP, packet.ProtoICMPv6:
		what = fmt.Sprintf("ping://%s", probe.To.Addr())
	case packet.ProtoSCTP:
		return explain.Fate{Outcome: "not asked: machines speak no SCTP"}, nil, nil
	}
	r, err := p.Explain(probe.From, what, uint16(20000+i%20000))
	if err != nil {
		return explain.Fate{}, nil, err
	}
	source := ""
	if r.Seen.IsValid() {
		source = r.Seen.Addr().String()
	}
	return explain.FateOf(r.Flow, source), r.Flow.Passed(), nil
}
