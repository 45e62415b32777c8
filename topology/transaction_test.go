package topology_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/topology"
)

const small = `
switches:
  s: {ports: {p: , q: }, load_balancer: b}
load_balancers: {b: , c: }
port_groups: {g: {ports: [p, q]}}
meters: {m: {unit: kbps, bands: [{action: drop, rate: 5}]}}
`

// Every row: a change, and what committing says; "" if it goes well.
var transactions = []struct {
	name, want string
	change     func(top *topology.Topology, tx *topology.Transaction)
}{
	{"nothing", "", func(*topology.Topology, *topology.Transaction) {}},
	{"a switch", "", func(_ *topology.Topology, tx *topology.Transaction) {
		tx.Insert(&topology.LogicalSwitch{Name: "t"}, "")
	}},
	{"a port that nothing refers to goes", "", func(_ *topology.Topology, tx *topology.Transaction) {
		tx.Insert(&topology.LogicalSwitchPort{Name: "r"}, "")
	}},
	{"a switch without its ports goes, and they go with it", "", func(top *topology.Topology, tx *topology.Transaction) {
		ls := top.Switch("s")
		tx.Edit(ls)
		ls.Ports = nil
		tx.Delete(ls)
	}},
	{"a name twice", `{"details":"Transaction causes multiple rows in \"Port_Group\" table to have identical values (g) for index on column \"name\".  ` +
		`First row, with UUID U, was inserted by this transaction.  Second row, with UUID U, existed in the database before this transaction and was not modified by the transaction.","error":"constraint violation"}`,
		func(_ *topology.Topology, tx *topology.Transaction) { tx.Insert(&topology.PortGroup{Name: "g"}, "") }},
	{"no enumerated value", `{"details":"\"\" is not one of the allowed values ([kbps, pktps])","error":"constraint violation"}`,
		func(_ *topology.Topology, tx *topology.Transaction) { tx.Insert(&topology.Meter{Name: "n"}, "") }},
	{"out of range", `{"details":"9 is not in the valid range 0 to 3 (inclusive)","error":"constraint violation"}`,
		func(top *topology.Topology, tx *topology.Transaction) {
			a := &topology.ACL{Direction: "to-lport", Action: "drop", Tier: 9}
			tx.Insert(a, "")
			tx.Edit(top.Switch("s"))
			top.Switch("s").ACLs = []*topology.ACL{a}
		}},
	{"nothing where something must be", `{"details":"Table Meter column bands row U references nonexistent row U in table Meter_Band.","error":"referential integrity violation"}`,
		func(top *topology.Topology, tx *topology.Transaction) {
			tx.Edit(top.Meter[0])
			top.Meter[0].Bands = nil
		}},
	{"a row that is none", `{"details":"Table Logical_Switch column ports row U references nonexistent row U in table Logical_Switch_Port.","error":"referential integrity violation"}`,
		func(top *topology.Topology, tx *topology.Transaction) {
			tx.Edit(top.Switch("s"))
			top.Switch("s").Ports = append(top.Switch("s").Ports, &topology.LogicalSwitchPort{Name: "ghost"})
		}},
	{"a second NB_Global", `{"details":"transaction causes \"NB_Global\" table to contain 2 rows, greater than the schema-defined limit of 1 row(s)","error":"constraint violation"}`,
		func(_ *topology.Topology, tx *topology.Transaction) { tx.Insert(&topology.NBGlobal{Name: "two"}, "") }},
}

func TestTransactionsHoldOrChangeNothing(t *testing.T) {
	for _, row := range transactions {
		top, err := topology.Read([]byte(small), "lab.yaml")
		require.NoError(t, err)
		before := text(t, top)
		tx := top.Begin()
		row.change(top, tx)
		err = tx.Commit()
		if row.want == "" {
			assert.NoError(t, err, row.name)
			assert.Empty(t, top.Unreferenced(), row.name)
			continue
		}
		if assert.Error(t, err, row.name) {
			assert.Equal(t, row.want, uuid.ReplaceAllString(err.Error(), "U"), row.name)
		}
		assert.Equal(t, before, text(t, top), row.name)
	}
}

func TestDeletingDropsWeakReferences(t *testing.T) {
	top, err := topology.Read([]byte(small), "lab.yaml")
	require.NoError(t, err)
	tx := top.Begin()
	tx.Delete(top.Balancer("b"))
	tx.Edit(top.Switch("s"))
	q := top.SwitchPort("q")
	top.Switch("s").Ports = []*topology.LogicalSwitchPort{q}
	assert.Len(t, top.Switch("s").LoadBalancer, 1, "until it is committed")
	require.NoError(t, tx.Commit())
	assert.Empty(t, top.Switch("s").LoadBalancer)
	assert.Equal(t, []*topology.LogicalSwitchPort{q}, top.PortGroupNamed("g").Ports)
	assert.Nil(t, top.SwitchPort("p"), "a port without a switch is no row")
}

func TestRollbackTakesEverythingBack(t *testing.T) {
	top, err := topology.Read([]byte(small), "lab.yaml")
	require.NoError(t, err)
	before, ls := text(t, top), top.Switch("s")
	tx := top.Begin()
	tx.Edit(ls)
	ls.Name, ls.Ports = "renamed", nil
	tx.Delete(top.Balancer("c"))
	tx.Insert(&topology.LogicalSwitch{Name: "t"}, "")
	assert.True(t, tx.Changed())
	tx.Rollback()
	assert.Equal(t, before, text(t, top))
	assert.Same(t, ls, top.Switch("s"), "rows keep their place")
	assert.False(t, tx.Changed())
}

func TestForksHaveRowsInCommon(t *testing.T) {
	top, err := topology.Read([]byte(small), "lab.yaml")
	require.NoError(t, err)
	before, p, q := text(t, top), top.SwitchPort("p"), top.SwitchPort("q")
	fork, other := top.Fork(), top.Fork()
	tx := fork.Begin()
	tx.Edit(p)
	p.Type = "localnet"
	require.NoError(t, tx.Commit())
	assert.Empty(t, p.Type, "the row is what it was")
	assert.Equal(t, "localnet", fork.SwitchPort("p").Type, "its successor is not")
	assert.Same(t, fork.Switch("s"), fork.SwitchOf(fork.SwitchPort("p")), "rows that referred to it have successors, too")
	assert.Contains(t, fork.PortGroupNamed("g").Ports, fork.SwitchPort("p"))
	assert.Same(t, q, fork.SwitchPort("q"), "other rows have not")
	fork.Add(&topology.LogicalSwitch{Name: "t"})
	other.Add(&topology.LogicalSwitch{Name: "u"})
	assert.NotNil(t, fork.Switch("t"))
	assert.Nil(t, other.Switch("t"))
	assert.Equal(t, before, text(t, top))
}
