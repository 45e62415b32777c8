package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/peterh/liner"
	"github.com/spf13/cobra"
	"mvdan.cc/sh/v3/syntax"

	"ovnsim/lab"
	"ovnsim/ovsdb"
	"ovnsim/pipeline/northd"
	"ovnsim/shell"
)

// shellOptions is how a session of the lab's shell is run.
type shellOptions struct {
	hostCommands bool
	timeout      time.Duration
	command      string
}

func (o *shellOptions) flags(c *cobra.Command) {
	c.Flags().BoolVar(&o.hostCommands, "host-commands", false, "run commands that the simulator does not have as programs of this machine")
	c.Flags().DurationVar(&o.timeout, "timeout", 0, "end scripts after this time (of the real clock)")
}

func newShellCommand() *cobra.Command {
	var o shellOptions
	c := &cobra.Command{
		Use:   "shell [LAB.yaml|NB.db]",
		Short: "type ovn-nbctl, curl, ping, tcpdump … at a running lab",
		Long: `A shell on a running lab, an empty one where none is named: the language is bash's, the commands are the simulator's ("help"
lists them), time is virtual, files are in memory and each machine's its own. "on vm1", "ip netns exec vm1 bash" go to a
machine, exit comes back; Tab completes commands and names, Ctrl-C stops a command, Ctrl-D leaves.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) > 0 {
				file = args[0]
			}
			return o.shell(file, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	o.flags(c)
	c.Flags().StringVarP(&o.command, "command", "c", "", "run this `SCRIPT` instead of what is typed")
	return c
}

// openLab opens a lab file, or makes a lab of a northbound database; "" is an empty lab.
func openLab(file string, stderr io.Writer) (*lab.Lab, error) {
	if file == "" {
		return lab.Empty(), nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if !ovsdb.IsDatabase(data) {
		return lab.Read(data, file)
	}
	l := lab.Empty()
	l.File = file
	l.Topology, err = loadTopology(file, stderr)
	return l, err
}

func (o *shellOptions) start(file string, stderr io.Writer) (shell.World, error) {
	l, err := openLab(file, stderr)
	if err != nil {
		return nil, err
	}
	play, err := l.Start()
	if err != nil {
		return nil, err
	}
	return play.World(), nil
}

// within is a context that ends with Ctrl-C, and after the timeout.
func (o *shellOptions) within() (context.Context, func()) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	if o.timeout <= 0 {
		return ctx, stop
	}
	limited, cancel := context.WithTimeout(ctx, o.timeout)
	return limited, func() { cancel(); stop() }
}

func (o *shellOptions) shell(file string, stdout, stderr io.Writer) error {
	w, err := o.start(file, stderr)
	if err != nil {
		return err
	}
	terminal := o.command == "" && isTerminal(os.Stdin) && isTerminal(os.Stdout)
	s, err := shell.New(w, shell.Options{Out: stdout, Err: stderr, HostCommands: o.hostCommands, Dir: filepath.Dir(file), Interactive: terminal})
	if err != nil {
		return err
	}
	t := &typed{shell: s, options: o, stdout: stdout, stderr: stderr}
	switch {
	case o.command != "":
		t.run(o.command)
	case terminal:
		fmt.Fprintf(stdout, "ovnsim: a lab as OVN %s would run it. help lists the commands, Ctrl-D leaves.\n", northd.Version)
		t.terminal()
	default:
		t.read(os.Stdin)
	}
	if t.status != 0 && !terminal {
		return &exitError{code: t.status}
	}
	return nil
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// typed is a session that somebody types.
type typed struct {
	shell          *shell.Shell
	options        *shellOptions
	stdout, stderr io.Writer
	pending        string // lines of a command that goes on
	status         int    // of the last command
	over           bool
}

// line takes one line; a command that is not complete waits for the next.
func (t *typed) line(text string) {
	t.pending += text + "\n"
	if _, err := shell.Parse(t.pending, "shell"); err != nil && syntax.IsIncomplete(err) {
		return
	}
	script := t.pending
	t.pending = ""
	t.run(script)
}

func (t *typed) run(script string) {
	ctx, stop := t.options.within()
	defer stop()
	err := t.shell.Run(ctx, script, "shell")
	var exit *shell.ExitError
	switch {
	case ctx.Err() != nil:
		t.status = 130
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.status = 124
			fmt.Fprintf(t.stderr, "ovnsim: stopped after %s\n", t.options.timeout)
		} else {
			fmt.Fprintln(t.stderr)
		}
	case errors.As(err, &exit):
		t.status = exit.Status
	case err != nil:
		t.status = 2
		fmt.Fprintln(t.stderr, err)
	default:
		t.status = 0
	}
	if ctx.Err() == nil && t.shell.Exited() {
		t.over = !t.shell.Leave()
	}
}

// read runs what comes on a pipe.
func (t *typed) read(in io.Reader) {
	r := bufio.NewReader(in)
	for !t.over {
		text, err := r.ReadString('\n')
		if text != "" {
			t.line(strings.TrimSuffix(text, "\n"))
		}
		if err != nil {
			break
		}
	}
	if t.pending != "" {
		t.run(t.pending)
	}
}

// prompt shows where the session stands.
func (t *typed) prompt() string {
	if t.pending != "" {
		return "> "
	}
	place := t.shell.Place()
	if place == "" {
		place = "ovnsim"
	}
	return place + "# "
}

// terminal lets a person type, with history and completion.
func (t *typed) terminal() {
	l := liner.NewLiner()
	defer l.Close()
	l.SetCtrlCAborts(true)
	l.SetTabCompletionStyle(liner.TabPrints)
	l.SetWordCompleter(t.shell.Complete)
	for !t.over {
		text, err := l.Prompt(t.prompt())
		switch {
		case errors.Is(err, liner.ErrPromptAborted): // Ctrl-C
			t.pending = ""
			continue
		case err != nil:
			fmt.Fprintln(t.stdout)
			if t.shell.Leave() { // Ctrl-D on a machine
				continue
			}
			return
		}
		if strings.TrimSpace(text) != "" {
			l.AppendHistory(text)
		}
		t.line(text)
	}
}
