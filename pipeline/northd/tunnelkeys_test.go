package northd

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/topology"
)

// TestVXLANKeys holds how many ports of a switch come to be against ovn-northd 26.03.1 (one switch with 2,050 ports and a
// chassis with VXLAN, 2026-11-23: 2,047 ports; those that are left out have no flows either).
func TestVXLANKeys(t *testing.T) {
	vxlan := []*pipeline.Chassis{{Name: "hv1", Encaps: []pipeline.Encap{{Type: "geneve"}, {Type: "vxlan"}}}}
	geneve := []*pipeline.Chassis{{Name: "hv1", Encaps: []pipeline.Encap{{Type: "geneve"}}}}
	for _, c := range []struct {
		name    string
		chassis []*pipeline.Chassis
		options map[string]string
		ports   int
	}{
		{"geneve", geneve, nil, 2050},
		{"vxlan", vxlan, nil, 2047},
		{"vxlan for hardware only", vxlan, map[string]string{"vxlan_mode": "false"}, 2050},
		{"nothing known", nil, nil, 2050},
		{"ovn-northd had it", nil, map[string]string{"max_tunid": "4095"}, 2047},
		{"it has gone", geneve, map[string]string{"max_tunid": "4095"}, 2050},
	} {
		top := &topology.Topology{
			NBGlobal:      []*topology.NBGlobal{{Options: c.options}},
			LogicalSwitch: []*topology.LogicalSwitch{{Name: "s", Row: topology.Row{UUID: ovsdb.UUID{1}}}},
		}
		for i := range 2050 {
			p := &topology.LogicalSwitchPort{Name: fmt.Sprint("p", i), Addresses: []string{fmt.Sprintf("0a:00:00:00:%02x:%02x", i/256, i%256)}}
			p.UUID = ovsdb.UUID{2, byte(i / 256), byte(i)}
			top.LogicalSwitchPort = append(top.LogicalSwitchPort, p)
		}
		top.LogicalSwitch[0].Ports = top.LogicalSwitchPort
		sb, lookups := Compile(top, Options{Southbound: &pipeline.Southbound{Chassis: c.chassis}}), 0
		for _, f := range sb.Flows.All() {
			if f.StageName == "ls_in_l2_lkup" && f.Priority == 50 {
				lookups++
			}
		}
		assert.Len(t, sb.Ports, c.ports, c.name)
		assert.Equal(t, c.ports, lookups, "%s: flows", c.name)
	}
}
