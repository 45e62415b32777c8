package northd

import (
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline"
)

// balancerRows are the Load_Balancer rows, which tell ovn-controller what hairpinned connections look like: a row for
// every balancer that some datapath has.
var balancerRows = feature{
	name:  "rows-load-balancer",
	title: "Load_Balancer",
	global: func(v *View, _ *Emitter) {
		for _, b := range v.Balancers {
			if !b.Switches.empty() || !b.Routers.empty() {
				v.sb.LoadBalancers = append(v.sb.LoadBalancers, b.row())
			}
		}
	},
}

// row is the balancer's row. VIPs stand as they were written, be they good or not.
func (b *Balancer) row() *pipeline.LoadBalancer {
	row := &pipeline.LoadBalancer{
		UUID: b.UUID, Name: b.Name, Protocol: b.Protocol, VIPs: b.LoadBalancer.VIPs, Options: b.Options, ExternIDs: b.ExternalIDs,
	}
	if !b.Switches.empty() {
		row.Switches = b.Switches.shared()
	}
	if !b.Routers.empty() {
		row.Routers = b.Routers.shared()
	}
	if six := b.templates6(); len(six) > 0 {
		row.VIPs = six
	}
	return row
}

// templates6 is the VIPs of a template of IPv6: those that are good, as they were read, hosts that are variables in
// brackets.
func (b *Balancer) templates6() map[string]string {
	out := map[string]string{}
	for _, vip := range b.VIPs {
		if !b.Template || vip.Is4() {
			continue
		}
		host := vip.IP
		if strings.HasPrefix(host, "^") {
			host = "[" + host + "]"
		}
		out[lb.Template{Host: host, Port: vip.Port}.String()] = vip.text
	}
	return out
}
