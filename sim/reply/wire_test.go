package reply

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
	"ovnsim/sim/pcap"
)

// apply executes what of some actions changes a packet's fields.
func apply(t testing.TB, k *expr.Key, actions []action.Action) {
	for _, a := range actions {
		switch a := a.(type) {
		case *action.Assign:
			if a.Value.Kind != expr.String {
				a.Dst.Set(k, a.Value.Value)
			}
		case *action.SetOVNField:
			a.Dst.Set64(k, a.Value)
		case *action.Move:
			a.Dst.Set(k, a.Src.Get(k))
		case *action.Exchange:
			x, y := a.A.Get(k), a.B.Get(k)
			a.A.Set(k, y)
			a.B.Set(k, x)
		case *action.DecTTL:
			packet.IPTTL.Set64(k, packet.IPTTL.Get64(k)-1)
		case *action.Output, *action.Next:
		default:
			require.Fail(t, "no action for a test", a.String())
		}
	}
}

// answer is what an action makes of a frame, with what happens to it before and after.
func answer(t testing.TB, frame []byte, before, act, after string) (out []byte, why string) {
	p, err := packet.Decode(frame)
	require.NoError(t, err)
	apply(t, &p.Key, parsed(t, before))
	a := parsed(t, act)[0]
	switch a := a.(type) {
	case *action.PutDHCPOpts:
		out, why = DHCPv4(p, a.Options)
	case *action.PutDHCPv6Opts:
		out, why = DHCPv6(p, a.Options)
	case *action.PutNDRAOpts:
		out, why = RouterAdvert(p, a.Options)
	case *action.DHCPRelayReqChk:
		out, why = RelayRequest(p, a.Relay)
	case *action.DHCPRelayRespChk:
		out, why = RelayResponse(p, a.Relay, a.Server)
	default:
		out, why = Make(a, p)
	}
	if out == nil {
		return nil, why
	}
	q, err := packet.Decode(out)
	require.NoError(t, err)
	assert.Equal(t, hex.EncodeToString(out), hex.EncodeToString(q.Encode()), "encodes to itself")
	assert.Empty(t, q.ChecksumError(), act)
	apply(t, &q.Key, action.Blocks(a))
	apply(t, &q.Key, parsed(t, after))
	return q.Encode(), ""
}

func parsed(t testing.TB, text string) []action.Action {
	actions, err := action.Parse(text)
	require.NoError(t, err, text)
	return actions
}

// TestWire: what the real OVN sent for what machines sent, byte for byte. The actions are those of the recorded flows; before
// and after are what else happens to the packet on its way.
func TestWire(t *testing.T) {
	const (
		dhcp4 = `reg0[3] = put_dhcp_opts(offerip = 10.0.1.1, classless_static_route = {30.0.0.0/24,10.0.1.4, 0.0.0.0/0,10.0.1.254},
			dns_server = {10.0.1.53, 8.8.8.8}, domain_name = "ovn.org", lease_time = 3600, mtu = 1400, netmask = 255.255.255.0,
			ntp_server = 10.0.1.123, router = 10.0.1.254, server_id = 10.0.1.254);`
		back4 = "eth.dst = eth.src; eth.src = 02:00:00:00:01:fe; ip4.src = 10.0.1.254; udp.src = 67; udp.dst = 68;"
		dhcp6 = `reg0[3] = put_dhcpv6_opts(ia_addr = fd01::1, dns_server = {fd01::53,fd01::54}, domain_search = "ovn.org", server_id = 02:00:00:00:01:fe);`
		back6 = "eth.dst = eth.src; eth.src = 02:00:00:00:01:fe; ip6.dst = ip6.src; ip6.src = fe80::ff:fe00:1fe; udp.src = 547; udp.dst = 546;"
		ra    = `reg0[5] = put_nd_ra_opts(addr_mode = "dhcpv6_stateful", slla = 02:00:00:00:01:fe, mtu = 1450, rdnss = fd01::53, dnssl = "ovn.org", prefix = fd01::/64);`
		backR = "eth.dst = eth.src; eth.src = 02:00:00:00:01:fe; ip6.dst = ip6.src; ip6.src = fe80::ff:fe00:1fe;"
		ttl4  = "icmp4 {eth.dst <-> eth.src; icmp4.type = 11; icmp4.code = 0; ip4.dst = ip4.src; ip4.src = 10.0.1.254; ip.ttl = 254; output; };"
		ttl6  = "icmp6 {eth.dst <-> eth.src; ip6.dst = ip6.src; ip6.src = fd01::fe; ip.ttl = 254; icmp6.type = 3; icmp6.code = 0; output; };"
		frag4 = "icmp4_error {eth.dst = 02:00:00:00:01:fe; ip4.dst = ip4.src; ip4.src = 10.0.1.254; ip.ttl = 255; icmp4.type = 3; icmp4.code = 4; icmp4.frag_mtu = 1000; next; };"
		frag6 = "icmp6_error {eth.dst = 02:00:00:00:01:fe; ip6.dst = ip6.src; ip6.src = fd01::fe; ip.ttl = 255; icmp6.type = 2; icmp6.code = 0; icmp6.frag_mtu = 1000; next; };"
		port6 = "icmp6 {eth.dst <-> eth.src; ip6.dst <-> ip6.src; ip.ttl = 255; icmp6.type = 1; icmp6.code = 4; next; };"
		rst6  = "tcp_reset {eth.dst <-> eth.src; ip6.dst <-> ip6.src; next; };"
		tell  = "nd_na_router { eth.src = 02:00:00:00:01:fe; ip6.src = nd.target; nd.tll = 02:00:00:00:01:fe; output; };"
		route = "ip.ttl--; eth.src = 02:00:00:00:01:fe; eth.dst = 02:00:00:00:01:01;"
	)
	for _, row := range []struct {
		run, machine       string
		sent               []int // which of the frames that the machine sent
		before, act, after string
		elsewhere          string // the machine that received the answer; "" for the same
	}{
		{"dhcp/dhcp4", "vm1", []int{0, 1, 2}, "", dhcp4, back4, ""},
		{"dhcp/dhcp6", "vm1", []int{0, 2, 5}, "", dhcp6, back6, ""},
		{"dhcp/ra", "vm1", []int{0}, "", ra, backR, ""},
		{"routes/ttl", "vm1", []int{1}, "", ttl4, "", ""},
		{"ipv6/hop-limit", "vm1", []int{1, 4, 5}, "", ttl6, "", ""},
		{"ipv6/hop-limit", "vm1", []int{0}, "", tell, "", ""},
		{"mtu/ping-df", "vm1", []int{3, 4}, "ip.ttl--;", frag4, route, ""},
		{"mtu/ping-no-df", "vm1", []int{1, 2}, "ip.ttl--;", frag4, route, ""},
		{"mtu/v6", "vm1", []int{2}, "ip.ttl--;", frag6, route, ""},
		{"ipv6/router-addresses", "vm1", []int{6}, "", port6, route, ""},
		{"ipv6/router-addresses", "vm1", []int{7}, "", rst6, route, ""},
		{"ipv6/router-addresses", "vm1", []int{0, 3}, "", tell, "", ""},
		{"ipv6/nd-by-router", "vm1", []int{1}, "ip.ttl--; eth.src = 02:00:00:00:02:fe; eth.dst = 00:00:00:00:00:00;",
			"nd_ns { nd.target = fd02::4; output; };", "", "vm4"},
	} {
		dir := filepath.Join("../../../shared/facts/wire", row.run)
		if _, err := os.Stat(dir); err != nil {
			t.Skip("no recordings")
		}
		sent, err := pcap.Open(filepath.Join(dir, row.machine+"-sent.pcap"))
		require.NoError(t, err)
		to := row.machine
		if row.elsewhere != "" {
			to = row.elsewhere
		}
		received, err := pcap.Open(filepath.Join(dir, to+"-received.pcap"))
		require.NoError(t, err)
		for _, i := range row.sent {
			got, why := answer(t, sent.Frames[i].Data, row.before, row.act, row.after)
			assert.Empty(t, why)
			found := slices.ContainsFunc(received.Frames, func(f pcap.Frame) bool { return string(f.Data) == string(got) })
			assert.True(t, found, "%s frame %d: no such frame received:\n%s", row.run, i, hex.Dump(got))
		}
	}
}
