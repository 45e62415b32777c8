package action

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/pipeline/expr"
)

// recorded is the distinct actions of the recorded flows, in no order; empty where there are no recordings.
func recorded(t testing.TB) map[string]bool {
	texts := map[string]bool{}
	for _, pattern := range []string{"corpus/*/lflows.txt.gz", "facts/lab/*/lflows.txt"} {
		files, err := filepath.Glob(filepath.Join("../../../shared", pattern))
		require.NoError(t, err)
		for _, file := range files {
			readActions(t, file, texts)
		}
	}
	return texts
}

func readActions(t testing.TB, file string, texts map[string]bool) {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		r, err = gzip.NewReader(f)
		require.NoError(t, err)
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		if _, actions, ok := strings.Cut(lines.Text(), "), action=("); ok {
			texts[strings.TrimSuffix(actions, ")")] = true
		}
	}
	require.NoError(t, lines.Err())
}

// northdSpells is where northd writes what OVN prints otherwise, after spaces and comments are made even.

var northdSpells = []struct {
	re *regexp.Regexp
	to string
}{
	{regexp.MustCompile(`\bct_next ;`), "ct_next ( dnat ) ;"},
	{regexp.MustCompile(`\bct_commit_nat ;`), "ct_commit_nat ( dnat ) ;"},
	{regexp.MustCompile(`\bct_commit { } ;`), "ct_commit ;"},
	{regexp.MustCompile(`\b(severity = \w+) , (verdict = \w+)`), "$2 , $1"},
	{regexp.MustCompile(`([(,] \d+) ,`), "$1 = 100 ,"},
	{regexp.MustCompile(`([(,] \d+) \)`), "$1 = 100 )"},
	{regexp.MustCompile(`^drop ; $`), ""},
}

// even is a text as tokens with a space after each.
func even(text string) string {
	var b strings.Builder
	for l := expr.NewLexer(text); l.Tok.Type != expr.End; l.Next() {
		if l.Tok.Type == expr.Number {
			b.WriteString(canonical(l.Tok.Const).String())
		} else {
			b.WriteString(text[l.Tok.Pos:l.Tok.End])
		}
		b.WriteByte(' ')
	}
	return b.String()
}

func spelled(text string) string {
	s := even(text)
	for _, n := range northdSpells {
		if strings.HasPrefix(n.to, "$1 = 100") && !strings.Contains(s, "= select") {
			continue
		}
		s = n.re.ReplaceAllString(s, n.to)
		s = n.re.ReplaceAllString(s, n.to)
	}
	return s
}

// TestCorpus parses the actions of every recorded flow. What is printed has the tokens of what was read, but for the few
// spellings above, and parses to the same.
func TestCorpus(t *testing.T) {
	texts := recorded(t)
	if len(texts) == 0 {
		t.Skip("no recorded flows")
	}
	for text := range texts {
		got, err := ParseText(text)
		if !assert.NoError(t, err, text) {
			continue
		}
		assert.Equal(t, text, got.String())
		canonical := got.Canonical()
		assert.Equal(t, strings.TrimPrefix(spelled(text), "drop ; "), strings.TrimPrefix(even(canonical), "drop ; "), text)
		again, err := Parse(canonical)
		assert.NoError(t, err, canonical)
		assert.Equal(t, got.Actions, again, canonical)
	}
	t.Logf("%d distinct texts", len(texts))
}

// TestTraces prints every action line of the recorded answers of ovn-trace as it stands there.
func TestTraces(t *testing.T) {
	files, err := filepath.Glob("../../../shared/corpus/*/traces.json.gz")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no recorded traces")
	}
	heading := regexp.MustCompile(`^ *(\d+\. |/\*|\*\*\*|LOG)`)
	lines := map[string]bool{}
	for _, file := range files {
		f, err := os.Open(file)
		require.NoError(t, err)
		r, err := gzip.NewReader(f)
		require.NoError(t, err)
		var traces []struct{ Detailed string }
		require.NoError(t, json.NewDecoder(r).Decode(&traces))
		require.NoError(t, f.Close())
		for _, trace := range traces {
			for _, line := range strings.Split(trace.Detailed, "\n") {
				if strings.HasPrefix(line, " ") && strings.HasSuffix(line, ";") && !heading.MatchString(line) {
					lines[strings.TrimSpace(line)] = true
				}
			}
		}
	}
	for line := range lines {
		actions, err := Parse(line)
		if assert.NoError(t, err, line) {
			assert.Equal(t, line, Print(actions))
		}
	}
	t.Logf("%d distinct lines", len(lines))
}
