package sim

import (
	"net/netip"
	"strconv"
	"time"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// monitorKey names a service that the controller watches.
type monitorKey struct {
	port, ip, proto string
	number          int64
}

func keyOfMonitor(row *pipeline.ServiceMonitor) monitorKey {
	proto := row.Protocol
	if proto == "" {
		proto = "tcp"
	}
	return monitorKey{row.LogicalPort, row.IP, proto, row.Port}
}

// monitor is how a service does.
type monitor struct {
	status  string // "", online, offline
	good    int    // probes answered since one was not
	bad     int
	seq     uint32 // of the probe on its way
	from    uint16 // its port
	waiting *Timer // for its answer
}

// What a check does unless its options say otherwise (ovn-nb(5), Load_Balancer_Health_Check), and the window of its probes.
const (
	checkInterval = 5
	checkTimeout  = 20
	probeWindow   = 0xfe88
	probeTTL      = 63
)

// watch begins to watch the services that nobody watches yet.
func (l *live) watch() {
	if l.sim.options.Captured {
		return
	}
	for _, row := range l.engine.sb.ServiceMonitors {
		if k := keyOfMonitor(row); l.monitors[k] == nil {
			l.monitors[k] = &monitor{status: row.Status}
			l.sim.At(l.sim.Now(), func() { l.probe(k) })
		}
	}
}

// monitorRow is the row of a service, nil when it is watched no more.
func (l *live) monitorRow(k monitorKey) *pipeline.ServiceMonitor {
	for _, row := range l.engine.sb.ServiceMonitors {
		if keyOfMonitor(row) == k {
			return row
		}
	}
	return nil
}

// probe sends one probe, and sees to the next.
func (l *live) probe(k monitorKey) {
	row, m := l.monitorRow(k), l.monitors[k]
	if row == nil {
		delete(l.monitors, k)
		return
	}
	l.sim.At(l.sim.Now()+seconds(row, "interval", checkInterval), func() { l.probe(k) })
	p := l.net.portNamed(row.LogicalPort)
	data, ok := l.probeFrame(row, p, m)
	if !ok || m.waiting != nil {
		return
	}
	m.waiting = l.sim.At(l.sim.Now()+seconds(row, "timeout", checkTimeout), func() {
		m.waiting = nil
		l.found(row, m, row.Protocol == "udp") // a datagram that nobody objects to was taken
	})
	l.sendTo(p, data)
}

// sendTo sends a packet that the controller made out of a port.
func (l *live) sendTo(p *port, data []byte) {
	if l.sim.outage.down[l.name] {
		return
	}
	w := l.engine.start(l, nil)
	f := w.fork(&frame{dp: p.dp})
	f.receive(data)
	fieldOutport.Set64(&f.key, uint64(p.number))
	w.toEgress(f, p)
	w.join()
	w.end()
}

// probeFrame is a SYN, or a datagram; ok is false when it cannot be made.
func (l *live) probeFrame(row *pipeline.ServiceMonitor, p *port, m *monitor) (data []byte, ok bool) {
	if p == nil {
		return nil, false
	}
	e, ip, ok := probeEnds(row, p)
	m.seq, m.from = l.random.Uint32(), uint16(l.random.IntN(1<<16-1024)+1024)
	switch {
	case !ok:
		return nil, false
	case row.Protocol == "udp":
		return packet.Build(e, ip, packet.UDP{Src: m.from, Dst: uint16(row.Port), Payload: make([]byte, 8)}), true
	}
	return packet.Build(e, ip, packet.TCP{Src: m.from, Dst: uint16(row.Port), Seq: m.seq, Flags: packet.SYN, Window: probeWindow}), true
}

// probeEnds is the headers of a probe: from the monitor's addresses to the port's first Ethernet address.
func probeEnds(row *pipeline.ServiceMonitor, p *port) (e packet.Ether, ip packet.IP, ok bool) {
	src, err := netip.ParseAddr(row.SrcIP)
	if err != nil {
		return e, ip, false
	}
	dst, err := netip.ParseAddr(row.IP)
	from, ok := parseMAC(row.SrcMAC)
	if err != nil || !ok || len(p.MAC) == 0 || src.Is4() != dst.Is4() || len(p.MAC[0]) < 17 {
		return e, ip, false
	}
	to, ok := parseMAC(p.MAC[0][:17])
	return packet.Ether{Src: packet.MACOf(from), Dst: packet.MACOf(to)}, packet.IP{Src: src, Dst: dst, TTL: probeTTL, DF: true}, ok
}

// checkAnswer takes the answer to a probe: whoever accepts the connection is well, who refuses is not. The connection is not
// wanted: it is reset.
func (l *live) checkAnswer(w *walk, f *frame, a *action.HandleSvcCheck) {
	l.sync(f)
	p := l.net.port(f.dp, uint32(a.Port.Get64(&f.key)))
	if p == nil {
		return
	}
	k := monitorKey{p.LogicalPort, f.pkt.Src().String(), "tcp", 0}
	t, isTCP := f.pkt.TCP()
	if isTCP {
		k.number = int64(t.Src)
	} else if inner, ok := f.pkt.Inner(); ok {
		k.proto, k.number = "udp", int64(inner.DstPort)
	}
	row := l.monitorRow(k)
	if row == nil {
		w.say(trace.Note, "/* no service that is watched */")
		return
	}
	m := l.monitors[k]
	if m == nil {
		m = &monitor{status: row.Status}
		l.monitors[k] = m
	}
	l.sim.Stop(m.waiting)
	m.waiting = nil
	accepted := isTCP && t.Flags&(packet.SYN|packet.ACK) == packet.SYN|packet.ACK
	l.found(row, m, accepted)
	w.sayf(trace.Note, "/* service %s is %s */", row.IP, m.status)
	if e, ip, ok := probeEnds(row, p); ok && accepted && t.Ack == m.seq+1 {
		l.sendTo(p, packet.Build(e, ip, packet.TCP{Src: t.Dst, Dst: t.Src, Seq: t.Ack, Flags: packet.RST, Window: probeWindow}))
	}
}

// found notes the outcome of a probe; enough of a kind change the status.
func (l *live) found(row *pipeline.ServiceMonitor, m *monitor, good bool) {
	status, count, option := "offline", &m.bad, "failure_count"
	if good {
		status, count, option = "online", &m.good, "success_count"
	}
	before := *count + 1
	m.good, m.bad = 0, 0
	*count = before
	if *count < number(row, option, 1) || m.status == status {
		return
	}
	m.status = status
	l.sim.tellNorthd()
}

func number(row *pipeline.ServiceMonitor, option string, otherwise int) int {
	if n, err := strconv.Atoi(row.Options[option]); err == nil && n > 0 {
		return n
	}
	return otherwise
}

func seconds(row *pipeline.ServiceMonitor, option string, otherwise int) time.Duration {
	return time.Duration(number(row, option, otherwise)) * time.Second
}

// health is the services' rows with their status as it is now.
func (l *live) health(rows []*pipeline.ServiceMonitor) []*pipeline.ServiceMonitor {
	if len(l.monitors) == 0 {
		return rows
	}
	out := make([]*pipeline.ServiceMonitor, len(rows))
	for i, row := range rows {
		out[i] = row
		if m := l.monitors[keyOfMonitor(row)]; m != nil && m.status != row.Status {
			now := *row
			now.Status = m.status
			out[i] = &now
		}
	}
	return out
}
