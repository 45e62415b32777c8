package northd

import "strings"

// natFacts is what several features ask of a router about balancing and address translation.
type natFacts struct {
	HasLBVIP       bool      // a load balancer with a VIP is attached, by itself or by a group
	ForceLB        forceSNAT // options:lb_force_snat_ip
	ForceDNAT      forceSNAT // options:dnat_force_snat_ip
	NATExternalIPs []string  // the external addresses of its NATs, each once
}

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
		case !ok:
			return forceSNAT{}
		case n.Is4() && f.IPv4 == "":
			f.IPv4 = n.Addr().String()
		case !n.Is4() && f.IPv6 == "":
			f.IPv6 = n.Addr().String()
		}
	}
	return f
}

// learnNAT works out the facts of a router's options and NATs.
func (r *Router) learnNAT() {
	r.ForceDNAT = readForceSNAT(r.Options["dnat_force_snat_ip"])
	if r.ForceLB.RouterIP = r.Options["lb_force_snat_ip"] == "router_ip"; !r.ForceLB.RouterIP {
		r.ForceLB = readForceSNAT(r.Options["lb_force_snat_ip"])
	}
	seen := map[string]bool{}
	for _, nat := range r.LogicalRouter.NAT {
		if !seen[nat.ExternalIP] {
			seen[nat.ExternalIP] = true
			r.NATExternalIPs = append(r.NATExternalIPs, nat.ExternalIP)
		}
	}
}
