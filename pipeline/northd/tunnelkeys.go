package northd

import (
	"encoding/binary"
	"math/bits"
	"sort"

	"ovnsim/pipeline"
)

// maxDatapathKey is the largest tunnel key of a datapath: keys from there on are ovn-controller's own.
const maxDatapathKey = 1<<24 - 1<<16

// numberDatapaths gives every datapath its tunnel key: the one asked for, the one from before, the next free one, in the
// order in which ovn-northd walks its copy of the northbound rows.
func (v *View) numberDatapaths() {
	keys := keySpace{used: map[int]bool{}, limit: maxDatapathKey}
	asked := map[*pipeline.Datapath]map[string]string{}
	order := append([]*pipeline.Datapath(nil), v.sb.Datapaths...)
	sort.SliceStable(order, func(i, j int) bool {
		a, b := order[i], order[j]
		return a.Type < b.Type || a.Type == b.Type && v.walkedBefore(a, b)
	})
	for _, s := range v.Switches {
		asked[s.DP] = s.OtherConfig
	}
	for _, r := range v.Routers {
		asked[r.DP] = r.LogicalRouter.Options
	}
	before := map[*pipeline.Datapath]int{}
	for _, dp := range order {
		before[dp], dp.TunnelKey = int(dp.TunnelKey), 0
		if n := intOption(asked[dp], "requested-tnl-key"); keys.take(n) {
			dp.TunnelKey = uint32(n)
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

// walkedBefore tells which of two rows of a table ovn-northd comes to first. Its copy of a table is a hash table by the first
// word of the UUID, with one to two rows to a bucket.
func (v *View) walkedBefore(a, b *pipeline.Datapath) bool {
	rows := len(v.Topology.LogicalSwitch)
	if a.Type == pipeline.Router {
		rows = len(v.Topology.LogicalRouter)
	}
	mask := max(3, uint32(1)<<bits.Len(uint(rows/2))-1)
	x, y := binary.BigEndian.Uint32(a.NbUUID[:])&mask, binary.BigEndian.Uint32(b.NbUUID[:])&mask
	return x < y || x == y && string(a.NbUUID[:]) < string(b.NbUUID[:])
}

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

// next takes the free number after the one that was given out last; 0 when there is none.
func (k *keySpace) next() int {
	for range k.limit {
		k.last = k.last%k.limit + 1
		if k.take(k.last) {
			return k.last
		}
	}
	return 0
}

// numberSwitchPorts gives every switch port and its chassisredirect port a tunnel key, as numberDatapaths does. Keys that
// were asked for move the counter.
func (v *View) numberSwitchPorts() {
	v.switchKeys = map[string]int{}
	for _, s := range v.Switches {
		keys := keySpace{used: map[int]bool{}, limit: maxPortKey}
		names := v.portNames(s)
		for _, p := range s.Ports {
			if n := intOption(p.Options, "requested-tnl-key"); keys.take(n) {
				v.switchKeys[p.Name], keys.last = n, max(keys.last, n)
			}
		}
		for _, name := range names {
			if old := v.bindingBefore(name, s.DP); old != nil && v.switchKeys[name] == 0 && keys.take(int(old.TunnelKey)) {
				v.switchKeys[name], keys.last = int(old.TunnelKey), max(keys.last, int(old.TunnelKey))
			}
		}
		for _, name := range names {
			if v.switchKeys[name] == 0 {
				v.switchKeys[name] = keys.next()
			}
		}
	}
}

// portNames is the names of a switch's port bindings in the order of the ports' UUIDs.
func (v *View) portNames(s *Switch) []string {
	order := s.portsByUUID()
	var names []string
	for _, p := range order {
		names = append(names, p.Name)
	}
	for _, p := range order {
		if p.CR != "" {
			names = append(names, "cr-"+p.Name)
		}
	}
	return append(names, v.mirrorPorts(s)...)
}
