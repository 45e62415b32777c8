package sim

import (
	"sort"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
)

// zoneTable gives every place that tracks connections its zone, as ovn-controller does: each datapath has one for DNAT and
// one for SNAT, and each port has one where packets of its own are tracked. The two sides of a link to a distributed
// router have none: they share zone 0.
type zoneTable struct {
	ports map[*port]uint16
	dnat  map[*datapath]uint16
	snat  map[*datapath]uint16
	names []string // by number
}

// newZoneTable numbers zones in the order of their names, from 1.
func newZoneTable(n *network) *zoneTable {
	z := &zoneTable{ports: map[*port]uint16{}, dnat: map[*datapath]uint16{}, snat: map[*datapath]uint16{}, names: []string{""}}
	give := map[string]func(uint16){}
	for _, p := range n.ports {
		if tracksConnections(p) {
			give[p.LogicalPort] = func(id uint16) { z.ports[p] = id }
		}
	}
	for _, dp := range n.datapaths {
		give[dp.Name+"_dnat"] = func(id uint16) { z.dnat[dp] = id }
		give[dp.Name+"_snat"] = func(id uint16) { z.snat[dp] = id }
	}
	names := make([]string, 0, len(give))
	for name := range give {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		give[name](uint16(len(z.names)))
		z.names = append(z.names, name)
	}
	return z
}

// tracksConnections tells whether a port has a zone of its own.
func tracksConnections(p *port) bool { return p.Type != "patch" && p.Type != "chassisredirect" }

// of is the zone that an action on a packet works in: the datapath's own where the source is translated (on a switch that
// is done to hairpinned connections), else the router's for DNAT, or the port's on a switch.
func (z *zoneTable) of(f *frame, n *network, nat action.Zone) uint16 {
	switch {
	case nat == action.SNATZone:
		return z.snat[f.dp]
	case f.dp.Type == pipeline.Router:
		return z.dnat[f.dp]
	}
	at := fieldInport
	if f.at.Pipeline == action.Egress {
		at = fieldOutport
	}
	return z.ports[n.port(f.dp, uint32(at.Get64(&f.key)))]
}
