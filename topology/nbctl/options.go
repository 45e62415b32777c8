package nbctl

import (
	"slices"
	"strconv"
	"strings"

	"ovnsim/topology"
)

// global is what the options before the first command say.
type global struct {
	dryRun, oneline        bool
	format, data           string // "list" and "string" unless given
	noHeadings, prettyJSON bool
	say                    string // the option that asks for a text instead of running anything
}

type globalOption struct {
	name, short string
	argument    argument
	set         func(g *global, value string) error // nil for an option that means nothing here
}

// globalOptions is every option of ovn-nbctl itself; those that are about its connection to a server, its daemon or its log are taken
// and mean nothing here.
var globalOptions = []globalOption{
	{"--db", "", required, nil},
	{"--no-syslog", "", none, nil},
	{"--help", "-h", none, func(g *global, _ string) error { g.say = "--help"; return nil }},
	{"--commands", "", none, func(g *global, _ string) error { g.say = "--commands"; return nil }},
	{"--options", "", none, func(g *global, _ string) error { g.say = "--options"; return nil }},
	{"--leader-only", "", none, nil},
	{"--no-leader-only", "", none, nil},
	{"--shuffle-remotes", "", none, nil},
	{"--no-shuffle-remotes", "", none, nil},
	{"--version", "-V", none, func(g *global, _ string) error { g.say = "--version"; return nil }},
	{"--unixctl", "-u", required, nil},
	{"--no-wait", "", none, nil},
	{"--wait", "", required, setWait},
	{"--print-wait-time", "", none, nil},
	{"--dry-run", "", none, func(g *global, _ string) error { g.dryRun = true; return nil }},
	{"--oneline", "", none, func(g *global, _ string) error { g.oneline = true; return nil }},
	{"--timeout", "-t", required, setTimeout},
	{"--detach", "", none, nil},
	{"--no-self-confinement", "", none, nil},
	{"--no-chdir", "", none, nil},
	{"--pidfile", "", optional, nil},
	{"--overwrite-pidfile", "", none, nil},
	{"--monitor", "", none, nil},
	{"--user", "", required, nil},
	{"--verbose", "-v", optional, nil},
	{"--log-file", "", optional, nil},
	{"--syslog-method", "", required, nil},
	{"--syslog-target", "", required, nil},
	{"--private-key", "-p", required, nil},
	{"--certificate", "-c", required, nil},
	{"--ca-cert", "-C", required, nil},
	{"--ssl-protocols", "", required, nil},
	{"--ssl-ciphers", "", required, nil},
	{"--ssl-ciphersuites", "", required, nil},
	{"--ssl-server-name", "", required, nil},
	{"--bootstrap-ca-cert", "", required, nil},
	{"--format", "-f", required, setFormat},
	{"--data", "-d", required, setData},
	{"--no-headings", "", none, func(g *global, _ string) error { g.noHeadings = true; return nil }},
	{"--pretty", "", none, func(g *global, _ string) error { g.prettyJSON = true; return nil }},
	{"--bare", "", none, func(g *global, _ string) error { g.format, g.data, g.noHeadings = "list", "bare", true; return nil }},
	{"--max-column-width", "", required, nil},
}

const version = "ovn-nbctl 26.03.1\nOpen vSwitch Library 3.7.1\nDB Schema " + topology.Version + "\n"

// argument tells whether an option takes one.
type argument uint8

const (
	none     argument = iota
	required          // --name=value or --name value (of a command: --name=value alone)
	optional          // --name or --name=value
)

func setWait(_ *global, value string) error {
	if !slices.Contains([]string{"none", "sb", "hv"}, value) {
		return fail(`argument to --wait must be "none", "sb", or "hv"`)
	}
	return nil
}

func setTimeout(_ *global, value string) error {
	if _, err := strconv.ParseUint(value, 10, 32); err != nil {
		return fail("value %s on -t or --timeout is invalid", value)
	}
	return nil
}

func setFormat(g *global, value string) error {
	if !slices.Contains([]string{"table", "list", "html", "csv", "json"}, value) {
		return fail("unknown output format %q", value)
	}
	g.format = value
	return nil
}

func setData(g *global, value string) error {
	if !slices.Contains([]string{"string", "bare", "json"}, value) {
		return fail("unknown data format %q", value)
	}
	g.data = value
	return nil
}

// parse splits a command line into global options and commands. Options before the first command may be global ones or the command's.
func parse(args []string) (global, []*call, error) {
	g := global{format: "list", data: "string"}
	p := &optionParser{args: args, local: make(map[string]string)}
	for p.more() {
		if err := p.option(&g); err != nil || g.say != "" {
			return g, nil, err
		}
	}
	calls, err := parseCommands(p.args, p.local)
	return g, calls, err
}

// optionParser reads the options before the first command, as getopt_long does.
type optionParser struct {
	args  []string
	local map[string]string // the first command's
}

// more tells whether an option comes next; it drops the "--" that ends them.
func (p *optionParser) more() bool {
	if len(p.args) == 0 || !strings.HasPrefix(p.args[0], "-") || p.args[0] == "-" {
		return false
	}
	if p.args[0] == "--" {
		p.args = p.args[1:]
		return false
	}
	return true
}

func (p *optionParser) option(g *global) error {
	word := p.args[0]
	p.args = p.args[1:]
	if !strings.HasPrefix(word, "--") {
		return p.short(g, word)
	}
	name, value, given := strings.Cut(word, "=")
	full, takes, ok := findOption(name)
	switch {
	case !ok:
		return fail("unrecognized option '%s'", word)
	case given && takes == none:
		return fail("option '%s' doesn't allow an argument", word)
	case !given && takes == required && len(p.args) == 0:
		return fail("option '%s' requires an argument", word)
	case !given && takes == required:
		value, p.args = p.args[0], p.args[1:]
	}
	return p.set(g, full, value)
}

// set applies a global option, or keeps one for the first command.
func (p *optionParser) set(g *global, name, value string) error {
	for _, o := range globalOptions {
		if o.name == name {
			if o.set == nil {
				return nil
			}
			return o.set(g, value)
		}
	}
	if _, twice := p.local[name]; twice {
		return fail("'%s' option specified multiple times", name)
	}
	p.local[name] = value
	return nil
}

// short reads a word of one-letter options, such as -t5.
func (p *optionParser) short(g *global, word string) error {
	for letters := word[1:]; letters != ""; letters = letters[1:] {
		i := slices.IndexFunc(globalOptions, func(o globalOption) bool { return o.short == "-"+letters[:1] })
		if i < 0 {
			return fail("unrecognized option '%s'", letters[:1])
		}
		o := globalOptions[i]
		value := ""
		if o.argument != none {
			value, letters = letters[1:], letters[:1]
		}
		if o.argument == required && value == "" {
			if len(p.args) == 0 {
				return fail("option '%s' requires an argument", o.short)
			}
			value, p.args = p.args[0], p.args[1:]
		}
		if o.set != nil {
			if err := o.set(g, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// findOption is the option of that name, or the only one that begins so.
func findOption(name string) (full string, takes argument, ok bool) {
	found := make(map[string]argument)
	for _, o := range globalOptions {
		found[o.name] = o.argument
	}
	for _, c := range commands {
		for option, takes := range c.optionTable() {
			found[option] = takes
		}
	}
	if takes, ok := found[name]; ok {
		return name, takes, true
	}
	for option, t := range found {
		if strings.HasPrefix(option, name) {
			if ok {
				return "", none, false
			}
			full, takes, ok = option, t, true
		}
	}
	return full, takes, ok
}

// parseCommands splits at "--" and reads each command; empty ones in between are passed over.
func parseCommands(args []string, local map[string]string) ([]*call, error) {
	var calls []*call
	for len(args) > 0 {
		end := slices.Index(args, "--")
		if end < 0 {
			end = len(args)
		}
		if words := args[:end]; len(words) > 0 {
			c, err := parseCommand(words, local)
			if err != nil {
				return nil, err
			}
			calls = append(calls, c)
			local = nil
		}
		args = args[min(end+1, len(args)):]
	}
	if calls == nil {
		return nil, fail("missing command name (use --help for help)")
	}
	return calls, nil
}

func parseCommand(words []string, options map[string]string) (*call, error) {
	given := make(map[string]string)
	for name, value := range options {
		given[name] = value
	}
	values := make(map[string]bool) // options that came with "="
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		name, value, has := strings.Cut(words[0], "=")
		if _, twice := given[name]; twice {
			return nil, fail("'%s' option specified multiple times", words[0])
		}
		given[name], values[name] = value, has
		words = words[1:]
	}
	if len(words) == 0 {
		return nil, fail("missing command name (use --help for help)")
	}
	i := slices.IndexFunc(commands, func(c *command) bool { return c.name == words[0] })
	if i < 0 {
		return nil, fail("unknown command '%s'; use --help for help", words[0])
	}
	c := &call{command: commands[i], args: words[1:], options: given}
	return c, c.check(values)
}

// check holds a call to its command's options and number of arguments. fresh tells of the options that stood with the command whether
// they had a value.
func (c *call) check(fresh map[string]bool) error {
	name, table := c.command.name, c.command.optionTable()
	for _, option := range slices.Sorted(keysOf(c.options)) {
		takes, known := table[option]
		has, here := fresh[option]
		switch {
		case !known:
			return fail("'%s' command has no '%s' option", name, option)
		case here && !has && takes == required:
			return fail("missing argument to '%s' option on '%s' command", option, name)
		case here && has && takes == none:
			return fail("'%s' option on '%s' does not accept an argument", option, name)
		}
	}
	switch n := len(c.args); {
	case n < c.command.min:
		return fail("'%s' command requires at least %d arguments", name, c.command.min)
	case c.command.max >= 0 && n > c.command.max:
		return fail("'%s' command takes at most %d arguments", name, c.command.max)
	}
	return nil
}
