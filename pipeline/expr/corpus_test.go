package expr

import (
	"bufio"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
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
	lab, _ := filepath.Glob("../../../shared/facts/lab/*/lflows.txt")
	for _, name := range append(files, lab...) {
		f, err := os.Open(name)
		require.NoError(t, err)
		var z io.Reader = f
		if strings.HasSuffix(name, ".gz") {
			z, err = gzip.NewReader(f)
			require.NoError(t, err)
		}
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

// spelling is the tokens of a match as written.
func spelling(match string) (out []string) {
	for l := NewLexer(match); l.Tok.Type != End; l.Next() {
		out = append(out, match[l.Tok.Pos:l.Tok.End])
	}
	return out
}

// rejected are the recorded matches that OVN itself cannot parse: ACLs with mistakes, routes without next hop.
var rejected = regexp.MustCompile(`inport=@|== \{\}$`)

// Every recorded match must parse, and print as it was but for the spacing that northd does not keep itself.
func TestCorpusRoundTrip(t *testing.T) {
	odd := 0
	for _, m := range corpusMatches(t) {
		e, err := Parse(m)
		if rejected.MatchString(m) {
			assert.Error(t, err, m)
			continue
		}
		if !assert.NoError(t, err, m) {
			continue
		}
		if got := e.String(); got != m {
			odd++
			assert.Equal(t, spelling(m), spelling(got))
		}
	}
	t.Logf("%d matches in odd spacing", odd)
	assert.Less(t, odd, 100)
}

func BenchmarkParse(b *testing.B) {
	for _, m := range []string{
		`inport == "sw0-port1" && arp.tpa == 10.0.0.1 && arp.op == 1`,
		`ct.new && !ct.rel && ip4 && reg0 == 172.16.255.130 && reg1[16..23] == 6 && reg1[0..15] == 8000`,
		`1`,
	} {
		b.Run(m, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBind(b *testing.B) {
	env := genEnv()
	for _, m := range []string{
		`inport == "sw0-port1" && arp.tpa == 10.0.0.1 && arp.op == 1`,
		`ct.new && !ct.rel && ip4 && reg0 == 172.16.255.130 && reg1[16..23] == 6 && reg1[0..15] == 8000`,
		`1`,
	} {
		e, err := Parse(m)
		require.NoError(b, err)
		b.Run(m, func(b *testing.B) {
			b.ReportAllocs()
			x := Binder{Env: env}
			for b.Loop() {
				if _, err := x.Bind(e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
