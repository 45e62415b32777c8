package shell

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mvdan.cc/sh/v3/syntax"
)

// command is one thing that can be typed.
type command struct {
	name, usage, does string
	run               func(*call) error
}

// commands is the table of all commands that are not the shell language's own. Filled in by init, since some commands
// run others.
var commands []command

func init() {
	commands = []command{
		{"ovn-nbctl", "ovn-nbctl COMMAND [-- COMMAND…]", "change or show the northbound topology", nbctl},
		{"ip", "ip route|addr …, ip netns exec MACHINE COMMAND", "a machine's addresses and routes", ip},
		{"on", "on MACHINE COMMAND", "run a command on a machine", on},
		{"bash", "bash -c SCRIPT", "run a script here", subshell},
		{"sh", "sh -c SCRIPT", "run a script here", subshell},
		{"python3", "python3 -m http.server PORT", "serve index.html of the working directory", python},
		{"pkill", "pkill [-f] http.server", "stop a machine's servers", pkill},
		{"curl", "curl [-s] [-m SECONDS] URL", "ask for a page", curl},
		{"ping", "ping [-c COUNT] ADDRESS", "send echo requests", ping},
		{"sleep", "sleep SECONDS", "let virtual time pass", sleep},
		{"seq", "seq [FIRST] LAST", "count", seq},
		{"cat", "cat [FILE…]", "print files", cat},
		{"mkdir", "mkdir [-p] DIRECTORY…", "make directories", mkdir},
	}
}

func nbctl(c *call) error {
	if err := c.shell.net.Nbctl(c.args[1:], c.stdout); err != nil {
		return c.fail(1, "ovn-nbctl: %v", err)
	}
	return nil
}

// on runs a command on a machine.
func on(c *call) error {
	if len(c.args) < 3 {
		return c.fail(2, "usage: on MACHINE COMMAND")
	}
	return c.onMachine(c.args[1], c.args[2:])
}

func (c *call) onMachine(name string, args []string) error {
	m := c.shell.net.Machine(name)
	if m == nil {
		return c.fail(1, "Cannot open network namespace \"%s\": there is no such machine (machines: %s)",
			name, strings.Join(c.shell.net.Machines(), ", "))
	}
	there := *c
	there.on, there.args = &place{name, m}, args
	return c.shell.dispatch(&there)
}

// subshell runs `sh -c SCRIPT` where the command stands: on a machine or on the hypervisor.
func subshell(c *call) error {
	if len(c.args) < 3 || c.args[1] != "-c" {
		return c.fail(2, "usage: %s -c SCRIPT", c.args[0])
	}
	file, err := syntax.NewParser().Parse(strings.NewReader(c.args[2]), c.args[0])
	if err != nil {
		return c.fail(2, "%v", err)
	}
	inForeground(file)
	runner, err := c.shell.newRunner(c.on)
	if err != nil {
		return err
	}
	return exitStatus(runner.Run(c.ctx, file))
}

// machine is the machine that the command must run on.
func (c *call) machine() (*place, error) {
	if c.on == nil {
		return nil, c.fail(1, "%s: on which machine? Say: ip netns exec MACHINE %s (machines: %s)",
			c.args[0], strings.Join(c.args, " "), strings.Join(c.shell.net.Machines(), ", "))
	}
	return c.on, nil
}

// python starts the one Python program that labs use: a web server, which serves index.html.
func python(c *call) error {
	m, err := c.machine()
	if err != nil {
		return err
	}
	port, dir := 8000, ""
	for i := 1; i < len(c.args); i++ {
		switch a := c.args[i]; {
		case a == "-m" || a == "http.server":
		case (a == "--directory" || a == "-d") && i+1 < len(c.args):
			i++
			dir = c.args[i]
		default:
			if port, err = strconv.Atoi(a); err != nil || port < 1 || port > 65535 {
				return c.fail(1, "python3: only -m http.server [--directory DIR] PORT is simulated, not %q", a)
			}
		}
	}
	body, ok := c.shell.files.read(c.path(dir, "index.html"))
	if !ok {
		body = "i am " + m.name + "\n"
	}
	if err := m.machine.Serve(uint16(port), body); err != nil {
		return c.fail(1, "OSError: %v", err)
	}
	return nil
}

func pkill(c *call) error {
	m, err := c.machine()
	if err != nil {
		return err
	}
	if m.machine.StopServing() == 0 {
		return &ExitError{1} // pkill says nothing when nothing matched
	}
	return nil
}

// CurlError is curl's own exit code and message: 6 no such name, 7 refused or unreachable, 28 timed out, …
type CurlError struct {
	Code    int
	Message string
}

func (e *CurlError) Error() string { return fmt.Sprintf("curl: (%d) %s", e.Code, e.Message) }

func curl(c *call) error {
	m, err := c.machine()
	if err != nil {
		return err
	}
	limit, silent, target := time.Duration(0), false, ""
	for i := 1; i < len(c.args); i++ {
		switch a := c.args[i]; {
		case a == "-s" || a == "--silent" || a == "-sS":
			silent = true
		case (a == "-m" || a == "--max-time" || a == "--connect-timeout") && i+1 < len(c.args):
			i++
			seconds, err := strconv.ParseFloat(c.args[i], 64)
			if err != nil || seconds < 0 {
				return c.fail(2, "curl: option %s: expected a proper numerical parameter", a)
			}
			limit = time.Duration(seconds * float64(time.Second))
		case strings.HasPrefix(a, "-"):
			return c.fail(2, "curl: option %s: is not simulated", a)
		default:
			target = a
		}
	}
	if !strings.Contains(target, "://") {
		target = "http://" + target
	}
	if _, err := url.Parse(target); err != nil || target == "http://" {
		return c.fail(3, "curl: (3) URL rejected: Malformed input to a URL function")
	}
	body, err := c.shell.net.Curl(m.name, target, limit)
	fmt.Fprint(c.stdout, body)
	var failed *CurlError
	switch {
	case errors.As(err, &failed) && silent:
		return &ExitError{failed.Code}
	case errors.As(err, &failed):
		return c.fail(failed.Code, "%v", failed)
	}
	return err
}

func ping(c *call) error {
	m, err := c.machine()
	if err != nil {
		return err
	}
	count, address := 4, ""
	for i := 1; i < len(c.args); i++ {
		switch a := c.args[i]; {
		case a == "-c" && i+1 < len(c.args):
			i++
			if count, err = strconv.Atoi(c.args[i]); err != nil || count < 1 {
				return c.fail(2, "ping: bad number of packets to transmit.")
			}
		case (a == "-W" || a == "-w" || a == "-i") && i+1 < len(c.args):
			i++
		case strings.HasPrefix(a, "-"):
		default:
			address = a
		}
	}
	got, err := c.shell.net.Ping(m.name, address, count)
	if err != nil {
		return c.fail(2, "ping: %v", err)
	}
	fmt.Fprintf(c.stdout, "%d packets transmitted, %d received, %d%% packet loss\n", count, got, 100*(count-got)/count)
	if got == 0 {
		return &ExitError{1}
	}
	return nil
}

func sleep(c *call) error {
	if len(c.args) < 2 {
		return c.fail(1, "sleep: missing operand")
	}
	for _, a := range c.args[1:] {
		d, err := time.ParseDuration(a)
		if err != nil {
			d, err = time.ParseDuration(a + "s")
		}
		if err != nil || d < 0 {
			return c.fail(1, "sleep: invalid time interval '%s'", a)
		}
		c.shell.net.Sleep(d)
	}
	return nil
}

func seq(c *call) error {
	first, last := 1, 0
	var err error
	switch len(c.args) {
	case 2:
		last, err = strconv.Atoi(c.args[1])
	case 3:
		if first, err = strconv.Atoi(c.args[1]); err == nil {
			last, err = strconv.Atoi(c.args[2])
		}
	default:
		return c.fail(1, "usage: seq [FIRST] LAST")
	}
	if err != nil {
		return c.fail(1, "seq: invalid floating point argument")
	}
	for i := first; i <= last && c.ctx.Err() == nil; i++ {
		fmt.Fprintln(c.stdout, i)
	}
	return nil
}
