package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const labFile = "../../examples/lab/lab.yaml"

// ovnsim runs a command line.
func ovnsim(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		want string // in what was printed
	}{
		{"run LAB", 0, "9 scenarios, 0 failed"},
		{"run LAB|no balancer", 0, "1 scenarios, 0 failed"},
		{"run LAB|no balance", 2, `there is no scenario "no balance" (did you mean "no balancer"?)`},
		{"run LAB|--json|gateway router", 0, `"pass": true`},
		{"run LAB|--trace|client's switch", 0, "ls_in_lb"},
		{"run", 2, "requires at least 1 arg(s)"},
		{"run|nowhere.yaml", 2, "nowhere.yaml: no such file or directory"},
		{"walk LAB", 2, `unknown command "walk"`},
		{"run LAB|--treace", 2, "unknown flag: --treace"},
		{"curl LAB|vm3|http://172.16.255.130:8000", 0, "i am vm1"},
		{"curl LAB|vm3|http://172.16.255.62:8000|--scenario|client's switch", 0, "balanced by inside in ls_in_lb"},
		{"curl LAB|vm1|http://172.16.255.62:8000|--scenario|client's switch", 7, "vm1 has no route"},
		{"curl LAB|vm3|http://172.16.255.62:8000|--scenario|server's switch", 28, "not-on-path"},
		{"curl LAB|vm9|http://10.0.0.1", 2, `there is no machine "vm9" (did you mean "vm1"?)`},
		{"curl LAB|vm3|http://example.com", 2, "its host must be an IP address"},
		{"ping LAB|vm3|172.16.255.130", 0, "1 received"},
		{"ping LAB|vm3|172.16.255.140", 1, "0 received"},
		{"stages", 0, "33  ls_in_l2_unknown"},
		{"lflow-list|--topology|LAB|dmz", 0, `Datapath: "dmz"`},
		{"lflow-list", 2, "give --sb FILE or --topology FILE"},
		{"show|--topology|LAB", 0, "router-port: edge1-outside"},
	} {
		words := strings.Split(strings.Replace(strings.Replace(c.args, "LAB", labFile, 1), " "+labFile, "|"+labFile, 1), "|")
		code, stdout, stderr := ovnsim(words...)
		assert.Equal(t, c.code, code, "%s: %s", c.args, stderr)
		assert.Contains(t, stdout+stderr, c.want, c.args)
	}
}

func TestWrongInput(t *testing.T) {
	whole, err := os.ReadFile(labFile)
	require.NoError(t, err)
	dir := t.TempDir()
	for _, c := range []struct{ name, from, to, want string }{
		{"unknown key", "switches:", "switchs:", `lab.yaml:7:1: unknown key "switchs" (did you mean "switches"?)`},
		{"bad MAC", `mac: "02:ac:10:ff:01:29"`, `mac: "02:ac:10:ff:01"`, "02:ac:10:ff:01"},
		{"bad address", "networks: [172.16.255.129/26]", "networks: [172.16.255.290/26]", "172.16.255.290/26"},
		{"port on a missing switch", "switch: dmz", "switch: dzm", `"dzm"`},
		{"gateway out of reach", "{default: 172.16.255.193}", "{default: 172.16.254.193}", "no connected subnet of vm3 holds the gateway 172.16.254.193"},
		{"host on a router port", "port: inside-vm3", "port: inside-tenant1", "leads to a router"},
		{"mixed families", "hosts:", `load_balancers: {w: {vips: {"[fd00::1]:80": "10.0.0.1:80"}}}` + "\nhosts:", "fd00::1"},
	} {
		file := filepath.Join(dir, "lab.yaml")
		text := strings.Replace(string(whole), c.from, c.to, 1)
		require.NotEqual(t, string(whole), text, c.name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
		code, stdout, stderr := ovnsim("run", file)
		assert.Equal(t, 2, code, "%s: %s", c.name, stderr)
		assert.Empty(t, stdout, c.name)
		assert.Contains(t, stderr, c.want, c.name)
		assert.Regexp(t, `lab\.yaml:\d+:\d+: `, stderr, c.name)
	}
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "the file is empty"},
		{"neither", "\x00\x01", "neither YAML nor an OVSDB database"},
		{"truncated", "OVSDB JSON 500 0123456789012345678901234567890123456789\n{\"name\":\"OVN_Nor", "nb.db"},
	} {
		file := filepath.Join(dir, "nb.db")
		require.NoError(t, os.WriteFile(file, []byte(c.text), 0o666))
		code, stdout, stderr := ovnsim("lflow-list", "--topology", file)
		assert.Equal(t, 2, code, "%s: %s", c.name, stderr)
		assert.Empty(t, stdout, c.name)
		assert.Contains(t, stderr, c.want, c.name)
	}
}

func TestExpectationsThatFail(t *testing.T) {
	whole, err := os.ReadFile(labFile)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "lab.yaml")
	text := strings.Replace(string(whole), "set logical_switch inside", "set logical_switch dmz", 1) // the learner's change
	require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
	code, stdout, _ := ovnsim("run", file, "client's switch")
	assert.Equal(t, 1, code)
	for _, want := range []string{"every request should have been balanced by inside", "not-on-path", "attach it to inside, the client's switch"} {
		assert.Contains(t, stdout, want)
	}
}

func TestCaptureAndReplay(t *testing.T) {
	dir := t.TempDir()
	code, _, stderr := ovnsim("run", labFile, "gateway router", "--pcap", dir)
	require.Equal(t, 0, code, stderr)
	_, err := os.Stat(filepath.Join(dir, "gateway router.pcapng"))
	require.NoError(t, err)
	code, _, stderr = ovnsim("replay", "--topology", labFile, "--out", dir, "dmz-vm1")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, `"dmz-vm1" is not PORT=FILE`)
}
