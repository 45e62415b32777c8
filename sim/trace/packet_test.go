package trace_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/pipeline/expr"
	"ovnsim/sim/trace"
)

// anyPort takes every name for a port.
type anyPort struct{}

func (anyPort) Port(string) (uint32, bool)                        { return 1, true }
func (anyPort) Set(kind expr.ConstantKind, name string) *expr.Set { return nil }
func (anyPort) Resident(string) bool                              { return true }

// TestFormatFlow: the right sides are what ovn-trace 26.03.1 printed for the left ones on 2026-11-23.
func TestFormatFlow(t *testing.T) {
	const eth = "vlan_tci=0x0000,dl_src=00:00:00:00:00:11,dl_dst=00:00:00:00:00:21"
	for _, c := range []struct{ microflow, want string }{
		{`1`, "reg14=0x1," + eth + ",dl_type=0x0000"},
		{`eth.type == 0x1234`, "reg14=0x1," + eth + ",dl_type=0x1234"},
		{`ip4.src == 1.2.3.4 && ip.frag == 1`, "ip,reg14=0x1," + eth + ",nw_src=1.2.3.4,nw_dst=0.0.0.0,nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=first"},
		{`ip4.src == 1.2.3.4 && ip.frag == 3 && udp`, "udp,reg14=0x1," + eth + ",nw_src=1.2.3.4,nw_dst=0.0.0.0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=later"},
		{`ip4 && ip.frag == 2 && udp`, "udp,reg14=0x1," + eth + ",nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=<error>"},
		{`icmp4.type == 8 && icmp4.code == 0`, "icmp,reg14=0x1," + eth + ",nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no,icmp_type=8,icmp_code=0"},
		{`ip4 && tcp.dst == 80 && tcp.flags == 0x12`, "tcp,reg14=0x1," + eth + ",nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no,tp_src=0,tp_dst=80,tcp_flags=syn|ack"},
		{`ip4 && sctp.dst == 80`, "sctp,reg14=0x1," + eth + ",nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no,tp_src=0,tp_dst=80"},
		{`ip6 && sctp.dst == 80`, "sctp6,reg14=0x1," + eth + ",ipv6_src=::,ipv6_dst=::,ipv6_label=0x00000,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no,tp_src=0,tp_dst=80"},
		{`ip4 && ip.proto == 2`, "ip,reg14=0x1," + eth + ",nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_proto=2,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no,tp_src=0,tp_dst=0"},
		{`ip6 && ip.proto == 99`, "ipv6,reg14=0x1," + eth + ",ipv6_src=::,ipv6_dst=::,ipv6_label=0x00000,nw_proto=99,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no"},
		{`ip6.src == fe80::1 && icmp6.type == 128 && icmp6.code == 0`, "icmp6,reg14=0x1," + eth + ",ipv6_src=fe80::1,ipv6_dst=::,ipv6_label=0x00000,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no,icmp_type=128,icmp_code=0"},
		{`nd_ns && nd.target == fe80::1 && nd.sll == 00:00:00:00:00:01`, "icmp6,reg14=0x1," + eth + ",ipv6_src=::,ipv6_dst=::,ipv6_label=0x00000,nw_tos=0,nw_ecn=0,nw_ttl=255,nw_frag=no,icmp_type=135,icmp_code=0,nd_target=fe80::1,nd_sll=00:00:00:00:00:01,nd_tll=00:00:00:00:00:00"},
		{`nd_rs`, "icmp6,reg14=0x1," + eth + ",ipv6_src=::,ipv6_dst=::,ipv6_label=0x00000,nw_tos=0,nw_ecn=0,nw_ttl=255,nw_frag=no,icmp_type=133,icmp_code=0"},
		{`arp.op == 1 && arp.spa == 1.2.3.4`, "arp,reg14=0x1," + eth + ",arp_spa=1.2.3.4,arp_tpa=0.0.0.0,arp_op=1,arp_sha=00:00:00:00:00:00,arp_tha=00:00:00:00:00:00"},
		{`rarp.op == 3`, "rarp,reg14=0x1," + eth + ",arp_spa=0.0.0.0,arp_tpa=0.0.0.0,arp_op=3,arp_sha=00:00:00:00:00:00,arp_tha=00:00:00:00:00:00"},
		{`vlan.vid == 5 && vlan.pcp == 3`, "reg14=0x1,dl_vlan=5,dl_vlan_pcp=3,vlan_tci1=0x0000,dl_src=00:00:00:00:00:11,dl_dst=00:00:00:00:00:21,dl_type=0x0000"},
		{`ip4 && reg0 == 5 && reg8[3] && xxreg1 == 5 && flags.loopback && ct_mark == 3 && ct_label == 5 && pkt.mark == 4 && ct.est`,
			"pkt_mark=0x4,ct_state=est|trk,ct_mark=0x3,ct_label=0x5,ip,reg0=0x5,reg7=0x5,reg8=0x8,reg10=0x1,reg14=0x1," + eth + ",nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no"},
	} {
		text := `inport == "p" && eth.src == 00:00:00:00:00:11 && eth.dst == 00:00:00:00:00:21 && ` + c.microflow
		m, err := expr.ParseMicroflow(text, anyPort{})
		require.NoError(t, err, c.microflow)
		assert.Equal(t, c.want, trace.FormatFlow(&m.Key, [2]uint32{1, 0}, trace.Origin{}), c.microflow)
	}
}

func TestFormatValue(t *testing.T) {
	for _, c := range []struct {
		field string
		bits  int // how many low ones, 0 for all
		value expr.Value
		want  string
	}{
		{"eth.src", 0, expr.V(0x112233445566), "11:22:33:44:55:66"},
		{"ip4.dst", 0, expr.V(0x0a000001), "10.0.0.1"},
		{"ip6.dst", 0, expr.V(1), "::1"},
		{"ip.ttl", 0, expr.V(64), "64"},
		{"tcp.dst", 0, expr.V(80), "80"},
		{"reg0", 0, expr.V(80), "0x50"},
		{"xxreg0", 0, expr.Value{Hi: 1, Lo: 2}, "0x10000000000000002"},
		{"eth.src", 8, expr.V(0x66), "0x66"},
	} {
		r := expr.RefTo(c.field)
		if c.bits > 0 {
			r = r.Bits(0, c.bits)
		}
		assert.Equal(t, c.want, trace.FormatValue(r, c.value), c.field)
	}
}
