package pipeline

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// small is a database that is as it must be: a switch, a router, a port on each, a flow on the switch.
func small() *Southbound {
	sw, rt := &Datapath{Name: "sw", Type: Switch, TunnelKey: 1}, &Datapath{Name: "rt", Type: Router, TunnelKey: 2, Index: 1}
	p, q := &PortBinding{LogicalPort: "p", Datapath: sw, TunnelKey: 1}, &PortBinding{LogicalPort: "q", Datapath: rt, TunnelKey: 1}
	return &Southbound{
		Datapaths: []*Datapath{sw, rt}, Ports: []*PortBinding{p, q},
		Flows:           NewFlows(&Flow{Datapaths: &DatapathGroup{[]*Datapath{sw}}, Table: 0, StageName: "ls_in_check_port_sec", Match: "1", Actions: "next;"}),
		MulticastGroups: []*MulticastGroup{{Name: "_MC_flood", Datapath: sw, Ports: []*PortBinding{p}}},
	}
}

func TestCheck(t *testing.T) {
	require.NoError(t, small().Check())
	for _, c := range []struct {
		name  string
		spoil func(*Southbound)
		want  string
	}{
		{"datapath keys", func(sb *Southbound) { sb.Datapaths[1].TunnelKey = 1 }, "both have tunnel key 1"},
		{"datapath index", func(sb *Southbound) { sb.Datapaths[1].Index = 5 }, "index 5 at position 1"},
		{"port twice", func(sb *Southbound) { sb.Ports[1].LogicalPort = "p" }, "port p: bound twice"},
		{"port keys", func(sb *Southbound) { sb.Ports[1].Datapath = sb.Datapaths[0] }, "ports p and q: both have tunnel key 1"},
		{"port nowhere", func(sb *Southbound) { sb.Ports[0].Datapath = &Datapath{} }, "port p: on a datapath that is not there"},
		{"flow nowhere", func(sb *Southbound) { sb.Flows.All()[0].Datapaths = nil }, "on no datapath"},
		{"flow of a stranger", func(sb *Southbound) { sb.Flows.All()[0].Datapaths = &DatapathGroup{[]*Datapath{{}}} }, "on a datapath that is not there"},
		{"mixed group", func(sb *Southbound) { sb.Flows.All()[0].Datapaths = &DatapathGroup{sb.Datapaths} }, "on a switch and a router"},
		{"unordered group", func(sb *Southbound) {
			sb.Flows.All()[0].Datapaths = &DatapathGroup{[]*Datapath{sb.Datapaths[0], sb.Datapaths[0]}}
		}, "out of order"},
		{"wrong stage", func(sb *Southbound) { sb.Flows.All()[0].Table = 1 }, "table 1 of ingress of a logical-switch is ls_in_apply_port_sec"},
		{"no match", func(sb *Southbound) { sb.Flows.All()[0].Match = "" }, "no match"},
		{"flow twice", func(sb *Southbound) { sb.Flows = NewFlows(append(sb.Flows.All(), sb.Flows.All()[0])...) }, "twice on sw"},
		{"group's port", func(sb *Southbound) { sb.MulticastGroups[0].Ports[0] = sb.Ports[1] }, "port q is not on its datapath"},
	} {
		sb := small()
		c.spoil(sb)
		assert.ErrorContains(t, sb.Check(), c.want, c.name)
	}
}
