package wirerec

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/sim/packet"
)

// Every disturbance does something to some kind of frame, leaves the frame that it got as it was, and what it makes can be sent.
func TestDisturbances(t *testing.T) {
	ether := packet.Ether{Src: packet.MAC{2, 0, 0, 0, 0, 1}, Dst: packet.MAC{2, 0, 0, 0, 0, 2}}
	four := packet.IP{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.2"), TTL: 64}
	six := packet.IP{Src: netip.MustParseAddr("fd00::1"), Dst: netip.MustParseAddr("fd00::2"), TTL: 64}
	frames := [][]byte{
		packet.BuildARP(ether, packet.ARP{Op: 1, SPA: four.Src, TPA: four.Dst}),
		packet.Build(ether, four, packet.TCP{Src: 1000, Dst: 80, Flags: packet.SYN}),
		packet.Build(ether, four, packet.UDP{Src: 1000, Dst: 53, Payload: make([]byte, 100)}),
		packet.Build(ether, six, packet.UDP{Src: 1000, Dst: 53, Payload: make([]byte, 100)}),
	}
	got, err := packet.Decode(packet.Build(ether, four, packet.UDP{Src: 53, Dst: 1000, Payload: make([]byte, 100)}))
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 1))
	for _, d := range disturbances {
		did := 0
		for range 50 {
			for _, f := range frames {
				before := bytes.Clone(f)
				list := d.do(r, f, got)
				require.Equal(t, before, f, d.name)
				if list == nil {
					continue
				}
				did++
				for _, frame := range list {
					_, err := packet.Decode(frame)
					require.NoError(t, err, "%s: %x", d.name, frame)
				}
			}
		}
		assert.Positive(t, did, d.name)
	}
}

// A card without noise passes everything on.
func TestNoNoise(t *testing.T) {
	assert.Equal(t, [][]byte{{1, 2}}, (*noise)(nil).disturb([]byte{1, 2}, nil))
}
