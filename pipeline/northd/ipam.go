package northd

import (
	"net/netip"
	"sort"
	"strings"
)

// ipam chooses the addresses of a switch's ports that leave the choice to OVN (ovn-nb(5), IP Address Assignment).
type ipam struct {
	v      *View
	subnet netip.Prefix // not valid for none
	prefix netip.Addr   // of IPv6 addresses, not valid for none
	used   map[netip.Addr]bool
}

// assign chooses the dynamic addresses of a switch, port by port in the order of their UUIDs. What was chosen before stays.
func (v *View) assign(s *Switch) {
	if v.dynamic == nil {
		v.dynamic, v.macs = map[*SwitchPort]portAddress{}, map[mac]bool{}
	}
	a, ok := v.newIPAM(s)
	if !ok {
		return
	}
	var asking []*SwitchPort
	for _, p := range s.Ports {
		if request(p) != "" {
			asking = append(asking, p)
		}
	}
	sort.SliceStable(asking, func(i, j int) bool { return string(asking[i].UUID[:]) < string(asking[j].UUID[:]) })
	for _, p := range asking {
		if old, ok := parsePortAddress(p.DynamicAddresses); ok && a.stands(old, p) {
			v.dynamic[p] = old
			a.use(old)
		}
	}
	for _, p := range asking {
		if _, ok := v.dynamic[p]; !ok {
			v.dynamic[p] = a.choose(request(p))
			a.use(v.dynamic[p])
		}
	}
}

// request is the element of a port's addresses that asks for dynamic ones, "" without one.
func request(p *SwitchPort) string {
	for _, text := range p.LogicalSwitchPort.Addresses {
		if isDynamic(text) {
			return text
		}
	}
	return ""
}

func (v *View) newIPAM(s *Switch) (*ipam, bool) {
	a := &ipam{v: v, used: map[netip.Addr]bool{}}
	if p, err := netip.ParsePrefix(s.OtherConfig["subnet"]); err == nil && p.Addr().Is4() {
		a.subnet = p.Masked()
		a.exclude(s.OtherConfig["exclude_ips"])
	}
	if p, err := netip.ParseAddr(strings.TrimSuffix(s.OtherConfig["ipv6_prefix"], "/64")); err == nil && p.Is6() {
		a.prefix = p
	}
	if !a.subnet.IsValid() && !a.prefix.IsValid() && !boolOption(s.OtherConfig, "mac_only", false) {
		return nil, false
	}
	for _, p := range s.Ports {
		if p.Peer != nil {
			for _, n := range p.Peer.Networks4 {
				a.used[n.Addr()] = true
			}
		}
		for _, text := range p.LogicalSwitchPort.Addresses {
			if fixed, ok := parsePortAddress(text); ok && !isDynamic(text) {
				a.use(fixed)
			}
		}
	}
	return a, true
}

// exclude reads addresses and ranges, "A B..C".
func (a *ipam) exclude(list string) {
	for _, word := range strings.Fields(list) {
		from, to, ranged := strings.Cut(word, "..")
		first, err := netip.ParseAddr(from)
		last := first
		if ranged && err == nil {
			last, err = netip.ParseAddr(to)
		}
		if err != nil {
			return
		}
		for ip := first; ip.Compare(last) <= 0 && a.subnet.Contains(ip); ip = ip.Next() {
			a.used[ip] = true
		}
	}
}

func (a *ipam) use(p portAddress) {
	for _, ip := range p.IPv4 {
		a.used[ip] = true
	}
	a.v.macs[p.MAC] = true
}

// stands says whether addresses that were chosen before still fit what the switch and the port say.
func (a *ipam) stands(old portAddress, p *SwitchPort) bool {
	if (len(old.IPv4) > 0) != a.subnet.IsValid() || (len(old.IPv6) > 0) != a.prefix.IsValid() {
		return false
	}
	for _, ip := range old.IPv4 {
		if !a.subnet.Contains(ip) || a.used[ip] {
			return false
		}
	}
	for _, word := range strings.Fields(request(p)) {
		if m, ok := parseMAC(word); ok && strings.Contains(word, ":") && m != old.MAC {
			if _, err := netip.ParseAddr(word); err != nil {
				return false
			}
		}
		if ip, err := netip.ParseAddr(word); err == nil && ip.Is4() && (len(old.IPv4) == 0 || old.IPv4[0] != ip) {
			return false
		}
	}
	return true
}

// choose chooses what a request leaves open.
func (a *ipam) choose(request string) (out portAddress) {
	var ip4, ip6 netip.Addr
	fixed := false
	for _, word := range strings.Fields(request) {
		if ip, err := netip.ParseAddr(word); err == nil && ip.Is4() {
			ip4 = ip
		} else if err == nil {
			ip6 = ip
		} else if m, ok := parseMAC(word); ok {
			out.MAC, fixed = m, true
		}
	}
	if a.subnet.IsValid() && !ip4.IsValid() {
		ip4 = a.free()
	}
	if ip4.IsValid() && a.subnet.IsValid() {
		out.IPv4 = []netip.Addr{ip4}
	}
	if !fixed {
		out.MAC = a.v.freeMAC(ip4)
	}
	if a.prefix.IsValid() && !ip6.IsValid() {
		b, low := a.prefix.As16(), out.MAC.linkLocal().As16()
		copy(b[8:], low[8:])
		ip6 = netip.AddrFrom16(b)
	}
	if ip6.IsValid() {
		out.IPv6 = []netip.Addr{ip6}
	}
	return out
}

// free is the first address of the subnet that nobody has: from the third on, as the first is left for a router.
func (a *ipam) free() netip.Addr {
	last := network{a.subnet}.broadcast()
	for ip := a.subnet.Addr().Next().Next(); ip.Less(last) && a.subnet.Contains(ip); ip = ip.Next() {
		if !a.used[ip] {
			return ip
		}
	}
	return netip.Addr{}
}

// freeMAC is an Ethernet address with the operator's prefix (NB_Global options:mac_prefix) that goes with an IP address.
func (v *View) freeMAC(ip netip.Addr) mac {
	prefix, ok := parseMAC(v.Options["mac_prefix"] + ":00:00:00")
	if !ok {
		prefix = mac{0x0a}
	}
	low := uint32(0)
	if ip.IsValid() {
		b := ip.As4()
		low = uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	}
	for {
		low = (low + 1) & 0xffffff
		m := mac{prefix[0], prefix[1], prefix[2], byte(low >> 16), byte(low >> 8), byte(low)}
		if !v.macs[m] {
			return m
		}
	}
}
