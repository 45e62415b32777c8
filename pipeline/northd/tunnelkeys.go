package northd

import (
	"slices"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
)

// maxDatapathKey is the largest tunnel key of a datapath: keys from there on are ovn-controller's own.
const maxDatapathKey = 1<<24 - 1<<16

// numberDatapaths gives every datapath its tunnel key: the one asked for, the one from before, the next free one, in the
// order in which ovn-northd walks its copy of the northbound rows.
func (v *View) numberDatapaths() {
	if v.datapathsSettled() {
		return
	}
	keys := keySpace{used: map[int]bool{}, limit: maxDatapathKey}
	order := v.walked()
	before := map[*pipeline.Datapath]int{}
	for _, dp := range order {
		before[dp], dp.TunnelKey = int(dp.TunnelKey), 0
	}
	for _, had := range []bool{true, false} { // of several that ask for one key, it is that one's that had it
		for _, dp := range order {
			if n := v.requestedKey(dp); dp.TunnelKey == 0 && (n == before[dp]) == had && keys.take(n) {
				dp.TunnelKey = uint32(n)
			}
		}
	}
	for _, dp := range order {
		if dp.TunnelKey == 0 && keys.take(before[dp]) {
			dp.TunnelKey = uint32(before[dp])
		}
	}
	for _, dp := range order {
		if dp.TunnelKey == 0 {
			dp.TunnelKey = uint32(keys.next())
		}
	}
}

// requestedKey is the tunnel key that a datapath's row asks for, 0 for none.
func (v *View) requestedKey(dp *pipeline.Datapath) int {
	if dp.Type == pipeline.Switch {
		return intOption(v.Switches[dp.Index].OtherConfig, "requested-tnl-key")
	}
	return intOption(v.Routers[dp.Index-len(v.Switches)].LogicalRouter.Options, "requested-tnl-key")
}

// datapathsSettled says whether all datapaths have a key from before, each its own, and none asks for another one.
func (v *View) datapathsSettled() bool {
	used := make(map[uint32]bool, len(v.sb.Datapaths))
	for _, dp := range v.sb.Datapaths {
		if n := v.requestedKey(dp); n != 0 && n != int(dp.TunnelKey) || dp.TunnelKey == 0 || dp.TunnelKey > maxDatapathKey || used[dp.TunnelKey] {
			return false
		}
		used[dp.TunnelKey] = true
	}
	return true
}

// walked is the datapaths in the order in which ovn-northd comes to them: switches, then routers.
func (v *View) walked() (order []*pipeline.Datapath) {
	routers := make([]ovsdb.UUID, len(v.Topology.LogicalRouter))
	for i, row := range v.Topology.LogicalRouter {
		routers[i] = row.UUID
	}
	byNB := map[ovsdb.UUID]*pipeline.Datapath{}
	for _, dp := range v.sb.Datapaths {
		byNB[dp.NbUUID] = dp
	}
	for _, u := range append(v.walkedSwitches(), firstWalk(routers)...) {
		if dp := byNB[u]; dp != nil { // routers that are disabled have none
			order = append(order, dp)
		}
	}
	return order
}

func (v *View) walkedSwitches() []ovsdb.UUID {
	rows := make([]ovsdb.UUID, len(v.Topology.LogicalSwitch))
	for i, row := range v.Topology.LogicalSwitch {
		rows[i] = row.UUID
	}
	return firstWalk(rows)
}

// firstWalk is the order of rows in the first of ovn-northd's own tables, into which they come from its copy of the
// database.
func firstWalk(rows []ovsdb.UUID) []ovsdb.UUID {
	return walkOrder(walkOrder(arrivalOrder(rows), usedTable), 1)
}

// usedTable is the buckets of a table of ovn-northd's that lives as long as ovn-northd does. It has held some rows before.
const usedTable = 4

// keySpace gives out numbers from 1 to limit, each once.
type keySpace struct {
	used        map[int]bool
	last, limit int
}

// take takes a number, where it is one that is free.
func (k *keySpace) take(n int) bool {
	if n < 1 || n > k.limit || k.used[n] {
		return false
	}
	k.used[n] = true
	return true
}

// keep takes a number as take does, be it above the limit.
func (k *keySpace) keep(n int) bool {
	if n < 1 || k.used[n] {
		return false
	}
	k.used[n] = true
	return true
}

// next takes the free number after the one that was given out last; 0 when there is none.
func (k *keySpace) next() int {
	for range k.limit {
		k.last++
		if k.last > k.limit {
			k.last = 1
		}
		if k.take(k.last) {
			return k.last
		}
	}
	return 0
}

// numberSwitchPorts gives every switch port and its chassisredirect port a tunnel key, as numberDatapaths does. Keys that
// were asked for move the counter.
func (v *View) numberSwitchPorts() {
	limit := maxPortKey
	if v.vxlan() {
		limit = maxVXLANPortKey
	}
	for _, s := range v.Switches {
		keys := keySpace{used: make(map[int]bool, len(s.Ports)), limit: limit}
		s.findBindingsBefore(v)
		if s.settled(v) {
			continue
		}
		order := s.portsByUUID()
		for _, p := range order {
			if n := intOption(p.Options, "requested-tnl-key"); keys.take(n) {
				p.key, keys.last = n, max(keys.last, n)
			}
		}
		all := v.bindings(s, order)
		for _, b := range all {
			// A key from before VXLAN came stays, be it too large.
			if b.before != nil && b.key == 0 && keys.keep(int(b.before.TunnelKey)) {
				b.key, keys.last = int(b.before.TunnelKey), max(keys.last, int(b.before.TunnelKey))
			}
		}
		for _, b := range all {
			if b.key == 0 {
				b.key = keys.next()
			}
		}
	}
}

// settled gives a switch's ports the keys from before where all have one, each its own, none asks for one, and none has
// more rows: then no order matters. It says whether that is so.
func (s *Switch) settled(v *View) bool {
	var used [maxPortKey/64 + 1]uint64
	for _, p := range s.Ports {
		if p.before == nil || p.redirect != nil || p.Options["requested-tnl-key"] != "" {
			return false
		}
		n := p.before.TunnelKey
		if n == 0 || n > maxPortKey || used[n/64]>>(n%64)&1 == 1 {
			return false
		}
		used[n/64] |= 1 << (n % 64)
	}
	if len(v.mirrorPorts[s]) > 0 {
		return false
	}
	for _, p := range s.Ports {
		p.key = int(p.before.TunnelKey)
	}
	return true
}

// findBindingsBefore finds the rows of a switch's ports from before, in the order in which rows are written.
func (s *Switch) findBindingsBefore(v *View) {
	for _, p := range s.Ports {
		p.before = v.bindingBefore(p.Name, s.DP)
		if p.redirect != nil {
			p.redirect.before = v.bindingBefore(p.redirect.name, s.DP)
		}
	}
	for _, m := range v.mirrorPorts[s] {
		m.before = v.bindingBefore(m.name, s.DP)
	}
}

// maxVXLANPortKey is the largest tunnel key of a port where tunnels are VXLAN's, whose headers have little room.
const maxVXLANPortKey = 1<<11 - 1

// vxlan says whether some chassis has VXLAN tunnels for more than ramps to hardware. Where nothing is known of chassis, what
// ovn-northd wrote into the northbound database last tells.
func (v *View) vxlan() bool {
	if !boolOption(v.Options, "vxlan_mode", true) {
		return false
	}
	for _, c := range v.Before.Chassis {
		if slices.ContainsFunc(c.Encaps, func(e pipeline.Encap) bool { return e.Type == "vxlan" }) {
			return true
		}
	}
	return len(v.Before.Chassis) == 0 && v.Options["max_tunid"] == "4095"
}

// leaveUnnumbered leaves out switch ports for which no tunnel key was left: there are none for ovn-northd.
func (v *View) leaveUnnumbered() {
	for _, s := range v.Switches {
		all := len(s.Ports)
		s.Ports = slices.DeleteFunc(s.Ports, func(p *SwitchPort) bool {
			if p.key == 0 {
				delete(v.switchPorts, p.Name)
			}
			return p.key == 0
		})
		if len(s.Ports) == all {
			continue
		}
		s.switchFacts = switchFacts{}
		s.learn(v)
	}
}

// bindings is the rows of a switch's ports, which are given in the order of their UUIDs, in that order, and those that go
// with them.
func (v *View) bindings(s *Switch, ports []*SwitchPort) []*binding {
	all := make([]*binding, len(ports), 2*len(ports))
	for i, p := range ports {
		all[i] = &p.binding
	}
	for _, p := range ports {
		if p.redirect != nil {
			all = append(all, p.redirect)
		}
	}
	for _, m := range v.mirrorPorts[s] {
		all = append(all, &m.binding)
	}
	return all
}
