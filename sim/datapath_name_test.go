package sim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
)

// TestDatapathNames has two switches of one name: ovn-trace 26.03.1 took the second of these rows, 2026-11-23.
func TestDatapathNames(t *testing.T) {
	sb := &pipeline.Southbound{}
	for i, row := range [][2]string{
		{"d145f3fa-e15f-4b4e-b509-9dc23cf10b55", "ls1"}, {"3018089d-e0f6-4838-8517-826cd9de62c6", "ls1"}, {"c8163c7b-3f9e-49bc-92fe-b06937c2ac7f", "ls11"},
		{"62d910d1-2a5d-4a0b-90e5-3b78b385ad3e", "lr40"}, {"896d4a95-85c1-4464-a6a5-3b158a8478e7", "lr34"}, {"f04828ec-c0cc-4c9c-82d3-0114e076ae74", "lr39"},
	} {
		u, err := ovsdb.ParseUUID(row[0])
		require.NoError(t, err)
		sb.Datapaths = append(sb.Datapaths, &pipeline.Datapath{UUID: u, Name: row[1], Index: i})
	}
	e := NewEngine(sb)
	for name, want := range map[string]int{"ls1": 1, "ls11": 2, "lr40": 3, "d145": 0} {
		dp, err := e.Datapath(name)
		require.NoError(t, err, name)
		assert.Same(t, sb.Datapaths[want], dp, name)
	}
	assert.Len(t, e.Warnings, 1)
	_, err := e.Datapath("ls2")
	assert.EqualError(t, err, `there is no datapath "ls2"; there are "lr34", "lr39", "lr40", "ls1", "ls1", "ls11"`)
}
