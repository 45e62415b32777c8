package explain

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline/northd"
	"ovnsim/sim/trace"
	"ovnsim/topology"
)

// Report is one flow with all that is said of it.
type Report struct {
	Flow     *Flow
	Verdicts []Verdict
	Outcome  string // what came back, in a few words
}

// Backends lists the backends of all balancers with an address.
func Backends(t *topology.Topology, vip netip.Addr) []lb.Endpoint {
	var out []lb.Endpoint
	for _, c := range candidates(t, &Flow{Remote: netip.AddrPortFrom(vip, 0)}) {
		out = append(out, c.backends...)
	}
	return out
}

// Applied tells whether any balancer applied.
func (r *Report) Applied() bool { return len(r.Verdicts) > 0 && r.Verdicts[0].applies() == 1 }

// printer keeps the first error of many writes.
type printer struct {
	out io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format, args...)
	}
}

// asked is the request in words.
func (r *Report) asked() string {
	to := r.Flow.Remote.String()
	if r.Flow.Remote.Port() == 0 {
		to = r.Flow.Remote.Addr().String()
	}
	return fmt.Sprintf("%s asks %s %s", r.Flow.From, lb.ProtoName(r.Flow.Proto), to)
}

// Text tells a person.
func (r *Report) Text(out io.Writer) error {
	p := &printer{out: out}
	p.f("%s: %s (as OVN %s does it)\n", r.asked(), r.Outcome, northd.Version)
	if len(r.Verdicts) == 0 {
		p.f("  no balancer has the address %s\n", r.Flow.Remote.Addr())
	}
	r.each(func(v *Verdict, also []string) {
		r.verdict(p, v)
		if len(also) > 0 {
			p.f("    so at %s\n", someOf(also))
		}
	})
	if forward := r.Flow.Forward(); len(forward) > 0 {
		p.f("  way:   %s\n", wayText(forward[0]))
	}
	b := r.Flow.Back()
	p.f("  reply: %s\n", b.Text())
	return p.err
}

// each goes through the verdicts; places where a balancer did not apply for the same cause are told together.
func (r *Report) each(tell func(v *Verdict, also []string)) {
	key := func(v *Verdict) string {
		return fmt.Sprint(v.Balancer, v.VIP, v.Reason, v.Because, v.Remedy, v.applies() == 1 && v.Place != "")
	}
	first, also := map[string]*Verdict{}, map[*Verdict][]string{}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		if f := first[key(v)]; f != nil {
			also[f] = append(also[f], v.Place)
		} else {
			first[key(v)] = v
		}
	}
	for i := range r.Verdicts {
		if v := &r.Verdicts[i]; first[key(v)] == v {
			tell(v, also[v])
		}
	}
}

// someOf lists names, and how many more there are.
func someOf(names []string) string {
	const shown = 4
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown-1], ", "), len(names)-shown+1)
}

func (r *Report) verdict(p *printer, v *Verdict) {
	p.f("  %s: %s\n", v.Reason, v.Sentence)
	if v.Through != "" {
		p.f("    attached through %s\n", v.Through)
	}
	if v.applies() == 1 {
		p.f("    in %s: backend %s%s\n", v.Stage, v.Backend, v.details())
	}
	if v.Because != "" {
		p.f("    because: %s\n", v.Because)
	}
	if v.Remedy != "" {
		p.f("    try (it works): %s\n", v.Remedy)
	}
}

// details says the rest of a choice.
func (v *Verdict) details() string {
	text := ""
	if v.Of > 0 {
		text = fmt.Sprintf(", bucket %d of %d", v.Bucket+1, v.Of)
	}
	if v.Chassis != "" {
		text += ", on chassis " + v.Chassis
	}
	if v.Zone != "" {
		text += ", zone " + v.Zone
	}
	if v.Hairpin {
		text += ", the client itself (hairpin)"
	}
	if v.SNAT != "" {
		text += fmt.Sprintf(", the server sees %s (translated on %s)", v.SNAT, v.SNATBy)
	}
	return text
}

func wayText(j *Journey) string {
	end := j.End()
	text := strings.Join(j.Path(), " → ")
	if len(end.Delivered) > 0 {
		return text + " → " + strings.Join(end.Delivered, ", ")
	}
	match := end.Match
	if match == "" {
		match = "no flow matched"
	}
	return fmt.Sprintf("%s, ended in %s (%s)", text, end.Stage, match)
}

// Text says the way of a reply in words.
func (b *Back) Text() string {
	text := b.Way.String()
	if b.Machine != "" {
		text += ", from " + b.Machine
	}
	if len(b.Path) > 0 {
		text += ", by " + strings.Join(b.Path, " → ")
	}
	if b.Place != "" {
		text += ", on " + b.Place
		if b.Stage != "" {
			text += " in " + b.Stage
		}
	}
	if b.Because != "" {
		text += " (" + b.Because + ")"
	}
	return text
}

type jsonVerdict struct {
	Balancer string   `json:"balancer"`
	VIP      string   `json:"vip"`
	Place    string   `json:"place,omitempty"`
	Through  string   `json:"through,omitempty"`
	Reason   string   `json:"reason"`
	Sentence string   `json:"sentence"`
	Because  string   `json:"because,omitempty"`
	Stage    string   `json:"stage,omitempty"`
	Backend  string   `json:"backend,omitempty"`
	Bucket   *int     `json:"bucket,omitempty"` // from 0
	Of       int      `json:"of,omitempty"`
	Zone     string   `json:"zone,omitempty"`
	Chassis  string   `json:"chassis,omitempty"`
	Hairpin  bool     `json:"hairpin,omitempty"`
	SNAT     string   `json:"snat,omitempty"`
	SNATBy   string   `json:"snat_by,omitempty"`
	Remedy   string   `json:"remedy,omitempty"`
	Commands []string `json:"commands,omitempty"`
}

type jsonReply struct {
	Way     string   `json:"way"`
	Machine string   `json:"machine,omitempty"`
	Path    []string `json:"path,omitempty"`
	Place   string   `json:"place,omitempty"`
	Stage   string   `json:"stage,omitempty"`
	Because string   `json:"because,omitempty"`
}

// JSON writes the report for programs.
func (r *Report) JSON(out io.Writer) error {
	b := r.Flow.Back()
	report := struct {
		OVN      string        `json:"ovn"` // the version that is modelled
		From     string        `json:"from"`
		Port     string        `json:"port"`
		Protocol string        `json:"protocol"`
		To       string        `json:"to"`
		Outcome  string        `json:"outcome"`
		Path     []string      `json:"path"`
		Verdicts []jsonVerdict `json:"verdicts"`
		Reply    jsonReply     `json:"reply"`
	}{OVN: northd.Version, From: r.Flow.From, Port: r.Flow.Port, Protocol: lb.ProtoName(r.Flow.Proto), To: r.Flow.Remote.String(), Outcome: r.Outcome,
		Path: []string{}, Verdicts: []jsonVerdict{}, Reply: jsonReply{b.Way.String(), b.Machine, b.Path, b.Place, b.Stage, b.Because}}
	if forward := r.Flow.Forward(); len(forward) > 0 {
		report.Path = forward[0].Path()
	}
	for _, v := range r.Verdicts {
		j := jsonVerdict{v.Balancer, v.VIP, v.Place, v.Through, v.Reason.String(), v.Sentence, v.Because, v.Stage, v.Backend, nil, v.Of, v.Zone, v.Chassis,
			v.Hairpin, v.SNAT, v.SNATBy, v.Remedy, v.Commands}
		if v.Of > 0 {
			j.Bucket = &v.Bucket
		}
		report.Verdicts = append(report.Verdicts, j)
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(report)
}

// Mermaid draws the first packet's way, and the way of the first that came back, as a sequence diagram.
func (r *Report) Mermaid(out io.Writer) error {
	p := &printer{out: out}
	p.f("sequenceDiagram\n")
	if forward := r.Flow.Forward(); len(forward) > 0 {
		draw(p, forward[0], r.Flow.From, "->>")
	} else {
		p.f("  participant %s\n  Note over %s: nothing was sent: %s\n", id(r.Flow.From), id(r.Flow.From), r.Outcome)
	}
	if reply := r.Flow.Reply(); len(reply) > 0 {
		draw(p, reply[0], reply[0].Machine, "-->>")
	}
	r.each(func(v *Verdict, _ []string) {
		if v.Place != "" && v.applies() == 0 {
			p.f("  Note over %s: %s: %s\n", id(v.Place), id(v.Balancer), v.Reason)
		}
	})
	return p.err
}

// draw draws one packet's way: an arrow for each datapath that it comes to, a note for each change.
func draw(p *printer, j *Journey, from, arrow string) {
	at := id(from)
	if from == "" {
		at = id(j.Port)
	}
	ended := true
	j.steps(func(s step) {
		switch {
		case s.Kind == trace.Enter && id(s.Datapath.Name) != at && s.Pipeline == 0:
			p.f("  %s%s%s: %s\n", at, arrow, id(s.Datapath.Name), s.tuple)
			at = id(s.Datapath.Name)
		case s.Choice != nil:
			p.f("  Note over %s: balanced to %s\n", at, s.Choice.Backend)
		case s.Tracking != nil && s.Tracking.Was != "":
			p.f("  Note over %s: becomes %s\n", at, s.Tracking.Now)
		case s.Kind == trace.Deliver:
			p.f("  %s%s%s: %s\n", at, arrow, id(s.Arrival.Port), s.tuple)
			ended = false
		}
	})
	if ended {
		end := j.End()
		p.f("  Note over %s: ended in %s\n", at, end.Stage)
	}
}

// id is a name as mermaid takes it for a participant.
func id(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, name)
}
