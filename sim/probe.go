package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ovnsim/lb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
	"ovnsim/sim/trace"
)

// Probe is one packet sent through a network that has conntrack and balancers, and the answer of whoever received it.
type Probe struct {
	Request Leg
	Reply   *Leg // nil when there was nothing to answer, or more than one machine that could
}

// Leg is one packet's way.
type Leg struct {
	Port     string // where it was sent from
	Sent     *packet.Packet
	Events   []trace.Event
	Arrivals []Arrival // in the order of arrival
	Asked    []Arrival // requests for neighbours' MACs that the packet led to
}

// Arrival is a frame that came out of the network.
type Arrival struct {
	Port   string
	Packet *packet.Packet
}

// patience is how long a probe waits for what it started, neighbours being asked for included.
const patience = 2 * time.Second

// RunProbe sends the packet that a microflow describes and, if one machine received it, that machine's answer back. Machines
// have the addresses of their port's MAC column and answer who asks for these. A TCP microflow without flags opens a
// connection.
func RunProbe(sb *pipeline.Southbound, microflow *expr.Key, inport string, o Options) (*Probe, error) {
	r := &prober{}
	o.Observer, o.Quiet = r, true
	r.sim = New(sb, o)
	if err := r.attach(stations(sb, microflow, inport)); err != nil {
		return nil, err
	}
	p := &Probe{}
	if err := r.send(&p.Request, inport, frameOf(microflow)); err != nil {
		return p, err
	}
	back, from := p.Request.answer()
	if back == nil {
		return p, nil
	}
	p.Reply = &Leg{}
	return p, r.send(p.Reply, from, back)
}

// prober watches the packet that it sends, and nothing else.
type prober struct {
	sim  *Sim
	leg  *Leg
	next bool // the next frame injected is the probe's own
}

func (r *prober) attach(all map[string]*station) error {
	for port, s := range all {
		s.sim = r.sim
		if err := r.sim.Attach(port, s); err != nil {
			return err
		}
	}
	return nil
}

func (r *prober) send(leg *Leg, port string, frame []byte) error {
	*leg = Leg{Port: port}
	r.leg, r.next = leg, true
	if err := r.sim.Inject(port, frame); err != nil {
		return err
	}
	r.sim.Run(r.sim.Now() + patience)
	return nil
}

// Injected traces the probe's own frame.
func (r *prober) Injected(_ time.Duration, _ string, p *packet.Packet) Tracer {
	if !r.next {
		return nil
	}
	r.next = false
	sent := *p
	r.leg.Sent = &sent
	return r.leg
}

// Delivered keeps what may have become of the probe: anything but what neighbours ask each other on the way.
func (r *prober) Delivered(_ time.Duration, port string, frame []byte) {
	p, err := packet.Decode(frame)
	switch {
	case err != nil:
	case isResolution(p) == isResolution(r.leg.Sent):
		r.leg.Arrivals = append(r.leg.Arrivals, Arrival{port, p})
	case wants(p).IsValid():
		r.leg.Asked = append(r.leg.Asked, Arrival{port, p})
	}
}

// Event keeps an event of the probe's way.
func (leg *Leg) Event(e *trace.Event) { leg.Events = append(leg.Events, *e) }

// isResolution tells ARP and neighbour discovery.
func isResolution(p *packet.Packet) bool {
	t := packet.L4Src.Get64(&p.Key)
	return ethType.Get64(&p.Key) == etherARP || p.Is6() && p.Proto() == packet.ProtoICMPv6 && t >= 133 && t <= 136
}

// wants is the address whose MAC a packet asks for, none if it does not ask.
func wants(p *packet.Packet) netip.Addr {
	switch {
	case ethType.Get64(&p.Key) == etherARP && arpOp.Get64(&p.Key) == 1:
		return addr4(ip4Dst, &p.Key)
	case p.Is6() && isResolution(p) && l4Src.Get64(&p.Key) == 135:
		return addr6(ndTarget, &p.Key)
	}
	return netip.Addr{}
}

// answer is what the one machine that the packet was sent to sends back, and from which port; nil if there is none.
func (leg *Leg) answer() (frame []byte, port string) {
	if len(leg.Arrivals) != 1 || leg.Arrivals[0].Port == leg.Port {
		return nil, ""
	}
	return answerTo(leg.Arrivals[0].Packet), leg.Arrivals[0].Port
}

// Verdict says in a sentence or two what became of the probe.
func (p *Probe) Verdict() string {
	req := &p.Request
	who := brief(req.Sent)
	switch len(req.Arrivals) {
	case 0:
		return fmt.Sprintf("Nobody received %s: %s.", who, req.end())
	case 1:
	default:
		return fmt.Sprintf("%s was sent to %d ports: %s.", who, len(req.Arrivals), req.ports())
	}
	got := req.Arrivals[0]
	if got.Port == req.Port && !isEcho(req.Sent, got.Packet) {
		return fmt.Sprintf("%s was answered by the network itself: %s got %s.", who, got.Port, got.Packet)
	}
	text := fmt.Sprintf("%s reached %s", who, got.Port)
	if now := brief(got.Packet); now != who {
		text += " as " + now
	}
	if p.Reply == nil {
		return text + "; there is nothing to answer."
	}
	return text + ". " + p.Reply.verdict(req)
}

// brief is a packet by its protocol, addresses and ports.
func brief(p *packet.Packet) string {
	if !p.IsIP() {
		return p.String()
	}
	src, dst := p.Src().String(), p.Dst().String()
	if t := p.Tuple(); t.SrcPort|t.DstPort != 0 && !p.IsICMP() {
		src, dst = netip.AddrPortFrom(p.Src(), t.SrcPort).String(), netip.AddrPortFrom(p.Dst(), t.DstPort).String()
	}
	return lb.ProtoName(p.Proto()) + " " + src + " -> " + dst
}

// isEcho tells whether a packet came back as it was sent: hairpinned without translation.
func isEcho(sent, got *packet.Packet) bool { return sent.Tuple() == got.Tuple() }

// verdict says whether the answer came back as the client expects it.
func (leg *Leg) verdict(req *Leg) string {
	for _, a := range leg.Arrivals {
		if a.Port != req.Port {
			continue
		}
		if a.Packet.Src() != req.Sent.Dst() || a.Packet.Dst() != req.Sent.Src() {
			return fmt.Sprintf("The answer came back, but as %s: the client does not take it for one.", brief(a.Packet))
		}
		return fmt.Sprintf("The answer came back to %s as %s.", a.Port, brief(a.Packet))
	}
	if len(leg.Arrivals) > 0 {
		return fmt.Sprintf("The answer, %s, went to %s instead.", brief(leg.Sent), leg.ports())
	}
	return fmt.Sprintf("The answer, %s, was lost: %s.", brief(leg.Sent), leg.end())
}

func (leg *Leg) ports() string {
	var names []string
	for _, a := range leg.Arrivals {
		names = append(names, a.Port)
	}
	return strings.Join(names, ", ")
}

// end says where a packet that arrived nowhere was last seen.
func (leg *Leg) end() string {
	if len(leg.Asked) > 0 {
		return leg.unanswered()
	}
	for i := len(leg.Events) - 1; i >= 0; i-- {
		e := &leg.Events[i]
		switch {
		case e.Kind != trace.Table:
		case e.Flow == nil:
			return "no flow matched in " + stageOf(e)
		default:
			return fmt.Sprintf("its way ended in %s%s", flowOf(e), leg.decided(i))
		}
	}
	return "it met no flow"
}

// unanswered says whose MAC was asked for last, and where.
func (leg *Leg) unanswered() string {
	addr := wants(leg.Asked[len(leg.Asked)-1].Packet)
	var ports []string
	for _, a := range leg.Asked {
		if wants(a.Packet) == addr && !slices.Contains(ports, a.Port) {
			ports = append(ports, a.Port)
		}
	}
	return fmt.Sprintf("nobody answered for the MAC of %s (asked on %s)", addr, strings.Join(ports, ", "))
}

// decided is the ACL that had the packet dropped in the stage of an event, which only carries it out.
func (leg *Leg) decided(at int) string {
	stage, isACL := strings.CutSuffix(leg.Events[at].Stage, "_action")
	if !isACL {
		return ""
	}
	for i := at - 1; i >= 0; i-- {
		if e := &leg.Events[i]; e.Kind == trace.Table && e.Stage == stage+"_eval" && e.Flow != nil {
			return "; it was decided in " + flowOf(e)
		}
	}
	return ""
}

func flowOf(e *trace.Event) string {
	return fmt.Sprintf("%s, at `%s`, priority %d", stageOf(e), e.Flow.Match, e.Flow.Priority)
}

func stageOf(e *trace.Event) string {
	stage := e.Stage
	if stage == "" {
		stage = fmt.Sprintf("%s table %d", e.Pipeline, e.Number)
	}
	return stage + " of " + e.Datapath.Name
}
