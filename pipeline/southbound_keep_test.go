package pipeline_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
)

// TestKeepRows: a flow keeps its row when its text and stage are the same, though its datapaths may be others.
func TestKeepRows(t *testing.T) {
	group := func(ids ...byte) *pipeline.DatapathGroup {
		g := &pipeline.DatapathGroup{}
		for _, id := range ids {
			g.Datapaths = append(g.Datapaths, &pipeline.Datapath{NbUUID: ovsdb.UUID{id}})
		}
		return g
	}
	before := &pipeline.Southbound{Flows: pipeline.NewFlows([]*pipeline.Flow{
		{Datapaths: group(1), Match: "1", Actions: "next;", UUID: [16]byte{1}, Source: "northd.c:1"},
		{Datapaths: group(2, 3), Match: "1", Actions: "next;", UUID: [16]byte{2}, Source: "northd.c:2"},
		{Datapaths: group(1), Match: "ip4", Actions: "next;", UUID: [16]byte{3}},
	}...)}
	after := &pipeline.Southbound{Flows: pipeline.NewFlows([]*pipeline.Flow{
		{Datapaths: group(2, 3, 4), Match: "1", Actions: "next;"},
		{Datapaths: group(1), Match: "1", Actions: "next;"},
		{Datapaths: group(1), Match: "1", Actions: "next;"},
		{Datapaths: group(1), Match: "ip4", Actions: "drop;"},
		{Datapaths: group(4), Match: "ip4", Actions: "next;"},
	}...)}
	after.KeepRows(before)
	var rows []byte
	for _, f := range after.Flows.All() {
		rows = append(rows, f.UUID[0])
	}
	assert.Equal(t, []byte{2, 1, 0, 0, 0}, rows)
	assert.Equal(t, "northd.c:2", after.Flows.All()[0].Source)
}
