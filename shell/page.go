package shell

import (
	"fmt"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Page is a script or a Markdown page as the commands that it says to type, and the output that it shows of them.
type Page struct {
	Name   string
	Blocks int // shell blocks; 1 for a script
	Steps  []*Step
}

// Step is a command with its place in the page.
type Step struct {
	Line  int // in the file, from 1
	Text  string
	Host  string   // that its prompt names, "" for no prompt or one without a host
	Notes []string // the comments above it, the nearest first: one may name the machines that it is for

	Shown bool     // the page shows the output, which may be empty
	Want  []string // its lines

	stmts []*syntax.Stmt
}

// shellBlocks are the languages of Markdown blocks that are run.
var shellBlocks = map[string]bool{"sh": true, "bash": true, "shell": true, "console": true, "shell-session": true, "shellsession": true, "sh-session": true,
	"bash-session": true, "terminal": true}

// ReadScript reads a script: all of it is commands.
func ReadScript(text, name string) (*Page, error) {
	p := &Page{Name: name, Blocks: 1}
	return p, p.code(split(text), 1)
}

// ReadMarkdown reads the shell blocks of a Markdown page (```sh, ```console and their like, fenced with ` or ~; a block whose
// first line says `skip` behind the language is left out).
//
// A line behind a prompt ($, [root@vm3 ~]#, vm3#) is a command, and what follows it the output. Lines without a prompt are
// commands whose output is not shown; in a block that begins with a prompt everything else is output.
func ReadMarkdown(text, name string) (*Page, error) {
	p := &Page{Name: name}
	lines := split(text)
	for i := 0; i < len(lines); i++ {
		m := fence.FindStringSubmatch(strings.TrimSuffix(lines[i], "\r"))
		if m == nil {
			continue
		}
		begin, end := i+1, i+1
		for end < len(lines) && !closes(lines[end], m[2]) {
			end++
		}
		if end == len(lines) {
			return nil, fmt.Errorf("%s:%d:%d: the block that begins here does not end", name, i+1, len(m[1])+1)
		}
		words := strings.Fields(m[3])
		if len(words) > 0 && shellBlocks[strings.ToLower(words[0])] && !strings.Contains(m[3], "skip") {
			p.Blocks++
			if err := p.block(unindent(lines[begin:end], len(m[1])), begin+1); err != nil {
				return nil, err
			}
		}
		i = end
	}
	return p, nil
}

var fence = regexp.MustCompile("^([ \t]*)(```+|~~~+)\\s*([^`]*)$")

// closes tells whether a line ends a block that a fence opened.
func closes(line, fence string) bool {
	line = strings.TrimSpace(line)
	return len(line) >= len(fence) && strings.Trim(line, fence[:1]) == ""
}

func unindent(lines []string, by int) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		cut := 0
		for cut < by && cut < len(l) && (l[cut] == ' ' || l[cut] == '\t') {
			cut++
		}
		out[i] = strings.TrimSuffix(l[cut:], "\r")
	}
	return out
}

// prompted takes a line with a prompt apart. A bare # begins a comment, and so is no prompt.
func prompted(line string) (host, command string, ok bool) {
	m := promptForms.FindStringSubmatch(line)
	if m == nil {
		return "", "", false
	}
	for _, h := range m[1:4] {
		host += h
	}
	return host, m[4], true
}

// promptForms is [user@host dir]#, user@host:dir$, host# and $.
var promptForms = regexp.MustCompile(`^(?:\[[^\s@\[\]]+@([^\s\[\]]+)(?: [^\[\]]*)?\][#$]|[\w.-]+@([\w.-]+):[^\s#$]*[#$]|([A-Za-z][\w.-]*)[#$]|\$) (.*)$`)

// block reads one shell block that begins at a line.
func (p *Page) block(lines []string, at int) error {
	console := false
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			_, _, console = prompted(l)
			break
		}
	}
	code := 0 // where the commands without prompt began
	for i := 0; i < len(lines); {
		host, command, ok := prompted(lines[i])
		if !ok {
			i++
			continue
		}
		if !console {
			if err := p.code(lines[code:i], at+code); err != nil {
				return err
			}
		}
		step := &Step{Line: at + i, Text: command, Host: host, Notes: notes(lines, i), Shown: true}
		for i++; i < len(lines) && strings.HasPrefix(lines[i], "> "); i++ {
			if _, err := Parse(step.Text, p.Name); err == nil || !syntax.IsIncomplete(err) {
				break
			}
			step.Text += "\n" + lines[i][2:]
		}
		for ; i < len(lines); i++ {
			if _, _, next := prompted(lines[i]); next || !console && (strings.TrimSpace(lines[i]) == "" || strings.HasPrefix(lines[i], "#")) {
				break
			}
			step.Want = append(step.Want, lines[i])
		}
		code = i
		if err := p.add(step); err != nil {
			return err
		}
	}
	if console {
		return nil
	}
	return p.code(lines[code:], at+code)
}

// add parses a step's command and keeps it.
func (p *Page) add(step *Step) error {
	file, err := Parse(step.Text, p.Name)
	if err != nil {
		return moved(err, step.Line-1)
	}
	step.stmts = file.Stmts
	p.Steps = append(p.Steps, step)
	return nil
}

// code reads commands without prompts: a step for each.
func (p *Page) code(lines []string, at int) error {
	text := strings.Join(lines, "\n")
	file, err := Parse(text, p.Name)
	if err != nil {
		return moved(err, at-1)
	}
	for _, stmt := range file.Stmts {
		line := int(stmt.Pos().Line())
		begin, end := stmt.Pos().Offset(), min(stmt.End().Offset(), uint(len(text)))
		p.Steps = append(p.Steps, &Step{Line: at + line - 1, Text: text[begin:end], Notes: notes(lines, line-1), stmts: []*syntax.Stmt{stmt}})
	}
	return nil
}

// moved is a syntax error with the line that it has in the page.
func moved(err error, by int) error {
	switch e := err.(type) {
	case syntax.ParseError:
		return fmt.Errorf("%s:%d:%d: %s", e.Filename, int(e.Pos.Line())+by, e.Pos.Col(), e.Text)
	case syntax.LangError:
		return fmt.Errorf("%s:%d:%d: the shell language here is bash's", e.Filename, int(e.Pos.Line())+by, e.Pos.Col())
	}
	return err
}

// notes are the comments above a line in its paragraph, the nearest first.
func notes(lines []string, at int) (out []string) {
	for i := at - 1; i >= 0 && strings.TrimSpace(lines[i]) != ""; i-- {
		if note, ok := strings.CutPrefix(strings.TrimSpace(lines[i]), "#"); ok {
			out = append(out, strings.TrimSpace(note))
		}
	}
	return out
}
