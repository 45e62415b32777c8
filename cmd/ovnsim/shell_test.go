package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShellVerbs(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
		return path
	}
	for _, c := range []struct {
		args     []string
		code     int
		out, err string
	}{
		{[]string{"shell", "-c", "ovn-nbctl ls-add a; ovn-nbctl show | grep -c switch"}, exitPass, "1\n", ""},
		{[]string{"shell", "-c", "exit 3"}, 3, "", ""},
		{[]string{"shell", "-c", "echo 'x"}, exitUsage, "", "shell:1:6: reached EOF without closing quote '"},
		{[]string{"shell", "-c", "ls " + dir}, exitUsage, "", "No such file or directory"},
		{[]string{"shell", "-c", "uname"}, 127, "", "uname: command not found"},
		{[]string{"shell", "--host-commands", "-c", "uname"}, exitPass, "Linux\n", ""},
		{[]string{"shell", "../../examples/lab/lab.yaml", "-c", "on vm3 curl 172.16.255.131:8000"}, exitPass, "i am vm2\n", ""},
		{[]string{"shell", "no/such/lab"}, exitUsage, "", "no such file"},
		{[]string{"shell", "--timeout", "50ms", "-c", "while :; do :; done"}, 124, "", "stopped after 50ms"},
		{[]string{"run", file("a.sh", "ip netns add vm1\n# vm1\nhostname\n")}, exitPass, "vm1\n", ""},
		{[]string{"run", file("b.sh", "false\n")}, exitFailed, "", "exit status 1"},
		{[]string{"run", file("c.sh", "echo $(\n")}, exitUsage, "", "c.sh:1:6"},
		{[]string{"run", "--timeout", "50ms", file("d.sh", "while :; do :; done")}, exitFailed, "", "stopped after 50ms"},
		{[]string{"run", file("a.md", "```console\n$ seq 2\n1\n3\n```\n")}, exitFailed, "a.md:2: seq 2\n  expected:\n    1\n    3\n  actual:\n    1\n    2\n", ""},
		{[]string{"run", file("b.md", "```console\nvm3# curl 172.16.255.131:8000\ni am vm2\n```\n"), "../../examples/lab/lab.yaml"}, exitPass, "1 blocks, 1 commands, 1 outputs held against the page, 0 differ\n", ""},
		{[]string{"run", file("c.md", "nothing")}, exitUsage, "", "there is no shell block"},
		{[]string{"run", "../../examples/article/lab.md"}, exitPass, " 0 differ\n", ""},
		{[]string{"run", "../../examples/addresses/lab.md"}, exitPass, " 0 differ\n", ""},
	} {
		var out, errs bytes.Buffer
		assert.Equal(t, c.code, run(c.args, &out, &errs), "%q %s", c.args, errs.String())
		assert.Contains(t, out.String(), c.out, c.args)
		assert.Contains(t, errs.String(), c.err, c.args)
	}
}
