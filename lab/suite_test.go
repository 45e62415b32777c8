package lab

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// manyScenarios is the lab with n scenarios of its own kinds, each with another client, source port or attachment.
func manyScenarios(t testing.TB, n int) string {
	text, err := os.ReadFile("../examples/lab/lab.yaml")
	require.NoError(t, err)
	head, _, _ := strings.Cut(string(text), "\nscenarios:")
	var b strings.Builder
	b.WriteString(head + "\nscenarios:\n")
	kinds := []struct{ kind, attach, vip, expect string }{
		{"router", "logical_router edge1", "10.127.0.254", `{from: client, get: "http://10.127.0.254:8000", ports: [%d], balanced: edge1}`},
		{"distributed", "logical_router tenant1", "10.127.0.254", `{from: client, get: "http://10.127.0.254:8000", ports: [%d], fails: timed out, not_balanced: router-not-centralized}`},
		{"clients", "logical_switch inside", "172.16.255.62", `{from: vm3, get: "http://172.16.255.62:8000", ports: [%d], balanced: inside, path: [inside, tenant1, dmz]}`},
		{"servers", "logical_switch dmz", "172.16.255.62", `{from: vm4, get: "http://172.16.255.62:8000", ports: [%d], fails: timed out, not_balanced: not-on-path}`},
	}
	for i := range n {
		k := kinds[i%len(kinds)]
		fmt.Fprintf(&b, "  %s %d:\n    run: |\n      uuid=$(ovn-nbctl create load_balancer vips:%s=\"172.16.255.130,172.16.255.131\")\n      ovn-nbctl set %s load_balancer=$uuid\n    expect:\n      - "+k.expect+"\n",
			k.kind, i, k.vip, k.attach, 33000+i)
	}
	return b.String()
}

// BenchmarkSuite plays 10,000 scenarios of the lab, each from its beginning, from reading the file on.
func BenchmarkSuite(b *testing.B) {
	file := filepath.Join(b.TempDir(), "lab.yaml")
	require.NoError(b, os.WriteFile(file, []byte(manyScenarios(b, 10_000)), 0o666))
	for b.Loop() {
		s, err := LoadSuite(file)
		require.NoError(b, err)
		s.Run(func(v *Verdict) { require.True(b, v.Pass(), "%v", v.Problems()) })
	}
}

func TestSuiteReports(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "lab.yaml")
	text := strings.Replace(manyScenarios(t, 8), "logical_switch inside", "logical_switch transit", 1)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
	s, err := LoadSuite(dir)
	require.NoError(t, err)
	var out bytes.Buffer
	var records []Record
	report := &SuiteReport{Out: &out, Annotations: true}
	s.Run(func(v *Verdict) {
		report.Case(v)
		records = append(records, v.Record())
	})
	totals, err := report.End(time.Second)
	require.NoError(t, err)
	assert.Equal(t, Totals{Cases: 8, Passed: 7, Failed: 1, Checks: 8}, totals)
	for _, want := range []string{
		"--- FAIL: " + file + "/clients 2 (", "  wanted: every request should have been balanced by inside\n", "  got:    the packet came to transit from a router", "  got:    inside → tenant1 → transit → edge1\n",
		"  parted: ", "try:    ", "::error file=" + file + ",line=", "FAIL\t" + file, "8 scenarios, 1 failed, 8 checks in 1.00s",
	} {
		assert.Contains(t, out.String(), want)
	}
	for _, write := range []func() []byte{
		func() []byte { var b bytes.Buffer; require.NoError(t, WriteJUnit(&b, records)); return b.Bytes() },
		func() []byte { var b bytes.Buffer; require.NoError(t, WriteJSONL(&b, records)); return b.Bytes() },
	} {
		text := write()
		read, err := ReadRecords(text, "report")
		require.NoError(t, err)
		for i := range read { // JUnit ends texts with one newline
			for k := range read[i].Problems {
				read[i].Problems[k].Text = strings.TrimRight(read[i].Problems[k].Text, "\n")
				records[i].Problems[k].Text = strings.TrimRight(records[i].Problems[k].Text, "\n")
			}
		}
		assert.Equal(t, records, read)
	}
}

func TestFailFast(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lab.yaml")
	text := strings.Replace(manyScenarios(t, 40), "balanced: edge1", "balanced: tenant1", 1)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
	s, err := LoadSuite(file)
	require.NoError(t, err)
	s.FailFast = true
	ran := 0
	s.Run(func(v *Verdict) {
		if !v.Skipped {
			ran++
		}
	})
	assert.Equal(t, 1, ran, "the first fails, and the report says no more")
}

func TestShardsCoverEachCaseOnce(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 7, 9, 20} {
		whole, err := LoadSuite("../examples/lab")
		require.NoError(t, err)
		seen := map[string]int{}
		for i := 1; i <= n; i++ {
			part, err := LoadSuite("../examples/lab")
			require.NoError(t, err)
			require.NoError(t, part.Shard(i, n))
			for _, c := range part.Cases {
				seen[c.Name()]++
			}
		}
		assert.Len(t, seen, len(whole.Cases))
		for name, times := range seen {
			assert.Equal(t, 1, times, name)
		}
	}
	s := &Suite{}
	assert.ErrorContains(t, s.Shard(5, 4), "shard 5/4")
	assert.ErrorContains(t, s.Shard(0, 4), "shard 0/4")
}

func TestWhichFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.yaml", "b/c.yml", "b/testdata/d.yaml", ".hidden/e.yaml", "b/no-lab.yaml", "f.txt"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777))
		text := smallNetwork + "hosts: {a: {port: p1}}\nscenarios: {s: {expect: {from: a, ping: 10.0.0.254}}}\n"
		if strings.Contains(name, "no-lab") {
			text = "kind: Job\n"
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	for _, c := range []struct {
		path string
		want string // or the error
	}{
		{dir, "a.yaml/s"},
		{dir + "/...", "a.yaml/s b/c.yml/s"},
		{dir + "/b/testdata/d.yaml", "b/testdata/d.yaml/s"},
		{dir + "/b/testdata", "b/testdata/d.yaml/s"},
		{dir + "/b/no-lab.yaml", ""},
		{dir + "/.hidden/...", ".hidden/e.yaml/s"},
		{dir + "/z", "no such file"},
		{dir + "/a.yaml/...", "is not a folder"},
	} {
		s, err := LoadSuite(c.path)
		if err != nil {
			assert.ErrorContains(t, err, c.want)
			continue
		}
		var names []string
		for _, v := range s.Cases {
			name, _ := filepath.Rel(dir, v.Name())
			names = append(names, name)
		}
		assert.Equal(t, c.want, strings.Join(names, " "), c.path)
	}
	s, err := LoadSuite(dir+"/...", dir+"/a.yaml")
	require.NoError(t, err)
	assert.Len(t, s.Cases, 2, "a file named twice is played once")
	s.Only(regexp.MustCompile(`b/c`))
	assert.Len(t, s.Cases, 1)
}

func TestMergeRefusesTwice(t *testing.T) {
	r := []Record{{Lab: "l", Scenario: "s", Result: "pass"}}
	_, err := MergeRecords(r, r)
	assert.ErrorContains(t, err, "l/s is in more than one report")
	_, err = ReadRecords([]byte(`{"lab":"x"}`), "f")
	assert.ErrorContains(t, err, "f: record 1: no record of a scenario")
	_, err = ReadRecords([]byte(`<html>`), "f")
	assert.ErrorContains(t, err, "f: neither JUnit nor JSON lines")
}

func FuzzReadRecords(f *testing.F) {
	f.Add(`{"lab":"l","scenario":"s","result":"pass"}`)
	f.Add(`<testsuites><testsuite name="l"><testcase name="s"><failure message="m">f:1:2: x</failure></testcase></testsuite></testsuites>`)
	f.Fuzz(func(t *testing.T, text string) {
		records, err := ReadRecords([]byte(text), "x")
		if err == nil {
			_, _ = MergeRecords(records)
		}
	})
}
