package sim

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
	"ovnsim/sim/reply"
)

// announcement is an address that ovn-controller tells a physical network unasked, by a gratuitous ARP; a MAC alone is told
// by a reverse one. IPv6 addresses it does not announce.
type announcement struct {
	port string // of the switch: where the frame comes in, as if the machine or router had sent it
	mac  packet.MAC
	addr netip.Addr // the zero Addr for none
}

// announced is how often it was.
type announced struct {
	chassis string // that announces
	pause   time.Duration
	timer   *Timer
}

// announcer is all announcements of a network. The first comes a second after a chassis has the port or the address, the next
// after 1, 2, 4 and 8 seconds more, and that was it (ovn-controller(8), external_ids:garp-max-timeout-sec).
type announcer struct {
	list map[announcement]*announced
	most time.Duration // between two of them, which then go on for ever; 0: see firstPause
	due  bool          // a new look at who announces
}

// The pauses between announcements: the first, and the one that is too long.
const (
	firstPause = time.Second
	lastPause  = 16 * time.Second
)

// AnnounceFor ever, at most so far apart: what external_ids:garp-max-timeout-sec of a chassis asks for. All announcements
// begin anew. With 0 each ends after the fifth, as it does unless somebody asks.
func (s *Sim) AnnounceFor(most time.Duration) {
	a := s.live.announcer
	if a.most == most {
		return
	}
	a.most = most
	for _, k := range sortedAnnouncements(a.list) {
		s.live.announceSoon(k, a.list[k])
	}
}

// announce has announced what there is to announce now.
func (l *live) announce() {
	if l.sim.quiet() {
		return
	}
	a, wanted := l.announcer, l.announcements()
	for k, is := range a.list {
		if chassis, ok := wanted[k]; !ok || chassis != is.chassis {
			l.sim.Stop(is.timer)
			delete(a.list, k)
		}
	}
	fresh := map[announcement]*announced{}
	for k, chassis := range wanted {
		if a.list[k] == nil {
			fresh[k] = &announced{chassis: chassis}
			a.list[k] = fresh[k]
		}
	}
	for _, k := range sortedAnnouncements(fresh) {
		l.announceSoon(k, fresh[k])
	}
	l.hear(fresh)
}

// quiet tells whether the controller sends nothing that no packet asks for.
func (s *Sim) quiet() bool { return s.options.Captured || s.options.Quiet }

// announceAgain is announce once more, when all is done that happens now.
func (s *Sim) announceAgain() {
	if a := s.live.announcer; !a.due && !s.quiet() {
		a.due = true
		s.At(s.Now(), func() {
			a.due = false
			s.live.announce()
		})
	}
}

func sortedAnnouncements(list map[announcement]*announced) []announcement {
	out := make([]announcement, 0, len(list))
	for k := range list {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b announcement) int {
		return cmp.Or(strings.Compare(a.port, b.port), a.addr.Compare(b.addr), slices.Compare(a.mac[:], b.mac[:]))
	})
	return out
}

func (l *live) announceSoon(k announcement, is *announced) {
	l.sim.Stop(is.timer)
	is.pause = firstPause
	is.timer = l.sim.At(l.sim.Now()+firstPause, func() { l.tell(k, is) })
}

// tell announces once, and sees to the next time.
func (l *live) tell(k announcement, is *announced) {
	most, forever := l.announcer.most, l.announcer.most > 0
	if !forever {
		most = lastPause
	}
	if forever || is.pause < most {
		is.timer = l.sim.At(l.sim.Now()+is.pause, func() { l.tell(k, is) })
	}
	is.pause = min(most, 2*is.pause)
	data := reply.Presence(k.mac)
	if k.addr.IsValid() {
		data = reply.Announcement(k.mac, k.addr)
	}
	at := l.sim.on(is.chassis)
	at.comeIn(at.net.portNamed(k.port), data)
}

// comeIn has a packet of the controller's come in by a port.
func (l *live) comeIn(p *port, data []byte) {
	if p == nil || l.sim.outage.down[l.name] {
		return
	}
	w := l.engine.start(l, nil)
	f := w.fork(&frame{})
	f.receive(data)
	l.enter(w, p, &f.pkt)
	w.join()
	w.end()
}

// hear has the other routers on the switch know what is announced, at once: no packet tells them.
func (l *live) hear(fresh map[announcement]*announced) {
	links := map[*datapath][]*port{}
	for _, p := range l.net.links {
		if len(fresh) > 0 && p.peer != nil && p.dp.localnet != nil {
			links[p.dp] = append(links[p.dp], p)
		}
	}
	for k := range fresh {
		from := l.net.portNamed(k.port)
		for _, p := range links[from.dp] {
			if p != from && k.addr.IsValid() {
				l.hearOn(p.peer, k)
			}
		}
	}
	l.expire()
}

// hearOn has the router of a port know an address. One that is chary of learning takes only what it knew otherwise.
func (l *live) hearOn(p *port, k announcement) {
	key := macKey{p.LogicalPort, expr.ValueOf(k.addr.AsSlice()), false}
	old := l.macs[key]
	chary := p.dp.ExternalIDs["always_learn_from_arp_request"] == "false"
	if old.value == k.mac || chary && old.value == (packet.MAC{}) {
		return
	}
	l.macs[key] = old.learn(k.mac, l.sim.Now(), learningDelay)
	l.ageing.neighbours.renew(key, l.sim.Now())
}

// announcements is what is to announce, and by which chassis: on switches of physical networks, the machines that
// are plugged in, each with its first IPv4 address, and what routers ask for (Port_Binding, nat_addresses).
func (l *live) announcements() map[announcement]string {
	out := map[announcement]string{}
	for i := range l.net.ports {
		p := &l.net.ports[i]
		if p.dp.localnet == nil || !p.announces() {
			continue
		}
		switch {
		case p.Type == "":
			if mac, addrs := p.addresses(); l.sim.machines[p.LogicalPort] != nil && mac != (packet.MAC{}) {
				addrs = slices.DeleteFunc(addrs, netip.Addr.Is6)
				out[announcement{p.LogicalPort, mac, firstOf(addrs)}] = l.sim.residence.at(p)
			}
		case p.isLink():
			l.natAnnouncements(p, out)
		}
	}
	return out
}

func firstOf(addrs []netip.Addr) netip.Addr {
	if len(addrs) == 0 {
		return netip.Addr{}
	}
	return addrs[0]
}

// announces tells whether nobody forbids it: neither the port nor the router behind it.
func (p *port) announces() bool {
	return p.Options["disable_garp_rarp"] != "true" && (p.peer == nil || p.peer.dp.ExternalIDs["disable_garp_rarp"] != "true")
}

// natAnnouncements is those of a switch's port to a router.
func (l *live) natAnnouncements(p *port, out map[announcement]string) {
	for _, text := range p.NATAddresses {
		mac, addrs, resident, ok := readAddresses(text)
		at := p
		if resident != "" {
			at = l.net.portNamed(resident)
		}
		if !ok || resident == "" && p.Type == "patch" || at == nil {
			continue
		}
		chassis := l.sim.residence.at(at)
		addrs = slices.DeleteFunc(addrs, netip.Addr.Is6)
		for _, addr := range addrs {
			out[announcement{p.LogicalPort, mac, addr}] = chassis
		}
		if len(addrs) == 0 {
			out[announcement{p.LogicalPort, mac, netip.Addr{}}] = chassis
		}
	}
}

// addresses is what the first of a port's addresses says: a MAC, and IP addresses in their order.
func (p *port) addresses() (packet.MAC, []netip.Addr) {
	for _, text := range p.MAC {
		if mac, addrs, _, ok := readAddresses(text); ok {
			return mac, addrs
		}
	}
	return packet.MAC{}, nil
}

// readAddresses reads "MAC ADDRESS… [is_chassis_resident("PORT")]" (ovn-sb(5), Port_Binding, mac and nat_addresses).
func readAddresses(text string) (mac packet.MAC, addrs []netip.Addr, resident string, ok bool) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return mac, nil, "", false
	}
	m, ok := parseMAC(words[0])
	if !ok {
		return mac, nil, "", false
	}
	for _, w := range words[1:] {
		if port, is := strings.CutPrefix(w, `is_chassis_resident("`); is {
			resident = strings.TrimSuffix(port, `")`)
			break
		}
		host, _, _ := strings.Cut(w, "/")
		addr, err := netip.ParseAddr(host)
		if err != nil {
			break
		}
		addrs = append(addrs, addr)
	}
	return packet.MACOf(m), addrs, resident, true
}
