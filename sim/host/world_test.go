package host

import (
	"container/heap"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ovnsim/sim/packet"
)

// world is machines on one link, and their clock. Frames take a tenth of a millisecond.
type world struct {
	t        testing.TB
	now      time.Duration
	queue    happenings
	turns    int
	happened int
	hosts    []*Host
	log      []string            // "NAME frame"
	frames   map[string][][]byte // what each sent
	lose     func(from string, p *packet.Packet) bool
	lost     []string
	n        int
	quiet    bool // for benchmarks: no log, no checks
}

// plug is a machine's end of the link.
type plug struct {
	w    *world
	name string
	host *Host
}

type happening struct {
	at   time.Duration
	turn int
	do   func()
}

type happenings []happening

func (q happenings) Len() int { return len(q) }
func (q happenings) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].turn < q[j].turn
}
func (q happenings) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *happenings) Push(x any)   { *q = append(*q, x.(happening)) }
func (q *happenings) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

func (w *world) at(at time.Duration, do func()) {
	w.turns++
	heap.Push(&w.queue, happening{at, w.turns, do})
}

func (e *plug) WakeAt(at time.Duration) { e.w.at(at, func() { e.host.Wake(e.w.now) }) }

func (e *plug) Send(now time.Duration, frame []byte) {
	w := e.w
	if !w.quiet {
		w.note(e.name, now, frame)
	}
	if w.lose != nil {
		p, err := packet.Decode(frame)
		require.NoError(w.t, err)
		if w.lose(e.name, p) {
			return
		}
	}
	for _, h := range w.hosts {
		if h != e.host {
			w.at(now+100*time.Microsecond, func() { h.Receive(w.now, frame) })
		}
	}
}

// note checks a frame and puts it into the log.
func (w *world) note(name string, now time.Duration, frame []byte) {
	require.Equal(w.t, w.now, now)
	p, err := packet.Decode(frame)
	require.NoError(w.t, err)
	require.Empty(w.t, p.ChecksumError(), p)
	_, line, _ := strings.Cut(p.String(), "> ")
	_, line, _ = strings.Cut(line, " ")
	w.log = append(w.log, fmt.Sprintf("%v %s %s", now.Round(time.Millisecond), name, line))
	w.frames[name] = append(w.frames[name], frame)
}

func newWorld(t testing.TB) *world { return &world{t: t, frames: map[string][][]byte{}} }

// add makes a machine with the addresses.
func (w *world) add(name, addresses string, change func(*Config)) *Host {
	w.n++
	c := Config{Name: name, MAC: packet.MAC{2, 0, 0, 0, 0, byte(w.n)}, Seed: 1}
	for _, a := range strings.Fields(addresses) {
		c.Addresses = append(c.Addresses, netip.MustParsePrefix(a))
	}
	c.Lost = func(now time.Duration, l Lost) { w.lost = append(w.lost, fmt.Sprintf("%s: %s", name, l.Why)) }
	if change != nil {
		change(&c)
	}
	e := &plug{w: w, name: name}
	h, err := New(c, e)
	require.NoError(w.t, err)
	e.host = h
	w.hosts = append(w.hosts, h)
	return h
}

// run lets everything happen until the time, or until nothing is left to happen.
func (w *world) run(until time.Duration) {
	for len(w.queue) > 0 && w.queue[0].at <= until {
		x := heap.Pop(&w.queue).(happening)
		w.now = x.at
		x.do()
		if w.happened++; w.happened > 5000 {
			w.t.Fatalf("they talk for ever:\n%s", strings.Join(w.log[len(w.log)-20:], "\n"))
		}
	}
	w.now = until
}

func serving(port uint16, body string) func(*Config) {
	return func(c *Config) { c.HTTP = map[uint16]string{port: body} }
}
