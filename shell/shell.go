// Package shell runs scripts of the lab's own commands (ovn-nbctl, ip, curl, …) in a real shell language over a simulated network.
//
//	s, err := shell.New(world, shell.Options{Out: os.Stdout, Err: os.Stderr})
//	err = s.Run(ctx, "for vm in vm1 vm2; do ip netns exec $vm curl 172.16.255.62:8000; done | sort | uniq -c", "example")
//
// Nothing of the real machine is run or read: the commands are those of one table, files are in memory, each machine's its
// own, and time is the simulation's.
package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// Options says how a session runs. The zero Options prints nothing and has only the simulator's commands.
type Options struct {
	Out, Err io.Writer

	// HostCommands has names that are no command here run as programs of the real machine, in the folder Dir.
	HostCommands bool
	Dir          string

	// Interactive paces commands that would never end, one step a second, instead of ending them.
	Interactive bool
}

// Shell is one session: its variables, its files and the network that its commands act on.
type Shell struct {
	world   World
	options Options
	places  map[string]*place // the hypervisor is ""
	here    *place            // where lines are run
	wires   wires
	jobs    []*job
	lastJob int

	mu       sync.Mutex // held by the one command that works on the network
	watched  bool       // the world tells of frames
	watchers []*watcher
}

// New starts a session.
func New(w World, o Options) (*Shell, error) {
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Err == nil {
		o.Err = io.Discard
	}
	s := &Shell{world: w, options: o, places: map[string]*place{}, wires: newWires()}
	hypervisor := &place{shell: s, files: newFiles(nil)}
	s.places[""], s.here = hypervisor, hypervisor
	var err error
	hypervisor.runner, err = s.newRunner(hypervisor)
	return s, err
}

// place is where commands run: the hypervisor or a machine, with its own files, variables and working directory.
type place struct {
	shell  *Shell
	name   string // "" for the hypervisor
	files  *files
	runner *interp.Runner // that its lines run in

	directory string // where the last cd went
}

// host is how messages call the place.
func (p *place) host() string {
	if p.name == "" {
		return "hypervisor"
	}
	return p.name
}

// place finds a machine's place; nil when there is no such machine.
func (s *Shell) place(name string) (*place, error) {
	if name == "hypervisor" {
		name = ""
	}
	if p := s.places[name]; p != nil && (name == "" || s.isMachine(name)) {
		return p, nil
	}
	if !s.isMachine(name) {
		return nil, nil
	}
	p := &place{shell: s, name: name, files: newFiles(s.places[""].files)}
	var err error
	p.runner, err = s.newRunner(p)
	s.places[name] = p
	return p, err
}

func (s *Shell) isMachine(name string) bool {
	h, _ := s.world.Machine(name)
	return h != nil
}

// Run runs a script where the session stands. The error names the script's place (name:line:col) for a syntax error; a
// command that fails does not end the script unless the script says so (set -e, &&), as in any shell. The script's own exit
// status, when it is not zero, comes as an *ExitError.
func (s *Shell) Run(ctx context.Context, script, name string) error {
	file, err := Parse(script, name)
	if err != nil {
		return err
	}
	return s.runNodes(ctx, s.here, file.Stmts)
}

// Parse reads a script, in the language of bash.
func Parse(script, name string) (*syntax.File, error) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash), syntax.KeepComments(true)).Parse(strings.NewReader(script), name)
	if err == nil {
		adapt(file)
	}
	return file, err
}

// runNodes runs statements one after the other; the status is the last one's.
func (s *Shell) runNodes(ctx context.Context, at *place, stmts []*syntax.Stmt) error {
	var err error
	for _, stmt := range stmts {
		if err = exitStatus(at.runner.Run(ctx, stmt)); at.runner.Exited() {
			return err
		}
		var exit *ExitError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !errors.As(err, &exit):
			return err
		}
	}
	return err
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

// adapt changes what the interpreter would do beside the one virtual clock: a command with an & becomes our command
// background, which starts what runs on and returns; anything else with an & runs where it stands. $! is our own.
func adapt(node syntax.Node) {
	syntax.Walk(node, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Stmt:
			if simple, ok := n.Cmd.(*syntax.CallExpr); ok && n.Background && len(simple.Args) > 0 {
				word := &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: "background"}}}
				simple.Args = append([]*syntax.Word{word}, simple.Args...)
			}
			n.Background = false
		case *syntax.ParamExp:
			if n.Param != nil && n.Param.Value == "!" {
				n.Param.Value = lastJobVariable
			}
		}
		return true
	})
}

// newRunner makes an interpreter for commands at a place.
func (s *Shell) newRunner(at *place) (*interp.Runner, error) {
	return s.newRunnerFor(at, nil, s.options.Out, s.options.Err, environment{at})
}

func (s *Shell) newRunnerFor(at *place, in io.Reader, out, errs io.Writer, env environment) (*interp.Runner, error) {
	exec := func(interp.ExecHandlerFunc) interp.ExecHandlerFunc {
		return func(ctx context.Context, args []string) error {
			h := interp.HandlerCtx(ctx)
			return status(s.dispatch(&call{
				ctx: ctx, shell: s, args: args, at: at,
				stdin: h.Stdin, stdout: h.Stdout, stderr: h.Stderr,
			}))
		}
	}
	return interp.New(
		interp.StdIO(in, out, errs),
		interp.ExecHandlers(exec),
		interp.CallHandler(at.callHandler),
		interp.OpenHandler(at.files.open),
		interp.StatHandler(at.stat),
		interp.ReadDirHandler2(at.files.readDir),
		interp.Env(env),
		interp.Dir("/"),
	)
}

// standIns are builtins of the interpreter that would look at the real machine: our commands of the same names run instead.
var standIns = map[string]bool{"wait": true, "fg": true, "bg": true, "type": true, "pushd": true, "popd": true, "dirs": true}

// maxFrames is how deep Go's stack may grow while functions of a script call each other: about a thousand of them.
const maxFrames = 10000

// callHandler stands in for builtins that look at the real machine. The working directory of a session is its variable PWD.
func (p *place) callHandler(ctx context.Context, args []string) ([]string, error) {
	var deep [1]uintptr
	switch {
	case runtime.Callers(maxFrames, deep[:]) > 0:
		return nil, errors.New("functions call each other without end")
	case args[0] == "cd":
		return p.changeDirectory(ctx, args)
	case standIns[args[0]]:
		return append([]string{"background", "-f"}, args...), nil
	case args[0] == "command" && len(args) > 2 && args[1] == "-v":
		return append([]string{"which"}, args[2:]...), nil
	}
	return args, nil
}

func (p *place) changeDirectory(ctx context.Context, args []string) ([]string, error) {
	h := interp.HandlerCtx(ctx)
	to := "/"
	switch {
	case len(args) > 1 && args[1] == "-":
		to = h.Env.Get("OLDPWD").Str
		fmt.Fprintln(h.Stdout, to)
	case len(args) > 1:
		to = absolute(ctx, args[1])
	}
	if !p.files.isDir(to) {
		fmt.Fprintf(h.Stderr, "cd: %s: No such file or directory\n", to)
		return []string{"false"}, nil
	}
	quoted, err := syntax.Quote(to, syntax.LangBash)
	if err != nil {
		return nil, err
	}
	p.directory = to
	return []string{"eval", "OLDPWD=$PWD PWD=" + quoted}, nil
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

// Place is the name of the machine where the session stands, "" for the hypervisor.
func (s *Shell) Place() string { return s.here.name }

// Directory is the working directory where the session stands.
func (s *Shell) Directory() string { return s.here.variable("PWD") }

// variable is a shell variable's value at a place.
func (p *place) variable(name string) string {
	if v, ok := p.runner.Vars[name]; ok {
		return v.String()
	}
	return environment{p}.Get(name).Str
}

// Exited tells whether the session's last script called exit.
func (s *Shell) Exited() bool { return s.here.runner.Exited() }

// Leave goes back from a machine to the hypervisor, and tells whether there was anywhere to go back to.
func (s *Shell) Leave() bool {
	left := s.here.name != ""
	s.here = s.places[""]
	return left
}

// Now is the virtual time.
func (s *Shell) Now() time.Duration { return s.world.Sim().Now() }

// Names lists the objects that can be named: machines, and what the topology holds.
func (s *Shell) Names() []string {
	names := append([]string{}, s.world.Machines()...)
	top := s.world.Topology()
	for _, r := range top.LogicalSwitch {
		names = append(names, r.Name)
	}
	for _, r := range top.LogicalRouter {
		names = append(names, r.Name)
	}
	for _, r := range top.LogicalSwitchPort {
		names = append(names, r.Name)
	}
	for _, r := range top.LogicalRouterPort {
		names = append(names, r.Name)
	}
	for _, r := range top.LoadBalancer {
		names = append(names, r.Name)
	}
	for _, r := range top.PortGroup {
		names = append(names, r.Name)
	}
	for _, r := range top.AddressSet {
		names = append(names, r.Name)
	}
	sort.Strings(names)
	return names
}
