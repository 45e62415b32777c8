package nbctl_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// A recording is a session with the real ovn-nbctl on a database that is empty at first: a line "$ ARGUMENTS" for each invocation,
// "| " before what it printed, "! " before what it said on stderr after "ovn-nbctl: ", "= N" for an exit code that is neither 0 nor,
// with an error, 1; and last "> " before the rows that were there at the end. UUIDs are U. oracle_test.go makes recordings.
type recording struct {
	header string
	steps  []*step
	rows   []string
}

type step struct {
	line        string
	out, errors string
	code        int
}

func readRecording(t testing.TB, file string) *recording {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	r := &recording{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		mark, text, _ := strings.Cut(line, " ")
		switch mark {
		case "#":
			r.header += line + "\n"
		case "$":
			r.steps = append(r.steps, &step{line: text})
		case "|":
			r.steps[len(r.steps)-1].out += text + "\n"
		case "!":
			s := r.steps[len(r.steps)-1]
			s.errors, s.code = s.errors+text+"\n", 1
		case "=":
			_, err := fmt.Sscan(text, &r.steps[len(r.steps)-1].code)
			require.NoError(t, err, file)
		case ">":
			r.rows = append(r.rows, text)
		}
	}
	return r
}

func recordings(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func TestAnswersAsRecorded(t *testing.T) {
	invocations := 0
	for _, file := range recordings(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			r := readRecording(t, file)
			require.Contains(t, r.header, "OVN 26.03.1", "a recording says what it is of")
			top := empty(t)
			for _, want := range r.steps {
				invocations++
				before := top.Copy()
				got := invoke(top, words(t, want.line))
				assert.Equal(t, comparable(want.line, want.out), comparable(want.line, got.out), want.line)
				assert.Equal(t, maskViolation(want.errors), maskViolation(masked(got.errors)), want.line)
				assert.Equal(t, want.code, got.code, want.line)
				if got.code != 0 {
					require.Equal(t, rows(before), rows(top), "%s: an error must change nothing", want.line)
				}
			}
			assert.Equal(t, r.rows, rows(top), "the rows at the end")
		})
	}
	assert.Greater(t, invocations, 400)
}

func empty(t testing.TB) *topology.Topology {
	top := &topology.Topology{}
	require.NoError(t, nbctl.Run(top, []string{"init"}, &bytes.Buffer{}))
	return top
}

func invoke(top *topology.Topology, args []string) *step {
	var out bytes.Buffer
	s := &step{}
	var e *nbctl.Error
	if err := nbctl.Run(top, args, &out); errors.As(err, &e) {
		s.errors, s.code = e.Text+"\n", e.Code
	}
	s.out = out.String()
	return s
}

// words splits a line as a shell does: blanks, quotes, backslashes.
func words(t testing.TB, line string) []string {
	var out []string
	var word strings.Builder
	in, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case quote != 0 && b == quote:
			quote = 0
		case quote != '\'' && b == '\\' && i+1 < len(line) && (quote == 0 || strings.IndexByte("\\\"$`", line[i+1]) >= 0):
			i++
			word.WriteByte(line[i])
			in = true
		case quote != 0:
			word.WriteByte(b)
		case b == '"' || b == '\'':
			quote, in = b, true
		case b == ' ':
			if in {
				out = append(out, word.String())
				word.Reset()
			}
			in = false
		default:
			word.WriteByte(b)
			in = true
		}
	}
	require.Zero(t, quote, line)
	if in {
		out = append(out, word.String())
	}
	return out
}

var (
	uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	short = regexp.MustCompile(`">[0-9a-f]{8}</a>`)
)

var tables = regexp.MustCompile(`(^| )(list|find|lsp-hc-list) `)

func masked(text string) string {
	return short.ReplaceAllString(uuids.ReplaceAllString(text, "U"), `">U</a>`)
}

// comparable puts what ovn-nbctl prints in the order of its hash tables, or of random UUIDs, into an order of its own.
func comparable(line, out string) string {
	out = masked(out)
	separator := "\n"
	switch {
	case strings.Contains(line, "html"):
		return out
	case strings.Contains(line, "lb-list"):
		out = strings.ReplaceAll(out, "\nU ", "\n\nU ")
		separator = "\n\n"
	case strings.Contains(line, "show"):
		out = regexp.MustCompile(`\n(    (?:port|nat)|switch|router)`).ReplaceAllString(out, "\n\n$1")
		separator = "\n\n"
	case strings.Contains(line, "nat-list") || strings.Contains(line, "ha-chassis"):
	case tables.MatchString(line):
		separator = "\n\n"
	case !strings.Contains(line, "fwd-group-list") && !strings.Contains(line, "get-options") && !strings.Contains(line, "get-connection"):
		return out
	}
	parts := strings.Split(strings.TrimSuffix(out, "\n"), separator)
	slices.Sort(parts)
	return strings.Join(parts, separator)
}

// maskViolation leaves out which of two rows with the same index values is said to be the first: it follows the UUIDs.
func maskViolation(text string) string {
	return regexp.MustCompile(`First row,.*Second row,.*?\."`).ReplaceAllString(text, `…"`)
}

// rows is every row on one line, references as the rows that they lead to, in an order that UUIDs have no part in.
func rows(top *topology.Topology) []string {
	var out []string
	for _, t := range topology.Schema() {
		for _, r := range top.Records(t) {
			out = append(out, describe(r, 0))
		}
	}
	slices.Sort(out)
	return out
}

func describe(r topology.Record, depth int) string {
	t := topology.TableOf(r)
	var b strings.Builder
	b.WriteString(t.Name + "{")
	for _, c := range t.Columns {
		d := c.Get(r)
		if len(d.Keys) == 0 || c.Ephemeral {
			continue
		}
		var parts []string
		for i, k := range d.Keys {
			switch {
			case c.Ref != nil && depth < 3:
				parts = append(parts, describe(k.Row, depth+1))
			case c.Ref != nil:
				parts = append(parts, c.Ref.Name)
			case c.IsMap:
				parts = append(parts, k.Text(c.Kind)+"="+d.Values[i].Text(c.Value))
			default:
				parts = append(parts, k.Text(c.Kind))
			}
		}
		slices.Sort(parts)
		if text := strings.Join(parts, ","); c.Min == 0 || text != "" && text != "0" && text != "false" {
			fmt.Fprintf(&b, " %s=%q", c.Name, masked(text))
		}
	}
	return b.String() + "}"
}
