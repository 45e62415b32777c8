// Command ovnsim runs OVN's dataplane from a topology file: no daemon, no root, one binary.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// The exit codes of every verb.
const (
	exitPass    = 0 // everything held, or nothing differs
	exitFailed  = 1 // an expectation failed, or something differs
	exitUsage   = 2 // bad usage or bad input
	exitLacking = 3 // the input uses something the model lacks
	exitFault   = 4 // our own fault
)

// verbs makes the commands, in the order that the help shows them.
var verbs = []func() *cobra.Command{
	newRunCommand,
	newTestCommand,
	newReportCommand,
	newSchemaCommand,
	newCurlCommand,
	newPingCommand,
	newExplainCommand,
	newLintCommand,
	newDiffCommand,
	newStagesCommand,
	newTraceCommand,
	newLflowListCommand,
	newShowCommand,
	newNbctlCommand,
	newConvertCommand,
	newShellCommand,
	newReplayCommand,
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run executes one command line and tells the exit code.
func run(args []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(stderr, "ovnsim: our own fault, please report it: %v\n", r)
			code = exitFault
		}
	}()
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	var exit *exitError
	switch {
	case err == nil:
		return exitPass
	case errors.As(err, &exit):
		if exit.err != nil {
			fmt.Fprintf(stderr, "ovnsim: %v\n", exit.err)
		}
		return exit.code
	}
	fmt.Fprintf(stderr, "ovnsim: %v\n", err)
	return exitUsage
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "ovnsim",
		Short:         "OVN's dataplane in one binary: compile a topology, run packets, say why",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	for _, verb := range verbs {
		root.AddCommand(verb())
	}
	return root
}

// exitError ends a verb with a code of its own; a nil err has said all there is to say already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }
