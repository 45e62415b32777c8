package explain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/explain"
	"ovnsim/lab"
	"ovnsim/sim/host"
	"ovnsim/simtest"
)

// network is two subnets on a distributed router, with a gateway router beyond; what a case needs beside it goes into the
// places marked by words in capitals.
const network = `
version: 1
switches:
  a:
    SWITCH_A
    ports:
      a1: {addresses: ["02:00:00:00:00:01 10.0.0.1 fd00::1"]}
      a2: {addresses: ["02:00:00:00:00:03 10.0.0.2 fd00::2"]}
  b: {SWITCH_B ports: {b1: {addresses: ["02:00:00:00:00:02 10.0.1.1 fd01::1"]}}}
  join: {}
  out: {ports: {ln: {type: localnet, addresses: [unknown], options: {network_name: net}}}}
routers:
  r:
    ROUTER_R
    ports:
      ra: {PORT_A mac: "02:00:00:00:01:01", networks: [10.0.0.254/24, "fd00::fe/64"], switch: a}
      rb: {PORT_B mac: "02:00:00:00:01:02", networks: [10.0.1.254/24, "fd01::fe/64"], switch: b}
      rj: {mac: "02:00:00:00:01:03", networks: [100.64.0.1/24, "fd64::1/64"], switch: join}
    static_routes: [{ip_prefix: 0.0.0.0/0, nexthop: 100.64.0.2}, {ip_prefix: "::/0", nexthop: "fd64::2"}]
  g:
    options: {chassis: hv1FORCE}
    ROUTER_G
    ports:
      gj: {mac: "02:00:00:00:01:04", networks: [100.64.0.2/24, "fd64::2/64"], switch: join}
      go: {mac: "02:00:00:00:01:05", networks: [192.0.2.1/24, "fd99::1/64"], switch: out}
    static_routes: [{ip_prefix: 10.0.0.0/16, nexthop: 100.64.0.1}, {ip_prefix: "fd00::/15", nexthop: "fd64::1"}]
load_balancers:
  BALANCERS
MORE
hosts:
  c: {port: a1, addresses: [10.0.0.1/24, "fd00::1/64"], ROUTES_C http: {80: i am c}, udp: {53: c}}
  d: {port: a2, addresses: [10.0.0.2/24, "fd00::2/64"], routes: {default: 10.0.0.254, "::/0": "fd00::fe"}, http: {80: i am d}, udp: {53: d}}
  s: {port: b1, addresses: [10.0.1.1/24, "fd01::1/64"], routes: {default: 10.0.1.254, "::/0": "fd01::fe"}, http: {80: i am s}, udp: {53: s}}
  o: {port: ln, mac: "02:00:00:00:00:09", addresses: [192.0.2.9/24, "fd99::9/64"], http: {80: i am o}}
scenarios: {}
`

// on fills in the network. Pieces are NAME=TEXT.
func on(pieces ...string) string {
	text := network
	with := map[string]string{"SWITCH_A": "", "SWITCH_B": "", "ROUTER_R": "", "ROUTER_G": "", "PORT_A": "", "PORT_B": "", "MORE": "", "BALANCERS": "", "FORCE": "",
		"ROUTES_C": `routes: {default: 10.0.0.254, "::/0": "fd00::fe"},`}
	for _, p := range pieces {
		name, value, _ := strings.Cut(p, "=")
		with[name] = value
	}
	for name, value := range with {
		if value == "" && (name == "SWITCH_A" || name == "ROUTER_R" || name == "ROUTER_G" || name == "BALANCERS" || name == "MORE") {
			text = strings.ReplaceAll(text, "    "+name+"\n", "")
			text = strings.ReplaceAll(text, "  "+name+"\n", "")
		}
		text = strings.ReplaceAll(text, name, value)
	}
	return text
}

const (
	web  = `BALANCERS=web: {vips: {"30.0.0.1:80": "10.0.1.1:80"}}`
	any4 = `BALANCERS=web: {vips: {"30.0.0.1": "10.0.1.1"}}`
	six  = `BALANCERS=web: {vips: {"[fd30::1]:80": "[fd01::1]:80"}}`
	dns  = `BALANCERS=web: {protocol: udp, vips: {"30.0.0.1:53": "10.0.1.1:53"}}`
	self = `BALANCERS=web: {vips: {"30.0.0.1:80": "10.0.0.1:80"}}`
	same = `BALANCERS=web: {vips: {"30.0.0.1:80": "10.0.0.2:80"}}`

	onA = "SWITCH_A=load_balancer: [web]"
	onB = "SWITCH_B=load_balancer: [web],"
	onR = "ROUTER_R=load_balancer: [web]"
	onG = "ROUTER_G=load_balancer: [web]"
)

// reasonCases is a scenario for every reason, and more.
var reasonCases = []struct {
	name   string
	lab    string
	before string // requests and commands of the lab's shell that come before; "ask" asks once, "ask from elsewhere" by another port
	from   string
	ask    string // URL, udp://, or ping://
	place  string // whose verdict is looked at, "" for nowhere
	reason explain.Reason
	served bool
	remedy string // part of it, "" where there must be none
}{
	{"client's switch", on(web, onA), "", "c", "http://30.0.0.1", "a", explain.Applied, true, ""},
	{"gateway router, from inside", on(web, onG), "", "c", "http://30.0.0.1", "g", explain.ReplyNotUntranslated, false, "options:lb_force_snat_ip=router_ip"},
	{"gateway router that translates the source", on(web, onG, "FORCE=, lb_force_snat_ip: router_ip"), "", "c", "http://30.0.0.1", "g", explain.Applied, true, ""},
	{"IPv6", on(six, onA), "", "c", "http://[fd30::1]", "a", explain.Applied, true, ""},
	{"UDP", on(dns, onA), "", "c", "udp://30.0.0.1:53", "a", explain.Applied, true, ""},
	{"ping to a VIP without port", on(any4, onA), "", "c", "ping://30.0.0.1", "a", explain.Applied, true, ""},
	{"TCP to a VIP without port", on(any4, onA), "", "c", "http://30.0.0.1", "a", explain.Applied, true, ""},
	{"hairpin", on(self, onA), "", "c", "http://30.0.0.1", "a", explain.Applied, true, ""},
	{"from a group", on(web, "MORE=load_balancer_groups: {all: {load_balancer: [web]}}", "SWITCH_A=load_balancer_group: [all]"), "", "c", "http://30.0.0.1", "a", explain.Applied, true, ""},
	{"template", on(`BALANCERS=web: {vips: {"^vip:80": "^backends"}, options: {template: "true"}}`, onA, `MORE=chassis_template_vars: {hv1: {variables: {vip: 30.0.0.1, backends: "10.0.1.1:80"}}}`),
		"", "c", "http://30.0.0.1", "a", explain.Applied, true, ""},
	{"the second packet of a connection", on(dns, onA), "ask", "c", "udp://30.0.0.1:53", "a", explain.Applied, true, ""},
	{"from a localnet port", on(`BALANCERS=web: {vips: {"192.0.2.77:80": "10.0.1.1:80"}}`, onG), "", "o", "http://192.0.2.77", "g", explain.Applied, true, ""},

	{"not attached", on(web), "", "c", "http://30.0.0.1", "", explain.NotAttached, false, "ovn-nbctl ls-lb-add a web"},
	{"not attached, UDP", on(dns), "", "c", "udp://30.0.0.1:53", "", explain.NotAttached, false, "ovn-nbctl ls-lb-add a web"},
	{"not attached, ping", on(any4), "", "c", "ping://30.0.0.1", "", explain.NotAttached, false, "ovn-nbctl ls-lb-add a web"},
	{"not attached, IPv6", on(six), "", "c", "http://[fd30::1]", "", explain.NotAttached, false, "ovn-nbctl ls-lb-add a web"},
	{"server's switch", on(web, onB), "", "c", "http://30.0.0.1", "b", explain.NotOnPath, false, "ovn-nbctl ls-lb-add a web"},
	{"behind the router", on(`BALANCERS=web: {vips: {"10.0.1.9:80": "10.0.1.1:80"}}`, onB), "", "c", "http://10.0.1.9", "b", explain.EnteredByRouterPort, false, "ovn-nbctl ls-lb-add a web"},
	{"on the switch that it enters from a router", on(`BALANCERS=web: {vips: {"10.0.1.1:8080": "10.0.1.1:80"}}`, onB), "", "c", "http://10.0.1.1:8080", "b", explain.EnteredByRouterPort, false, "ovn-nbctl ls-lb-add a web"},
	{"distributed router", on(web, onR), "", "c", "http://30.0.0.1", "r", explain.RouterNotCentralized, false, "ovn-nbctl ls-lb-add a web"},
	{"gateway port that no chassis may host", on(web, onR, "PORT_B=ha_chassis_group: nobody,", "MORE=ha_chassis_groups: {nobody: {}}"), "", "c", "http://30.0.0.1", "r", explain.NotResident, false, ""},
	{"another port", on(web, onA), "", "c", "http://30.0.0.1:8080", "a", explain.PortOrProtocol, false, `vips:"30.0.0.1:8080"="10.0.1.1:80"`},
	{"another protocol", on(web, onA), "", "c", "udp://30.0.0.1:53", "a", explain.PortOrProtocol, false, ""},
	{"ping to a VIP with a port", on(web, onA), "", "c", "ping://30.0.0.1", "a", explain.PortOrProtocol, false, ""},
	{"no backends", on(`BALANCERS=web: {vips: {"30.0.0.1:80": ""}}`, onA), "", "c", "http://30.0.0.1", "a", explain.NoBackends, false, ""},
	{"no backends, rejected", on(`BALANCERS=web: {vips: {"30.0.0.1:80": ""}, options: {reject: "true"}}`, onA), "", "c", "http://30.0.0.1", "a", explain.NoBackends, false, ""},
	{"no backends on a router", on(`BALANCERS=web: {vips: {"30.0.0.1:80": ""}, options: {reject: "true"}}`, onG), "", "c", "http://30.0.0.1", "g", explain.NoBackends, false, ""},
	{"backends that cannot be probed", on(`BALANCERS=web: {vips: {"30.0.0.1:80": "10.0.1.1:80"}, health_check: [{vip: "30.0.0.1:80"}]}`, onA),
		"", "c", "http://30.0.0.1", "a", explain.BackendsOffline, false, "ovn-nbctl clear load_balancer web health_check"},
	{"a connection that was there", on(`BALANCERS=web: {protocol: udp, vips: {"10.0.1.1:53": "10.0.0.2:53"}}`, `SWITCH_A=acls: [{priority: 1, direction: from-lport, match: ip4, action: allow-related}]`),
		"ask; ovn-nbctl ls-lb-add a web", "c", "udp://10.0.1.1:53", "a", explain.AlreadyEstablished, true, ""},
	{"affinity", on(`BALANCERS=web: {vips: {"30.0.0.1:80": "10.0.1.1:80,10.0.0.2:80"}, options: {affinity_timeout: "60"}}`, onA), "ask from elsewhere", "c", "http://30.0.0.1", "a", explain.Affinity, true, ""},
	{"two places", on(web, onA, onG), "", "c", "http://30.0.0.1", "g", explain.NotOnPath, true, ""},
	{"translated on the way", on(`BALANCERS=web: {vips: {"30.0.0.1:80": "192.0.2.9:80"}}`, onA, onG), "", "c", "http://30.0.0.1", "g", explain.AlreadyTranslated, false, ""},
	{"an ACL before it", on(web, `SWITCH_A=load_balancer: [web]
    acls: [{priority: 1000, direction: from-lport, match: "ip4.dst == 30.0.0.1", action: drop}]`), "", "c", "http://30.0.0.1", "a", explain.DroppedBefore, false, "ovn-nbctl acl-del a from-lport 1000"},
	{"an ACL that rejects before it", on(web, `SWITCH_A=load_balancer: [web]
    acls: [{priority: 1000, direction: from-lport, match: "ip4.dst == 30.0.0.1", action: reject}]`), "", "c", "http://30.0.0.1", "a", explain.DroppedBefore, false, "ovn-nbctl acl-del a from-lport 1000"},
	{"server beside the client", on(same, onG), "", "c", "http://30.0.0.1", "g", explain.ReplyNotUntranslated, false, "options:lb_force_snat_ip=router_ip"},
	{"no route", on(web, onA, "ROUTES_C="), "", "c", "http://30.0.0.1", "a", explain.NeverLeftHost, false, "ip netns exec c ip route add 30.0.0.1/32 via 10.0.0.254"},
	{"nobody answers ARP", on(`BALANCERS=web: {vips: {"192.0.2.77:80": "10.0.1.1:80"}}`, onA), "", "o", "http://192.0.2.77", "a", explain.NeverLeftHost, false, "ovn-nbctl lr-lb-add g web"},
	{"a stateless ACL", on(web, `SWITCH_A=load_balancer: [web]
    acls: [{priority: 1000, direction: from-lport, match: "ip4", action: allow-stateless}]`), "", "c", "http://30.0.0.1", "a", explain.Bypassed, false, ""},
}

func TestReasons(t *testing.T) {
	seen := map[explain.Reason]bool{}
	for _, c := range reasonCases {
		t.Run(c.name, func(t *testing.T) {
			l := simtest.Parse(t, c.lab)
			for _, command := range strings.Split(c.before, "; ") {
				switch command {
				case "":
				case "ask":
					ask(t, l.Play, c.from, c.ask)
				case "ask from elsewhere":
					_, err := l.Play.Explain(c.from, c.ask, 40001)
					require.NoError(t, err)
				default:
					l.Run(command)
				}
			}
			r := ask(t, l.Play, c.from, c.ask)
			v := verdictAt(r.Verdicts, c.place)
			require.NotNil(t, v, "verdicts: %+v", r.Verdicts)
			seen[v.Reason] = true
			assert.Equal(t, c.reason.String(), v.Reason.String(), "%s: %s (%s)", r.Outcome, v.Sentence, v.Because)
			assert.Equal(t, c.served, r.Flow.Stop == host.Answered, "outcome: %s", r.Outcome)
			assert.Empty(t, contradictions(l.Play, r))
			require.NoError(t, l.Play.Verify(r))
			v = verdictAt(r.Verdicts, c.place)
			if c.remedy == "" {
				assert.Empty(t, v.Remedy)
			} else {
				assert.Contains(t, v.Remedy, c.remedy)
				remedied(t, c.lab, c.from, c.ask, v)
			}
		})
	}
	for _, name := range explain.ReasonNames() {
		reason, _ := explain.ReasonNamed(name)
		assert.True(t, seen[reason], "no scenario yields %s", name)
	}
}

// ask sends one request of any kind, always by the same port.
func ask(t testing.TB, p *lab.Play, from, what string) *lab.Result {
	t.Helper()
	r, err := p.Explain(from, what, 40000)
	require.NoError(t, err)
	return r
}

func verdictAt(all []explain.Verdict, place string) *explain.Verdict {
	for i := range all {
		if all[i].Place == place {
			return &all[i]
		}
	}
	return nil
}

// remedied makes a suggested change in a lab of its own, with the shell's commands as they are shown, and asks again.
func remedied(t *testing.T, text, from, what string, v *explain.Verdict) {
	t.Helper()
	l := simtest.Parse(t, text)
	l.Run(strings.Join(v.Commands, "\n"))
	r := ask(t, l.Play, from, what)
	assert.Equal(t, host.Answered, r.Flow.Stop, "after %q", v.Commands)
}
