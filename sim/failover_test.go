package sim_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/sim/packet"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

const twoGateways = `
ls-add out -- lsp-add out ln -- lsp-set-type ln localnet -- lsp-set-addresses ln unknown -- lsp-set-options ln network_name=net
ls-add sw -- lsp-add sw a -- lsp-set-addresses a "02:00:00:00:01:01 10.0.1.1" -- lsp-set-options a requested-chassis=hv1
lr-add r -- lrp-add r r-sw 02:00:00:00:01:fe 10.0.1.254/24 -- lsp-add sw sw-r -- lsp-set-type sw-r router -- lsp-set-addresses sw-r router -- lsp-set-options sw-r router-port=r-sw
lrp-add r r-out 02:00:00:00:aa:fe 172.16.0.1/24 -- lsp-add out out-r -- lsp-set-type out-r router -- lsp-set-addresses out-r router -- lsp-set-options out-r router-port=r-out
lrp-set-gateway-chassis r-out gw1 20 -- lrp-set-gateway-chassis r-out gw2 10 -- lrp-set-gateway-chassis r-out gw3 5
`

// Who announces the router's address on the physical network, and when: that is who hosts its gateway port.
func TestFailover(t *testing.T) {
	for _, c := range []struct {
		options string
		events  string // SECOND CHASSIS up|down
		want    string // seconds of announcements after the fifth of the beginning
	}{
		{"", "", ""},
		{"", "20 gw1 down", "24 25 27 31 39"},                           // found after 3 s, announced 1 s later
		{"", "20 gw1 down, 21 gw1 up", ""},                              // nobody has noticed
		{"", "20 gw2 down", ""},                                         // it hosted nothing
		{"", "20 gw1 down, 20 gw2 down", "24 25 27 31 39"},              // gw3
		{"", "20 gw1 down, 30 gw1 up", "24 25 27 31 32 33 35 39 47"},    // preempts
		{"", "20 gw1 down, 20 gw2 down, 20 gw3 down", ""},               // nobody is left
		{"", "20 hv1 down", ""},                                         // a machine's chassis
		{"options:bfd-mult=10", "20 gw1 down", "31 32 34 38 46"},        // found after 10 s
		{"options:bfd-min-rx=500", "20 gw1 down", "22 23 25 29 37"},     // after 1.5 s
		{"options:bfd-min-tx=2000", "20 gw1 down", "27 28 30 34 42"},    // after 6 s
		{"options:bfd-mult=never", "20 gw1 down", "24 25 27 31 39"},     // the default
		{"", "20 gw1 down, 20 gw1 down, 20 gw1 down", "24 25 27 31 39"}, // said thrice
	} {
		top := &topology.Topology{}
		require.NoError(t, nbctl.Run(top, []string{"init"}, io.Discard))
		if c.options != "" {
			require.NoError(t, nbctl.Run(top, []string{"set", "nb_global", ".", c.options}, io.Discard))
		}
		for _, line := range strings.Split(strings.TrimSpace(twoGateways), "\n") {
			require.NoError(t, nbctl.Run(top, words(line), io.Discard), line)
		}
		d := &diary{}
		s := sim.New(northd.Compile(top, northd.Options{}), sim.Options{Observer: d})
		for _, event := range strings.Split(c.events, ", ") {
			var at int
			var chassis, what string
			if n, _ := fmt.Sscan(event, &at, &chassis, &what); n == 3 {
				s.Run(time.Duration(at) * time.Second)
				require.NoError(t, s.SetChassis(chassis, what == "up"))
			}
		}
		s.Run(2 * time.Minute)
		var got []string
		for _, e := range d.lines {
			if e.port == "ln" && e.at > 16*time.Second {
				got = append(got, fmt.Sprint(int(e.at.Seconds())))
			}
		}
		assert.Equal(t, c.want, strings.Join(got, " "), "%s %s", c.events, c.options)
	}
}

// words splits a command as a shell does, with no more than double quotes.
func words(line string) (out []string) {
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}

func TestSetChassis(t *testing.T) {
	top := &topology.Topology{}
	for _, line := range strings.Split(strings.TrimSpace(twoGateways), "\n") {
		require.NoError(t, nbctl.Run(top, words(line), io.Discard), line)
	}
	d := &diary{}
	s := sim.New(northd.Compile(top, northd.Options{}), sim.Options{Observer: d, Quiet: true})
	assert.EqualError(t, s.SetChassis("gw9", false), `no chassis "gw9" (there are gw1, gw2, gw3, hv1)`)
	require.NoError(t, s.SetChassis("hv1", false))
	names, up := s.Chassis()
	assert.Equal(t, "[gw1 gw2 gw3 hv1] [true true true false]", fmt.Sprint(names, up))
	require.NoError(t, s.Inject("a", gratuitous(packet.MAC{2, 0, 0, 0, 1, 1}, "10.0.1.1")))
	s.Run(time.Minute)
	assert.Empty(t, d.lines, "from a chassis that is down")
}
