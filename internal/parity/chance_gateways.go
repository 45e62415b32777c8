package parity

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ovnsim/topology"
)

// gatewayPorts is the distributed gateway ports of a router.
func gatewayPorts(r *topology.LogicalRouter) (out []*topology.LogicalRouterPort) {
	for _, p := range r.Ports {
		if len(p.GatewayChassis) > 0 || p.HAChassisGroup != nil {
			out = append(out, p)
		}
	}
	return out
}

// routerOf is the router that a line of flows is about, nil where it is about none.
func routerOf(line string, t *topology.Topology) *topology.LogicalRouter {
	for _, r := range t.LogicalRouter {
		if rest, ok := strings.CutPrefix(line, `"`+r.Name+`" `); ok && strings.Contains(rest, "lr_") {
			return r
		}
	}
	return nil
}

// cutGateways takes the gateway port out of flows that a NAT without a gateway_port is in: its name, its stand-in's, its
// Ethernet address, and the check of a frame's length that one with an MTU has.
func cutGateways(line string, t *topology.Topology) (string, string) {
	r := routerOf(line, t)
	if r == nil {
		return cutTracked(cutAnnouncer(line, t), t), ""
	}
	ports := gatewayPorts(r)
	if len(ports) < 2 || !slices.ContainsFunc(r.NAT, func(n *topology.NAT) bool {
		return n.GatewayPort == nil && isAbout(line, n) ||
			strings.Contains(line, " lr_in_arp_resolve 90 ") && strings.Contains(line, n.LogicalIP)
	}) {
		return line, ""
	}
	if slices.ContainsFunc(r.NAT, func(n *topology.NAT) bool {
		return isAbout(line, n) && n.GatewayPort == nil && n.LogicalPort != "" && n.ExternalMAC != "" && worksAt(n, ports) > 1
	}) {
		return "", "" // it is distributed at one port and not at another whose switch has a stand-in already: other flows
	}
	if aboutLength.MatchString(line) && slices.ContainsFunc(ports, func(p *topology.LogicalRouterPort) bool { return gatewayMTU(p) <= 0 }) {
		return "", "" // a port without an MTU has no such flow
	}
	for _, p := range ports {
		if mtu := gatewayMTU(p); mtu > 0 {
			line = strings.NewReplacer(
				"reg9[1] = check_pkt_larger("+strconv.Itoa(mtu+etherHeader)+"); xreg0", "xreg0",
				"reg9[1] = check_pkt_larger("+strconv.Itoa(mtu+etherHeader+vlanHeader)+"); xreg0", "xreg0",
				".frag_mtu = "+strconv.Itoa(mtu)+";", ".frag_mtu = MTU;").Replace(line)
		}
		line = strings.NewReplacer(strconv.Quote(p.Name), "GATEWAY", strconv.Quote("cr-"+p.Name), "STANDIN", `"cr-`+p.Name+`"`, "STANDIN", northdMAC(p.MAC), "MAC").Replace(line)
	}
	return line, ""
}

// isAbout says whether a line speaks of a NAT's addresses.
func isAbout(line string, n *topology.NAT) bool {
	return strings.Contains(line, n.ExternalIP) || strings.Contains(line, n.LogicalIP) || n.ExternalMAC != "" && strings.Contains(line, northdMAC(n.ExternalMAC))
}

// announcing is the binding of a switch's port to a router.
var announcing = regexp.MustCompile(`^Port_Binding (.*) \| type (?:patch|l3gateway) \| .* nat `)

// cutAnnouncer takes out whose chassis announces addresses that the operator gave to a port that is no gateway port itself.
func cutAnnouncer(line string, t *topology.Topology) string {
	m := announcing.FindStringSubmatch(line)
	if m == nil {
		return line
	}
	for _, p := range t.LogicalSwitchPort {
		r := routerWith(p.Options["router-port"], t)
		if p.Name != m[1] || r == nil {
			continue
		}
		if ports := gatewayPorts(r); !slices.ContainsFunc(ports, func(of *topology.LogicalRouterPort) bool { return of.Name == p.Options["router-port"] }) {
			for _, of := range ports {
				line = strings.ReplaceAll(line, "is_chassis_resident("+strconv.Quote("cr-"+of.Name)+")", "STANDIN")
			}
		}
	}
	return line
}

// told is a route that is told to the world: its prefix, its router, its port and the port whose chassis is the best way.
var told = regexp.MustCompile(`^Advertised_Route (\S+) \| datapath (.*) \| port (.*?)(?: \| tracked (.*))?$`)

// cutTracked takes out which gateway port is the best way to a NAT's address.
func cutTracked(line string, t *topology.Topology) string {
	m := told.FindStringSubmatch(line)
	if m == nil || m[4] == "" {
		return line
	}
	r := routerWith(m[4], t)
	if r == nil || len(gatewayPorts(r)) < 2 || !slices.ContainsFunc(r.NAT, func(n *topology.NAT) bool { return n.GatewayPort == nil && n.ExternalIP == m[1] }) {
		return line
	}
	return strings.TrimSuffix(line, m[4]) + "GATEWAY"
}

// cutTwice takes out a static route to one address, which ovn-northd tells of beside that of the machine or router that has
// the address only where its table of routes has the static one first.
func cutTwice(line string, t *topology.Topology) (string, string) {
	m := told.FindStringSubmatch(line)
	if m == nil || m[4] != "" {
		return line, ""
	}
	r := routerWith(m[3], t)
	if r == nil || !slices.ContainsFunc(r.StaticRoutes, func(s *topology.LogicalRouterStaticRoute) bool {
		a, length, _ := strings.Cut(s.IPPrefix, "/")
		ip, err := netip.ParseAddr(a)
		return err == nil && ip.String() == m[1] && (length == "" || length == strconv.Itoa(ip.BitLen()))
	}) || !strings.Contains(r.Options["dynamic-routing-redistribute"]+portOptions(r, m[3]), "connected-as-host") {
		return line, ""
	}
	return "", ""
}

// cutTeller takes out which router tells of what is on a port's switch: the port's own or one with a static route by it that
// says it is connected, whichever ovn-northd's table of routes has first.
func cutTeller(line string, t *topology.Topology) (string, string) {
	m := told.FindStringSubmatch(line)
	if m == nil || m[4] == "" || !slices.ContainsFunc(t.LogicalRouter, func(r *topology.LogicalRouter) bool {
		return r != routerWith(m[3], t) && slices.ContainsFunc(r.StaticRoutes, func(s *topology.LogicalRouterStaticRoute) bool {
			return s.OutputPort == m[3] && s.Options["origin"] == "connected"
		})
	}) {
		return line, ""
	}
	return strings.Replace(line, " datapath "+m[2]+" ", " datapath ", 1), ""
}

// portOptions is what a router's port redistributes.
func portOptions(r *topology.LogicalRouter, name string) string {
	for _, p := range r.Ports {
		if p.Name == name {
			return p.Options["dynamic-routing-redistribute"]
		}
	}
	return ""
}

// routerWith is the router that has a port of a name, nil where none has.
func routerWith(port string, t *topology.Topology) *topology.LogicalRouter {
	for _, r := range t.LogicalRouter {
		if slices.ContainsFunc(r.Ports, func(p *topology.LogicalRouterPort) bool { return p.Name == port }) {
			return r
		}
	}
	return nil
}

// aboutLength are the flows of a NAT that only ports with an MTU have.
var aboutLength = regexp.MustCompile(`^".*" (?:lr_in_admission 55|lr_in_ip_input 160) match=\(`)

// gatewayMTU is a port's MTU, at most 0 for none.
func gatewayMTU(p *topology.LogicalRouterPort) int {
	n, err := strconv.Atoi(p.Options["gateway_mtu"])
	if err != nil {
		return 0
	}
	return n
}

// northdMAC is an Ethernet address as flows have it: two digits a byte, without what follows it in the row. A text that is
// none stays as it is.
func northdMAC(text string) string {
	words := strings.SplitN(strings.ToLower(text), ":", 6)
	if len(words) < 6 {
		return text
	}
	for i, w := range words {
		if len(w) == 1 {
			w = "0" + w
		}
		words[i] = w[:min(len(w), 2)]
	}
	return strings.Join(words, ":")
}

// What a frame is longer than its packet, in bytes.
const (
	etherHeader = 14 // two addresses and a type
	vlanHeader  = 4
)

// worksAt is at how many of a router's gateway ports a NAT may work: the only one, the one that it names, or those whose
// networks its external address lies in.
func worksAt(n *topology.NAT, ports []*topology.LogicalRouterPort) (count int) {
	a, err := netip.ParseAddr(n.ExternalIP)
	if len(ports) < 2 {
		if n.GatewayPort == nil || slices.Contains(ports, n.GatewayPort) {
			return 1
		}
		return 0
	}
	for _, p := range ports {
		if n.GatewayPort == p || n.GatewayPort == nil && err == nil && slices.ContainsFunc(p.Networks, func(text string) bool {
			network, err := netip.ParsePrefix(text)
			return err == nil && network.Contains(a)
		}) {
			count++
		}
	}
	return count
}
