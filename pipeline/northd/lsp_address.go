package northd

import (
	"net/netip"
	"strings"
)

// portAddress is one element of a switch port's addresses: an Ethernet address and the IP addresses that go with it.
type portAddress struct {
	MAC  mac
	IPv4 []netip.Addr
	IPv6 []netip.Addr
}

// parsePortAddress reads "MAC [IP[/LEN]]…" as Logical_Switch_Port.addresses has it. What follows the first word that is
// not an address is ignored, as ovn-northd does; ok is false without an Ethernet address at the start.
func parsePortAddress(s string) (a portAddress, ok bool) {
	s = strings.TrimLeft(s, " ")
	if a.MAC, ok = parseMAC(s); !ok {
		return a, false
	}
	for s = s[macLen(s):]; ; {
		s = strings.TrimLeft(s, " ")
		addr, n := scanIP(s)
		switch {
		case n == 0:
			return a, true
		case addr.Is4():
			a.IPv4 = append(a.IPv4, addr)
		default:
			a.IPv6 = append(a.IPv6, addr)
		}
		s = s[n:]
	}
}

// macLen is the length of the Ethernet address that s begins with: six bytes of one or two digits.
func macLen(s string) int {
	n := 0
	for i := range 6 {
		if i > 0 {
			n++
		}
		for k := 0; k < 2 && n < len(s) && isHex(s[n]); k++ {
			n++
		}
	}
	return n
}

// scanIP reads the IP address that s begins with and passes over a prefix length; n is how much of s that is.
func scanIP(s string) (addr netip.Addr, n int) {
	for n < len(s) && (isHex(s[n]) || s[n] == '.' || s[n] == ':') {
		n++
	}
	addr, err := netip.ParseAddr(s[:n])
	if err != nil {
		return addr, 0
	}
	if n == len(s) || s[n] != '/' {
		return addr, n
	}
	length, end := 0, n+1
	for end < len(s) && '0' <= s[end] && s[end] <= '9' && length < 1000 {
		length = length*10 + int(s[end]-'0')
		end++
	}
	if end == n+1 || length > addr.BitLen() {
		return addr, 0
	}
	return addr, end
}

// routerPortAddress is what a router port owns, for the switch port that leads to it.
func routerPortAddress(p *RouterPort) portAddress {
	a := portAddress{MAC: p.MAC}
	for _, n := range p.Networks4 {
		a.IPv4 = append(a.IPv4, n.Addr())
	}
	for _, n := range p.Networks6 {
		a.IPv6 = append(a.IPv6, n.Addr())
	}
	return a
}

// portAddresses is what the row says of a port's addresses. It is read when somebody asks.
type portAddresses struct {
	read          bool
	owned, stated []portAddress
	dynamic       *portAddress // what IPAM chose, nil for nothing
}

// owned is what a port's addresses say, those of the router and those that IPAM chose in their places.
func (p *SwitchPort) owned() []portAddress {
	p.readAddresses()
	return p.addresses.owned
}

// stated is what a port's addresses say in so many words.
func (p *SwitchPort) stated() []portAddress {
	p.readAddresses()
	return p.addresses.stated
}

func (p *SwitchPort) readAddresses() {
	a, texts := &p.addresses, p.LogicalSwitchPort.Addresses
	if a.read {
		return
	}
	a.read = true
	a.stated = make([]portAddress, 0, len(texts))
	resolve := false
	for _, text := range texts {
		if one, ok := parsePortAddress(text); ok {
			a.stated = append(a.stated, one)
		}
		resolve = resolve || text == "router" || isDynamic(text)
	}
	a.owned = a.stated
	if resolve {
		a.owned = p.resolved()
	}
}

func (p *SwitchPort) resolved() (out []portAddress) {
	for _, text := range p.LogicalSwitchPort.Addresses {
		switch one, ok := parsePortAddress(text); {
		case isDynamic(text):
			if p.addresses.dynamic != nil {
				out = append(out, *p.addresses.dynamic)
			}
		case text == "router":
			if p.Peer != nil {
				out = append(out, routerPortAddress(p.Peer))
			}
		case ok:
			out = append(out, one)
		}
	}
	return out
}
