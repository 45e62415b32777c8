package explain

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ovnsim/pipeline/expr"
	"ovnsim/topology"
)

func lintValues(l *linted) {
	for _, p := range l.Problems() {
		l.add(p.Row, "", "%s", p.Text)
	}
}

func lintOptions(l *linted) {
	for _, t := range topology.Schema() {
		for column, words := range knownOptions[t.Name] {
			known, c := strings.Fields(words), t.Column(column)
			for _, r := range l.Records(t) {
				for _, key := range c.Get(r).Keys {
					if !slices.Contains(known, key.String) && !strings.HasPrefix(key.String, "ic-") && !strings.HasPrefix(key.String, "dynamic-routing") {
						l.add(r, "", "%s:%s is no option of %s%s", column, key.String, t.Name, topology.Suggest(key.String, known))
					}
				}
			}
		}
	}
}

// optionValues says what an option of a balancer or a router must look like.
var optionValues = []struct {
	table, key, wants string
	fits              func(string) bool
}{
	{"Load_Balancer", "reject", "true or false", isBool},
	{"Load_Balancer", "event", "true or false", isBool},
	{"Load_Balancer", "skip_snat", "true or false", isBool},
	{"Load_Balancer", "add_route", "true or false", isBool},
	{"Load_Balancer", "template", "true or false", isBool},
	{"Load_Balancer", "distributed", "true or false", isBool},
	{"Load_Balancer", "use_stateless_nat", "true or false", isBool},
	{"Load_Balancer", "affinity_timeout", "seconds from 1 to 65535", isSeconds},
	{"Load_Balancer", "neighbor_responder", "reachable, all or none", oneOf("reachable", "all", "none")},
	{"Load_Balancer", "address-family", "ipv4 or ipv6", oneOf("ipv4", "ipv6")},
	{"Load_Balancer", "hairpin_snat_ip", "IP addresses", areAddresses},
	{"Logical_Router", "lb_force_snat_ip", "router_ip or IP addresses", func(s string) bool { return s == "router_ip" || areAddresses(s) }},
	{"Logical_Router", "dnat_force_snat_ip", "IP addresses", areAddresses},
	{"Logical_Router", "mcast_relay", "true or false", isBool},
}

func isBool(s string) bool { return s == "true" || s == "false" }

func isSeconds(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

func oneOf(words ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(words, s) }
}

func areAddresses(s string) bool {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' })
	return len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { _, err := netip.ParseAddr(w); return err != nil })
}

func lintOptionValues(l *linted) {
	options := func(table string, r topology.Record, o map[string]string) {
		for _, v := range optionValues {
			if value, set := o[v.key]; set && v.table == table && !v.fits(value) {
				l.add(r, "", "options:%s is %q; it wants %s", v.key, value, v.wants)
			}
		}
	}
	for _, b := range l.LoadBalancer {
		options("Load_Balancer", b, b.Options)
	}
	for _, r := range l.LogicalRouter {
		options("Logical_Router", r, r.Options)
	}
}

func lintUnconnected(l *linted) {
	for _, p := range l.LogicalRouterPort {
		if len(l.facing[p]) == 0 && p.Peer == "" && !l.namedAsPeer(p) {
			l.add(p, "", "nothing leads to router port %s", p.Name)
		}
	}
}

func (l *linted) namedAsPeer(p *topology.LogicalRouterPort) bool {
	return slices.ContainsFunc(l.LogicalRouterPort, func(o *topology.LogicalRouterPort) bool { return o.Peer == p.Name })
}

func lintShared(l *linted) {
	for _, p := range l.LogicalRouterPort {
		if f := l.facing[p]; len(f) > 1 {
			l.add(f[1], "", "%s and %s both name router port %s", f[0].Name, f[1].Name, p.Name)
		}
	}
}

func lintNoRouterPort(l *linted) {
	for _, p := range l.LogicalSwitchPort {
		if name := p.Options["router-port"]; p.Type == "router" && l.routerPorts[name] == nil {
			l.add(p, "", "%s is of type router, and there is no router port %q", p.Name, name)
		}
	}
}

func lintPeer(l *linted) {
	for _, p := range l.LogicalRouterPort {
		if other := l.routerPorts[p.Peer]; p.Peer != "" && (other == nil || other.Peer != p.Name) {
			l.add(p, "", "%s has the peer %s, which does not have %s as its own", p.Name, p.Peer, p.Name)
		}
	}
}

func lintOverlap(l *linted) {
	for _, r := range l.LogicalRouter {
		type owned struct {
			netip.Prefix
			port *topology.LogicalRouterPort
		}
		seen := map[netip.Prefix]owned{}
		for _, p := range r.Ports {
			for _, n := range prefixes(p.Networks) {
				if n.Addr().IsLinkLocalUnicast() {
					continue
				}
				if other, twice := seen[n.Masked()]; twice && other.port != p {
					l.add(p, "", "%s and %s are both in %s", other.port.Name, p.Name, n.Masked())
				}
				seen[n.Masked()] = owned{n, p}
			}
		}
	}
}

func lintAddressTwice(l *linted) {
	for _, s := range l.LogicalSwitch {
		ips, macs := map[netip.Addr]*topology.LogicalSwitchPort{}, map[string]*topology.LogicalSwitchPort{}
		for _, p := range s.Ports {
			if !isClient(p) || p.Type == "virtual" || p.Type == "localport" {
				continue
			}
			for _, a := range addressesOf(p) {
				if other := ips[a]; other != nil && other != p {
					l.add(p, "", "%s and %s both have %s", other.Name, p.Name, a)
				}
				ips[a] = p
			}
			if mac := macOf(p); mac != "" {
				if other := macs[mac]; other != nil {
					l.add(p, "", "%s and %s both have %s", other.Name, p.Name, mac)
				}
				macs[mac] = p
			}
		}
	}
}

func lintAddressOutside(l *linted) {
	for _, s := range l.LogicalSwitch {
		for _, p := range s.Ports {
			if !isClient(p) || p.Type != "" || slices.Contains(p.Addresses, "unknown") {
				continue
			}
			for _, a := range addressesOf(p) {
				sameFamily := slices.ContainsFunc(l.networks[s], func(n netip.Prefix) bool { return n.Addr().Is4() == a.Is4() })
				if sameFamily && !contains(l.networks[s], a) && !a.IsLinkLocalUnicast() {
					l.add(p, "", "%s has %s, which is in no network of the routers on %s", p.Name, a, s.Name)
				}
			}
		}
	}
}

func lintLocalnet(l *linted) {
	for _, p := range l.LogicalSwitchPort {
		if p.Type == "localnet" && p.Options["network_name"] == "" {
			l.add(p, "", "%s has no options:network_name", p.Name)
		}
	}
}

func lintNexthop(l *linted) {
	for _, r := range l.LogicalRouter {
		var networks []netip.Prefix
		for _, p := range r.Ports {
			networks = append(networks, prefixes(p.Networks)...)
		}
		for _, route := range r.StaticRoutes {
			hop, err := netip.ParseAddr(route.Nexthop)
			if err == nil && route.OutputPort == "" && !contains(networks, hop) && !hop.IsLinkLocalUnicast() {
				l.add(route, "", "%s via %s on %s: no port of it is in a network with that address", route.IPPrefix, hop, r.Name)
			}
		}
	}
}

func lintNAT(l *linted) {
	for _, r := range l.LogicalRouter {
		for _, n := range r.NAT {
			if !centralized(r) {
				l.add(n, "", "%s has the %s rule for %s, and neither a chassis nor a gateway port", r.Name, n.Type, n.LogicalIP)
			}
		}
	}
}

func lintNATPair(l *linted) {
	for _, n := range l.NAT {
		if n.Type == "dnat_and_snat" && (n.LogicalPort == "") != (n.ExternalMAC == "") {
			l.add(n, "", "the rule for %s has only one of logical_port and external_mac", n.LogicalIP)
		}
	}
}

func lintNATTwice(l *linted) {
	for _, r := range l.LogicalRouter {
		seen := map[string]bool{}
		for _, n := range r.NAT {
			key := fmt.Sprint(n.Type, n.ExternalIP, n.ExternalPortRange, n.LogicalIP, n.Match, n.Priority, n.GatewayPort)
			switch n.Type {
			case "dnat":
				key = fmt.Sprint(n.Type, n.ExternalIP, n.ExternalPortRange, n.Match, n.Priority, n.AllowedExtIPs, n.GatewayPort)
			case "snat":
				key = fmt.Sprint(n.Type, n.LogicalIP, n.Match, n.Priority, n.AllowedExtIPs, n.ExemptedExtIPs, n.GatewayPort)
			}
			if seen[key] {
				l.add(n, "", "%s has two %s rules for %s and %s", r.Name, n.Type, n.ExternalIP, n.LogicalIP)
			}
			seen[key] = true
		}
	}
}

func lintGatewayBoth(l *linted) {
	for _, r := range l.LogicalRouter {
		for _, p := range r.Ports {
			if chassisOf(r) != "" && isGateway(p) {
				l.add(p, "", "%s is a gateway port, and %s is wholly on chassis %s", p.Name, r.Name, chassisOf(r))
			}
		}
	}
}

func lintGatewayNowhere(l *linted) {
	for _, p := range l.LogicalRouterPort {
		if g := p.HAChassisGroup; g != nil && len(g.HAChassis) == 0 {
			l.add(p, "", "%s has the group %s, in which no chassis is", p.Name, g.Name)
		}
	}
}

func lintForceSNAT(l *linted) {
	for _, r := range l.LogicalRouter {
		for _, key := range []string{"lb_force_snat_ip", "dnat_force_snat_ip"} {
			if r.Options[key] != "" && !centralized(r) {
				l.add(r, "", "options:%s of %s, which is on no chassis", key, r.Name)
			}
		}
	}
}

// matches calls for every match of a row, each with the row.
func (l *linted) matches(each func(topology.Record, string)) {
	for _, a := range l.ACL {
		each(a, a.Match)
	}
	for _, q := range l.Topology.QoS {
		each(q, q.Match)
	}
	for _, p := range l.LogicalRouterPolicy {
		each(p, p.Match)
	}
	for _, n := range l.NAT {
		if n.Match != "" {
			each(n, n.Match)
		}
	}
}

func lintMatches(l *linted) {
	l.matches(func(r topology.Record, match string) {
		if _, err := expr.Parse(match); err != nil {
			l.add(r, "", "%q: %v", match, err)
		}
	})
}

// setName finds $NAME and @NAME in a match. What stands in quotes is taken away before.
var setName = regexp.MustCompile(`([$@])([A-Za-z_.][A-Za-z_.0-9]*)`)

var quoted = regexp.MustCompile(`"(\\.|[^"\\])*"`)

func lintSets(l *linted) {
	sets, groups := map[string]bool{}, map[string]bool{}
	for _, s := range l.AddressSet {
		sets[s.Name] = true
	}
	for _, g := range l.PortGroup {
		groups[g.Name] = true
		sets[g.Name+"_ip4"], sets[g.Name+"_ip6"] = true, true
	}
	l.matches(func(r topology.Record, match string) {
		for _, m := range setName.FindAllStringSubmatch(quoted.ReplaceAllString(match, ""), -1) {
			switch {
			case m[1] == "$" && !sets[m[2]]:
				l.add(r, "", "there is no address set %s%s", m[2], topology.Suggest(m[2], slices.Sorted(maps.Keys(sets))))
			case m[1] == "@" && !groups[m[2]]:
				l.add(r, "", "there is no port group %s%s", m[2], topology.Suggest(m[2], slices.Sorted(maps.Keys(groups))))
			}
		}
	})
}

func lintACLs(l *linted) {
	look := func(acls []*topology.ACL) {
		seen := map[string]*topology.ACL{}
		for _, a := range acls {
			key := fmt.Sprint(a.Tier, a.Priority, a.Direction, a.Match, a.Options["apply-after-lb"])
			if other := seen[key]; other != nil && other.Action != a.Action {
				l.add(a, "", "%s %d %q is %s here and %s elsewhere", a.Direction, a.Priority, a.Match, a.Action, other.Action)
			}
			seen[key] = a
		}
	}
	for _, s := range l.LogicalSwitch {
		look(s.ACLs)
	}
	for _, g := range l.PortGroup {
		look(g.ACLs)
	}
}

func lintEmptyGroups(l *linted) {
	for _, g := range l.PortGroup {
		if len(g.Ports) == 0 && len(g.ACLs) > 0 {
			l.add(g, "", "port group %s has ACLs and no ports", g.Name)
		}
	}
}

func lintDHCP(l *linted) {
	for _, p := range l.LogicalSwitchPort {
		for _, o := range []*topology.DHCPOptions{p.DHCPv4Options, p.DHCPv6Options} {
			if o == nil {
				continue
			}
			cidr, err := netip.ParsePrefix(o.CIDR)
			same := func(a netip.Addr) bool { return err == nil && a.Is4() == cidr.Addr().Is4() }
			all := slices.DeleteFunc(addressesOf(p), func(a netip.Addr) bool { return !same(a) })
			if len(all) > 0 && !slices.ContainsFunc(all, cidr.Contains) {
				l.add(p, "", "%s has %s, and its DHCP options are for %s", p.Name, all[0], o.CIDR)
			}
		}
	}
}

func lintDHCPOptions(l *linted) {
	for _, o := range l.Topology.DHCPOptions {
		cidr, err := netip.ParsePrefix(o.CIDR)
		wanted := []string{"server_id", "server_mac", "lease_time"}
		if err == nil && cidr.Addr().Is6() {
			wanted = []string{"server_id"}
		}
		for _, key := range wanted {
			if o.Options[key] == "" && err == nil {
				l.add(o, "", "the DHCP options for %s lack %s", o.CIDR, key)
				break
			}
		}
	}
}

func lintNames(l *linted) {
	switches, routers := map[string]bool{}, map[string]bool{}
	for _, s := range l.LogicalSwitch {
		if s.Name != "" && switches[s.Name] {
			l.add(s, "", "there are two switches %s", s.Name)
		}
		switches[s.Name] = true
	}
	for _, r := range l.LogicalRouter {
		if r.Name != "" && routers[r.Name] {
			l.add(r, "", "there are two routers %s", r.Name)
		}
		routers[r.Name] = true
	}
}
