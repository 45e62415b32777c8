package sim_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/sim"
)

// TestVerdicts sends one packet each through the recorded network and reads what became of it and its answer.
func TestVerdicts(t *testing.T) {
	const vm2 = `inport == "vm2" && eth.src == 00:00:00:00:00:02 && eth.dst == 00:00:00:00:ff:01 && ip4.src == 10.0.0.2 && ip.ttl == 64 && `
	const ln = `inport == "ln" && eth.src == 00:00:00:00:00:77 && eth.dst == 00:00:00:00:ff:05 && ip4.src == 172.16.0.77 && ip.ttl == 64 && `
	sb := network(t)
	for _, c := range []struct{ microflow, want string }{
		{vm2 + `ip4.dst == 10.0.1.3 && tcp.src == 7 && tcp.dst == 8080`,
			"tcp 10.0.0.2:7 -> 10.0.1.3:8080 reached vm3. The answer came back to vm2 as tcp 10.0.1.3:8080 -> 10.0.0.2:7."},
		{vm2 + `ip4.dst == 10.9.9.9 && tcp.src == 1 && tcp.dst == 80`,
			"tcp 10.0.0.2:1 -> 10.9.9.9:80 reached vm3 as tcp 10.0.0.2:1 -> 10.0.1.3:8080. The answer came back to vm2 as tcp 10.9.9.9:80 -> 10.0.0.2:1."},
		{vm2 + `ip4.dst == 10.0.1.3 && tcp.src == 7 && tcp.dst == 22`,
			"Nobody received tcp 10.0.0.2:7 -> 10.0.1.3:22: its way ended in ls_out_acl_action of ls1, at `reg8[17] == 1`, priority 1000; " +
				"it was decided in ls_out_acl_eval of ls1, at `reg0[9] == 1 && (outport == \"vm3\" && tcp)`, priority 1900."},
		{vm2 + `ip4.dst == 10.0.1.3 && udp.src == 7 && udp.dst == 53`,
			"udp 10.0.0.2:7 -> 10.0.1.3:53 was answered by the network itself: vm2 got 00:00:00:00:ff:01 > 00:00:00:00:00:02 ttl 254 " +
				"10.0.1.3 > 10.0.0.2 icmp type 3 code 3 about (udp 10.0.0.2:7->10.0.1.3:53) len 28."},
		{vm2 + `ip4.dst == 10.0.1.99 && udp.dst == 53`,
			"Nobody received udp 10.0.0.2:0 -> 10.0.1.99:53: nobody answered for the MAC of 10.0.1.99 (asked on vm3)."},
		{ln + `ip4.dst == 172.16.0.50 && tcp.src == 7 && tcp.dst == 8080`,
			"tcp 172.16.0.77:7 -> 172.16.0.50:8080 reached vm3 as tcp 172.16.0.77:7 -> 10.0.1.3:8080. " +
				"The answer came back to ln as tcp 172.16.0.50:8080 -> 172.16.0.77:7."},
		{`inport == "vm1" && eth.src == 00:00:00:00:00:01 && eth.dst == 00:00:00:00:00:02 && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && ip.ttl == 64 && icmp4.type == 8 && icmp4.code == 0`,
			"icmp 10.0.0.1 -> 10.0.0.2 reached vm2. The answer came back to vm1 as icmp 10.0.0.2 -> 10.0.0.1."},
		{`inport == "vm2" && eth.src == 00:00:00:00:00:02 && eth.dst == 00:00:00:00:00:01`,
			"00:00:00:00:00:02 > 00:00:00:00:00:01 type 0x88b5 len 60 reached vm1; there is nothing to answer."},
	} {
		e := sim.NewEngine(sb)
		_, key, err := e.Microflow(nil, c.microflow)
		require.NoError(t, err, c.microflow)
		p, err := sim.RunProbe(sb, &key, e.PortName(&key), sim.Options{})
		require.NoError(t, err, c.microflow)
		assert.Equal(t, c.want, p.Verdict(), c.microflow)
	}
}

// TestProbeCorpus sends every recorded microflow for real: whatever the network, there is a verdict.
func TestProbeCorpus(t *testing.T) {
	files, _ := filepath.Glob("../../shared/corpus/*/traces.json.gz")
	if len(files) == 0 {
		t.Skip("no recorded traces beside the project")
	}
	for i, file := range files {
		if i%10 != 0 {
			continue
		}
		var traces []recordedTrace
		readJSON(t, file, &traces)
		db, err := ovsdb.Open(filepath.Join(filepath.Dir(file), "sb.db.gz"))
		require.NoError(t, err)
		sb, err := pipeline.FromDatabase(db)
		require.NoError(t, err)
		e := sim.NewEngine(sb)
		for _, r := range traces {
			dp, err := sb.FindDatapath(r.Datapath)
			require.NoError(t, err)
			_, key, err := e.Microflow(dp, r.Microflow)
			if err != nil {
				continue
			}
			p, err := sim.RunProbe(sb, &key, e.PortName(&key), sim.Options{})
			assert.NoError(t, err, file+" "+r.Microflow)
			assert.NotEmpty(t, p.Verdict())
		}
	}
}
