package shell

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
)

// onCommand is `on MACHINE [COMMAND]`: without a command the session moves there until exit.
func onCommand(c *call) error {
	if len(c.args) < 2 {
		return c.usage()
	}
	return c.onMachine(c.args[1], c.args[2:])
}

// onMachine runs a command on a machine, or takes the session there.
func (c *call) onMachine(name string, args []string) error {
	p, err := c.shell.place(name)
	if err != nil {
		return err
	}
	if p == nil {
		hint := ""
		if c.shell.world.Topology().SwitchPort(name) != nil {
			hint = "; \"machine " + name + "\" puts one on the port of that name"
		}
		return c.fail(1, "Cannot open network namespace \"%s\": No such file or directory (machines: %s%s)",
			name, orNone(strings.Join(c.shell.world.Machines(), ", ")), hint)
	}
	if len(args) == 0 || len(args) == 1 && (args[0] == "bash" || args[0] == "sh") && c.stdin == nil {
		c.shell.here = p
		return nil
	}
	there := *c
	there.at, there.args = p, args
	return c.shell.dispatch(&there)
}

// subshell runs `sh -c SCRIPT` or `sh FILE` where the command stands; without either, what comes on standard input.
func subshell(c *call) error {
	args := c.args[1:]
	for len(args) > 0 && (args[0] == "-e" || args[0] == "-x" || args[0] == "-l" || args[0] == "-u") {
		args = args[1:]
	}
	switch {
	case len(args) >= 2 && args[0] == "-c":
		params := args[2:]
		if len(params) > 0 {
			params = params[1:] // $0
		}
		return c.script(args[1], c.args[0], params)
	case len(args) == 0:
		text, err := c.input()
		if err != nil {
			return err
		}
		return c.script(text, c.args[0], nil)
	case strings.HasPrefix(args[0], "-"):
		return c.fail(2, "%s: %s: invalid option", c.args[0], args[0])
	}
	text, err := c.readFile(args[0])
	if err != nil {
		return err
	}
	return c.script(text, args[0], args[1:])
}

// timeout ends a command after a time: the simulation's, or the same of the real clock, whichever comes first.
func timeout(c *call) error {
	args := c.args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		args = args[1:]
	}
	if len(args) < 2 {
		return c.usage()
	}
	d, err := interval(args[0])
	if err != nil {
		return c.fail(125, "timeout: invalid time interval '%s'", args[0])
	}
	ctx, cancel := context.WithTimeout(c.ctx, d)
	defer cancel()
	c.shell.mu.Lock()
	timer := c.shell.world.Sim().At(c.shell.world.Sim().Now()+d, cancel)
	c.shell.mu.Unlock()
	there := *c
	there.ctx, there.args = ctx, args[1:]
	err = c.shell.dispatch(&there)
	c.shell.mu.Lock()
	c.shell.world.Sim().Stop(timer)
	c.shell.mu.Unlock()
	if ctx.Err() != nil && c.ctx.Err() == nil {
		return &ExitError{124}
	}
	return err
}

// interval reads a time as sleep(1) does: seconds, or a number with s, m, h or d behind it.
func interval(text string) (time.Duration, error) {
	unit := time.Second
	if text == "" {
		return 0, errors.New("no time")
	}
	switch text[len(text)-1] {
	case 's':
		text = text[:len(text)-1]
	case 'm':
		unit, text = time.Minute, text[:len(text)-1]
	case 'h':
		unit, text = time.Hour, text[:len(text)-1]
	case 'd':
		unit, text = 24*time.Hour, text[:len(text)-1]
	}
	n, err := strconv.ParseFloat(text, 64)
	if err == nil && (n < 0 || n > 1e7 || n != n) {
		err = errors.New("out of range")
	}
	return time.Duration(n * float64(unit)), err
}

// again runs the command behind it: nohup, sudo, env, time, stdbuf as labs use them.
func again(c *call) error {
	args := c.args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		args = args[1:]
	}
	if len(args) == 0 {
		return c.usage()
	}
	there := *c
	there.args = args
	return c.shell.dispatch(&there)
}

// xargs runs a command with the words of standard input behind it; -n COUNT that many at a time, -I WORD in the place of a word.
func xargs(c *call) error {
	args, per, in := c.args[1:], 0, ""
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch {
		case (args[0] == "-n" || args[0] == "-I") && len(args) > 1:
			if args[0] == "-I" {
				in = args[1]
			} else if n, err := strconv.Atoi(args[1]); err == nil {
				per = n
			}
			args = args[2:]
		case strings.HasPrefix(args[0], "-n"):
			per, _ = strconv.Atoi(args[0][2:])
			args = args[1:]
		default:
			args = args[1:]
		}
	}
	if len(args) == 0 {
		args = []string{"echo"}
	}
	text, err := c.input()
	if err != nil {
		return err
	}
	words := strings.Fields(text)
	if in != "" {
		words = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		per = 1
	}
	if per <= 0 {
		per = max(len(words), 1)
	}
	var failed error
	for begin := 0; begin < max(len(words), 1) && c.ctx.Err() == nil; begin += per {
		part := words[min(begin, len(words)):min(begin+per, len(words))]
		there := *c
		there.stdin = strings.NewReader("")
		there.args = append(append([]string{}, args...), part...)
		if in != "" {
			there.args = nil
			for _, a := range args {
				there.args = append(there.args, strings.ReplaceAll(a, in, strings.Join(part, "")))
			}
		}
		if err := c.shell.dispatch(&there); err != nil {
			failed = &ExitError{123}
		}
	}
	return failed
}

func sleep(c *call) error {
	if len(c.args) < 2 {
		return c.fail(1, "sleep: missing operand")
	}
	for _, a := range c.args[1:] {
		d, err := interval(a)
		if a == "infinity" {
			d, err = time.Hour, nil
		}
		if err != nil {
			return c.fail(1, "sleep: invalid time interval '%s'", a)
		}
		c.shell.pass(c.ctx, d)
	}
	return nil
}

// date is the virtual time: every simulation begins with 1970.
func date(c *call) error {
	t := time.Unix(0, int64(c.shell.world.Sim().Now())).UTC()
	format := "+%a %b %e %H:%M:%S UTC %Y"
	for _, a := range c.args[1:] {
		if strings.HasPrefix(a, "+") {
			format = a
		}
	}
	out := strings.NewReplacer("%%", "%", "%s", strconv.FormatInt(t.Unix(), 10), "%N", t.Format("000000000"), "%a", t.Format("Mon"), "%b", t.Format("Jan"),
		"%e", t.Format("_2"), "%H", t.Format("15"), "%M", t.Format("04"), "%S", t.Format("05"), "%Y", t.Format("2006"), "%m", t.Format("01"),
		"%d", t.Format("02"), "%T", t.Format("15:04:05"), "%F", t.Format("2006-01-02"), "%3N", t.Format(".000")[1:]).Replace(format[1:])
	c.print("%s\n", out)
	return nil
}
