package explain

import (
	"encoding/json"
	"io"

	"ovnsim/ovsdb"
	"ovnsim/pipeline/northd"
)

// LintText writes findings for people, one paragraph each.
func LintText(out io.Writer, findings []Finding) error {
	p := &printer{out: out}
	for i := range findings {
		f := &findings[i]
		p.f("%s: %s: %s\n    why: %s\n    try: %s\n", f.Place(), f.Rule.Name, f.Text, f.Rule.Why, f.Remedy)
	}
	return p.err
}

type jsonFinding struct {
	Rule   string     `json:"rule"`
	What   string     `json:"what"`
	File   string     `json:"file"`
	Line   int        `json:"line,omitempty"`
	Column int        `json:"column,omitempty"`
	Row    string     `json:"row"` // table and name
	UUID   ovsdb.UUID `json:"-"`
	ID     string     `json:"uuid"`
	Text   string     `json:"text"`
	Why    string     `json:"why"`
	Remedy string     `json:"remedy"`
}

// LintJSON writes findings for programs; file is the topology's.
func LintJSON(out io.Writer, file string, findings []Finding) error {
	list := []jsonFinding{}
	for i := range findings {
		f := &findings[i]
		pos := f.Row.Base().Pos
		list = append(list, jsonFinding{Rule: f.Rule.Name, What: f.Rule.What, File: file, Line: pos.Line, Column: pos.Col, Row: f.RowName(),
			ID: f.Row.Base().UUID.String(), Text: f.Text, Why: f.Rule.Why, Remedy: f.Remedy})
	}
	return writeJSON(out, struct {
		OVN      string        `json:"ovn"`
		Findings []jsonFinding `json:"findings"`
	}{northd.Version, list})
}

func writeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(v)
}

// The parts of SARIF 2.1.0 (OASIS, sections 3.13 and on) that findings need.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
		Full  sarifText `json:"fullDescription"`
		Help  sarifText `json:"help"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
)

// LintSARIF writes findings as SARIF 2.1.0, which code hosts show beside the lines.
func LintSARIF(out io.Writer, file string, findings []Finding) error {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "ovnsim"}}, Results: []sarifResult{}}
	index := map[*Rule]int{}
	for i := range Rules {
		r := &Rules[i]
		index[r] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{r.Name, sarifText{r.What}, sarifText{r.What + ": " + r.Why}, sarifText{r.Remedy}})
	}
	for i := range findings {
		f := &findings[i]
		at := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{file}}, Logical: []sarifLogical{{f.RowName(), "object"}}}
		if pos := f.Row.Base().Pos; pos.Line > 0 {
			at.Physical.Artifact.URI, at.Physical.Region = pos.File, &sarifRegion{pos.Line, pos.Col}
		}
		run.Results = append(run.Results, sarifResult{f.Rule.Name, index[f.Rule], "warning", sarifText{f.Text + ". " + f.Remedy}, []sarifLocation{at}})
	}
	return writeJSON(out, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}
