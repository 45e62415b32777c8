package explain

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"ovnsim/lb"
	"ovnsim/topology"
)

// class is ports, or targets, that flows treat alike.
type class struct {
	members []target
}

// target is what can ask or be asked.
type target struct {
	name     string // of the port, or what it is
	datapath string // of a port
	addrs    []netip.Addr
	behind   []lb.Endpoint // of a VIP or a NAT address: who answers
	kin      string        // of a VIP or a NAT address: the classes of who answers
	asks     []Probe       // for a VIP with a port: only that
}

// probes pairs every class of ports with every class of targets: on one datapath and on two.
func (c *comparison) probes(from, to string) {
	ports := c.machines()
	sources := c.classes(ports, func(t target) bool { return from == "" || t.name == from })
	everyone := func(target) bool { return true }
	homes := map[netip.Addr]target{}
	for _, p := range ports {
		for _, a := range p.addrs {
			homes[a] = p
		}
	}
	others := c.others()
	c.answers(others, homes)
	targets := append(c.classes(ports, everyone), c.classes(others, everyone)...)
	defer c.needs(targets, homes)
	c.plan.Ports, c.plan.Classes = len(ports), len(sources)
	for _, s := range sources {
		for _, t := range targets {
			for _, pair := range pairs(s, t) {
				for _, a := range pair[1].addrs {
					if to == "" && !sameFamily(pair[0], a) || to != "" && a.String() != to {
						continue
					}
					asks := pair[1].asks
					if asks == nil {
						asks = c.asks(a)
					}
					for _, p := range asks {
						p.From, p.Target, p.Sources, p.Targets = pair[0].name, pair[1].name, len(s.members), len(t.members)
						c.plan.Probes = append(c.plan.Probes, p)
					}
				}
			}
		}
	}
}

func sameFamily(t target, a netip.Addr) bool {
	return len(t.addrs) == 0 && a.Is4() || slices.ContainsFunc(t.addrs, func(own netip.Addr) bool { return own.Is4() == a.Is4() })
}

// pairs takes a source, a target on its datapath, and one elsewhere.
func pairs(s, t *class) [][2]target {
	from := s.members[0]
	var out [][2]target
	near, far := false, false
	for _, to := range t.members {
		switch {
		case to.name == from.name && len(t.members) > 1:
		case to.datapath == from.datapath && !near:
			near = true
			out = append(out, [2]target{from, to})
		case to.datapath != from.datapath && !far:
			far = true
			out = append(out, [2]target{from, to})
		}
		if near && far {
			break
		}
	}
	return out
}

// classes groups targets.
func (c *comparison) classes(all []target, keep func(target) bool) []*class {
	index := map[string]*class{}
	var out []*class
	for _, t := range all {
		if !keep(t) {
			continue
		}
		key := c.signature(t.datapath, append([]string{t.name}, texts(t.addrs)...)...)
		if t.datapath == "" {
			key += t.kin
			key += fmt.Sprint(len(t.asks))
			for _, p := range t.asks {
				key += fmt.Sprint(p.Proto)
			}
		}
		if index[key] == nil {
			index[key] = &class{}
			out = append(out, index[key])
		}
		index[key].members = append(index[key].members, t)
	}
	return out
}

// answers tells the targets of which no machine has the address apart by who answers for them.
func (c *comparison) answers(others []target, homes map[netip.Addr]target) {
	known := map[string]string{}
	for i := range others {
		var kin []string
		for _, b := range others[i].behind {
			p, ok := homes[b.Addr]
			if !ok {
				kin = append(kin, " elsewhere")
				continue
			}
			if known[p.name] == "" {
				known[p.name] = " " + c.signature(p.datapath, append([]string{p.name}, texts(p.addrs)...)...)
			}
			kin = append(kin, known[p.name])
		}
		slices.Sort(kin)
		others[i].kin = fmt.Sprint(slices.Compact(kin))
	}
}

func texts(addrs []netip.Addr) []string {
	var out []string
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}

// needs collects the machines that the probes need, and what they must serve.
func (c *comparison) needs(targets []*class, homes map[netip.Addr]target) {
	machines, serve := map[string]bool{}, map[uint16]bool{}
	asked := map[string]bool{}
	for _, p := range c.plan.Probes {
		machines[p.From], asked[p.Target] = true, true
		serve[p.To.Port()] = true
	}
	for _, class := range targets {
		for _, t := range class.members {
			if !asked[t.name] {
				continue
			}
			if t.datapath != "" {
				machines[t.name] = true
			}
			for _, b := range t.behind {
				if home, ok := homes[b.Addr]; ok {
					machines[home.name] = true
				}
				serve[b.Port] = true
			}
		}
	}
	c.plan.Machines = sortedNames(machines)
	for port := range serve {
		if port != 0 {
			c.plan.Serve = append(c.plan.Serve, port)
		}
	}
	slices.Sort(c.plan.Serve)
}

// machines lists the ports of both networks that a machine may be on.
func (c *comparison) machines() []target {
	var out []target
	seen := map[string]bool{}
	for _, side := range []*Side{c.now, c.old} {
		for _, s := range side.Topology.LogicalSwitch {
			for _, p := range s.Ports {
				if isClient(p) && !seen[p.Name] {
					seen[p.Name] = true
					out = append(out, target{name: p.Name, datapath: s.Name, addrs: addressesOf(p)})
				}
			}
		}
	}
	return out
}

// others lists the addresses of both networks that no machine has: VIPs, NAT's, routers'.
func (c *comparison) others() []target {
	var out []target
	seen := map[string]bool{}
	add := func(name string, a netip.Addr, behind []lb.Endpoint, asks []Probe) {
		if key := fmt.Sprint(name, a, behind); !seen[key] {
			seen[key] = true
			out = append(out, target{name: name, addrs: []netip.Addr{a}, behind: behind, asks: asks})
		}
	}
	for _, side := range []*Side{c.now, c.old} {
		for _, b := range side.Topology.LoadBalancer {
			for _, key := range slices.Sorted(maps.Keys(b.VIPs)) {
				e, err := lb.ParseEndpoint(key)
				if err != nil {
					continue
				}
				var asks []Probe
				if proto, err := lb.ParseProto(protoOf(b)); e.Port != 0 && err == nil {
					asks = []Probe{{Proto: proto, To: netip.AddrPortFrom(e.Addr, e.Port)}}
				}
				add("vip "+key, e.Addr, readable(b.VIPs[key]), asks)
			}
		}
		for _, n := range side.Topology.NAT {
			if a, err := netip.ParseAddr(n.ExternalIP); err == nil {
				inside, err := netip.ParseAddr(n.LogicalIP)
				var behind []lb.Endpoint
				if err == nil {
					behind = []lb.Endpoint{{Addr: inside}}
				}
				add("nat "+n.ExternalIP, a, behind, nil)
			}
		}
		for _, p := range side.Topology.LogicalRouterPort {
			for _, n := range prefixes(p.Networks) {
				add("router port "+p.Name, n.Addr(), nil, nil)
			}
		}
	}
	return out
}

func protoOf(b *topology.LoadBalancer) string {
	if b.Protocol == "" {
		return "tcp"
	}
	return b.Protocol
}
