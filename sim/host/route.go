package host

import (
	"fmt"
	"net/netip"
	"slices"

	"ovnsim/sim/packet"
)

// AddRoute adds a static route, replacing one for the same prefix. The gateway must be in a connected subnet.
func (h *Host) AddRoute(r Route) error {
	switch {
	case !r.Prefix.IsValid():
		return fmt.Errorf("%w %s: a route to nowhere", ErrConfig, h.config.Name)
	case r.Via.IsValid() && r.Via.Is4() != r.Prefix.Addr().Is4():
		return fmt.Errorf("%w %s: route %s: the gateway is of another address family", ErrConfig, h.config.Name, r)
	case r.Via.IsValid() && !h.connected(r.Via):
		return fmt.Errorf("%w %s: route %s: no connected subnet holds the gateway", ErrConfig, h.config.Name, r)
	case h.has(r.Via):
		return fmt.Errorf("%w %s: route %s: the gateway is the machine itself", ErrConfig, h.config.Name, r)
	}
	r.Prefix = r.Prefix.Masked()
	h.DeleteRoute(r.Prefix)
	h.routes = append(h.routes, r)
	return nil
}

// DeleteRoute removes the static route for the prefix, and tells whether there was one.
func (h *Host) DeleteRoute(prefix netip.Prefix) bool {
	before := len(h.routes)
	h.routes = slices.DeleteFunc(h.routes, func(r Route) bool { return r.Prefix == prefix.Masked() })
	return len(h.routes) < before
}

// Routes are the connected and the static routes, in that order.
func (h *Host) Routes() []Route {
	var all []Route
	for _, a := range h.addresses {
		all = append(all, Route{Prefix: a.Masked()})
	}
	return append(all, h.routes...)
}

func (h *Host) connected(a netip.Addr) bool {
	return slices.ContainsFunc(h.addresses, func(p netip.Prefix) bool { return p.Contains(a) })
}

// way finds where a packet to dst goes: the neighbour that takes it, and the address that it leaves with. The longest
// prefix wins; of equals a connected one. ok is false without a route.
func (h *Host) way(dst netip.Addr) (hop, src netip.Addr, ok bool) {
	if h.has(dst) {
		return dst, dst, true
	}
	best := -1
	if dst.IsMulticast() || !dst.Is4() && dst.IsLinkLocalUnicast() {
		return dst, h.source(dst), h.source(dst).IsValid()
	}
	for _, a := range h.addresses {
		if a.Contains(dst) && a.Bits() > best {
			best, hop, src = a.Bits(), dst, a.Addr()
		}
	}
	for _, r := range h.routes {
		if r.Prefix.Contains(dst) && r.Prefix.Bits() > best {
			best, hop = r.Prefix.Bits(), r.Via
			if !hop.IsValid() {
				hop = dst
			}
			src = h.source(hop)
		}
	}
	return hop, src, best >= 0 && src.IsValid()
}

// source is the own address for packets by way of a neighbour: the one of its subnet, or the first of the family.
func (h *Host) source(hop netip.Addr) (src netip.Addr) {
	local := hop.Is6() && (hop.IsLinkLocalUnicast() || hop.IsLinkLocalMulticast())
	for _, a := range h.addresses {
		switch {
		case a.Addr().Is4() != hop.Is4():
		case local == a.Addr().IsLinkLocalUnicast() && a.Contains(hop):
			return a.Addr()
		case local && a.Addr().IsLinkLocalUnicast(), !local && !src.IsValid():
			src = a.Addr()
		}
	}
	return src
}

// send routes a packet and sends it, fragmented where it must be. An invalid source is filled in. failed is called, maybe
// later, when no neighbour takes it; the error says at once that there is no route.
func (h *Host) send(ip packet.IP, up packet.Upper, failed func(Stop)) error {
	hop, src, ok := h.way(ip.Dst)
	if !ok {
		if ip.Src.IsValid() {
			h.lose(packet.Build(packet.Ether{Src: h.config.MAC}, ip, up), NoRoute)
		}
		return errNoRoute
	}
	if !ip.Src.IsValid() {
		ip.Src = src
	}
	if ip.TTL == 0 {
		ip.TTL = 64
	}
	if h.has(ip.Dst) {
		h.loop = append(h.loop, packet.Build(packet.Ether{Src: h.config.MAC, Dst: h.config.MAC}, ip, up))
		return nil
	}
	h.sendVia(hop, packet.Build(packet.Ether{Src: h.config.MAC}, ip, up), failed)
	return nil
}

// emit puts a frame on the wire, to a neighbour.
func (h *Host) emit(to packet.MAC, frame []byte) {
	copy(frame, to[:])
	for _, f := range packet.Split(frame, h.config.MTU, uint32(h.hash(h.draws, uint64(len(frame))))) {
		h.wire.Send(h.now, f)
	}
}
