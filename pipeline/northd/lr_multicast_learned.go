package northd

import (
	"net/netip"
	"slices"
	"strings"

	"ovnsim/pipeline"
)

// joined is the multicast groups that somebody joined on the switches around a router that relays.
func (r *Router) joined(v *View) (out []string) {
	if !r.MulticastRelay {
		return nil
	}
	for _, p := range r.Ports {
		if p.Switch == nil {
			continue
		}
		for _, address := range p.Switch.Switch.joined(v) {
			if isRelayed(address) && !slices.Contains(out, address) {
				out = append(out, address)
			}
		}
	}
	return out
}

// isRelayed says whether routers forward a group. IPv6 groups of no more than a link's scope stay there, and so do those of
// reserved scopes (RFC 4291, section 2.7).
func isRelayed(address string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Is4() {
		return true
	}
	scope := a.As16()[1] & 0x0f
	return scope > 3 && scope < 15
}

// forwardGroup sends a learned group to the switches with members, and to the ports that take everything. The blanks are
// ovn-northd's.
func (r *Router) forwardGroup(e *Emitter, address string) {
	ip, actions := "ip4", ""
	if strings.Contains(address, ":") {
		ip = "ip6"
	}
	if r.floodsMulticast() {
		actions = `clone { outport = "_MC_static"; ip.ttl--; next; };`
	}
	e.Add(r.DP, pipeline.LrInIPRouting, 10500, F("%s && %s.dst == %s ", ip, ip, address), actions+F("outport = %s; ip.ttl--; next;", quote(address)))
}

// learnedGroups makes the multicast groups that lead to the switches with members.
func (r *Router) learnedGroups(v *View) (out []*pipeline.MulticastGroup) {
	for i, address := range r.joined(v) {
		g := &pipeline.MulticastGroup{Datapath: r.DP, Name: address, TunnelKey: uint16(keyLearned + i)}
		for _, p := range r.Ports {
			if p.Switch != nil && slices.Contains(p.Switch.Switch.joined(v), address) {
				g.Ports = append(g.Ports, p.row)
			}
		}
		out = append(out, g)
	}
	return out
}
