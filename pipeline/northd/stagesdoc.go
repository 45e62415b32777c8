package northd

import (
	"fmt"
	"io"
	"reflect"
	"runtime"
	"sort"
	"strings"

	"ovnsim/pipeline"
)

//go:generate go test -run TestStagesDocument -update .

// WriteStages writes the index of the compiler: every stage with the features that write it and where they are.
func WriteStages(w io.Writer) error {
	b := &strings.Builder{}
	b.WriteString("# Stages\n\nMade by `go generate ./pipeline/northd`; do not edit. Every stage of OVN " + Version +
		" in pipeline order, with the features that\nmay write it. The miss column is the actions of the flow at priority 0 that every datapath has.\n")
	last := ""
	for i := range pipeline.Stages {
		info := &pipeline.Stages[i]
		if heading := fmt.Sprintf("%s, %s", info.Type, info.Pipeline); heading != last {
			fmt.Fprintf(b, "\n## %s\n\n| # | stage | manual | miss | features |\n|---|---|---|---|---|\n", heading)
			last = heading
		}
		fmt.Fprintf(b, "| %d | `%s` | %s | %s | %s |\n", info.Stage.Number(), info.Name, info.Title, code(info.Miss), strings.Join(writers(info.Stage), ", "))
	}
	b.WriteString("\n## Features\n\n| feature | what it is | file |\n|---|---|---|\n")
	for i := range features {
		f := &features[i]
		fmt.Fprintf(b, "| %s | %s | %s |\n", f.name, f.title, strings.Join(f.files(), ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

// writers is the features that may write a stage, each with its file.
func writers(s pipeline.Stage) (out []string) {
	for i := range features {
		for _, may := range features[i].stages {
			if may == s && features[i].name != missFeature.name {
				out = append(out, fmt.Sprintf("%s (%s)", features[i].name, strings.Join(features[i].files(), ", ")))
			}
		}
	}
	return out
}

// files is where a feature's hooks are, as links of file:line.
func (f *feature) files() (out []string) {
	seen := map[string]bool{}
	for _, hook := range []any{f.global, f.switch_, f.switchPort, f.router, f.routerPort} {
		v := reflect.ValueOf(hook)
		if v.IsNil() {
			continue
		}
		file, line := runtime.FuncForPC(v.Pointer()).FileLine(v.Pointer())
		name := file[strings.LastIndex(file, "/")+1:]
		if !seen[name] {
			seen[name] = true
			out = append(out, fmt.Sprintf("[%s:%d](northd/%s#L%d)", name, line, name, line))
		}
	}
	sort.Strings(out)
	return out
}
