package trace

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"ovnsim/pipeline/action"
)

// Forms says which of ovn-trace's forms to print, in this order.
type Forms struct{ Detailed, Summary, Minimal bool }

// Write prints events as ovn-trace does (ovn-trace(8), "OUTPUT"), each form under a banner when there are several.
func (f Forms) Write(w io.Writer, events []Event, names *Names) error {
	p := printer{names: names, events: events, nodes: siblings(events)}
	several := f.Detailed && f.Summary || f.Detailed && f.Minimal || f.Summary && f.Minimal
	for _, form := range []struct {
		wanted bool
		banner string
		print  func()
	}{
		{f.Detailed, "# Detailed trace.\n", func() { p.detailed(0, 0) }},
		{f.Summary, "# Summary trace.\n", func() { p.outline(p.prune(0, inSummary), 0) }},
		{f.Minimal, "# Minimal trace.\n", func() { p.outline(p.prune(0, inMinimal), 0) }},
	} {
		if !form.wanted {
			continue
		}
		if several {
			p.out.WriteString(form.banner)
		}
		if len(events) > 0 {
			form.print()
		}
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

// node links an event to its next sibling and its first child; 0 is none (the first event is nobody's sibling or child).
type node struct{ next, child int }

// siblings finds the tree in the depths.
func siblings(events []Event) []node {
	nodes := make([]node, len(events))
	var last []int // by depth: the latest event there that may still get siblings
	for i := range events {
		d := events[i].Depth
		switch {
		case d < len(last):
			nodes[last[d]].next = i
		case d > 0 && i > 0:
			nodes[i-1].child = i
		}
		last = append(last[:min(d, len(last))], i)
	}
	return nodes
}

type printer struct {
	names  *Names
	events []Event
	nodes  []node
	out    strings.Builder
}

const indentation = "    "

func (p *printer) indent(level int) {
	for range level {
		p.out.WriteString(indentation)
	}
}

// detailed prints an event and its siblings. What comes last goes on at its parent's level, as a tail call would.
func (p *printer) detailed(i, level int) {
	for {
		e, n := &p.events[i], p.nodes[i]
		if e.Kind != Modify && e.Kind != Deliver {
			in := 0
			if n.next != 0 || e.Apart || p.leaf(i) {
				in = 1
			}
			p.line(i, level+in)
			if n.child != 0 {
				p.detailed(n.child, level+2*in)
			}
		}
		if i = n.next; i == 0 {
			return
		}
	}
}

// leaf tells events that nothing is nested in. What conntrack did is a heading where the packet goes on from there.
func (p *printer) leaf(i int) bool {
	return p.events[i].Kind.leaf() && !p.tracked(i)
}

func (p *printer) tracked(i int) bool { return p.events[i].Kind == Track && p.nodes[i].child != 0 }

func (p *printer) line(i, level int) {
	e := &p.events[i]
	text := p.text(e)
	if p.tracked(i) {
		text = e.Tracking.String()
	}
	if !e.Kind.title() && !p.tracked(i) {
		p.indent(level)
		p.out.WriteString(text)
		p.out.WriteByte('\n')
		return
	}
	p.out.WriteByte('\n')
	p.indent(level)
	p.out.WriteString(text)
	p.out.WriteByte('\n')
	p.indent(level)
	for range len(text) {
		p.out.WriteByte('-')
	}
	p.out.WriteByte('\n')
}

// What the shorter forms keep; the children of what they leave out move up.
func inSummary(k Kind) bool { return k != Table && k != Modify && k != Deliver }
func inMinimal(k Kind) bool {
	return k == Modify || k == Fork || k == Error || k == Deliver || k == Track || k == Choose
}

// branch is an event that a shorter form keeps.
type branch struct {
	event *Event
	below []branch
}

// prune is what a form keeps of an event and its siblings.
func (p *printer) prune(i int, keep func(Kind) bool) []branch {
	var out []branch
	for {
		n := p.nodes[i]
		var below []branch
		if n.child != 0 {
			below = p.prune(n.child, keep)
		}
		if keep(p.events[i].Kind) {
			out = append(out, branch{&p.events[i], below})
		} else {
			out = append(out, below...)
		}
		if i = n.next; i == 0 {
			return out
		}
	}
}

// outline prints the shorter forms.
func (p *printer) outline(branches []branch, level int) {
	for _, b := range branches {
		text := p.text(b.event)
		isAction := b.event.Kind == Act || b.event.Kind == Note || b.event.Kind == Track || b.event.Kind == Choose
		if isAction && strings.HasPrefix(text, "next(") {
			continue
		}
		p.indent(level)
		p.out.WriteString(text)
		if len(b.below) > 0 {
			p.out.WriteString(" {\n")
			p.outline(b.below, level+1)
			p.indent(level)
			p.out.WriteByte('}')
		}
		if !isAction {
			p.out.WriteByte(';')
		}
		p.out.WriteByte('\n')
	}
}

// text is what an event says.
func (p *printer) text(e *Event) string {
	switch e.Kind {
	case Enter:
		return p.heading(e)
	case Multicast:
		return fmt.Sprintf("multicast(dp=\"%s\", mcgroup=\"%s\")", p.names.Datapath(e.Datapath), e.Out.Name)
	case Table:
		return p.table(e)
	case Act:
		if e.Action == nil {
			return "drop;"
		}
		return p.names.Text(actionText(e))
	case Track:
		return "/* " + e.Tracking.String() + " */"
	case Choose:
		return "/* " + e.Choice.String() + " */"
	case Deliver:
		return `output("` + p.names.Port(e.Arrival.Port) + `")`
	}
	if len(e.To) == 0 {
		return e.Text
	}
	var to []any
	for _, port := range e.To {
		to = append(to, p.names.Port(port.Name))
	}
	return fmt.Sprintf(e.Text, to...)
}

// actionText is an action as ovn-trace writes it, which quotes nothing in the names of mirrors' ports.
func actionText(e *Event) string {
	if m, ok := e.Action.(*action.Mirror); ok {
		return `mirror("` + m.Port + `");`
	}
	return action.Format(e.Action, e.At)
}

func (p *printer) heading(e *Event) string {
	s := e.Pipeline.String() + `(dp="` + p.names.Datapath(e.Datapath) + `"`
	if e.In != nil {
		s += `, inport="` + p.names.Port(e.In.Name) + `"`
	}
	if e.Out != nil {
		s += `, outport="` + p.names.Port(e.Out.Name) + `"`
	}
	return s + ")"
}

func (p *printer) table(e *Event) string {
	s := fmt.Sprintf("%2d. ", e.Number)
	f := e.Flow
	if f == nil {
		if e.Stage != "" {
			s += e.Stage + ": "
		}
		return s + "no match (implicit drop)"
	}
	switch {
	case f.StageName != "" && f.Source != "":
		s += f.StageName + " (" + f.Source + "): "
	case f.StageName != "":
		s += f.StageName + ": "
	case f.Source != "":
		s += "(" + f.Source + "): "
	}
	s += p.names.Text(f.Match) + ", priority " + strconv.Itoa(int(f.Priority))
	if f.UUID != [16]byte{} {
		s += ", uuid " + hex.EncodeToString(f.UUID[:4])
	}
	return s
}
