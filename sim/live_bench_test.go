package sim_test

import (
	"fmt"
	"io"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"ovnsim/internal/wirerec"
	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// BenchmarkHTTP sends one HTTP flow's frames through four datapaths with a balancer on the gateway router, untraced: about
// 12 packets that are balanced, translated and routed, from SYN to the last ACK. With more services on the same router the
// time may not grow.
func BenchmarkHTTP(b *testing.B) {
	for _, services := range []int{1, 1000, 100_000} {
		b.Run(fmt.Sprint(services, "-services"), func(b *testing.B) { benchmarkHTTP(b, services) })
	}
}

func benchmarkHTTP(b *testing.B, services int) {
	s, err := wirerec.ReadScenario("testdata/wire/gateway-http/scenario")
	require.NoError(b, err)
	r, err := wirerec.Read("testdata/wire/gateway-http/frames")
	require.NoError(b, err)
	top := &topology.Topology{}
	for _, args := range s.Northd {
		require.NoError(b, nbctl.Run(top, args, io.Discard))
	}
	web := top.LoadBalancer[0]
	for i := range services - 1 {
		web.VIPs[fmt.Sprintf("10.%d.%d.%d:80", 200+i>>16, i>>8&255, i&255)] = "10.1.0.11:80,10.1.0.12:80"
	}
	net := sim.New(northd.Compile(top, northd.Options{}), sim.Options{})
	play := func() {
		began := net.Now()
		for _, f := range r.Frames {
			if f.Sent {
				net.Run(began + f.At)
				if err := net.Inject(f.Port, f.Data); err != nil {
					b.Fatal(err)
				}
			}
		}
		net.Run(net.Now() + 300e9) // the connection ends before it begins again
	}
	play()
	b.ReportAllocs()
	began, flows := cpuTime(b), 0
	for b.Loop() {
		play()
		flows++
	}
	// On a busy machine the time that passes says little.
	b.ReportMetric(float64(cpuTime(b)-began)/float64(flows), "cpu-ns/op")
}

// cpuTime is what this process has used of processors' time, in nanoseconds.
func cpuTime(b *testing.B) int64 {
	var use syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &use))
	return use.Utime.Nano() + use.Stime.Nano()
}
