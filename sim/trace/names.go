package trace

import (
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/expr"
)

// Names says how datapaths and ports are called in texts: by their friendly names, where cloud management systems gave them
// such names beside long ones, or by their own (ovn-trace(8), --no-friendly-names).
type Names struct {
	friendly bool
	ports    map[string]string // only those whose friendly name differs
}

// NewNames makes the names of a southbound database.
func NewNames(sb *pipeline.Southbound, friendly bool) *Names {
	n := &Names{friendly: friendly, ports: map[string]string{}}
	if !friendly {
		return n
	}
	for _, p := range sb.Ports {
		name := p.LogicalPort
		if own := p.ExternalIDs["name"]; own != "" {
			name = own
		}
		if name = shorten(name); name != p.LogicalPort {
			n.ports[p.LogicalPort] = name
		}
	}
	return n
}

// shorten cuts a UUID at the end of a name down to six characters.
func shorten(name string) string {
	const uuidLen, kept = 36, 6
	if len(name) < uuidLen {
		return name
	}
	if _, err := ovsdb.ParseUUID(name[len(name)-uuidLen:]); err != nil {
		return name
	}
	return name[:len(name)-uuidLen+kept]
}

// Datapath is a datapath's name.
func (n *Names) Datapath(dp *pipeline.Datapath) string {
	switch {
	case !n.friendly:
		return dp.NbUUID.String()
	case dp.Name2 != "":
		return shorten(dp.Name2)
	case dp.Name != "":
		return shorten(dp.Name)
	}
	return shorten(dp.NbUUID.String())
}

// Port is a port's or multicast group's name.
func (n *Names) Port(name string) string {
	if friendly, ok := n.ports[name]; ok {
		return friendly
	}
	return name
}

// Text makes the quoted names in a match or an action friendly.
func (n *Names) Text(s string) string {
	if len(n.ports) == 0 || strings.IndexByte(s, '"') < 0 {
		return s
	}
	var out []byte
	rest := s
	for {
		open := strings.IndexByte(rest, '"')
		if open < 0 {
			return string(append(out, rest...))
		}
		end := closing(rest, open+1)
		if end < 0 {
			return string(append(out, rest...))
		}
		out = append(out, rest[:open]...)
		if friendly, ok := n.ports[rest[open+1:end]]; ok {
			out = expr.AppendQuoted(out, friendly)
		} else {
			out = append(out, rest[open:end+1]...)
		}
		rest = rest[end+1:]
	}
}

// closing is the place of the quote that ends a string which begins before from, -1 if there is none.
func closing(s string, from int) int {
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}
