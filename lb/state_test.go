package lb

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestAffinity(t *testing.T) {
	var a Affinity
	key := AffinityKey{Datapath: 3, Client: netip.MustParseAddr("10.0.0.1"), VIP: Endpoint{netip.MustParseAddr("10.0.0.9"), 80}, Proto: TCP}
	backend := Endpoint{netip.MustParseAddr("10.0.1.1"), 80}
	a.Learn(key, backend, 10*time.Second, 0)
	for _, row := range []struct {
		at   time.Duration
		want bool
	}{{9 * time.Second, true}, {18 * time.Second, true}, {28 * time.Second, false}, {28 * time.Second, false}} {
		_, ok := a.Lookup(key, row.at)
		assert.Equal(t, row.want, ok, "at %v", row.at)
	}
	assert.Zero(t, a.Len())
	a.Learn(key, backend, time.Second, 0)
	other := key
	other.Client = netip.MustParseAddr("10.0.0.2")
	_, ok := a.Lookup(other, 0)
	assert.False(t, ok, "another client sticks to nothing")
	a.Forget(backend)
	assert.Zero(t, a.Len())
	a.Learn(key, backend, 0, 0)
	assert.Zero(t, a.Len(), "no timeout, no affinity")
}

func TestMonitor(t *testing.T) {
	probe := ParseProbe(map[string]string{"failure_count": "2", "success_count": "x"})
	assert.Equal(t, Probe{5 * time.Second, 3 * time.Second, 1, 2}, probe)
	var m Monitor
	for i, row := range []struct {
		answered bool
		want     Health
		changed  bool
	}{{true, Online, true}, {false, Online, false}, {false, Offline, true}, {false, Offline, false}, {true, Online, true}} {
		assert.Equal(t, row.changed, m.Heard(probe, row.answered), "probe %d", i)
		assert.Equal(t, row.want, m.Status, "probe %d", i)
	}
}

func TestParseMapping(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"sw0-p1:10.0.0.2", ""},
		{"sw0-p1:10.0.0.2:az1", ""},
		{"sw0-p1:[2002::1]", ""},
		{"sw0-p1:[2002::1]:az1", ""},
		{"sw0-p1", ""},
		{"sw0-p1:x", `port mapping "sw0-p1:x": "x" is no IP address`},
		{":10.0.0.1", `port mapping ":10.0.0.1": no logical port`},
		{"p:[2002::1", `port mapping "p:[2002::1": want PORT:[IPv6] or PORT:[IPv6]:ZONE`},
	} {
		m, err := ParseMapping(row.text)
		if err != nil {
			assert.Equal(t, row.want, err.Error())
			continue
		}
		assert.Equal(t, row.text, m.String())
	}
}

func TestServing(t *testing.T) {
	all := []Endpoint{{netip.MustParseAddr("10.0.0.1"), 80}, {netip.MustParseAddr("10.0.0.2"), 80}, {netip.MustParseAddr("10.0.0.3"), 80}}
	health := map[Endpoint]Health{all[0]: Online, all[1]: Offline}
	assert.Equal(t, []Endpoint{all[0], all[2]}, Serving(all, func(e Endpoint) Health { return health[e] }))
	assert.False(t, Failed.Serves())
}
