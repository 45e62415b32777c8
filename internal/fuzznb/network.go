package fuzznb

import (
	"maps"
	"slices"

	"ovnsim/topology"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// network makes what every topology has: switches with machines, routers that join some of them, ways out.
func (b *Builder) network() {
	b.Global = Add(b, &topology.NBGlobal{Options: map[string]string{
		"svc_monitor_mac": "0e:00:00:00:00:01", "svc_monitor_mac_dst": "0e:00:00:00:00:02", "mac_prefix": "0a:0b:0c",
	}})
	for range 1 + b.Intn(3) {
		s := Add(b, &topology.LogicalSwitch{Name: b.Name("ls")})
		b.Switches = append(b.Switches, s)
		for range b.Intn(4) {
			b.machine(s)
		}
		if b.Chance(3) {
			b.addPort(s, &topology.LogicalSwitchPort{Name: b.Name("ln"), Type: "localnet", Addresses: []string{"unknown"},
				Options: map[string]string{"network_name": "phys"}})
		}
	}
	for range b.Intn(3) {
		r := Add(b, &topology.LogicalRouter{Name: b.Name("lr")})
		b.Routers = append(b.Routers, r)
		if b.Chance(3) {
			Set(&r.Options, "chassis", b.Pick("hv1", "hv2"))
		}
		for range 1 + b.Intn(3) {
			b.join(r, b.Switches[b.Intn(len(b.Switches))])
		}
	}
}

func (b *Builder) addPort(s *topology.LogicalSwitch, p *topology.LogicalSwitchPort) *topology.LogicalSwitchPort {
	Add(b, p)
	s.Ports = append(s.Ports, p)
	return p
}

// machine adds a port with a machine.
func (b *Builder) machine(s *topology.LogicalSwitch) *topology.LogicalSwitchPort {
	a := b.MAC()
	if b.Chance(2) {
		a += " " + b.IP4()
	}
	if b.Chance(3) {
		a += " " + b.IP6()
	}
	p := &topology.LogicalSwitchPort{Name: b.Name("vm"), Addresses: []string{a}}
	if b.Chance(5) {
		p.Addresses = append(p.Addresses, "unknown")
	}
	return b.addPort(s, p)
}

// join connects a router to a switch.
func (b *Builder) join(r *topology.LogicalRouter, s *topology.LogicalSwitch) {
	rp := Add(b, &topology.LogicalRouterPort{Name: b.Name("lrp"), MAC: b.MAC(), Networks: []string{b.IP4() + "/24"}})
	if b.Chance(3) {
		rp.Networks = append(rp.Networks, b.IP6()+"/64")
	}
	if b.Chance(6) {
		rp.Networks = append(rp.Networks, b.IP4()+"/16")
	}
	r.Ports = append(r.Ports, rp)
	b.gateway(rp)
	b.addPort(s, &topology.LogicalSwitchPort{Name: b.Name("sr"), Type: "router", Addresses: []string{"router"},
		Options: map[string]string{"router-port": rp.Name}})
}

// gateway makes some router ports distributed gateway ports.
func (b *Builder) gateway(rp *topology.LogicalRouterPort) {
	switch {
	case b.Chance(4):
		for _, c := range []string{"hv1", "hv2"}[:1+b.Intn(2)] {
			g := Add(b, &topology.GatewayChassis{Name: rp.Name + "-" + c, ChassisName: c, Priority: int64(b.Intn(100))})
			rp.GatewayChassis = append(rp.GatewayChassis, g)
		}
	case b.Chance(12):
		rp.HAChassisGroup = Add(b, &topology.HAChassisGroup{Name: b.Name("ha")})
		rp.HAChassisGroup.HAChassis = []*topology.HAChassis{Add(b, &topology.HAChassis{ChassisName: "hv1", Priority: 3})}
	}
	if b.Chance(8) {
		Set(&rp.Options, "reside-on-redirect-chassis", b.Flag())
	}
}
