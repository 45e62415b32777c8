package host

import (
	"encoding/binary"
	"net/netip"
	"time"

	"ovnsim/sim/packet"
)

// Linux's times for neighbours (arp(7)): asked three times a second apart; trusted for half a minute after they last showed
// that they are there; then asked again, directly, five seconds after the next packet to them.
const (
	askEvery   = time.Second
	askTimes   = 3
	trustedFor = 30 * time.Second
	askBefore  = 5 * time.Second
	maxWaiting = 64 // packets for a neighbour that has not answered
)

// neighbour is what the machine knows of another one on its link.
type neighbour struct {
	mac     packet.MAC // zero as long as it is not known
	trusted time.Duration
	asked   int
	timer   *timer
	waiting []waiting
}

// waiting is a packet without its Ethernet destination.
type waiting struct {
	frame  []byte
	failed func(Stop)
}

// Neighbour is the Ethernet address of a neighbour, as far as the machine knows it.
func (h *Host) Neighbour(a netip.Addr) (packet.MAC, bool) {
	n := h.neighbours[a]
	return h.macOf(n), n != nil && n.mac != packet.MAC{}
}

func (h *Host) macOf(n *neighbour) (m packet.MAC) {
	if n != nil {
		m = n.mac
	}
	return m
}

// ForgetNeighbours empties the neighbour table, as ip neigh flush does.
func (h *Host) ForgetNeighbours() {
	for _, n := range h.neighbours {
		n.timer.stop()
	}
	clear(h.neighbours)
}

// sendVia sends a frame to a neighbour, once its address is known.
func (h *Host) sendVia(hop netip.Addr, frame []byte, failed func(Stop)) {
	if mac, ok := groupMAC(hop); ok || h.broadcast(hop) {
		h.emit(mac, frame)
		return
	}
	n := h.neighbours[hop]
	switch {
	case n == nil:
		n = &neighbour{waiting: []waiting{{frame, failed}}}
		h.neighbours[hop] = n
		h.ask(hop, n)
	case n.mac == packet.MAC{}:
		if len(n.waiting) < maxWaiting {
			n.waiting = append(n.waiting, waiting{frame, failed})
		}
	default:
		h.emit(n.mac, frame)
		if h.now >= n.trusted+trustedFor && n.timer == nil {
			n.asked = 0
			n.timer = h.timers.at(h.now+askBefore, func() { h.ask(hop, n) })
		}
	}
}

// groupMAC is the Ethernet address of an IP multicast group (RFC 1112, RFC 2464); Broadcast for anything else.
func groupMAC(a netip.Addr) (packet.MAC, bool) {
	switch {
	case !a.IsMulticast():
		return packet.Broadcast, a == netip.AddrFrom4([4]byte{255, 255, 255, 255})
	case a.Is4():
		b := a.As4()
		return packet.MAC{1, 0, 0x5e, b[1] & 0x7f, b[2], b[3]}, true
	}
	b := a.As16()
	return packet.MAC{0x33, 0x33, b[12], b[13], b[14], b[15]}, true
}

// broadcast tells whether the address is a connected subnet's broadcast address.
func (h *Host) broadcast(a netip.Addr) bool {
	if !a.Is4() {
		return false
	}
	for _, p := range h.addresses {
		if p.Addr().Is4() && p.Bits() < 31 && p.Contains(a) && !p.Contains(a.Next()) {
			return true
		}
	}
	return false
}

// ask sends the next question for a neighbour's address, or gives up.
func (h *Host) ask(hop netip.Addr, n *neighbour) {
	n.timer = nil
	if n.asked == askTimes {
		delete(h.neighbours, hop)
		for _, w := range n.waiting {
			h.lose(w.frame, NoNeighbour)
			if w.failed != nil {
				w.failed(NoNeighbour)
			}
		}
		return
	}
	n.asked++
	n.timer = h.timers.at(h.now+askEvery, func() { h.ask(hop, n) })
	src := h.source(hop)
	if len(n.waiting) > 0 {
		src = sourceOf(n.waiting[0].frame, src)
	}
	if hop.Is4() {
		to := n.mac
		if to == (packet.MAC{}) {
			to = packet.Broadcast
		}
		h.wire.Send(h.now, packet.BuildARP(packet.Ether{Src: h.config.MAC, Dst: to}, packet.ARP{Op: 1, SHA: h.config.MAC, SPA: src, TPA: hop}))
		return
	}
	h.solicit(hop, src, n.mac)
}

// sourceOf is the source address of the packet that waits: the question comes from the same.
func sourceOf(frame []byte, otherwise netip.Addr) netip.Addr {
	var p packet.Packet
	if p.Decode(frame) == nil && p.Src().IsValid() {
		return p.Src()
	}
	return otherwise
}

// solicit sends a neighbour solicitation (RFC 4861), to the target's solicited-node group or to mac directly.
func (h *Host) solicit(target, src netip.Addr, mac packet.MAC) {
	t := target.As16()
	dst := target
	if mac == (packet.MAC{}) {
		dst = netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 11: 1, 12: 0xff, 13: t[13], 14: t[14], 15: t[15]})
		mac, _ = groupMAC(dst)
	}
	body := append(t[:], 1, 1)
	body = append(body, h.config.MAC[:]...)
	h.wire.Send(h.now, packet.Build(packet.Ether{Src: h.config.MAC, Dst: mac}, packet.IP{Src: src, Dst: dst, TTL: 255}, packet.ICMP{Type: 135, Payload: body}))
}

// takeARP answers questions for own addresses and learns from what it sees (RFC 826, and arp(7) for what Linux makes of it).
func (h *Host) takeARP(p *packet.Packet) {
	k := &p.Key
	spa, tpa := packet.Addr4(packet.ARPSPA.Get64(k)), packet.Addr4(packet.ARPTPA.Get64(k))
	sha := packet.MACOf(packet.ARPSHA.Get64(k))
	if sha == h.config.MAC || sha.Multicast() || sha == (packet.MAC{}) {
		return
	}
	op, asked := packet.ARPOp.Get64(k), h.has(tpa)
	if !spa.IsUnspecified() {
		h.learn(spa, sha, op == 2 && asked, op == 1 && asked)
	}
	if op == 1 && asked {
		h.wire.Send(h.now, packet.BuildARP(packet.Ether{Src: h.config.MAC, Dst: packet.MACOf(packet.EthSrc.Get64(k))},
			packet.ARP{Op: 2, SHA: h.config.MAC, SPA: tpa, THA: sha, TPA: spa}))
	}
}

// learn notes a neighbour's address. proven: it answered us. make: note it even when it is new.
func (h *Host) learn(a netip.Addr, mac packet.MAC, proven, make bool) {
	n := h.neighbours[a]
	if n == nil {
		if !make {
			return
		}
		n = &neighbour{}
		h.neighbours[a] = n
	}
	switch {
	case proven:
		n.trusted = h.now
	case n.mac != mac:
		n.trusted = h.now - trustedFor // usable, but to be asked when used
	default:
		return // nothing new, and no proof either
	}
	n.mac = mac
	n.timer.stop()
	n.timer, n.asked = nil, 0
	ready := n.waiting
	n.waiting = nil
	for _, w := range ready {
		h.emit(mac, w.frame)
	}
}

// confirm notes that the neighbour towards an address is there: TCP's acknowledgments prove it.
func (h *Host) confirm(dst netip.Addr) {
	hop, _, ok := h.way(dst)
	if n := h.neighbours[hop]; ok && n != nil && n.mac != (packet.MAC{}) {
		n.trusted = h.now
		n.timer.stop()
		n.timer = nil
	}
}

// takeND answers neighbour solicitations and learns from them and from advertisements.
func (h *Host) takeND(p *packet.Packet) {
	k := &p.Key
	target := packet.Addr6(packet.NDTarget.Get(k))
	if packet.IPTTL.Get64(k) != 255 {
		return
	}
	if packet.L4Src.Get64(k) == 136 {
		mac := packet.MACOf(packet.NDTLL.Get64(k))
		flags := binary.BigEndian.Uint32(p.Segment()[4:])
		if mac != (packet.MAC{}) && !h.has(target) {
			h.learn(target, mac, flags&0x40000000 != 0, false)
		}
		return
	}
	if !h.has(target) {
		return
	}
	mac := packet.MACOf(packet.NDSLL.Get64(k))
	src := p.Src()
	reply := packet.IP{Src: target, Dst: src, TTL: 255}
	flags := uint32(0x60000000) // solicited, override
	switch {
	case src.IsUnspecified(): // somebody asks whether the address is free
		reply.Dst, flags = netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 15: 1}), 0x20000000
		mac, _ = groupMAC(reply.Dst)
	case mac != packet.MAC{}:
		h.learn(src, mac, false, true)
	default:
		mac = packet.MACOf(packet.EthSrc.Get64(k))
	}
	t := target.As16()
	body := append(append(t[:], 2, 1), h.config.MAC[:]...)
	h.wire.Send(h.now, packet.Build(packet.Ether{Src: h.config.MAC, Dst: mac}, reply, packet.ICMP{Type: 136, Rest: flags, Payload: body}))
}
