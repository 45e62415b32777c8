package host

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/sim/packet"
	"ovnsim/sim/pcap"
)

// TestGet is a whole request on the wire.
func TestGet(t *testing.T) {
	w := newWorld(t)
	a := w.add("a", "10.0.0.1/24", nil)
	w.add("b", "10.0.0.2/24", serving(8000, "i am b\n"))
	var done *Fetch
	f := a.Get(0, Request{URL: "http://10.0.0.2:8000", Timeout: 2 * time.Second, Done: func(f *Fetch) { done = f }})
	w.run(10 * time.Second)
	assert.Same(t, f, done)
	assert.Equal(t, "i am b", f.String())
	assert.Equal(t, 200, f.Status)
	assert.Equal(t, Answered, f.Stop)
	assert.Equal(t, []string{
		"0s a arp who-has 10.0.0.2 tell 10.0.0.1",
		"0s b arp 10.0.0.2 is-at 02:00:00:00:00:02",
	}, w.log[:2])
	flags := ""
	for _, line := range w.log[2:] {
		f := strings.Fields(line)
		flags += f[1] + ":" + f[8] + ":" + f[len(f)-1] + " "
	}
	assert.Equal(t, "a:S:0 b:S.:0 a:.:0 a:P.:77 b:.:0 b:P.:184 b:FP.:7 a:.:0 a:F.:0 b:.:0 ", flags)
	assert.Empty(t, a.conns)
	w.run(2 * time.Minute)
	assert.Empty(t, w.hosts[1].conns, "TIME-WAIT is over")
}

// outcome runs one request from a machine a at 10.0.0.1/24 with a default route by 10.0.0.254.
func TestOutcomes(t *testing.T) {
	drop := func(what string) func(w *world) {
		return func(w *world) {
			w.lose = func(from string, p *packet.Packet) bool { return strings.Contains(from+" "+p.String(), what) }
		}
	}
	for _, row := range []struct {
		name, url string
		change    func(w *world)
		want      string
		exit      int
		after     time.Duration
	}{
		{"served", "10.0.0.2:8000", nil, "i am b", 0, 0},
		{"IPv6", "http://[fd00::2]:8000/", nil, "i am b", 0, 0},
		{"by itself", "10.0.0.1:8000", nil, "i am a", 0, 0},
		{"closed port", "10.0.0.2:81", nil, "curl 7: refused: a RST answered the SYN", 7, 0},
		{"own closed port", "10.0.0.1:81", nil, "curl 7: refused: a RST answered the SYN", 7, 0},
		{"server stopped", "10.0.0.2:8000", func(w *world) { w.hosts[1].Stop(8000) }, "curl 7: refused: a RST answered the SYN", 7, 0},
		{"no route", "192.168.1.1:80", nil, "curl 7: no route: a has no route to 192.168.1.1", 7, 0},
		{"nobody there", "10.0.0.9:80", nil, "curl 7: no neighbour", 7, 3 * time.Second},
		{"nobody there, less patience", "10.0.0.9:80", func(w *world) { w.n = 1000 }, "curl 28: no neighbour: nobody answered for 10.0.0.9", 28, time.Second},
		{"SYN lost", "10.0.0.2:8000", drop("tcp S "), "curl 28: no answer", 28, 5 * time.Second},
		{"answer lost", "10.0.0.2:8000", drop("b 02:00:00:00:00:02 > 02:00:00:00:00:01 ttl 64 10.0.0.2:8000 > 10.0.0.1"), "curl 28: no answer", 28, 5 * time.Second},
		{"page lost", "10.0.0.2:8000", drop(" P. "), "curl 28: no reply", 28, 5 * time.Second},
		{"not http", "ftp://10.0.0.2", nil, "curl 3: bad request: ftp://10.0.0.2: machines speak plain HTTP only", 3, 0},
		{"a name", "http://b:80", nil, `curl 3: bad request: http://b:80: "b" is no IP address; machines know no names`, 3, 0},
		{"a bad port", "http://10.0.0.2:0", nil, `curl 3: bad request: http://10.0.0.2:0: "0" is no port`, 3, 0},
	} {
		w := newWorld(t)
		a := w.add("a", "10.0.0.1/24 fd00::1/64", serving(8000, "i am a\n"))
		w.add("b", "10.0.0.2/24 fd00::2/64", serving(8000, "i am b\n"))
		patience := 5 * time.Second
		if row.change != nil {
			row.change(w)
		}
		if w.n == 1000 {
			patience = time.Second
		}
		f := a.Get(0, Request{URL: row.url, Timeout: patience})
		w.run(time.Minute)
		require.True(t, f.Done, row.name)
		assert.Equal(t, row.want, f.String(), row.name)
		assert.Equal(t, row.exit, f.Exit, row.name)
		assert.Equal(t, row.after, (f.Ended - f.Began).Round(100*time.Millisecond), row.name)
	}
}

// TestLosses: TCP gets through whatever single frame is lost.
func TestLosses(t *testing.T) {
	for lost := range 11 {
		w := newWorld(t)
		a := w.add("a", "10.0.0.1/24", nil)
		w.add("b", "10.0.0.2/24", serving(80, strings.Repeat("a long page ", 1000)))
		n := -1
		w.lose = func(_ string, p *packet.Packet) bool {
			if p.Is4() {
				n++
			}
			return p.Is4() && n == lost
		}
		f := a.Get(0, Request{URL: "10.0.0.2"})
		w.run(10 * time.Second)
		assert.Equal(t, 0, f.Exit, "frame %d: %s", lost, f.Stop)
		assert.Equal(t, 12000, len(f.Body), "frame %d", lost)
		assert.Less(t, f.Ended-f.Began, 1500*time.Millisecond, "frame %d", lost)
	}
}

func TestBackOff(t *testing.T) {
	w := newWorld(t)
	a := w.add("a", "10.0.0.1/24", nil)
	w.add("b", "10.0.0.2/24", serving(80, "x"))
	w.lose = func(_ string, p *packet.Packet) bool { return p.Is4() }
	a.Get(0, Request{URL: "10.0.0.2"})
	w.run(30 * time.Second)
	var at []string
	for _, line := range w.log {
		if strings.Contains(line, "tcp S ") {
			at = append(at, strings.Fields(line)[0])
		}
	}
	assert.Equal(t, "0s 1s 2s 3s 4s 5s 7s 11s 19s", strings.Join(at, " "), "7 in the first ten seconds, as recorded")
}

// TestNoWayBack: the answer never leaves a server without a route.
func TestNoWayBack(t *testing.T) {
	w := newWorld(t)
	b := w.add("b", "10.0.0.2/24", serving(80, "x"))
	syn := packet.Build(packet.Ether{Dst: b.MAC()}, packet.IP{Src: netip.MustParseAddr("192.168.0.1"), Dst: netip.MustParseAddr("10.0.0.2"), TTL: 9}, packet.TCP{Src: 9, Dst: 80, Flags: packet.SYN})
	b.Receive(0, syn)
	w.run(time.Minute)
	assert.Empty(t, w.log)
	assert.Equal(t, []string{"b: no route"}, w.lost)
}

func TestRoutes(t *testing.T) {
	w := newWorld(t)
	h := w.add("h", "10.0.0.1/24 172.16.0.1/16", nil)
	add := func(prefix, via string) error {
		r := Route{Prefix: netip.MustParsePrefix(prefix)}
		if via != "" {
			r.Via = netip.MustParseAddr(via)
		}
		return h.AddRoute(r)
	}
	for _, row := range []struct{ prefix, via, err string }{
		{"0.0.0.0/0", "10.0.0.254", ""},
		{"172.16.5.0/24", "10.0.0.253", ""},
		{"10.1.0.0/16", "", ""},
		{"10.2.0.0/16", "10.9.0.1", "host h: route 10.2.0.0/16 via 10.9.0.1: no connected subnet holds the gateway"},
		{"10.2.0.0/16", "10.0.0.1", "host h: route 10.2.0.0/16 via 10.0.0.1: the gateway is the machine itself"},
		{"fd00::/64", "10.0.0.9", "host h: route fd00::/64 via 10.0.0.9: the gateway is of another address family"},
	} {
		if err := add(row.prefix, row.via); row.err == "" {
			assert.NoError(t, err)
		} else {
			assert.EqualError(t, err, row.err)
		}
	}
	for _, row := range []struct{ dst, hop, src string }{
		{"10.0.0.9", "10.0.0.9", "10.0.0.1"},
		{"8.8.8.8", "10.0.0.254", "10.0.0.1"},
		{"172.16.5.5", "10.0.0.253", "10.0.0.1"},
		{"172.16.6.5", "172.16.6.5", "172.16.0.1"},
		{"10.1.1.1", "10.1.1.1", "10.0.0.1"},
		{"172.16.0.1", "172.16.0.1", "172.16.0.1"},
	} {
		hop, src, ok := h.way(netip.MustParseAddr(row.dst))
		assert.Equal(t, []any{row.hop, row.src, true}, []any{hop.String(), src.String(), ok}, row.dst)
	}
	var lines []string
	for _, r := range h.Routes() {
		lines = append(lines, r.String())
	}
	assert.Equal(t, "10.0.0.0/24 dev eth0, 172.16.0.0/16 dev eth0, default via 10.0.0.254, 172.16.5.0/24 via 10.0.0.253, 10.1.0.0/16 dev eth0", strings.Join(lines, ", "))
	assert.True(t, h.DeleteRoute(netip.MustParsePrefix("0.0.0.0/0")))
	assert.False(t, h.DeleteRoute(netip.MustParsePrefix("0.0.0.0/0")))
	_, _, ok := h.way(netip.MustParseAddr("8.8.8.8"))
	assert.False(t, ok)
}

func TestPing(t *testing.T) {
	for _, row := range []struct{ dst, want string }{
		{"10.0.0.2", "10.0.0.2: 3 sent, 3 received"},
		{"fd00::2", "fd00::2: 3 sent, 3 received"},
		{"10.0.0.1", "10.0.0.1: 3 sent, 3 received"},
		{"10.0.0.3", "10.0.0.3: 3 sent, 0 received: no neighbour (Destination Host Unreachable, Destination Host Unreachable, Destination Host Unreachable)"},
		{"192.168.0.1", "192.168.0.1: 1 sent, 0 received: no route (Network is unreachable)"},
	} {
		w := newWorld(t)
		a := w.add("a", "10.0.0.1/24 fd00::1/64", nil)
		w.add("b", "10.0.0.2/24 fd00::2/64", nil)
		p := a.Ping(0, Ping{Dst: netip.MustParseAddr(row.dst), Count: 3, Timeout: 2 * time.Second})
		w.run(time.Minute)
		assert.True(t, p.Done, row.dst)
		assert.Equal(t, row.want, p.String())
		assert.Empty(t, a.pings)
	}
}

// TestLongPing is sent and answered in fragments.
func TestLongPing(t *testing.T) {
	for _, dst := range []string{"10.0.0.2", "fd00::2"} {
		w := newWorld(t)
		a := w.add("a", "10.0.0.1/24 fd00::1/64", nil)
		w.add("b", "10.0.0.2/24 fd00::2/64", nil)
		p := a.Ping(0, Ping{Dst: netip.MustParseAddr(dst), Size: 3000})
		w.run(time.Minute)
		assert.Equal(t, 1, p.Received, "%s: %s", p, strings.Join(w.log, "\n"))
		assert.Equal(t, 6, strings.Count(strings.Join(w.log, "\n"), "fragment"))
	}
}

func TestUDP(t *testing.T) {
	w := newWorld(t)
	a := w.add("a", "10.0.0.1/24 fd00::1/64", nil)
	w.add("b", "10.0.0.2/24 fd00::2/64", func(c *Config) { c.UDP = map[uint16]string{53: "i am b: "} })
	for _, row := range []struct{ to, want string }{
		{"10.0.0.2:53", `10.0.0.2:53: "i am b: hello"`},
		{"[fd00::2]:53", `[fd00::2]:53: "i am b: hello"`},
		{"10.0.0.2:54", "10.0.0.2:54: refused (From 10.0.0.2: Destination Port Unreachable)"},
		{"[fd00::2]:54", "[fd00::2]:54: refused (From fd00::2: Destination unreachable: Port unreachable)"},
		{"10.0.0.3:53", "10.0.0.3:53: no neighbour"},
		{"9.9.9.9:53", "9.9.9.9:53: no route"},
	} {
		ask := a.Ask(w.now, Ask{To: netip.MustParseAddrPort(row.to), Payload: "hello"})
		w.run(w.now + 10*time.Second)
		assert.True(t, ask.Done, row.to)
		assert.Equal(t, row.want, ask.String())
	}
}

// TestTrouble: ICMP errors end what has not begun, and make segments smaller.
func TestTrouble(t *testing.T) {
	for _, row := range []struct {
		name string
		make func(about []byte) packet.ICMP
		want string
	}{
		{"host", func(b []byte) packet.ICMP { return packet.ICMP{Type: 3, Code: 1, Payload: b} }, "curl 7: unreachable: From 10.0.0.2: Destination Host Unreachable"},
		{"port", func(b []byte) packet.ICMP { return packet.ICMP{Type: 3, Code: 3, Payload: b} }, "curl 7: refused: From 10.0.0.2: Destination Port Unreachable"},
		{"filtered", func(b []byte) packet.ICMP { return packet.ICMP{Type: 3, Code: 13, Payload: b} }, "curl 7: unreachable: From 10.0.0.2: Packet filtered"},
		{"time exceeded", func(b []byte) packet.ICMP { return packet.ICMP{Type: 11, Payload: b} }, "under way"},
	} {
		w := newWorld(t)
		a := w.add("a", "10.0.0.1/24", nil)
		w.add("b", "10.0.0.2/24", nil)
		w.lose = func(from string, p *packet.Packet) bool { return p.Is4() }
		f := a.Get(0, Request{URL: "10.0.0.2:80"})
		w.run(10 * time.Millisecond)
		syn := w.frames["a"][1]
		a.Receive(w.now, packet.Build(packet.Ether{Dst: a.MAC()}, packet.IP{Src: netip.MustParseAddr("10.0.0.2"), Dst: netip.MustParseAddr("10.0.0.1"), TTL: 9}, row.make(syn[14:42])))
		assert.Equal(t, row.want, f.String(), row.name)
	}
}

// TestTooBig: path MTU discovery.
func TestTooBig(t *testing.T) {
	w := newWorld(t)
	a := w.add("a", "10.0.0.1/24", nil)
	b := w.add("b", "10.0.0.2/24", serving(80, strings.Repeat("x", 5000)))
	w.lose = func(from string, p *packet.Packet) bool {
		if p.IPLen() <= 1000 {
			return false
		}
		b.Receive(w.now, packet.Build(packet.Ether{Dst: b.MAC()}, packet.IP{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.2"), TTL: 9},
			packet.ICMP{Type: 3, Code: 4, Rest: 1000, Payload: p.Encode()[14:42]}))
		return true
	}
	f := a.Get(0, Request{URL: "10.0.0.2:80"})
	w.run(30 * time.Second)
	assert.Equal(t, 0, f.Exit, f)
	assert.Len(t, f.Body, 5000)
}

// TestNeighbours: learned by being asked, asked again when old, forgotten when silent.
func TestNeighbours(t *testing.T) {
	w := newWorld(t)
	a := w.add("a", "10.0.0.1/24", nil)
	b := w.add("b", "10.0.0.2/24", nil)
	ping := func() string {
		p := a.Ping(w.now, Ping{Dst: netip.MustParseAddr("10.0.0.2")})
		w.run(w.now + 10*time.Second)
		return p.String()
	}
	assert.Equal(t, "10.0.0.2: 1 sent, 1 received", ping())
	mac, ok := b.Neighbour(netip.MustParseAddr("10.0.0.1"))
	assert.True(t, ok)
	assert.Equal(t, a.MAC(), mac)
	count := func() int { return strings.Count(strings.Join(w.log, "\n"), "who-has") }
	before := count()
	assert.Equal(t, "10.0.0.2: 1 sent, 1 received", ping())
	w.run(w.now + time.Minute)
	assert.Equal(t, "10.0.0.2: 1 sent, 1 received", ping())
	assert.Greater(t, count(), before, "after a minute they ask again")
	w.lose = func(from string, _ *packet.Packet) bool { return from == "b" }
	w.run(w.now + time.Minute)
	ping()
	w.run(w.now + time.Minute)
	_, ok = a.Neighbour(netip.MustParseAddr("10.0.0.2"))
	assert.False(t, ok)
	w.lose = nil
	a.ForgetNeighbours()
	b.ForgetNeighbours()
	assert.Equal(t, "10.0.0.2: 1 sent, 1 received", ping())
}

func TestConfig(t *testing.T) {
	good := Config{Name: "x", MAC: packet.MAC{2}, Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}}
	for _, row := range []struct {
		change func(*Config)
		err    string
	}{
		{func(c *Config) { c.MAC = packet.MAC{1} }, "host x: 01:00:00:00:00:00 is no machine's MAC address"},
		{func(c *Config) { c.MTU = 10 }, "host x: an MTU of 10"},
		{func(c *Config) { c.Addresses = []netip.Prefix{{}} }, "host x: an address without its subnet"},
		{func(c *Config) { c.Routes = []Route{{}} }, "host x: a route to nowhere"},
	} {
		c := good
		row.change(&c)
		_, err := New(c, nil)
		assert.EqualError(t, err, row.err)
		assert.ErrorIs(t, err, ErrConfig)
	}
}

// TestFacts: what we send for a request is what a Linux machine sent for one, frame by frame, apart from what is drawn.
func TestFacts(t *testing.T) {
	dir := "../../../shared/facts/lab/none/vm3"
	for machine, ours := range map[string]string{"vm3": "a", "vm2": "b"} {
		c, err := pcap.Open(filepath.Join(dir, machine+"-sent.pcap"))
		if err != nil {
			t.Skip("no recordings")
		}
		w := newWorld(t)
		a := w.add("a", "172.16.255.194/16", nil)
		w.add("b", "172.16.255.131/16", serving(8000, "i am vm2\n"))
		a.Get(0, Request{URL: "http://172.16.255.131:8000"})
		w.run(time.Second)
		var want, got []string
		for _, f := range c.Frames {
			want = append(want, shape(t, f.Data)...)
		}
		for _, f := range w.frames[ours] {
			got = append(got, shape(t, f)...)
		}
		assert.Equal(t, want, got, machine)
	}
}

// shape is all of a TCP frame that is not drawn at random or counted.
func shape(t *testing.T, frame []byte) []string {
	p, err := packet.Decode(frame)
	require.NoError(t, err)
	seg, ok := p.TCP()
	if !ok {
		return nil
	}
	options := bytes.Clone(seg.Options)
	if i := bytes.Index(options, []byte{8, 10}); i >= 0 {
		clear(options[i+2 : i+10])
	}
	zero := "id"
	if binary.BigEndian.Uint16(frame[18:]) == 0 {
		zero = "id 0"
	}
	payload := string(seg.Payload)
	if i := strings.Index(payload, "Date: "); i >= 0 {
		payload = payload[:i]
	}
	return []string{strings.Join([]string{p.Src().String(), p.Dst().String(), packet.FlagNames(seg.Flags), string(rune('0' + frame[20]>>4)), zero,
		time.Duration(seg.Window).String(), string(options), payload}, "|")}
}

func BenchmarkGet(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		w := newWorld(b)
		w.quiet = true
		a := w.add("a", "10.0.0.1/24", nil)
		w.add("b", "10.0.0.2/24", serving(80, "i am b\n"))
		f := a.Get(0, Request{URL: "10.0.0.2"})
		w.run(time.Second)
		if f.Exit != 0 {
			b.Fatal(f)
		}
	}
}
