package reply_test

import (
	"fmt"
	"net/netip"

	"ovnsim/pipeline/action"
	"ovnsim/sim/packet"
	"ovnsim/sim/reply"
)

func Example() {
	syn := packet.Build(
		packet.Ether{Src: packet.MAC{2, 0, 0, 0, 0, 1}, Dst: packet.MAC{2, 0, 0, 0, 0, 2}},
		packet.IP{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.2"), TTL: 64},
		packet.TCP{Src: 4000, Dst: 80, Seq: 7, Flags: packet.SYN})
	p, err := packet.Decode(syn)
	if err != nil {
		fmt.Println(err)
		return
	}
	frame, _ := reply.Make(&action.Reject{}, p)
	rst, err := packet.Decode(frame)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rst)
	_, why := reply.Make(&action.Reject{}, rst)
	fmt.Println(why)
	// Output:
	// 02:00:00:00:00:02 > 02:00:00:00:00:01 ttl 63 10.0.0.2:80 > 10.0.0.1:4000 tcp R. seq 0 ack 8 len 0
	// no RST for an RST
}
