package northd

import (
	"fmt"
	"maps"

	"ovnsim/pipeline"
)

// balancerRows are the Load_Balancer rows, which tell ovn-controller what hairpinned connections look like: a row for
// every balancer that some switch has.
var balancerRows = feature{
	name:  "rows-load-balancer",
	title: "Load_Balancer",
	global: func(v *View, _ *Emitter) {
		groups := map[string]*pipeline.DatapathGroup{}
		for _, b := range v.Balancers {
			if b.Switches.Len() == 0 || b.Template {
				continue
			}
			v.sb.LoadBalancers = append(v.sb.LoadBalancers, b.row(groups))
		}
	},
}

// row is the balancer's row; groups holds those made before, by their datapaths.
func (b *Balancer) row(groups map[string]*pipeline.DatapathGroup) *pipeline.LoadBalancer {
	key := fmt.Sprint(b.Switches.words)
	if groups[key] == nil {
		groups[key] = b.Switches.list()
	}
	row := &pipeline.LoadBalancer{
		UUID: b.UUID, Name: b.Name, Protocol: b.Protocol, VIPs: map[string]string{}, Switches: groups[key],
		Options: maps.Clone(b.Options), ExternIDs: b.ExternalIDs,
	}
	if row.Options == nil {
		row.Options = map[string]string{}
	}
	row.Options["hairpin_orig_tuple"] = "true"
	for _, vip := range b.VIPs {
		row.VIPs[vip.name] = vip.text
	}
	return row
}
