package explain

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline/northd"
	"ovnsim/sim/trace"
)

// Fate is what became of a probe in one network: what is compared.
type Fate struct {
	Outcome  string `json:"outcome"`          // answered, refused, …
	Source   string `json:"source,omitempty"` // as the server saw it
	Backends string `json:"backends,omitempty"`
	Path     string `json:"path,omitempty"`
	End      string `json:"end,omitempty"` // where it was dropped
}

var backendList = regexp.MustCompile(`backends=([^;)]*)`)

// FateOf reads a fate off a flow. source is what the server saw, "" when the request reached nobody.
func FateOf(f *Flow, source string) Fate {
	fate := Fate{Outcome: f.Stop.String(), Source: source}
	forward := f.Forward()
	if len(forward) == 0 {
		return fate
	}
	j := forward[0]
	fate.Path = strings.Join(j.Path(), " → ")
	end := j.End()
	if len(end.Delivered) == 0 {
		fate.End = end.Datapath + " " + end.Stage
	}
	var table *trace.Event
	for i := range j.Events.Events {
		switch ev := &j.Events.Events[i]; {
		case ev.Kind == trace.Table:
			table = ev
		case ev.Choice != nil && table != nil && table.Flow != nil:
			if m := backendList.FindStringSubmatch(table.Flow.Actions); m != nil {
				all := strings.Split(m[1], ",")
				slices.Sort(all)
				fate.Backends = strings.Join(all, ",")
			}
		}
	}
	if fate.Backends != "" && len(end.Delivered) > 0 {
		fate.Path = strings.Split(fate.Path, " → ")[0] + " → …" // where it goes depends on the backend
	}
	return fate
}

// Passed lists the datapaths that a flow's packets passed, there and back.
func (f *Flow) Passed() []string {
	var out []string
	for _, j := range f.Journeys {
		out = append(out, j.Path()...)
	}
	return out
}

// Difference is probes that change in one way.
type Difference struct {
	Change  string   `json:"change"`
	Old     Fate     `json:"old"`
	New     Fate     `json:"new"`
	Example Probe    `json:"-"`
	Probe   string   `json:"example"`
	Probes  int      `json:"probes"`
	Sources int      `json:"sources"` // ports
	Targets int      `json:"targets"`
	Asked   []string `json:"asked"` // protocols and ports
}

// Differences gathers differences, those alike together.
type Differences struct {
	List  []*Difference
	index map[string]*Difference
	seen  map[string]bool
}

// Add compares a probe's fates.
func (d *Differences) Add(p Probe, old, now Fate) {
	if old == now {
		return
	}
	if d.index == nil {
		d.index, d.seen = map[string]*Difference{}, map[string]bool{}
	}
	change := changeOf(old, now)
	g := d.index[change]
	if g == nil {
		g = &Difference{Change: change, Old: old, New: now, Example: p, Probe: p.String()}
		d.index[change] = g
		d.List = append(d.List, g)
	}
	g.Probes++
	if key := change + " from " + p.From; !d.seen[key] {
		d.seen[key] = true
		g.Sources += p.Sources
	}
	if key := change + " to " + p.Target; !d.seen[key] {
		d.seen[key] = true
		g.Targets += p.Targets
	}
	asked := lb.ProtoName(p.Proto)
	if hasPorts(p.Proto) {
		asked += fmt.Sprintf(" %d", p.To.Port())
	}
	if !slices.Contains(g.Asked, asked) {
		g.Asked = append(g.Asked, asked)
	}
}

// changeOf says in a few words what changed, most telling first.
func changeOf(old, now Fate) string {
	stage := func(f Fate) string {
		if _, s, ok := strings.Cut(f.End, " "); ok {
			return " (ended in " + s + ")"
		}
		return ""
	}
	switch {
	case old.Outcome != now.Outcome || old.End != now.End && mask(stage(old)) != mask(stage(now)):
		return fmt.Sprintf("%s%s becomes %s%s", old.Outcome, stage(old), now.Outcome, stage(now))
	case old.Backends != now.Backends:
		return fmt.Sprintf("backends %s become %s", orNone(old.Backends), orNone(now.Backends))
	case old.Source != now.Source:
		return "the server sees another source"
	}
	return "another way"
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// Text tells a person.
func (d *Differences) Text(out io.Writer, plan *Plan) error {
	p := &printer{out: out}
	p.f("%d flows differ, on %d of %d datapaths (as OVN %s does it)\n", plan.Flows, len(plan.Changed), plan.Datapaths, northd.Version)
	if len(d.List) == 0 {
		p.f("no request that was tried changes\n")
	}
	for _, g := range d.List {
		p.f("\n%s\n  from %d ports to %d targets, by %s\n  for example %s\n", g.Change, g.Sources, g.Targets, someOf(g.Asked), g.Example)
		p.f("    old: %s\n    new: %s\n", g.Old, g.New)
	}
	return p.err
}

// String says a fate in one line.
func (f Fate) String() string {
	text := f.Outcome
	for _, part := range [][2]string{{"seen from ", f.Source}, {"one of ", f.Backends}, {"by ", f.Path}, {"ended in ", f.End}} {
		if part[1] != "" {
			text += ", " + part[0] + part[1]
		}
	}
	return text
}

// JSON writes the differences for programs.
func (d *Differences) JSON(out io.Writer, plan *Plan, done int) error {
	list := d.List
	if list == nil {
		list = []*Difference{}
	}
	return writeJSON(out, struct {
		OVN         string        `json:"ovn"`
		Flows       int           `json:"flows"`
		Datapaths   []string      `json:"datapaths"`
		Probes      int           `json:"probes"`
		Done        int           `json:"done"`
		Differences []*Difference `json:"differences"`
	}{northd.Version, plan.Flows, sortedNames(plan.Changed), len(plan.Probes), done, list})
}

func sortedNames(m map[string]bool) []string {
	out := []string{}
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
