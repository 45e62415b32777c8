package topology

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// LabKeys are the keys of a lab file's top level that say nothing about the network: package lab reads them.
func LabKeys() []string {
	return []string{"version", "name", "description", "hosts", "scenarios", "chassis", "options", "defaults", "seed"}
}

// Document is a lab file with its network: it can be written back with the file's comments and order.
type Document struct {
	File     string
	Root     *yaml.Node // the mapping at the top
	Topology *Topology

	data  []byte // the text that it was read from
	nodes map[Record]*rowNode
}

// rowNode is where a row of a document is written.
type rowNode struct {
	key, value *yaml.Node // of its mapping entry; key is nil for an element of a sequence
	in         *yaml.Node // the mapping or sequence that it is an entry of
	implied    *yaml.Node // the `switch:` entry's value, of a port that the file does not write itself
	path       string     // what UUIDs of rows inside this one are derived from
}

// ReadYAML reads a lab file from memory; file is its name in errors. The error is of type Errors and tells everything that is wrong.
func ReadYAML(data []byte, file string) (*Document, error) {
	whole, err := parseYAML(data, file)
	if err != nil {
		return nil, err
	}
	doc := &Document{File: file, Root: whole.Content[0], data: data}
	if err := doc.load(LabKeys()); err != nil {
		return nil, err
	}
	return doc, nil
}

// Parse is the document node of a YAML text that has a mapping at its top.
func parseYAML(data []byte, file string) (*yaml.Node, error) {
	fail := func(line, col int, format string, args ...any) (*yaml.Node, error) {
		return nil, Errors{{Pos: Position{file, line, col}, Text: fmt.Sprintf(format, args...)}}
	}
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return fail(1, 1, "the file is empty")
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		return fail(1, 1, "neither YAML nor an OVSDB database: it is not text")
	}
	var whole yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	switch err := decodeNode(dec, &whole); {
	case errors.Is(err, io.EOF):
		return fail(1, 1, "the file says nothing but comments")
	case err != nil:
		line, text := yamlError(err)
		return fail(line, 1, "neither an OVSDB database nor valid YAML: %s", text)
	}
	root := whole.Content[0]
	switch {
	case root.Kind == yaml.ScalarNode && root.Tag == "!!null":
		return fail(root.Line, root.Column, "the file says nothing")
	case root.Kind != yaml.MappingNode:
		return fail(root.Line, root.Column, "neither a lab file (a YAML mapping with keys such as switches) nor an OVSDB database")
	}
	var more yaml.Node
	if err := decodeNode(dec, &more); err == nil {
		return fail(more.Line, more.Column, "a second YAML document; a lab file is one")
	}
	return &whole, nil
}

// decodeNode reads a document; yaml.v3 is known to panic on some broken texts, which is an error like any other.
func decodeNode(dec *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	return dec.Decode(n)
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// yamlError takes the line out of yaml.v3's error text.
func yamlError(err error) (line int, text string) {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return 1, err.Error()
	}
	line, _ = strconv.Atoi(m[1])
	return max(line, 1), strings.TrimPrefix(err.Error(), m[0])
}

// load reads every section of d's root.
func (d *Document) load(allowed []string) error {
	if d.Root.Kind != yaml.MappingNode {
		return Errors{{Pos: Position{d.File, max(d.Root.Line, 1), max(d.Root.Column, 1)}, Text: "a lab file is a mapping with keys such as switches"}}
	}
	l := newLoader(d.File)
	sections := make(map[string]*Table)
	known := append(slices.Clone(allowed), checkKey)
	for _, t := range schema {
		sections[t.Section] = t
		known = append(known, t.Section)
	}
	check := true
	for _, e := range l.entries(d.Root) {
		switch t := sections[e.key.Value]; {
		case e.key.Value == checkKey:
			check = l.boolean(e.value, checkKey)
		case t == nil && !slices.Contains(allowed, e.key.Value):
			l.errorf(e.key, "unknown key %q%s", e.key.Value, Suggest(e.key.Value, known))
		case t == nil:
		case t.MaxRows == 1:
			l.singleton(t, e)
		default:
			l.rows(t, e.value, t.Section)
		}
	}
	l.finish(check)
	d.Topology, d.nodes = l.top, l.nodes
	return l.errs.Err()
}

// checkKey at the top level of a lab file set to false lets rows pass that a database may hold and OVN would ignore: a bad MAC, a peer
// that does not exist. `ovnsim convert` writes it where it must.
const checkKey = "validate"
