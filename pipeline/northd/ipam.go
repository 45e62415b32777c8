package northd

import (
	"encoding/binary"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ovnsim/topology"
)

// ipam chooses the addresses of a switch's ports that leave the choice to OVN (ovn-nb(5), IP Address Assignment).
type ipam struct {
	v           *View
	has4        bool
	first, size uint32          // of the subnet: the first address behind its own, and how many are behind it
	used        map[uint32]bool // of the subnet, by the distance from first
	has6        bool
	prefix      netip.Addr // of IPv6 addresses, its last 64 bits are 0
}

// pending is a port whose dynamic addresses are not settled yet.
type pending struct {
	ipam *ipam
	port *SwitchPort
	spec dynamicSpec
	had  bool // it has some so far:
	old  portAddress
	// Whether a part of old goes, to be chosen anew where the switch has such addresses.
	newMAC, new4, new6 bool
}

// assign chooses the dynamic addresses of all switches. What was chosen before stays where it still fits.
func (v *View) assign() {
	if !slices.ContainsFunc(v.Topology.LogicalSwitchPort, func(p *topology.LogicalSwitchPort) bool { return slices.ContainsFunc(p.Addresses, isDynamic) }) {
		v.dynamic = map[*SwitchPort]portAddress{}
		return
	}
	had := map[*SwitchPort]portAddress{}
	for _, s := range v.Switches {
		for _, p := range s.Ports {
			if p.DynamicAddresses != "" {
				had[p], _ = parsePortAddress(p.DynamicAddresses)
			}
		}
	}
	// What a round chose the next one reviews, as it is in the database then.
	for range 4 {
		v.dynamic, v.macs = map[*SwitchPort]portAddress{}, map[mac]bool{}
		if !v.chooseAddresses(had) {
			return
		}
		had = v.dynamic
	}
}

// chooseAddresses is one round; it says whether anything changed.
func (v *View) chooseAddresses(had map[*SwitchPort]portAddress) bool {
	order := v.queueOrder()
	all := make([]*ipam, len(order))
	for i, s := range order {
		all[i] = v.newIPAM(s)
	}
	for _, r := range v.Routers {
		for _, p := range r.Ports {
			v.macs[p.MAC] = true
		}
	}
	var open []*pending
	for i, s := range order {
		if a := all[i]; a != nil {
			open = append(open, a.review(s, had)...)
		}
	}
	for _, p := range open {
		p.settle()
	}
	return len(open) > 0
}

// newIPAM notes what is taken on a switch, for all switches the Ethernet addresses; nil where nothing is dynamic.
func (v *View) newIPAM(s *Switch) *ipam {
	a := &ipam{v: v, used: map[uint32]bool{}}
	subnet, asked4 := s.OtherConfig["subnet"]
	prefix, asked6 := s.OtherConfig["ipv6_prefix"]
	if asked4 {
		a.readSubnet(subnet)
		a.exclude(s.OtherConfig["exclude_ips"])
	}
	if asked6 {
		a.readPrefix(prefix)
	}
	for _, p := range s.Ports {
		a.take(p)
	}
	if !a.has4 && !a.has6 && (asked4 || asked6 || !boolOption(s.OtherConfig, "mac_only", false)) {
		return nil
	}
	return a
}

// take notes a port's fixed addresses and those of the router behind it.
func (a *ipam) take(p *SwitchPort) {
	if p.Peer != nil {
		for _, n := range p.Peer.Networks4 {
			a.use(n.Addr())
		}
	}
	for _, text := range p.LogicalSwitchPort.Addresses {
		if text == "router" || text == "unknown" || isDynamic(text) {
			continue
		}
		if fixed, ok := parsePortAddress(text); ok {
			a.v.macs[fixed.MAC] = true
			for _, ip := range fixed.IPv4 {
				a.use(ip)
			}
		}
	}
}

func (a *ipam) readSubnet(text string) {
	n, ok := parseNetwork(text)
	if !ok || !n.Is4() || n.Bits() == 32 {
		return
	}
	a.has4 = true
	a.first = number(n.Masked().Addr()) + 1
	a.size = 1<<(32-n.Bits()) - 1
	a.used[0] = true // left for a router
}

func (a *ipam) readPrefix(text string) {
	addr, err := netip.ParseAddr(text)
	if strings.Contains(text, "/") {
		n, ok := parseNetwork(text)
		if !ok || n.Bits() != 64 {
			return
		}
		addr, err = n.Addr(), nil
	}
	if err != nil || addr.Is4() {
		return
	}
	b := addr.As16()
	clear(b[8:])
	a.has6, a.prefix = true, netip.AddrFrom16(b)
}

// excluded is a token of exclude_ips: an address, the dots of a range, or what ends the list.
var excluded = regexp.MustCompile(`^\s*(?:(\d+\.\d+\.\d+\.\d+)|(\.\.)|(\S))`)

// exclude reads addresses and ranges, "A B..C"; what cannot be read ends them.
func (a *ipam) exclude(list string) {
	next := func() (addr netip.Addr, dots bool) {
		m := excluded.FindStringSubmatch(list)
		if m == nil {
			return addr, false
		}
		addr, _ = netip.ParseAddr(m[1])
		if addr.IsValid() || m[2] != "" {
			list = list[len(m[0]):]
		}
		return addr, m[2] != ""
	}
	for a.has4 {
		from, _ := next()
		if !from.IsValid() {
			return
		}
		last, rest := from, list
		if _, dots := next(); dots {
			if last, _ = next(); !last.IsValid() {
				return
			}
		} else {
			list = rest
		}
		low, high := max(uint64(number(from)), uint64(a.first)), min(uint64(number(last)), uint64(a.first)+uint64(a.size)-1)
		for n := low; n <= high; n++ {
			a.used[uint32(n-uint64(a.first))] = true
		}
	}
}

// number is an IPv4 address as a number.
func number(ip netip.Addr) uint32 {
	b := ip.As4()
	return binary.BigEndian.Uint32(b[:])
}

func (a *ipam) use(ip netip.Addr) {
	if n := number(ip); a.has4 && n >= a.first && n-a.first < a.size {
		a.used[n-a.first] = true
	}
}

// free is the first address of the subnet that nobody has; not valid when there is none.
func (a *ipam) free() netip.Addr {
	for n := uint32(0); n+1 < a.size; n++ {
		if !a.used[n] {
			var b [4]byte
			binary.BigEndian.PutUint32(b[:], a.first+n)
			return netip.AddrFrom4(b)
		}
	}
	return netip.Addr{}
}

// review goes through the ports that ask for dynamic addresses, in ovn-northd's order, and returns those that need some.
// Of a port that asks several times the first counts.
func (a *ipam) review(s *Switch, had map[*SwitchPort]portAddress) (open []*pending) {
	byName, names := map[string]*SwitchPort{}, []string{}
	for _, p := range s.portsByUUID() {
		byName[p.Name] = p
		names = append(names, p.Name)
	}
	for _, name := range hashOrder(names) {
		p := byName[name]
		texts := slices.Sorted(slices.Values(p.LogicalSwitchPort.Addresses))
		i := slices.IndexFunc(texts, isDynamic)
		if i < 0 {
			continue
		}
		w := &pending{ipam: a, port: p}
		w.old, w.had = had[p]
		w.spec, _ = readDynamic(texts[i])
		w.review()
		if w.newMAC || w.new4 || w.new6 {
			open = append(open, w)
		} else {
			a.v.dynamic[p] = w.old
		}
	}
	return open
}

// review says what of the addresses that a port has can stay, and takes that.
func (w *pending) review() {
	a := w.ipam
	if !w.had {
		w.newMAC, w.new4, w.new6 = true, a.has4 || w.spec.ip4.IsValid(), a.has6 || w.spec.ip6.IsValid()
		return
	}
	prefix := a.v.macPrefix()
	if w.spec.hasMAC {
		w.newMAC = w.spec.mac != w.old.MAC
	} else {
		w.newMAC = [3]byte(prefix[:3]) != [3]byte(w.old.MAC[:3])
	}
	w.new4 = len(w.old.IPv4) > 0 && !a.has4 || a.has4 && !w.stays4()
	w.new6 = len(w.old.IPv6) > 0 && !a.has6 || a.has6 && !w.stays6()
	if !w.newMAC {
		a.v.macs[w.old.MAC] = true
	}
	if !w.new4 && len(w.old.IPv4) > 0 {
		a.use(w.old.IPv4[0])
	}
}

func (w *pending) stays4() bool {
	a := w.ipam
	if len(w.old.IPv4) == 0 {
		return false
	}
	n := number(w.old.IPv4[0])
	if n < a.first || n-a.first >= a.size-1 || a.used[n-a.first] {
		return false
	}
	return !w.spec.ip4.IsValid() || w.spec.ip4 == w.old.IPv4[0]
}

func (w *pending) stays6() bool {
	switch {
	case len(w.old.IPv6) == 0 || w.spec.hasMAC:
		return false
	case w.spec.ip6.IsValid():
		return w.spec.ip6 == w.old.IPv6[0] && w.inside6()
	}
	return !w.newMAC
}

// settle chooses what is open.
func (w *pending) settle() {
	a, out := w.ipam, portAddress{}
	var ip4, ip6 netip.Addr
	switch {
	case !w.new4 && len(w.old.IPv4) > 0:
		ip4 = w.old.IPv4[0]
	case !w.new4:
	case w.spec.ip4.IsValid() && w.allowed4():
		ip4 = w.spec.ip4
	case a.has4:
		ip4 = a.free()
	}
	switch {
	case !w.newMAC:
		out.MAC = w.old.MAC
	case w.spec.hasMAC:
		out.MAC = w.spec.mac
	default:
		out.MAC = a.v.freeMAC(ip4)
	}
	switch {
	case !w.new6 && len(w.old.IPv6) > 0:
		ip6 = w.old.IPv6[0]
	case !w.new6:
	case w.spec.ip6.IsValid() && w.allowed6():
		ip6 = w.spec.ip6
	case a.has6:
		b, low := a.prefix.As16(), out.MAC.linkLocal().As16()
		copy(b[8:], low[8:])
		ip6 = netip.AddrFrom16(b)
	}
	a.v.macs[out.MAC] = true
	if ip4.IsValid() && !ip4.IsUnspecified() {
		a.use(ip4)
		out.IPv4 = []netip.Addr{ip4}
	}
	if ip6.IsValid() && !ip6.IsUnspecified() {
		out.IPv6 = []netip.Addr{ip6}
	}
	a.v.dynamic[w.port] = out
}

// allowed4 says whether a port that has addresses may change to the one that it asks for; a port without gets it anyway.
func (w *pending) allowed4() bool {
	if !w.had {
		return true
	}
	a, n := w.ipam, number(w.spec.ip4)
	if len(w.old.IPv4) == 0 || !a.has4 || n < a.first || n-a.first > a.size || a.used[n-a.first] {
		return false
	}
	old := number(w.old.IPv4[0])
	return old >= a.first && old-a.first < a.size-1 && !a.used[old-a.first]
}

// allowed6 says whether a port may have the IPv6 address that it asks for: one of the switch's prefix, where there is a
// prefix. Without one, a port without addresses gets it anyway.
func (w *pending) allowed6() bool {
	if !w.had {
		return w.inside6() || !w.ipam.has6
	}
	return w.inside6() && len(w.old.IPv6) > 0 && !w.spec.hasMAC
}

// inside6 says whether the IPv6 address that a port asks for is of the switch's prefix: ovn-northd takes the prefix for its
// own mask, so that an address is inside that has more bits besides.
func (w *pending) inside6() bool {
	b, p := w.spec.ip6.As16(), w.ipam.prefix.As16()
	for i := range 8 {
		if b[i]&p[i] != p[i] {
			return false
		}
	}
	return w.ipam.has6
}

// macPrefix is the operator's prefix of Ethernet addresses (NB_Global options:mac_prefix).
func (v *View) macPrefix() mac {
	if m, ok := parseMAC(v.Options["mac_prefix"] + ":0:0:0"); ok && m != (mac{}) {
		return mac{m[0], m[1], m[2]}
	}
	return mac{0x0a}
}

// freeMAC is an Ethernet address that nobody has, with the operator's prefix, that goes with an IP address.
func (v *View) freeMAC(ip netip.Addr) mac {
	prefix, low := v.macPrefix(), uint32(0)
	if ip.IsValid() {
		low = number(ip) & 0xffffff
	}
	for i := uint32(0); ; i++ {
		n := (low+i)%0xfffffe + 1
		m := mac{prefix[0], prefix[1], prefix[2], byte(n >> 16), byte(n >> 8), byte(n)}
		if !v.macs[m] || i == 0xffffff {
			return m
		}
	}
}

// dynamicSpec is what an element of addresses that leaves a choice to OVN says itself.
type dynamicSpec struct {
	hasMAC   bool
	mac      mac
	ip4, ip6 netip.Addr // not valid for none
}

var (
	dynamicIPs = regexp.MustCompile(`^dynamic(?:\s*(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}))?(?:\s*([0-9a-fA-F:.]+))?$`)
	dynamicMAC = regexp.MustCompile(`^\s*([0-9a-fA-F:]+?)\s*dynamic$`)
)

// readDynamic reads "dynamic", "dynamic IP…" or "MAC dynamic"; ok is false for any other element of addresses.
func readDynamic(text string) (d dynamicSpec, ok bool) {
	if !strings.Contains(text, "dynamic") {
		return d, false
	}
	if m := dynamicMAC.FindStringSubmatch(text); m != nil {
		d.mac, d.hasMAC = parseMAC(m[1])
		return d, d.hasMAC && macLen(m[1]) == len(m[1])
	}
	m := dynamicIPs.FindStringSubmatch(text)
	if m == nil {
		return d, false
	}
	for _, part := range strings.Split(m[1], ".") {
		if n, err := strconv.Atoi(part); err == nil && n > 255 {
			return d, false
		}
	}
	d.ip4, _ = netip.ParseAddr(m[1])
	if addr, err := netip.ParseAddr(m[2]); err == nil && addr.Is6() {
		d.ip6 = addr
	}
	return d, true
}

// isDynamic says whether an element of addresses leaves the choice to IPAM.
func isDynamic(text string) bool {
	_, ok := readDynamic(text)
	return ok
}
