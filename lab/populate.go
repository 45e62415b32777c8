package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/explain"
	"ovnsim/topology"
)

// Of makes a lab without machines and scenarios of a topology.
func Of(top *topology.Topology, file string) *Lab {
	return &Lab{File: file, Topology: top, Timeout: DefaultTimeout}
}

// ParseTarget reads where a request goes, as Play.Explain takes it.
func ParseTarget(what string) (netip.AddrPort, error) {
	scheme, rest, given := strings.Cut(what, "://")
	switch {
	case given && (scheme == "ping" || scheme == "icmp"):
		a, err := netip.ParseAddr(strings.Trim(rest, "[]/"))
		if err != nil {
			return netip.AddrPort{}, fmt.Errorf("%q is not ping://ADDRESS", what)
		}
		return netip.AddrPortFrom(a, 0), nil
	case given && scheme == "udp":
		ap, err := netip.ParseAddrPort(strings.TrimSuffix(rest, "/"))
		if err != nil {
			return ap, fmt.Errorf("%q is not udp://ADDRESS:PORT", what)
		}
		return ap, nil
	case !given:
		what = "http://" + what
	}
	t, err := ParseURL(what)
	return t.Addr, err
}

// Populate puts a machine on a port, with its addresses (or with source, where it does not say them), and one on each port
// that may be asked: those of the backends of the balancers with an address, and that of the address itself. They answer on
// the ports that the backends have. It gives the name of the first machine. The lab's topology is not changed.
func (l *Lab) Populate(port, source string, to netip.AddrPort) (name string, err error) {
	p := l.Topology.SwitchPort(port)
	if p == nil {
		return "", l.noSuchMachine(port)
	}
	if p.Type == "router" {
		return "", fmt.Errorf("port %s leads to a router; no machine can be on it", port)
	}
	h := l.machineOn(p)
	if source != "" {
		prefix, err := netip.ParsePrefix(source)
		if err != nil {
			return "", fmt.Errorf("--source: %q is not an address with its prefix length, such as 10.0.0.2/24", source)
		}
		h.Addresses = []netip.Prefix{prefix}
		h.Routes = l.defaultRoutes(p, h)
	}
	if len(h.Addresses) == 0 {
		return "", fmt.Errorf("port %s does not say what address its machine has, or no router has a port in its subnet: give --source IP/LENGTH", port)
	}
	if h.MAC == ([6]byte{}) {
		h.MAC = [6]byte{2, 0, 0, 0, 0xee, 1}
	}
	wanted := map[netip.Addr][]uint16{to.Addr(): {to.Port()}}
	for _, b := range explain.Backends(l.Topology, to.Addr()) {
		at := b.Port
		if at == 0 {
			at = to.Port()
		}
		wanted[b.Addr] = append(wanted[b.Addr], at)
	}
	for _, n := range l.Topology.NAT {
		if n.ExternalIP == to.Addr().String() {
			if a, err := netip.ParseAddr(n.LogicalIP); err == nil {
				wanted[a] = append(wanted[a], to.Port())
			}
		}
	}
	l.serve(h, wanted)
	return h.Name, nil
}

func (l *Lab) noSuchMachine(name string) error {
	var names []string
	for _, h := range l.Hosts {
		names = append(names, h.Name)
	}
	for _, p := range l.Topology.LogicalSwitchPort {
		names = append(names, p.Name)
	}
	return errors.New("there is no machine and no switch port \"" + name + "\"" + topology.Suggest(name, names))
}

// serve puts machines on the ports with addresses that are wanted, and has them answer.
func (l *Lab) serve(first *Host, wanted map[netip.Addr][]uint16) {
	taken := map[string]bool{}
	for _, h := range l.Hosts {
		taken[h.Port] = true
	}
	add := func(h *Host) {
		for _, a := range h.Addresses {
			for _, port := range slices.Compact(slices.Sorted(slices.Values(wanted[a.Addr()]))) {
				if port != 0 {
					h.HTTP = append(h.HTTP, Site{port, "i am " + h.Name + "\n"})
					h.UDP = append(h.UDP, Site{port, "i am " + h.Name})
				}
			}
		}
		l.Hosts = append(l.Hosts, h)
	}
	add(first)
	taken[first.Port] = true
	for _, p := range l.Topology.LogicalSwitchPort {
		_, addrs := p.Machine()
		if taken[p.Name] || p.Type == "router" || !slices.ContainsFunc(addrs, func(a netip.Addr) bool { return wanted[a] != nil }) {
			continue
		}
		if h := l.machineOn(p); len(h.Addresses) > 0 && h.MAC != ([6]byte{}) {
			add(h)
		}
	}
}

// machineOn makes the machine that a port describes, with a default route through the first router on its switch.
func (l *Lab) machineOn(p *topology.LogicalSwitchPort) *Host {
	h := &Host{Name: p.Name, Port: p.Name}
	var addrs []netip.Addr
	h.MAC, addrs = p.Machine()
	for _, a := range addrs {
		subnet, _ := l.Topology.Subnet(p, a)
		h.Addresses = append(h.Addresses, subnet)
	}
	h.Routes = l.defaultRoutes(p, h)
	return h
}

// defaultRoutes leads everything through the first router that is in each of a machine's subnets.
func (l *Lab) defaultRoutes(p *topology.LogicalSwitchPort, h *Host) (out []Route) {
	for _, via := range l.Topology.Gateways(p, h.Addresses) {
		out = append(out, Route{everything(via), via})
	}
	return out
}

// everything is the prefix of all addresses of a family.
func everything(of netip.Addr) netip.Prefix { return netip.PrefixFrom(of, 0).Masked() }

// Inhabit puts a machine on each of some ports that the topology has and that have none; all answer on some ports. A port
// that says no address gets one of its switch's subnet.
func (l *Lab) Inhabit(ports []string, serve []uint16) {
	taken := map[string]bool{}
	for _, h := range l.Hosts {
		taken[h.Port] = true
	}
	byName := map[string]*topology.LogicalSwitchPort{}
	for _, p := range l.Topology.LogicalSwitchPort {
		byName[p.Name] = p
	}
	for i, name := range ports {
		p := byName[name]
		if p == nil || taken[name] {
			continue
		}
		h := l.machineOn(p)
		if len(h.Addresses) == 0 {
			h.Addresses = l.spareAddresses(p)
			h.Routes = l.defaultRoutes(p, h)
		}
		if h.MAC == ([6]byte{}) {
			h.MAC = [6]byte{2, 0, 0xee, byte(i >> 16), byte(i >> 8), byte(i)}
		}
		for _, port := range serve {
			h.HTTP, h.UDP = append(h.HTTP, Site{port, "hello\n"}), append(h.UDP, Site{port, "hello"})
		}
		l.Hosts = append(l.Hosts, h)
	}
	slices.SortFunc(l.Hosts, func(a, b *Host) int { return strings.Compare(a.Name, b.Name) })
}

// spareAddresses takes, of each subnet of the routers on a switch, an address near its end.
func (l *Lab) spareAddresses(p *topology.LogicalSwitchPort) (out []netip.Prefix) {
	for _, n := range l.Topology.RoutersBeside(p) {
		b := n.Masked().Addr().AsSlice()
		if len(b)*8-n.Bits() < 3 {
			continue
		}
		for bit := n.Bits(); bit < len(b)*8; bit++ {
			b[bit/8] |= 0x80 >> (bit % 8)
		}
		b[len(b)-1] &^= 2 // not the broadcast address
		a, _ := netip.AddrFromSlice(b)
		if spare := netip.PrefixFrom(a, n.Bits()); a != n.Addr() && !slices.Contains(out, spare) {
			out = append(out, spare)
		}
	}
	return out
}
