// Package labrec plays the scenarios of a lab file on a real OVN, and keeps what became of each request, to hold ours
// against: the same machines, the same source ports.
//
//	text, err := labrec.Record("examples/hairpin/lab.yaml", "../shared/oracle/ovn", "/tmp/ovn-labrec")
package labrec

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"ovnsim/internal/wirerec"
	"ovnsim/lab"
	"ovnsim/sim/host"
	"ovnsim/topology"
)

// Request is a request of a scenario, with what became of it.
type Request struct {
	Scenario string
	From     string
	Port     uint16 // source port; 0 for ping
	What     string // get URL, ping ADDRESS, udp ADDRESS:PORT
	Outcome  string // as lab files write it
}

// String is the request on a line of a recording.
func (r Request) String() string {
	return strings.Join([]string{r.Scenario, r.From, strconv.Itoa(int(r.Port)), r.What, r.Outcome}, "\t")
}

// ReadRequests reads a recording's lines; those that begin with # are its header.
func ReadRequests(text string) ([]Request, error) {
	var out []Request
	for n, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			return nil, fmt.Errorf("line %d: %d fields, not 5", n+1, len(f))
		}
		port, err := strconv.ParseUint(f[2], 10, 16)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		out = append(out, Request{f[0], f[1], uint16(port), f[3], f[4]})
	}
	return out, nil
}

// Ours plays a scenario here, and lists its requests, and when the first one was.
func Ours(l *lab.Lab, s *lab.Scenario) (requests []Request, began time.Duration, play *lab.Play, err error) {
	o, err := l.Play(s, func(p *lab.Play) { play = p })
	if err != nil {
		return nil, 0, nil, err
	}
	if o.Failed != "" {
		return nil, 0, nil, fmt.Errorf("%s: the script failed: %s", s.Name, o.Failed)
	}
	for _, a := range o.Asked {
		for _, r := range a.Results {
			if len(requests) == 0 && len(r.Flow.Journeys) > 0 {
				began = r.Flow.Journeys[0].At
			}
			what := a.What()
			if a.Get != "" {
				what = "get " + what
			}
			requests = append(requests, Request{s.Name, a.From, r.Flow.Local.Port(), what, r.Outcome})
		}
	}
	return requests, began, play, nil
}

// Playable tells whether a scenario is one that a real OVN can play here: one chassis, one script, and then requests.
func Playable(s *lab.Scenario) bool {
	return !strings.Contains(s.Run, "requested-chassis") && !slices.ContainsFunc(s.Expect, func(e *lab.Expectation) bool { return e.Run != "" })
}

// Record plays all scenarios of a lab on a real OVN, and gives the recording. script is the program that runs one, run a
// folder for it.
func Record(file, script, run string, progress io.Writer) (string, error) {
	l, err := lab.Load(file)
	if err != nil {
		return "", err
	}
	header, body := "", ""
	for _, s := range l.Scenarios {
		if !Playable(s) {
			continue
		}
		ours, began, play, err := Ours(l, s)
		if err != nil {
			return "", err
		}
		r, err := wirerec.Play(scenario(l, s, play, began, ours), script, run)
		if err != nil {
			return "", fmt.Errorf("%s: %w", s.Name, err)
		}
		header = r.Header
		for i, o := range r.Outcomes {
			real := ours[i]
			real.Outcome = outcome(o, ours[i].What)
			body += real.String() + "\n"
			if real.Outcome != ours[i].Outcome {
				fmt.Fprintf(progress, "%s: ours: %s\n", real, ours[i].Outcome)
			}
		}
		fmt.Fprintf(progress, "%s: %s: %d requests\n", file, s.Name, len(r.Outcomes))
	}
	_, header, _ = strings.Cut(header, "\n") // the scenario's title
	return "# " + strings.ReplaceAll(header, "./internal/wirerec/run", "./internal/labrec/run "+file) + "\n" + body, nil
}

// outcome is how lab files call what became of a request.
func outcome(o wirerec.Outcome, what string) string {
	switch {
	case o.Stop == host.Answered && strings.HasPrefix(what, "ping"):
		return "answered"
	case o.Stop == host.Answered:
		return strings.TrimSuffix(o.Body, "\n")
	case o.Exit == 28:
		return string(lab.TimedOut)
	case o.Stop == host.Refused:
		return string(lab.Refused)
	case o.Stop == host.NoRoute, o.Stop == host.NoNeighbour, o.Stop == host.Unreachable:
		return string(lab.NoRoute)
	}
	return string(lab.TimedOut)
}

// scenario is a lab's scenario as the recorder plays it: the network as the script has left it, the machines likewise, and the
// requests from the ports that they came from here.
func scenario(l *lab.Lab, s *lab.Scenario, play *lab.Play, began time.Duration, ours []Request) *wirerec.Scenario {
	out := &wirerec.Scenario{Title: s.Name, Northd: [][]string{commands(play.Topology)}, Wait: time.Second}
	for _, h := range l.Hosts {
		m := &wirerec.Machine{Port: h.Port}
		now := play.Host(h.Name)
		m.Config = host.Config{Name: h.Name, MAC: h.MAC, Addresses: h.Addresses, HTTP: map[uint16]string{}, UDP: map[uint16]string{}}
		for _, r := range now.Routes() {
			if r.Via.IsValid() {
				m.Config.Routes = append(m.Config.Routes, r)
			}
		}
		for _, site := range h.HTTP {
			if slices.Contains(now.Serving(), site.Port) {
				m.Config.HTTP[site.Port] = site.Body
			}
		}
		for _, site := range h.UDP {
			m.Config.UDP[site.Port] = site.Body
		}
		if p := l.Topology.SwitchPort(h.Port); p != nil && p.Type == "localnet" {
			m.Physical = true
		}
		out.Machines = append(out.Machines, m)
	}
	if began > time.Second { // the script let time pass, in which machines were there
		out.Steps = append(out.Steps, wirerec.Step{Sleep: min(began, longest)})
	}
	for _, r := range ours {
		out.Steps = append(out.Steps, step(r, l.Timeout))
	}
	return out
}

// longest is how long a script's sleeping is followed.
const longest = 30 * time.Second

func step(r Request, timeout time.Duration) wirerec.Step {
	verb, target, _ := strings.Cut(r.What, " ")
	st := wirerec.Step{Machine: r.From, Verb: verb, Target: target, From: r.Port, Count: 1, Timeout: timeout}
	if verb == "udp" {
		to, _ := netip.ParseAddrPort(target) // the lab file was read with it
		st.Verb, st.Target, st.Port = "ask", to.Addr().String(), to.Port()
	}
	return st
}

// commands makes a topology out of nothing: the arguments of one ovn-nbctl.
func commands(t *topology.Topology) []string {
	var out []string
	id := func(r topology.Record) string { return "@r" + strings.ReplaceAll(r.Base().UUID.String(), "-", "") }
	for _, table := range topology.Schema() {
		for _, r := range t.Records(table) {
			words := []string{"--", "--id=" + id(r), "create", table.Name}
			if table.Name == "NB_Global" {
				words = []string{"--", "set", "NB_Global", "."}
			}
			n := len(words)
			for _, c := range table.Columns {
				if table.Name != "NB_Global" || c.Name == "options" { // the rest of it is the real one's own
					words = append(words, assignments(c, r, id)...)
				}
			}
			if n < len(words) || table.Name != "NB_Global" {
				out = append(out, words...)
			}
		}
	}
	return out[1:] // without the first --
}

// assignments sets a column of a row.
func assignments(c *topology.Column, r topology.Record, id func(topology.Record) string) []string {
	d := c.Get(r)
	if len(d.Keys) == 0 || c.Ephemeral {
		return nil
	}
	text := func(a topology.Atom, k topology.Kind) string {
		switch k {
		case topology.Reference:
			return id(a.Row)
		case topology.String:
			return strconv.Quote(a.String)
		}
		return a.Text(k)
	}
	var values []string
	for i, k := range d.Keys {
		if c.IsMap {
			values = append(values, text(k, c.Kind)+"="+text(d.Values[i], c.Value))
		} else {
			values = append(values, text(k, c.Kind))
		}
	}
	switch {
	case c.IsMap:
		return []string{c.Name + "={" + strings.Join(values, ",") + "}"}
	case c.IsSet():
		return []string{c.Name + "=[" + strings.Join(values, ",") + "]"}
	}
	return []string{c.Name + "=" + values[0]}
}

// Write records a lab beside its file, as testdata/recorded.txt.
func Write(file, into, script, run string, progress io.Writer) error {
	text, err := Record(file, script, run, progress)
	if err != nil {
		return err
	}
	return os.WriteFile(into, []byte(text), 0o666)
}
