package sim

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
	"ovnsim/sim/reply"
)

// localOnly is the mark of packets that stay on their chassis: they enter no tunnel and no physical network.
var localOnly = expr.RefTo("flags").Bits(4, 1)

// advertKey names who advertises: a router's port, on each chassis for the machines there.
type advertKey struct{ port, chassis string }

// adverts is the router advertisements that nobody asks for (Logical_Router_Port, ipv6_ra_configs:send_periodic). After each,
// the time to the next is drawn anew between two bounds.
type adverts struct {
	list   map[advertKey]*periodic
	random *rand.Rand
}

// periodic is one series of them.
type periodic struct {
	shortest, longest time.Duration
	timer             *Timer
}

func newAdverts(seed uint64) *adverts {
	return &adverts{map[advertKey]*periodic{}, rand.New(rand.NewPCG(seed, 2))}
}

// advertise makes the advertisements follow the network.
func (l *live) advertise() {
	if l.sim.quiet() {
		return
	}
	wanted := map[advertKey]bool{}
	for _, p := range l.net.links {
		if _, ok := p.advert(); ok {
			for _, chassis := range l.advertisers(p) {
				wanted[advertKey{p.LogicalPort, chassis}] = true
			}
		}
	}
	for k, is := range l.adverts.list {
		if !wanted[k] {
			l.sim.Stop(is.timer)
			delete(l.adverts.list, k)
		}
	}
	keys := make([]advertKey, 0, len(wanted))
	for k := range wanted {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b advertKey) int {
		return cmp.Or(strings.Compare(a.port, b.port), strings.Compare(a.chassis, b.chassis))
	})
	for _, k := range keys {
		l.advertiseBetween(k)
	}
}

// advertiseBetween begins a series, or begins it anew when its bounds have changed.
func (l *live) advertiseBetween(k advertKey) {
	p := l.net.portNamed(k.port)
	shortest, longest := p.interval("ipv6_ra_min_interval", 200), p.interval("ipv6_ra_max_interval", 600)
	is := l.adverts.list[k]
	if is == nil {
		is = &periodic{}
		l.adverts.list[k] = is
	}
	if is.shortest != shortest || is.longest != longest {
		l.sim.Stop(is.timer)
		is.shortest, is.longest = shortest, longest
		l.nextAdvert(k, is)
	}
}

func (p *port) interval(option string, otherwise int) time.Duration {
	seconds, err := strconv.Atoi(p.Options[option])
	if err != nil {
		seconds = otherwise
	}
	return time.Duration(seconds) * time.Second
}

func (l *live) nextAdvert(k advertKey, is *periodic) {
	after := is.shortest
	if spread := int64((is.longest - is.shortest) / time.Millisecond); spread > 0 {
		after += time.Duration(l.adverts.random.Int64N(spread)) * time.Millisecond
	}
	is.timer = l.sim.At(l.sim.Now()+after, func() {
		l.nextAdvert(k, is)
		at := l.sim.on(k.chassis)
		at.sendAdvert(at.net.portNamed(k.port))
	})
}

// sendAdvert sends one into the port's switch. That of a gateway router's port leaves the chassis, too.
func (l *live) sendAdvert(p *port) {
	a, ok := p.advert()
	if !ok {
		return
	}
	if l.sim.outage.down[l.name] {
		return
	}
	w := l.engine.start(l, nil)
	f := w.fork(&frame{})
	f.receive(reply.Advertise(a))
	if p.Type != "l3gateway" {
		localOnly.Set64(&f.pkt.Key, 1)
	}
	l.enter(w, p.peer, &f.pkt)
	w.join()
	w.end()
}

// advertisers is the chassis that advertise a port: a gateway router's own, else those with machines on the switch.
func (l *live) advertisers(p *port) []string {
	r := l.sim.residence
	if of := r.at(p); of != "" || !r.several() {
		return []string{orElse(of, r.first())}
	}
	var out []string
	for _, q := range l.net.keysOf(p.peer.dp) {
		if of := r.at(q); of != "" && !slices.Contains(out, of) {
			out = append(out, of)
		}
	}
	return out
}

// advert reads what a port advertises; ok is false when it does not, or says something that cannot be read.
func (p *port) advert() (a reply.Advert, ok bool) {
	o := p.Options
	if o["ipv6_ra_send_periodic"] != "true" || p.peer == nil {
		return a, false
	}
	mac, ok := parseMAC(o["ipv6_ra_src_eth"])
	addr, err := netip.ParseAddr(o["ipv6_ra_src_addr"])
	if !ok || err != nil {
		return a, false
	}
	mtu, _ := strconv.ParseUint(o["ipv6_ra_mtu"], 10, 32)
	a = reply.Advert{
		MAC: packet.MACOf(mac), Addr: addr, Mode: o["ipv6_ra_address_mode"], Preference: o["ipv6_ra_prf"],
		MTU: uint32(mtu), DNSSL: o["ipv6_ra_dnssl"], Routes: o["ipv6_ra_route_info"],
	}
	if !slices.Contains([]string{"slaac", "dhcpv6_stateful", "dhcpv6_stateless"}, a.Mode) {
		return a, false
	}
	for _, text := range strings.Fields(o["ipv6_ra_prefixes"]) {
		prefix, err := netip.ParsePrefix(text)
		if err != nil || !prefix.Addr().Is6() {
			return a, false
		}
		a.Prefixes = append(a.Prefixes, prefix)
	}
	if server := o["ipv6_ra_rdnss"]; server != "" {
		if a.RDNSS, err = netip.ParseAddr(server); err != nil || !a.RDNSS.Is6() {
			return a, false
		}
	}
	return a, true
}
