package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const before = `version: 1
switches:
  a:
    load_balancer: [web]
    acls: []
    ports: {a1: {addresses: ["02:00:00:00:00:01 10.0.0.1"]}, a2: {addresses: ["02:00:00:00:00:02 10.0.0.2"]}}
  b: {ports: {b1: {addresses: ["02:00:00:00:01:01 10.0.1.1"]}, b2: {addresses: ["02:00:00:00:01:02 10.0.1.2"]}}}
  out: {ports: {ln: {type: localnet, addresses: [unknown], options: {network_name: net}}}}
routers:
  r:
    options: {chassis: hv1}
    ports:
      ra: {mac: "02:00:00:02:00:01", networks: [10.0.0.254/24], switch: a}
      rb: {mac: "02:00:00:02:00:02", networks: [10.0.1.254/24], switch: b}
      ro: {mac: "02:00:00:02:00:03", networks: [192.0.2.1/24], switch: out}
load_balancers:
  web: {vips: {"30.0.0.1:80": "10.0.1.1:80"}}
`

// diffCases change the lab by replacing texts; told is what must be said, "" for no difference.
var diffCases = []struct {
	name     string
	old, now string
	told     []string
}{
	{"nothing", "acls: []", "acls: []", nil},
	{"a comment", "version: 1\n", "version: 1\n# the same\n", nil},
	{"an ACL", "acls: []", `acls: [{priority: 1000, direction: from-lport, match: "tcp.dst == 443", action: drop}]`,
		[]string{"answered becomes no answer (ended in ls_in_acl_action)", "tcp 443"}},
	{"an ACL for one machine", "acls: []", `acls: [{priority: 1000, direction: to-lport, match: "outport == \"a2\" && udp.dst == 53", action: drop}]`,
		[]string{"answered becomes no answer (ended in ls_out_acl_action)", "udp 53", "to 1 targets", "(a2)"}},
	{"an ACL that changes nothing", "acls: []", `acls: [{priority: 1000, direction: from-lport, match: "tcp.dst == 443", action: allow}]`, nil},
	{"a backend", "10.0.1.1:80", "10.0.1.2:80", []string{"backends 10.0.1.1:80 become 10.0.1.2:80", "vip 30.0.0.1:80"}},
	{"the balancer detached", "load_balancer: [web]", "load_balancer: []", []string{"answered becomes", "vip 30.0.0.1:80"}},
	{"source translation", "    options: {chassis: hv1}\n", "    options: {chassis: hv1}\n    nat: [{type: snat, external_ip: 192.0.2.1, logical_ip: 10.0.0.0/24}]\n",
		[]string{"the server sees another source", "seen from 192.0.2.1"}},
	{"a port that is new", "a2: {addresses", `a3: {addresses: ["02:00:00:00:00:03 10.0.0.3"]}, a2: {addresses`, []string{"no such port becomes"}},
}

func TestDiff(t *testing.T) {
	for _, c := range diffCases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			old, now := filepath.Join(dir, "old.yaml"), filepath.Join(dir, "new.yaml")
			require.Contains(t, before, c.old)
			require.NoError(t, os.WriteFile(old, []byte(before), 0o666))
			require.NoError(t, os.WriteFile(now, []byte(strings.Replace(before, c.old, c.now, 1)), 0o666))
			var out, errs bytes.Buffer
			code := run([]string{"diff", old, now}, &out, &errs)
			for _, text := range c.told {
				assert.Contains(t, out.String(), text)
			}
			want := exitPass
			if c.told != nil {
				want = exitFailed
			}
			assert.Equal(t, want, code, "%s%s", out.String(), errs.String())
			out.Reset()
			assert.Equal(t, want, run([]string{"diff", "--json", old, now}, &out, &errs))
			assert.True(t, json.Valid(out.Bytes()))
		})
	}
}

func TestExplainAndLint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lab.yaml")
	require.NoError(t, os.WriteFile(file, []byte(before), 0o666))
	cases := []struct {
		args []string
		code int
		told []string
	}{
		{[]string{"explain", file, "a1", "http://30.0.0.1"}, exitPass, []string{"applied: web applied on a", "backend 10.0.1.1:80, bucket 1 of 1", "zone a1", "reply: translated-back, from b1"}},
		{[]string{"explain", file, "b2", "30.0.0.1:80"}, exitFailed, []string{"not-on-path", "try (it works): attach it to b, the client's switch: ovn-nbctl ls-lb-add b web"}},
		{[]string{"explain", file, "a1", "http://30.0.0.1:81"}, exitFailed, []string{"port-or-protocol"}},
		{[]string{"explain", file, "a1", "ping://30.0.0.1"}, exitFailed, []string{"port-or-protocol"}},
		{[]string{"explain", file, "ln", "http://30.0.0.1", "--source", "192.0.2.7/24"}, exitFailed, []string{"not-on-path"}},
		{[]string{"explain", "--mermaid", file, "a1", "http://30.0.0.1"}, exitPass, []string{"sequenceDiagram\n", "Note over a: balanced to 10.0.1.1:80"}},
		{[]string{"explain", "--json", file, "a1", "http://30.0.0.1"}, exitPass, []string{`"reason": "applied"`, `"bucket": 0`, `"way": "translated-back"`}},
		{[]string{"explain", file, "nobody", "http://30.0.0.1"}, exitUsage, nil},
		{[]string{"explain", file, "a1", "gopher://30.0.0.1"}, exitUsage, nil},
		{[]string{"lint", file}, exitPass, nil},
	}
	for _, c := range cases {
		var out, errs bytes.Buffer
		assert.Equal(t, c.code, run(c.args, &out, &errs), "%v: %s%s", c.args, out.String(), errs.String())
		for _, text := range c.told {
			assert.Contains(t, out.String(), text, "%v", c.args)
		}
	}
}
