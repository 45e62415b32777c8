package topology

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Machine is what the port's addresses say of the machine on it: the first Ethernet address, zero where there is none, and
// the IP addresses that go with it.
func (p *LogicalSwitchPort) Machine() (mac [6]byte, ips []netip.Addr) {
	for _, text := range append(slices.Clone(p.Addresses), p.DynamicAddresses) {
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		m, err := net.ParseMAC(words[0])
		if err != nil || len(m) != 6 {
			continue
		}
		for _, w := range words[1:] {
			if a, err := netip.ParseAddr(w); err == nil {
				ips = append(ips, a)
			}
		}
		return [6]byte(m), ips
	}
	return mac, nil
}

// Subnet is an address of the machine on a port with the length of its subnet, which a router port on the switch has; ok is
// false, and the length the usual one of 24 or 64 bits, where none has.
func (top *Topology) Subnet(p *LogicalSwitchPort, a netip.Addr) (subnet netip.Prefix, ok bool) {
	for _, n := range top.RoutersBeside(p) {
		if n.Contains(a) {
			return netip.PrefixFrom(a, n.Bits()), true
		}
	}
	if a.Is4() {
		return netip.PrefixFrom(a, 24), false
	}
	return netip.PrefixFrom(a, 64), false
}

// Gateways is the first router, of each family, that the machine on a port reaches at once with its addresses.
func (top *Topology) Gateways(p *LogicalSwitchPort, addresses []netip.Prefix) (out []netip.Addr) {
	for _, n := range top.RoutersBeside(p) {
		known := slices.ContainsFunc(out, func(a netip.Addr) bool { return a.Is4() == n.Addr().Is4() })
		if !known && slices.ContainsFunc(addresses, func(a netip.Prefix) bool { return a.Contains(n.Addr()) }) {
			out = append(out, n.Addr())
		}
	}
	return out
}

// RoutersBeside is the addresses, with their networks, of the router ports on a port's switch.
func (top *Topology) RoutersBeside(p *LogicalSwitchPort) (out []netip.Prefix) {
	sw := top.SwitchOf(p)
	if sw == nil {
		return nil
	}
	for _, other := range sw.Ports {
		rp := top.RouterPort(other.Options["router-port"])
		if other.Type != "router" || rp == nil {
			continue
		}
		for _, network := range rp.Networks {
			if n, err := netip.ParsePrefix(network); err == nil {
				out = append(out, n)
			}
		}
	}
	return out
}
