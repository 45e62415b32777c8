package northd

import (
	"maps"
	"slices"

	"ovnsim/pipeline"
)

// metered is the datapaths whose packets to the controller, of one protocol, pass a meter (Copp); "" is none.
type metered struct {
	meter string
	on    *Group
}

// switchesByMeter groups switches by the meter of one protocol, in the order of the meters.
func (v *View) switchesByMeter(protocol string) []metered {
	byMeter := map[string]*Group{}
	for _, s := range v.Switches {
		v.into(byMeter, s.meter(protocol), s.DP)
	}
	return inOrder(byMeter)
}

// routersByMeter groups routers by the meter of one protocol, in the order of the meters.
func (v *View) routersByMeter(protocol string) []metered {
	byMeter := map[string]*Group{}
	for _, r := range v.Routers {
		v.into(byMeter, r.meter(protocol), r.DP)
	}
	return inOrder(byMeter)
}

func (v *View) into(byMeter map[string]*Group, meter string, dp *pipeline.Datapath) {
	if byMeter[meter] == nil {
		byMeter[meter] = v.newGroup()
	}
	byMeter[meter].add(dp)
}

func inOrder(byMeter map[string]*Group) (out []metered) {
	for _, meter := range slices.Sorted(maps.Keys(byMeter)) {
		out = append(out, metered{meter, byMeter[meter]})
	}
	return out
}

// addByMeter adds a flow whose packets to the controller pass a meter of the datapath's.
func (e *Emitter) addByMeter(meters []metered, on *Group, s pipeline.Stage, priority int, match, actions string) {
	for _, m := range meters {
		e.AddGroupMetered(on.and(m.on), s, priority, match, actions, m.meter)
	}
}
