package sim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/sim"
	"ovnsim/sim/trace"
)

// network is a recorded southbound database: two switches, a distributed and a gateway router, a balancer, NAT, ACLs.
func network(t testing.TB) *pipeline.Southbound {
	db, err := ovsdb.Open("testdata/network.db.gz")
	require.NoError(t, err)
	sb, err := pipeline.FromDatabase(db)
	require.NoError(t, err)
	return sb
}

const toVIP = `inport == "vm1" && eth.src == 00:00:00:00:00:01 && eth.dst == 00:00:00:00:ff:01 && ip4.src == 10.0.0.1 && ` +
	`ip4.dst == 10.9.9.9 && ip.ttl == 64 && tcp.dst == 80`

func ExampleEngine_Trace() {
	db, _ := ovsdb.Open("testdata/network.db.gz")
	sb, _ := pipeline.FromDatabase(db)
	e := sim.NewEngine(sb)
	dp, packet, err := e.Microflow(nil, `inport == "vm2" && eth.src == 00:00:00:00:00:02 && eth.dst == 00:00:00:00:00:01`)
	if err != nil {
		fmt.Println(err)
		return
	}
	var events trace.List
	_ = e.Trace(dp, &packet, sim.Shortcuts{}, &events)
	for _, e := range events.Events {
		if e.Kind == trace.Output {
			fmt.Println("out of", e.To[0].Name)
		}
	}
	// Output: out of vm1
}

func TestUntracedCostsNothing(t *testing.T) {
	e := sim.NewEngine(network(t))
	dp, key, err := e.Microflow(nil, toVIP)
	require.NoError(t, err)
	s := sim.Shortcuts{CT: []uint32{0x21, 0x21, 0x21}}
	assert.Zero(t, testing.AllocsPerRun(100, func() { _ = e.Trace(dp, &key, s, nil) }))
	assert.Empty(t, e.Warnings)
}

// TestLoop: two patch ports that lead to each other through two switches.
func TestLoop(t *testing.T) {
	a, b := &pipeline.Datapath{Name: "a"}, &pipeline.Datapath{Name: "b"}
	both := &pipeline.DatapathGroup{Datapaths: []*pipeline.Datapath{a, b}}
	sb := &pipeline.Southbound{Datapaths: both.Datapaths, Ports: []*pipeline.PortBinding{
		{LogicalPort: "ab", Type: "patch", Datapath: a, Options: map[string]string{"peer": "ba"}},
		{LogicalPort: "ba", Type: "patch", Datapath: b, Options: map[string]string{"peer": "ab"}},
	}, Flows: pipeline.NewFlows([]*pipeline.Flow{
		{Datapaths: both, Match: `inport == "ab"`, Actions: `outport = "ab"; flags.loopback = 1; output;`},
		{Datapaths: both, Match: `inport == "ba"`, Actions: `outport = "ba"; flags.loopback = 1; output;`},
		{Datapaths: both, Pipeline: pipeline.Egress, Match: "1", Actions: "output;"},
	}...)}
	e := sim.NewEngine(sb)
	dp, key, err := e.Microflow(nil, `inport == "ab"`)
	require.NoError(t, err)
	var events trace.List
	assert.ErrorIs(t, e.Trace(dp, &key, sim.Shortcuts{}, &events), sim.ErrLoop)
	assert.Contains(t, events.Events[len(events.Events)-1].Text, "*** the packet meets flows without end")
}

// TestOddFlows: what northd never writes must not stop the engine.
func TestOddFlows(t *testing.T) {
	for _, c := range []struct{ match, actions, want string }{
		{`1`, ``, "drop;"},
		{`1`, `output;`, "*** output to null logical port"},
		{`1`, `outport = "p"; output;`, "/* omitting output because inport == outport && !flags.loopback */"},
		{`1`, `outport = "elsewhere"; output;`, "*** output to null logical port"},
		{`1`, `ip.ttl--;`, "0. no match (implicit drop)"}, // the action implies that the packet is IP
		{`ip4`, `next;`, "0. no match (implicit drop)"},
		{`1`, `next;`, "1. no match (implicit drop)"},
		{`1`, `next(20);`, "20. no match (implicit drop)"},
		{`nonsense`, `next;`, "0. no match (implicit drop)"},
		{`1`, `nonsense;`, "0. no match (implicit drop)"},
		{`eth.dst == ^mac`, `next;`, "0. no match (implicit drop)"},
		{`inport == @group`, `next;`, "0. no match (implicit drop)"},
		{`inport == @mine`, `drop;`, "drop;"},
		{`1`, `push(eth.src); pop(eth.dst); pop(eth.src);`, "pop(eth.src) <- /* empty stack */"},
		{`1`, `mirror("nothing");`, "/* omitting output because no taget port found. */"},
		{`1`, `next(pipeline=egress, table=3);`, `egress(dp="a", outport="")`},
	} {
		a := &pipeline.Datapath{Name: "a", TunnelKey: 7}
		sb := &pipeline.Southbound{Datapaths: []*pipeline.Datapath{a}, Ports: []*pipeline.PortBinding{{LogicalPort: "p", Datapath: a, TunnelKey: 1}},
			PortGroups: map[string][]string{"7_mine": {"p"}},
			Flows:      pipeline.NewFlows(&pipeline.Flow{Datapaths: &pipeline.DatapathGroup{Datapaths: []*pipeline.Datapath{a}}, Match: c.match, Actions: c.actions})}
		e := sim.NewEngine(sb)
		dp, key, err := e.Microflow(nil, `inport == "p" && eth.dst == 00:00:00:00:00:01`)
		require.NoError(t, err)
		var events trace.List
		require.NoError(t, e.Trace(dp, &key, sim.Shortcuts{}, &events), c.actions)
		var out strings.Builder
		require.NoError(t, trace.Forms{Detailed: true, Summary: true, Minimal: true}.Write(&out, events.Events, trace.NewNames(sb, true)))
		assert.Contains(t, out.String(), c.want, c.match+" "+c.actions)
	}
}

// FuzzTrace: any packet through any flow beside the recorded ones.
func FuzzTrace(f *testing.F) {
	f.Add(toVIP, `ip4`, `ct_lb_mark(backends=10.0.0.2:80); next;`)
	f.Add(toVIP, `1`, `arp { clone { outport = "vm2"; output; }; }; reject { outport <-> inport; next(pipeline=ingress,table=0); };`)
	f.Add(`inport == "vm1" && ip6`, `1`, `nd_na { output; }; icmp6 { output; }; push(xxreg0); pop(reg0); reg0[3] = dns_lookup(); next(5);`)
	sb := network(f)
	f.Fuzz(func(t *testing.T, microflow, match, actions string) {
		with := *sb
		all := &pipeline.DatapathGroup{Datapaths: sb.Datapaths}
		with.Flows = pipeline.NewFlows(append([]*pipeline.Flow{{Datapaths: all, Table: 3, Priority: 65535, Match: match, Actions: actions}}, sb.Flows.All()...)...)
		e := sim.NewEngine(&with)
		dp, key, err := e.Microflow(nil, microflow)
		if err != nil {
			return
		}
		var events trace.List
		_ = e.Trace(dp, &key, sim.Shortcuts{}, &events)
		var out strings.Builder
		if len(events.Events) < 10000 {
			require.NoError(t, trace.Forms{Detailed: true, Summary: true, Minimal: true}.Write(&out, events.Events, trace.NewNames(sb, true)))
		}
	})
}
