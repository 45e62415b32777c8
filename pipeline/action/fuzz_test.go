package action

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzParse: whatever the input, an error or actions that print, parse and print the same.
func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("testdata/ovn-trace.txt")
	require.NoError(f, err)
	for _, line := range strings.Split(string(data), "\n") {
		if !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "\t") {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		actions, err := Parse(text)
		if err != nil {
			return
		}
		printed := Print(actions)
		again, err := Parse(printed)
		require.NoError(t, err, printed)
		assert.Equal(t, actions, again, printed)
		assert.Equal(t, printed, Print(again))
	})
}
