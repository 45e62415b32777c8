package sim

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"ovnsim/pipeline"
	"ovnsim/pipeline/expr"
)

// Where ports are, by what names a chassis for them: those that nobody placed are on the first.
func TestResidence(t *testing.T) {
	two := &pipeline.Chassis{Name: "hv2"}
	gateways := []pipeline.GatewayChassis{{Name: "hv3", Priority: 20}, {Name: "hv1", Priority: 10}}
	registered := []pipeline.GatewayChassis{{Name: "cr-hv3", Priority: 20}, {Name: "cr-hv2", Chassis: two, Priority: 10}}
	vm := &pipeline.PortBinding{LogicalPort: "vm"}
	for _, c := range []struct {
		name  string
		sb    pipeline.Southbound
		where string
	}{
		{"nobody names a chassis", pipeline.Southbound{Ports: []*pipeline.PortBinding{vm}}, "[hv1] map[]"},
		{"one hosts all", pipeline.Southbound{Ports: []*pipeline.PortBinding{vm, {LogicalPort: "gw", Type: "l3gateway", Options: map[string]string{"l3gateway-chassis": "edge"}}}}, "[edge] map[]"},
		{"bound", pipeline.Southbound{Ports: []*pipeline.PortBinding{vm, {LogicalPort: "a", Chassis: &pipeline.Chassis{Name: "hv1"}}, {LogicalPort: "b", Chassis: two}}}, "[hv1 hv2] map[a:hv1 b:hv2 vm:hv1]"},
		{"requested", pipeline.Southbound{Ports: []*pipeline.PortBinding{vm, {LogicalPort: "a", Options: map[string]string{"requested-chassis": "hv5,hv6"}}, {LogicalPort: "b", Chassis: two}}}, "[hv2 hv5] map[a:hv5 b:hv2 vm:hv2]"},
		{"by priority", pipeline.Southbound{Ports: []*pipeline.PortBinding{vm, {LogicalPort: "cr", Type: "chassisredirect", GatewayChassis: gateways}}}, "[hv1 hv3] map[cr:hv3 vm:hv1]"},
		{"by priority, of a group", pipeline.Southbound{Ports: []*pipeline.PortBinding{vm, {LogicalPort: "cr", Type: "chassisredirect", HAChassisGroup: &pipeline.HAChassisGroup{Members: gateways}}}}, "[hv1 hv3] map[cr:hv3 vm:hv1]"},
		{"only who is there", pipeline.Southbound{Chassis: []*pipeline.Chassis{two}, Ports: []*pipeline.PortBinding{vm, {LogicalPort: "cr", Type: "chassisredirect", GatewayChassis: registered}}}, "[hv2] map[]"},
		{"links are everywhere", pipeline.Southbound{Ports: []*pipeline.PortBinding{{LogicalPort: "p", Type: "patch"}, {LogicalPort: "ln", Type: "localnet"}, {LogicalPort: "cr", Type: "chassisredirect", GatewayChassis: gateways}}}, "[hv1 hv3] map[cr:hv3]"},
		{"with its parent", pipeline.Southbound{Ports: []*pipeline.PortBinding{{LogicalPort: "nested", ParentPort: "b"}, {LogicalPort: "b", Chassis: two}, {LogicalPort: "a", Chassis: &pipeline.Chassis{Name: "hv1"}}}}, "[hv1 hv2] map[a:hv1 b:hv2 nested:hv2]"},
	} {
		sw, of := &pipeline.Datapath{}, map[string]string{}
		c.sb.Datapaths = []*pipeline.Datapath{sw}
		for _, p := range c.sb.Ports {
			p.Datapath = sw
		}
		n := newNetwork(&c.sb, newParsed(&expr.Names{}))
		r := newResidence(n)
		for i := range n.ports {
			if at := r.at(&n.ports[i]); at != "" {
				of[n.ports[i].LogicalPort] = at
			}
		}
		assert.Equal(t, c.where, fmt.Sprint(r.chassis, " ", of), c.name)
	}
}
