package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/shell"
)

// TestReadmeCommands has every command line of the project's pages understood: a verb that is there, options that it has, and
// as many arguments as it takes.
func TestReadmeCommands(t *testing.T) {
	pages, err := filepath.Glob("../../examples/*/*.md")
	require.NoError(t, err)
	seen := 0
	for _, page := range append(pages, "../../README.md") {
		b, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, line := range strings.Split(string(b), "\n") {
			line, ok := commandLine(line)
			if !ok {
				continue
			}
			seen++
			words, err := shell.Fields(line, func(string) string { return "x" })
			require.NoError(t, err, "%s: %s", page, line)
			root := newRootCommand()
			root.SetOut(io.Discard)
			root.SetErr(io.Discard)
			c, args, err := root.Find(words)
			if !assert.NoError(t, err, "%s: %s", page, line) || !assert.NotSame(t, root, c, "%s: %s", page, line) || c.DisableFlagParsing {
				continue
			}
			if assert.NoError(t, c.ParseFlags(args), "%s: %s", page, line) && c.Args != nil {
				assert.NoError(t, c.ValidateArgs(c.Flags().Args()), "%s: %s", page, line)
			}
		}
	}
	assert.Greater(t, seen, 30)
}

// commandLine is what a line of a page has a user type behind "ovnsim".
func commandLine(line string) (string, bool) {
	line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
	for _, begin := range []string{"ovnsim ", "go run ./cmd/ovnsim "} {
		if rest, ok := strings.CutPrefix(line, begin); ok {
			rest, _, _ = strings.Cut(rest, " #")
			return rest, !strings.ContainsAny(rest, "<")
		}
	}
	return "", false
}
