package reply

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/sim/packet"
)

// recording is a case of testdata/controller.txt.
type recording struct {
	name, port string
	sent       []byte
	received   map[string][]byte // by port
}

func recordings(t testing.TB) (all []recording) {
	data, err := os.ReadFile("testdata/controller.txt")
	require.NoError(t, err)
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		f := strings.Fields(line)
		switch f[0] {
		case "#":
		case "<", ">":
			frame, err := hex.DecodeString(f[2])
			require.NoError(t, err)
			if c := &all[len(all)-1]; f[0] == "<" {
				c.port, c.sent = f[1], frame
			} else {
				c.received[f[1]] = frame
			}
		default:
			all = append(all, recording{name: line, received: map[string][]byte{}})
		}
	}
	return all
}

// flows are what the logical flows do to the packets of the cases whose names begin so: the first row that fits counts. to is
// the port that the answer goes to, "" for the one that the packet came from. A case whose packet merely went on elsewhere, or
// nowhere, has no answer.
var flows = []struct{ prefix, before, act, after, to string }{
	{"reject", "", "reject { outport <-> inport; next(pipeline=ingress,table=32); };", "", ""},
	{"dhcp6", "", `reg0[3] = put_dhcpv6_opts(ia_addr = fd01::1, bootfile_name = "http://a/b", bootfile_name_alt = "http://a/c",
		dns_server = fd01::53, domain_search = "ovn.org", fqdn = "vm1.ovn.org", server_id = 02:00:00:00:01:fe);`,
		"eth.dst = eth.src; eth.src = 02:00:00:00:01:fe; ip6.dst = ip6.src; ip6.src = fe80::ff:fe00:1fe; udp.src = 547; udp.dst = 546;", ""},
	{"dhcp2", "", `reg0[3] = put_dhcp_opts(offerip = 10.0.1.2, bootfile_name_alt = "only.pxe", lease_time = 3600, netmask = 255.255.255.0,
		server_id = 10.0.1.254, tftp_server = 10.0.1.98);`,
		"eth.dst = eth.src; eth.src = 02:00:00:00:01:fe; ip4.src = 10.0.1.254; udp.src = 67; udp.dst = 68;", ""},
	{"dhcp", "", `reg0[3] = put_dhcp_opts(offerip = 10.0.1.1, T1 = 5, bootfile_name = "boot.ipxe", bootfile_name_alt = "boot.pxe",
		classless_static_route = {30.0.0.0/24,10.0.1.4, 0.0.0.0/0,10.0.1.254, 10.229.0.128/25,10.0.1.5, 1.2.3.4,10.0.1.6}, default_ttl = 33,
		domain_search_list = "ovn.org,abc.ovn.org,x.abc.ovn.org,com", hostname = "h1", ip_forward_enable = 1, lease_time = 3600, mtu = 1400,
		netmask = 255.255.255.0, next_server = 10.0.1.99, router = 10.0.1.254, server_id = 10.0.1.254, tftp_server = "tftp.ovn.org");`,
		"eth.dst = eth.src; eth.src = 02:00:00:00:01:fe; ip4.src = 10.0.1.254; udp.src = 67; udp.dst = 68;", ""},
	{"ra", "", `reg0[5] = put_nd_ra_opts(addr_mode = "slaac", slla = 02:00:00:00:01:fe, mtu = 1450, router_preference = "HIGH", rdnss = fd01::53,
		dnssl = "ovn.org,a.bc", route_info = "HIGH-fd09::/64,LOW-fd0a:1:2:3:8000::/96,MEDIUM-::/0", prefix = fd01::/64);`,
		"eth.dst = eth.src; eth.src = 02:00:00:00:01:fe; ip6.dst = ip6.src; ip6.src = fe80::ff:fe00:1fe;", ""},
	{"ns", "", "nd_na_router { eth.src = 02:00:00:00:01:fe; ip6.src = nd.target; nd.tll = 02:00:00:00:01:fe; output; };", "", ""},
	{"relayed", "ip.ttl--;", "reg9[8] = dhcp_relay_resp_chk(10.0.3.254, 10.0.2.3);",
		"ip4.src = 10.0.3.254; udp.dst = 68; eth.src = 02:00:00:00:03:fe;", "p4"},
	{"relay", "eth.dst = 02:00:00:00:03:fe;", "reg9[7] = dhcp_relay_req_chk(10.0.3.254, 10.0.2.3);",
		"ip4.src = 10.0.3.254; ip4.dst = 10.0.2.3; udp.src = 67; ip.ttl--; eth.src = 02:00:00:00:02:fe; eth.dst = 02:00:00:00:02:03;", "p3"},
	{"ttl", "", "icmp4 {eth.dst <-> eth.src; icmp4.type = 11; icmp4.code = 0; ip4.dst = ip4.src; ip4.src = 10.0.1.254; ip.ttl = 254; output; };", "", ""},
	{"router udp", "", "icmp4 {eth.dst <-> eth.src; ip4.dst <-> ip4.src; ip.ttl = 255; icmp4.type = 3; icmp4.code = 3; next; };", "ip.ttl--;", ""},
	{"router tcp", "", "tcp_reset {eth.dst <-> eth.src; ip4.dst <-> ip4.src; next; };", "ip.ttl--;", ""},
	{"router sctp", "", "sctp_abort {eth.dst <-> eth.src; ip4.dst <-> ip4.src; next; };", "ip.ttl--;", ""},
	{"arp ask", "eth.src = 02:00:00:00:02:fe;", "arp { eth.dst = ff:ff:ff:ff:ff:ff; arp.spa = 10.0.2.254; arp.tpa = 10.0.2.99; arp.op = 1; output; };", "", "p3"},
	{"nd ask", "eth.src = 02:00:00:00:02:fe;", "nd_ns { nd.target = fd02::99; output; };", "", "p3"},
}

// records are the DNS rows of the recorded network.
type records map[string]string

func (r records) Resolve(name string) (string, bool, bool) {
	answer, ok := r[name]
	return answer, name == "own.ovn.org", ok
}

var names = records{"www.ovn.org": "10.0.1.2 fd01::2", "v4.ovn.org": "10.0.1.9", "own.ovn.org": "10.0.1.8", "2.1.0.10.in-addr.arpa": "www.ovn.org"}

// TestController makes every recorded answer again, byte for byte, and none where there was none.
func TestController(t *testing.T) {
	for _, c := range recordings(t) {
		got, why, to := made(t, c)
		if to == "" {
			to = c.port
		}
		want := c.received[to]
		if want == nil {
			assert.Nil(t, got, "%s: an answer where there was none", c.name)
			assert.NotEmpty(t, why, c.name)
			continue
		}
		assert.Empty(t, why, c.name)
		assert.Equal(t, hex.Dump(want), hex.Dump(got), c.name)
	}
}

func made(t *testing.T, c recording) (frame []byte, why, to string) {
	if strings.HasPrefix(c.name, "dns") {
		frame, why = resolved(t, c.sent)
		return frame, why, ""
	}
	for _, f := range flows {
		if strings.HasPrefix(c.name, f.prefix) {
			frame, why = answer(t, c.sent, f.before, f.act, f.after)
			return frame, why, f.to
		}
	}
	require.Fail(t, "no flow", c.name)
	return nil, "", ""
}

func resolved(t *testing.T, sent []byte) ([]byte, string) {
	p, err := packet.Decode(sent)
	require.NoError(t, err)
	frame, why := DNS(p, names, nil)
	if frame == nil {
		return nil, why
	}
	q, err := packet.Decode(frame)
	require.NoError(t, err)
	back := "eth.dst <-> eth.src; ip4.src <-> ip4.dst; udp.dst = udp.src; udp.src = 53;"
	if q.Is6() {
		back = strings.ReplaceAll(back, "ip4", "ip6")
	}
	apply(t, &q.Key, parsed(t, back))
	return q.Encode(), ""
}
