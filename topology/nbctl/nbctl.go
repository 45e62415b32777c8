// Package nbctl is the ovn-nbctl command language (ovn-nbctl(8)) over a topology in memory.
//
//	err := nbctl.Run(top, []string{"ls-add", "inside", "--", "lsp-add", "inside", "vm"}, os.Stdout)
//
// One Run is one transaction: all its commands take effect, or none. Output and error texts are those of ovn-nbctl 26.03, so that
// scripts made for it work.
package nbctl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"ovnsim/topology"
)

// Error is why a command line failed. Its text is what ovn-nbctl says after its own name and a colon.
type Error struct {
	Code int // the exit code
	Text string
}

func (e *Error) Error() string { return e.Text }

func fail(format string, args ...any) error {
	return &Error{Code: 1, Text: fmt.Sprintf(format, args...)}
}

// Run executes a command line (without the program's name) and writes what it prints to out. The error is an *Error unless out fails;
// the topology is then as before.
func Run(top *topology.Topology, args []string, out io.Writer) error {
	_, err := Change(top, args, out)
	return err
}

// Change is Run that tells whether the topology may have changed.
func Change(top *topology.Topology, args []string, out io.Writer) (changed bool, err error) {
	for _, arg := range args {
		if !utf8.ValidString(arg) || strings.ContainsRune(arg, 0) {
			return false, fail("%q: not a valid UTF-8 string", arg)
		}
	}
	g, calls, err := parse(args)
	switch {
	case err != nil:
		return false, err
	case g.say != "":
		_, err := io.WriteString(out, text(g.say))
		return false, err
	}
	s := &session{Topology: top, tx: top.Begin(), global: g, symbols: make(map[string]*symbol)}
	said, err := s.run(calls)
	if err != nil {
		s.tx.Rollback()
		return false, err
	}
	_, err = out.Write(said)
	return s.changed, err
}

// text is what an option prints that asks for one.
func text(option string) string {
	switch option {
	case "--help":
		return help()
	case "--commands":
		return listCommands()
	case "--options":
		return listOptions()
	}
	return version
}

// session is one run: the topology, the open transaction, and what the commands share.
type session struct {
	*topology.Topology
	tx      *topology.Transaction
	global  global
	symbols map[string]*symbol // @names
	order   []string           // of the symbols, as first met
	serial  string             // of the command under way, for the UUIDs of rows without names
	rows    int                // made by it
	changed bool               // something was committed
}

// call is one command with its arguments and what it prints.
type call struct {
	command *command
	args    []string
	options map[string]string
	out     bytes.Buffer
	table   *table
}

func (c *call) has(option string) bool { _, ok := c.options[option]; return ok }

func (c *call) printf(format string, args ...any) { fmt.Fprintf(&c.out, format, args...) }

// arg is the nth argument; "" if there are not that many.
func (c *call) arg(n int) string {
	if n >= len(c.args) {
		return ""
	}
	return c.args[n]
}

// run executes the calls and commits.
func (s *session) run(calls []*call) ([]byte, error) {
	for i, c := range calls {
		s.serial, s.rows = fmt.Sprintf("%d %s", i, strings.Join(c.args, " ")), 0
		if err := c.command.do(s, c); err != nil {
			return nil, err
		}
	}
	if err := s.checkSymbols(); err != nil {
		return nil, err
	}
	s.changed = s.tx.Changed() && !s.global.dryRun
	if s.global.dryRun {
		s.tx.Rollback()
	} else if err := s.tx.Commit(); err != nil {
		var violation *topology.Violation
		if errors.As(err, &violation) {
			return nil, fail("transaction error: %v", err)
		}
		return nil, err
	}
	var text bytes.Buffer
	tables := 0
	for _, c := range calls {
		if c.table != nil {
			c.table.print(&text, &s.global, tables == 0)
			tables++
			continue
		}
		s.global.printLines(&text, c.out.String())
	}
	return text.Bytes(), nil
}

// insert adds a row and gives it its UUID.
func (s *session) insert(r topology.Record) {
	s.rows++
	s.tx.Insert(r, fmt.Sprintf("%s #%d", s.serial, s.rows))
}

// printLines prints what a command said, on one line if --oneline was given.
func (g *global) printLines(w *bytes.Buffer, text string) {
	if !g.oneline {
		w.WriteString(text)
		return
	}
	text = strings.TrimSuffix(text, "\n")
	text = strings.ReplaceAll(text, `\`, `\\`)
	w.WriteString(strings.ReplaceAll(text, "\n", `\n`) + "\n")
}
