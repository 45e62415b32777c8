package sim_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/internal/wirerec"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/sim/packet"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// backend answers a SYN with what flags says, and asks for the prober's MAC by no ARP: it sends where the SYN came from.
type backend struct {
	net   *sim.Sim
	port  string
	flags uint16 // 0: silent
	syns  int
}

func (b *backend) Receive(frame []byte) {
	p, err := packet.Decode(frame)
	if err != nil {
		return
	}
	t, ok := p.TCP()
	if !ok || t.Flags != packet.SYN {
		return
	}
	b.syns++
	if b.flags == 0 {
		return
	}
	_ = b.net.Inject(b.port, packet.Build(
		packet.Ether{Src: packet.MACOf(packet.EthDst.Get64(&p.Key)), Dst: packet.MACOf(packet.EthSrc.Get64(&p.Key))},
		packet.IP{Src: p.Dst(), Dst: p.Src(), TTL: 64}, packet.TCP{Src: t.Dst, Dst: t.Src, Seq: 1, Ack: t.Seq + 1, Flags: b.flags}))
}

// A backend that accepts is online; one that refuses, or is silent until the timeout, is not, and comes back when it answers.
func TestHealthChecks(t *testing.T) {
	s, err := wirerec.ReadScenario("testdata/wire/health/scenario")
	require.NoError(t, err)
	top := &topology.Topology{}
	top.NBGlobal = append(top.NBGlobal, &topology.NBGlobal{Options: map[string]string{"svc_monitor_mac": "0a:00:00:00:00:01"}})
	for _, args := range s.Northd {
		require.NoError(t, nbctl.Run(top, args, io.Discard))
	}
	compile := func(before *pipeline.Southbound) *pipeline.Southbound {
		return northd.Compile(top, northd.Options{Southbound: before})
	}
	net := sim.New(compile(nil), sim.Options{Northd: compile})
	accepts := &backend{net, "a1", packet.SYN | packet.ACK, 0}
	refuses := &backend{net, "a2", packet.RST | packet.ACK, 0}
	silent := &backend{net, "a3", 0, 0}
	for _, b := range []*backend{accepts, refuses, silent} {
		require.NoError(t, net.Attach(b.port, b))
	}
	net.Run(1500 * time.Millisecond)
	assert.Equal(t, "10.1.0.11 online, 10.1.0.12 offline, 10.1.0.13 offline, ", statuses(net))
	silent.flags = packet.SYN | packet.ACK
	net.Run(4500 * time.Millisecond) // probes come every other second
	assert.Equal(t, "10.1.0.11 online, 10.1.0.12 offline, 10.1.0.13 online, ", statuses(net))
	assert.Equal(t, 3, accepts.syns)
}

func statuses(net *sim.Sim) (s string) {
	for _, row := range net.Southbound().ServiceMonitors {
		s += fmt.Sprint(row.IP, " ", row.Status, ", ")
	}
	return s
}
