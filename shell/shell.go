// Package shell runs scripts of the lab's own commands (ovn-nbctl, ip, curl, …) in a real shell language over a simulated network.
package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"sort"
	"strings"
	"time"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// Network is what the commands act on.
type Network interface {
	// Nbctl runs an ovn-nbctl command line (without the program's name); what it changes is in force afterwards.
	Nbctl(args []string, out io.Writer) error
	// Machine finds a machine by name, nil when there is none.
	Machine(name string) Machine
	// Machines lists the names of all machines, sorted.
	Machines() []string
	// Sleep lets virtual time pass.
	Sleep(time.Duration)
	// Curl asks for a URL from a machine and waits for the answer. Its error is curl's: see CurlError.
	Curl(machine, url string, limit time.Duration) (body string, err error)
	// Ping sends count echo requests, one a second, and tells how many were answered.
	Ping(machine, address string, count int) (answered int, err error)
}

// Machine is one machine's own configuration.
type Machine interface {
	// AddRoute adds a route ("default" or a prefix) through a gateway, or an error as iproute2 would give.
	AddRoute(prefix, gateway string) error
	// DelRoute takes a route away.
	DelRoute(prefix string) error
	// Routes lists the routes as `ip route` does, a line each.
	Routes() []string
	// Addresses lists the addresses with their prefix lengths.
	Addresses() []string
	// Serve answers HTTP on a port with a body.
	Serve(port uint16, body string) error
	// StopServing stops every HTTP server of the machine and tells how many there were.
	StopServing() int
}

// Shell is one session: its variables, its files and the network that its commands act on.
type Shell struct {
	net    Network
	runner *interp.Runner
	files  *files
	out    io.Writer
	errs   io.Writer
}

// New starts a session whose output goes to out and whose error messages go to errs.
func New(net Network, out, errs io.Writer) (*Shell, error) {
	s := &Shell{net: net, files: newFiles(), out: out, errs: errs}
	var err error
	s.runner, err = s.newRunner(nil)
	return s, err
}

// Run runs a script. The error names the script's place (name:line:col) for a syntax error; a command that fails does
// not end the script unless the script says so (set -e, &&), as in any shell. The script's own exit status, when it is
// not zero, comes as an *ExitError.
func (s *Shell) Run(ctx context.Context, script, name string) error {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), name)
	if err != nil {
		return err
	}
	inForeground(file)
	return exitStatus(s.runner.Run(ctx, file))
}

// ExitError is a script's or a command's exit status, from 1 to 255.
type ExitError struct{ Status int }

func (e *ExitError) Error() string { return fmt.Sprintf("exit status %d", e.Status) }

func exitStatus(err error) error {
	var status interp.ExitStatus
	if errors.As(err, &status) {
		return &ExitError{int(status)}
	}
	return err
}

// inForeground takes the & from every command: simulated servers are started and return at once, and nothing may run
// beside the one virtual clock.
func inForeground(file *syntax.File) {
	syntax.Walk(file, func(n syntax.Node) bool {
		if s, ok := n.(*syntax.Stmt); ok {
			s.Background = false
		}
		return true
	})
}

// newRunner makes an interpreter for commands on a machine, nil for the hypervisor's own shell.
func (s *Shell) newRunner(on *place) (*interp.Runner, error) {
	exec := func(interp.ExecHandlerFunc) interp.ExecHandlerFunc {
		return func(ctx context.Context, args []string) error {
			h := interp.HandlerCtx(ctx)
			return status(s.dispatch(&call{
				ctx: ctx, shell: s, args: args, on: on,
				stdin: h.Stdin, stdout: h.Stdout, stderr: h.Stderr,
			}))
		}
	}
	return interp.New(
		interp.StdIO(nil, s.out, s.errs),
		interp.ExecHandlers(exec),
		interp.CallHandler(s.changeDirectory),
		interp.OpenHandler(s.files.open),
		interp.StatHandler(s.files.stat),
		interp.ReadDirHandler2(s.files.readDir),
		interp.Env(environment{}),
		interp.Dir("/"),
	)
}

// changeDirectory stands in for cd, which in the interpreter looks at the real machine's directories. The working
// directory of a session is its variable PWD.
func (s *Shell) changeDirectory(ctx context.Context, args []string) ([]string, error) {
	if args[0] != "cd" {
		return args, nil
	}
	to := "/"
	if len(args) > 1 {
		to = absolute(ctx, args[1])
	}
	if !s.files.dirs[to] {
		fmt.Fprintf(interp.HandlerCtx(ctx).Stderr, "cd: %s: No such file or directory\n", to)
		return []string{"false"}, nil
	}
	quoted, err := syntax.Quote(to, syntax.LangBash)
	if err != nil {
		return nil, err
	}
	return []string{"eval", "PWD=" + quoted}, nil
}

// absolute is where a file name leads from the working directory.
func absolute(ctx context.Context, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join("/", interp.HandlerCtx(ctx).Env.Get("PWD").Str, name)
}

// status turns a command's error into the exit status that the interpreter goes on with.
func status(err error) error {
	var exit *ExitError
	if errors.As(err, &exit) {
		return interp.ExitStatus(exit.Status)
	}
	return err
}

// place is the machine that a command runs on.
type place struct {
	name    string
	machine Machine
}

// call is one command about to run.
type call struct {
	ctx            context.Context
	shell          *Shell
	args           []string // args[0] is the command's name
	on             *place   // nil: on the hypervisor
	stdin          io.Reader
	stdout, stderr io.Writer
}

// fail says what is wrong as the command would, and gives its exit status.
func (c *call) fail(code int, format string, args ...any) error {
	fmt.Fprintf(c.stderr, format+"\n", args...)
	return &ExitError{code}
}

// dispatch runs one command. A name that no row of the table has is "command not found", as in any shell.
func (s *Shell) dispatch(c *call) error {
	name := c.args[0]
	for i := range commands {
		if commands[i].name == name {
			return commands[i].run(c)
		}
	}
	return c.fail(127, "%s: command not found%s", name, didYouMean(name))
}

// didYouMean suggests a command that is one slip away.
func didYouMean(name string) string {
	var near []string
	for i := range commands {
		if n := commands[i].name; len(name) > 2 && (strings.HasPrefix(n, name) || strings.HasPrefix(name, n)) {
			near = append(near, n)
		}
	}
	if len(near) == 0 {
		return ""
	}
	sort.Strings(near)
	return " (did you mean " + strings.Join(near, ", ") + "?)"
}
