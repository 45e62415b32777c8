package sim

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/expr"
)

// network is a southbound database made ready to run: names are numbers, references are pointers. It is what every packet
// finds; packets do not change it.
type network struct {
	names     *expr.Names // of ports and multicast groups, and of those that other networks have
	here      []bool      // by number: the network has a port or group of the name
	datapaths map[*pipeline.Datapath]*datapath
	ports     map[string]*port
	byNumber  []*port        // by the number of the port's name; nil for names of no port
	vips      map[vip]uint16 // of the balancers' addresses the port that ovn-trace knows, 0 for none
}

// datapath is a switch or router with what is bound to it.
type datapath struct {
	*pipeline.Datapath
	gateway  bool              // has an l3gateway port: a gateway router
	localnet *port             // of a switch on a physical network
	groups   map[uint32]*group // by the number of the group's name
	keys     map[uint16]*port  // by tunnel key
	macs     map[neighbour]uint64
	fdb      map[uint64]uint16 // MAC to tunnel key of the port it was learned on
	tables   [2][]*table       // by pipeline and number; made when a packet comes by
	begun    bool

	shares []*pipeline.Share // its flows
}

// port is a logical port with its references resolved.
type port struct {
	*pipeline.PortBinding
	number      uint32
	dp          *datapath
	peer        *port     // the other end of a patch, or of a gateway's link
	distributed *port     // of a chassisredirect port: the port that it stands for
	security    []secured // see secured
}

// secured is the port's security, read when somebody asks first.
func (p *port) secured() []secured {
	if p.security == nil {
		for _, text := range p.PortSecurity {
			if s, ok := parseSecured(text); ok {
				p.security = append(p.security, s)
			}
		}
	}
	return p.security
}

// group is a multicast group: its ports by name, as ovn-trace shows them.
type group struct {
	*pipeline.MulticastGroup
	ports []*port
}

// neighbour is the key of a learned MAC: a router's port and an address, IPv4 addresses as IPv6 maps them (RFC 4291, 2.5.5.2).
type neighbour struct {
	port uint32
	addr expr.Value
}

// neighbourAt is the key of what a field says.
func neighbourAt(port uint32, addr expr.Ref, k *expr.Key) neighbour {
	v := addr.Get(k)
	if addr.Width == 32 {
		v.Lo |= mapped4
	}
	return neighbour{port, v}
}

const mapped4 = 0xffff << 32 // of ::ffff:0:0/96

// address is the address as fields hold it, and whether it is one of IPv6.
func (n neighbour) address() (addr expr.Value, six bool) {
	if n.addr.Hi == 0 && n.addr.Lo>>32 == mapped4>>32 {
		return expr.V(n.addr.Lo & 0xffffffff), false
	}
	return n.addr, true
}

// vip is the address of a balancer; IPv4 addresses in the last 32 bits.
type vip struct {
	v6   bool
	addr expr.Value
}

func newNetwork(sb *pipeline.Southbound, names *expr.Names) *network {
	n := &network{names: names, datapaths: make(map[*pipeline.Datapath]*datapath, len(sb.Datapaths)), ports: make(map[string]*port, len(sb.Ports)), vips: make(map[vip]uint16, len(sb.LoadBalancers))}
	for _, dp := range sb.Datapaths {
		n.datapaths[dp] = &datapath{Datapath: dp, groups: map[uint32]*group{}, keys: map[uint16]*port{}}
	}
	mask := buckets(len(sb.Ports))
	for _, b := range slices.SortedStableFunc(slices.Values(sb.Ports), func(a, b *pipeline.PortBinding) int {
		return cmp.Compare(bucket(a.UUID, mask), bucket(b.UUID, mask))
	}) {
		n.addPort(b)
	}
	n.byNumber = make([]*port, n.names.Len())
	for _, p := range n.ports {
		n.byNumber[p.number] = p
		n.linkDistributed(p)
	}
	for _, g := range sb.MulticastGroups {
		n.addGroup(g)
	}
	n.here = make([]bool, n.names.Len())
	for _, p := range n.ports {
		n.here[p.number] = true
	}
	for _, dp := range n.datapaths {
		for number := range dp.groups {
			n.here[number] = true
		}
	}
	n.learn(sb)
	n.addBalancers(sb.LoadBalancers)
	return n
}

// addPort binds a port. A second port of a name is left out. Ports whose options do not name each other are linked as
// ovn-trace happens to link them: whoever comes later in its copy of the database takes the port that it names.
func (n *network) addPort(b *pipeline.PortBinding) {
	dp := n.datapaths[b.Datapath]
	if dp == nil || n.ports[b.LogicalPort] != nil {
		return
	}
	p := &port{PortBinding: b, number: n.names.Intern(b.LogicalPort), dp: dp}
	n.ports[b.LogicalPort] = p
	dp.keys[b.TunnelKey] = p
	dp.gateway = dp.gateway || b.Type == "l3gateway"
	if b.Type == "localnet" && dp.localnet == nil {
		dp.localnet = p
	}
	if peer := n.ports[b.Options["peer"]]; peer != nil && p.isLink() {
		p.peer, peer.peer = peer, p
	}
}

// isLink tells ports that lead to another datapath.
func (p *port) isLink() bool { return p.Type == "patch" || p.Type == "l3gateway" }

// linkOwn links every port to the one that its own options name, as ovn-controller does.
func (n *network) linkOwn() {
	for _, p := range n.ports {
		p.peer = nil
		if p.isLink() {
			p.peer = n.ports[p.Options["peer"]]
		}
	}
}

// linkDistributed finds the port that a chassisredirect port stands for.
func (n *network) linkDistributed(p *port) {
	if d := n.ports[p.Options["distributed-port"]]; p.Type == "chassisredirect" && d != nil && d.dp == p.dp {
		p.distributed = d
	}
}

func (n *network) addGroup(g *pipeline.MulticastGroup) {
	dp := n.datapaths[g.Datapath]
	if dp == nil {
		return
	}
	out := &group{MulticastGroup: g}
	for _, b := range g.Ports {
		if p := n.ports[b.LogicalPort]; p != nil && p.dp == dp {
			out.ports = append(out.ports, p)
		}
	}
	slices.SortFunc(out.ports, func(a, b *port) int { return strings.Compare(a.LogicalPort, b.LogicalPort) })
	dp.groups[n.names.Intern(g.Name)] = out
}

// learn takes over what routers and switches have learned. Rows that contradict the ports are left out.
func (n *network) learn(sb *pipeline.Southbound) {
	for _, b := range sb.MACBindings {
		p := n.ports[b.LogicalPort]
		addr, err := netip.ParseAddr(b.IP)
		mac, ok := parseMAC(b.MAC)
		if p == nil || err != nil || !ok || b.Datapath != p.dp.Datapath {
			continue
		}
		if p.dp.macs == nil {
			p.dp.macs = map[neighbour]uint64{}
		}
		b := addr.As16()
		p.dp.macs[neighbour{p.number, expr.ValueOf(b[:])}] = mac
	}
	byKey := map[uint32]*datapath{}
	for _, dp := range n.datapaths {
		byKey[dp.TunnelKey] = dp
	}
	for _, e := range sb.FDB {
		dp := byKey[e.DPKey]
		mac, ok := parseMAC(e.MAC)
		if dp == nil || !ok {
			continue
		}
		if dp.fdb == nil {
			dp.fdb = map[uint64]uint16{}
		}
		dp.fdb[mac] = e.PortKey
	}
}

// addBalancers takes over the balancers' VIPs. Of several with one address ovn-trace knows the first that it comes by.
func (n *network) addBalancers(all []*pipeline.LoadBalancer) {
	rows := make([]ovsdb.UUID, len(all))
	for i, lb := range all {
		rows[i] = lb.UUID
	}
	for _, i := range rowOrder(rows) {
		for _, text := range textOrder(slices.Sorted(maps.Keys(all[i].VIPs))) {
			n.addVIP(text)
		}
	}
}

func (n *network) addVIP(text string) {
	ap, err := netip.ParseAddrPort(text)
	if err != nil {
		addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
		if err != nil {
			return // of a template: a chassis knows it
		}
		ap = netip.AddrPortFrom(addr, 0)
	}
	v := vip{ap.Addr().Is6(), expr.ValueOf(ap.Addr().AsSlice())}
	if _, known := n.vips[v]; !known {
		n.vips[v] = ap.Port()
	}
}

// named is the number of a name that a port or group of the network has; "" is 0.
func (n *network) named(name string) (number uint32, ok bool) {
	number, ok = n.names.Number(name)
	return number, ok && (number == 0 || int(number) < len(n.here) && n.here[number])
}

// port is the port with a number; nil for none, for groups and for ports of other datapaths.
func (n *network) port(dp *datapath, number uint32) *port {
	if int(number) >= len(n.byNumber) {
		return nil
	}
	if p := n.byNumber[number]; p != nil && p.dp == dp {
		return p
	}
	return nil
}

// unknownKey marks numbers that are the tunnel key of nothing.
const unknownKey = 1 << 30

// byKey is what a string field holds for a tunnel key.
func (n *network) byKey(dp *datapath, key uint16) uint32 {
	if p := dp.keys[key]; p != nil {
		return p.number
	}
	for number, g := range dp.groups {
		if g.TunnelKey == key {
			return number
		}
	}
	if key == 0 {
		return 0
	}
	return unknownKey | uint32(key)
}

// number is what a string field holds for a name in a datapath: 0 for what is not there.
func (n *network) number(dp *datapath, name string) uint32 {
	id, ok := n.names.Number(name)
	if !ok {
		return 0
	}
	if n.port(dp, id) != nil || dp.groups[id] != nil {
		return id
	}
	return 0
}

// findPort finds a port by its name, by its friendly name, or by at least four digits of its UUID (ovn-trace does the same for
// names in microflows). nil if there is none or more than one.
func (n *network) findPort(name string) *port {
	if p := n.ports[name]; p != nil || name == "" {
		return p
	}
	var found *port
	for _, p := range n.ports {
		if p.ExternalIDs["name"] != name && !isPrefixOfUUID(name, p.UUID) {
			continue
		}
		if found != nil {
			return nil
		}
		found = p
	}
	return found
}

func isPrefixOfUUID(name string, u ovsdb.UUID) bool {
	return len(name) >= 4 && strings.HasPrefix(u.String(), strings.ToLower(name))
}

// parseMAC reads six colon-separated bytes of one or two digits each.
func parseMAC(text string) (uint64, bool) {
	parts := strings.Split(text, ":")
	if len(parts) != 6 {
		return 0, false
	}
	var mac uint64
	for _, p := range parts {
		if len(p) == 0 || len(p) > 2 {
			return 0, false
		}
		for i := range len(p) {
			d := strings.IndexByte("0123456789abcdef", p[i]|0x20)
			if d < 0 {
				return 0, false
			}
			if i == 0 {
				mac <<= 8
				mac |= uint64(d)
			} else {
				mac = mac&^0xff | (mac&0xff)<<4 | uint64(d)
			}
		}
	}
	return mac, true
}

// linkLocal is the IPv6 link-local address that a MAC gives (RFC 4291, appendix A).
func linkLocal(mac uint64) expr.Value {
	high, low := mac>>24&0xffffff, mac&0xffffff
	return expr.Value{Hi: 0xfe80 << 48, Lo: (high^0x020000)<<40 | 0xfffe<<24 | low}
}
