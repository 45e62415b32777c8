package ovntrace

import (
	"encoding/json"
	"fmt"
	"io"

	"ovnsim/pipeline"
	"ovnsim/pipeline/expr"
	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/sim/trace"
)

// stateful sends the packet through a network with connection tracking, and the answer back, and says what became of them.
func (o *Options) stateful(sb *pipeline.Southbound, key *expr.Key, inport string, stdout io.Writer) error {
	probe, err := sim.RunProbe(sb, key, inport, sim.Options{Seed: o.Seed})
	if err != nil {
		return err
	}
	names := trace.NewNames(sb, !o.Raw)
	if o.JSON {
		return writeProbeJSON(stdout, probe, names)
	}
	fmt.Fprintf(stdout, "# as the dataplane of OVN %s\n", northd.Version)
	legs := []*sim.Leg{&probe.Request}
	if probe.Reply != nil {
		legs = append(legs, probe.Reply)
	}
	for i, leg := range legs {
		if i > 0 {
			fmt.Fprintln(stdout)
		}
		fmt.Fprintf(stdout, "# %s sends %s\n", names.Port(leg.Port), leg.Sent)
		if err := o.shown().Write(stdout, leg.Events, names); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(stdout, "\n%s\n", probe.Verdict())
	return err
}

// jsonLeg is one packet's way as JSON.
type jsonLeg struct {
	Port     string          `json:"port"`
	Packet   string          `json:"packet"`
	Arrivals []jsonArrival   `json:"arrivals"`
	Events   json.RawMessage `json:"events"`
}

type jsonArrival struct {
	Port   string `json:"port"`
	Packet string `json:"packet"`
}

func writeProbeJSON(w io.Writer, p *sim.Probe, names *trace.Names) error {
	out := struct {
		OVN     string   `json:"ovn"` // the version whose dataplane this is
		Verdict string   `json:"verdict"`
		Request *jsonLeg `json:"request"`
		Reply   *jsonLeg `json:"reply,omitempty"`
	}{OVN: northd.Version, Verdict: p.Verdict()}
	var err error
	if out.Request, err = legJSON(&p.Request, names); err != nil {
		return err
	}
	if p.Reply != nil {
		if out.Reply, err = legJSON(p.Reply, names); err != nil {
			return err
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(out)
}

func legJSON(leg *sim.Leg, names *trace.Names) (*jsonLeg, error) {
	events, err := trace.JSON(leg.Events, names)
	if err != nil {
		return nil, err
	}
	out := &jsonLeg{Port: names.Port(leg.Port), Packet: leg.Sent.String(), Arrivals: []jsonArrival{}, Events: events}
	for _, a := range leg.Arrivals {
		out.Arrivals = append(out.Arrivals, jsonArrival{names.Port(a.Port), a.Packet.String()})
	}
	return out, nil
}
