package sim

import (
	"cmp"
	"slices"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/sim/conntrack"
)

// zoneTable gives every place that tracks connections its zone, as ovn-controller does: each datapath has one for DNAT and
// one for SNAT, and each port has one where packets of its own are tracked. The two sides of a link to a distributed
// router have none: they share zone 0.
type zoneTable struct {
	numbers map[string]uint16 // by name
	names   []string          // by number; "" for those that nobody has
	ports   []uint16          // by the number of the port's name; 0 for ports without
	dnat    []uint16          // by Datapath.Index
	snat    []uint16
}

// follow numbers the zones of a network's next version. Names that had a zone keep it, and their connections with it; new
// ones get the lowest free numbers in the order of their names. Of places that are gone the connections are forgotten. A nil
// zoneTable has none yet.
func (z *zoneTable) follow(n *network, ct *conntrack.Table) *zoneTable {
	if z == nil {
		z = &zoneTable{names: []string{""}}
	}
	out := &zoneTable{
		numbers: make(map[string]uint16, len(z.numbers)), names: make([]string, len(z.names)),
		ports: make([]uint16, len(n.byNumber)), dnat: make([]uint16, len(n.datapaths)), snat: make([]uint16, len(n.datapaths)),
	}
	var fresh []zoneWanted
	want := func(name string, to *uint16) {
		if id, known := z.numbers[name]; known {
			out.give(name, id, to)
		} else {
			fresh = append(fresh, zoneWanted{name, to})
		}
	}
	for _, p := range n.byNumber {
		if p != nil && tracksConnections(p) {
			want(p.LogicalPort, &out.ports[p.number])
		}
	}
	for _, dp := range n.datapaths {
		want(dp.Name+"_dnat", &out.dnat[dp.Index])
		want(dp.Name+"_snat", &out.snat[dp.Index])
	}
	if len(out.numbers) < len(z.numbers) {
		ct.Flush(func(c *conntrack.Conn) bool { return c.Zone() != 0 && out.names[c.Zone()] == "" })
	}
	slices.SortFunc(fresh, func(a, b zoneWanted) int { return cmp.Compare(a.name, b.name) })
	id := uint16(1)
	for _, w := range fresh {
		if known, twice := out.numbers[w.name]; twice {
			*w.to = known
			continue
		}
		for int(id) < len(out.names) && out.names[id] != "" {
			id++
		}
		if int(id) == len(out.names) {
			out.names = append(out.names, "")
		}
		out.give(w.name, id, w.to)
	}
	return out
}

// zoneWanted is a place that has no zone yet.
type zoneWanted struct {
	name string
	to   *uint16
}

func (z *zoneTable) give(name string, id uint16, to *uint16) {
	z.numbers[name], z.names[id], *to = id, name, id
}

// tracksConnections tells whether a port has a zone of its own.
func tracksConnections(p *port) bool { return p.Type != "patch" && p.Type != "chassisredirect" }

// of is the zone that an action on a packet works in: the datapath's own where the source is translated (on a switch that
// is done to hairpinned connections), else the router's for DNAT, or the port's on a switch.
func (z *zoneTable) of(f *frame, n *network, nat action.Zone) uint16 {
	switch {
	case nat == action.SNATZone:
		return z.snat[f.dp.Index]
	case f.dp.Type == pipeline.Router:
		return z.dnat[f.dp.Index]
	}
	at := fieldInport
	if f.at.Pipeline == action.Egress {
		at = fieldOutport
	}
	if p := n.port(f.dp, uint32(at.Get64(&f.key))); p != nil {
		return z.ports[p.number]
	}
	return 0
}
