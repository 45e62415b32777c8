package northd

import (
	"net/netip"
	"slices"
	"sort"
	"strconv"

	"ovnsim/pipeline"
)

// lbARPFeature makes the VIPs of routers known: routers answer requests for those that neighbours may ask for
// (options:neighbor_responder), switches send the requests to the router.
var lbARPFeature = feature{
	name:   "lb-arp",
	title:  "Load_Balancer VIPs in ARP and neighbour discovery",
	stages: []pipeline.Stage{pipeline.LrInIPInput, pipeline.LsInL2Lkup},
	global: func(v *View, e *Emitter) {
		listed := newVIPLists(v)
		for _, r := range v.Routers {
			asked := listed.askedOf(r)
			for _, p := range r.Ports {
				p.answerForVIPs(e, asked)
				if p.Switch != nil && p.IsEnabled() {
					lookupVIPs(v, e, p.Switch, p, listed)
				}
			}
			asked.publish(v, r)
		}
	},
}

// askedVIPs is the VIPs that a router answers for, by family, in order.
type askedVIPs struct{ ip4, ip6 []string }

// addressSet is the name of the set of the VIPs that a router answers for.
func addressSet(r *Router, family string) string {
	return "_rtr_lb_" + strconv.Itoa(int(r.DP.TunnelKey)) + "_" + family
}

func (a askedVIPs) publish(v *View, r *Router) {
	if len(a.ip4) > 0 {
		v.sb.AddressSets.Put(addressSet(r, "ip4"), a.ip4)
	}
	if len(a.ip6) > 0 {
		v.sb.AddressSets.Put(addressSet(r, "ip6"), a.ip6)
	}
}

// answerForVIPs replies to requests on a port. Of a distributed gateway port only one chassis' instance does.
func (p *RouterPort) answerForVIPs(e *Emitter, asked askedVIPs) {
	resident := ""
	if p.Redirect != "" {
		resident = F(" && is_chassis_resident(%s)", p.Redirect)
	}
	if len(asked.ip4) > 0 {
		e.Add(p.Router.DP, pipeline.LrInIPInput, 90,
			F("inport == %s && arp.op == 1 && arp.tpa == $%s", p.Key, addressSet(p.Router, "ip4"))+resident, routerARPReplyFrom(regInportMAC))
	}
	if len(asked.ip6) > 0 {
		e.AddMetered(p.Router.DP, pipeline.LrInIPInput, 90,
			F("inport == %s && nd_ns && nd.target == $%s", p.Key, addressSet(p.Router, "ip6"))+resident,
			routerNAFrom(regInportMAC), p.Router.meter("nd-na"))
	}
}

// vipLists are the VIPs of load balancers in the order of their addresses, so that those in a network are a range. Lists
// are made once for balancers on the same routers.
type vipLists struct {
	v     *View
	lists []*vipList
}

type vipList struct {
	routers *Group
	always  []netip.Addr // for which a router answers, wherever they are
	near    []netip.Addr // for which it answers where they are in a network of one of its ports, in order
	written []string     // those of templates for which it answers, as they are written
}

func newVIPLists(v *View) *vipLists {
	out, by := &vipLists{v: v}, map[*Group]*vipList{}
	for _, b := range v.Balancers {
		if b.Neighbor == neighborNone || b.Routers.empty() {
			continue
		}
		l := by[b.Routers]
		if l == nil {
			l = &vipList{routers: b.Routers}
			by[b.Routers] = l
			out.lists = append(out.lists, l)
		}
		for _, vip := range b.VIPs {
			l.add(vip)
		}
	}
	for _, l := range out.lists {
		slices.SortFunc(l.near, netip.Addr.Compare)
		slices.SortFunc(l.always, netip.Addr.Compare)
	}
	return out
}

// add files a VIP. Those of templates need not be addresses; ovn-northd takes them all for IPv6.
func (l *vipList) add(vip *VIP) {
	a := vip.Addr
	if vip.Template {
		a, _ = netip.ParseAddr(vip.IP)
		if vip.Neighbor == neighborAll {
			l.written = append(l.written, vip.IP)
		}
	}
	switch {
	case !a.IsValid() || vip.Template && a.Is4():
	case vip.Neighbor == neighborAll:
		l.always = append(l.always, a)
	default:
		l.near = append(l.near, a)
	}
}

// in is the addresses of an ordered list that lie in a network.
func in(list []netip.Addr, n network) []netip.Addr {
	net := n.Masked()
	from := sort.Search(len(list), func(i int) bool { return list[i].Compare(net.Addr()) >= 0 })
	to := from
	for to < len(list) && net.Contains(list[to]) {
		to++
	}
	return list[from:to]
}

// askedOf is the VIPs that a router answers for.
func (ls *vipLists) askedOf(r *Router) (asked askedVIPs) {
	found := map[netip.Addr]bool{}
	for _, l := range ls.lists {
		if !l.routers.has(r.DP) {
			continue
		}
		asked.ip6 = append(asked.ip6, l.written...)
		for _, a := range l.always {
			found[a] = true
		}
		for _, p := range r.Ports {
			for _, n := range p.networks() {
				for _, a := range in(l.near, n) {
					found[a] = true
				}
			}
		}
	}
	for a := range found {
		if is4(a) {
			asked.ip4 = append(asked.ip4, a.String())
		} else {
			asked.ip6 = append(asked.ip6, a.String())
		}
	}
	sort.Strings(asked.ip4)
	sort.Strings(asked.ip6)
	asked.ip4, asked.ip6 = slices.Compact(asked.ip4), slices.Compact(asked.ip6)
	return asked
}

// lookupVIPs sends requests for VIPs on a switch to the router that has them.
func lookupVIPs(v *View, e *Emitter, sp *SwitchPort, p *RouterPort, ls *vipLists) {
	found := map[netip.Addr]bool{}
	for _, l := range ls.lists {
		if !l.routers.has(p.Router.DP) {
			continue
		}
		for _, n := range p.networks() {
			for _, a := range append(in(l.near, n), in(l.always, n)...) {
				found[a] = true
			}
		}
	}
	addrs := make([]netip.Addr, 0, len(found))
	for a := range found {
		addrs = append(addrs, a)
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	for _, a := range addrs {
		if a.Is4() {
			floodOwn(e, sp, F("flags[1] == 0 && arp.op == 1 && arp.tpa == %s", a))
		} else {
			floodOwn(e, sp, F("flags[1] == 0 && nd_ns && nd.target == %s", a))
		}
	}
}
