package lab

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLoadTheLab(t *testing.T) {
	l, err := Load("../examples/lab/lab.yaml")
	require.NoError(t, err)
	assert.Len(t, l.Hosts, 5)
	assert.Len(t, l.Scenarios, 9)
	assert.Equal(t, "vm1", l.Hosts[1].Name)
	assert.Equal(t, "172.16.255.130/26", l.Hosts[1].Addresses[0].String())
	assert.NotNil(t, l.Topology.SwitchPort("transit-edge1"), "the port that `switch:` implies")
}

// smallNetwork is a small lab that the rows below append to.
const smallNetwork = `version: 1
switches:
  sw: {ports: {p1: {addresses: ["02:00:00:00:00:01 10.0.0.1"]}, p2: {}}}
routers:
  r: {ports: {r-sw: {mac: "02:00:00:00:00:fe", networks: [10.0.0.254/24], switch: sw}}}
`

func TestWrongLabs(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"hosts: {a: {prot: p1}}", `x:6:13: unknown key "prot" (did you mean "port"?)`},
		{"hosts: {a: {port: p9}}", `x:6:19: there is no switch port "p9" (did you mean "p1"?)`},
		{"hosts: {a: {port: sw-r}}", `x:6:19: port sw-r leads to a router; no machine can be on it`},
		{"hosts: {a: {port: p2}}", `x:6:19: host a needs a mac: port p2 has none`},
		{"hosts: {a: {port: p1, mac: zz}}", `x:6:28: "zz" is not an Ethernet address`},
		{"hosts: {a: {port: p1, routes: {default: 10.9.0.1}}}", `x:6:41: no connected subnet of a holds the gateway 10.9.0.1 (its addresses: 10.0.0.1/24)`},
		{"hosts: {a: {port: p1, routes: {nowhere: 10.0.0.254}}}", `x:6:32: "nowhere" is neither a prefix nor "default"`},
		{"hosts: {a: {port: p1, http: {70000: x}}}", `x:6:30: "70000" is not a port`},
		{"hosts: {a: {port: p1}, a: {port: p1}}", `x:6:24: "a" is here twice`},
		{"hosts: {a: {port: p1}, b: {port: p1}}", `x:6:24: host b has the Ethernet address of host a`},
		{"scenarios: {s: {expect: [{from: z, get: \"http://10.0.0.1\"}]}}", `x:6:26: there is no host "z"`},
		{"scenarios: {s: {expect: [{from: z}]}}", `an expectation needs one of get, ping and udp`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, get: \"ftp://x\"}]}}", `x:7:41: bad URL "ftp://x": it must look like http://10.0.0.1:8000/`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, ping: 10.0.0.2, fails: refuse}]}}", `"refuse" is no way to fail (did you mean "refused"?); there are: refused, no route, timed out`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, ping: 10.0.0.2, balanced: nix}]}}", `there is no switch and no router "nix"`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, ping: 10.0.0.2, answers: {x: lots}}]}}", `x:7:65: "lots" is no amount such as some, 3, 2..5 or 40%..60%`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, ping: 10.0.0.2, ports: [1, 0]}]}}", `"0" is no port, and no range of ports`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, ping: 10.0.0.2, ports: [1]}]}}", `a ping has no ports`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, udp: 10.0.0.2}]}}", `"10.0.0.2" is not ADDRESS:PORT`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, ping: 10.0.0.2, sees_source: b}]}}", `"b" is neither an address nor a machine`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, ping: 10.0.0.2, snat: b}]}}", `"b" is neither an address nor a router nor "none"`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, ping: 10.0.0.2, path: [sw, rr]}]}}", `there is no switch and no router "rr" (did you mean "r"?)`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, ping: 10.0.0.2, get: \"http://10.0.0.2\"}]}}", `an expectation needs one of get, ping and udp`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, ping: 10.0.0.2, payload: x}]}}", `payload is for udp`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{fails: refused, conntrack: x}]}}", `what is expected here is of requests, and nothing is asked`},
		{"scenarios: {s: {expect: [{flows: {stage: ls_in_lbb}}]}}", `there is no stage "ls_in_lbb" (did you mean "ls_in_lb"?)`},
		{"scenarios: {s: {expect: [{flows: {count: -1}}]}}", `"-1" is not a number from 0 up`},
		{"scenarios: {s: {expect: [{times: 2}]}}", `an expectation needs one of get, ping and udp, or flows, or conntrack, or run`},
		{"hosts: {a: {port: p1}}\nscenarios: {s: {expect: [{from: a, get: \"http://10.0.0.2\", times: 3, ports: [1, 2]}]}}", `3 requests, but 2 source ports`},
		{"host: {}", `unknown key "host" (did you mean "hosts"?)`},
		{"version: 2", `"version" is here twice`},
	} {
		_, err := Read([]byte(smallNetwork+c.text+"\n"), "x")
		require.Error(t, err, c.text)
		assert.Contains(t, err.Error(), c.want, c.text)
	}
}

func TestEveryMistakeIsTold(t *testing.T) {
	_, err := Read([]byte(smallNetwork+"hosts: {a: {prot: p1}, b: {port: p9}}\n"), "x")
	require.Error(t, err)
	assert.Equal(t, 3, len(strings.Split(err.Error(), "\n")), err.Error())
}

func FuzzRead(f *testing.F) {
	f.Add(fmt.Sprintf(expectations, `run: ls, from: pc, udp: "10.0.2.2:53", payload: x, ports: [1..3, 9], answers: {a: 1..2, b: 40%, c: [1]}, path: [in], sees_source: pc, snat: none, trace: x, conntrack: y, flows: {stage: ls_in_lb}`))
	f.Add(smallNetwork + "hosts: {a: {port: p1, routes: {default: 10.0.0.254}, http: {80: x}}}\nscenarios: {s: {run: ls, expect: [{from: a, ping: 10.0.0.2}]}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Read([]byte(text), "x")
		if err == nil && l == nil {
			t.Fatal("neither a lab nor an error")
		}
	})
}
