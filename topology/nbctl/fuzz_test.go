package nbctl_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ovnsim/topology"
)

const fuzzed = `
switches:
  s: {ports: {p: {addresses: ["02:00:00:00:00:01 10.0.0.1"]}, q: }, acls: [{direction: to-lport, priority: 1, match: ip4, action: drop}], load_balancer: b}
routers:
  r: {ports: {rp: {mac: 02:00:00:00:00:02, networks: 10.0.0.2/24, switch: s}}, static_routes: [{ip_prefix: 0.0.0.0/0, nexthop: 10.0.0.9}]}
load_balancers: {b: {vips: {"10.0.0.3:80": "10.0.0.1:80"}}}
port_groups: {g: {ports: [p]}}
`

// FuzzRun feeds command lines to a small topology: none may crash, one that fails must change nothing, one that does not must leave what a
// database can hold.
func FuzzRun(f *testing.F) {
	for _, file := range recordings(f) {
		for i, s := range readRecording(f, file).steps {
			if i%3 == 0 {
				f.Add(s.line)
			}
		}
	}
	f.Add("set logical_switch s ports=@x -- --id=@x create logical_switch_port name=z")
	f.Add("--id=@x create acl direction=to-lport action=drop -- add port_group g acls @x -- add logical_switch s acls @x")
	f.Fuzz(func(t *testing.T, line string) {
		doc, err := topology.ReadYAML([]byte(fuzzed), "lab.yaml")
		require.NoError(t, err)
		top := doc.Topology
		before := top.Lines()
		if s := invoke(top, strings.Fields(strings.NewReplacer(`"`, "", `'`, "").Replace(line))); s.code != 0 {
			require.Equal(t, before, top.Lines())
			return
		}
		var file strings.Builder
		require.NoError(t, top.WriteDatabase(&file))
		again, err := topology.Read([]byte(file.String()), "again")
		require.NoError(t, err)
		require.Equal(t, top.Lines(), again.Lines())
		_, err = doc.Bytes() // which checks itself
		require.NoError(t, err)
		yaml, err := top.YAML(topology.Form{})
		require.NoError(t, err)
		again, err = topology.Read(yaml, "lab.yaml")
		require.NoError(t, err, "%s", yaml)
		require.Equal(t, top.Lines(), again.Lines())
	})
}
