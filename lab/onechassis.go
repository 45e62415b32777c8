package lab

import "maps"

// OneChassis puts everything that the lab's topology places on some chassis on a single one, in a copy, where more than
// limit chassis are named: a big network is then as quick to play as a small one. Flows are the same on one chassis; what
// is not seen any more is that a gateway is far from a client.
func (l *Lab) OneChassis(limit int) {
	const name = "hv1"
	names := map[string]bool{}
	for _, r := range l.Topology.LogicalRouter {
		names[r.Options["chassis"]] = true
	}
	for _, c := range l.Topology.GatewayChassis {
		names[c.ChassisName] = true
	}
	for _, p := range l.Topology.LogicalSwitchPort {
		names[p.Options["requested-chassis"]] = true
	}
	if delete(names, ""); len(names) <= limit {
		return
	}
	top := l.Topology.Copy()
	for _, r := range top.LogicalRouter {
		if r.Options["chassis"] != "" {
			r.Options = with(r.Options, "chassis", name)
		}
	}
	for _, c := range top.GatewayChassis {
		c.ChassisName = name
	}
	for _, c := range top.HAChassis {
		c.ChassisName = name
	}
	for _, p := range top.LogicalSwitchPort {
		if p.Options["requested-chassis"] != "" {
			p.Options = with(p.Options, "requested-chassis", name)
		}
	}
	l.Topology = top
}

// with is a map with one value changed; the map itself, which others may share, stays.
func with(m map[string]string, key, value string) map[string]string {
	out := maps.Clone(m)
	out[key] = value
	return out
}
