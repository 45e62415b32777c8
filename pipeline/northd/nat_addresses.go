package northd

import (
	"sort"
	"strings"
)

// natAddresses are the addresses that a switch's port to a router announces by gratuitous ARP from the chassis that has
// them (Logical_Switch_Port options:nat-addresses; ovn-sb(5), Port_Binding, nat_addresses): those of NATs and balancers
// where it is asked to, and the router port's own where one chassis answers for them.
func (v *View) natAddresses(p *SwitchPort) (out []string) {
	rp := p.Peer
	asked := p.Options["nat-addresses"]
	switch {
	case asked == "" || !rp.Router.isCentral():
	case asked == "router":
		for _, set := range rp.Router.translated(v, rp, !boolOption(p.Options, "exclude-lb-vips-from-garp", false), false) {
			if len(set.texts) > 0 {
				out = append(out, set.announce())
			}
		}
	default:
		if _, ok := parsePortAddress(asked); ok {
			out = append(out, asked+residentSuffix(rp.announcer()))
		}
	}
	if !boolOption(p.Options, "exclude-router-ips-from-garp", false) && rp.announcesItself(len(p.Switch.Localnets) > 0) {
		own := append([]string{rp.MAC.String()}, addrs(rp.Networks4)...)
		out = append(out, strings.Join(own, " ")+residentSuffix(rp.announcer()))
	}
	sort.Strings(out)
	return out
}

// announcesItself says whether one chassis sends gratuitous ARP for the port's own addresses: that of its gateway port, or
// a gateway router's, where the switch leads to a physical network.
func (p *RouterPort) announcesItself(localnet bool) bool {
	if p.centralized() != "" {
		return true
	}
	return p.Router.IsGateway && localnet
}

// announcer is the key of the chassisredirect port whose chassis announces the port's addresses, "" on a gateway router.
func (p *RouterPort) announcer() string {
	switch {
	case p.Redirect != "":
		return p.Redirect
	case len(p.Router.GatewayPorts) > 0:
		return p.Router.GatewayPorts[0].Redirect
	}
	return ""
}

func residentSuffix(port string) string {
	if port == "" {
		return ""
	}
	return F(" is_chassis_resident(%s)", port)
}

// announce writes the addresses as Port_Binding.nat_addresses has them.
func (s routableSet) announce() string {
	return s.mac.String() + " " + strings.Join(s.texts, " ") + residentSuffix(s.resident)
}
