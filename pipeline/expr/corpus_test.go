package expr

import (
	"bufio"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// corpusMatches are the distinct matches of recorded flows beside the repository; the test is skipped where there are none.
func corpusMatches(t testing.TB) []string {
	files, _ := filepath.Glob("../../../shared/corpus/*/lflows.txt.gz")
	if len(files) == 0 {
		t.Skip("no recorded flows beside the repository")
	}
	seen := make(map[string]bool)
	var out []string
	for _, name := range files {
		f, err := os.Open(name)
		require.NoError(t, err)
		z, err := gzip.NewReader(f)
		require.NoError(t, err)
		lines := bufio.NewScanner(z)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			_, rest, ok := strings.Cut(lines.Text(), "match=(")
			match, _, _ := strings.Cut(rest, "), action=(")
			if ok && !seen[match] {
				seen[match] = true
				out = append(out, strings.Clone(match))
			}
		}
		f.Close()
	}
	return out
}

// Every recorded match must parse, and print as it was but for the spacing that northd does not keep itself.
func TestCorpusRoundTrip(t *testing.T) {
	spacing := strings.NewReplacer("||(", "|| (", "||ip4", "|| ip4", "{ ", "{", " }", "}", "  ", " ")
	odd := 0
	for _, m := range corpusMatches(t) {
		e, err := Parse(m)
		if !assert.NoError(t, err, m) {
			continue
		}
		if got := e.String(); got != m {
			odd++
			assert.Equal(t, spacing.Replace(m), got)
		}
	}
	t.Logf("%d matches in odd spacing", odd)
	assert.Less(t, odd, 50)
}
