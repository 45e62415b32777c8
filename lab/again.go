package lab

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/explain"
	"ovnsim/sim/host"
	"ovnsim/sim/packet"
	"ovnsim/topology/nbctl"
)

// again runs one flow in copies of a play: what package explain verifies its remedies with.
type again struct {
	play *Play
	flow *explain.Flow
}

// Verify tries out what would help each balancer that did not apply to a request, in copies of the play as it is now, and
// notes what does as the verdict's Remedy.
func (p *Play) Verify(r *Result) error { return explain.Verify(r.Verdicts, &again{p, r.Flow}) }

// Again runs the flow in a copy of the network with a change made. A change that cannot be made helps nobody.
func (a *again) Again(c explain.Change) (*explain.Flow, []explain.Verdict, error) {
	top := a.play.Topology.Fork()
	for _, args := range c.Nbctl {
		if nbctl.Run(top, args, io.Discard) != nil {
			return &explain.Flow{}, nil, nil
		}
	}
	l := *a.play.Lab
	l.Topology, l.Hosts, l.Scenarios = top, a.play.hosts(), nil
	p, err := l.Start()
	if err != nil {
		return nil, nil, err
	}
	for _, r := range c.Routes {
		if p.machines[r.Machine].AddRoute(host.Route{Prefix: r.Prefix, Via: r.Via}) != nil {
			return &explain.Flow{}, nil, nil
		}
	}
	// The choice of a backend hangs on the source port: a change helps when it helps by whatever port.
	first := a.flow.Local.Port()
	if first == 0 || first > 65535-tries {
		first = 40000
	}
	var r *Result
	for port := first; port < first+tries; port++ {
		if r, err = p.repeat(a.flow, port); err != nil {
			return nil, nil, err
		}
		if r.Exit != 0 {
			break
		}
	}
	return r.Flow, r.Verdicts, nil
}

// tries is how many requests a change must get answered to count as a remedy.
const tries = 8

// repeat asks what a flow asked, by a port.
func (p *Play) repeat(f *explain.Flow, port uint16) (*Result, error) {
	switch f.Proto {
	case packet.ProtoTCP:
		return p.Get(f.From, fmt.Sprintf("http://%s/", f.Remote), port, p.Lab.Timeout)
	case packet.ProtoUDP:
		return p.Ask(f.From, f.Remote, port, "", p.Lab.Timeout)
	}
	return p.ping(f.From, f.Remote.Addr(), p.Lab.Timeout, true)
}

// hosts is the machines as scripts have changed them.
func (p *Play) hosts() []*Host {
	var out []*Host
	for _, spec := range p.Lab.Hosts {
		m := p.machines[spec.Name]
		h := *spec
		h.Addresses, h.Routes, h.HTTP = nil, nil, nil
		for _, a := range m.Host.Addresses() {
			if !(a.Addr().Is6() && a.Addr().IsLinkLocalUnicast()) || slices.Contains(spec.Addresses, a) {
				h.Addresses = append(h.Addresses, a)
			}
		}
		for _, r := range staticRoutes(m.Host) {
			h.Routes = append(h.Routes, Route{r.Prefix, r.Via})
		}
		for _, port := range m.Host.Serving() {
			h.HTTP = append(h.HTTP, Site{port, bodyAt(spec, port)})
		}
		out = append(out, &h)
	}
	return out
}

// staticRoutes is a machine's routes without those of its own subnets.
func staticRoutes(h *host.Host) []host.Route {
	return slices.DeleteFunc(h.Routes(), func(r host.Route) bool { return r.Via == netip.Addr{} })
}

func bodyAt(h *Host, port uint16) string {
	for _, s := range h.HTTP {
		if s.Port == port {
			return s.Body
		}
	}
	return ""
}

// verify tries out remedies for the first request of each kind, for people to read.
func (a *Asked) verify() error {
	known := map[string]explain.Verdict{}
	for _, r := range a.Results {
		if r.Exit == 0 {
			continue
		}
		tried := true
		for i := range r.Verdicts {
			v, ok := known[verdictKey(&r.Verdicts[i])]
			tried = tried && ok
			r.Verdicts[i].Remedy, r.Verdicts[i].Commands = v.Remedy, v.Commands
		}
		if tried {
			continue
		}
		if err := a.play.Verify(r); err != nil {
			return err
		}
		for i := range r.Verdicts {
			known[verdictKey(&r.Verdicts[i])] = r.Verdicts[i]
		}
	}
	return nil
}

func verdictKey(v *explain.Verdict) string {
	return fmt.Sprint(v.Balancer, " ", v.VIP, " ", v.Place, " ", v.Reason, " ", v.Stage)
}

// Explain asks from a machine for what a text names: http://ADDRESS[:PORT]/…, udp://ADDRESS:PORT, ping://ADDRESS, or
// ADDRESS:PORT for http. The source port is the machine's choice when it is 0.
func (p *Play) Explain(from, what string, port uint16) (*Result, error) {
	scheme, rest, given := strings.Cut(what, "://")
	switch {
	case !given:
		return p.Get(from, "http://"+what, port, p.Lab.Timeout)
	case scheme == "udp":
		to, err := netip.ParseAddrPort(strings.TrimSuffix(rest, "/"))
		if err != nil {
			return nil, fmt.Errorf("%q is not udp://ADDRESS:PORT", what)
		}
		return p.Ask(from, to, port, "", p.Lab.Timeout)
	case scheme == "ping", scheme == "icmp":
		to, err := netip.ParseAddr(strings.Trim(rest, "[]/"))
		if err != nil {
			return nil, fmt.Errorf("%q is not ping://ADDRESS", what)
		}
		return p.ping(from, to, p.Lab.Timeout, true)
	}
	return p.Get(from, what, port, p.Lab.Timeout)
}
