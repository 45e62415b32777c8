package tracefuzz

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mvdan.cc/sh/v3/shell"

	"ovnsim/internal/fuzznb"
)

// recorded is the folder of recordings, a folder for each scenario: the southbound database, and commands with answers.
const recorded = "internal/tracefuzz/testdata/recorded"

// marker begins a line with a command in a recording; what follows is its answer.
const marker = "-=-=- "

// Record keeps what the real one says to the commands of a scenario, those of testdata/NAME.commands and as many as are asked
// for of random ones. What it answers by lot, or not at all, is left out. root is the repository's; all stands for every
// scenario.
func Record(root, name string, seed int64, traces int) error {
	names := []string{name}
	if name == "all" {
		names = Scenarios()
	}
	o, err := fuzznb.Start(root)
	if err != nil {
		return err
	}
	defer func() { o.Close() }()
	for _, name := range names {
		if err := record(o, root, name, seed, traces); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func record(o *fuzznb.Oracle, root, name string, seed int64, traces int) error {
	t, err := Scenario(name)
	if err != nil {
		return err
	}
	n, err := Compile(o, t, seed)
	if err != nil {
		return err
	}
	r, err := startReal(root, n.File)
	if err != nil {
		return err
	}
	defer r.Close()
	commands, err := fixed(name)
	if err != nil {
		return err
	}
	w := newWorld(seed, n.Topology, n.Recorded)
	for range traces {
		commands = append(commands, w.draw())
	}
	var out bytes.Buffer
	version, _, _, err := r.Trace(&Command{Options: []string{"--version"}})
	if err != nil {
		return err
	}
	version, _, _ = strings.Cut(version, "\n")
	fmt.Fprintf(&out, "# Recorded %s by `go run ./internal/tracefuzz/run -record %s -seed %d -per %d` from %s.\n", time.Now().Format(time.DateOnly), name, seed, traces, version)
	for _, c := range commands {
		if answer, ok := steady(r, c); ok {
			fmt.Fprintf(&out, "%s%s\n%s\n", marker, c, answer)
		}
	}
	dir := filepath.Join(root, recorded, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := writeZipped(filepath.Join(dir, "sb.db.gz"), n.File); err != nil {
		return err
	}
	return writeZipped(filepath.Join(dir, "traces.txt.gz"), out.Bytes())
}

// steady is the real one's answer to a command, if it is a trace and always the same.
func steady(r *Real, c *Command) (string, bool) {
	var first string
	for i, n := 0, 1; i < n; i++ {
		answer, _, code, err := r.Trace(c)
		if answer = tidy(answer, false); err != nil || isRefusal(answer, code) || i > 0 && answer != first {
			return "", false
		}
		first, n = answer, throws(answer)
	}
	return first, true
}

// fixed is the commands that a scenario always has.
func fixed(name string) (all []*Command, err error) {
	text, err := scenarios.ReadFile("testdata/" + name + ".commands")
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		c, err := parseCommand(line)
		if err != nil {
			return nil, fmt.Errorf("testdata/%s.commands: %s: %w", name, line, err)
		}
		all = append(all, c)
	}
	return all, err
}

// parseCommand reads what String prints.
func parseCommand(line string) (*Command, error) {
	words, err := shell.Fields(line, nil)
	c := &Command{}
	for i, w := range words {
		if !strings.HasPrefix(w, "--") {
			c.Args = words[i:]
			break
		}
		c.Options = append(c.Options, w)
	}
	return c, err
}

func writeZipped(path string, b []byte) error {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(b); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

func readZipped(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// Answer is a command of a recording with what the real one said.
type Answer struct {
	Command *Command
	Text    string
}

// readRecording reads a folder that Record wrote.
func readRecording(dir string) (*Network, []Answer, error) {
	file, err := readZipped(filepath.Join(dir, "sb.db.gz"))
	if err != nil {
		return nil, nil, err
	}
	n := &Network{File: file}
	if err := n.read(); err != nil {
		return nil, nil, err
	}
	text, err := readZipped(filepath.Join(dir, "traces.txt.gz"))
	if err != nil {
		return nil, nil, err
	}
	var all []Answer
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for lines.Scan() {
		line, begins := strings.CutPrefix(lines.Text(), marker)
		switch {
		case begins:
			c, err := parseCommand(line)
			if err != nil {
				return nil, nil, err
			}
			all = append(all, Answer{Command: c})
		case len(all) > 0:
			all[len(all)-1].Text += line + "\n"
		}
	}
	return n, all, lines.Err()
}
