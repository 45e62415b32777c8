package action

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/pipeline/expr"
)

// TestParse has one row per struct: what its fields hold.
func TestParse(t *testing.T) {
	ref := expr.RefTo
	bit := func(name string, n int) expr.Ref { return ref(name).Bits(n, 1) }
	addr := netip.MustParseAddr
	one := []Action{&Output{}}
	for _, row := range []struct {
		text string
		want Action
	}{
		{"output;", &Output{}},
		{"next;", &Next{Table: NextTable}},
		{"next(5);", &Next{Table: 5}},
		{"next(pipeline=egress, table=3);", &Next{Egress, 3}},
		{"next(pipeline=ingress);", &Next{Ingress, NextTable}},
		{"reg0 = 5;", &Assign{ref("reg0"), expr.Int(5)}},
		{`outport = "p1";`, &Assign{ref("outport"), expr.Str("p1")}},
		{"reg0[3] = 1;", &Assign{bit("reg0", 3), expr.Int(1)}},
		{"reg0 = ip4.src;", &Move{ref("reg0"), ref("ip4.src")}},
		{"eth.dst <-> eth.src;", &Exchange{ref("eth.dst"), ref("eth.src")}},
		{"icmp4.frag_mtu = 1500;", &SetOVNField{ref("icmp4.frag_mtu"), 1500}},
		{"ip.ttl--;", &DecTTL{}},
		{"push(xxreg1);", &Push{ref("xxreg1")}},
		{"pop(xxreg1);", &Pop{ref("xxreg1")}},
		{"ct_next(snat);", &CtNext{SNATZone}},
		{"ct_commit;", &CtCommit{}},
		{"ct_commit { ct_mark = 1; };", &CtCommit{Block{[]Action{&Assign{ref("ct_mark"), expr.Int(1)}}}}},
		{"ct_commit_nat(dnat);", &CtCommitNAT{DNATZone}},
		{"ct_commit_to_zone(snat);", &CtCommitToZone{SNATZone}},
		{"ct_dnat;", &CtDNAT{}},
		{"ct_dnat(10.0.0.1,80-90);", &CtDNAT{NAT{addr("10.0.0.1"), PortRange{80, 90}}}},
		{"ct_snat(fd00::1,80);", &CtSNAT{NAT{addr("fd00::1"), PortRange{Low: 80}}}},
		{"ct_dnat_in_czone(10.0.0.1);", &CtDNATInCzone{NAT{Addr: addr("10.0.0.1")}}},
		{"ct_snat_in_czone;", &CtSNATInCzone{}},
		{"ct_lb;", &CtLB{}},
		{`ct_lb_mark(backends=10.0.0.1:80,10.0.0.2; hash_fields="ip_src"; skip_snat);`,
			&CtLBMark{Balance{[]Backend{{"", addr("10.0.0.1"), 80}, {"", addr("10.0.0.2"), 0}}, "ip_src", true, SkipSNAT}}},
		{`ct_lb_mark_local(backends="p":[fd00::1]:80; force_snat);`,
			&CtLBMarkLocal{Balance{Backends: []Backend{{"p", addr("fd00::1"), 80}}, Flag: ForceSNAT}}},
		{"ct_snat_to_vip;", &CtSNATToVIP{}},
		{"ct_clear;", &CtClear{}},
		{"reg4 = ct_nw_dst();", &CtNwDst{ref("reg4")}},
		{"xxreg1 = ct_ip6_dst();", &CtIP6Dst{ref("xxreg1")}},
		{"reg2[0..15] = ct_tp_dst();", &CtTpDst{ref("reg2").Bits(0, 16)}},
		{"reg1[16..23] = ct_proto();", &CtProto{ref("reg1").Bits(16, 8)}},
		{"reg4[0..7] = ct_state_save();", &CtStateSave{ref("reg4").Bits(0, 8)}},
		{"clone { output; };", &Clone{Block{one}}},
		{"arp { output; };", &ARP{Block{one}}},
		{"nd_ns { output; };", &NDNS{Block{one}}},
		{"nd_na { output; };", &NDNA{Block{one}}},
		{"nd_na_router { output; };", &NDNARouter{Block{one}}},
		{"icmp4 { output; };", &ICMP4{Block{one}}},
		{"icmp4_error { output; };", &ICMP4Error{Block{one}}},
		{"icmp6 { output; };", &ICMP6{Block{one}}},
		{"icmp6_error { output; };", &ICMP6Error{Block{one}}},
		{"tcp_reset { output; };", &TCPReset{Block{one}}},
		{"sctp_abort { output; };", &SCTPAbort{Block{one}}},
		{"reject { drop; };", &Reject{}},
		{"get_arp(outport, reg0);", &GetARP{ref("outport"), ref("reg0")}},
		{"put_arp(inport, arp.spa, arp.sha);", &PutARP{ref("inport"), ref("arp.spa"), ref("arp.sha")}},
		{"reg9[2] = lookup_arp(inport, arp.spa, arp.sha);", &LookupARP{bit("reg9", 2), ref("inport"), ref("arp.spa"), ref("arp.sha")}},
		{"reg9[3] = lookup_arp_ip(inport, arp.spa);", &LookupARPIP{bit("reg9", 3), ref("inport"), ref("arp.spa")}},
		{"get_nd(outport, xxreg0);", &GetND{ref("outport"), ref("xxreg0")}},
		{"put_nd(inport, nd.target, nd.tll);", &PutND{ref("inport"), ref("nd.target"), ref("nd.tll")}},
		{"reg9[2] = lookup_nd(inport, ip6.src, nd.sll);", &LookupND{bit("reg9", 2), ref("inport"), ref("ip6.src"), ref("nd.sll")}},
		{"reg9[3] = lookup_nd_ip(inport, ip6.src);", &LookupNDIP{bit("reg9", 3), ref("inport"), ref("ip6.src")}},
		{"mac_cache_use;", &MACCacheUse{}},
		{"put_fdb(inport, eth.src);", &PutFDB{ref("inport"), ref("eth.src")}},
		{"outport = get_fdb(eth.dst);", &GetFDB{ref("outport"), ref("eth.dst")}},
		{"remote_outport = get_remote_fdb(eth.dst);", &GetRemoteFDB{ref("remote_outport"), ref("eth.dst")}},
		{"reg0[11] = lookup_fdb(inport, eth.src);", &LookupFDB{bit("reg0", 11), ref("inport"), ref("eth.src")}},
		{"reg0[3] = put_dhcp_opts(offerip = 10.0.0.2, mtu = 1400);", &PutDHCPOpts{bit("reg0", 3), []Option{
			{"offerip", single(expr.Addr(addr("10.0.0.2")))}, {"mtu", single(expr.Int(1400))}}}},
		{"reg0[3] = put_dhcpv6_opts(ia_addr = aef0::4);", &PutDHCPv6Opts{bit("reg0", 3), []Option{{"ia_addr", single(expr.Addr(addr("aef0::4")))}}}},
		{`reg0[5] = put_nd_ra_opts(addr_mode = "dhcpv6_stateful", slla = 00:00:00:00:10:02);`, &PutNDRAOpts{bit("reg0", 5), []Option{
			{"addr_mode", single(expr.Str("dhcpv6_stateful"))}, {"slla", single(expr.MAC(0x1002))}}}},
		{"reg9[7] = dhcp_relay_req_chk(192.168.1.1, 172.16.1.1);", &DHCPRelayReqChk{bit("reg9", 7), addr("192.168.1.1"), addr("172.16.1.1")}},
		{"reg9[8] = dhcp_relay_resp_chk(192.168.1.1, 172.16.1.1);", &DHCPRelayRespChk{bit("reg9", 8), addr("192.168.1.1"), addr("172.16.1.1")}},
		{"reg0[4] = dns_lookup();", &DNSLookup{bit("reg0", 4)}},
		{"reg8[16..31] = select(1=20, 2=100);", &Select{Dst: ref("reg8").Bits(16, 16), Members: []Member{{1, 20}, {2, 100}}}},
		{`reg8 = select(values=(1=20, 2=100); hash_fields="ip_src");`, &Select{ref("reg8"), []Member{{1, 20}, {2, 100}}, "ip_src", true}},
		{"reg9[1] = check_pkt_larger(1514);", &CheckPktLarger{bit("reg9", 1), 1514}},
		{"reg0[6] = chk_lb_hairpin();", &ChkLBHairpin{bit("reg0", 6)}},
		{"reg0[12] = chk_lb_hairpin_reply();", &ChkLBHairpinReply{bit("reg0", 12)}},
		{"reg9[6] = chk_lb_aff();", &ChkLBAff{bit("reg9", 6)}},
		{`commit_lb_aff(vip = "[::1]:80", backend = "[::2]:8080", proto = udp, timeout = 30);`,
			&CommitLBAff{netip.MustParseAddrPort("[::1]:80"), netip.MustParseAddrPort("[::2]:8080"), "udp", 30}},
		{"reg9[5] = chk_ecmp_nh();", &ChkECMPNH{bit("reg9", 5)}},
		{"reg9[5] = chk_ecmp_nh_mac();", &ChkECMPNHMAC{bit("reg9", 5)}},
		{"commit_ecmp_nh(ipv6 = false, proto = sctp);", &CommitECMPNH{false, "sctp"}},
		{"reg0[15] = check_in_port_sec();", &CheckInPortSec{bit("reg0", 15)}},
		{"reg0[15] = check_out_port_sec();", &CheckOutPortSec{bit("reg0", 15)}},
		{`log(name="a", verdict=drop, severity=alert, meter="m");`, &Log{"a", true, Drop, Alert, "m", true}},
		{"sample(probability=5,collector_set=1,obs_domain=2,obs_point=3);", &Sample{5, 1, 2, ObsPoint{ID: 3}}},
		{"sample(probability=5,collector_set=0,obs_domain=0,obs_point=$cookie);", &Sample{5, 0, 0, ObsPoint{Cookie: true}}},
		{"sample(probability=5,collector_set=0,obs_domain=0,obs_point=reg3);", &Sample{5, 0, 0, ObsPoint{Ref: ref("reg3")}}},
		{`mirror("p1");`, &Mirror{"p1"}},
		{"set_queue(10);", &SetQueue{10}},
		{"set_meter(100, 1000);", &SetMeter{100, 1000}},
		{"igmp;", &IGMP{}},
		{`trigger_event(event = "empty_lb_backends", vip = "10.0.0.1:80");`, &TriggerEvent{"empty_lb_backends", []Option{{"vip", single(expr.Str("10.0.0.1:80"))}}}},
		{`bind_vport("v", inport);`, &BindVport{"v", ref("inport")}},
		{"handle_svc_check(inport);", &HandleSvcCheck{ref("inport")}},
		{"handle_bfd_msg();", &HandleBFDMsg{}},
		{"handle_dhcpv6_reply;", &HandleDHCPv6Reply{}},
		{`fwd_group(liveness="true", childports="p1", "p2");`, &FwdGroup{true, []string{"p1", "p2"}}},
		{"flood_remote;", &FloodRemote{}},
		{"reg4 = ^vip; next;", &Template{"reg4 = ^vip; next;"}},
	} {
		got, err := Parse(row.text)
		require.NoError(t, err, row.text)
		assert.Equal(t, []Action{row.want}, got, row.text)
		assert.Equal(t, row.text, Print(got))
		assert.Equal(t, row.text, got[0].String())
	}
}

func single(c expr.Constant) expr.ConstantSet { return expr.ConstantSet{Items: []expr.Constant{c}} }

// TestVerbs holds the table against the parser: every row with a name is reached by it, and no name stands twice.
func TestVerbs(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range Verbs {
		assert.False(t, v.Name != "" && seen[v.Name], "twice: %s", v.Name)
		seen[v.Name] = true
		assert.NotEmpty(t, v.Doc, v.Form)
		if v.parse != nil {
			_, err := Parse(strings.ReplaceAll(v.Name+" @", "ip.ttl", "ip.ttl-"))
			if v.stores {
				_, err = Parse("reg0[0] = " + v.Name + "(@);")
			}
			require.Error(t, err, v.Name)
			assert.NotContains(t, err.Error(), "expecting action", v.Name)
		}
	}
}

func TestPrintAt(t *testing.T) {
	for _, row := range []struct {
		at         At
		text, want string
	}{
		{At{}, "next(pipeline=ingress, table=4);", "next(pipeline=ingress, table=4);"},
		{At{Ingress, 3}, "next(pipeline=ingress, table=4);", "next;"},
		{At{Ingress, 3}, "next(4);", "next;"},
		{At{Ingress, 3}, "next(3);", "next(3);"},
		{At{Ingress, 3}, "next(pipeline=ingress, table=7);", "next(7);"},
		{At{Ingress, 3}, "next(pipeline=egress, table=4);", "next(pipeline=egress, table=4);"},
		{At{Ingress, 3}, "next(pipeline=egress);", "next(pipeline=egress, table=4);"},
		{At{Egress, 3}, "next(pipeline=egress, table=5);", "next(5);"},
		{At{Egress, 3}, "clone { next(pipeline=ingress, table=0); next; };", "clone { next(pipeline=ingress, table=0); next; };"},
		{At{Ingress, 3}, "clone { next(4); };", "clone { next; };"},
	} {
		actions, err := Parse(row.text)
		require.NoError(t, err)
		assert.Equal(t, row.want, string(Append(nil, actions, row.at)), "%v %s", row.at, row.text)
	}
}

// TestPrereqs: recorded with ovn-trace 26.03.1, packets of each kind against a flow with match 1.
func TestPrereqs(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"output; next(5); reg0 = 1; ct_clear; ct_snat_to_vip;", ""},
		{"ip.ttl--; ct_next; ct_commit; ct_dnat(fd00::1); ct_lb_mark; ip.ttl = 5;", "ip"},
		{"arp { ip6.src = ::1; };", "ip"},
		{"nd_ns { nd.target = ip6.dst; };", "ip"},
		{"nd_na { drop; };", "nd_ns"},
		{"icmp4 { tcp.dst = 5; };", "ip4"},
		{"icmp6_error { drop; };", "ip6"},
		{"tcp_reset { drop; };", "tcp"},
		{"sctp_abort { drop; };", "sctp"},
		{"reject { ip6.src = ::1; };", "ip6"},
		{"clone { ip6.src = ::1; tcp.dst = 5; };", "ip6 tcp"},
		{"clone { arp { ip6.src = ::1; }; };", "ip"},
		{"ct_commit { ct_mark = ip4.src; };", "ip"},
		{"get_arp(outport, ip4.dst);", "ip4"},
		{"put_arp(inport, arp.spa, arp.sha);", "arp"},
		{"put_fdb(inport, nd.tll);", "nd_na"},
		{"ip4.src[0] = put_dhcp_opts(offerip = 1.2.3.4);", "ip4"},
		{`reg0[0] = put_nd_ra_opts(addr_mode = "dhcpv6_stateful", slla = 00:00:00:00:10:02);`, "ip6"},
		{"reg0[0] = dns_lookup();", "udp"},
		{"sample(probability=5,obs_point=ip4.src);", "ip4"},
		{"push(ip4.src); pop(ip4.src);", "ip4"},
		{"icmp4.frag_mtu = 5;", ""},
		{"igmp; log(verdict=allow);", ""},
		{"vlan.pcp = 1;", "vlan.present"},
		{"nd.sll = eth.src;", "nd_ns"},
	} {
		got, err := ParseText(row.text)
		require.NoError(t, err)
		assert.Equal(t, row.want, strings.Join(got.Prereqs, " "), row.text)
	}
}

func TestErrors(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("clone { ", n) + "output; " + strings.Repeat("}; ", n) }
	for _, row := range []struct{ text, want string }{
		{"reg0 = 1; bogus;", "1:11: Syntax error at `bogus' expecting action."},
		{"reg0 = 1;\n  eth.type = 5;", "2:3: Field eth.type is not modifiable."},
		{"reg0 = ip4.src; reg1 = eth.src;", "1:24: Can't assign 48-bit value to 32-bit destination."},
		{"reg0 = 4294967296;", "1:8: 33-bit constant is not compatible with 32-bit field reg0."},
		{"next; reg0[0] = lookup_arp(inport, ip6.src, eth.src);", "1:36: Cannot use 128-bit field ip6.src[0..127] where 32-bit field is required."},
		{deep(32), "1:257: maximum depth of nested actions reached"},
		{deep(1_000_000), "1:257: maximum depth of nested actions reached"},
		{strings.Repeat("{", 1_000_000), "1:1: Syntax error at `{'."},
		{strings.Repeat("arp{", 1_000_000), "1:129: maximum depth of nested actions reached"},
		{"reg0 = {" + strings.Repeat("{", 1_000_000), "1:8: Syntax error at `{' expecting constant."},
		{"clone { next;", "1:14: Syntax error at end of input."},
	} {
		_, err := Parse(row.text)
		require.Error(t, err)
		assert.Equal(t, row.want, err.Error())
	}
	_, err := Parse(deep(31))
	assert.NoError(t, err)
}

func TestTemplate(t *testing.T) {
	vars := map[string]string{"vip": "10.0.0.1", "backends": "10.0.0.2:80,10.0.0.3:80", "again": "^vip"}
	value := func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
	for _, row := range []struct{ text, want string }{
		{"reg4 = ^vip; /* ^x */ ct_lb_mark(backends=^backends);", "reg4 = 10.0.0.1; ct_lb_mark(backends=10.0.0.2:80,10.0.0.3:80);"},
		{"reg4 = ^nosuch;", "1:8: no value for template variable ^nosuch"},
		{"reg4 = ^backends;", "1:16: Syntax error at `:' expecting `;'."},
		{"reg4 = ^again;", "1:1: a template variable's value may not have variables"},
	} {
		text, err := ParseText(row.text)
		require.NoError(t, err)
		require.IsType(t, &Template{}, text.Actions[0])
		got, err := text.Actions[0].(*Template).Expand(value)
		if err != nil {
			assert.Equal(t, row.want, err.Error())
			continue
		}
		assert.Equal(t, row.want, got.Canonical())
	}
	plain, err := Parse(`outport = "a^b"; /* ^c */`)
	require.NoError(t, err)
	assert.IsType(t, &Assign{}, plain[0])
}
