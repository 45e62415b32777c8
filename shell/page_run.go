package shell

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Transcript is a page that is played: what was typed and said goes to Out, and what differs from the page is told there.
type Transcript struct {
	Out     io.Writer
	Echo    bool // show the commands and what they said, not only what differs
	Checked int  // outputs that the page shows
	Failed  int  // steps that went otherwise
	Ran     int
}

// screen is where a session's commands print: to whatever is listening now.
type screen struct {
	mu sync.Mutex
	to io.Writer
}

// Write prints.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Write(p)
}

func (s *screen) show(to io.Writer) {
	s.mu.Lock()
	s.to = to
	s.mu.Unlock()
}

// Play types a page's commands into a session of their own. A step that fails where the page does not show how is a
// difference, too; the steps behind it are played all the same. The error is ctx's.
func (t *Transcript) Play(ctx context.Context, w World, o Options, p *Page) error {
	sc := &screen{to: io.Discard}
	o.Out, o.Err = sc, sc
	s, err := New(w, o)
	if err != nil {
		return err
	}
	for _, step := range p.Steps {
		if ctx.Err() != nil {
			break
		}
		var said bytes.Buffer
		sc.show(&said)
		t.Ran++
		if t.Echo {
			fmt.Fprintf(t.Out, "%s$ %s\n", s.promptOf(step), strings.ReplaceAll(step.Text, "\n", "\n> "))
		}
		err := s.step(ctx, step)
		sc.show(io.Discard)
		if t.Echo {
			_, _ = t.Out.Write(said.Bytes())
		}
		var exit *ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Failed++
			fmt.Fprintf(t.Out, "%s:%d: %v\n", p.Name, step.Line, err)
			return ctx.Err()
		}
		t.hold(p, step, said.String(), exit)
		if s.exited() {
			break
		}
	}
	return ctx.Err()
}

// promptOf is how a step's command is shown: where it runs.
func (s *Shell) promptOf(step *Step) string {
	places, err := s.placesOf(step)
	var names []string
	for _, p := range places {
		names = append(names, p.host())
	}
	if err != nil || len(names) == 0 || len(names) == 1 && names[0] == "hypervisor" {
		return ""
	}
	return strings.Join(names, ",") + " "
}

// step runs a step where it belongs; on several machines one after the other.
func (s *Shell) step(ctx context.Context, step *Step) error {
	places, err := s.placesOf(step)
	if err != nil {
		return err
	}
	for _, p := range places {
		stay := s.here
		s.here = p
		err = errors.Join(err, s.runNodes(ctx, p, step.stmts))
		if s.here == p {
			s.here = stay
		}
	}
	return err
}

// placesOf finds where a step runs: where its prompt says, where a comment above it says, or where the session stands.
func (s *Shell) placesOf(step *Step) ([]*place, error) {
	if step.Host != "" {
		if p, err := s.place(step.Host); p != nil || err != nil {
			return []*place{p}, err
		}
	}
	for _, note := range step.Notes {
		var out []*place
		for _, name := range s.named(note) {
			p, err := s.place(name)
			if err != nil {
				return nil, err
			}
			out = append(out, p)
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	return []*place{s.here}, nil
}

// between is what may stand between the names of machines at the beginning of a comment.
var between = regexp.MustCompile(`^(?:\s*(?:,|&|、|和|与)\s*|\s+and\s+)`)

// named is the machines that a comment begins with: "vm1", "vm1 and vm2: …", "vm3发起请求".
func (s *Shell) named(note string) (out []string) {
	for {
		best := ""
		for _, name := range append(slices.Clone(s.world.Machines()), "hypervisor") {
			if strings.HasPrefix(note, name) && len(name) > len(best) && !continues(note[len(name):]) {
				best = name
			}
		}
		if best == "" {
			return out
		}
		out = append(out, best)
		note = note[len(best):]
		sep := between.FindString(note)
		if sep == "" {
			return out
		}
		note = note[len(sep):]
	}
}

// continues tells whether a text goes on with the word that came before it: vm1 is not what vm10 begins with.
func continues(rest string) bool {
	return rest != "" && (rest[0] == '-' || rest[0] == '_' || rest[0] >= '0' && rest[0] <= '9' || rest[0]|0x20 >= 'a' && rest[0]|0x20 <= 'z')
}

var statusLine = regexp.MustCompile(`^\[(\d+)\]$`)

// hold holds what a step said against what the page shows.
func (t *Transcript) hold(p *Page, step *Step, said string, exit *ExitError) {
	status := 0
	if exit != nil {
		status = exit.Status
	}
	if !step.Shown {
		if status != 0 {
			t.Failed++
			fmt.Fprintf(t.Out, "%s:%d: %s\n  ended with status %d%s\n", p.Name, step.Line, step.Text, status, block(":", trimmed(split(said))))
		}
		return
	}
	t.Checked++
	want, got := trimmed(step.Want), trimmed(split(said))
	if n := len(want); n > 0 {
		if m := statusLine.FindStringSubmatch(want[n-1]); m != nil {
			want = want[:n-1]
			got = append(got, fmt.Sprintf("[%d]", status))
			want = append(want, m[0])
			status = 0
		}
	}
	if Matches(want, got) && (status == 0 || len(want) > 0) {
		return
	}
	t.Failed++
	fmt.Fprintf(t.Out, "%s:%d: %s\n  expected%s\n  actual%s\n", p.Name, step.Line, step.Text, block(":", want), block(":", got))
	if status != 0 {
		fmt.Fprintf(t.Out, "  exit status %d\n", status)
	}
}

// block is lines under a heading.
func block(head string, lines []string) string {
	if len(lines) == 0 {
		return head + " nothing"
	}
	return head + "\n    " + strings.Join(lines, "\n    ")
}

// trimmed is lines without blanks at their ends and without empty ones at the end of all.
func trimmed(lines []string) []string {
	var out []string
	for _, l := range lines {
		out = append(out, strings.TrimRight(l, " \t\r"))
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// Matches tells whether output is as shown. In what is shown "..." stands for any text, and on a line of its own for any
// lines; behind a first line "(any order)" the lines may come in any order.
func Matches(want, got []string) bool {
	if len(want) > 0 && strings.TrimSpace(want[0]) == "(any order)" {
		return anyOrder(want[1:], got)
	}
	// at[j] tells whether the lines of want so far can be the first j of got.
	at := make([]bool, len(got)+1)
	at[0] = true
	for _, w := range want {
		next := make([]bool, len(got)+1)
		if strings.TrimSpace(w) == "..." {
			open := false
			for j := range at {
				open = open || at[j]
				next[j] = open
			}
		} else {
			for j := range got {
				next[j+1] = at[j] && lineMatches(w, got[j])
			}
		}
		at = next
	}
	return at[len(got)]
}

// lineMatches holds a line against one in which "..." stands for any text.
func lineMatches(want, got string) bool {
	parts := strings.Split(want, "...")
	if len(parts) == 1 {
		return want == got
	}
	if !strings.HasPrefix(got, parts[0]) {
		return false
	}
	got = got[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(got, part)
		if i < 0 {
			return false
		}
		got = got[i+len(part):]
	}
	return strings.HasSuffix(got, parts[len(parts)-1])
}

// anyOrder finds a line of the output for each that is shown, the plain ones first; a line "..." takes what is left.
func anyOrder(want, got []string) bool {
	left := slices.Clone(got)
	rest := false
	take := func(w string) bool {
		i := slices.IndexFunc(left, func(g string) bool { return lineMatches(w, g) })
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
		}
		return i >= 0
	}
	for _, pass := range []bool{false, true} {
		for _, w := range want {
			switch {
			case strings.TrimSpace(w) == "...":
				rest = true
			case strings.Contains(w, "...") == pass && !take(w):
				return false
			}
		}
	}
	return rest || len(left) == 0
}

// RunScript runs a script's commands where its comments say, as Run does where they say nothing.
func RunScript(ctx context.Context, w World, o Options, p *Page) error {
	s, err := New(w, o)
	if err != nil {
		return err
	}
	for _, step := range p.Steps {
		err = s.step(ctx, step)
		var exit *ExitError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !errors.As(err, &exit):
			return err
		case s.exited():
			return err
		}
	}
	return err
}

// exited tells whether a script called exit, anywhere.
func (s *Shell) exited() bool {
	for _, p := range s.places {
		if p.runner.Exited() {
			return true
		}
	}
	return false
}
