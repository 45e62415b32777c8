package northd

import (
	"bytes"
	"slices"
	"strconv"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

// queue is the queue that a port's frames go through, as flows write it; "" for none. Without a rate
// it is what the operator wrote.
func (v *View) queue(p *SwitchPort) string {
	text, given := p.Options["qdisc_queue_id"]
	n := v.queues[p.Name]
	switch {
	case p.Type == "router" || n == 0 && !given:
		return ""
	case n != 0 && given:
		return min(text, strconv.Itoa(n)) // both are in the column, which has one of them
	case given:
		return text
	}
	return strconv.Itoa(n)
}

// numberQueues gives a queue to every port with a rate: the one from before, else the next free one, in
// ovn-northd's order. A port may name its queue itself.
func (v *View) numberQueues() {
	v.queues = map[string]int{}
	if !slices.ContainsFunc(v.Topology.LogicalSwitchPort, func(p *topology.LogicalSwitchPort) bool { return hasQueue(p.Options) }) {
		return
	}
	used := map[int]bool{}
	var wanting []*SwitchPort
	for _, s := range v.queueOrder() {
		for _, p := range s.portsByUUID() {
			if p.Type == "router" || !hasRate(p.Options) {
				continue
			}
			wanting = append(wanting, p)
			old := v.bindingBefore(p.Name, s.DP)
			if old == nil {
				continue
			}
			if n, err := strconv.Atoi(old.Options["qdisc_queue_id"]); err == nil && n > 0 && !used[n] {
				v.queues[p.Name], used[n] = n, true
			}
		}
	}
	next := 1
	for _, p := range wanting {
		for v.queues[p.Name] == 0 {
			if !used[next] {
				v.queues[p.Name], used[next] = next, true
			}
			next++
		}
	}
}

// hasQueue says whether a port names its queue or gets one.
func hasQueue(options map[string]string) bool {
	return len(options) > 0 && (options["qdisc_queue_id"] != "" || hasRate(options))
}

func hasRate(options map[string]string) bool {
	for _, key := range [...]string{"qos_max_rate", "qos_min_rate", "qos_burst"} {
		if _, ok := options[key]; ok {
			return true
		}
	}
	return false
}

// firstLocalnet is the localnet port that a switch's rates are for: the one with the smallest UUID, nil without any.
func (s *Switch) firstLocalnet() (first *SwitchPort) {
	for _, p := range s.Localnets {
		if first == nil || string(p.UUID[:]) < string(first.UUID[:]) {
			first = p
		}
	}
	return first
}

// network is the name of the physical network that a switch's rates are for; ok is false where there is none.
func (s *Switch) network() (name string, ok bool) {
	if p := s.firstLocalnet(); p != nil {
		name, ok = p.Options["network_name"]
	}
	return name, ok
}

// queueOrder is the switches in the order in which their ports get queues and dynamic addresses: as they come out of three more tables, which they
// enter with their tunnel keys, those that were asked for and those from before first.
func (v *View) queueOrder() (out []*Switch) {
	byNB, order := map[ovsdb.UUID]*Switch{}, []ovsdb.UUID{}
	for _, s := range v.Switches {
		byNB[s.UUID] = s
	}
	before := map[ovsdb.UUID]bool{}
	for _, dp := range v.Before.Datapaths {
		before[dp.NbUUID] = true
	}
	walked := v.walked()
	for class := range 3 {
		for _, dp := range walked {
			s := byNB[dp.NbUUID]
			switch {
			case s == nil:
			case intOption(s.OtherConfig, "requested-tnl-key") == int(dp.TunnelKey):
				order = appendIf(order, class == 0, dp.NbUUID)
			case before[dp.NbUUID]:
				order = appendIf(order, class == 1, dp.NbUUID)
			default:
				order = appendIf(order, class == 2, dp.NbUUID)
			}
		}
	}
	for _, u := range v.settledOrder(order) {
		out = append(out, byNB[u])
	}
	return out
}

// settledOrder is the switches in the order in which most of ovn-northd walks them, given that in which they got their
// tunnel keys.
func (v *View) settledOrder(keyed []ovsdb.UUID) []ovsdb.UUID {
	return walkOrder(walkOrder(walkOrder(keyed, usedTable), 1), 1)
}

func appendIf(list []ovsdb.UUID, yes bool, u ovsdb.UUID) []ovsdb.UUID {
	if yes {
		return append(list, u)
	}
	return list
}

// portsByUUID is a switch's ports as a set of rows has them.
func (s *Switch) portsByUUID() []*SwitchPort {
	out := append([]*SwitchPort(nil), s.Ports...)
	slices.SortStableFunc(out, func(a, b *SwitchPort) int { return bytes.Compare(a.UUID[:], b.UUID[:]) })
	return out
}
