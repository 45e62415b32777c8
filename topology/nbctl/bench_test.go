package nbctl_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// BenchmarkChange is one command on a cluster: OVNSIM_BIG_NB names a northbound database of one.
func BenchmarkChange(b *testing.B) {
	file := os.Getenv("OVNSIM_BIG_NB")
	if file == "" {
		b.Skip("OVNSIM_BIG_NB names no database")
	}
	top, err := topology.Load(file)
	require.NoError(b, err)
	for i := 0; b.Loop(); i++ {
		require.NoError(b, nbctl.Run(top, []string{"ls-add", fmt.Sprint("new", i)}, &bytes.Buffer{}))
	}
}
