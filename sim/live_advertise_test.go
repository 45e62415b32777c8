package sim_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"ovnsim/sim"
)

// What routers say of themselves, to whom, and how far apart.
func TestAdvertisementsAsRecorded(t *testing.T) {
	n, s, r := playTimed(t, "advertise", sim.Options{Seed: 7})
	n.plug(t, s.Machines)
	n.Run(30 * time.Second)
	n.lines = slices.DeleteFunc(n.lines, func(e entry) bool { return e.port == "ln2" }) // where the recording has no machine
	want, got := byFrame(received(r, time.Hour)), byFrame(n.lines)
	assert.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
	for k, times := range got {
		port := strings.Fields(k)[1]
		between, advertises := map[string][2]time.Duration{"a1": {3, 5}, "a2": {3, 5}, "b1": {3, 4}, "ln": {3, 6}}[port]
		if !advertises || !strings.Contains(k, "icmp6") {
			continue
		}
		for i, at := range append(times, 30*time.Second) {
			pause := at - append([]time.Duration{0}, times...)[i]
			assert.LessOrEqual(t, pause, between[1]*time.Second, k)
			assert.True(t, pause >= between[0]*time.Second || i == len(times), k)
		}
	}
}

// Advertisements are the seed's, begin anew when their bounds change, and end with their option.
func TestAdvertisements(t *testing.T) {
	for _, c := range []struct {
		title string
		seed  uint64
		set   []string
		want  string // seconds at which a1 receives one, in 20
	}{
		{"as drawn", 1, nil, "4.232s 7.7s 11.598s 15.921s 19.163s"},
		{"another seed", 2, nil, "4.984s 9.715s 13.837s 17.957s"},
		{"three to four seconds, from the first second on", 1,
			[]string{"set", "logical_router_port", "lr0-sw0", "ipv6_ra_configs:max_interval=4"}, "4.796s 7.837s 10.969s 14.413s 17.809s"},
		{"another MTU, the same moments", 1, []string{"set", "logical_router_port", "lr0-sw0", "ipv6_ra_configs:mtu=1300"}, "4.232s 7.7s 11.598s 15.921s 19.163s"},
		{"no more", 1, []string{"remove", "logical_router_port", "lr0-sw0", "ipv6_ra_configs", "send_periodic"}, ""},
	} {
		n, _, _ := playTimed(t, "advertise", sim.Options{Seed: c.seed})
		if c.set != nil {
			n.Run(time.Second)
			n.nbctl(t, c.set...)
		}
		n.Run(20 * time.Second)
		var got []string
		for _, e := range n.lines {
			if e.port == "a1" {
				got = append(got, e.at.String())
			}
		}
		assert.Equal(t, c.want, strings.Join(got, " "), c.title)
	}
}
