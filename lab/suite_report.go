package lab

import (
	"fmt"
	"io"
	"strings"
	"time"

	"ovnsim/pipeline/northd"
	"ovnsim/topology"
)

// SuiteReport tells of a suite as go test does: what failed, with what was wanted, what came, and where the two part; then
// a line for every lab file.
type SuiteReport struct {
	Out         io.Writer
	Verbose     bool // tell of what passed, too
	Color       bool
	Annotations bool // GitHub's annotations of the lines that failed

	file   string
	failed int
	cases  int
	checks int
	took   time.Duration
	total  Totals
	err    error
}

// Totals counts cases.
type Totals struct{ Cases, Passed, Failed, Skipped, Checks int }

func (r *SuiteReport) printf(format string, args ...any) {
	if r.err == nil {
		_, r.err = fmt.Fprintf(r.Out, format, args...)
	}
}

func (r *SuiteReport) paint(color, text string) string {
	if !r.Color {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// Case tells of a case, after all that went before it.
func (r *SuiteReport) Case(v *Verdict) {
	if v.Lab.File != r.file {
		r.endFile()
		r.file = v.Lab.File
	}
	r.cases++
	r.took += v.Took
	r.checks += v.Checks()
	r.total.Cases++
	r.total.Checks += v.Checks()
	switch {
	case v.Skipped:
		r.total.Skipped++
		if r.Verbose {
			r.printf("--- SKIP: %s\n", v.Name())
		}
	case v.Pass():
		r.total.Passed++
		if r.Verbose {
			r.printf("--- %s: %s (%s)\n", r.paint("32", "PASS"), v.Name(), seconds(v.Took))
		}
	default:
		r.total.Failed++
		r.failed++
		r.printf("--- %s: %s (%s)\n", r.paint("31", "FAIL"), v.Name(), seconds(v.Took))
		for _, p := range v.Problems() {
			r.printf("%s", indented(p.String(), "    "))
			if r.Annotations {
				r.printf("::error file=%s,line=%d,col=%d,title=%s::%s\n", property(p.File), p.Line, p.Col, property(v.Scenario.Name), data(p.Text))
			}
		}
	}
}

func (r *SuiteReport) endFile() {
	switch {
	case r.cases == 0:
	case r.failed > 0:
		r.printf("%s\t%s\t%s\t%d of %d scenarios failed\n", r.paint("31", "FAIL"), r.file, seconds(r.took), r.failed, r.cases)
	default:
		r.printf("%s  \t%s\t%s\t%d scenarios, %d checks\n", r.paint("32", "ok"), r.file, seconds(r.took), r.cases, r.checks)
	}
	r.cases, r.failed, r.checks, r.took = 0, 0, 0, 0
}

// End ends the report and tells what it counted.
func (r *SuiteReport) End(took time.Duration) (Totals, error) {
	r.endFile()
	t := r.total
	word := r.paint("32", "PASS")
	if t.Failed > 0 {
		word = r.paint("31", "FAIL")
	}
	skipped := ""
	if t.Skipped > 0 {
		skipped = fmt.Sprintf(", %d skipped", t.Skipped)
	}
	r.printf("%s: %d scenarios, %d failed%s, %d checks in %s (as OVN %s does it)\n", word, t.Cases, t.Failed, skipped, t.Checks, seconds(took), northd.Version)
	return t, r.err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2fs", d.Seconds()) }

func indented(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+by) + "\n"
}

// property and data escape texts for GitHub's workflow commands.
func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// Problem is one thing that went wrong in a case, and where it was expected.
type Problem struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col"`
	Text string `json:"text"`
}

// String is the problem with its place.
func (p Problem) String() string {
	return topology.Position{File: p.File, Line: p.Line, Col: p.Col}.String() + ": " + p.Text
}

func problem(pos topology.Position, text string) Problem {
	return Problem{pos.File, pos.Line, pos.Col, text}
}

// Problems lists what went wrong.
func (v *Verdict) Problems() []Problem {
	if v.Err != nil {
		return []Problem{problem(v.Scenario.Pos, v.Err.Error())}
	}
	if v.Outcome == nil {
		return nil
	}
	var out []Problem
	if v.Outcome.Failed != "" {
		text := "the script failed: " + v.Outcome.Failed
		for _, line := range lines(v.Outcome.Output) {
			text += "\n  | " + line
		}
		out = append(out, problem(v.Scenario.RunPos, text))
	}
	for _, a := range v.Outcome.Asked {
		if len(a.Misses) > 0 {
			out = append(out, problem(a.Pos, a.Problem()))
		}
	}
	return out
}

// Problem says what did not hold, and why.
func (a *Asked) Problem() string {
	var b strings.Builder
	if what := a.What(); what != "" {
		fmt.Fprintf(&b, "%s asks %s", a.From, what)
		if len(a.Results) > 1 {
			fmt.Fprintf(&b, ", %d times", len(a.Results))
		}
		b.WriteString("\n")
	}
	for _, m := range a.Misses {
		if wanted, got, ok := strings.Cut(m, "; got"); ok {
			fmt.Fprintf(&b, "  wanted: %s\n  got:    %s\n", strings.TrimPrefix(wanted, "wanted "), strings.TrimPrefix(strings.TrimPrefix(got, ":"), " "))
			continue
		}
		fmt.Fprintf(&b, "  %s\n", m)
	}
	if a.Parted != "" {
		fmt.Fprintf(&b, "  parted: %s\n", a.Parted)
	}
	for _, r := range a.Results {
		for _, v := range r.Verdicts {
			if v.Remedy != "" {
				fmt.Fprintf(&b, "  try:    %s\n", v.Remedy)
				return b.String()
			}
		}
	}
	return b.String()
}

// What says what an expectation asks for.
func (e *Expectation) What() string {
	switch {
	case e.Ping != "":
		return "ping " + e.Ping
	case e.UDP != "":
		return "udp " + e.UDP
	}
	return e.Get
}

// TellRecords tells of the records of a suite that was played in parts: what failed, and the counts. It tells how many failed.
func TellRecords(w io.Writer, records []Record, parts int) (failed int, err error) {
	r := &SuiteReport{Out: w}
	skipped, checks := 0, 0
	for _, rec := range records {
		checks += rec.Checks
		switch rec.Result {
		case "fail":
			failed++
			r.printf("--- FAIL: %s/%s (%.2fs)\n", rec.Lab, rec.Scenario, rec.Seconds)
			for _, p := range rec.Problems {
				r.printf("%s", indented(p.String(), "    "))
			}
		case "skip":
			skipped++
		}
	}
	r.printf("%d scenarios in %d reports, %d failed, %d skipped, %d checks\n", len(records), parts, failed, skipped, checks)
	return failed, r.err
}
