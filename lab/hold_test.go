package lab

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// expectations is a lab for the rows below: a client, two backends behind a router, a balancer on the client's switch.
const expectations = `version: 1
defaults: {timeout: 1s}
switches:
  in: {load_balancer: [web], ports: {pc: {addresses: ["02:00:00:00:01:02 10.0.1.2"]}}}
  dmz: {ports: {a: {addresses: ["02:00:00:00:02:02 10.0.2.2"]}, b: {addresses: ["02:00:00:00:02:03 10.0.2.3"]}}}
routers:
  r:
    ports:
      r-in: {mac: "02:00:00:00:01:01", networks: [10.0.1.1/24], switch: in}
      r-dmz: {mac: "02:00:00:00:02:01", networks: [10.0.2.1/24], switch: dmz}
load_balancers:
  web: {vips: {"30.0.0.1:80": "10.0.2.2:80,10.0.2.3:80"}}
hosts:
  pc: {port: pc, routes: {default: 10.0.1.1}}
  a: {port: a, routes: {default: 10.0.2.1}, http: {80: a}, udp: {53: "a says "}}
  b: {port: b, routes: {default: 10.0.2.1}, http: {80: b}}
scenarios:
  s:
    expect:
      - {%s}
`

// TestClauses plays each kind of expectation where it holds and where it does not.
func TestClauses(t *testing.T) {
	const vip = `from: pc, get: "http://30.0.0.1"`
	for _, c := range []struct{ expect, miss string }{ // "" for one that holds
		{vip + `, answers: {a: some, b: some}, times: 20`, ""},
		{vip + `, answers: {a: 30%..70%, b: 30%..70%}, times: 40`, ""},
		{vip + `, answers: {a: 1..19, b: 1..}, times: 20`, ""},
		{vip + `, answers: {a: 90%..100%, b: 0..}, times: 40`, `wanted "a" by 90%..100% of the requests; got`},
		{vip + `, answers: {a: 20, b: 0}, times: 20`, `wanted "a" 20 times; got`},
		{vip + `, answers: {a: some, c: some}, times: 20`, `wanted "c" at least once; got`},
		{vip + `, answers: {a: some}, times: 20`, `wanted nobody to get "b"; it came`},
		{vip + `, answers: {a: [40001, 40006], b: [40000, 40002..40005, 40007..40009]}`, ""},
		{vip + `, answers: {a: [40000..40009]}`, `wanted "a" by ports 40000, 40001, 40002,`},
		{vip + `, answers: {a: [40000..40009]}`, `and no other; got it by ports 40001, 40006`},
		{vip + `, ports: 40000..40003, answers: {a: [40001], b: 3}`, ""},
		{vip + `, fails: refused`, `wanted every request refused; got 1 × `},
		{`from: pc, get: "http://10.0.2.2:81", fails: refused`, ""},
		{`from: pc, get: "http://10.0.9.9", fails: timed out`, ""},
		{vip + `, balanced: in`, ""},
		{vip + `, balanced: dmz`, `every request should have been balanced by dmz; got: web applied on in`},
		{vip + `, not_balanced: not-on-path`, `no request should have been balanced, because of not-on-path; got: web applied on in`},
		{`from: a, get: "http://30.0.0.1", fails: timed out, not_balanced: not-on-path`, ""},
		{vip + `, path: [in, r, dmz]`, ""},
		{vip + `, path: [in, dmz]`, `wanted the path in → dmz; got in → r → dmz`},
		{vip + `, sees_source: pc`, ""},
		{vip + `, sees_source: 10.0.1.2`, ""},
		{vip + `, ports: 40000, sees_source: "10.0.1.2:40000"`, ""},
		{vip + `, ports: 40000, sees_source: "10.0.1.2:40001"`, `wanted the server to see 10.0.1.2:40001 as the source; got 10.0.1.2:40000`},
		{vip + `, sees_source: 10.0.1.1`, `wanted the server to see 10.0.1.1 as the source; got 10.0.1.2`},
		{`from: pc, get: "http://10.0.9.9", sees_source: pc`, `got that it reached nobody`},
		{vip + `, snat: none`, ""},
		{vip + `, snat: 10.0.2.1`, `wanted the source translation 10.0.2.1; got none`},
		{`run: ovn-nbctl set logical_router r options:chassis=hv1 options:lb_force_snat_ip=10.0.2.1 -- lr-lb-add r web -- ls-lb-del in, ` + vip + `, snat: 10.0.2.1, sees_source: 10.0.2.1`, ""},
		{`run: ovn-nbctl set logical_router r options:chassis=hv1 options:lb_force_snat_ip=10.0.2.1 -- lr-lb-add r web -- ls-lb-del in, ` + vip + `, snat: r`, ""},
		{`run: ovn-nbctl set logical_router r options:chassis=hv1 options:lb_force_snat_ip=10.0.2.1 -- lr-lb-add r web -- ls-lb-del in, ` + vip + `, snat: none`, `wanted the source translation none; got 10.0.2.1 by r`},
		{vip + `, trace: [ls_in_lb, "ip.ttl--"]`, ""},
		{vip + `, trace: nowhere-to-be-found`, `wanted the trace to contain "nowhere-to-be-found"; it does not`},
		{vip + `, trace_lacks: ls_in_lb`, `wanted the trace without "ls_in_lb"; it is there`},
		{vip + `, ports: 40000, conntrack: ["tcp,orig=(src=10.0.1.2,dst=30.0.0.1,sport=40000,dport=80)"]`, ""},
		{vip + `, conntrack: udp`, `wanted a connection with "udp"; got`},
		{vip + `, conntrack_lacks: dst=30.0.0.1`, `wanted no connection with "dst=30.0.0.1"; got tcp,orig=`},
		{`conntrack: tcp`, `wanted a connection with "tcp"; got an empty table`},
		{`flows: {datapath: in, stage: ls_in_lb, contains: ["30.0.0.1", backends=10.0.2.2:80], count: 1}`, ""},
		{`flows: {datapath: in, stage: ls_in_lb, contains: "30.0.0.1", count: 2}`, `wanted 2 flows in ls_in_lb of in with "30.0.0.1"; got 1 of the`},
		{`flows: {datapath: dmz, stage: ls_in_lb, contains: "30.0.0.1"}`, `wanted a flow in ls_in_lb of dmz with "30.0.0.1"; got none of the`},
		{`from: pc, ping: 10.0.2.2, times: 3, answers: {answered: 3}, path: [in, r, dmz]`, ""},
		{`from: pc, ping: 10.0.2.9, fails: timed out`, ""},
		{`from: pc, udp: "10.0.2.2:53", payload: hello, answers: {a says hello: 1}, sees_source: pc`, ""},
		{`from: pc, udp: "10.0.2.3:53", fails: refused`, ""},
		{`run: ip netns exec a pkill -f http.server, ` + vip + `, times: 20, answers: {b: some, refused: some}`, ""},
	} {
		l, err := Read([]byte(fmt.Sprintf(expectations, c.expect)), "x")
		require.NoError(t, err, c.expect)
		for _, quick := range []bool{false, true} {
			p := l.Player()
			p.Quick = quick
			o, err := p.Play(l.Scenarios[0], nil)
			require.NoError(t, err, c.expect)
			require.Empty(t, o.Failed, c.expect)
			if misses := strings.Join(o.Asked[0].Misses, "\n"); c.miss == "" {
				assert.Empty(t, misses, c.expect)
			} else {
				assert.Contains(t, misses, c.miss, c.expect)
			}
		}
	}
}

// TestSharedNetworks: what a player has compiled for one scenario must not be seen by another.
func TestSharedNetworks(t *testing.T) {
	l, err := Load("../examples/lab/lab.yaml")
	require.NoError(t, err)
	play := func(p *Player, s *Scenario) string {
		o, err := p.Play(s, nil)
		require.NoError(t, err)
		var b strings.Builder
		for _, a := range o.Asked {
			fmt.Fprintln(&b, a.From, a.What(), a.Summary(), a.Misses, len(a.Results))
		}
		return b.String()
	}
	shared := l.Player()
	for range 2 {
		for _, s := range l.Scenarios {
			assert.Equal(t, play(l.Player(), s), play(shared, s), s.Name)
		}
	}
	assert.Equal(t, "9 7", fmt.Sprint(len(l.Scenarios), countNetworks(shared.root)), "from one beginning, two balancers made, each attached to two places")
}

func countNetworks(n *network) int {
	count := 1
	for _, s := range n.next {
		if s.after != nil {
			count += countNetworks(s.after)
		}
	}
	return count
}

func TestAmounts(t *testing.T) {
	for _, c := range []struct {
		text     string
		got, all int
		holds    bool
	}{
		{"some", 1, 1, true}, {"some", 0, 9, false}, {"3", 3, 9, true}, {"3", 4, 9, false}, {"2..4", 2, 9, true}, {"2..4", 5, 9, false},
		{"2..", 9, 9, true}, {"2..", 1, 9, false}, {"40%..60%", 4, 10, true}, {"40%..60%", 7, 10, false}, {"50%", 5, 10, true}, {"50%", 4, 10, false}, {"0", 0, 9, true},
	} {
		a, err := ParseAmount(c.text)
		require.NoError(t, err, c.text)
		assert.Equal(t, c.holds, a.Holds(c.got, c.all, nil), c.text)
		assert.Equal(t, c.text, a.String())
	}
	for _, bad := range []string{"", "x", "4..2", "-1", "40%..60", "40..60%", "110%", "..", "%", "some.."} {
		_, err := ParseAmount(bad)
		assert.Error(t, err, bad)
	}
}

func FuzzParseAmount(f *testing.F) {
	f.Add("40%..60%")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAmount(text)
		if err != nil {
			return
		}
		again, err := ParseAmount(a.String())
		assert.NoError(t, err)
		assert.Equal(t, a, again)
	})
}
