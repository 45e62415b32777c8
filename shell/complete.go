package shell

import (
	"context"
	"path"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"ovnsim/topology/nbctl"
)

// Complete is what a line editor asks: what could stand at a position of a line. It gives what is before the word under the
// cursor, the words that could be there, and what is behind.
func (s *Shell) Complete(line string, pos int) (before string, words []string, after string) {
	at := 0
	for i := 0; i < pos && at < len(line); i++ {
		_, n := utf8.DecodeRuneInString(line[at:])
		at += n
	}
	before, after = line[:at], line[at:]
	begin := strings.LastIndexAny(before, " \t|;&(`=,") + 1
	word := before[begin:]
	for _, w := range s.candidates(command0(before[:begin]), word) {
		if strings.HasPrefix(w, word) && (len(words) == 0 || words[len(words)-1] != w+" ") {
			words = append(words, w+ifElse(strings.HasSuffix(w, "/"), "", " "))
		}
	}
	return before[:begin], words, after
}

// command0 is the words of the command that is being typed, up to the one under the cursor.
func command0(text string) []string {
	if i := strings.LastIndexAny(text, "|;&(`"); i >= 0 {
		text = text[i+1:]
	}
	return strings.Fields(text)
}

// behindIP are what can be typed behind ip and its objects.
var behindIP = map[string][]string{"ip": {"addr", "link", "neigh", "netns", "route"}, "netns": {"add", "del", "exec", "list"}, "route": {"add", "del", "get", "replace", "show"},
	"addr": {"add", "del", "show"}, "link": {"add", "del", "set", "show"}, "neigh": {"del", "flush", "show"}}

func (s *Shell) candidates(typed []string, word string) (out []string) {
	defer func() { sort.Strings(out) }()
	machines := s.world.Machines()
	last := ""
	if len(typed) > 0 {
		last = typed[len(typed)-1]
	}
	for i, t := range typed { // what is run elsewhere is a command again
		if (t == "exec" || t == "on") && i+2 == len(typed) && slices.Contains(machines, last) {
			return Commands()
		}
		if (t == "exec" || t == "on") && i+2 < len(typed) && slices.Contains(machines, typed[i+1]) {
			return s.candidates(typed[i+2:], word)
		}
	}
	switch {
	case len(typed) == 0:
		return append(Commands(), "cd", "echo", "exit", "export", "for", "if", "printf", "set", "test", "true", "while")
	case last == "exec" || last == "on" || last == "-n" && typed[0] == "ip":
		return slices.Clone(machines)
	case typed[0] == "ovn-nbctl" && (len(typed) == 1 || last == "--"):
		for name := range nbctl.Commands() {
			out = append(out, name)
		}
		return out
	case typed[0] == "ovn-sbctl" && len(typed) == 1:
		return []string{"dump-flows", "find", "get", "lflow-list", "list", "show"}
	case typed[0] == "ovn-sbctl" && (last == "list" || last == "find" || last == "get"):
		return sbTableNames()
	case typed[0] == "help":
		return Commands()
	case typed[0] == "ip" && behindIP[last] != nil:
		return slices.Clone(behindIP[last])
	}
	return append(s.Names(), s.here.fileNames(word)...)
}

// fileNames are the files that a word may be the beginning of.
func (p *place) fileNames(word string) (out []string) {
	dir := path.Dir(word)
	if strings.HasSuffix(word, "/") {
		dir = path.Clean(word)
	}
	real := dir
	if !path.IsAbs(dir) {
		real = path.Join(p.variable("PWD"), dir)
	}
	entries, err := p.files.readDir(context.Background(), real)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.IsDir() {
			name += "/"
		}
		out = append(out, name)
	}
	return out
}
