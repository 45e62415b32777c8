package sim

import (
	"net/netip"
	"slices"
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline"
)

// hairpinVIPs is the VIPs of the balancers of all switches.
type hairpinVIPs struct {
	first map[netip.Addr]int32 // the first VIP with an address, as its place in all plus one
	all   []hairpinVIP
}

// hairpinVIP is a VIP of a balancer, with what hairpinning needs.
type hairpinVIP struct {
	row   *pipeline.LoadBalancer
	text  string // the VIP in the row
	vip   netip.Addr
	port  uint16 // 0: all of them
	proto uint8  // 0 with port 0
	next  int32  // the next VIP with the address, as in first; 0 for none

	read     bool // what follows is
	backends []lb.Endpoint
	snat     []netip.Addr // hairpin_snat_ip, by family
}

// newHairpinVIPs reads the VIPs. Those with one address stand in the order of the rows and of their texts.
func newHairpinVIPs(rows []*pipeline.LoadBalancer) *hairpinVIPs {
	h := &hairpinVIPs{make(map[netip.Addr]int32, len(rows)), make([]hairpinVIP, 0, len(rows))}
	var texts []string
	for _, row := range slices.Backward(rows) {
		if row.Switches == nil {
			continue
		}
		texts = texts[:0]
		for text := range row.VIPs {
			texts = append(texts, text)
		}
		slices.Sort(texts)
		for _, text := range slices.Backward(texts) {
			h.add(row, text)
		}
	}
	return h
}

// add puts a VIP before the others with its address. What is no address has none.
func (h *hairpinVIPs) add(row *pipeline.LoadBalancer, text string) {
	vip, err := lb.ParseEndpoint(text)
	if err != nil {
		return
	}
	v := hairpinVIP{row: row, text: text, vip: vip.Addr, port: vip.Port, next: h.first[vip.Addr]}
	if v.port != 0 {
		v.proto, _ = lb.ParseProto(row.Protocol)
	}
	h.all = append(h.all, v)
	h.first[vip.Addr] = int32(len(h.all))
}

// vipsAt is the VIPs of a switch's balancers that have an address.
func (l *live) vipsAt(dp *datapath, vip netip.Addr) (vips []*hairpinVIP) {
	if l.hairpinVIPs == nil {
		l.hairpinVIPs = newHairpinVIPs(l.engine.sb.LoadBalancers)
	}
	for i := l.hairpinVIPs.first[vip]; i != 0; {
		v := &l.hairpinVIPs.all[i-1]
		if slices.Contains(v.row.Switches.Datapaths, dp.Datapath) {
			v.readBackends()
			vips = append(vips, v)
		}
		i = v.next
	}
	return vips
}

// readBackends reads what of the row is not needed to find the VIP.
func (b *hairpinVIP) readBackends() {
	if b.read {
		return
	}
	b.read = true
	for _, text := range strings.Split(b.row.VIPs[b.text], ",") {
		if e, err := lb.ParseEndpoint(text); err == nil {
			b.backends = append(b.backends, e)
		}
	}
	for _, a := range strings.Fields(b.row.Options["hairpin_snat_ip"]) {
		if ip, err := netip.ParseAddr(a); err == nil {
			b.snat = append(b.snat, ip)
		}
	}
}

func (b *hairpinVIP) is(dst netip.Addr, port uint16, proto uint8) bool {
	return b.vip == dst && (b.port == 0 || b.port == port && b.proto == proto)
}

func (b *hairpinVIP) has(addr netip.Addr, port uint16) bool {
	for _, e := range b.backends {
		if e.Addr == addr && (e.Port == 0 || e.Port == port) {
			return true
		}
	}
	return false
}

// snatTo is the address that a hairpinned connection seems to come from.
func (b *hairpinVIP) snatTo(vip netip.Addr) netip.Addr {
	for _, a := range b.snat {
		if a.Is4() == vip.Is4() {
			return a
		}
	}
	return vip
}
