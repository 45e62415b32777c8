package northd

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"ovnsim/pipeline"
)

// raFeature answers IPv6 router solicitations (RFC 4861) for ports that ask for it.
var raFeature = feature{
	name:   "router-advertisements",
	title:  "Logical_Router_Port: ipv6_ra_configs",
	stages: []pipeline.Stage{pipeline.LrInNDRAOptions, pipeline.LrInNDRAResponse},
	routerPort: func(v *View, e *Emitter, p *RouterPort) {
		options, ok := p.raOptions()
		if !ok {
			return
		}
		e.AddMetered(p.Router.DP, pipeline.LrInNDRAOptions, 50, F("inport == %s && ip6.dst == ff02::2 && nd_rs", p.Key),
			F(regRAReply+" = put_nd_ra_opts(%s); next;", options), p.Router.meter("nd-ra-opts"))
		e.Add(p.Router.DP, pipeline.LrInNDRAResponse, 50, F("inport == %s && ip6.dst == ff02::2 && nd_ra && "+regRAReply, p.Key),
			F("eth.dst = eth.src; eth.src = %s; ip6.dst = ip6.src; ip6.src = %s; outport = inport; flags.loopback = 1; output;", p.MAC, p.MAC.linkLocal()))
	},
}

// minIPv6MTU is the least that every IPv6 link carries, in bytes (RFC 8200, section 5). A smaller mtu is none.
const minIPv6MTU = 1280

// addressModes are the ways for a machine to get an address that an advertisement can speak of.
var addressModes = []string{"slaac", "dhcpv6_stateful", "dhcpv6_stateless"}

// raOptions are the arguments of put_nd_ra_opts; ok is false where the port does not advertise: without a known
// address_mode, a switch or a prefix to speak of.
func (p *RouterPort) raOptions() (text string, ok bool) {
	c := p.IPv6RAConfigs
	mode := c["address_mode"]
	prefixes := p.raPrefixes()
	if p.Switch == nil || len(prefixes) == 0 || !slices.Contains(addressModes, mode) {
		return "", false
	}
	options := []string{fmt.Sprintf(`addr_mode = "%s"`, mode), "slla = " + p.MAC.String()}
	if mtu, err := strconv.Atoi(c["mtu"]); err == nil && mtu >= minIPv6MTU {
		options = append(options, fmt.Sprintf("mtu = %d", mtu))
	}
	if preference, ok := c["router_preference"]; ok && preference != "MEDIUM" {
		options = append(options, fmt.Sprintf(`router_preference = "%s"`, preference))
	}
	if server, ok := c["rdnss"]; ok {
		options = append(options, "rdnss = "+server)
	}
	for _, name := range []string{"dnssl", "route_info"} {
		if value, ok := c[name]; ok {
			options = append(options, fmt.Sprintf(`%s = "%s"`, name, value))
		}
	}
	for _, prefix := range prefixes {
		options = append(options, "prefix = "+prefix)
	}
	return strings.Join(options, ", "), true
}

// raPrefixes are the port's IPv6 networks but for the link-local ones.
func (p *RouterPort) raPrefixes() (out []string) {
	for _, n := range p.Networks6 {
		if !isLinkLocal(n.Addr()) {
			out = append(out, n.subnet())
		}
	}
	return out
}

// linkLocal is the port's first link-local address: that which its Ethernet address gives where it has no other.
func (p *RouterPort) linkLocal() netip.Addr {
	for _, n := range p.Networks6 {
		if isLinkLocal(n.Addr()) {
			return n.Addr()
		}
	}
	return p.MAC.linkLocal()
}

// raPeriodic are the port binding's options that have a chassis send advertisements unasked
// (ipv6_ra_configs:send_periodic).
func (p *RouterPort) raPeriodic() map[string]string {
	c := p.IPv6RAConfigs
	if p.Switch == nil || !slices.Contains(addressModes, c["address_mode"]) || !boolOption(c, "send_periodic", false) {
		return nil
	}
	longest := intOr(c["max_interval"], 600, 4, 1800)
	shortest := intOr(c["min_interval"], longest/3, 3, longest*3/4)
	out := map[string]string{
		"ipv6_ra_send_periodic": "true", "ipv6_ra_address_mode": c["address_mode"],
		"ipv6_ra_max_interval": strconv.Itoa(longest), "ipv6_ra_min_interval": strconv.Itoa(shortest),
		"ipv6_ra_prefixes": strings.Join(append(p.raPrefixes(), p.IPv6Prefix...), " "), // delegated ones as they are
		"ipv6_ra_prf":      "MEDIUM",
		"ipv6_ra_src_eth":  p.MAC.String(), "ipv6_ra_src_addr": p.linkLocal().String(),
	}
	if mtu, err := strconv.Atoi(c["mtu"]); err == nil && mtu >= minIPv6MTU {
		out["ipv6_ra_mtu"] = strconv.Itoa(mtu)
	}
	if preference := c["router_preference"]; preference == "HIGH" || preference == "LOW" {
		out["ipv6_ra_prf"] = preference
	}
	for _, key := range []string{"rdnss", "dnssl", "route_info"} {
		if value, ok := c[key]; ok {
			out["ipv6_ra_"+key] = value
		}
	}
	return out
}

// intOr is a number in a range; what is none is the default, what is outside is the nearest that is not.
func intOr(s string, missing, low, high int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		n = missing
	}
	return max(low, min(high, n))
}
