package lb_test

import (
	"fmt"
	"net/netip"

	"ovnsim/lb"
)

// Two backends, three clients' ports: which of them Open vSwitch takes is no secret.
func Example() {
	vip, _ := lb.ParseVIP("10.0.0.10:80", "10.0.1.1:8080,10.0.1.2:8080")
	group := lb.NewBalancer(len(vip.Backends), nil)
	for port := uint16(40000); port < 40006; port++ {
		packet := lb.Tuple{Src: netip.MustParseAddr("10.0.2.1"), Dst: vip.Addr, Proto: lb.TCP, SrcPort: port, DstPort: vip.Port}
		var memory lb.Memory
		memory.Receive(packet)
		fmt.Println(packet, "to", vip.Backends[group.Pick(packet, &memory)])
	}
	// Output:
	// tcp 10.0.2.1:40000->10.0.0.10:80 to 10.0.1.1:8080
	// tcp 10.0.2.1:40001->10.0.0.10:80 to 10.0.1.1:8080
	// tcp 10.0.2.1:40002->10.0.0.10:80 to 10.0.1.1:8080
	// tcp 10.0.2.1:40003->10.0.0.10:80 to 10.0.1.1:8080
	// tcp 10.0.2.1:40004->10.0.0.10:80 to 10.0.1.1:8080
	// tcp 10.0.2.1:40005->10.0.0.10:80 to 10.0.1.1:8080
}
