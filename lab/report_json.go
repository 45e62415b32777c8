package lab

import (
	"encoding/json"
	"io"

	"ovnsim/explain"
	"ovnsim/pipeline/northd"
	"ovnsim/sim/trace"
)

// jsonReport is a lab that was played, as data. Times are in seconds of virtual time.
type jsonReport struct {
	Lab       string         `json:"lab"`
	OVN       string         `json:"ovn"` // the version that is modelled
	Pass      bool           `json:"pass"`
	Scenarios []jsonScenario `json:"scenarios"`
}

type jsonScenario struct {
	Name   string      `json:"name"`
	Pass   bool        `json:"pass"`
	Failed string      `json:"script_failed,omitempty"`
	Output string      `json:"output,omitempty"`
	Asked  []jsonAsked `json:"asked"`
}

type jsonAsked struct {
	From     string         `json:"from"`
	Get      string         `json:"get,omitempty"`
	Ping     string         `json:"ping,omitempty"`
	UDP      string         `json:"udp,omitempty"`
	At       string         `json:"at"` // file:line:col of the expectation
	Outcomes map[string]int `json:"outcomes"`
	Misses   []string       `json:"misses,omitempty"`
	Parted   string         `json:"parted,omitempty"` // where what was wanted and what came part
	Requests []jsonRequest  `json:"requests"`
}

type jsonRequest struct {
	Outcome  string        `json:"outcome"`
	Exit     int           `json:"exit"`
	Local    string        `json:"local,omitempty"`
	Remote   string        `json:"remote"`
	Stop     string        `json:"stop"`
	Detail   string        `json:"detail,omitempty"`
	Seconds  float64       `json:"seconds"`
	Seen     string        `json:"seen_source,omitempty"` // as the server saw it
	Verdicts []jsonVerdict `json:"verdicts,omitempty"`
	Packets  []jsonPacket  `json:"packets,omitempty"` // with --trace
}

type jsonVerdict struct {
	Balancer string `json:"balancer"`
	VIP      string `json:"vip"`
	Place    string `json:"place,omitempty"`
	Reason   string `json:"reason"`
	Sentence string `json:"sentence"`
	Stage    string `json:"stage,omitempty"`
	Backend  string `json:"backend,omitempty"`
	Bucket   *int   `json:"bucket,omitempty"`
	Hairpin  bool   `json:"hairpin,omitempty"`
	Because  string `json:"because,omitempty"`
	Remedy   string `json:"remedy,omitempty"`
}

type jsonPacket struct {
	Seconds float64  `json:"at"`
	Port    string   `json:"port"`
	Packet  string   `json:"packet"`
	Stages  []string `json:"stages"`
	Reached []string `json:"delivered,omitempty"`
}

// WriteJSON writes what was played as JSON; withTrace adds the packets of every request.
func WriteJSON(w io.Writer, l *Lab, outcomes []*Outcome, withTrace bool) error {
	out := jsonReport{Lab: l.Name, OVN: northd.Version, Pass: true, Scenarios: []jsonScenario{}}
	for _, o := range outcomes {
		out.Pass = out.Pass && o.Pass()
		out.Scenarios = append(out.Scenarios, o.json(withTrace))
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(out)
}

func (o *Outcome) json(withTrace bool) jsonScenario {
	s := jsonScenario{Name: o.Scenario.Name, Pass: o.Pass(), Failed: o.Failed, Output: o.Output, Asked: []jsonAsked{}}
	for _, a := range o.Asked {
		j := jsonAsked{From: a.From, Get: a.Get, Ping: a.Ping, UDP: a.UDP, At: a.Pos.String(), Outcomes: a.Outcomes, Misses: a.Misses, Parted: a.Parted}
		for _, r := range a.Results {
			j.Requests = append(j.Requests, r.json(withTrace))
		}
		s.Asked = append(s.Asked, j)
	}
	return s
}

func (r *Result) json(withTrace bool) jsonRequest {
	out := jsonRequest{
		Outcome: r.Outcome, Exit: r.Exit, Remote: r.Flow.Remote.String(), Stop: r.Flow.Stop.String(),
		Detail: r.Flow.Detail, Seconds: r.Took.Seconds(),
	}
	if r.Flow.Local.IsValid() {
		out.Local = r.Flow.Local.String()
	}
	if r.Seen.IsValid() {
		out.Seen = r.Seen.Addr().String()
	}
	for _, v := range r.Verdicts {
		out.Verdicts = append(out.Verdicts, jsonOf(v))
	}
	if withTrace {
		for _, j := range r.Flow.Journeys {
			out.Packets = append(out.Packets, jsonPacket{j.At.Seconds(), j.Port, j.Packet, stages(j), j.End().Delivered})
		}
	}
	return out
}

func jsonOf(v explain.Verdict) jsonVerdict {
	out := jsonVerdict{
		Balancer: v.Balancer, VIP: v.VIP, Place: v.Place, Reason: v.Reason.String(), Sentence: v.Sentence,
		Stage: v.Stage, Backend: v.Backend, Hairpin: v.Hairpin, Because: v.Because, Remedy: v.Remedy,
	}
	if v.Of > 0 {
		out.Bucket = &v.Bucket
	}
	return out
}

// stages lists where a packet met flows: "datapath stage".
func stages(j *explain.Journey) []string {
	out := []string{}
	for i := range j.Events.Events {
		if ev := &j.Events.Events[i]; ev.Kind == trace.Table {
			out = append(out, ev.Datapath.Name+" "+ev.Stage)
		}
	}
	return out
}
