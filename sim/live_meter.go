package sim

import (
	"slices"
	"time"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/sim/trace"
)

// meteredFlow is what tells a flow with a meter of its own (set_meter) from others, also in the network's next version.
type meteredFlow struct {
	pipeline       pipeline.Pipeline
	table          uint8
	priority       uint16
	match, actions string
}

// meter is a token bucket for each of a meter's bands, as Open vSwitch's userspace datapath has them: a band's bucket holds
// its burst, or what its rate gives in a second, fills by whole milliseconds, and a packet passes that finds enough in all of
// them. What others have taken a packet takes all the same when it does not pass.
type meter struct {
	packets bool // counts packets (pktps), else kilobits
	rows    []pipeline.MeterBand
	bands   []band
	filled  time.Duration
}

// band is a bucket, in thousandths of packets, or in bits.
type band struct {
	rate, size, level uint64
}

func newMeter(unit string, bands []pipeline.MeterBand, now time.Duration) *meter {
	m := &meter{packets: unit == "pktps", rows: bands, filled: now}
	for _, b := range bands {
		size := uint64(b.Burst) * 1000
		if size == 0 {
			size = uint64(b.Rate) * 1000
		}
		m.bands = append(m.bands, band{uint64(b.Rate), size, size})
	}
	return m
}

// like tells whether the meter is one of the row, as it is now.
func (m *meter) like(row *pipeline.Meter) bool {
	return m.packets == (row.Unit == "pktps") && slices.Equal(m.rows, row.Bands)
}

// pass tells whether a packet of a length, in bytes, passes.
func (m *meter) pass(now time.Duration, length int) bool {
	now = now.Truncate(time.Millisecond)
	elapsed := uint64(max(now-m.filled, 0) / time.Millisecond)
	m.filled = max(now, m.filled)
	cost := uint64(1000)
	if !m.packets {
		cost = uint64(length) * 8
	}
	pass := true
	for i := range m.bands {
		b := &m.bands[i]
		if missing := b.size - b.level; b.rate == 0 || elapsed <= missing/b.rate {
			b.level += elapsed * b.rate
		} else {
			b.level = b.size
		}
		if b.level >= cost {
			b.level -= cost
		} else {
			pass = false
		}
	}
	return pass
}

// metered is the chassis's meters that packets have met.
type metered struct {
	byName map[string]*meter
	byFlow map[meteredFlow]*meter
}

// named tells whether a packet passes a meter of the table. A meter that is not there limits nothing.
func (l *live) named(name string, f *frame) bool {
	row := l.engine.sb.Meters[name]
	if name == "" || row == nil {
		return true
	}
	m := l.meters.byName[name]
	if m == nil || !m.like(row) {
		m = newMeter(row.Unit, row.Bands, l.sim.Now())
		l.meters.byName[name] = m
	}
	return l.passes(m, f)
}

func (l *live) passes(m *meter, f *frame) bool {
	f.pkt.Key = f.key
	return m.pass(l.sim.Now(), f.pkt.Len())
}

// setMeter drops a packet that is more than its flow may send.
func (l *live) setMeter(w *walk, f *frame, a *action.SetMeter) {
	if w.flow == nil {
		return
	}
	key := meteredFlow{w.flow.Pipeline, w.flow.Table, w.flow.Priority, w.flow.Match, w.flow.Actions}
	m := l.meters.byFlow[key]
	if m == nil {
		m = newMeter("kbps", []pipeline.MeterBand{{Rate: int64(a.Rate), Burst: int64(a.Burst)}}, l.sim.Now())
		l.meters.byFlow[key] = m
	}
	if !l.passes(m, f) {
		f.gone = true
		w.sayf(trace.Note, "/* dropped: more than %d kbit/s */", a.Rate)
	}
}

// log logs, as far as the log's meter lets it.
func (l *live) log(w *walk, f *frame, a *action.Log) {
	if !l.named(a.Meter, f) {
		w.sayf(trace.Note, "/* not logged: over the rate of meter %s */", a.Meter)
		return
	}
	l.sync(f)
	l.note(f, a)
	w.sayf(trace.Note, "/* %s */", a)
}

// overRate tells whether an action is not done because the flow's meter lets no more packets through to ovn-controller. A
// packet that the flow itself goes on with is lost with it; copies are lost alone.
func (l *live) overRate(w *walk, f *frame, a action.Action) bool {
	if w.flow == nil || w.flow.ControllerMeter == "" {
		return false
	}
	copies, asks := asksController(a)
	if !asks || l.named(w.flow.ControllerMeter, f) {
		return false
	}
	f.gone = f.gone || !copies
	w.sayf(trace.Note, "/* not sent to the controller: over the rate of meter %s */", w.flow.ControllerMeter)
	return true
}

// asksController tells which actions send packets to ovn-controller, and whether a copy, so that the packet itself goes on.
func asksController(a action.Action) (copies, asks bool) {
	switch a.(type) {
	case *action.PutDHCPOpts, *action.PutDHCPv6Opts, *action.PutNDRAOpts, *action.DHCPRelayReqChk, *action.DHCPRelayRespChk, *action.DNSLookup:
		return false, true
	case *action.ARP, *action.NDNS, *action.NDNA, *action.NDNARouter, *action.ICMP4, *action.ICMP4Error, *action.ICMP6, *action.ICMP6Error,
		*action.TCPReset, *action.SCTPAbort, *action.Reject, *action.PutARP, *action.PutND, *action.PutFDB, *action.IGMP,
		*action.HandleSvcCheck, *action.BindVport, *action.TriggerEvent, *action.HandleBFDMsg:
		return true, true
	}
	return false, false
}
