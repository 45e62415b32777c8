package tracefuzz

import (
	"errors"
	"fmt"
	"strings"
)

// Difference is a command that the two programs answer in different words.
type Difference struct {
	Command *Command
	Want    string
	Got     string
	First   string // the first lines that differ
}

// Hunted is what a hunt in one network found.
type Hunted struct {
	Traces      int
	Undecided   int        // the real one draws lots
	Crashes     []*Command // of the real one
	Differences []Difference
}

// Asked is how to hunt.
type Asked struct {
	Root    string // the repository's
	Traces  int
	Compile bool // our own flows
	Refused bool // compare what is no trace, too
	Seed    int64
}

// Hunt draws packets in a network and lets both programs trace them.
func Hunt(n *Network, asked Asked) (*Hunted, error) {
	r, err := startReal(asked.Root, n.File)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	w := newWorld(asked.Seed, n.Topology, n.Recorded)
	if len(w.places) == 0 {
		return &Hunted{}, nil
	}
	h := &Hunted{}
	for range asked.Traces {
		c := w.draw()
		if err := h.compare(r, n, c, asked); err != nil {
			return h, fmt.Errorf("%s: %w", c, err)
		}
		if len(h.Crashes) > loops {
			break
		}
	}
	return h, nil
}

func (h *Hunted) compare(r *Real, n *Network, c *Command, asked Asked) error {
	want, refused, code, err := r.Trace(c)
	if errors.Is(err, ErrCrashed) {
		h.Crashes = append(h.Crashes, c)
		_, _, err = n.Ours(c, asked.Compile)
		if err != nil && strings.HasPrefix(err.Error(), "PANIC") {
			h.add(c, "(a crash)", err.Error())
		}
		return nil
	}
	if err != nil {
		return err
	}
	h.Traces++
	got, said, err := n.Ours(c, asked.Compile)
	switch {
	case isRefusal(want, code) && !asked.Refused:
		if err == nil && !strings.Contains(got, "microflow does not") {
			h.add(c, want+refused, got)
		}
		return nil
	case err != nil:
		got += said + err.Error()
	}
	want, got = tidy(want, asked.Compile), tidy(got, asked.Compile)
	if want == got {
		return nil
	}
	for range throws(want) {
		again, _, _, err := r.Trace(c)
		if err != nil {
			return err
		}
		if tidy(again, asked.Compile) != want {
			h.Undecided++
			return nil
		}
	}
	h.add(c, want, got)
	return nil
}

// loops is how many crashes a network may have before it is left: where routers send packets around for ever, most traces end so.
const loops = 4

// throws is how often the real one is asked again whether it has drawn lots: backends and members of groups.
func throws(text string) int {
	if strings.Contains(text, "backends=") || strings.Contains(text, "select") {
		return 12
	}
	return 2
}

// isRefusal tells answers that are no trace.
func isRefusal(text string, code int) bool { return code != 0 || !strings.HasPrefix(text, "# ") }

func tidy(text string, compile bool) string {
	if compile {
		text = Norm(text)
	}
	var lines []string
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		lines = append(lines, strings.TrimRight(l, " "))
	}
	return strings.Join(lines, "\n")
}

func (h *Hunted) add(c *Command, want, got string) {
	h.Differences = append(h.Differences, Difference{Command: c, Want: want, Got: got, First: firstDifference(want, got)})
}

// firstDifference is the line before the first one that differs, and both that do.
func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	var s strings.Builder
	for j := max(0, i-4); j < i; j++ {
		fmt.Fprintf(&s, "    %s\n", a[j])
	}
	for _, x := range []struct {
		sign  string
		lines []string
	}{{"-", a}, {"+", b}} {
		for j := i; j < min(i+3, len(x.lines)); j++ {
			fmt.Fprintf(&s, "  %s %s\n", x.sign, x.lines[j])
		}
	}
	return s.String()
}
