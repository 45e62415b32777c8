package packet_test

import (
	"fmt"
	"net/netip"

	"ovnsim/sim/packet"
)

// A router's work: one hop less, another destination, and all checksums right.
func Example() {
	frame := packet.Build(
		packet.Ether{Src: packet.MAC{2, 0, 0, 0, 0, 1}, Dst: packet.MAC{2, 0, 0, 0, 0, 2}},
		packet.IP{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.9"), TTL: 64},
		packet.UDP{Src: 1024, Dst: 53, Payload: []byte("hello")})
	p, _ := packet.Decode(frame)
	packet.IPTTL.Set64(&p.Key, packet.IPTTL.Get64(&p.Key)-1)
	p.SetDst(netip.MustParseAddr("10.0.1.1"))
	again, _ := packet.Decode(p.Encode())
	fmt.Println(again)
	fmt.Printf("%q\n", again.ChecksumError())
	// Output:
	// 02:00:00:00:00:01 > 02:00:00:00:00:02 ttl 63 10.0.0.1:1024 > 10.0.1.1:53 udp len 5
	// ""
}
