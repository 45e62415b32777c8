package explain

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline/expr"
	"ovnsim/topology"
)

func lintWithoutVIPs(l *linted) {
	for _, b := range l.LoadBalancer {
		if len(b.VIPs) == 0 {
			l.add(b, "", "%s has no VIPs", nameOf(b))
		}
	}
}

func nameOf(b *topology.LoadBalancer) string {
	switch {
	case b.Name != "":
		return "balancer " + b.Name
	case len(b.VIPs) > 0:
		return "the balancer of " + slices.Sorted(maps.Keys(b.VIPs))[0]
	}
	return "the balancer"
}

func reference(b *topology.LoadBalancer) string {
	if b.Name != "" {
		return b.Name
	}
	return b.UUID.String()
}

func lintUnattached(l *linted) {
	for _, b := range l.LoadBalancer {
		if a := l.of(b); len(a.switches)+len(a.routers) == 0 {
			l.add(b, "", "%s is attached to no switch and no router", nameOf(b))
		}
	}
}

func lintGroups(l *linted) {
	used := map[*topology.LoadBalancerGroup]bool{}
	for _, s := range l.LogicalSwitch {
		for _, g := range s.LoadBalancerGroup {
			used[g] = true
		}
	}
	for _, r := range l.LogicalRouter {
		for _, g := range r.LoadBalancerGroup {
			used[g] = true
		}
	}
	for _, g := range l.LoadBalancerGroup {
		if !used[g] {
			l.add(g, "", "no switch and no router has the group %s", g.Name)
		}
	}
}

// lintDistributed finds balancers with a router that cannot balance, unless switches have them, too, for the clients beside it.
func lintDistributed(l *linted) {
	for _, b := range l.LoadBalancer {
		a := l.of(b)
		for _, r := range a.routers {
			if !centralized(r) && len(a.switches) == 0 {
				l.add(b, "", "%s is attached to %s, a distributed router without a gateway port", nameOf(b), r.Name)
			}
		}
	}
}

func lintWithoutClients(l *linted) {
	for _, b := range l.LoadBalancer {
		a := l.of(b)
		if len(a.routers) > 0 || len(a.switches) == 0 || slices.ContainsFunc(a.switches, func(s *topology.LogicalSwitch) bool { return slices.ContainsFunc(s.Ports, isClient) }) {
			continue
		}
		l.add(b, "", "%s is attached to %s, where no machine is", nameOf(b), a.switches[0].Name)
	}
}

// lintServersSwitch: every machine on the switches of a balancer is one of its servers, and others are on switches beside.
func lintServersSwitch(l *linted) {
	for _, b := range l.LoadBalancer {
		a := l.of(b)
		if len(a.switches) == 0 || slices.ContainsFunc(a.routers, centralized) {
			continue
		}
		servers := map[*topology.LogicalSwitchPort]bool{}
		for _, backends := range b.VIPs {
			for _, e := range readable(backends) {
				servers[l.addresses[e.Addr]] = true
			}
		}
		onlyServers := true
		machines := 0
		for _, s := range a.switches {
			for _, p := range s.Ports {
				if isClient(p) {
					machines++
					onlyServers = onlyServers && servers[p]
				}
			}
		}
		if other := l.clientsBeside(a.switches); onlyServers && machines > 0 && other != "" {
			l.add(b, fmt.Sprintf("ovn-nbctl ls-lb-add %s %s", other, reference(b)), "%s is attached only to %s, where its servers are; clients are on %s, too", nameOf(b), a.switches[0].Name, other)
		}
	}
}

// clientsBeside finds a switch with machines behind the routers of some switches, "" for none.
func (l *linted) clientsBeside(switches []*topology.LogicalSwitch) string {
	for _, s := range switches {
		for _, p := range s.Ports {
			rp := l.routerPorts[p.Options["router-port"]]
			if p.Type != "router" || rp == nil {
				continue
			}
			for _, beside := range l.routerOf[rp].Ports {
				for _, sp := range l.facing[beside] {
					if other := l.switchOf[sp]; !slices.Contains(switches, other) && slices.ContainsFunc(other.Ports, func(p *topology.LogicalSwitchPort) bool { return isClient(p) && p.Type != "localnet" }) {
						return other.Name
					}
				}
			}
		}
	}
	return ""
}

func lintUnansweredVIP(l *linted) {
	l.vips(func(v vip) {
		for _, s := range l.of(v.row).switches {
			if !contains(l.networks[s], v.at.Addr) || l.addresses[v.at.Addr] != nil || l.answered(v, s) || l.open(s) && len(l.of(v.row).routers) > 0 {
				continue
			}
			l.add(v.row, "", "%s is in a subnet of %s, and nobody there answers ARP for it", v.key, s.Name)
			return
		}
	})
}

// answered tells whether a router on a switch has a VIP, as its own address, or of a balancer, or by NAT, or a proxy answers.
func (l *linted) answered(v vip, s *topology.LogicalSwitch) bool {
	for _, p := range s.Ports {
		if strings.Contains(p.Options["arp_proxy"], v.at.Addr.String()) {
			return true
		}
		rp := l.routerPorts[p.Options["router-port"]]
		if p.Type != "router" || rp == nil {
			continue
		}
		r := l.routerOf[rp]
		if slices.ContainsFunc(prefixes(rp.Networks), func(n netip.Prefix) bool { return n.Addr() == v.at.Addr }) ||
			slices.ContainsFunc(r.NAT, func(n *topology.NAT) bool { return n.ExternalIP == v.at.Addr.String() }) ||
			slices.Contains(l.of(v.row).routers, r) && v.row.Options["neighbor_responder"] != "none" {
			return true
		}
	}
	return false
}

func lintVIPRoute(l *linted) {
	l.vips(func(v vip) {
		for _, s := range l.of(v.row).switches {
			if len(l.networks[s]) == 0 && slices.ContainsFunc(s.Ports, isClient) && !l.open(s) && !l.sameSubnet(s, v.at.Addr) {
				l.add(v.row, "", "machines on %s have no gateway by which they could reach %s", s.Name, v.key)
				return
			}
		}
	})
}

// sameSubnet guesses, for a switch without routers, whether an address looks like its machines'.
func (l *linted) sameSubnet(s *topology.LogicalSwitch, a netip.Addr) bool {
	for _, p := range s.Ports {
		for _, other := range addressesOf(p) {
			if n, err := other.Prefix(min(24, other.BitLen())); err == nil && n.Contains(a) {
				return true
			}
		}
	}
	return false
}

func lintWithoutBackends(l *linted) {
	l.vips(func(v vip) {
		if len(v.backends) == 0 && strings.TrimSpace(v.row.VIPs[v.key]) == "" && v.row.Options["reject"] != "true" && v.row.Options["event"] != "true" {
			l.add(v.row, "", "%s has no backends for %s, and drops what is for it", nameOf(v.row), v.key)
		}
	})
}

// vipAt is what two balancers at one place must not both have.
type vipAt struct {
	at    lb.Endpoint
	proto string
}

func lintVIPTwice(l *linted) {
	owners := map[vipAt][]*topology.LoadBalancer{}
	var order []vipAt
	l.vips(func(v vip) {
		proto := v.row.Protocol
		if proto == "" {
			proto = "tcp"
		}
		if v.at.Port == 0 {
			proto = ""
		}
		k := vipAt{v.at, proto}
		if owners[k] == nil {
			order = append(order, k)
		}
		owners[k] = append(owners[k], v.row)
	})
	for _, k := range order {
		for i, b := range owners[k] {
			for _, first := range owners[k][:i] {
				if place := l.common(first, b); place != "" && first != b {
					l.add(b, "", "%s on %s is of %s already", k.at, place, nameOf(first))
				}
			}
		}
	}
}

// common is a switch or router that has two balancers, "" for none.
func (l *linted) common(a, b *topology.LoadBalancer) string {
	x, y := l.of(a), l.of(b)
	for _, s := range x.switches {
		if slices.Contains(y.switches, s) {
			return s.Name
		}
	}
	for _, r := range x.routers {
		if slices.Contains(y.routers, r) {
			return r.Name
		}
	}
	return ""
}

func lintBackendIsVIP(l *linted) {
	l.vips(func(v vip) {
		if slices.Contains(v.backends, v.at) {
			l.add(v.row, "", "%s is its own backend", v.key)
		}
	})
}

func lintBackendTwice(l *linted) {
	l.vips(func(v vip) {
		for i, b := range v.backends {
			if slices.Contains(v.backends[:i], b) {
				l.add(v.row, "", "%s lists its backend %s twice", v.key, b)
				return
			}
		}
	})
}

// lintBackendNobody: the backend is in a subnet of a switch whose machines are all known, and is none of them.
func lintBackendNobody(l *linted) {
	homes := l.subnets()
	l.vips(func(v vip) {
		for _, b := range v.backends {
			if l.addresses[b.Addr] != nil || l.isRouterAddress(b.Addr) {
				continue
			}
			if s := homes.of(b.Addr); s != nil && !l.open(s) {
				l.add(v.row, "", "backend %s of %s would be on %s, and no port there has that address", b, v.key, s.Name)
				return
			}
		}
	})
}

func (l *linted) isRouterAddress(a netip.Addr) bool {
	for _, p := range l.LogicalRouterPort {
		if slices.ContainsFunc(prefixes(p.Networks), func(n netip.Prefix) bool { return n.Addr() == a }) {
			return true
		}
	}
	return false
}

// subnetIndex finds the switch of an address: by masked prefix, for each length that occurs.
type subnetIndex struct {
	switches map[netip.Prefix]*topology.LogicalSwitch
	lengths  []int
}

func (l *linted) subnets() subnetIndex {
	x := subnetIndex{switches: map[netip.Prefix]*topology.LogicalSwitch{}}
	for _, s := range l.LogicalSwitch {
		for _, n := range l.networks[s] {
			x.switches[n.Masked()] = s
			if !slices.Contains(x.lengths, n.Bits()) {
				x.lengths = append(x.lengths, n.Bits())
			}
		}
	}
	slices.SortFunc(x.lengths, func(a, b int) int { return b - a })
	return x
}

func (x subnetIndex) of(a netip.Addr) *topology.LogicalSwitch {
	for _, bits := range x.lengths {
		if p, err := a.Prefix(min(bits, a.BitLen())); err == nil && x.switches[p] != nil {
			return x.switches[p]
		}
	}
	return nil
}

// lintBackendRoute: none of the routers where a balancer is, or beside its switches, has a network or a route for a backend.
func lintBackendRoute(l *linted) {
	homes := l.subnets()
	l.vips(func(v vip) {
		a := l.of(v.row)
		if len(a.switches)+len(a.routers) == 0 {
			return
		}
		for _, b := range v.backends {
			if homes.of(b.Addr) == nil && l.addresses[b.Addr] == nil && !l.routed(a, b.Addr) {
				l.add(v.row, "", "backend %s of %s is in no subnet, and no router beside %s has a route to it", b, v.key, nameOf(v.row))
				return
			}
		}
	})
}

func (l *linted) routed(a *attachment, to netip.Addr) bool {
	routers := slices.Clone(a.routers)
	for _, s := range a.switches {
		if l.open(s) {
			return true
		}
		for _, p := range s.Ports {
			if rp := l.routerPorts[p.Options["router-port"]]; rp != nil {
				routers = append(routers, l.routerOf[rp])
			}
		}
	}
	return slices.ContainsFunc(routers, func(r *topology.LogicalRouter) bool {
		return len(r.Policies) > 0 || slices.ContainsFunc(r.StaticRoutes, func(route *topology.LogicalRouterStaticRoute) bool {
			p, err := netip.ParsePrefix(route.IPPrefix)
			return err != nil || p.Contains(to)
		})
	})
}

func lintBypass(l *linted) {
	for _, b := range l.LoadBalancer {
		a := l.of(b)
		for _, r := range a.routers {
			if !centralized(r) || r.Options["lb_force_snat_ip"] != "" {
				continue
			}
			if s := l.mixed(r, b); s != nil && !slices.Contains(a.switches, s) {
				l.add(b, fmt.Sprintf("ovn-nbctl ls-lb-add %s %s", s.Name, reference(b)), "%s is attached to %s; on %s its servers and other machines are together", nameOf(b), r.Name, s.Name)
				break
			}
		}
	}
}

// mixed is a switch beside a router with servers of a balancer and with other machines.
func (l *linted) mixed(r *topology.LogicalRouter, b *topology.LoadBalancer) *topology.LogicalSwitch {
	for _, rp := range r.Ports {
		for _, sp := range l.facing[rp] {
			s, servers, others := l.switchOf[sp], 0, 0
			for _, p := range s.Ports {
				switch {
				case !isClient(p):
				case slices.ContainsFunc(addressesOf(p), func(a netip.Addr) bool { return serves(b, a) }):
					servers++
				case p.Type != "localnet":
					others++
				}
			}
			if servers > 0 && others > 0 {
				return s
			}
		}
	}
	return nil
}

func serves(b *topology.LoadBalancer, a netip.Addr) bool {
	for _, backends := range b.VIPs {
		if slices.ContainsFunc(readable(backends), func(e lb.Endpoint) bool { return e.Addr == a }) {
			return true
		}
	}
	return false
}

func lintCheckSource(l *linted) {
	l.vips(func(v vip) {
		if !slices.ContainsFunc(v.row.HealthCheck, func(c *topology.LoadBalancerHealthCheck) bool { return c.VIP == v.key }) || v.row.Protocol == "sctp" {
			return
		}
		for _, b := range v.backends {
			key := b.Addr.String()
			if b.Addr.Is6() {
				key = "[" + key + "]"
			}
			m, err := lb.ParseMapping(v.row.IPPortMappings[key])
			if v.row.IPPortMappings[key] == "" || err != nil || !m.Source.IsValid() {
				l.add(v.row, "", "backend %s of %s is checked, and ip_port_mappings gives no port and source address for it", b, v.key)
				return
			}
		}
	})
}

func lintCheckVIP(l *linted) {
	for _, b := range l.LoadBalancer {
		for _, c := range b.HealthCheck {
			if _, has := b.VIPs[c.VIP]; !has {
				l.add(c, "", "%s has no VIP %s%s", nameOf(b), c.VIP, topology.Suggest(c.VIP, slices.Sorted(maps.Keys(b.VIPs))))
			}
		}
	}
}

func lintMappingPort(l *linted) {
	for _, b := range l.LoadBalancer {
		for _, ip := range slices.Sorted(maps.Keys(b.IPPortMappings)) {
			m, err := lb.ParseMapping(b.IPPortMappings[ip])
			if err == nil && m.Zone == "" && l.switchPorts[m.Port] == nil {
				l.add(b, "", "ip_port_mappings of %s names the port %q, which is not there", ip, m.Port)
			}
		}
	}
}

func lintMappingUnused(l *linted) {
	for _, b := range l.LoadBalancer {
		for _, ip := range slices.Sorted(maps.Keys(b.IPPortMappings)) {
			if a, err := netip.ParseAddr(strings.Trim(ip, "[]")); err == nil && !serves(b, a) && b.Options["template"] != "true" {
				l.add(b, "", "%s in ip_port_mappings is no backend of %s", ip, nameOf(b))
			}
		}
	}
}

func lintTemplate(l *linted) {
	vars := templateVars(l.Topology)
	for _, b := range l.LoadBalancer {
		if b.Options["template"] != "true" {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(b.VIPs)) {
			_, missing := expr.Expand(key+" "+b.VIPs[key], vars)
			if len(missing) > 0 {
				l.add(b, "", "no chassis sets the variable %s of %s", missing[0], key)
			}
		}
	}
}
