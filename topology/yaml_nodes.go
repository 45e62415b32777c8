package topology

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// put appends an entry to a mapping.
func put(n *yaml.Node, key string, value *yaml.Node) {
	n.Content = append(n.Content, text(key), value)
}

// text is a string's node; the encoder quotes what could be read as something else.
func text(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if mustQuote(s) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// mustQuote tells of strings that the encoder would leave bare though they mean something to other readers of YAML, or hold what does
// not print.
func mustQuote(s string) bool {
	if s == "" || strings.TrimSpace(s) != s {
		return true
	}
	for _, r := range s {
		if r < 0x20 || r >= 0x7f && (r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == utf8.RuneError) {
			return true
		}
	}
	return strings.ContainsAny(s, ":{}[],#&*!|>'\"%@`")
}

// plain is a number's or a boolean's node.
func plain(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }

func atomNode(a Atom, k Kind) *yaml.Node {
	if k == String {
		return text(a.String)
	}
	return plain(a.Text(k))
}

// foldWidth is how long a mapping or list may be on one line.
const foldWidth = 120

// foldDepth is how deep it may be nested then.
const foldDepth = 2

// fold puts a short mapping or list on one line, as a person would write it.
func fold(n *yaml.Node) {
	if width(n) <= foldWidth && depth(n) <= foldDepth {
		n.Style |= yaml.FlowStyle
	}
}

// unfold breaks a mapping or list that is no longer fit for one line.
func unfold(n *yaml.Node) {
	if width(n) > foldWidth || depth(n) > foldDepth {
		n.Style &^= yaml.FlowStyle
	}
}

// saveComments moves the comments at the end of lines that have become several to where the encoder writes them: behind the key.
func saveComments(n *yaml.Node) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && c.Style&yaml.FlowStyle == 0 && c.Kind != yaml.ScalarNode && c.LineComment != "" {
			if key := n.Content[i-1]; key.LineComment == "" {
				key.LineComment, c.LineComment = c.LineComment, ""
			}
		}
		saveComments(c)
	}
}

// depth counts the mappings and lists inside one another that hold something.
func depth(n *yaml.Node) int {
	deepest := 0
	for _, c := range n.Content {
		deepest = max(deepest, depth(c))
	}
	if len(n.Content) == 0 {
		return 0
	}
	return deepest + 1
}

// width is about how many characters a node takes on one line.
func width(n *yaml.Node) int {
	total := utf8.RuneCountInString(n.Value) + 2
	for _, c := range n.Content {
		total += width(c)
	}
	return total
}
