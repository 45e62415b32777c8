package topology

import "slices"

// Switch is the switch of that name; nil if there is none, the first if there are several.
func (top *Topology) Switch(name string) *LogicalSwitch {
	return named(top.LogicalSwitch, func(r *LogicalSwitch) bool { return r.Name == name })
}

// Router is the router of that name; nil if there is none, the first if there are several.
func (top *Topology) Router(name string) *LogicalRouter {
	return named(top.LogicalRouter, func(r *LogicalRouter) bool { return r.Name == name })
}

// SwitchPort is the switch port of that name; nil if there is none.
func (top *Topology) SwitchPort(name string) *LogicalSwitchPort {
	return named(top.LogicalSwitchPort, func(r *LogicalSwitchPort) bool { return r.Name == name })
}

// RouterPort is the router port of that name; nil if there is none.
func (top *Topology) RouterPort(name string) *LogicalRouterPort {
	return named(top.LogicalRouterPort, func(r *LogicalRouterPort) bool { return r.Name == name })
}

// Balancer is the load balancer of that name; nil if there is none, the first if there are several.
func (top *Topology) Balancer(name string) *LoadBalancer {
	return named(top.LoadBalancer, func(r *LoadBalancer) bool { return r.Name == name })
}

// PortGroupNamed is the port group of that name; nil if there is none.
func (top *Topology) PortGroupNamed(name string) *PortGroup {
	return named(top.PortGroup, func(r *PortGroup) bool { return r.Name == name })
}

// SwitchOf is the switch that a port belongs to; nil if none does.
func (top *Topology) SwitchOf(p *LogicalSwitchPort) *LogicalSwitch {
	return named(top.LogicalSwitch, func(r *LogicalSwitch) bool { return slices.Contains(r.Ports, p) })
}

// RouterOf is the router that a port belongs to; nil if none does.
func (top *Topology) RouterOf(p *LogicalRouterPort) *LogicalRouter {
	return named(top.LogicalRouter, func(r *LogicalRouter) bool { return slices.Contains(r.Ports, p) })
}

func named[R any](rows []*R, is func(*R) bool) *R {
	if i := slices.IndexFunc(rows, is); i >= 0 {
		return rows[i]
	}
	return nil
}

// Global is the one row of NB_Global; an empty one if the topology has none.
func (top *Topology) Global() *NBGlobal {
	if len(top.NBGlobal) == 0 {
		return &NBGlobal{}
	}
	return top.NBGlobal[0]
}

// Len is the number of rows.
func (top *Topology) Len() int {
	n := 0
	for _, t := range schema {
		n += top.rows(t).Len()
	}
	return n
}

// Unreferenced is every row that OVSDB would not keep: of a table that is not a root, and without a strong reference from a row that
// is kept.
func (top *Topology) Unreferenced() []Record {
	kept := make(map[Record]bool)
	var keep func(r Record)
	keep = func(r Record) {
		for _, c := range TableOf(r).Columns {
			if !c.owns() {
				continue
			}
			c.eachRow(r, func(to Record) {
				if !kept[to] {
					kept[to] = true
					keep(to)
				}
			})
		}
	}
	for _, t := range schema {
		if t.Root {
			for r := range top.All(t) {
				keep(r)
			}
		}
	}
	var out []Record
	for _, t := range schema {
		if t.Root {
			continue
		}
		for r := range top.All(t) {
			if !kept[r] {
				out = append(out, r)
			}
		}
	}
	return out
}
