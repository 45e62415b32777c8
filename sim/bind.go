package sim

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/expr"
)

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

// learn takes over what routers and switches have learned. Rows that contradict the ports are left out.
func (n *network) learn(sb *pipeline.Southbound) {
	for _, b := range sb.MACBindings {
		p := n.portNamed(b.LogicalPort)
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
	if len(sb.FDB) == 0 {
		return
	}
	byKey := map[uint32]*datapath{}
	for i := range n.datapaths {
		byKey[n.datapaths[i].TunnelKey] = &n.datapaths[i]
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

// vip is the address of a balancer; IPv4 addresses in the last 32 bits.
type vip struct {
	v6   bool
	addr expr.Value
}

// vips is, of the addresses of balancers, the ports that ovn-trace knows, 0 for none. Of several balancers with one address it
// knows the first that it comes by.
func (n *network) vips() map[vip]uint16 {
	if n.vipPorts == nil {
		rows := make([]ovsdb.UUID, len(n.sb.LoadBalancers))
		for i, lb := range n.sb.LoadBalancers {
			rows[i] = lb.UUID
		}
		n.vipPorts = make(map[vip]uint16, len(rows))
		for _, i := range rowOrder(rows) {
			for _, text := range textOrder(slices.Sorted(maps.Keys(n.sb.LoadBalancers[i].VIPs))) {
				n.addVIP(text)
			}
		}
	}
	return n.vipPorts
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
	if _, known := n.vipPorts[v]; !known {
		n.vipPorts[v] = ap.Port()
	}
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
