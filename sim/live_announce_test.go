package sim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/internal/wirerec"
	"ovnsim/sim"
)

// nobody is a machine that is only there.
type nobody struct{}

func (nobody) Receive([]byte) {}

func (n *timed) plug(t *testing.T, machines []*wirerec.Machine) {
	t.Helper()
	for _, m := range machines {
		require.NoError(t, n.Attach(m.Port, nobody{}))
	}
}

// Who is announced, to whom, and when: as the real OVN did it. An address that comes later begins its own series.
func TestAnnouncementsAsRecorded(t *testing.T) {
	n, s, r := playTimed(t, "announce", sim.Options{})
	n.plug(t, s.Machines)
	const (
		before = 191 * time.Millisecond // between the first port that was plugged in and the recording
		change = 20053*time.Millisecond + before
	)
	n.Run(change)
	i := slices.IndexFunc(s.Steps, func(st wirerec.Step) bool { return len(st.Northd) > 0 })
	n.nbctl(t, s.Steps[i].Northd...)
	n.Run(45 * time.Second)
	for i := range n.lines {
		n.lines[i].at -= before
	}
	compareTimes(t, received(r, time.Hour), n.lines, 100*time.Millisecond)
}

// Announcements go with what they announce, and end unless somebody asks for more.
func TestAnnouncements(t *testing.T) {
	for _, c := range []struct {
		title string
		do    func(*timed)
		want  string // seconds of the announcements of 172.30.0.11 at the physical network, for two minutes
	}{
		{"five", func(*timed) {}, "1s 2s 4s 8s 16s"},
		{"for ever", func(n *timed) { n.AnnounceFor(30 * time.Second) }, "4s 5s 7s 11s 19s 35s 1m5s 1m35s"},
		{"at most four seconds apart, until it is enough", func(n *timed) { n.AnnounceFor(4 * time.Second); n.Run(20 * time.Second); n.AnnounceFor(0) },
			"4s 5s 7s 11s 15s 19s 21s 22s 24s 28s 36s"},
		{"not any more", func(n *timed) { n.nbctl(t, "lr-nat-del", "lr0", "dnat_and_snat", "172.30.0.11") }, ""},
		{"not this port", func(n *timed) { n.nbctl(t, "remove", "logical_switch_port", "out-lr0", "options", "nat-addresses") }, ""},
		{"not this router", func(n *timed) { n.nbctl(t, "set", "logical_router", "lr0", "options:disable_garp_rarp=true") }, ""},
		{"by another MAC", func(n *timed) { n.nbctl(t, "set", "logical_router_port", "lr0-out", `mac="02:00:00:00:aa:ee"`) }, "4s 5s 7s 11s 19s"},
	} {
		n, s, _ := playTimed(t, "announce", sim.Options{})
		n.plug(t, s.Machines)
		if c.title != "five" {
			n.Run(3 * time.Second)
			n.lines = nil
			c.do(n)
		}
		n.Run(2 * time.Minute)
		var got []string
		for _, e := range n.lines {
			if e.port == "ln" && strings.HasPrefix(e.frame[28:], "\xac\x1e\x00\x0b") {
				got = append(got, e.at.Truncate(time.Second).String())
			}
		}
		assert.Equal(t, c.want, strings.Join(got, " "), c.title)
	}
}

// Routers on the switch know at once who is announced there.
func TestAnnouncementsAreHeard(t *testing.T) {
	n, s, _ := playTimed(t, "announce", sim.Options{})
	n.plug(t, s.Machines)
	n.Run(time.Second)
	var got []string
	macs, _ := n.Learned()
	for _, m := range macs {
		got = append(got, m.LogicalPort+" "+m.IP+" "+m.MAC)
	}
	assert.Equal(t, []string{ // the MAC_Binding rows of the recorded network
		"gr-out 172.30.0.11 02:00:00:00:aa:fe", "gr-out 172.30.0.12 02:00:00:00:aa:12", "gr-out 172.30.0.21 02:00:00:00:aa:21",
		"gr-out 172.30.0.250 02:00:00:00:aa:fe", "gr-out 172.30.0.254 02:00:00:00:aa:fe", "gr-out 172.30.0.80 02:00:00:00:aa:fe",
		"lr0-out 172.30.0.21 02:00:00:00:aa:21", "lr0-out 172.30.0.253 02:00:00:00:aa:fd",
	}, got)
}
