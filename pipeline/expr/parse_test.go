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
