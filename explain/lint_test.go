package explain_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/explain"
	"ovnsim/topology"
)

// sound is a network without a mistake; cases add pieces to it, or change rows of it.
const sound = `
switches:
  a:
    ports:
      a1: {addresses: ["02:00:00:00:00:01 10.0.0.1"]}
      a2: {addresses: ["02:00:00:00:00:02 10.0.0.2"]}
  b: {ports: {b1: {addresses: ["02:00:00:00:01:01 10.0.1.1"]}}}
  out: {ports: {ln: {type: localnet, addresses: [unknown], options: {network_name: net}}}}
routers:
  r:
    ports:
      ra: {mac: "02:00:00:01:00:01", networks: [10.0.0.254/24], switch: a}
      rb: {mac: "02:00:00:01:00:02", networks: [10.0.1.254/24], switch: b}
      rg: {mac: "02:00:00:01:00:03", networks: [100.64.0.1/30], peer: gr}
    static_routes: [{ip_prefix: 0.0.0.0/0, nexthop: 100.64.0.2}]
  g:
    options: {chassis: hv1}
    ports:
      gr: {mac: "02:00:00:01:00:04", networks: [100.64.0.2/30], peer: rg}
      go: {mac: "02:00:00:01:00:05", networks: [192.0.2.1/24], switch: out}
    static_routes: [{ip_prefix: 10.0.0.0/16, nexthop: 100.64.0.1}]
    nat: [{type: snat, external_ip: 192.0.2.1, logical_ip: 10.0.0.0/16}]
`

// planted is a mistake, or several, and how each is put into the sound network.
var planted = []struct {
	rule  string
	yaml  string // sections beside those of the sound network
	plant func(*topology.Topology)
}{
	{"balancer-unattached", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.1:80"}}}`, nil},
	{"balancer-without-vips", `load_balancers: {w: {}}`, onSwitch("a")},
	{"group-unattached", `load_balancer_groups: {all: {}}`, nil},
	{"balancer-on-distributed-router", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.1:80"}}}`, onRouter("r")},
	{"balancer-without-clients", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.1:80"}}}`, func(t *topology.Topology) {
		t.Switch("b").Ports = slices.DeleteFunc(t.Switch("b").Ports, func(p *topology.LogicalSwitchPort) bool { return p.Name == "b1" })
		onSwitch("b")(t)
	}},
	{"balancer-on-servers-switch", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.1:80"}}}`, onSwitch("b")},
	{"vip-unanswered", `load_balancers: {w: {vips: {"10.0.0.77:80": "10.0.1.1:80"}}}`, onSwitch("a")},
	{"vip-without-route", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.9.0.1:80"}}}
`, func(t *topology.Topology) {
		s := &topology.LogicalSwitch{Name: "alone"}
		s.Ports = []*topology.LogicalSwitchPort{{Name: "x", Addresses: []string{"02:00:00:00:09:01 10.9.0.1"}}, {Name: "y", Addresses: []string{"02:00:00:00:09:02 10.9.0.2"}}}
		t.LogicalSwitch, t.LogicalSwitchPort = append(t.LogicalSwitch, s), append(t.LogicalSwitchPort, s.Ports...)
		onSwitch("alone")(t)
	}},
	{"vip-without-backends", `load_balancers: {w: {vips: {"30.0.0.1:80": ""}}}`, onSwitch("a")},
	{"vip-twice", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.1:80"}}, x: {vips: {"30.0.0.1:80": "10.0.0.2:80"}}}`, onSwitch("a")},
	{"backend-is-vip", `load_balancers: {w: {vips: {"10.0.1.1:80": "10.0.1.1:80"}}}`, onSwitch("a")},
	{"backend-twice", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.1:80,10.0.1.1:80"}}}`, onSwitch("a")},
	{"backend-nobody", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.9:80"}}}`, onSwitch("a")},
	{"backend-unreachable", `load_balancers: {w: {vips: {"30.0.0.1:80": "172.16.0.1:80"}}}`, func(t *topology.Topology) {
		t.Router("r").StaticRoutes = nil
		onSwitch("a")(t)
	}},
	{"reply-bypasses-router", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.0.2:80"}}}`, func(t *topology.Topology) {
		t.Router("r").Options = map[string]string{"chassis": "hv1"}
		onRouter("r")(t)
	}},
	{"check-without-source", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.1:80"}, health_check: [{vip: "30.0.0.1:80"}]}}`, onSwitch("a")},
	{"check-vip", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.1:80"}, health_check: [{vip: "30.0.0.2:80"}]}}`, onSwitch("a")},
	{"mapping-port", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.1:80"}, ip_port_mappings: {10.0.1.1: "b9:10.0.1.250"}}}`, onSwitch("a")},
	{"mapping-unused", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.1:80"}, ip_port_mappings: {10.0.1.7: "b1:10.0.1.250"}}}`, onSwitch("a")},
	{"template-variable", `load_balancers: {w: {vips: {"^vip:80": "10.0.1.1:80"}, options: {template: "true"}}}`, onSwitch("a")},
	{"unknown-option", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.1:80"}, options: {skip_nat: "true"}}}`, onSwitch("a")},
	{"option-value", `load_balancers: {w: {vips: {"30.0.0.1:80": "10.0.1.1:80"}, options: {affinity_timeout: soon}}}`, onSwitch("a")},
	{"invalid-value", ``, func(t *topology.Topology) { t.RouterPort("ra").Networks = []string{"10.0.0.254"} }},
	{"router-port-unconnected", ``, func(t *topology.Topology) {
		t.Router("r").Ports = append(t.Router("r").Ports, port(t, &topology.LogicalRouterPort{Name: "rz", MAC: "02:00:00:01:00:09", Networks: []string{"10.0.9.1/24"}}))
	}},
	{"router-port-shared", ``, func(t *topology.Topology) {
		t.SwitchPort("b1").Type, t.SwitchPort("b1").Options = "router", map[string]string{"router-port": "ra"}
	}},
	{"switch-port-unconnected", ``, func(t *topology.Topology) { t.SwitchPort("b1").Type = "router" }},
	{"peer-one-sided", ``, func(t *topology.Topology) { t.RouterPort("gr").Peer = "" }},
	{"network-twice", ``, func(t *topology.Topology) {
		t.RouterPort("rb").Networks = append(t.RouterPort("rb").Networks, "10.0.0.253/24")
	}},
	{"address-twice", ``, func(t *topology.Topology) { t.SwitchPort("a2").Addresses = []string{"02:00:00:00:00:02 10.0.0.1"} }},
	{"address-twice", ``, func(t *topology.Topology) { t.SwitchPort("a2").Addresses = []string{"02:00:00:00:00:01 10.0.0.2"} }},
	{"address-outside", ``, func(t *topology.Topology) { t.SwitchPort("a2").Addresses = []string{"02:00:00:00:00:02 10.0.7.2"} }},
	{"localnet-without-network", ``, func(t *topology.Topology) { t.SwitchPort("ln").Options = nil }},
	{"nexthop-unreachable", ``, func(t *topology.Topology) { t.Router("r").StaticRoutes[0].Nexthop = "100.65.0.2" }},
	{"nat-ignored", ``, func(t *topology.Topology) { t.Router("g").Options = nil }},
	{"nat-incomplete", ``, func(t *topology.Topology) {
		*t.NAT[0] = topology.NAT{Type: "dnat_and_snat", ExternalIP: "192.0.2.9", LogicalIP: "10.0.0.1", LogicalPort: "a1"}
	}},
	{"nat-twice", ``, func(t *topology.Topology) { g := t.Router("g"); g.NAT = append(g.NAT, g.NAT[0]) }},
	{"gateway-chassis-ignored", `ha_chassis_groups: {gw: {ha_chassis: [{chassis_name: hv1, priority: 1}]}}`, func(t *topology.Topology) { t.RouterPort("go").HAChassisGroup = t.HAChassisGroup[0] }},
	{"gateway-nowhere", `ha_chassis_groups: {gw: {}}`, func(t *topology.Topology) { t.RouterPort("rb").HAChassisGroup = t.HAChassisGroup[0] }},
	{"force-snat-ignored", ``, func(t *topology.Topology) { t.Router("r").Options = map[string]string{"lb_force_snat_ip": "router_ip"} }},
	{"match-invalid", ``, acl("ip4.dts == 10.0.0.1", "drop")},
	{"set-unknown", ``, acl("ip4.src == $nobody", "drop")},
	{"set-unknown", ``, acl("inport == @nobody", "drop")},
	{"acl-contradiction", ``, func(t *topology.Topology) { acl("ip4", "drop")(t); acl("ip4", "allow")(t) }},
	{"acl-nowhere", `port_groups: {empty: {acls: [{priority: 1, direction: from-lport, match: ip4, action: drop}]}}`, nil},
	{"dhcp-subnet", ``, func(t *topology.Topology) { t.SwitchPort("a1").DHCPv4Options = dhcp(t, "10.0.5.0/24", "10.0.5.1") }},
	{"dhcp-incomplete", ``, func(t *topology.Topology) { t.SwitchPort("a1").DHCPv4Options = dhcp(t, "10.0.0.0/24", "") }},
	{"name-twice", ``, func(t *topology.Topology) { t.Switch("b").Name = "a" }},
}

// onSwitch attaches all balancers to a switch, onRouter to a router.
func onSwitch(name string) func(*topology.Topology) {
	return func(t *topology.Topology) { t.Switch(name).LoadBalancer = t.LoadBalancer }
}

func onRouter(name string) func(*topology.Topology) {
	return func(t *topology.Topology) { t.Router(name).LoadBalancer = t.LoadBalancer }
}

func port(t *topology.Topology, p *topology.LogicalRouterPort) *topology.LogicalRouterPort {
	t.LogicalRouterPort = append(t.LogicalRouterPort, p)
	return p
}

func acl(match, action string) func(*topology.Topology) {
	return func(t *topology.Topology) {
		a := &topology.ACL{Priority: 1, Direction: "from-lport", Match: match, Action: action}
		t.ACL, t.Switch("a").ACLs = append(t.ACL, a), append(t.Switch("a").ACLs, a)
	}
}

func dhcp(t *topology.Topology, cidr, server string) *topology.DHCPOptions {
	o := &topology.DHCPOptions{CIDR: cidr, Options: map[string]string{"server_mac": "02:00:00:00:00:aa", "lease_time": "60"}}
	if server != "" {
		o.Options["server_id"] = server
	}
	t.DHCPOptions = append(t.DHCPOptions, o)
	return o
}

func TestLintFindsWhatIsPlanted(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range planted {
		t.Run(c.rule, func(t *testing.T) {
			top, err := topology.Read([]byte(sound+c.yaml), "lab.yaml")
			require.NoError(t, err)
			if c.plant != nil {
				c.plant(top)
			}
			tested[c.rule] = true
			var rules []string
			for _, f := range explain.Lint(top) {
				rules = append(rules, f.Rule.Name)
				assert.NotEmpty(t, f.Place())
				assert.NotEmpty(t, f.Remedy)
			}
			assert.Contains(t, rules, c.rule)
		})
	}
	for i := range explain.Rules {
		assert.True(t, tested[explain.Rules[i].Name], "no mistake is planted for %s", explain.Rules[i].Name)
	}
}

// What is sound gets no finding: the network above, the examples.
func TestLintFindsNothingElse(t *testing.T) {
	top, err := topology.Read([]byte(sound), "lab.yaml")
	require.NoError(t, err)
	assert.Empty(t, texts(explain.Lint(top)))
	files, err := filepath.Glob("../examples/*/lab.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		top, err := topology.Load(file)
		require.NoError(t, err)
		for _, f := range explain.Lint(top) {
			// Stories that teach a mistake attach the balancer in a scenario.
			assert.Contains(t, []string{"balancer-unattached", "balancer-on-servers-switch", "balancer-on-distributed-router", "reply-bypasses-router"}, f.Rule.Name, "%s: %s", f.Place(), f.Text)
		}
	}
}

func texts(findings []explain.Finding) []string {
	var out []string
	for i := range findings {
		out = append(out, findings[i].Place()+": "+findings[i].Rule.Name+": "+findings[i].Text)
	}
	return out
}

func TestLintForms(t *testing.T) {
	top, err := topology.Read([]byte(sound+"load_balancers: {w: {vips: {\"30.0.0.1:80\": \"10.0.1.1:80\"}}}\n"), "lab.yaml")
	require.NoError(t, err)
	findings := explain.Lint(top)
	require.Len(t, findings, 1)
	var text, asJSON, sarif bytes.Buffer
	require.NoError(t, explain.LintText(&text, findings))
	assert.Contains(t, text.String(), "lab.yaml:23:18: balancer-unattached: balancer w is attached to no switch and no router")
	require.NoError(t, explain.LintJSON(&asJSON, "lab.yaml", findings))
	assert.True(t, json.Valid(asJSON.Bytes()))
	require.NoError(t, explain.LintSARIF(&sarif, "lab.yaml", findings))
	var log struct {
		Version string
		Runs    []struct{ Results []struct{ RuleID string } }
	}
	require.NoError(t, json.Unmarshal(sarif.Bytes(), &log))
	assert.Equal(t, "2.1.0", log.Version)
	assert.Equal(t, "balancer-unattached", log.Runs[0].Results[0].RuleID)
}

func TestLintOfTheCluster(t *testing.T) {
	file := os.Getenv("OVNSIM_BIG_DB")
	if file == "" {
		t.Skip("OVNSIM_BIG_DB names no database")
	}
	top, err := topology.Load(file)
	require.NoError(t, err)
	assert.Empty(t, texts(explain.Lint(top)))
}
