package lab

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"ovnsim/pipeline/northd"
)

// Record is what a suite's report file keeps of a case: a line of JSON, or a test case of JUnit.
type Record struct {
	Lab      string    `json:"lab"`
	Scenario string    `json:"scenario"`
	Result   string    `json:"result"` // pass, fail or skip
	Seconds  float64   `json:"seconds"`
	Checks   int       `json:"checks"`
	Problems []Problem `json:"problems,omitempty"`
	OVN      string    `json:"ovn"` // the version that is modelled
}

// Record makes the record of a case.
func (v *Verdict) Record() Record {
	r := Record{Lab: v.Lab.File, Scenario: v.Scenario.Name, Result: "pass", Seconds: v.Took.Round(time.Microsecond).Seconds(), Checks: v.Checks(),
		Problems: v.Problems(), OVN: northd.Version}
	switch {
	case v.Skipped:
		r.Result = "skip"
	case !v.Pass():
		r.Result = "fail"
	}
	return r
}

// WriteJSONL writes a line of JSON for every record.
func WriteJSONL(w io.Writer, records []Record) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, r := range records {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// junitSuites, junitSuite and junitCase are the JUnit file format, as far as the common readers agree on it.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     float64      `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       float64         `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Time    float64       `xml:"time,attr"`
	Checks  int           `xml:"assertions,attr"`
	Failure *junitFailure `xml:"failure"`
	Skipped *struct{}     `xml:"skipped"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes a JUnit file: a test suite for every lab file, a test case for every scenario.
func WriteJUnit(w io.Writer, records []Record) error {
	var all junitSuites
	for _, r := range records {
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != r.Lab {
			all.Suites = append(all.Suites, junitSuite{Name: r.Lab, Properties: []junitProperty{{"ovn", r.OVN}}})
		}
		s := &all.Suites[len(all.Suites)-1]
		c := junitCase{Class: r.Lab, Name: r.Scenario, Time: r.Seconds, Checks: r.Checks}
		switch r.Result {
		case "fail":
			c.Failure = &junitFailure{}
			for _, p := range r.Problems {
				if c.File == "" {
					c.File, c.Line = p.File, p.Line
					c.Failure.Message, _, _ = strings.Cut(p.Text, "\n")
				}
				c.Failure.Text += fmt.Sprintf("%s:%d:%d: %s\n", p.File, p.Line, p.Col, strings.TrimRight(p.Text, "\n"))
			}
			s.Failures++
			all.Failures++
		case "skip":
			c.Skipped = &struct{}{}
			s.Skipped++
			all.Skipped++
		}
		s.Tests++
		all.Tests++
		s.Time += r.Seconds
		all.Time += r.Seconds
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// ReadRecords reads a report file, JUnit or JSON lines, told by content.
func ReadRecords(data []byte, file string) ([]Record, error) {
	text := strings.TrimSpace(string(data))
	if strings.HasPrefix(text, "<") {
		return readJUnit(data, file)
	}
	var out []Record
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	for n := 1; ; n++ {
		var r Record
		err := d.Decode(&r)
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err == nil && (r.Lab == "" || !slices.Contains([]string{"pass", "fail", "skip"}, r.Result)):
			err = errors.New("no record of a scenario")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: record %d: %w", file, n, err)
		}
		out = append(out, r)
	}
}

func readJUnit(data []byte, file string) ([]Record, error) {
	var all junitSuites
	if err := xml.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("%s: neither JUnit nor JSON lines: %w", file, err)
	}
	var out []Record
	for _, s := range all.Suites {
		ovn := ""
		for _, p := range s.Properties {
			if p.Name == "ovn" {
				ovn = p.Value
			}
		}
		for _, c := range s.Cases {
			r := Record{Lab: s.Name, Scenario: c.Name, Result: "pass", Seconds: c.Time, Checks: c.Checks, OVN: ovn}
			switch {
			case c.Failure != nil:
				r.Result = "fail"
				r.Problems = problemsOf(c)
			case c.Skipped != nil:
				r.Result = "skip"
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// problemsOf finds the problems in a failure's text again: each begins with its place.
func problemsOf(c junitCase) []Problem {
	var out []Problem
	for line := range strings.Lines(c.Failure.Text) {
		var p Problem
		rest, ok := strings.CutPrefix(line, c.File+":")
		if ok {
			if n, _ := fmt.Sscanf(rest, "%d:%d: ", &p.Line, &p.Col); n == 2 {
				_, p.Text, _ = strings.Cut(rest, ": ")
				p.File = c.File
				out = append(out, p)
				continue
			}
		}
		if len(out) == 0 {
			out = append(out, Problem{File: c.File, Line: c.Line})
		}
		out[len(out)-1].Text += line
	}
	return out
}

// MergeRecords puts the records of several reports into one, in the order of labs and scenarios' names. A scenario that is
// in two reports is a mistake: shards overlap, or a report is given twice.
func MergeRecords(reports ...[]Record) ([]Record, error) {
	var out []Record
	seen := map[[2]string]bool{}
	for _, records := range reports {
		for _, r := range records {
			key := [2]string{r.Lab, r.Scenario}
			if seen[key] {
				return nil, fmt.Errorf("%s/%s is in more than one report", r.Lab, r.Scenario)
			}
			seen[key] = true
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b Record) int {
		if c := strings.Compare(a.Lab, b.Lab); c != 0 {
			return c
		}
		return strings.Compare(a.Scenario, b.Scenario)
	})
	return out, nil
}
