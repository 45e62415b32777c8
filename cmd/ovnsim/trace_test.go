package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// words splits a command line with single quotes.
func words(line string) []string {
	var out []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}

// TestTraceRecorded holds traces against what a real ovn-trace printed of the same database, every byte of all forms.
func TestTraceRecorded(t *testing.T) {
	recorded, err := os.ReadFile("../../sim/testdata/traces.txt")
	require.NoError(t, err)
	blocks := strings.Split(string(recorded), "-=-=- ")[1:]
	assert.Greater(t, len(blocks), 10)
	for _, block := range blocks {
		line, want, _ := strings.Cut(block, "\n")
		var stdout, stderr bytes.Buffer
		code := run(append([]string{"trace", "--sb", "../../sim/testdata/network.db.gz"}, words(line)...), &stdout, &stderr)
		assert.Equal(t, exitPass, code, stderr.String())
		assert.Equal(t, strings.TrimRight(want, "\n"), strings.TrimRight(stdout.String(), "\n"), line)
	}
}

func TestTraceErrors(t *testing.T) {
	sb := "--sb=../../sim/testdata/network.db.gz"
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"x"}, exitUsage, "nothing to run: give --sb FILE or --topology FILE"},
		{[]string{sb}, exitUsage, "accepts between 1 and 2 arg(s), received 0"},
		{[]string{sb, "nowhere", `inport == "vm1"`}, exitUsage, `there is no datapath "nowhere"`},
		{[]string{sb, `inport == "nobody"`}, exitUsage, `unknown port "nobody"`},
		{[]string{sb, `ip4`}, exitUsage, "does not match on inport"},
		{[]string{sb, `inport == "vm1" && ip4 && ip6`}, exitUsage, "contradictory"},
		{[]string{sb, `inport == "vm1" && ip`}, exitUsage, "ambiguous"},
		{[]string{sb, `inport == "vm1" && foo == 1`}, exitUsage, "Syntax error at `foo' expecting field name"},
		{[]string{sb, "--ct=maybe", `inport == "vm1"`}, exitUsage, "maybe: unknown connection tracking state flag"},
		{[]string{sb, "--lb-dst=x", `inport == "vm1"`}, exitUsage, "x: bad address"},
		{[]string{sb, "--select-id=0", `inport == "vm1"`}, exitUsage, "0: bad select-id"},
		{[]string{"--sb=trace_test.go", `inport == "vm1"`}, exitUsage, "not an OVSDB database file"},
		{[]string{"--sb=no/such/file", `inport == "vm1"`}, exitUsage, "no such file"},
		{[]string{sb, "--ct=new,est", `inport == "vm1"`}, exitPass, `new|est|trk: invalid connection state: "new" and "est" are mutually exclusive`},
	} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, c.code, run(append([]string{"trace"}, c.args...), &stdout, &stderr), c.args)
		assert.Contains(t, stderr.String(), c.want, c.args)
	}
}

func TestTraceJSON(t *testing.T) {
	var stdout, stderr bytes.Buffer
	flow := `inport == "vm1" && eth.src == 00:00:00:00:00:01 && eth.dst == 00:00:00:00:00:02 && ip4.src == 10.0.0.1 && ip.ttl == 64`
	require.Equal(t, exitPass, run([]string{"trace", "--sb=../../sim/testdata/network.db.gz", "--json", "ls0", flow}, &stdout, &stderr), stderr.String())
	for _, want := range []string{`"kind": "enter"`, `"text": "output;"`, `"stage": "ls_in_l2_lkup"`, `"match": "eth.dst == 00:00:00:00:00:02"`, `"friendly-vm2"`} {
		assert.Contains(t, stdout.String(), want)
	}
}

func TestTraceStateful(t *testing.T) {
	const flow = `inport == "vm1" && eth.src == 00:00:00:00:00:01 && eth.dst == 00:00:00:00:ff:01 && ip4.src == 10.0.0.1 && ` +
		`ip4.dst == 10.9.9.9 && ip.ttl == 64 && tcp.src == 1235 && tcp.dst == 80`
	sb := "--sb=../../sim/testdata/network.db.gz"
	for _, c := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{sb, "--stateful", flow}, exitPass, []string{
			"# vm1 sends 00:00:00:00:00:01 > 00:00:00:00:ff:01 ttl 64 10.0.0.1:1235 > 10.9.9.9:80 tcp S",
			"    /* balanced: tcp 10.0.0.1:1235->10.9.9.9:80 to backend 10.0.1.3:8080, number 1 of 2 */\n",
			"\nconntrack zone vm1: new|trk|dnat, tcp 10.0.0.1:1235->10.9.9.9:80 becomes tcp 10.0.0.1:1235->10.0.1.3:8080\n---",
			"# vm3 sends 00:00:00:00:01:03 > 00:00:00:00:ff:02 ttl 64 10.0.1.3:8080 > 10.0.0.1:1235 tcp S.",
			"\ntcp 10.0.0.1:1235 -> 10.9.9.9:80 reached vm3 as tcp 10.0.0.1:1235 -> 10.0.1.3:8080. The answer came back to vm1 as tcp 10.9.9.9:80 -> 10.0.0.1:1235.\n"}},
		{[]string{sb, "--stateful", "--json", flow}, exitPass, []string{`"verdict": "tcp 10.0.0.1:1235 -> 10.9.9.9:80 reached vm3`, `"reply": {`, `"kind": "track"`}},
		{[]string{sb, "--stateful", "--minimal", flow}, exitPass, []string{"        ip.ttl--;\n", "            output(\"vm3\");\n"}},
		{[]string{sb, "--stateful", "--ct=new", flow}, exitUsage, []string{"[ct stateful] were all set"}},
	} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, c.code, run(append([]string{"trace"}, c.args...), &stdout, &stderr), stderr.String())
		for _, want := range c.want {
			assert.Contains(t, stdout.String()+stderr.String(), want, c.args)
		}
	}
}
