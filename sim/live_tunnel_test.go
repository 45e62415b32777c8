package sim_test

import (
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/shell"

	"ovnsim/internal/wirerec"
	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/sim/packet"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// built is a topology made by ovn-nbctl commands, one a line.
func built(t *testing.T, commands string) *topology.Topology {
	top := &topology.Topology{}
	for _, line := range strings.Split(strings.TrimSpace(commands), "\n") {
		args, err := shell.Fields(line, nil)
		require.NoError(t, err)
		require.NoError(t, nbctl.Run(top, args, io.Discard), line)
	}
	return top
}

const twoChassis = `
ls-add sw
ls-add other
lr-add r
lrp-add r r-sw 02:00:00:00:01:fe 10.0.1.254/24
lsp-add sw sw-r -- lsp-set-type sw-r router -- lsp-set-addresses sw-r router -- lsp-set-options sw-r router-port=r-sw
lrp-add r r-other 02:00:00:00:02:fe 10.0.2.254/24
lsp-add other other-r -- lsp-set-type other-r router -- lsp-set-addresses other-r router -- lsp-set-options other-r router-port=r-other
lsp-add sw a -- lsp-set-addresses a "02:00:00:00:01:01 10.0.1.1" -- lsp-set-options a requested-chassis=hv1
lsp-add sw b -- lsp-set-addresses b "02:00:00:00:01:02 10.0.1.2" -- lsp-set-options b requested-chassis=hv2
lsp-add sw c -- lsp-set-addresses c "02:00:00:00:01:03 10.0.1.3" -- lsp-set-options c requested-chassis=hv1
lsp-add other d -- lsp-set-addresses d "02:00:00:00:02:04 10.0.2.4" -- lsp-set-options d requested-chassis=hv2
`

// A packet crosses a tunnel when, and only when, it goes to a port on another chassis; a flood crosses it once, and the router
// gets one copy of it.
func TestTunnels(t *testing.T) {
	top := built(t, twoChassis)
	for _, c := range []struct {
		name, dst, arrives string
		tunnels            int
	}{
		{"same chassis", "02:00:00:00:01:03 10.0.1.3", "c", 0},
		{"other chassis", "02:00:00:00:01:02 10.0.1.2", "b", 1},
		{"routed here, delivered there", "02:00:00:00:01:fe 10.0.2.4", "d", 1},
		{"flood", "ff:ff:ff:ff:ff:ff 10.0.1.255", "b c", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told strings.Builder
			got := &arrivals{Story: wirerec.Story{Writer: &told}}
			s := sim.New(northd.Compile(top, northd.Options{}), sim.Options{Observer: got})
			mac, addr, _ := strings.Cut(c.dst, " ")
			require.NoError(t, s.Inject("a", udpFrame(t, mac, addr)))
			s.Run(time.Second)
			slices.Sort(got.ports)
			assert.Equal(t, c.arrives, strings.Join(got.ports, " "))
			assert.Equal(t, c.tunnels, strings.Count(told.String(), "through a tunnel from hv1 to hv2"), told.String())
		})
	}
}

// arrivals keeps the ports that frames are delivered to.
type arrivals struct {
	wirerec.Story
	ports []string
}

func (a *arrivals) Delivered(_ time.Duration, port string, _ []byte) { a.ports = append(a.ports, port) }

func udpFrame(t *testing.T, mac, addr string) []byte {
	to, err := net.ParseMAC(mac)
	require.NoError(t, err)
	return packet.Build(packet.Ether{Src: packet.MAC{2, 0, 0, 0, 1, 1}, Dst: packet.MAC(to)},
		packet.IP{Src: netip.MustParseAddr("10.0.1.1"), Dst: netip.MustParseAddr(addr), TTL: 64}, packet.UDP{Src: 1, Dst: 2, Payload: []byte("hello")})
}
