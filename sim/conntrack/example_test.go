package conntrack_test

import (
	"fmt"
	"net/netip"

	"ovnsim/sim/conntrack"
	"ovnsim/sim/packet"
)

// A packet to a virtual IP is sent to a backend, and the answer gets the virtual IP back.
func Example() {
	client, vip, backend := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("30.0.0.1"), netip.MustParseAddr("10.0.1.1")
	send := func(src, dst netip.Addr, from, to uint16) *packet.Packet {
		p, _ := packet.Decode(packet.Build(packet.Ether{}, packet.IP{Src: src, Dst: dst, TTL: 64}, packet.UDP{Src: from, Dst: to}))
		return p
	}
	table := conntrack.NewTable(1)

	p := send(client, vip, 1024, 53)
	out := table.Process(p, conntrack.Action{Zone: 1, Commit: true, NAT: &conntrack.NAT{Kind: conntrack.DNAT, Min: backend, MinPort: 5353}})
	fmt.Println(p.Tuple(), out.State)

	p = send(backend, client, 5353, 1024)
	out = table.Process(p, conntrack.Action{Zone: 1, NAT: &conntrack.NAT{}})
	fmt.Println(p.Tuple(), out.State)
	fmt.Print(table.Dump(0))
	// Output:
	// udp 10.0.0.1:1024->10.0.1.1:5353 new|trk|dnat
	// udp 30.0.0.1:53->10.0.0.1:1024 est|rpl|trk|snat
	// udp,orig=(src=10.0.0.1,dst=30.0.0.1,sport=1024,dport=53),reply=(src=10.0.1.1,dst=10.0.0.1,sport=5353,dport=1024),zone=1
}
