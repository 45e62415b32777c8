package fuzznb

import (
	"fmt"
	"slices"

	"ovnsim/topology"
)

// fillSwitches varies switches and their ports: types, addresses, options.
func fillSwitches(b *Builder) {
	b.Some(12, map[string]func(){
		"ignore_lsp_down":  func() { Set(&b.Global.Options, "ignore_lsp_down", b.Flag()) },
		"debug_drop":       func() { Set(&b.Global.Options, "debug_drop_collector_set", b.Pick("0", "123", "x")) },
		"debug_domain":     func() { Set(&b.Global.Options, "debug_drop_domain_id", b.Pick("0", "7", "254", "256", "x")) },
		"controller_event": func() { Set(&b.Global.Options, "controller_event", b.Flag()) },
	})
	for _, s := range b.Switches {
		b.switchOptions(s)
		for range b.Intn(3) {
			b.oddPort(s)
		}
	}
	for _, p := range b.SwitchPorts() {
		b.portOptions(p)
	}
	for _, p := range b.RouterPorts() {
		if b.Chance(15) {
			p.Enabled = b.Bool()
		}
		if b.Chance(10) {
			Set(&p.Options, "routing-protocol-redirect", b.somePort())
			Set(&p.Options, "routing-protocols", b.Pick("BGP", "BFD", "BGP,BFD", "", "BGP, BFD", "OSPF"))
		}
		if b.Chance(8) {
			p.DHCPRelay = Add(b, &topology.DHCPRelay{Servers: b.IP4(), Name: b.Name("relay")})
		}
	}
}

func (b *Builder) switchOptions(s *topology.LogicalSwitch) {
	o := &s.OtherConfig
	b.Some(12, map[string]func(){
		"vlan-passthru":                     func() { Set(o, "vlan-passthru", b.Flag()) },
		"broadcast-arps-to-all-routers":     func() { Set(o, "broadcast-arps-to-all-routers", b.Flag()) },
		"mcast_snoop":                       func() { Set(o, "mcast_snoop", b.Flag()) },
		"mcast_flood_unregistered":          func() { Set(o, "mcast_snoop", "true"); Set(o, "mcast_flood_unregistered", b.Flag()) },
		"mcast_querier":                     func() { Set(o, "mcast_querier", b.Flag()) },
		"interconn-ts":                      func() { Set(o, "interconn-ts", s.Name) },
		"dynamic-routing-vni":               func() { Set(o, "dynamic-routing-vni", b.Pick("0", "10", "16777215", "16777216", "-1", "x", "")) },
		"dynamic-routing-fdb-prefer-local":  func() { Set(o, "dynamic-routing-fdb-prefer-local", b.Flag()) },
		"enable-stateless-acl-with-lb":      func() { Set(o, "enable-stateless-acl-with-lb", b.Flag()) },
		"dhcp_relay_port":                   func() { Set(o, "dhcp_relay_port", b.somePort()) },
		"subnet":                            func() { b.subnet(s) },
		"forwarding group":                  func() { b.forwardingGroup(s) },
		"network_name of a second localnet": func() { b.localnet(s) },
		"copp":                              func() { s.Copp = b.copp() },
	})
}

func (b *Builder) localnet(s *topology.LogicalSwitch) {
	b.addPort(s, &topology.LogicalSwitchPort{Name: b.Name("ln"), Type: "localnet", Addresses: []string{"unknown"},
		Options: map[string]string{"network_name": b.Pick("phys", "phys2")}})
}

// subnet makes some of a switch's addresses dynamic, chosen already as ovn-northd would have.
func (b *Builder) subnet(s *topology.LogicalSwitch) {
	Set(&s.OtherConfig, "subnet", fmt.Sprintf("10.%d.0.0/24", 20+len(b.SwitchPorts())))
	p := b.machine(s)
	p.Addresses = []string{"dynamic"}
}

func (b *Builder) forwardingGroup(s *topology.LogicalSwitch) {
	g := Add(b, &topology.ForwardingGroup{Name: b.Name("fg"), VIP: b.IP4(), VMAC: b.MAC(), Liveness: b.Chance(2)})
	for range 1 + b.Intn(3) {
		g.ChildPort = addOnce(g.ChildPort, b.somePort())
	}
	s.ForwardingGroups = append(s.ForwardingGroups, g)
}

func (b *Builder) copp() *topology.Copp {
	c := Add(b, &topology.Copp{Name: b.Name("copp"), Meters: map[string]string{}})
	for _, k := range []string{"arp", "dhcpv4-opts", "dns", "igmp", "reject", "svc-monitor", "nd-na"} {
		if b.Chance(3) {
			c.Meters[k] = "m1"
		}
	}
	return c
}

// somePort is the name of a port, now and then of none.
func (b *Builder) somePort() string {
	ports := b.SwitchPorts()
	if len(ports) == 0 || b.Chance(10) {
		return "nowhere"
	}
	return ports[b.Intn(len(ports))].Name
}

// oddPort adds a port that is not simply a machine's.
func (b *Builder) oddPort(s *topology.LogicalSwitch) {
	p := b.machine(s)
	switch p.Type = b.Pick("localport", "external", "virtual", "remote", "l2gateway", "vtep", "router", "switch", ""); p.Type {
	case "external":
		if b.Chance(2) {
			p.HAChassisGroup = Add(b, &topology.HAChassisGroup{Name: b.Name("ha")})
		}
	case "virtual":
		Set(&p.Options, "virtual-ip", b.Pick(b.IP4(), b.IP6(), "x", ""))
		Set(&p.Options, "virtual-parents", b.somePort()+","+b.somePort())
	case "router":
		// Not one that another port names: which of the two has it hangs on ovn-northd's hash table.
		Set(&p.Options, "router-port", "nowhere")
	case "switch":
		other := b.machine(b.Switches[b.Intn(len(b.Switches))])
		other.Type, other.Peer, p.Peer = "switch", p.Name, other.Name
	case "":
		if b.Chance(2) {
			p.ParentName = b.somePort()
			tag := int64(b.Intn(5))
			p.TagRequest = &tag
		}
	}
}

func (b *Builder) portOptions(p *topology.LogicalSwitchPort) {
	o := &p.Options
	b.Some(18, map[string]func(){
		"enabled":                func() { p.Enabled = b.Bool() },
		"port_security":          func() { p.PortSecurity = []string{b.MAC()} },
		"unknown":                func() { p.Addresses = addOnce(p.Addresses, "unknown") },
		"more":                   func() { p.Addresses = addOnce(p.Addresses, b.oddAddress()) },
		"none":                   func() { p.Addresses = nil },
		"router":                 func() { p.Addresses = []string{"router"} },
		"force_fdb_lookup":       func() { Set(o, "force_fdb_lookup", b.Flag()) },
		"pkt_clone_type":         func() { Set(o, "pkt_clone_type", b.Pick("mc_unknown", "x")) },
		"disable_arp_nd_rsp":     func() { Set(o, "disable_arp_nd_rsp", b.Flag()) },
		"lsp_learn_fdb":          func() { Set(o, "lsp_learn_fdb", b.Flag()) },
		"localnet_learn_fdb":     func() { Set(o, "localnet_learn_fdb", b.Flag()) },
		"mcast_flood":            func() { Set(o, "mcast_flood", b.Flag()) },
		"mcast_flood_reports":    func() { Set(o, "mcast_flood_reports", b.Flag()) },
		"enable_router_port_acl": func() { Set(o, "enable_router_port_acl", b.Flag()) },
		"arp_proxy":              func() { Set(o, "arp_proxy", b.proxy()) },
		"qos":                    func() { Set(o, b.Pick("qos_max_rate", "qos_min_rate", "qos_burst"), "1000") },
		"receive_multicast":      func() { Set(o, "receive_multicast", b.Flag()) },
	})
}

func (b *Builder) oddAddress() string {
	return b.Pick(b.MAC()+" "+b.IP4()+" "+b.IP4()+" "+b.IP6(), b.MAC()+" "+b.IP4()+"/24", "no address", b.MAC()+" x "+b.IP4(),
		b.MAC()+" "+b.IP6()+"/64", b.MAC()+"  "+b.IP4()+",", " "+b.MAC())
}

func (b *Builder) proxy() string {
	return b.Pick(b.IP4(), b.IP4()+"/24 "+b.IP4(), b.MAC()+" "+b.IP4(), b.IP6()+" "+b.IP6()+"/64", b.MAC()+" "+b.IP4()+" "+b.IP6(), "x", b.IP4()+" x "+b.IP4())
}

// addOnce adds to a set.
func addOnce(set []string, s string) []string {
	if slices.Contains(set, s) {
		return set
	}
	return append(set, s)
}

func (b *Builder) someRouterPort() string {
	ports := b.RouterPorts()
	if len(ports) == 0 {
		return "nowhere"
	}
	return ports[b.Intn(len(ports))].Name
}
