package expr

import (
	"math/rand"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// seeds are matches to begin fuzzing with.
func seeds(f *testing.F) {
	text, err := os.ReadFile("testdata/parse.txt")
	require.NoError(f, err)
	for line := range strings.SplitSeq(string(text), "\n") {
		match, _, _ := strings.Cut(line, "\t")
		f.Add(match)
	}
}

// FuzzParse: whatever parses prints to what parses to the same, and its two bindings agree on some packets.
func FuzzParse(f *testing.F) {
	seeds(f)
	env := genEnv()
	g := &generator{r: rand.New(rand.NewSource(4))}
	keys := make([]Key, 8)
	for i := range keys {
		keys[i] = g.key(env)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text)
		if err != nil {
			pos := err.(*Error).Pos
			require.True(t, pos >= 0 && pos <= len(text), "position %d of %q", pos, text)
			return
		}
		printed := e.String()
		again, err := Parse(printed)
		require.NoError(t, err, "%q printed as %q", text, printed)
		require.Equal(t, e, again)
		m, err := Bind(e, env)
		n, nerr := Normalise(e, env)
		require.Equal(t, err == nil, nerr == nil, "%v, %v", err, nerr)
		if err != nil {
			return
		}
		c := NewClassifier([]Row{{Match: m}})
		for i := range keys {
			want := slowEval(n, &keys[i], env)
			require.Equal(t, want, m.Eval(&keys[i]), text)
			require.Equal(t, want, c.Lookup(&keys[i]) == 0, text)
		}
	})
}

// FuzzMicroflow: never a panic, and a packet that comes out matches.
func FuzzMicroflow(f *testing.F) {
	seeds(f)
	env := genEnv()
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMicroflow(text, env)
		if err != nil {
			return
		}
		e, _ := Parse(text)
		b := Binder{Env: env, IgnoreTOS: true}
		match, err := b.Bind(e)
		require.NoError(t, err)
		require.True(t, match.Eval(&m.Key), text)
	})
}

// FuzzClassifier: a classifier of generated rows finds what trying them in turn finds.
func FuzzClassifier(f *testing.F) {
	f.Add(int64(1))
	env := genEnv()
	f.Fuzz(func(t *testing.T, seed int64) { checkClassifier(t, env, seed, 12, 10) })
}

func FuzzExpand(f *testing.F) {
	f.Add("ip4.dst == ^vip && tcp.dst == ^none")
	f.Fuzz(func(t *testing.T, text string) {
		out, missing := Expand(text, map[string]string{"vip": "1.2.3.4"})
		if !strings.Contains(text, "^") {
			require.Equal(t, text, out)
			require.Empty(t, missing)
		}
	})
}
