package topology_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

const commented = `# the lab
version: 1
name: a lab # its name

switches:
  # where the clients are
  outside:
    ports:
      out: {type: localnet, addresses: [unknown]} # to the world
      vm: {addresses: ["02:00:00:00:00:05 10.0.0.5"]}
  inside: {}
routers:
  edge:
    ports:
      edge-out: {mac: "02:00:00:00:00:01", networks: [10.0.0.1/24], switch: outside}
    static_routes: # all of them
      - {ip_prefix: 0.0.0.0/0, nexthop: 10.0.0.254} # the way out

load_balancers:
  web: {vips: {"10.0.0.9:80": "10.0.0.5:8000"}}

hosts: # machines
  vm: {port: vm}
scenarios:
  one:
    run: |
      echo a

      echo b

  two:
    run: >-
      folded

      here
`

// Every row: commands, and what has become of the lines of the text above: "-" before one that is gone, "+" before a new one.
var updates = []struct{ commands, want string }{
	{"get logical_switch inside name", ""},
	{"ls-lb-add inside web", "-  inside: {}\n+  inside: {load_balancer: [web]}"},
	{"set logical_switch_port vm enabled=false",
		"-      vm: {addresses: [\"02:00:00:00:00:05 10.0.0.5\"]}\n+      vm: {addresses: [\"02:00:00:00:00:05 10.0.0.5\"], enabled: false}"},
	{"lsp-del vm", "-      vm: {addresses: [\"02:00:00:00:00:05 10.0.0.5\"]}"},
	{"lsp-add outside other", "+      other: {}"},
	{"ls-add third -- lsp-add third p3", "+  third: {ports: {p3: {}}}"},
	{"lr-route-add edge 10.9.0.0/16 10.0.0.3", "+      - {_uuid: U, ip_prefix: 10.9.0.0/16, nexthop: 10.0.0.3}"},
	{"lr-route-del edge 0.0.0.0/0", "-    static_routes: # all of them\n-      - {ip_prefix: 0.0.0.0/0, nexthop: 10.0.0.254} # the way out"},
	{"lsp-set-options outside-edge router-port=edge-out arp_proxy=10.0.0.7",
		"-      edge-out: {mac: \"02:00:00:00:00:01\", networks: [10.0.0.1/24], switch: outside}\n" +
			"+      outside-edge: {type: router, options: {arp_proxy: 10.0.0.7, router-port: edge-out}, addresses: [router]}\n" +
			"+      edge-out: {mac: \"02:00:00:00:00:01\", networks: [10.0.0.1/24]}"},
	{"lsp-del outside-edge", "-      edge-out: {mac: \"02:00:00:00:00:01\", networks: [10.0.0.1/24], switch: outside}\n+      edge-out: {mac: \"02:00:00:00:00:01\", networks: [10.0.0.1/24]}"},
	{"lrp-add edge edge-in 02:00:00:00:00:02 10.1.0.1/24 -- lsp-add-router-port inside inside-edge edge-in",
		"+      edge-in: {networks: [10.1.0.1/24], mac: \"02:00:00:00:00:02\", switch: inside}"},
	{"acl-add inside to-lport 5 ip4 drop", "-  inside: {}\n+  inside:\n+    acls:\n+      - {_uuid: U, priority: 5, direction: to-lport, match: ip4, action: drop}"},
	{"lb-add dns 10.0.0.9:53 10.0.0.5:53 udp", "+  dns: {vips: {\"10.0.0.9:53\": \"10.0.0.5:53\"}, protocol: udp}"},
	{"pg-add group vm", "+port_groups:\n+  group: {ports: [vm]}"},
	{"lb-del web", "-load_balancers:\n-  web: {vips: {\"10.0.0.9:80\": \"10.0.0.5:8000\"}}\n+load_balancers: {}"},
	{"lr-del edge", ""},
	{"set logical_switch inside name=renamed", "-  inside: {}\n+  inside: {name: renamed}"},
	{"create load_balancer vips:10.0.0.3=10.0.0.5", "+  load_balancers1: {_uuid: U, name: \"\", vips: {10.0.0.3: 10.0.0.5}}"},
	{"set logical_router_port edge-out peer=nowhere", "+validate: false"},
	{"set nb_global . name=x", "+nb_global: {name: x}"},
}

func TestUpdateKeepsWhatIsNotChanged(t *testing.T) {
	for _, row := range updates {
		doc, err := topology.ReadYAML([]byte(commented), "lab.yaml")
		require.NoError(t, err)
		before, err := doc.Bytes()
		require.NoError(t, err)
		require.Equal(t, commented, string(before), "nothing changed")
		require.NoError(t, nbctl.Run(doc.Topology, strings.Fields(row.commands), &bytes.Buffer{}), row.commands)
		after, err := doc.Bytes()
		require.NoError(t, err, row.commands)
		again, err := topology.ReadYAML(after, "lab.yaml")
		require.NoError(t, err, row.commands)
		assert.Equal(t, doc.Topology.Lines(), again.Topology.Lines(), row.commands)
		if row.want != "" {
			for _, line := range strings.Split(row.want, "\n") {
				assert.Contains(t, difference(string(before), string(after)), line, row.commands)
			}
		}
		assert.Contains(t, string(after), "# where the clients are")
		assert.Contains(t, string(after), "hosts: # machines\n  vm: {port: vm}\n")
	}
}

// difference is the lines that two texts do not share.
func difference(a, b string) []string {
	var out []string
	b = uuidKeys.ReplaceAllString(b, "_uuid: U")
	for _, line := range strings.Split(a, "\n") {
		if !strings.Contains("\n"+b+"\n", "\n"+line+"\n") {
			out = append(out, "-"+line)
		}
	}
	for _, line := range strings.Split(b, "\n") {
		if !strings.Contains("\n"+a+"\n", "\n"+line+"\n") {
			out = append(out, "+"+line)
		}
	}
	return out
}

var uuidKeys = regexp.MustCompile(`_uuid: [-0-9a-f]{36}`)
var uuid = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
