package fuzznb

import (
	"net/netip"
	"slices"
	"strings"

	"ovnsim/topology"
)

// fillNAT adds address translation of every kind to routers.
func fillNAT(b *Builder) {
	var sets []*topology.AddressSet
	for _, addresses := range [][]string{{"1.1.1.1"}, {}} {
		sets = append(sets, Add(b, &topology.AddressSet{Name: b.Name("as"), Addresses: addresses}))
	}
	for _, r := range b.Routers {
		for range b.Intn(7) {
			n := b.nat(r, sets)
			if ports := gatewaysAt(r, n.ExternalIP); n.GatewayPort == nil && len(ports) > 1 {
				n.GatewayPort = ports[b.Intn(len(ports))] // or ovn-northd chooses, each time anew
			}
			r.NAT = append(r.NAT, n)
		}
		b.forceSNAT(r)
		b.Some(8, map[string]func(){
			"commit":  func() { Set(&r.Options, "ct-commit-all", b.Flag()) },
			"dynamic": func() { Set(&r.Options, "dynamic_neigh_routers", b.Flag()) },
		})
		for _, p := range r.Ports {
			b.Some(9, map[string]func(){
				"mtu":    func() { Set(&p.Options, "gateway_mtu", b.Pick("1400", "0", "-1", "x")) },
				"bridge": func() { Set(&p.Options, "redirect-type", b.Pick("bridged", "overlay")) },
			})
		}
	}
}

// gatewaysAt is the distributed gateway ports with an address in a network.
func gatewaysAt(r *topology.LogicalRouter, address string) (out []*topology.LogicalRouterPort) {
	a, err := netip.ParseAddr(strings.TrimSpace(address))
	for _, p := range r.Ports {
		if err == nil && (len(p.GatewayChassis) > 0 || p.HAChassisGroup != nil) && slices.ContainsFunc(p.Networks, func(text string) bool {
			n, err := netip.ParsePrefix(text)
			return err == nil && n.Contains(a)
		}) {
			out = append(out, p)
		}
	}
	return out
}

func (b *Builder) nat(r *topology.LogicalRouter, sets []*topology.AddressSet) *topology.NAT {
	n := Add(b, &topology.NAT{Type: b.Pick("snat", "dnat", "dnat_and_snat"), ExternalIP: b.IP4(), LogicalIP: b.IP4()})
	if b.Chance(3) {
		n.ExternalIP, n.LogicalIP = b.IP6(), b.IP6()
	}
	if b.Chance(3) && len(r.Ports) > 0 {
		p := r.Ports[b.Intn(len(r.Ports))]
		n.ExternalIP, _, _ = strings.Cut(p.Networks[0], "/")
	}
	if n.Type == "snat" && b.Chance(2) && !strings.Contains(n.LogicalIP, ":") {
		n.LogicalIP = b.Pick("10.0.1.0/24", "10.0.0.0/16", "0.0.0.0/0", n.LogicalIP+"/24")
	} else if n.Type == "snat" && b.Chance(2) {
		n.LogicalIP = b.Pick("fd00:1::/64", "::/0", n.LogicalIP+"/64")
	}
	if ports := b.SwitchPorts(); b.Chance(3) && len(ports) > 0 {
		n.LogicalPort = ports[b.Intn(len(ports))].Name
		if !b.Chance(4) {
			n.ExternalMAC = b.MAC()
		}
	}
	b.Some(9, map[string]func(){
		"stateless": func() { Set(&n.Options, "stateless", b.Flag()) },
		"route":     func() { Set(&n.Options, "add_route", b.Flag()) },
		"range":     func() { n.ExternalPortRange = b.Pick("100-200", "5", "x") },
		"allowed":   func() { n.AllowedExtIPs = sets[b.Intn(len(sets))] },
		"exempted":  func() { n.ExemptedExtIPs = sets[b.Intn(len(sets))] },
		"match":     func() { n.Match, n.Priority = b.Pick("tcp", "udp && udp.src == 7", "nonsense"), int64(b.Intn(30)) },
		"priority":  func() { n.Priority = int64(b.Intn(30)) },
		"mac":       func() { n.ExternalMAC = b.Pick("x", "0a:00:00:00:00:01", "0A:00:00:00:00:02") },
		"port":      func() { n.LogicalPort = b.Pick("nowhere", "") },
		"gateway": func() {
			if ports := b.RouterPorts(); len(ports) > 0 {
				n.GatewayPort = ports[b.Intn(len(ports))]
			}
		},
		"external": func() { n.ExternalIP = b.Pick("x", "10.0.0.0/24", "10.0.0.5/32", "FD00::0:5", "10.0.0.9 ", "") },
		"logical": func() {
			n.LogicalIP = b.Pick("x", "10.0.0.0/24", "10.0.0.5/32", "10.0.0.5/255.255.255.0", "FD00::0:7", "")
		},
	})
	return n
}
