package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/lab"
)

func TestTestVerb(t *testing.T) {
	dir := t.TempDir()
	whole, err := os.ReadFile(labFile)
	require.NoError(t, err)
	bad := filepath.Join(dir, "bad.yaml")
	text := strings.Replace(string(whole), "set logical_switch inside", "set logical_switch dmz", 1)
	require.NoError(t, os.WriteFile(bad, []byte(text), 0o666))
	for _, c := range []struct {
		args string
		code int
		want string // in what was printed
	}{
		{"test LAB", 0, "ok  \tLAB\t"},
		{"test LAB", 0, "PASS: 9 scenarios, 0 failed, 189 checks in "},
		{"test LAB -v --run client.s", 0, "--- PASS: LAB/client's switch ("},
		{"test LAB --run nothing-is-called-so", 2, `no scenario matches "nothing-is-called-so"`},
		{"test LAB --run [", 2, "--run: error parsing regexp"},
		{"test LAB --list", 0, "LAB/gateway router\n"},
		{"test LAB --shard 3/2", 2, `--shard: "3/2" is not I/N`},
		{"test LAB --shard x", 2, `--shard: "x" is not I/N`},
		{"test LAB --shard 1/2 --shards 2", 2, "[shard shards] were all set"},
		{"test LAB --shards 2", 2, `JOB_COMPLETION_INDEX is ""`},
		{"test LAB --seed 7 --run gateway", 0, "1 scenarios, 0 failed, 40 checks"},
		{"test BAD", 1, "--- FAIL: BAD/client's switch ("},
		{"test BAD", 1, "  wanted: every request should have been balanced by inside\n"},
		{"test BAD", 1, "  got:    no packet of this flow passed dmz, where"},
		{"test BAD", 1, "  parted: "},
		{"test BAD", 1, "FAIL\tBAD\t"},
		{"test BAD --fail-fast", 1, " skipped"},
		{"test", 2, "requires at least 1 arg(s)"},
		{"test nowhere.yaml", 2, "no such file"},
		{"report merge nowhere.xml", 2, "no such file"},
		{"schema", 0, `"title": "ovnsim lab"`},
	} {
		put := strings.NewReplacer("LAB", labFile, "BAD", bad)
		code, stdout, stderr := ovnsim(strings.Fields(put.Replace(c.args))...)
		assert.Equal(t, c.code, code, "%s: %s%s", c.args, stderr, stdout)
		assert.Contains(t, stdout+stderr, put.Replace(c.want), c.args)
	}
}

// TestShards plays a suite in four parts, by each way of saying which part it is, and puts the reports together.
func TestShards(t *testing.T) {
	for name, part := range map[string]func(i int) []string{
		"flag": func(i int) []string { return []string{"--shard", strconv.Itoa(i) + "/4"} },
		"CI": func(i int) []string {
			t.Setenv("CI_NODE_INDEX", strconv.Itoa(i))
			t.Setenv("CI_NODE_TOTAL", "4")
			return nil
		},
		"Kubernetes": func(i int) []string {
			t.Setenv("JOB_COMPLETION_INDEX", strconv.Itoa(i-1))
			return []string{"--shards", "4"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var jsonl, junit []string
			for i := 1; i <= 4; i++ {
				j, x := filepath.Join(dir, strconv.Itoa(i)+".jsonl"), filepath.Join(dir, strconv.Itoa(i)+".xml")
				jsonl, junit = append(jsonl, j), append(junit, x)
				args := append([]string{"test", labFile, "--jsonl", j, "--junit", x}, part(i)...)
				code, stdout, stderr := ovnsim(args...)
				require.Equal(t, 0, code, stdout+stderr)
			}
			merged := filepath.Join(dir, "all.jsonl")
			code, stdout, stderr := ovnsim(append([]string{"report", "merge", "--jsonl", merged}, jsonl...)...)
			assert.Equal(t, 0, code, stderr)
			assert.Contains(t, stdout, "9 scenarios in 4 reports, 0 failed, 0 skipped, 189 checks")
			assert.Equal(t, 9, scenariosIn(t, merged))
			code, stdout, stderr = ovnsim(append([]string{"report", "merge", "--junit", filepath.Join(dir, "all.xml")}, junit...)...)
			assert.Equal(t, 0, code, stderr)
			assert.Contains(t, stdout, "9 scenarios in 4 reports, 0 failed, 0 skipped, 189 checks")
			code, _, stderr = ovnsim("report", "merge", junit[0], jsonl[0])
			assert.Equal(t, 2, code)
			assert.Contains(t, stderr, "is in more than one report")
		})
	}
}

// scenariosIn counts the scenarios of a report, each of which must be there once.
func scenariosIn(t *testing.T, file string) int {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	seen := map[string]bool{}
	d := json.NewDecoder(bytes.NewReader(text))
	for d.More() {
		var r lab.Record
		require.NoError(t, d.Decode(&r))
		assert.False(t, seen[r.Scenario], r.Scenario)
		seen[r.Scenario] = true
	}
	return len(seen)
}

func TestAnnotations(t *testing.T) {
	t.Setenv("GITHUB_ACTIONS", "true")
	file := filepath.Join(t.TempDir(), "lab.yaml")
	whole, err := os.ReadFile(labFile)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(whole), "set logical_switch inside", "set logical_switch dmz", 1)), 0o666))
	code, stdout, _ := ovnsim("test", file)
	assert.Equal(t, 1, code)
	assert.Contains(t, stdout, "::error file="+file+",line=")
	assert.Contains(t, stdout, ",title=client's switch::vm3 asks http://172.16.255.62:8000, 40 times%0A  wanted: ")
}
