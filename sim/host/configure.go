package host

import (
	"bytes"
	"net/netip"
	"slices"

	"ovnsim/sim/packet"
)

// SetAddresses changes the machine's addresses. Routes whose gateway is not in a connected subnet any more go with them, as
// on Linux.
func (h *Host) SetAddresses(addresses []netip.Prefix) {
	h.addresses = nil
	six := h.ipv6
	for _, a := range addresses {
		if a.IsValid() && !slices.Contains(h.addresses, a) && a.Addr() != linkLocal(h.config.MAC) {
			h.addresses = append(h.addresses, a)
			six = six || a.Addr().Is6()
		}
	}
	if six {
		h.addresses = append(h.addresses, netip.PrefixFrom(linkLocal(h.config.MAC), 64))
	}
	h.routes = slices.DeleteFunc(h.routes, func(r Route) bool { return r.Via.IsValid() && !h.connected(r.Via) })
}

// SetMAC changes the machine's Ethernet address; what it knew of its neighbours it finds out again.
func (h *Host) SetMAC(mac packet.MAC) {
	old := linkLocal(h.config.MAC)
	h.config.MAC = mac
	h.ForgetNeighbours()
	h.SetAddresses(slices.DeleteFunc(slices.Clone(h.addresses), func(p netip.Prefix) bool { return p.Addr() == old }))
}

// MTU is the size of the largest packet that the machine sends, in bytes.
func (h *Host) MTU() int { return h.config.MTU }

// SetMTU changes it; connections that are open keep their segments. It tells whether a machine can have such an MTU.
func (h *Host) SetMTU(bytes int) bool {
	ok := bytes >= 576 && bytes <= 65535-64
	if ok {
		h.config.MTU = bytes
	}
	return ok
}

// Neighbour is a line of the neighbour table (ip-neighbour(8)).
type Neighbour struct {
	Addr  netip.Addr
	MAC   packet.MAC // zero while it is being asked for
	State string     // REACHABLE, STALE, DELAY, PROBE or INCOMPLETE
}

// Neighbours lists the neighbour table in the order of the addresses.
func (h *Host) Neighbours() []Neighbour {
	var out []Neighbour
	for a, n := range h.neighbours {
		state := "STALE"
		switch {
		case n.mac == packet.MAC{}:
			state = "INCOMPLETE"
		case n.timer != nil && n.asked > 0:
			state = "PROBE"
		case n.timer != nil:
			state = "DELAY"
		case h.now < n.trusted+trustedFor:
			state = "REACHABLE"
		}
		out = append(out, Neighbour{a, n.mac, state})
	}
	slices.SortFunc(out, func(a, b Neighbour) int { return a.Addr.Compare(b.Addr) })
	return out
}

// ForgetNeighbour takes one line out of the neighbour table, and tells whether it was there.
func (h *Host) ForgetNeighbour(a netip.Addr) bool {
	n := h.neighbours[a]
	if n != nil {
		n.timer.stop()
		delete(h.neighbours, a)
	}
	return n != nil
}

// StopPing ends a series of echo requests early.
func (h *Host) StopPing(p *Ping) {
	if !p.Done {
		h.endPing(p)
	}
}

// Header is the status line and the header of the answer, as they came, with the empty line behind them.
func (f *Fetch) Header() string {
	head, _, ok := bytes.Cut(f.answer, []byte("\r\n\r\n"))
	if !ok {
		return ""
	}
	return string(head) + "\r\n\r\n"
}
