package trace

import (
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

// Text makes the quoted names in a match or an action friendly. Friendly texts end with their last token: comments and blanks
// behind it are left out.
func (n *Names) Text(s string) string {
	if !n.friendly {
		return s
	}
	var out []byte
	done := 0 // so far of s
	l := expr.NewLexer(s)
	for ; l.Tok.Type != expr.End; l.Next() {
		friendly, ok := n.ports[l.Tok.Text]
		if l.Tok.Type == expr.Quoted && ok {
			out = append(out, s[done:l.Tok.Pos]...)
			out = expr.AppendQuoted(out, friendly)
		} else {
			out = append(out, s[done:l.Tok.End]...)
		}
		done = l.Tok.End
	}
	if l.Err != nil { // no flow's text
		out = append(out, s[done:]...)
	}
	return string(out)
}
