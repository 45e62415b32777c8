package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const netText = `# kept
switches:
  inside: {ports: {vm: {addresses: [unknown]}}} # kept too
`

// Every row: arguments (lab.yaml, bad.yaml and nb.db are in the current directory), the exit code, and what is said on stdout and stderr.
var netCommands = []struct {
	args        []string
	code        int
	out, errors string
}{
	{[]string{"show", "--topology", "lab.yaml"}, 0, "switch 35cbc85c-75a1-8f7e-b130-cec5df1d6d38 (inside)\n    port vm\n        addresses: [\"unknown\"]\n", ""},
	{[]string{"show", "--topology", "lab.yaml", "nothing"}, 0, "", ""},
	{[]string{"show", "--topology", "none.yaml"}, 2, "", "ovnsim: open none.yaml: no such file or directory\n"},
	{[]string{"show", "--topology", "bad.yaml"}, 2, "", "ovnsim: bad.yaml:1:1: unknown key \"switchs\" (did you mean \"switches\"?)\nbad.yaml:2:1: unknown key \"prots\"\n"},
	{[]string{"show"}, 2, "", "ovnsim: required flag(s) \"topology\" not set\n"},
	{[]string{"nbctl", "ls-list"}, 2, "", "ovnsim: nbctl needs --topology FILE before the command\n"},
	{[]string{"nbctl", "--topology"}, 2, "", "ovnsim: flag needs an argument: --topology\n"},
	{[]string{"nbctl", "--topology", "lab.yaml", "ls-list"}, 0, "35cbc85c-75a1-8f7e-b130-cec5df1d6d38 (inside)\n", ""},
	{[]string{"nbctl", "--topology=lab.yaml", "ls-add", "inside"}, 1, "", "ovn-nbctl: inside: a switch with this name already exists\n"},
	{[]string{"nbctl", "--topology", "lab.yaml", "--may-exist", "ls-add", "inside"}, 0, "", ""},
	{[]string{"nbctl", "--topology", "nb.db", "ls-list"}, 0, "35cbc85c-75a1-8f7e-b130-cec5df1d6d38 (inside)\n", ""},
	{[]string{"convert", "lab.yaml", "--to", "yaml"}, 2, "", "ovnsim: this is a lab file already\n"},
	{[]string{"convert", "nb.db", "--to", "xml"}, 2, "", "ovnsim: --to xml: the forms are yaml and db\n"},
	{[]string{"convert", "nb.db"}, 0, "version: 1\nswitches:\n  inside:\n    ports:\n      vm: {addresses: [unknown]}\n", ""},
}

func TestNetworkVerbs(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("lab.yaml", []byte(netText), 0o600))
	require.NoError(t, os.WriteFile("bad.yaml", []byte("switchs:\nprots:\n"), 0o600))
	command := func(args ...string) (code int, out, errors string) {
		var stdout, stderr bytes.Buffer
		code = run(args, &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	code, _, said := command("convert", "lab.yaml", "-o", "nb.db")
	require.Zero(t, code, said)
	for _, row := range netCommands {
		code, out, said := command(row.args...)
		assert.Equal(t, row.code, code, row.args)
		assert.Equal(t, row.out, out, row.args)
		assert.Equal(t, row.errors, said, row.args)
	}
	unchanged, err := os.ReadFile("lab.yaml")
	require.NoError(t, err)
	assert.Equal(t, netText, string(unchanged), "nothing has changed it")

	code, _, said = command("nbctl", "--topology", "lab.yaml", "lsp-add", "inside", "vm2", "--", "lsp-set-enabled", "vm", "disabled")
	require.Zero(t, code, said)
	changed, err := os.ReadFile("lab.yaml")
	require.NoError(t, err)
	assert.Equal(t, "# kept\nswitches:\n  inside: # kept too\n    ports:\n      vm: {addresses: [unknown], enabled: false}\n      vm2: {}\n", string(changed))
	info, err := os.Stat("lab.yaml")
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "the file keeps its mode")

	code, _, said = command("nbctl", "--topology", "nb.db", "-o", "other.db", "ls-add", "t")
	require.Zero(t, code, said)
	_, out, _ := command("nbctl", "--topology", "other.db", "--bare", "--columns=name", "find", "logical_switch", "name=t")
	assert.Equal(t, "t\n", out)
	_, out, _ = command("nbctl", "--topology", "nb.db", "--bare", "--columns=name", "list", "logical_switch")
	assert.Equal(t, "inside\n", out, "-o leaves the file alone")
	left, err := filepath.Glob(".ovnsim-*")
	require.NoError(t, err)
	assert.Empty(t, left)
}
