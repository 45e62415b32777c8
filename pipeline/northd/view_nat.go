package northd

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/topology"
)

// natFacts is what several features ask of a router about balancing and address translation.
type natFacts struct {
	HasLBVIP       bool      // a load balancer with a VIP is attached, by itself or by a group
	ForceLB        forceSNAT // options:lb_force_snat_ip
	ForceDNAT      forceSNAT // options:dnat_force_snat_ip
	CommitAll      bool      // every connection is tracked, translated or not (options:ct-commit-all)
	NATs           []*NAT    // in the order of the rows; those that ovn-northd passes over are missing
	CommonZone     bool      // one conntrack zone serves both directions (NB_Global options:use_common_zone)
	NATExternalIPs []string  // the external addresses of all NATs, each once
}

// NAT is a translation rule with its addresses read.
type NAT struct {
	*topology.NAT
	Router    *Router
	External  netip.Addr
	Logical   netip.Prefix
	Stateless bool
	// Gateway is the distributed gateway port where the rule works; nil on a gateway router.
	Gateway *RouterPort
	// Distributed says that the rule works wherever its logical port is, behind a MAC address of its own.
	Distributed bool
	MAC         mac
	zones       bool // the chassis can look into a zone of their choice
	common      bool // one conntrack zone serves both directions (NB_Global options:use_common_zone), at a gateway port
}

// ip is the address family's name in the match language.
func (n *NAT) ip() string {
	if n.External.Is4() {
		return "ip4"
	}
	return "ip6"
}

// resident is the key of the port whose chassis the rule works on: the logical port's, which ovn-northd puts between quotes
// as it is, or the gateway port's.
func (n *NAT) resident() string {
	if n.Distributed {
		return `"` + n.LogicalPort + `"`
	}
	return n.Gateway.Redirect
}

// translatesSource and translatesDestination say which direction of new connections the rule is for.
func (n *NAT) translatesSource() bool      { return n.Type != "dnat" }
func (n *NAT) translatesDestination() bool { return n.Type != "snat" }

// forceSNAT is the addresses that a router forces on connections that it has translated; the zero value forces none.
type forceSNAT struct {
	RouterIP   bool // that of the port by which the packet leaves
	IPv4, IPv6 string
}

func (f forceSNAT) any() bool { return f.RouterIP || f.IPv4 != "" || f.IPv6 != "" }

// readForceSNAT reads dnat_force_snat_ip or lb_force_snat_ip: up to one address of each family.
func readForceSNAT(text string) (f forceSNAT) {
	for _, word := range strings.Fields(text) {
		n, ok := parseNetwork(word)
		switch {
		case !ok || strings.Contains(word, "/"), n.Is4() && f.IPv4 != "", !n.Is4() && f.IPv6 != "":
			return forceSNAT{}
		case n.Is4():
			f.IPv4 = n.Addr().String()
		default:
			f.IPv6 = n.Addr().String()
		}
	}
	return f
}

// learnNAT works out the facts of a router's options and NATs. Gateway ports are known already. Without zones the chassis
// are too old to look into a conntrack zone of their choice.
func (r *Router) learnNAT(zones bool) {
	r.ForceDNAT = readForceSNAT(r.Options["dnat_force_snat_ip"])
	if r.ForceLB.RouterIP = r.IsGateway && r.Options["lb_force_snat_ip"] == "router_ip"; !r.ForceLB.RouterIP {
		r.ForceLB = readForceSNAT(r.Options["lb_force_snat_ip"])
	}
	seen := map[string]bool{}
	r.snatIPs = map[string]bool{r.ForceDNAT.IPv4: true, r.ForceDNAT.IPv6: true, r.ForceLB.IPv4: true, r.ForceLB.IPv6: true}
	for _, row := range r.LogicalRouter.NAT {
		if n := r.readNAT(row); n != nil {
			n.zones, n.common = zones, r.CommonZone && n.Gateway != nil
			r.NATs = append(r.NATs, n)
			if n.Type == "snat" {
				r.snatIPs[n.External.String()] = true
			}
		}
		if !seen[row.ExternalIP] {
			seen[row.ExternalIP] = true
			r.NATExternalIPs = append(r.NATExternalIPs, row.ExternalIP)
		}
	}
	tracks := slices.ContainsFunc(r.NATs, func(n *NAT) bool { return !n.Stateless })
	translates := tracks || r.HasLBVIP || r.ForceDNAT.any() || r.ForceLB.any()
	r.CommitAll = zones && translates && boolOption(r.Options, "ct-commit-all", false)
}

// readNAT reads a rule; nil where ovn-northd passes over it.
func (r *Router) readNAT(row *topology.NAT) *NAT {
	n := &NAT{NAT: row, Router: r, Stateless: row.Type == "dnat_and_snat" && boolOption(row.Options, "stateless", false)}
	external, ok := parseNetwork(strings.TrimSpace(row.ExternalIP))
	logical, ok2 := parseMasked(row)
	switch {
	case !ok:
		return nil
	case !ok2 || logical.Is4() != external.Is4():
		return nil
	case row.Type != "snat" && logical.Bits() != logical.Addr().BitLen():
		return nil
	case row.AllowedExtIPs != nil && row.ExemptedExtIPs != nil:
		return nil
	}
	n.External, n.Logical = external.Addr(), logical.Prefix
	if n.MAC, ok = parseMAC(row.ExternalMAC); row.ExternalMAC != "" && !ok {
		return nil
	}
	if len(r.GatewayPorts) == 0 && row.GatewayPort == nil {
		return n
	}
	if n.Gateway = r.natGateway(row, n.External); n.Gateway == nil {
		return nil
	}
	if !r.distributes(row) {
		return n
	}
	// On a switch without a physical network the gateway port is in one place, whatever its rules say.
	n.Distributed = !n.Gateway.meetsGateway()
	return n
}

// parseMasked reads a rule's logical network. A source's may have a mask with holes; the length that then counts is what
// ovn-northd counts: up to the last one of an IPv4 mask, the leading ones of an IPv6 mask.
func parseMasked(row *topology.NAT) (network, bool) {
	if n, ok := parseNetwork(row.LogicalIP); ok || row.Type != "snat" {
		return n, ok
	}
	address, mask, _ := strings.Cut(row.LogicalIP, "/")
	a, ok := parseNetwork(address)
	m, err := netip.ParseAddr(mask)
	if !ok || err != nil || a.Is4() != m.Is4() {
		return network{}, false
	}
	length := 0
	if bytes := m.AsSlice(); a.Is4() {
		length = 32 - min(32, bits.TrailingZeros32(binary.BigEndian.Uint32(bytes)))
	} else {
		for length < 128 && bytes[length/8]<<(length%8)&0x80 != 0 {
			length++
		}
	}
	return network{netip.PrefixFrom(a.Addr(), length)}, true
}

// distributes says whether a rule asks to work wherever its logical port is, behind an Ethernet address of its own.
func (r *Router) distributes(row *topology.NAT) bool {
	return len(r.GatewayPorts) > 0 && row.Type == "dnat_and_snat" && row.LogicalPort != "" && row.ExternalMAC != ""
}

// meetsGateway says whether what is for the port comes from another stand-in already, be it the switch's or that of another
// router's gateway port, and so to the one place.
func (p *RouterPort) meetsGateway() bool {
	return p.Switch != nil && p.Switch.CR != "" || p.PeerPort != nil && p.PeerPort.Redirect != ""
}

// natGateway is the distributed gateway port where a rule works: the one that it names, the only one, or one whose
// network its external address lies in. Where several are, ovn-northd takes now one and now another; we take the first.
func (r *Router) natGateway(row *topology.NAT, external netip.Addr) *RouterPort {
	for _, p := range r.GatewayPorts {
		if r.worksAt(row, external, p) && (row.GatewayPort == nil || row.GatewayPort == p.LogicalRouterPort) {
			return p
		}
	}
	return nil
}

// worksAt says whether a rule may work at a port. Where a router has several gateway ports, that is the port that the rule
// names, or each whose network its external address lies in.
func (r *Router) worksAt(row *topology.NAT, external netip.Addr, p *RouterPort) bool {
	switch {
	case len(r.GatewayPorts) < 2:
		return true
	case row.GatewayPort != nil:
		return row.GatewayPort == p.LogicalRouterPort
	}
	_, err := netip.ParseAddr(row.ExternalIP) // the address alone, no blanks, no mask
	return err == nil && p.memberAddress(external).IsValid()
}
