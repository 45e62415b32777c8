package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ovnsim/explain"
	"ovnsim/lab"
)

// explainOptions is where and how one flow is explained.
type explainOptions struct {
	scenario      string
	source        string
	json, mermaid bool
	port          uint16
}

func newExplainCommand() *cobra.Command {
	var o explainOptions
	c := &cobra.Command{
		Use:   "explain TOPOLOGY FROM URL|ADDRESS:PORT",
		Short: "every load balancer with that VIP: applied where, or why not",
		Long: `Send one request and say of every load balancer with the address, at every switch and router where it is attached,
whether it applied: where, with which backend, or why not, with the smallest change that helps, tried out in a copy. The
reply's way is judged, too.

TOPOLOGY is a lab file or a northbound database. FROM is a machine of the lab or a logical switch port; on a port without a
machine one with the port's addresses is put, and so is one on the port of each backend. The request is
http://ADDRESS[:PORT]/, udp://ADDRESS:PORT, ping://ADDRESS, or ADDRESS:PORT for HTTP. Exit code 1 when no balancer applied
and nobody answered.`,
		Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0], args[1], args[2]) },
	}
	c.Flags().StringVar(&o.scenario, "scenario", "", "play the script of this scenario first")
	c.Flags().StringVar(&o.source, "source", "", "`IP/LENGTH` of the machine on FROM, where its port does not say it")
	c.Flags().Uint16Var(&o.port, "local-port", 0, "the port to ask from (default: the machine's choice)")
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	c.Flags().BoolVar(&o.mermaid, "mermaid", false, "print a sequence diagram of the packets' way, for mermaid.js.org")
	return c
}

func (o *explainOptions) run(cmd *cobra.Command, file, from, what string) error {
	l, err := o.load(cmd, file)
	if err != nil {
		return err
	}
	to, err := lab.ParseTarget(what)
	if err != nil {
		return err
	}
	if l.Host(from) == nil {
		if from, err = l.Populate(from, o.source, to); err != nil {
			return err
		}
	}
	p, err := l.Start()
	if err != nil {
		return err
	}
	if o.scenario != "" {
		s := l.Scenario(o.scenario)
		if s == nil {
			return noScenario(l, o.scenario)
		}
		if err := p.Run(s.Run, s.RunPos.String(), cmd.ErrOrStderr(), cmd.ErrOrStderr()); err != nil {
			return fmt.Errorf("scenario %q: %w", s.Name, err)
		}
	}
	r, err := p.Explain(from, what, o.port)
	if err != nil {
		return err
	}
	if err := p.Verify(r); err != nil {
		return err
	}
	report := &explain.Report{Flow: r.Flow, Verdicts: r.Verdicts, Outcome: r.Outcome}
	write := report.Text
	switch {
	case o.json:
		write = report.JSON
	case o.mermaid:
		write = report.Mermaid
	}
	if err := write(cmd.OutOrStdout()); err != nil {
		return err
	}
	if r.Exit != 0 && !report.Applied() {
		return &exitError{code: exitFailed}
	}
	return nil
}

// load reads a lab, or makes one without machines of a database.
func (o *explainOptions) load(cmd *cobra.Command, file string) (*lab.Lab, error) {
	if strings.HasSuffix(file, ".yaml") || strings.HasSuffix(file, ".yml") {
		return lab.Load(file)
	}
	top, err := loadTopology(file, cmd.ErrOrStderr())
	if err != nil {
		return nil, err
	}
	return lab.Of(top, file), nil
}
