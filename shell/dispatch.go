package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"sort"
	"strings"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"ovnsim/sim/host"
)

// call is one command about to run.
type call struct {
	ctx            context.Context
	shell          *Shell
	args           []string // args[0] is the command's name
	at             *place
	background     bool // it was started with &
	job            *job // that it became
	stdin          io.Reader
	stdout, stderr io.Writer
	flush          func() // shows what was printed so far
}

// fail says what is wrong as the command would, and gives its exit status.
func (c *call) fail(code int, format string, args ...any) error {
	fmt.Fprintf(c.stderr, format+"\n", args...)
	return &ExitError{code}
}

func (c *call) print(format string, args ...any) { fmt.Fprintf(c.stdout, format, args...) }

// usage refuses a command line with the command's usage.
func (c *call) usage() error {
	return c.fail(2, "usage: %s", find(c.args[0]).usage)
}

// host is the machine that the command must run on.
func (c *call) host() (*host.Host, error) {
	if h, _ := c.shell.world.Machine(c.at.name); h != nil && c.at.name != "" {
		return h, nil
	}
	return nil, c.fail(1, "%s: on which machine? Say: ip netns exec MACHINE %s (machines: %s)",
		c.args[0], strings.Join(c.args, " "), orNone(strings.Join(c.shell.world.Machines(), ", ")))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// find is the command of a name, nil for none.
func find(name string) *command {
	for i := range commands {
		if commands[i].name == name {
			return &commands[i]
		}
	}
	return nil
}

// dispatch runs one command. A name that no row of the table has is "command not found", as in any shell.
func (s *Shell) dispatch(c *call) error {
	name := c.args[0]
	if strings.Contains(name, "/") && find(name[strings.LastIndexByte(name, '/')+1:]) != nil {
		name = name[strings.LastIndexByte(name, '/')+1:] // /usr/bin/curl
		c.args = append([]string{name}, c.args[1:]...)
	}
	if c.flush == nil {
		c.flush = func() {}
	}
	switch cmd := find(name); {
	case cmd != nil && len(c.args) == 2 && c.args[1] == "--help" && !cmd.ownHelp:
		c.print("usage: %s\n%s\n", cmd.usage, cmd.does)
		return nil
	case cmd != nil && cmd.kind == world:
		return s.alone(c, cmd)
	case cmd != nil:
		return cmd.run(c)
	case interp.IsBuiltin(name):
		return c.shellRun(c.args)
	case s.options.HostCommands:
		return c.hostProgram()
	}
	return c.fail(127, "%s: command not found%s", name, didYouMean(name))
}

// alone runs a command that works on the network while no other does. What it prints waits until it is over, or flushed:
// a reader behind a pipe may itself be a command that waits for the network.
func (s *Shell) alone(c *call, cmd *command) error {
	if c.stdin != nil && cmd.reads {
		data, err := io.ReadAll(c.stdin)
		if err != nil {
			return err
		}
		c.stdin = bytes.NewReader(data)
	}
	var out, errs bytes.Buffer
	stdout, stderr := c.stdout, c.stderr
	if c.job == nil {
		c.job = &job{out: stdout, errs: stderr}
	}
	c.stdout, c.stderr = &out, &errs
	show := func() {
		_, _ = out.WriteTo(stdout) // a reader that went away misses nothing
		_, _ = errs.WriteTo(stderr)
	}
	s.mu.Lock()
	c.flush = func() {
		said := s.jobsSaid()
		s.mu.Unlock()
		said()
		show()
		s.mu.Lock()
	}
	s.refreshServers()
	err := cmd.run(c)
	said := s.jobsSaid()
	s.mu.Unlock()
	said()
	show()
	return err
}

// shellRun runs words as a command of the shell language where the call stands.
func (c *call) shellRun(words []string) error {
	var quoted []string
	for _, w := range words {
		q, err := syntax.Quote(w, syntax.LangBash)
		if err != nil {
			return c.fail(2, "%s: %v", c.args[0], err)
		}
		quoted = append(quoted, q)
	}
	return c.script(strings.Join(quoted, " "), c.args[0], nil)
}

// script runs a script where the call stands, in a shell of its own, which inherits the working directory and variables.
func (c *call) script(text, name string, params []string) error {
	file, err := Parse(text, name)
	if err != nil {
		return c.fail(2, "%s: %v", name, err)
	}
	runner, err := c.shell.newRunnerFor(c.at, c.stdin, c.stdout, c.stderr, environment{c.at})
	if err != nil {
		return err
	}
	if len(params) > 0 {
		if err := interp.Params(append([]string{"--"}, params...)...)(runner); err != nil {
			return err
		}
	}
	runner.Reset()
	h := interp.HandlerCtx(c.ctx)
	runner.Vars["PWD"] = h.Env.Get("PWD")
	for vname, v := range h.Env.Each {
		if v.Exported && vname != "HOSTNAME" {
			runner.Vars[vname] = v
		}
	}
	return exitStatus(runner.Run(c.ctx, file))
}

// hostProgram runs a program of the real machine in the lab's folder.
func (c *call) hostProgram() error {
	p := exec.CommandContext(c.ctx, c.args[0], c.args[1:]...)
	p.Dir, p.Stdin, p.Stdout, p.Stderr = c.shell.options.Dir, c.stdin, c.stdout, c.stderr
	err := p.Run()
	if exit, ok := err.(*exec.ExitError); ok {
		return &ExitError{max(exit.ExitCode(), 1)}
	}
	if err != nil {
		return c.fail(127, "%v", err)
	}
	return nil
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
