package pipeline_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
)

// network is a recorded southbound database; record.sh beside it says of what.
const network = "../sim/testdata/network.db.gz"

func southbound(t testing.TB, path string) *pipeline.Southbound {
	db, err := ovsdb.Open(path)
	require.NoError(t, err)
	sb, err := pipeline.FromDatabase(db)
	require.NoError(t, err)
	return sb
}

func ExampleFromDatabase() {
	db, err := ovsdb.Open(network)
	if err != nil {
		fmt.Println(err)
		return
	}
	sb, err := pipeline.FromDatabase(db)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, dp := range sb.Datapaths {
		fmt.Println(dp.Type, dp.Name)
	}
	// Output:
	// logical-router gr
	// logical-router lr0
	// logical-switch ls0
	// logical-switch ls1
	// logical-switch out
}

func TestFromDatabase(t *testing.T) {
	sb := southbound(t, network)
	ports := map[string]*pipeline.PortBinding{}
	for _, p := range sb.Ports {
		ports[p.LogicalPort] = p
	}
	vm1, gr := ports["vm1"], ports["gr-out"]
	assert.Equal(t, "ls0 [00:00:00:00:00:01 10.0.0.1 fd00::1]", vm1.Datapath.Name+" "+fmt.Sprint(vm1.PortSecurity))
	assert.Equal(t, "friendly-vm2", ports["vm2"].ExternalIDs["name"])
	assert.Equal(t, "l3gateway out-gr hv1", gr.Type+" "+gr.Options["peer"]+" "+gr.Options["l3gateway-chassis"])
	require.Len(t, sb.LoadBalancers, 1)
	assert.Equal(t, map[string]string{"10.9.9.9:80": "10.0.1.3:8080,10.0.0.2:8080"}, sb.LoadBalancers[0].VIPs)
	assert.Equal(t, "ls0", sb.LoadBalancers[0].Switches.Datapaths[0].Name)
	groups := map[string]int{}
	for _, g := range sb.MulticastGroups {
		groups[g.Datapath.Name+" "+g.Name] = len(g.Ports)
	}
	assert.Equal(t, 4, groups["ls0 _MC_flood"])
	assert.NotEmpty(t, sb.DHCPOptions)
	for i, dp := range sb.Datapaths {
		assert.Equal(t, i, dp.Index)
		assert.False(t, dp.NbUUID.IsZero())
	}
}

func TestFromDatabaseRefusesOtherSchemas(t *testing.T) {
	db, err := ovsdb.New([]byte(`{"name":"OVN_Northbound","version":"7","tables":{}}`))
	require.NoError(t, err)
	_, err = pipeline.FromDatabase(db)
	assert.EqualError(t, err, "an OVN_Northbound database where a southbound one (OVN_Southbound) is needed")
}

// TestLflowListRecorded holds lflow-list against what ovn-sbctl printed of the same database.
func TestLflowListRecorded(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, southbound(t, network).WriteLflowList(&out, pipeline.LflowList{}))
	assert.Equal(t, string(gunzip(t, "../sim/testdata/lflows.txt.gz")), out.String())
}

func TestLflowListArguments(t *testing.T) {
	sb := southbound(t, network)
	f := sb.Flows.All()[0]
	id := ovsdb.UUID(f.UUID).String()
	for _, c := range []struct {
		list  pipeline.LflowList
		lines string // the first words of the output, or the error
	}{
		{pipeline.LflowList{Datapath: "gr"}, `Datapath: "gr" (`},
		{pipeline.LflowList{Datapath: sb.Datapaths[1].UUID.String()}, `Datapath: "lr0" (`},
		{pipeline.LflowList{Datapath: sb.Datapaths[2].NbUUID.String()[:6]}, `Datapath: "ls0" (`},
		{pipeline.LflowList{Datapath: "nowhere"}, `there is no datapath "nowhere"; there are "gr", "lr0", "ls0", "ls1", "out"`},
		{pipeline.LflowList{Flows: []string{"0x" + id[:8]}, UUID: true}, "  uuid=0x" + id[:8] + ", table="},
		{pipeline.LflowList{Flows: []string{id}}, f.Match},
	} {
		var out strings.Builder
		if err := sb.WriteLflowList(&out, c.list); err != nil {
			out.WriteString(err.Error())
		}
		assert.Contains(t, out.String(), c.lines)
	}
}
