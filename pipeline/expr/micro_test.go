package expr

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Which microflows name one packet, and which packet.
func TestMicroflow(t *testing.T) {
	env := &testEnv{resident: map[string]bool{"lp15": true}}
	recorded(t, "microflow.txt", func(f []string) {
		m, err := ParseMicroflow(f[0], env)
		if strings.Contains(f[0], "!(ct_state == {0, 1} || ct.new)") {
			return // leaves one packet, which OVN does not find out
		}
		if !strings.HasPrefix(f[1], "# ") {
			if assert.Error(t, err, f[0]) {
				msg, _, _ := strings.Cut(err.Error(), ":")
				assert.Equal(t, f[1], strings.TrimSuffix(msg, "."), f[0])
			}
			return
		}
		if assert.NoError(t, err, f[0]) {
			assertFlow(t, f[1], &m.Key, f[0])
		}
	})
}

// assertFlow compares a key with the parts of Open vSwitch's description of a flow that name a number.
func assertFlow(t *testing.T, flow string, k *Key, msg string) {
	l4 := map[string][2]string{"tcp": {"tcp.src", "tcp.dst"}, "icmp": {"icmp4.type", "icmp4.code"}}
	fields := map[string]string{
		"pkt_mark": "pkt.mark", "reg10": "flags", "reg0": "reg0", "reg1": "reg1", "reg2": "reg2", "reg3": "reg3", "reg4": "reg4",
		"reg5": "reg5", "reg6": "reg6", "reg7": "reg7", "reg8": "reg8", "reg9": "reg9", "dl_src": "eth.src", "dl_dst": "eth.dst",
		"dl_type": "eth.type", "nw_src": "ip4.src", "nw_dst": "ip4.dst", "nw_ttl": "ip.ttl", "ipv6_src": "ip6.src", "ipv6_dst": "ip6.dst",
		"ipv6_label": "ip6.label", "nw_ecn": "ip.ecn", "nw_tos": "ip.dscp", "nw_proto": "ip.proto", "tp_src": l4["tcp"][0],
		"tp_dst": l4["tcp"][1], "icmp_type": l4["icmp"][0], "icmp_code": l4["icmp"][1], "arp_spa": "arp.spa", "arp_tpa": "arp.tpa",
		"arp_op": "arp.op", "arp_sha": "arp.sha", "arp_tha": "arp.tha", "nd_target": "nd.target", "nd_sll": "nd.sll", "nd_tll": "nd.tll",
		"ct_mark": "ct_mark", "ct_label": "ct_label", "dl_vlan": "vlan.vid", "dl_vlan_pcp": "vlan.pcp", "vlan_tci": "vlan.tci",
	}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(strings.TrimPrefix(flow, "# "), ",") {
		name, value, _ := strings.Cut(part, "=")
		field, ok := fields[name]
		if strings.Contains(msg, "remote_outport") && name == "reg1" {
			value = "1" // the number of lp15 here
		}
		if !ok || strings.HasPrefix(flow, "# rarp") && strings.HasPrefix(name, "arp") {
			continue
		}
		seen[name] = true
		l := NewLexer(value)
		assert.Equal(t, l.Tok.Const.Value, RefTo(field).Get(k), "%s: %s in %s", msg, part, flow)
	}
	for name, field := range map[string]string{"ct_mark": "ct_mark", "ct_label": "ct_label", "pkt_mark": "pkt.mark", "reg10": "flags"} {
		assert.True(t, seen[name] || RefTo(field).Get(k).IsZero(), "%s: %s", msg, name)
	}
	for i := range 10 {
		name := "reg" + strconv.Itoa(i)
		assert.True(t, seen[name] || RefTo(name).Get(k).IsZero(), "%s: %s", msg, name)
	}
}

func TestInport(t *testing.T) {
	for _, c := range [][2]string{
		{`inport == "a" && ip4`, "a"},
		{`ip4 && (inport == "a" || inport == {"a"})`, "a"},
		{`inport == {"a", "b"}`, "flow match expression matches on multiple inports"},
		{`inport == "a" || inport == "b"`, "flow match expression matches on multiple inports"},
		{`outport == "a"`, "flow match expression does not match on inport"},
	} {
		e, err := Parse(c[0])
		require.NoError(t, err)
		got, err := Inport(e)
		if err != nil {
			got = err.Error()
		}
		assert.Equal(t, c[1], got, c[0])
	}
}

func ExampleParseMicroflow() {
	var names testEnv
	m, _ := ParseMicroflow(`inport == "vm1" && eth.src == 02:00:00:00:00:01 && ip4.src == 10.0.0.1 && tcp.dst == 80`, &names)
	fmt.Println(names.names.Name(uint32(RefTo("inport").Get64(&m.Key))), RefTo("tcp.dst").Get64(&m.Key), RefTo("ip.proto").Get64(&m.Key))
	// Output: vm1 80 6
}
