package sim

import (
	"cmp"
	"slices"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/conntrack"
)

// zoneTable gives every place that tracks connections its zone, as ovn-controller does: each datapath has one for DNAT and
// one for SNAT, and each port has one where packets of its own are tracked. The two sides of a link to a distributed
// router have none: they share zone 0.
type zoneTable struct {
	numbers map[string]uint16 // by name
	names   []string          // by number; "" for those that nobody has
	known   *expr.Names       // that number the ports' names
	ports   []uint16          // by the number of the port's name; 0 for ports without
	nat     []natZones        // by the datapath's place in the network
}

// natZones is the zones of a datapath.
type natZones struct {
	of         string // the datapath's name
	dnat, snat uint16
}

// follow numbers the zones of a network's next version. Names that had a zone keep it, and their connections with it; new
// ones get the lowest free numbers in the order of their names. Of places that are gone the connections are forgotten. A nil
// zoneTable has none yet.
func (z *zoneTable) follow(n *network, ct *conntrack.Table) *zoneTable {
	if z == nil {
		z = &zoneTable{numbers: map[string]uint16{}, names: []string{""}}
	}
	c := zoneChange{table: z, used: make([]bool, len(z.names))}
	ports, nat := make([]uint16, len(n.byNumber)), make([]natZones, len(n.datapaths))
	for i := range n.ports {
		p := &n.ports[i]
		switch had := z.ofPort(n.names, p.number); {
		case !tracksConnections(p):
		case had != 0:
			c.keep(had, &ports[p.number])
		default:
			c.want(p.LogicalPort, &ports[p.number])
		}
	}
	for i := range n.datapaths {
		nat[i].of = n.datapaths[i].Name
		if i < len(z.nat) && z.nat[i].of == nat[i].of {
			c.keep(z.nat[i].dnat, &nat[i].dnat)
			c.keep(z.nat[i].snat, &nat[i].snat)
			continue
		}
		c.want(nat[i].of+"_dnat", &nat[i].dnat)
		c.want(nat[i].of+"_snat", &nat[i].snat)
	}
	z.known, z.ports, z.nat = n.names, ports, nat
	if c.forget() {
		ct.Flush(func(c *conntrack.Conn) bool { return c.Zone() != 0 && z.names[c.Zone()] == "" })
	}
	c.number()
	return z
}

// ofPort is the zone that a port had in the version before, 0 for none that is known by the number of its name.
func (z *zoneTable) ofPort(names *expr.Names, number uint32) uint16 {
	if names != z.known || int(number) >= len(z.ports) {
		return 0
	}
	return z.ports[number]
}

// zoneChange is what a version of a network changes.
type zoneChange struct {
	table *zoneTable
	used  []bool       // by number
	fresh []zoneWanted // places that have no zone yet
}

// zoneWanted is a place and where to put the number of its zone.
type zoneWanted struct {
	name string
	to   *uint16
}

// keep gives a place a zone that it had.
func (c *zoneChange) keep(id uint16, to *uint16) { c.used[id], *to = true, id }

// want gives a place the zone of a name, later where there is none yet.
func (c *zoneChange) want(name string, to *uint16) {
	if id, known := c.table.numbers[name]; known {
		c.keep(id, to)
	} else {
		c.fresh = append(c.fresh, zoneWanted{name, to})
	}
}

// forget frees the numbers that nobody wants any more, and tells whether there are any.
func (c *zoneChange) forget() (any bool) {
	for id, name := range c.table.names {
		if name != "" && !c.used[id] {
			delete(c.table.numbers, name)
			c.table.names[id] = ""
			any = true
		}
	}
	return any
}

// number gives the new places theirs.
func (c *zoneChange) number() {
	slices.SortFunc(c.fresh, func(a, b zoneWanted) int { return cmp.Compare(a.name, b.name) })
	z, id := c.table, 1
	for _, w := range c.fresh {
		if known, twice := z.numbers[w.name]; twice {
			*w.to = known
			continue
		}
		for id < len(z.names) && z.names[id] != "" {
			id++
		}
		if id == len(z.names) {
			z.names = append(z.names, "")
		}
		z.numbers[w.name], z.names[id], *w.to = uint16(id), w.name, uint16(id)
	}
}

// tracksConnections tells whether a port has a zone of its own.
func tracksConnections(p *port) bool { return p.Type != "patch" && p.Type != "chassisredirect" }

// of is the zone that an action on a packet works in: the datapath's own where the source is translated (on a switch that
// is done to hairpinned connections), else the router's for DNAT, or the port's on a switch.
func (z *zoneTable) of(f *frame, n *network, nat action.Zone) uint16 {
	switch {
	case nat == action.SNATZone:
		return z.nat[f.dp.index].snat
	case f.dp.Type == pipeline.Router:
		return z.nat[f.dp.index].dnat
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
