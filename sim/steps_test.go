package sim_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ovnsim/internal/cluster"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// steps are what TestStepByStep may do next; # is one of a few numbers, ~ a blank within a word.
var steps = []string{
	`--may-exist lsp-add node1 new# -- lsp-set-addresses new# 0a:58:02:01:01:0#~10.128.1.10#`,
	`--if-exists lsp-del new#`,
	`--may-exist lsp-add node0 pod-0-# -- lsp-set-addresses pod-0-# 0a:58:02:00:00:0#~10.128.0.#`,
	`--if-exists lsp-del pod-0-#`,
	`set logical_switch_port pod-1-1 options:requested-chassis=ch#`,
	`set logical_switch_port pod-1-1 port_security="0a:58:02:00:01:0#"`,
	`remove logical_switch_port pod-1-1 port_security "0a:58:02:00:01:0#"`,
	`--may-exist lb-add extra# 10.97.0.#:80 10.128.1.2:8080,10.128.2.3:8080 -- --may-exist ls-lb-add node0 extra# -- --may-exist lr-lb-add GR1 extra#`,
	`--may-exist lb-add extra# 10.97.0.#:80 10.128.0.2:8080 -- --may-exist ls-lb-add node0 extra#`,
	`--if-exists lb-del extra#`,
	`set load_balancer svc# vips:"10.96.0.#:80"="10.128.0.#:8080"`,
	`--may-exist acl-add node1 to-lport 110# ip4.src==$few&&tcp.dst==80 drop`,
	`acl-del node1`,
	`--may-exist --type=port-group acl-add allpods to-lport 210# outport==@allpods&&ip4.src=={$few,10.128.#.3} drop`,
	`--may-exist --type=port-group acl-add allpods from-lport 210# inport==@some&&udp drop`,
	`--type=port-group acl-del allpods`,
	`pg-del some`,
	`pg-add some pod-0-1 pod-1-1`,
	`pg-set-ports some pod-0-1 pod-1-# pod-0-#`,
	`--if-exists destroy address_set few`,
	`--id=@s create address_set name=few addresses="10.128.0.4,10.128.#.0/28"`,
	`set address_set few addresses="10.128.1.#"`,
	`--may-exist ls-add a#`,
	`--if-exists ls-del a#`,
	`--may-exist lr-route-add cluster 10.128.#.2/32 100.64.1.2`,
	`--if-exists lr-route-del cluster 10.128.#.2/32`,
	`--may-exist lr-nat-add cluster dnat 172.18.1.9 10.128.1.#`,
	`--if-exists lr-nat-del cluster dnat 172.18.1.9`,
}

// TestStepByStep changes a network again and again. After each step it does what a network does that begins as this one is now:
// traces are the same, and so is what arrives of packets through several chassis.
func TestStepByStep(t *testing.T) {
	taken := make([]int, len(steps))
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 3))
			top := cluster.New(3, 3, 40, 30)
			var e *sim.Engine
			var s *sim.Sim
			got, done := &diary{}, ""
			for n := range 40 {
				if n > 0 {
					var step int
					top, step, done = changeAtRandom(random, top)
					taken[step]++
				}
				sb := northd.Compile(top, northd.Options{})
				e = e.Next(sb)
				if s == nil {
					s = sim.New(sb, sim.Options{Quiet: true, Observer: got})
				} else {
					s.Update(sb)
				}
				want := &diary{}
				fresh := sim.New(sb, sim.Options{Quiet: true, Observer: want})
				for range 12 {
					port, frame := packetAtRandom(random, n)
					if s.Inject(port, frame) == nil {
						require.NoError(t, fresh.Inject(port, frame))
					}
					s.Run(s.Now() + time.Second)
					fresh.Run(fresh.Now() + time.Second)
					require.Equal(t, want.frames(), got.frames(), "after %s: what %s sends", done, port)
				}
				compareTraces(t, random, sb, e, done)
			}
		})
	}
	for i, n := range taken {
		require.NotZero(t, n, "%s was never done", steps[i])
	}
}

func (d *diary) frames() (out []string) {
	for _, l := range d.lines {
		out = append(out, fmt.Sprintf("%s %x", l.port, l.frame))
	}
	d.lines = nil
	return out
}

// changeAtRandom does one of the steps. Those that cannot be done now change nothing.
func changeAtRandom(random *rand.Rand, top *topology.Topology) (after *topology.Topology, step int, words string) {
	for {
		step, words = random.IntN(len(steps)), ""
		for _, word := range strings.Fields(strings.ReplaceAll(steps[step], "#", fmt.Sprint(1+random.IntN(4)))) {
			words += strings.ReplaceAll(word, "~", " ") + "\n"
		}
		after = top.Copy()
		if err := nbctl.Run(after, strings.Split(strings.TrimSuffix(words, "\n"), "\n"), io.Discard); err == nil {
			return after, step, words
		}
	}
}

// packetAtRandom is the beginning of a connection from a pod to a pod or a service, by ports that were not used before.
func packetAtRandom(random *rand.Rand, n int) (port string, frame []byte) {
	node, pod := random.IntN(2), random.IntN(3)
	src := netip.AddrFrom4([4]byte{10, 128, byte(node), byte(pod + 2)})
	dst := [...]netip.Addr{
		netip.AddrFrom4([4]byte{10, 96, 0, byte(random.IntN(4))}), netip.AddrFrom4([4]byte{10, 97, 0, byte(random.IntN(5))}),
		netip.AddrFrom4([4]byte{10, 128, byte(random.IntN(3)), byte(random.IntN(6))}), netip.AddrFrom4([4]byte{172, 18, 1, 9}),
	}[random.IntN(4)]
	from := uint16(1024 + n*1000 + random.IntN(1000))
	e := packet.Ether{Src: packet.MACOf(0x0a5802000002 + uint64(node)<<8 + uint64(pod)), Dst: packet.MACOf(0x0a5801000001 + uint64(node)<<8)}
	ip := packet.IP{Src: src, Dst: dst, TTL: 64}
	if random.IntN(3) == 0 {
		return fmt.Sprintf("pod-%d-%d", node, pod), packet.Build(e, ip, packet.UDP{Src: from, Dst: 80, Payload: []byte("hello")})
	}
	return fmt.Sprintf("pod-%d-%d", node, pod), packet.Build(e, ip, packet.TCP{Src: from, Dst: 80, Flags: packet.SYN, Window: 1000})
}

// compareTraces traces microflows by an engine and by one that has never seen another version.
func compareTraces(t *testing.T, random *rand.Rand, sb *pipeline.Southbound, e *sim.Engine, done string) {
	fresh := sim.NewEngine(sb)
	for range 8 {
		port, frame := packetAtRandom(random, 1)
		var p packet.Packet
		require.NoError(t, p.Decode(frame))
		flow := fmt.Sprintf("inport == %q && eth.src == 0a:58:02:00:00:02 && eth.dst == 0a:58:01:00:00:01 && ip4.src == %s && ip4.dst == %s && ip.ttl == 64 && tcp.dst == 80",
			port, p.Src(), p.Dst())
		want, got := traceOf(fresh, sb, flow), traceOf(e, sb, flow)
		require.Equal(t, want, got, "after %s: %s", done, flow)
	}
	require.Equal(t, fresh.Warnings, e.Warnings, done)
}

func traceOf(e *sim.Engine, sb *pipeline.Southbound, flow string) string {
	dp, key, err := e.Microflow(nil, flow)
	if err != nil {
		return err.Error()
	}
	var events trace.List
	var out strings.Builder
	err = e.Trace(dp, &key, sim.Shortcuts{}, &events)
	_ = trace.Forms{Detailed: true}.Write(&out, events.Events, trace.NewNames(sb, true))
	return fmt.Sprint(out.String(), err)
}
