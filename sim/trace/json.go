package trace

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline/action"
)

// jsonEvent is an event as JSON: what is named like a field of Event means the same.
type jsonEvent struct {
	Kind     string      `json:"kind"`
	Text     string      `json:"text"` // the line of the detailed form
	Datapath string      `json:"datapath,omitempty"`
	Pipeline string      `json:"pipeline,omitempty"`
	Inport   *string     `json:"inport,omitempty"`
	Outport  *string     `json:"outport,omitempty"`
	Table    *int        `json:"table,omitempty"`
	Stage    string      `json:"stage,omitempty"`
	Flow     *jsonFlow   `json:"flow,omitempty"`
	Action   string      `json:"action,omitempty"`
	Ports    []string    `json:"ports,omitempty"`
	Tracking *Tracking   `json:"tracking,omitempty"`
	Choice   *Choice     `json:"choice,omitempty"`
	Arrival  *Arrival    `json:"arrival,omitempty"`
	Events   []jsonEvent `json:"events,omitempty"`
}

type jsonFlow struct {
	Match    string `json:"match"`
	Priority int    `json:"priority"`
	Actions  string `json:"actions"`
	Source   string `json:"source,omitempty"`
	Hint     string `json:"hint,omitempty"`
	UUID     string `json:"uuid,omitempty"`
}

// JSON is events as a JSON array of trees.
func JSON(events []Event, names *Names) ([]byte, error) {
	p := printer{names: names, events: events, nodes: siblings(events)}
	out := []jsonEvent{}
	if len(events) > 0 {
		out = p.tree(0)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(out)
	return b.Bytes(), err
}

// WriteJSON writes JSON indented.
func WriteJSON(w io.Writer, events []Event, names *Names) error {
	text, err := JSON(events, names)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", " "); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

// tree is an event and its siblings.
func (p *printer) tree(i int) []jsonEvent {
	var out []jsonEvent
	for {
		out = append(out, p.jsonEvent(&p.events[i]))
		if child := p.nodes[i].child; child != 0 {
			out[len(out)-1].Events = p.tree(child)
		}
		if i = p.nodes[i].next; i == 0 {
			return out
		}
	}
}

func (p *printer) jsonEvent(e *Event) jsonEvent {
	j := jsonEvent{Kind: e.Kind.String(), Text: strings.TrimSpace(p.text(e))}
	if e.Datapath != nil {
		j.Datapath = p.names.Datapath(e.Datapath)
	}
	switch e.Kind {
	case Enter:
		j.Pipeline = e.Pipeline.String()
	case Table:
		j.Pipeline, j.Table, j.Stage = e.Pipeline.String(), &e.Number, e.Stage
	case Act:
		j.Action = "drop"
		if e.Action != nil {
			j.Action = action.Format(e.Action, e.At)
		}
	}
	j.Tracking, j.Choice, j.Arrival = e.Tracking, e.Choice, e.Arrival
	j.Inport, j.Outport = p.portName(e.In), p.portName(e.Out)
	for _, port := range e.To {
		j.Ports = append(j.Ports, p.names.Port(port.Name))
	}
	if f := e.Flow; f != nil {
		j.Flow = &jsonFlow{Match: f.Match, Priority: int(f.Priority), Actions: f.Actions, Source: f.Source, Hint: f.Hint}
		if f.UUID != [16]byte{} {
			j.Flow.UUID = ovsdb.UUID(f.UUID).String()
		}
	}
	return j
}

func (p *printer) portName(port *Port) *string {
	if port == nil {
		return nil
	}
	name := p.names.Port(port.Name)
	return &name
}
