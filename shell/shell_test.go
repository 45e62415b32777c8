package shell_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/lab"
	"ovnsim/shell"
)

// network is two machines on a switch each, a router between them, and a balancer for the second machine's network.
const network = `
ovn-nbctl ls-add left -- ls-add right -- lr-add r
ovn-nbctl lrp-add r r-left 00:00:00:00:01:01 10.0.1.1/24 -- lrp-add r r-right 00:00:00:00:02:01 10.0.2.1/24
for s in left right; do ovn-nbctl lsp-add $s $s-r -- lsp-set-type $s-r router -- lsp-set-addresses $s-r router -- lsp-set-options $s-r router-port=r-$s; done
ovn-nbctl lsp-add left lp1 -- lsp-set-addresses lp1 "00:00:00:00:01:02 10.0.1.2" -- lsp-add right lp2 -- lsp-set-addresses lp2 "00:00:00:00:02:02 10.0.2.2"
machine vm1 lp1; machine vm2 lp2
on vm1 ip route add default via 10.0.1.1; on vm2 ip route add default via 10.0.2.1
`

// serves has OVN answer the first machine's DHCP requests, and takes its address away.
const serves = `ovn-nbctl set logical_switch_port lp1 dhcpv4_options=$(ovn-nbctl create dhcp_options cidr=10.0.1.0/24 options='"server_id"="10.0.1.1" "server_mac"="00:00:00:00:01:01" "lease_time"="600" "router"="10.0.1.1" "mtu"="1400"'); on vm1 ip addr flush dev eth0; `

// serves6 has OVN advertise a prefix to the first machine, and answer its DHCPv6 requests.
const serves6 = `ovn-nbctl add logical_router_port r-left networks '"fd00::1/64"' -- set logical_router_port r-left ipv6_ra_configs:address_mode=slaac
ovn-nbctl lsp-set-addresses lp1 "00:00:00:00:01:02 10.0.1.2 fd00::21" -- set logical_switch_port lp1 dhcpv6_options=$(ovn-nbctl create dhcp_options cidr="fd00\:\:/64" options='"server_id"="00:00:00:00:01:01"'); `

// named has OVN know the second machine's name.
const named = `ovn-nbctl set logical_switch left dns_records=$(ovn-nbctl create DNS records:vm2.example="10.0.2.2 fd00::2" records:2.2.0.10.in-addr.arpa=vm2.example); `

const capturedTwo = "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\ntcpdump: listening on lp1, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n2 packets captured\n2 packets received by filter\n0 packets dropped by kernel\n"

// start makes a session on that network.
func start(t testing.TB, out, errs io.Writer) *shell.Shell {
	play, err := lab.Empty().Start()
	require.NoError(t, err)
	s, err := shell.New(play.World(), shell.Options{Out: out, Err: errs})
	require.NoError(t, err)
	require.NoError(t, s.Run(context.Background(), network, "network"))
	return s
}

func TestCommands(t *testing.T) {
	for _, c := range []struct{ script, out, errs string }{
		// machines, their files and servers
		{`mkdir /tmp/w; echo hello > /tmp/w/index.html; cd /tmp/w; ip netns exec vm2 python3 -m http.server 80 & on vm1 curl 10.0.2.2`, "Serving HTTP on 0.0.0.0 port 80 (http://0.0.0.0:80/) ...\nhello\n", ""},
		{`echo a > /tmp/f; on vm1 bash -c 'cat /tmp/f; echo b > /tmp/f; cat /tmp/f'; cat /tmp/f`, "a\nb\na\n", ""},
		{`on vm2 bash -c 'echo 1 > /index.html; python3 -m http.server 80 & echo $!'; on vm1 curl -s 10.0.2.2; on vm2 bash -c 'echo 2 > /index.html'; on vm1 curl -s 10.0.2.2`, "Serving HTTP on 0.0.0.0 port 80 (http://0.0.0.0:80/) ...\n4001\n1\n2\n", ""},
		{`on vm2 python3 -m http.server & kill $!; on vm1 curl 10.0.2.2:8000`, "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...\n", "curl: (7) Failed to connect to 10.0.2.2 port 8000 after 0 ms: Connection refused\n"},
		{`on vm2 python3 -m http.erver`, "", "/usr/bin/python3: No module named http.erver\n"},
		{`ip netns exec vm1 pkill -f http.server || echo none`, "none\n", ""},
		{`on vm1 hostname; on vm1 bash -c 'echo $HOSTNAME'`, "vm1\nvm1\n", ""},
		{`on vm9 curl x`, "", "Cannot open network namespace \"vm9\": No such file or directory (machines: vm1, vm2)\n"},
		{`curl 10.0.0.9`, "", "curl: on which machine? Say: ip netns exec MACHINE curl 10.0.0.9 (machines: vm1, vm2)\n"},
		{`ip netns del vm1; ip netns`, "vm2\n", ""},
		{`machine del vm1; on lp1 ping -c 1 10.0.2.2`, "", "Cannot open network namespace \"lp1\": No such file or directory (machines: vm2; \"machine lp1\" puts one on the port of that name)\n"},
		{`machine del vm1; machine lp1; on lp1 ip route; on lp1 ping -c 1 10.0.2.2 | grep -c '1 received'`, "default via 10.0.1.1 dev eth0 \n10.0.1.0/24 dev eth0 proto kernel scope link src 10.0.1.2 \n1\n", ""},
		{`machine vm3 lp9`, "", "machine: there is no switch port \"lp9\" (did you mean \"lp1\"?)\n"},

		// curl
		{`on vm1 curl -s 10.0.2.2; echo $?`, "7\n", ""},
		{`on vm1 curl -sS -m 1 10.0.2.9:80; echo $?`, "28\n", "curl: (28) Connection timed out after 1000 milliseconds\n"},
		{`on vm1 curl https://10.0.2.2`, "", "curl: (1) Protocol \"https\" not supported or disabled in libcurl\n"},
		{`on vm1 curl nobody`, "", "curl: (6) Could not resolve host: nobody\n"},
		{`on vm1 curl 10.0.0.1:99999`, "", "curl: (3) URL rejected: Port number was not a decimal number between 0 and 65535\n"},
		{`on vm1 curl --frobnicate 10.0.0.1`, "", "curl: option --frobnicate: is not simulated\ncurl: try 'help curl' for more information\n"},
		{`on vm2 bash -c 'echo x > index.html; python3 -m http.server 80 > /dev/null &'; on vm1 curl -so /dev/null -w '%{http_code} %{remote_ip}\n' 10.0.2.2`, "200 10.0.2.2\n", ""},

		{`printf 'a\nb\nc\n' | grep -e a -e c; printf 'a+b\nb\n' | grep -F -e a+b -e c; printf 'ab\n' | grep -w -e a -e b; printf 'a\n' | sed -e s/a/b/ -e s/b/c/`, "a\nc\na+b\nc\n", ""},

		// DHCP
		{serves + `on vm1 dhclient -v eth0; on vm1 ip route; on vm1 ip addr | grep -c 'mtu 1400'; on vm1 ping -qc 1 10.0.2.2 | grep -c '1 received'`,
			"default via 10.0.1.1 dev eth0 \n10.0.1.0/24 dev eth0 proto kernel scope link src 10.0.1.2 \n1\n1\n",
			`Listening on LPF/eth0/00:00:00:00:01:02
Sending on   LPF/eth0/00:00:00:00:01:02
Sending on   Socket/fallback
DHCPDISCOVER on eth0 to 255.255.255.255 port 67 interval 3
DHCPOFFER of 10.0.1.2 from 10.0.1.1
DHCPREQUEST for 10.0.1.2 on eth0 to 255.255.255.255 port 67
DHCPACK of 10.0.1.2 from 10.0.1.1
bound to 10.0.1.2 -- renewal in 300 seconds.
`},
		{serves + `on vm1 udhcpc -i eth0; on vm1 dhclient -vr; on vm1 ip -br addr`, "lo               UNKNOWN        127.0.0.1/8 \neth0             UP             \n",
			"udhcpc: started, v1.36.1\nudhcpc: broadcasting discover\nudhcpc: broadcasting select for 10.0.1.2, server 10.0.1.1\nudhcpc: lease of 10.0.1.2 obtained from 10.0.1.1, lease time 600\nDHCPRELEASE of 10.0.1.2 on eth0 to 10.0.1.1 port 67\n"},
		{`on vm1 udhcpc -n -t 1; echo $?; on vm1 dhclient; echo $?`, "1\n2\n", "udhcpc: started, v1.36.1\nudhcpc: broadcasting discover\nudhcpc: no lease, failing\n"},
		{`on vm1 dhclient tap0`, "", "Cannot find device \"tap0\"\n"},
		{serves + `tcpdump -i lp1 -c 2 -n & on vm1 dhclient; wait`, "00:00:00.000000 IP 0.0.0.0.68 > 255.255.255.255.67: BOOTP/DHCP, Request from 00:00:00:00:01:02, length 300\n00:00:00.000000 IP 10.0.1.1.67 > 10.0.1.2.68: BOOTP/DHCP, Reply, length 280\n", capturedTwo},

		{serves6 + `on vm1 dhclient -6v eth0; on vm1 ip -6 -br addr; on vm1 rdisc6 -q eth0; on vm1 ip -6 route; on vm1 ip -br addr | grep eth0`,
			"eth0             UP             fd00::21/128 fe80::200:ff:fe00:102/64 \nfd00::/64\n" +
				"default via fe80::200:ff:fe00:101 dev eth0 \nfd00::21/128 dev eth0 proto kernel metric 256 pref medium\nfd00::/64 dev eth0 proto kernel metric 256 pref medium\nfe80::/64 dev eth0 proto kernel metric 256 pref medium\n" +
				"eth0             UP             10.0.1.2/24 fd00::21/128 fd00::200:ff:fe00:102/64 fe80::200:ff:fe00:102/64 \n",
			"Listening on Socket/eth0\nSending on   Socket/eth0\nPRC: Soliciting for leases (INIT).\nXMT: Solicit on eth0, interval 1000ms.\n" +
				"RCV: Advertise message on eth0 from fe80::200:ff:fe00:101.\nXMT: Request on eth0, interval 1000ms.\nRCV: Reply message on eth0 from fe80::200:ff:fe00:101.\nPRC: Bound to lease 00:03:00:01:00:00:00:00:01:01.\n"},
		{serves6 + `on vm1 rdisc6 eth0; on vm2 rdisc6 -r 2 eth0; echo $?`, `Soliciting ff02::2 (ff02::2) on eth0...

Hop limit                 :          255 (      0xff)
Stateful address conf.    :           No
Stateful other conf.      :           No
Mobile home agent         :           No
Router preference         :       medium
Neighbor discovery proxy  :           No
Router lifetime           :        65535 (0x0000ffff) seconds
Reachable time            :  unspecified (0x00000000)
Retransmit time           :  unspecified (0x00000000)
 Source link-layer address: 00:00:00:00:01:01
 Prefix                   : fd00::/64
  On-link                 :          Yes
  Autonomous address conf.:          Yes
  Valid time              :     infinite (0xffffffff)
  Pref. time              :     infinite (0xffffffff)
 from fe80::200:ff:fe00:101
Soliciting ff02::2 (ff02::2) on eth0...
Timed out.
Timed out.
No response.
2
`, ""},
		{serves6 + `tcpdump -i lp1 -c 2 -n & on vm1 dhclient -6; wait`, "00:00:00.000000 IP6 fe80::200:ff:fe00:102.546 > ff02::1:2.547: dhcp6 solicit\n00:00:00.000000 IP6 fe80::200:ff:fe00:101.547 > fe80::200:ff:fe00:102.546: dhcp6 advertise\n", capturedTwo},

		// DNS
		{named + `on vm1 dig @10.0.1.1 vm2.example`, `
; <<>> DiG 9.18.28 <<>> @10.0.1.1 vm2.example
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4242
;; flags: qr rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0

;; QUESTION SECTION:
;vm2.example.			IN	A

;; ANSWER SECTION:
vm2.example.		3600	IN	A	10.0.2.2

;; Query time: 0 msec
;; SERVER: 10.0.1.1#53(10.0.1.1) (UDP)
;; MSG SIZE  rcvd: 56

`, ""},
		{named + `on vm1 dig @10.0.1.1 +short vm2.example aaaa; on vm1 dig @10.0.1.1 +short -x 10.0.2.2; on vm1 nslookup 10.0.2.2 10.0.1.1; on vm1 nslookup vm2.example 10.0.1.1`,
			"fd00::2\nvm2.example.\nServer:\t\t10.0.1.1\nAddress:\t10.0.1.1#53\n\n2.2.0.10.in-addr.arpa\tname = vm2.example.\n\n" +
				"Server:\t\t10.0.1.1\nAddress:\t10.0.1.1#53\n\nName:\tvm2.example\nAddress: 10.0.2.2\nName:\tvm2.example\nAddress: fd00::2\n\n", ""},
		{`on vm1 dig @10.0.2.2 x; echo $?; on vm1 dig x; echo $?; on vm1 nslookup x 10.0.2.2; echo $?; on vm1 dig @nobody x`,
			";; communications error to 10.0.2.2#53: connection refused\n;; no servers could be reached\n9\n9\n;; communications error to 10.0.2.2#53: connection refused\n;; no servers could be reached\n\n1\n",
			"dig: no server is known: say @ADDRESS\ndig: couldn't get address for 'nobody': not found\n"},
		{named + strings.Replace(serves, `"router"=`, `"dns_server"="8.8.8.8" "router"=`, 1) + `on vm1 dhclient; on vm1 dig +short vm2.example`, "10.0.2.2\n", ""},

		// traceroute
		{`on vm1 traceroute -q 1 10.0.2.2 | sed 's/ [0-9.]* ms//g'; on vm1 traceroute -q 2 -m 2 -w 1 10.0.2.9 | sed 's/ [0-9.]* ms//g'; on vm1 traceroute fd00::1; on vm1 traceroute nobody; echo $?`,
			"traceroute to 10.0.2.2 (10.0.2.2), 30 hops max, 60 byte packets\n 1  10.0.1.1 \n 2  10.0.2.2 \ntraceroute to 10.0.2.9 (10.0.2.9), 2 hops max, 60 byte packets\n 1  10.0.1.1  \n 2  * *\n" +
				"traceroute to fd00::1 (fd00::1), 30 hops max, 80 byte packets\n 1 \n2\n",
			"connect: Network is unreachable\nnobody: Name or service not known\nCannot handle \"host\" cmdline arg `nobody' on position 1 (argc 1)\n"},

		// iproute2
		{`on vm1 ip route`, "default via 10.0.1.1 dev eth0 \n10.0.1.0/24 dev eth0 proto kernel scope link src 10.0.1.2 \n", ""},
		{`on vm1 ip route add default via 10.0.1.1`, "", "RTNETLINK answers: File exists\n"},
		{`on vm1 ip route add 10.9.0.0/16 via 10.7.0.1`, "", "Error: Nexthop has invalid gateway.\n"},
		{`ip -n vm1 route del 10.9.0.0/16; echo $?`, "2\n", "RTNETLINK answers: No such process\n"},
		{`on vm1 ip route get 10.0.2.2`, "10.0.2.2 via 10.0.1.1 dev eth0 src 10.0.1.2 uid 0 \n    cache \n", ""},
		{`on vm1 ip -br addr`, "lo               UNKNOWN        127.0.0.1/8 \neth0             UP             10.0.1.2/24 \n", ""},
		{`on vm1 ip addr add 10.0.1.7/24 dev eth0; on vm1 ip addr | grep 'inet '`, "    inet 127.0.0.1/8 scope host lo\n    inet 10.0.1.2/24 scope global eth0\n    inet 10.0.1.7/24 scope global eth0\n", ""},
		{`on vm1 ping -q -c 1 10.0.1.1 > /dev/null; on vm1 ip neigh`, "10.0.1.1 dev eth0 lladdr 00:00:00:00:01:01 REACHABLE \n", ""},
		{`on vm1 ip frob`, "", "Object \"frob\" is unknown, try \"ip help\".\n"},

		// asking
		{`on vm1 ping -c 2 10.0.2.2 | tail -n 3 | head -n 2`, "--- 10.0.2.2 ping statistics ---\n2 packets transmitted, 2 received, 0% packet loss, time 1000ms\n", ""},
		{`on vm1 ping -c 1 10.0.2.2 | sed -n '2s/time=.*/time/p'`, "64 bytes from 10.0.2.2: icmp_seq=1 ttl=63 time\n", ""},
		{`on vm1 bash -c 'ip route del default; ping -c 1 10.0.2.2'`, "", "ping: connect: Network is unreachable\n"},
		{`on vm1 arping -c 1 10.0.1.1 | grep -o 'Unicast reply from [^ ]* [^ ]*'`, "Unicast reply from 10.0.1.1 [00:00:00:00:01:01]\n", ""},
		{`on vm1 nc -zv 10.0.2.2 81; echo $?`, "1\n", "nc: connect to 10.0.2.2 port 81 (tcp) failed: Connection refused\n"},
		{`on vm2 nc -l 81 & echo hi | on vm1 nc -N 10.0.2.2 81`, "hi\n", ""},
		{`on vm2 tcpdump -nn -c 1 icmp & on vm1 ping -q -c 1 10.0.2.2 >/dev/null; jobs`, "00:00:0... IP 10.0.1.2 > 10.0.2.2: ICMP echo request, id ..., seq 1, length 64\n", "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\ntcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n1 packet captured\n1 packet received by filter\n0 packets dropped by kernel\n"},
		{`tcpdump -i lp2 -w /tmp/x.pcap icmp 2>/dev/null & on vm1 ping -q -c 2 10.0.2.2 >/dev/null; tcpdump -r /tmp/x.pcap 2>/dev/null | wc -l; kill $! >/dev/null`, "4\n", ""},
		{`on vm1 tcpdump 'host'`, "", "tcpdump: can't parse filter expression: syntax error at \"\"\n"},
		{`ovn-nbctl acl-add left from-lport 1 'inport == "lp1"' allow-related; on vm1 ping -q -c 1 10.0.2.2 >/dev/null; conntrack -L 2>/dev/null | grep -c icmp; ovs-appctl dpctl/dump-conntrack | cut -d , -f 1 | sort -u`, "1\nicmp\n", ""},

		{`ovn-nbctl acl-add left from-lport 1 'inport == "lp1"' allow-related; on vm1 ping -q -c 1 10.0.2.2 >/dev/null; ovn-nbctl ls-add new -- lsp-add new x; on vm1 ping -q -c 1 10.0.1.1 >/dev/null; conntrack -L 2>/dev/null | grep -c dst=10.0.2.2`, "1\n", ""},
		// OVN's own
		{`ovn-nbctl ls-add left`, "", "ovn-nbctl: left: a switch with this name already exists\n"},
		{`ovn-sbctl list MAC_Binding | grep -c _binding; ovn-sbctl --columns=type,tunnel_key list Port_Binding lp1`, "0\ntype                : \"\"\ntunnel_key          : 2\n", ""},
		{`ovn-sbctl lflow-list left | head -n 1`, "Datapath: \"left\" (...)  Pipeline: ingress\n", ""},
		{`ovn-sbctl list Nothing`, "", "ovn-sbctl: unknown table \"Nothing\"\n"},
		{`ovn-trace --minimal left 'inport == "lp1" && eth.src == 00:00:00:00:01:02 && eth.dst == 00:00:00:00:01:01 && ip4.src == 10.0.1.2 && ip4.dst == 10.0.2.2 && ip.ttl == 64' | tail -n 1`, "output(\"lp2\");\n", ""},
		{`ovn-trace left 'inport =='`, "", "ovn-trace: microflow: ...\n"},
		{`on vm1 explain 10.0.2.2:80`, "vm1 asks http://10.0.2.2:80: refused\nno balancer has the address 10.0.2.2\n", ""},

		// the shell
		{`ovn-nbct show`, "", "ovn-nbct: command not found (did you mean ovn-nbctl?)\n"},
		{`sleep 1.5; date +%s; sleep 2m; date +%s`, "1\n121\n", ""},
		{`timeout 5 sleep 100; echo $?; date +%s`, "124\n5\n", ""},
		{`seq 3 | xargs -n 1 echo n`, "n 1\nn 2\nn 3\n", ""},
		{`cat /etc/passwd; ls /; pushd /tmp`, "dev\netc\nroot\ntmp\n", "cat: /etc/passwd: No such file or directory\npushd: is not simulated\n"},
		{`vim x; /usr/bin/id`, "", "vim: command not found\n/usr/bin/id: command not found\n"},
		{`command -v curl; type nosuch; cd /nowhere; which ip`, "/ovnsim/bin/curl\n/ovnsim/bin/ip\n", "type: nosuch: not found\ncd: /nowhere: No such file or directory\n"},
		{`mkdir -p /a/b; cd /a; [ -d b ] && echo > b/c && ls b; test -f b/c; echo $?; echo b/*`, "c\n0\nb/c\n", ""},

		// text
		{`printf 'b 2\na 10\nb 2\n' | sort | uniq -c | awk '{print $1, $3}'`, "1 10\n2 2\n", ""},
		{`printf 'x=1\ny=2\n' | sed -E 's/([xy])=(.)/\2\1/' | tr a-z A-Z | cut -c 1`, "1\n2\n", ""},
		{`printf 'one\ntwo\nthree\n' | grep -n -E '^t(w|h)' | head -n1; printf 'a\n' | grep -c b; echo 'a+b' | grep -q 'a+b' && echo yes`, "2:two\n0\nyes\n", ""},
		{`echo a:b:c | awk -F : '{print $NF "-" $1}'; seq 5 2 9 | tail -n +2 | wc -l; seq 10 | sed -n '2,3p;$p'`, "c-a\n2\n2\n3\n10\n", ""},
		{`printf '3 x\n1 y\n' | sort -n -k 1 | tee /tmp/o | head -1; wc -l /tmp/o; echo abc | rev`, "1 y\n2 /tmp/o\n", "rev: command not found\n"},
	} {
		var out, errs bytes.Buffer
		s := start(t, &out, &errs)
		_ = s.Run(context.Background(), c.script, "script")
		same := func(want, got string) bool { return shell.Matches(strings.Split(want, "\n"), strings.Split(got, "\n")) }
		if !same(c.out, out.String()) {
			assert.Equal(t, c.out, out.String(), c.script)
		}
		if !same(c.errs, errs.String()) {
			assert.Equal(t, c.errs, errs.String(), c.script)
		}
	}
}

func TestSyntaxErrorsHaveAPlace(t *testing.T) {
	s := start(t, io.Discard, io.Discard)
	for script, want := range map[string]string{"echo 'x": "lab.yaml:1:6", "if true; then": "lab.yaml:1:1", "a\nb | | c": "lab.yaml:2"} {
		assert.ErrorContains(t, s.Run(context.Background(), script, "lab.yaml"), want)
	}
}

// TestEndless stops what would never end.
func TestEndless(t *testing.T) {
	for _, script := range []string{"while true; do :; done", "while true; do sleep 1; done", "f() { f; }; f", "on vm1 bash -c 'while :; do curl -s 10.0.2.2; done'",
		"while :; do echo x; done | while read x; do :; done", "yes() { while :; do ovn-nbctl list nb_global; done; }; yes > /dev/null", "while :; do on vm1 ping -c 3 10.0.2.2; done | grep -c x"} {
		s := start(t, io.Discard, io.Discard)
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		began := time.Now()
		_ = s.Run(ctx, script, "script")
		cancel()
		assert.Less(t, time.Since(began), 5*time.Second, script)
	}
}

func ExampleShell_Run() {
	play, _ := lab.Empty().Start()
	var out bytes.Buffer
	s, _ := shell.New(play.World(), shell.Options{Out: &out})
	_ = s.Run(context.Background(), `ovn-nbctl ls-add inside -- ls-add outside; for s in inside outside; do ovn-nbctl get logical_switch $s name; done | sort -r`, "example")
	fmt.Print(out.String())
	// Output:
	// outside
	// inside
}
