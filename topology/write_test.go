package topology_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/topology"
)

func TestCorpusComesBackFromYAML(t *testing.T) {
	for _, file := range corpus(t) {
		top, err := topology.Load(file)
		require.NoError(t, err)
		whole, err := top.YAML(topology.Form{})
		require.NoError(t, err)
		again, err := topology.Read(whole, "lab.yaml")
		require.NoError(t, err, "%s\n%s", file, whole)
		requireSame(t, records(text(t, top)), records(text(t, again)), file)
		short, err := top.YAML(topology.Form{Names: true})
		require.NoError(t, err)
		again, err = topology.Read(short, "lab.yaml")
		require.NoError(t, err, "%s\n%s", file, short)
		requireSame(t, top.Lines(), again.Lines(), file)
	}
}

// records is a database file's rows, without its schema.
func records(file string) []string {
	return strings.SplitAfter(file[strings.LastIndex(file, "OVSDB JSON"):], "},")
}

// requireSame is require.Equal that shows no more than the first difference.
func requireSame(t testing.TB, want, got []string, file string) {
	t.Helper()
	for i := range min(len(want), len(got)) {
		if i > 0 || len(want[i]) > 0 && want[i][0] != 'O' {
			require.Equal(t, want[i], got[i], file)
		}
	}
	require.Equal(t, len(want), len(got), file)
}

func TestYAMLIsShort(t *testing.T) {
	top, err := topology.Load(filepath.Join("..", "examples", "lab", "lab.yaml"))
	require.NoError(t, err)
	got, err := top.YAML(topology.Form{Names: true})
	require.NoError(t, err)
	assert.Equal(t, strings.TrimPrefix(`
version: 1
switches:
  dmz:
    ports:
      dmz-vm1: {addresses: ["02:ac:10:ff:01:30 172.16.255.130"], port_security: ["02:ac:10:ff:01:30 172.16.255.130"]}
      dmz-vm2: {addresses: ["02:ac:10:ff:01:31 172.16.255.131"], port_security: ["02:ac:10:ff:01:31 172.16.255.131"]}
`, "\n"), string(got)[:strings.Index(string(got), "  inside")])
}
