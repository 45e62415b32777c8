package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"ovnsim/pipeline"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/conntrack"
)

// Zones through the versions of a network, each version with the names of the one before or with names of its own.
func TestZones(t *testing.T) {
	for _, c := range []struct {
		title    string
		versions []string // ports of the switches s and t
		want     []string
	}{
		{"by name", []string{"b a | "}, []string{"a:1 b:2 s:3,4 t:5,6"}},
		{"new ones behind", []string{"b | ", "a b c | "}, []string{"b:1 s:2,3 t:4,5", "a:6 b:1 c:7 s:2,3 t:4,5"}},
		{"new ones into gaps", []string{"a b c | ", "b | ", "z b y | x"}, []string{"a:1 b:2 c:3 s:4,5 t:6,7", "b:2 s:4,5 t:6,7", "b:2 x:1 y:3 z:8 s:4,5 t:6,7"}},
		{"to another switch", []string{"a b | ", "a | b"}, []string{"a:1 b:2 s:3,4 t:5,6", "a:1 b:2 s:3,4 t:5,6"}},
		{"none for links", []string{"a -r | "}, []string{"a:1 s:2,3 t:4,5"}},
		{"a link that was none", []string{"a b | ", "-a b | ", "a b | c"}, []string{"a:1 b:2 s:3,4 t:5,6", "b:2 s:3,4 t:5,6", "a:1 b:2 c:7 s:3,4 t:5,6"}},
		{"a port called like a datapath's", []string{"s_dnat | "}, []string{"s_dnat:1 s:1,2 t:3,4"}},
		{"only one of the two goes", []string{"s_dnat | ", "a | "}, []string{"s_dnat:1 s:1,2 t:3,4", "a:5 s:1,2 t:3,4"}},
	} {
		for _, kept := range []bool{true, false} {
			var z *zoneTable
			known, ct := newParsed(&expr.Names{}), conntrack.NewTable(1)
			for i, ports := range c.versions {
				if !kept {
					known = newParsed(&expr.Names{})
				}
				n := newNetwork(switches(ports), known)
				z = z.follow(n, ct)
				assert.Equal(t, c.want[i], z.text(n), "%s, version %d, names kept: %t", c.title, i, kept)
			}
		}
	}
}

// switches is a network of two switches and their ports, those with a "-" being links.
func switches(ports string) *pipeline.Southbound {
	sb := &pipeline.Southbound{}
	for i, list := range strings.Split(ports, "|") {
		sw := &pipeline.Datapath{Name: string(rune('s' + i)), Index: i}
		sb.Datapaths = append(sb.Datapaths, sw)
		for _, name := range strings.Fields(list) {
			p := &pipeline.PortBinding{LogicalPort: strings.TrimPrefix(name, "-"), Datapath: sw}
			if p.LogicalPort != name {
				p.Type = "patch"
			}
			sb.Ports = append(sb.Ports, p)
		}
	}
	return sb
}

func (z *zoneTable) text(n *network) string {
	var out []string
	for _, p := range n.ports {
		if id := z.ports[p.number]; id != 0 {
			out = append(out, fmt.Sprint(p.LogicalPort, ":", id))
		}
	}
	slices.Sort(out)
	for i, nat := range z.nat {
		out = append(out, fmt.Sprint(n.datapaths[i].Name, ":", nat.dnat, ",", nat.snat))
	}
	return strings.Join(out, " ")
}
