package expr

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testEnv is an environment for tests: every port exists, those of resident are here.
type testEnv struct {
	names    Names
	sets     map[string]*Set
	resident map[string]bool
}

func (e *testEnv) Port(name string) (uint32, bool)      { return e.names.Intern(name), name != "" }
func (e *testEnv) Set(_ ConstantKind, name string) *Set { return e.sets[name] }
func (e *testEnv) Resident(port string) bool            { return e.resident[port] }

// recorded calls f for the lines of a reference file: fields separated by tabs.
func recorded(t *testing.T, file string, f func(fields []string)) {
	text, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	for line := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
		if !strings.HasPrefix(line, "# ") {
			f(strings.Split(line, "\t"))
		}
	}
}

// What is an error and what OVN says of it.
func TestParseErrors(t *testing.T) {
	mac, _ := NewAddressSet([]string{"82:f1:8d:56:1e:3e"})
	env := &testEnv{sets: map[string]*Set{"svc_monitor_mac": mac}}
	recorded(t, "parse.txt", func(f []string) {
		msg := ""
		e, err := Parse(f[0])
		if err == nil {
			_, err = Bind(e, env)
			if err != nil {
				msg = err.Error()
			}
		} else {
			msg = err.(*Error).Msg
		}
		assert.Equal(t, f[1], msg, f[0])
	})
}

// The annotated form must be OVN's to the letter.
func TestNormalise(t *testing.T) {
	env := &testEnv{resident: map[string]bool{"lp15": true}}
	recorded(t, "normal.txt", func(f []string) {
		e, err := Parse(f[0])
		require.NoError(t, err, f[0])
		n, err := Normalise(e, env)
		require.NoError(t, err, f[0])
		assert.Equal(t, f[1], n.String(), f[0])
	})
}

// Nesting has a limit, and nothing takes time out of proportion to its length.
func TestHugeInput(t *testing.T) {
	const n = 1_000_000
	for _, text := range []string{
		strings.Repeat("(", n), strings.Repeat("!(", n), strings.Repeat("!", n), strings.Repeat("(1", n), strings.Repeat("ip4 && (", n),
		strings.Repeat("{", n), "reg0 == " + strings.Repeat("{1,", n), "reg0[" + strings.Repeat("1", n), strings.Repeat("1", n),
		"0x" + strings.Repeat("f", n), `inport == "` + strings.Repeat("a", n), strings.Repeat("/* */", n), "reg0 == " + strings.Repeat("$a", n),
	} {
		_, err := Parse(text)
		assert.Error(t, err, text[:20])
	}
	_, err := Parse(strings.Repeat("(", maxDepth) + "ip4" + strings.Repeat(")", maxDepth))
	assert.NoError(t, err)
	long := "reg0 == {" + strings.Repeat("1, ", n/10) + "2} && (ip4" + strings.Repeat(" || ip6.src == ::1", n/100) + ")"
	e, err := Parse(long)
	require.NoError(t, err)
	m, err := Bind(e, genEnv())
	require.NoError(t, err)
	NewClassifier([]Row{{Match: m}})
	_, err = ParseMicroflow(long, genEnv())
	assert.Error(t, err)
}
