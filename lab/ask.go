package lab

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ovnsim/explain"
	"ovnsim/sim/host"
	"ovnsim/sim/packet"
	"ovnsim/topology"
)

// Result is what became of a request.
type Result struct {
	Flow     *explain.Flow
	Body     string // of the answer
	Exit     int    // what curl, or ping, returns
	Outcome  string // the body without its last newline, or the Failure
	Took     time.Duration
	Seen     netip.AddrPort // where the request came from, as its server saw it; the port is 0 for ping; invalid when it reached nobody
	Verdicts []explain.Verdict
}

// scenario plays a scenario here.
func (p *Play) scenario(s *Scenario) (*Outcome, error) {
	o := &Outcome{Scenario: s}
	var out bytes.Buffer
	if err := p.Run(s.Run, s.RunPos.String(), &out, &out); err != nil {
		o.Failed = err.Error()
	}
	for _, e := range s.Expect {
		if err := p.Run(e.Run, e.RunPos.String(), &out, &out); err != nil && o.Failed == "" {
			o.Failed = err.Error()
		}
		a, err := p.ask(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Pos, err)
		}
		o.Asked = append(o.Asked, a)
	}
	o.Output = out.String()
	return o, nil
}

// ask plays an expectation and holds it against what came.
func (p *Play) ask(e *Expectation) (*Asked, error) {
	a := &Asked{Expectation: e, Outcomes: map[string]int{}, play: p}
	watch := !p.player.Quick || e.look() == packets
	for i := range e.requests() {
		r, err := p.once(e, i, watch)
		if err != nil {
			return nil, err
		}
		a.Results = append(a.Results, r)
		a.Outcomes[r.Outcome]++
	}
	for i := range clauses {
		if c := &clauses[i]; c.hold != nil {
			c.hold(a)
		}
	}
	if watch && !p.player.Quick {
		if err := a.verify(); err != nil {
			return nil, err
		}
	}
	switch {
	case len(a.Misses) > 0 && watch:
		a.Parted = a.parted()
	case len(a.Misses) == 0 && watch && p.player.Quick:
		p.player.reuse(a.Results)
	}
	return a, nil
}

// requests is how many requests an expectation makes.
func (e *Expectation) requests() int {
	if e.From == "" {
		return 0
	}
	return e.Times
}

// look is how closely the packets must be watched.
func (e *Expectation) look() look {
	if e.Balanced != "" || e.NotBalanced != nil || e.Path != nil || e.SNAT != "" || e.Trace.Contains != nil || e.Trace.Lacks != nil {
		return packets
	}
	return outcomes
}

func (p *Play) once(e *Expectation, i int, watch bool) (*Result, error) {
	port := uint16(0)
	if i < len(e.Ports) {
		port = e.Ports[i]
	}
	switch {
	case e.Ping != "":
		addr, err := netip.ParseAddr(e.Ping)
		if err != nil {
			return nil, err
		}
		return p.ping(e.From, addr, e.Timeout, watch)
	case e.UDP != "":
		to, err := netip.ParseAddrPort(e.UDP)
		if err != nil {
			return nil, err
		}
		return p.datagram(e.From, to, port, e.Payload, e.Timeout, watch)
	}
	return p.get(e.From, e.Get, port, e.Timeout, watch)
}

// request is one request of a machine, watched or not: send sends it and tells when it is over, end reads what came of it.
func (p *Play) request(from string, flow *explain.Flow, watch bool, send func(*machine, *Result) (over func() bool), end func(*Result)) (*Result, error) {
	p.inForce()
	m := p.machines[from]
	if m == nil {
		return nil, fmt.Errorf("there is no machine %q%s", from, topology.Suggest(from, p.names))
	}
	flow.From, flow.Port = from, m.port
	r := &Result{Flow: flow}
	p.asking = r
	if watch {
		p.watched = flow
	}
	began := p.Sim.Now()
	over := send(m, r)
	p.until(over)
	r.Took = p.Sim.Now() - began
	p.settle()
	p.asking, p.watched = nil, nil
	end(r)
	if watch {
		r.Verdicts = explain.Judge(p.Topology, flow)
	}
	return r, nil
}

// Get asks for a URL from a machine, by a port of its choice when from is 0, and waits for the answer.
func (p *Play) Get(machine, url string, from uint16, timeout time.Duration) (*Result, error) {
	return p.get(machine, url, from, timeout, true)
}

func (p *Play) get(from, url string, port uint16, timeout time.Duration, watch bool) (*Result, error) {
	target, err := ParseURL(url)
	if err != nil {
		return nil, err
	}
	flow := &explain.Flow{Remote: target.Addr, Proto: packet.ProtoTCP}
	var fetch *host.Fetch
	return p.request(from, flow, watch, func(m *machine, _ *Result) func() bool {
		fetch = m.Get(p.Sim.Now(), host.Request{URL: url, From: port, Timeout: timeout})
		return func() bool { return fetch.Done }
	}, func(r *Result) {
		flow.Local, flow.Stop, flow.Detail = fetch.Local, fetch.Stop, fetch.Detail
		r.Body, r.Exit, r.Took = fetch.Body, fetch.Exit, fetch.Ended-fetch.Began
		r.Outcome = outcome(fetch.Exit, fetch.Stop, fetch.Body)
	})
}

// Ask sends a datagram from a machine, by a port of its choice when from is 0, and waits for one back.
func (p *Play) Ask(machine string, to netip.AddrPort, from uint16, payload string, timeout time.Duration) (*Result, error) {
	return p.datagram(machine, to, from, payload, timeout, true)
}

func (p *Play) datagram(from string, to netip.AddrPort, port uint16, payload string, timeout time.Duration, watch bool) (*Result, error) {
	flow := &explain.Flow{Remote: to, Proto: packet.ProtoUDP}
	var ask *host.Ask
	return p.request(from, flow, watch, func(m *machine, _ *Result) func() bool {
		ask = m.Ask(p.Sim.Now(), host.Ask{To: to, From: netip.AddrPortFrom(netip.Addr{}, port), Payload: payload, Timeout: timeout})
		return func() bool { return ask.Done }
	}, func(r *Result) {
		flow.Local, flow.Stop, flow.Detail = ask.From, ask.Stop, ask.Detail
		r.Body, r.Exit = ask.Reply, exitOf(ask.Stop)
		r.Outcome = outcome(r.Exit, ask.Stop, ask.Reply)
	})
}

// PingOnce sends one echo request and waits for its answer.
func (p *Play) PingOnce(machine string, to netip.Addr, timeout time.Duration) (*Result, error) {
	return p.ping(machine, to, timeout, true)
}

func (p *Play) ping(from string, to netip.Addr, timeout time.Duration, watch bool) (*Result, error) {
	flow := &explain.Flow{Remote: netip.AddrPortFrom(to, 0), Proto: packet.ProtoICMP}
	if to.Is6() {
		flow.Proto = packet.ProtoICMPv6
	}
	var ping *host.Ping
	return p.request(from, flow, watch, func(m *machine, _ *Result) func() bool {
		ping = m.Ping(p.Sim.Now(), host.Ping{Dst: to, Count: 1, Timeout: timeout})
		return func() bool { return ping.Done }
	}, func(r *Result) {
		flow.Local, flow.Stop = netip.AddrPortFrom(ping.Src, 0), ping.Stop
		for _, j := range flow.Journeys {
			if !flow.Local.IsValid() && j.Port == flow.Port && j.Tuple.Dst == to {
				flow.Local = netip.AddrPortFrom(j.Tuple.Src, 0) // the machine's choice
			}
		}
		r.Exit = exitOf(ping.Stop)
		r.Outcome = outcome(r.Exit, ping.Stop, "answered")
	})
}

// PingAddress sends echo requests, one a second.
func (p *Play) PingAddress(machine string, address netip.Addr, count int) (*host.Ping, error) {
	p.inForce()
	m := p.machines[machine]
	if m == nil {
		return nil, fmt.Errorf("there is no machine %q%s", machine, topology.Suggest(machine, p.names))
	}
	ping := m.Ping(p.Sim.Now(), host.Ping{Dst: address, Count: count, Interval: time.Second, Timeout: time.Second})
	p.until(func() bool { return ping.Done })
	return ping, nil
}

// exitOf is what curl would have returned for a request that stopped there.
func exitOf(s host.Stop) int {
	switch s {
	case host.Answered:
		return 0
	case host.NoRoute, host.NoNeighbour, host.Unreachable, host.Refused:
		return 7
	}
	return 28
}

// outcome is how lab files call what became of a request.
func outcome(exit int, stop host.Stop, body string) string {
	switch {
	case exit == 0:
		return strings.TrimSuffix(body, "\n")
	case exit == 28:
		return string(TimedOut)
	case stop == host.Refused:
		return string(Refused)
	case exit == 7:
		return string(NoRoute)
	}
	return stop.String()
}

// seenSource is where a frame comes from, if it belongs to a request and is on its way there; else it is invalid.
func seenSource(frame []byte, f *explain.Flow) (from netip.AddrPort) {
	var pkt packet.Packet
	if pkt.Decode(frame) != nil || !pkt.IsIP() || pkt.Proto() != f.Proto {
		return from
	}
	t := pkt.Tuple()
	from = netip.AddrPortFrom(t.Src, t.SrcPort)
	switch f.Proto {
	case packet.ProtoTCP:
		if tcp, ok := pkt.TCP(); ok && tcp.Flags&(packet.SYN|packet.ACK) == packet.SYN {
			return from
		}
	case packet.ProtoUDP:
		if from != f.Remote {
			return from
		}
	default:
		if kind := packet.L4Src.Get64(&pkt.Key); kind == 8 || kind == 128 {
			return netip.AddrPortFrom(t.Src, 0)
		}
	}
	return netip.AddrPort{}
}

// journey makes room for the way of a packet, old room if there is any.
func (r *Player) journey() *explain.Journey {
	if len(r.spare) == 0 {
		return &explain.Journey{}
	}
	j := r.spare[len(r.spare)-1]
	r.spare = r.spare[:len(r.spare)-1]
	events := j.Events
	events.Reset()
	*j = explain.Journey{Events: events}
	return j
}

// reuse gives the room of requests back that nobody looks at any more.
func (r *Player) reuse(results []*Result) {
	for _, res := range results {
		r.spare = append(r.spare, res.Flow.Journeys...)
		res.Flow.Journeys = nil
	}
}
