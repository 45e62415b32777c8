package lab

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"ovnsim/topology"
)

// Load reads a lab file. The error, where the file is wrong, is topology.Errors: everything that is wrong, each with
// file:line:col.
func Load(path string) (*Lab, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Read(data, path)
}

// Read reads a lab file from memory; file is its name in errors.
func Read(data []byte, file string) (*Lab, error) {
	doc, err := topology.ReadYAML(data, file)
	if err != nil && doc == nil {
		return nil, err
	}
	r := &reader{lab: &Lab{File: file, Topology: doc.Topology, Timeout: DefaultTimeout}, file: file}
	r.mapping(doc.Root, r.top(), topSections())
	r.check()
	if err := r.errs.Err(); err != nil {
		return nil, err
	}
	return r.lab, nil
}

// topSections are the keys of the file that package topology has read already.
func topSections() []string {
	var out []string
	for _, t := range topology.Schema() {
		out = append(out, t.Section)
	}
	return append(out, "check")
}

// reader reads the parts of a lab file that are not the network, collecting everything that is wrong.
type reader struct {
	lab  *Lab
	file string
	errs topology.Errors

	machines []*yaml.Node // names of machines that may be wrong
}

// keys says what to do with the value of each key of a mapping.
type keys map[string]func(value *yaml.Node)

func (r *reader) at(n *yaml.Node) topology.Position {
	return topology.Position{File: r.file, Line: n.Line, Col: n.Column}
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) { r.errs.Add(r.at(n), format, args...) }

// mapping reads a mapping; keys in others are somebody else's.
func (r *reader) mapping(n *yaml.Node, known keys, others []string) {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		r.fail(n, "a mapping is wanted here")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], resolve(n.Content[i+1])
		read := known[key.Value]
		switch {
		case seen[key.Value]:
			r.fail(key, "%q is here twice", key.Value)
		case read != nil:
			read(value)
		case !slices.Contains(others, key.Value):
			names := slices.Clone(others)
			for k := range known {
				names = append(names, k)
			}
			slices.Sort(names)
			r.fail(key, "unknown key %q%s", key.Value, topology.Suggest(key.Value, names))
		}
		seen[key.Value] = true
	}
}

// each reads a mapping whose keys are names.
func (r *reader) each(n *yaml.Node, read func(key, value *yaml.Node)) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "a mapping by name is wanted here")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if seen[n.Content[i].Value] {
			r.fail(n.Content[i], "%q is here twice", n.Content[i].Value)
			continue
		}
		seen[n.Content[i].Value] = true
		read(n.Content[i], resolve(n.Content[i+1]))
	}
}

// resolve follows an alias (*name) to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// text reads a scalar.
func (r *reader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode {
		r.fail(n, "one value is wanted here, not a %s", kindName(n))
		return ""
	}
	return n.Value
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "mapping"
	case yaml.SequenceNode:
		return "list"
	}
	return "value"
}

// list reads a sequence, or one value for a sequence of one.
func (r *reader) list(n *yaml.Node, read func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		read(n)
		return
	}
	for _, e := range n.Content {
		read(resolve(e))
	}
}

// count reads a whole number from least up.
func (r *reader) count(n *yaml.Node, least int) int {
	var i int
	if n.Decode(&i) != nil || i < least {
		r.fail(n, "%q is not a number from %d up", n.Value, least)
		return least
	}
	return i
}

// duration reads 2s, 500ms, or a plain number of seconds.
func (r *reader) duration(n *yaml.Node) time.Duration {
	d, err := time.ParseDuration(n.Value)
	if err != nil {
		d, err = time.ParseDuration(n.Value + "s")
	}
	if err != nil || d <= 0 {
		r.fail(n, "%q is not a time such as 2s or 500ms", n.Value)
		return DefaultTimeout
	}
	return d
}

// oneOf reads a word of a list.
func (r *reader) oneOf(n *yaml.Node, what string, words []string) string {
	if !slices.Contains(words, n.Value) {
		r.fail(n, "%q is no %s%s; there are: %s", n.Value, what, topology.Suggest(n.Value, words), strings.Join(words, ", "))
		return ""
	}
	return n.Value
}

// top says how to read the file's own keys.
func (r *reader) top() keys {
	return keys{
		"version": func(n *yaml.Node) {
			if n.Value != fmt.Sprint(Version) {
				r.fail(n, "this is version %d of the lab file; the file says %q", Version, n.Value)
			}
		},
		"name":        func(n *yaml.Node) { r.lab.Name = r.text(n) },
		"description": func(n *yaml.Node) { r.text(n) },
		"seed":        func(n *yaml.Node) { r.lab.Seed = uint64(r.count(n, 0)) },
		"defaults": func(n *yaml.Node) {
			r.mapping(n, keys{"timeout": func(n *yaml.Node) { r.lab.Timeout = r.duration(n) }}, nil)
		},
		"hosts":     func(n *yaml.Node) { r.each(n, r.host) },
		"scenarios": func(n *yaml.Node) { r.each(n, r.scenario) },
	}
}
