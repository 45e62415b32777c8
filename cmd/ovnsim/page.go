package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"ovnsim/pipeline/northd"
	"ovnsim/shell"
)

// isPage tells whether run is given a script or a Markdown page instead of a lab file.
func isPage(file string) bool {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".sh", ".md", ".markdown":
		return true
	}
	return false
}

// page runs a script, or the shell blocks of a page, from an empty simulator or from the lab that is named behind it.
func (o *shellOptions) page(args []string, stdout, stderr io.Writer) error {
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	if len(args) > 2 {
		return fmt.Errorf("a page is run from one lab, not from %s", strings.Join(args[1:], " and "))
	}
	start := ""
	if len(args) == 2 {
		start = args[1]
	}
	w, err := o.start(start, stderr)
	if err != nil {
		return err
	}
	script := strings.HasSuffix(args[0], ".sh")
	read := shell.ReadMarkdown
	if script {
		read = shell.ReadScript
	}
	page, err := read(string(data), args[0])
	if err != nil {
		return err
	}
	ctx, stop := o.within()
	defer stop()
	t := &shell.Transcript{Out: stdout, Echo: !script}
	so := shell.Options{Out: stdout, Err: stderr, HostCommands: o.hostCommands, Dir: filepath.Dir(args[0])}
	if script {
		return o.script(ctx, w, so, page)
	}
	fmt.Fprintf(stdout, "%s (as OVN %s does it)\n", args[0], northd.Version)
	if err := o.stopped(t.Play(ctx, w, so, page)); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "\n%s: %d blocks, %d commands, %d outputs held against the page, %d differ\n", args[0], page.Blocks, t.Ran, t.Checked, t.Failed)
	switch {
	case t.Failed > 0:
		return &exitError{code: exitFailed}
	case page.Blocks == 0:
		return fmt.Errorf("%s: there is no shell block (```sh or ```console) to run", args[0])
	}
	return nil
}

// script runs a script: what it prints is the result, its status the exit code.
func (o *shellOptions) script(ctx context.Context, w shell.World, so shell.Options, page *shell.Page) error {
	err := o.stopped(shell.RunScript(ctx, w, so, page))
	var exit *shell.ExitError
	if errors.As(err, &exit) {
		return &exitError{code: exitFailed, err: fmt.Errorf("%s: %w", page.Name, exit)}
	}
	return err
}

// stopped is the error of a script that was stopped from outside.
func (o *shellOptions) stopped(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &exitError{code: exitFailed, err: fmt.Errorf("stopped after %s", o.timeout)}
	case errors.Is(err, context.Canceled):
		return &exitError{code: 130, err: errors.New("interrupted")}
	}
	return err
}
