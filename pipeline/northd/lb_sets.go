package northd

import (
	"bytes"
	"maps"
	"slices"

	"ovnsim/lb"
	"ovnsim/topology"
)

// vipsOf are the addresses of the router's balancers, or of those that want routes to them, each once, of one family, in
// ovn-northd's order. What the biggest group of balancers gives is one set, which is copied; all else is added to that.
func (v *View) vipsOf(r *Router, routed, six bool) []string {
	if routed && len(v.routed) == 0 {
		return nil
	}
	all := textSet()
	for i, g := range biggestFirst(byUUID(r.LogicalRouter.LoadBalancerGroup)) {
		v.addVIPs(all, g.LoadBalancer, routed, six)
		if i == 0 {
			all = all.Copy()
		}
	}
	v.addVIPs(all, r.LogicalRouter.LoadBalancer, routed, six)
	return all.Keys()
}

// biggestFirst is some groups from the biggest on, and round to the one before it.
func biggestFirst(groups []*topology.LoadBalancerGroup) []*topology.LoadBalancerGroup {
	first := 0
	for i, g := range groups {
		if len(g.LoadBalancer) > len(groups[first].LoadBalancer) {
			first = i
		}
	}
	return slices.Concat(groups[first:], groups[:first])
}

func (v *View) addVIPs(to *lb.Table[string], rows []*topology.LoadBalancer, routed, six bool) {
	for _, row := range byUUID(rows) {
		if b := v.balancers[row]; b != nil && (b.AddRoute && !b.Template || !routed) { // nobody is given a route to a template
			for _, text := range hashOrder(vipAddresses(b, six)) {
				to.Add(text)
			}
		}
	}
}

// vipAddresses are the addresses of a balancer's VIPs in the order in which ovn-northd meets them, each once. Here it takes
// all that a template has for IPv6.
func vipAddresses(b *Balancer, six bool) (out []string) {
	byKey := map[string]*VIP{}
	for _, vip := range b.VIPs {
		byKey[vip.name] = vip
	}
	seen := map[string]bool{}
	for _, key := range hashOrder(slices.Sorted(maps.Keys(b.LoadBalancer.VIPs))) {
		if vip := byKey[key]; vip != nil && (vip.Template || !is4(vip.Addr)) == six && !seen[vip.IP] {
			seen[vip.IP] = true
			out = append(out, vip.IP)
		}
	}
	return out
}

// byUUID is rows in OVSDB's order of references.
func byUUID[T topology.Record](rows []T) []T {
	return slices.SortedStableFunc(slices.Values(rows), func(a, b T) int { return bytes.Compare(a.Base().UUID[:], b.Base().UUID[:]) })
}
