package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ovnsim/lab"
	"ovnsim/sim/pcap"
	"ovnsim/topology"
)

// runOptions is how a lab is played and told of.
type runOptions struct {
	trace, json bool
	pcap        string
}

func newRunCommand() *cobra.Command {
	var o runOptions
	var page shellOptions
	c := &cobra.Command{
		Use:   "run LAB.yaml [SCENARIO...] | run SCRIPT.sh|PAGE.md [LAB.yaml]",
		Short: "play a lab's scenarios and tell the story",
		Long: `Play the scenarios of a lab file, all of them or those named, each from the lab file's own state, and tell who asked
whom, who answered, where load balancing applied and where not, and why. Exit code 1 when an expectation does not hold.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if isPage(args[0]) {
				return page.page(args, cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return o.run(args[0], args[1:], cmd.OutOrStdout())
		},
	}
	page.flags(c)
	c.Flags().BoolVar(&o.trace, "trace", false, "show the stages that each first packet met, forward and reply")
	c.Flags().BoolVar(&o.json, "json", false, "print the results as JSON")
	c.Flags().StringVar(&o.pcap, "pcap", "", "write DIR/SCENARIO.pcapng, one interface per port, to `DIR`")
	return c
}

func (o *runOptions) run(file string, names []string, out io.Writer) error {
	l, err := lab.Load(file)
	if err != nil {
		return err
	}
	scenarios, err := pick(l, names)
	if err != nil {
		return err
	}
	report := &lab.Report{Out: out, Trace: o.trace, Color: colored(out)}
	if !o.json {
		if err := report.Head(l); err != nil {
			return err
		}
	}
	var outcomes []*lab.Outcome
	for _, s := range scenarios {
		outcome, err := o.play(l, s)
		if err != nil {
			return err
		}
		outcomes = append(outcomes, outcome)
		if !o.json {
			if err := report.Scenario(outcome); err != nil {
				return err
			}
		}
	}
	if o.json {
		err = lab.WriteJSON(out, l, outcomes, o.trace)
	} else {
		err = report.Table(outcomes)
	}
	if err != nil {
		return err
	}
	for _, outcome := range outcomes {
		if !outcome.Pass() {
			return &exitError{code: exitFailed}
		}
	}
	return nil
}

// pick finds scenarios by name; no names are all of them.
func pick(l *lab.Lab, names []string) ([]*lab.Scenario, error) {
	if len(names) == 0 {
		return l.Scenarios, nil
	}
	var out []*lab.Scenario
	for _, name := range names {
		s := l.Scenario(name)
		if s == nil {
			return nil, noScenario(l, name)
		}
		out = append(out, s)
	}
	return out, nil
}

func noScenario(l *lab.Lab, name string) error {
	var all []string
	for _, s := range l.Scenarios {
		all = append(all, s.Name)
	}
	return fmt.Errorf("%s: there is no scenario %q%s; there are: %s", l.File, name, topology.Suggest(name, all), strings.Join(all, "; "))
}

// play plays one scenario, with a capture if one is asked for.
func (o *runOptions) play(l *lab.Lab, s *lab.Scenario) (*lab.Outcome, error) {
	if o.pcap == "" {
		return l.Play(s, nil)
	}
	c := &capture{interfaces: map[string]int{}}
	outcome, err := l.Play(s, func(p *lab.Play) { p.Capture = c.frame })
	if err != nil {
		return nil, err
	}
	return outcome, c.write(o.pcap, s.Name)
}

// capture keeps the frames of all ports.
type capture struct {
	pcap.Capture
	interfaces map[string]int
}

func (c *capture) frame(at time.Duration, port string, _ bool, frame []byte) {
	i, known := c.interfaces[port]
	if !known {
		i = len(c.Interfaces)
		c.interfaces[port] = i
		c.Interfaces = append(c.Interfaces, port)
	}
	c.Frames = append(c.Frames, pcap.Frame{At: at, Interface: i, Data: frame})
}

func (c *capture) write(dir, name string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, strings.ReplaceAll(name, "/", "_")+".pcapng"))
	if err != nil {
		return err
	}
	if err := pcap.WriteNG(f, &c.Capture); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// colored tells whether out is a terminal that may be painted (no-color.org).
func colored(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
