package sim

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"ovnsim/pipeline"
)

// group is a multicast group. Its ports are by name, as ovn-trace shows them; on a chassis in the order of their rows, in
// which Open vSwitch sends to them. Rows that are not known leave the order as it is.
type group struct {
	*pipeline.MulticastGroup
	ports []*port
	made  bool // ports are there
}

// addGroups notes which datapaths have multicast groups, and of what names. Groups are made when a packet asks for them.
func (n *network) addGroups(rows []*pipeline.MulticastGroup) {
	place := func(g *pipeline.MulticastGroup) int {
		if dp := n.datapath(g.Datapath); dp != nil {
			return dp.index
		}
		return -1
	}
	byDatapath := func(a, b *pipeline.MulticastGroup) int { return cmp.Compare(place(a), place(b)) }
	if !slices.IsSortedFunc(rows, byDatapath) {
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, byDatapath)
	}
	n.grouped = make([]bool, n.names.Len())
	for before := uint32(0); len(rows) > 0; {
		end := 1
		for end < len(rows) && rows[end].Datapath == rows[0].Datapath {
			end++
		}
		if dp := n.datapath(rows[0].Datapath); dp != nil {
			dp.groupRows = rows[:end]
			for _, g := range dp.groupRows {
				before = n.names.InternAfter(before, g.Name)
				for int(before) >= len(n.grouped) {
					n.grouped = append(n.grouped, false)
				}
				n.grouped[before] = true
			}
		}
		rows = rows[end:]
	}
}

// isGroup tells whether some datapath has a group whose name has the number.
func (n *network) isGroup(number uint32) bool {
	return int(number) < len(n.grouped) && n.grouped[number]
}

// group is the multicast group whose name has a number, nil for none.
func (n *network) group(dp *datapath, number uint32) *group {
	if !n.isGroup(number) {
		return nil
	}
	g := n.groupsOf(dp)[number]
	if g != nil && !g.made {
		g.made = true
		n.resolve(g, dp)
	}
	return g
}

// groupsOf is a datapath's groups by the numbers of their names, perhaps without ports yet.
func (n *network) groupsOf(dp *datapath) map[uint32]*group {
	if dp.groups == nil {
		dp.groups = make(map[uint32]*group, len(dp.groupRows))
		for _, row := range dp.groupRows {
			number, _ := n.names.Number(row.Name)
			dp.groups[number] = &group{MulticastGroup: row}
		}
	}
	return dp.groups
}

// resolve finds a group's ports.
func (n *network) resolve(g *group, dp *datapath) {
	for _, b := range g.Ports {
		if p := n.portNamed(b.LogicalPort); p != nil && p.dp == dp {
			g.ports = append(g.ports, p)
		}
	}
	slices.SortFunc(g.ports, func(a, b *port) int { return strings.Compare(a.LogicalPort, b.LogicalPort) })
	if n.byRow {
		slices.SortStableFunc(g.ports, func(a, b *port) int { return bytes.Compare(a.UUID[:], b.UUID[:]) })
	}
}
