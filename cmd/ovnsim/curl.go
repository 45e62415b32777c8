package main

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ovnsim/lab"
)

// flowOptions is where and when one flow of a lab is played.
type flowOptions struct {
	scenario string
	timeout  time.Duration
	trace    bool
	port     uint16
}

func (o *flowOptions) flags(c *cobra.Command) {
	c.Flags().StringVar(&o.scenario, "scenario", "", "play the script of this scenario first")
	c.Flags().BoolVar(&o.trace, "trace", false, "show the stages that the first packet met, forward and reply")
}

func newCurlCommand() *cobra.Command {
	var o flowOptions
	c := &cobra.Command{
		Use:   "curl LAB.yaml FROM URL",
		Short: "one HTTP request in a lab, answered and explained, with curl's exit codes",
		Long: `Ask for a URL from a machine of a lab. The answer goes to standard output, the explanation to standard error. The exit
code is curl's: 0 answered, 7 refused or unreachable, 28 timed out, 52 closed without an answer, 56 reset.`,
		Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			play, err := o.start(args[0], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if o.timeout == 0 {
				o.timeout = play.Lab.Timeout
			}
			url := args[2]
			if !strings.Contains(url, "://") {
				url = "http://" + url
			}
			r, err := play.Get(args[1], url, o.port, o.timeout)
			if err != nil {
				return err
			}
			return o.tell(r, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	o.flags(c)
	c.Flags().DurationVarP(&o.timeout, "max-time", "m", 0, "how long to wait (default: the lab's timeout)")
	c.Flags().Uint16Var(&o.port, "local-port", 0, "the port to ask from (default: the machine's choice)")
	return c
}

func newPingCommand() *cobra.Command {
	var o flowOptions
	var count int
	c := &cobra.Command{
		Use:   "ping LAB.yaml FROM ADDRESS",
		Short: "echo requests in a lab",
		Args:  cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			play, err := o.start(args[0], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			addr, err := netip.ParseAddr(args[2])
			if err != nil {
				return fmt.Errorf("%q is not an IP address", args[2])
			}
			p, err := play.PingAddress(args[1], addr, count)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), p)
			if p.Received == 0 {
				return &exitError{code: exitFailed}
			}
			return nil
		},
	}
	o.flags(c)
	c.Flags().IntVarP(&count, "count", "c", 1, "how many requests to send")
	return c
}

// start starts a lab, and plays a scenario's script in it.
func (o *flowOptions) start(file string, stderr io.Writer) (*lab.Play, error) {
	l, err := lab.Load(file)
	if err != nil {
		return nil, err
	}
	p, err := l.Start()
	if err != nil {
		return nil, err
	}
	if o.scenario == "" {
		return p, nil
	}
	s := l.Scenario(o.scenario)
	if s == nil {
		return nil, noScenario(l, o.scenario)
	}
	if err := p.Run(s.Run, s.RunPos.String(), stderr, stderr); err != nil {
		return nil, fmt.Errorf("scenario %q: %w", s.Name, err)
	}
	return p, nil
}

// tell prints an answer and its explanation.
func (o *flowOptions) tell(r *lab.Result, stdout, stderr io.Writer) error {
	fmt.Fprint(stdout, r.Body)
	report := &lab.Report{Out: stderr, Color: colored(stderr), Trace: o.trace}
	if err := report.Explain(r); err != nil {
		return err
	}
	if r.Exit != 0 {
		return &exitError{code: r.Exit, err: fmt.Errorf("curl: (%d) %s", r.Exit, lab.CurlMessage(r))}
	}
	return nil
}
