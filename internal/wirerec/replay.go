package wirerec

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"ovnsim/internal/captured"
	"ovnsim/pipeline"
	"ovnsim/sim"
	"ovnsim/sim/packet"
	"ovnsim/sim/pcap"
)

// Difference is a frame that arrived more often than recorded, or less often.
type Difference struct {
	Count int // how much more often
	Port  string
	Frame []byte
	At    time.Duration // when it arrived first, in the recording if it is there
}

func (d Difference) String() string {
	text := fmt.Sprintf("%x", d.Frame)
	if p, err := packet.Decode(d.Frame); err == nil {
		text = p.String()
	}
	return fmt.Sprintf("%+d at %s to %s %s", d.Count, d.At, d.Port, text)
}

// Replay sends what was sent into a simulation of the network, and answers with what arrived otherwise than recorded, in the
// order of time, and with how many frames were recorded. The options may have a tracer of their own.
func (r *Recording) Replay(s *Scenario, sb *pipeline.Southbound, o sim.Options) (differences []Difference, recorded int, err error) {
	got, want := &tally{outer: o.Observer, sent: r.announced()}, &tally{sent: r.announced()}
	got.ports = map[string]bool{}
	for _, m := range s.Machines {
		got.ports[m.Port] = true
	}
	seen := captured.New(r.capture(true), r.capture(false), 0)
	o.Observer, o.Captured, o.Chosen, o.Asked = got, true, seen.Chosen, seen.Asked
	net := sim.New(sb, o)
	for _, f := range r.Frames {
		if !f.Sent {
			if !neighbours(s, f) {
				want.note(f.At, f.Port, f.Data)
			}
			continue
		}
		net.Run(f.At)
		if err := net.Inject(f.Port, f.Data); err != nil && !errors.Is(err, sim.ErrLoop) {
			return nil, 0, err
		}
	}
	net.Run(net.Now() + time.Second)
	return slices.DeleteFunc(want.compare(got), r.flooded(s)), want.total(), nil
}

// flooded tells a difference that is chance: up to 50 ms, drawn by lot, pass before the controller writes an address that it
// learned on a switch, and until then frames for it go everywhere.
func (r *Recording) flooded(s *Scenario) func(Difference) bool {
	first, at := map[string]time.Duration{}, map[string]string{}
	for _, f := range r.Frames {
		if src := string(f.Data[6:12]); f.Sent && first[src] == 0 {
			first[src] = f.At
		}
	}
	for _, m := range s.Machines {
		at[m.Port] += string(m.MAC[:])
	}
	return func(d Difference) bool {
		dst := string(d.Frame[:6])
		since, known := first[dst]
		return known && at[d.Port] != dst && since <= d.At && d.At < since+slowestFDB
	}
}

// slowestFDB is that, with what a busy controller takes.
const slowestFDB = 80 * time.Millisecond

func (r *Recording) capture(sent bool) *pcap.Capture {
	c := &pcap.Capture{Interfaces: []string{""}}
	for _, f := range r.Frames {
		if f.Sent == sent {
			c.Frames = append(c.Frames, pcap.Frame{At: f.At, Data: f.Data})
		}
	}
	return c
}

// announced is the gratuitous ARPs that machines sent.
func (r *Recording) announced() map[string]bool {
	list := map[string]bool{}
	for _, f := range r.Frames {
		if f.Sent && announces(f.Data) {
			list[string(f.Data[6:42])] = true
		}
	}
	return list
}

// announces tells gratuitous ARPs and RARPs. The controller sends such at times of its own.
func announces(frame []byte) bool {
	p, err := packet.Decode(frame)
	if err != nil || len(frame) < 42 {
		return false
	}
	kind := packet.EthType.Get64(&p.Key)
	return kind == packet.TypeRARP || kind == packet.TypeARP && packet.ARPOp.Get64(&p.Key) == 1 && packet.ARPSPA.Get64(&p.Key) == packet.ARPTPA.Get64(&p.Key)
}

// neighbours tells frames that a machine beyond a localnet port had from another one there: they never met OVN.
func neighbours(s *Scenario, f Frame) bool {
	return slices.ContainsFunc(s.Machines, func(m *Machine) bool {
		return m.Physical && m.Port == f.Port && bytes.Equal(m.MAC[:], f.Data[6:12])
	})
}

// tally counts frames by port and bytes.
type tally struct {
	outer  sim.Observer
	ports  map[string]bool // that machines are on; nil counts all
	sent   map[string]bool // announcements by machines: others do not count
	counts map[arrival]int
	first  map[arrival]time.Duration
}

type arrival struct{ port, frame string }

func (t *tally) Injected(at time.Duration, port string, p *packet.Packet) sim.Tracer {
	if t.outer == nil {
		return nil
	}
	return t.outer.Injected(at, port, p)
}

func (t *tally) Delivered(at time.Duration, port string, frame []byte) {
	if t.outer != nil {
		t.outer.Delivered(at, port, frame)
	}
	if t.ports[port] {
		t.note(at, port, frame)
	}
}

// note counts a frame. How often questions for neighbours, and those about groups, are repeated is a matter of timing.
func (t *tally) note(at time.Duration, port string, frame []byte) {
	if t.counts == nil {
		t.counts, t.first = map[arrival]int{}, map[arrival]time.Duration{}
	}
	if announces(frame) && !t.sent[string(frame[6:42])] {
		return
	}
	arp, question := repeated(frame)
	if arp {
		frame = frame[:min(len(frame), 42)]
	}
	k := arrival{port, string(frame)}
	if t.counts[k] == 0 {
		t.first[k] = at
	}
	if t.counts[k] == 0 || !arp && !question {
		t.counts[k]++
	}
}

// repeated tells ARP, and the messages of neighbour discovery, IGMP and MLD.
func repeated(frame []byte) (arp, question bool) {
	if len(frame) < 24 {
		return false, false
	}
	switch kind := uint16(frame[12])<<8 | uint16(frame[13]); kind {
	case packet.TypeARP:
		return true, false
	case packet.TypeIPv4:
		return false, frame[23] == packet.ProtoIGMP
	case packet.TypeIPv6:
		return false, len(frame) > 54 && (frame[20] == packet.ProtoICMPv6 && frame[54] >= 133 && frame[54] <= 136 || frame[20] == 0 && frame[54] == packet.ProtoICMPv6)
	}
	return false, false
}

func (t *tally) total() (n int) {
	for _, c := range t.counts {
		n += c
	}
	return n
}

// compare answers with what another tally has otherwise.
func (t *tally) compare(other *tally) (list []Difference) {
	add := func(k arrival, n int, at time.Duration) {
		if n != 0 {
			list = append(list, Difference{n, k.port, []byte(k.frame), at})
		}
	}
	for k, n := range t.counts {
		add(k, other.counts[k]-n, t.first[k])
	}
	for k, n := range other.counts {
		if t.counts[k] == 0 {
			add(k, n, other.first[k])
		}
	}
	slices.SortFunc(list, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Port, b.Port), bytes.Compare(a.Frame, b.Frame))
	})
	return list
}
