package host_test

import (
	"fmt"
	"net/netip"
	"time"

	"ovnsim/sim/host"
	"ovnsim/sim/packet"
)

// cable joins two machines; frames wait in it until they are delivered.
type cable struct {
	ends   [2]*host.Host
	frames []func()
}

type plug struct {
	*cable
	far int
}

func (p plug) WakeAt(time.Duration) {}

func (p plug) Send(now time.Duration, frame []byte) {
	p.frames = append(p.frames, func() { p.ends[p.far].Receive(now, frame) })
}

// One machine asks another for a page.
func Example() {
	wire := &cable{}
	for i, name := range []string{"vm1", "vm2"} {
		machine, err := host.New(host.Config{
			Name:      name,
			MAC:       packet.MAC{2, 0, 0, 0, 0, byte(i + 1)},
			Addresses: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 24)},
			HTTP:      map[uint16]string{8000: "i am " + name + "\n"},
		}, plug{wire, 1 - i})
		if err != nil {
			fmt.Println(err)
		}
		wire.ends[i] = machine
	}
	page := wire.ends[0].Get(0, host.Request{URL: "http://10.0.0.2:8000"})
	refused := wire.ends[0].Get(0, host.Request{URL: "http://10.0.0.2:8001"})
	nowhere := wire.ends[0].Get(0, host.Request{URL: "http://192.168.0.1:8000"})
	for len(wire.frames) > 0 {
		deliver := wire.frames[0]
		wire.frames = wire.frames[1:]
		deliver()
	}
	fmt.Println(page)
	fmt.Println(refused)
	fmt.Println(nowhere)
	// Output:
	// i am vm2
	// curl 7: refused: a RST answered the SYN
	// curl 7: no route: vm1 has no route to 192.168.0.1
}
