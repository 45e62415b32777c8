package sim_test

import (
	"fmt"
	"io"
	"net/netip"
	"time"

	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/sim/packet"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// box says what it receives.
type box string

func (b box) Receive(frame []byte) {
	if p, err := packet.Decode(frame); err == nil {
		fmt.Println(b, "received", p)
	}
}

// Two machines on a switch; one sends the other a datagram.
func Example() {
	top := &topology.Topology{}
	for _, command := range [][]string{
		{"ls-add", "sw0"},
		{"lsp-add", "sw0", "p1", "--", "lsp-set-addresses", "p1", "02:00:00:00:00:01 10.0.0.1"},
		{"lsp-add", "sw0", "p2", "--", "lsp-set-addresses", "p2", "02:00:00:00:00:02 10.0.0.2"},
	} {
		if err := nbctl.Run(top, command, io.Discard); err != nil {
			fmt.Println(err)
		}
	}
	s := sim.New(northd.Compile(top, northd.Options{}), sim.Options{})
	if err := s.Attach("p2", box("p2")); err != nil {
		fmt.Println(err)
	}
	frame := packet.Build(packet.Ether{Src: packet.MAC{2, 0, 0, 0, 0, 1}, Dst: packet.MAC{2, 0, 0, 0, 0, 2}},
		packet.IP{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.2"), TTL: 64}, packet.UDP{Src: 1000, Dst: 2000, Payload: []byte("hello")})
	if err := s.Inject("p1", frame); err != nil {
		fmt.Println(err)
	}
	s.Run(time.Second)
	// Output:
	// p2 received 02:00:00:00:00:01 > 02:00:00:00:00:02 ttl 64 10.0.0.1:1000 > 10.0.0.2:2000 udp len 5
}
