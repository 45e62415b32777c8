package topology

import (
	"net/netip"
	"strconv"
	"strings"
)

// The checks of this file look at a text alone and say what is wrong with it, "" for nothing.

func quote(s string) string { return strconv.Quote(s) }

// parseMAC reads six hexadecimal pairs joined by colons, as OVN does.
func parseMAC(s string) ([6]byte, bool) {
	var mac [6]byte
	parts := strings.Split(s, ":")
	if len(parts) != 6 {
		return mac, false
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 16, 8)
		if err != nil || len(p) > 2 {
			return mac, false
		}
		mac[i] = byte(n)
	}
	return mac, true
}

func parseIP(s string) (netip.Addr, error) {
	ip, err := netip.ParseAddr(s)
	if err == nil && (ip.Zone() != "" || ip.Is4In6() && !strings.Contains(s, ":")) {
		return ip, strconv.ErrSyntax
	}
	return ip, err
}

// parsePrefix reads IP/length, or an IP alone as one of full length; the host part stays. An IPv4 mask may be dotted.
func parsePrefix(s string) (netip.Prefix, bool) {
	addr, length, slash := strings.Cut(s, "/")
	ip, err := parseIP(addr)
	if err != nil {
		return netip.Prefix{}, false
	}
	bits := ip.BitLen()
	if slash {
		n, err := strconv.ParseUint(length, 10, 8)
		if mask, dotted := parseIP(length); dotted == nil && ip.Is4() && mask.Is4() {
			n, err = maskBits(mask), nil
		}
		if err != nil || int(n) > ip.BitLen() {
			return netip.Prefix{}, false
		}
		bits = int(n)
	}
	return netip.PrefixFrom(ip, bits), true
}

// maskBits is the length of a dotted mask; more than any address has for one with holes.
func maskBits(mask netip.Addr) uint64 {
	b := mask.As4()
	m := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	n := uint64(0)
	for ; m&(1<<31) != 0; m <<= 1 {
		n++
	}
	if m != 0 {
		return 255
	}
	return n
}

func macProblem(s string) string {
	if _, ok := parseMAC(s); !ok {
		return quote(s) + " is not a MAC address (six hexadecimal pairs with colons)"
	}
	return ""
}

func ipProblem(s string) string {
	if _, err := parseIP(s); err != nil {
		return quote(s) + " is not an IP address"
	}
	return ""
}

func prefixProblem(s string) string {
	if _, ok := parsePrefix(s); !ok {
		return quote(s) + " is not an IP address or prefix"
	}
	return ""
}

func networkProblem(s string) string {
	if _, ok := parsePrefix(s); !ok || !strings.Contains(s, "/") {
		return quote(s) + " is not an address with its prefix length, such as 192.0.2.1/24"
	}
	return ""
}

func cidrProblem(s string) string {
	if _, ok := parsePrefix(s); !ok || !strings.Contains(s, "/") {
		return quote(s) + " is not a prefix, such as 192.0.2.0/24"
	}
	return ""
}

func nexthopProblem(s string) string {
	if s == "" || s == "discard" {
		return ""
	}
	return ipProblem(s)
}

func setAddressProblem(s string) string {
	if _, ok := parseMAC(s); ok {
		return ""
	}
	if _, ok := parsePrefix(s); !ok {
		return quote(s) + " is neither a MAC nor an IP address or prefix"
	}
	return ""
}

// portTypes are the values that ovn-nb(5) gives the type column.
var portTypes = []string{"", "router", "switch", "localnet", "localport", "l2gateway", "vtep", "external", "virtual", "remote"}

func portTypeProblem(s string) string {
	for _, t := range portTypes {
		if s == t {
			return ""
		}
	}
	return quote(s) + " is no type of switch port; they are " + strings.Join(portTypes[1:], ", ") + Suggest(s, portTypes)
}

// addressesProblem reads one element of a switch port's addresses.
func addressesProblem(s string) string {
	words := strings.Fields(s)
	switch {
	case len(words) == 0:
		return "an address is empty"
	case words[0] == "unknown" || words[0] == "router":
		if len(words) > 1 {
			return quote(s) + ": " + words[0] + " stands alone"
		}
		return ""
	case words[0] == "dynamic":
		return wordsProblem(s, words[1:], ipProblem)
	case len(words) == 2 && words[1] == "dynamic":
		return macProblem(words[0])
	}
	if _, ok := parseMAC(words[0]); !ok {
		return quote(s) + " begins with neither a MAC address nor unknown, router or dynamic" + Suggest(words[0], []string{"unknown", "router", "dynamic"})
	}
	return wordsProblem(s, words[1:], prefixProblem)
}

// wordsProblem is the first problem of some words of s.
func wordsProblem(s string, words []string, problem func(string) string) string {
	for _, w := range words {
		if p := problem(w); p != "" {
			return "in " + quote(s) + ": " + p
		}
	}
	return ""
}

// portSecurityProblem reads one element of a switch port's port_security.
func portSecurityProblem(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
	vrrp := len(words) > 0 && words[0] == "VRRPv3"
	if vrrp {
		words = words[1:]
	}
	if len(words) == 0 {
		return quote(s) + " names no MAC address"
	}
	if p := macProblem(words[0]); p != "" {
		return "in " + quote(s) + ": " + p
	}
	return wordsProblem(s, words[1:], func(w string) string {
		if mac, _, _ := strings.Cut(w, "/"); vrrp && macProblem(mac) == "" {
			return ""
		}
		return prefixProblem(w)
	})
}

// vipAddressProblem reads IP, IP:port or [IPv6]:port.
func vipAddressProblem(s string) string {
	if _, _, ok := splitEndpoint(s); !ok {
		return quote(s) + " is not an address, or an address and port such as 192.0.2.1:80 or [2001:db8::1]:80"
	}
	return ""
}

// splitEndpoint reads IP, IP:port, [IPv6] or [IPv6]:port; port 0 stands for none.
func splitEndpoint(s string) (ip netip.Addr, port uint16, ok bool) {
	if addr, err := parseIP(s); err == nil {
		return addr, 0, true
	}
	if inner, found := strings.CutPrefix(s, "["); found {
		host, rest, closed := strings.Cut(inner, "]")
		addr, err := parseIP(host)
		if !closed || err != nil || !addr.Is6() {
			return ip, 0, false
		}
		if rest == "" {
			return addr, 0, true
		}
		port, ok = parsePort(strings.TrimPrefix(rest, ":"))
		return addr, port, ok && rest[0] == ':'
	}
	host, text, _ := strings.Cut(s, ":")
	addr, err := parseIP(host)
	port, ok = parsePort(text)
	return addr, port, err == nil && ok && addr.Is4()
}

func parsePort(s string) (uint16, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), err == nil && n > 0
}

// balancerProblem checks a VIP against its backends. An empty list of backends is fine: such a VIP rejects or drops.
func balancerProblem(vip, backends string) string {
	ip, port, ok := splitEndpoint(vip)
	if !ok {
		return vipAddressProblem(vip)
	}
	for _, b := range strings.Split(backends, ",") {
		if b = strings.TrimSpace(b); b == "" {
			continue
		}
		backend, backendPort, ok := splitEndpoint(b)
		switch {
		case !ok:
			return "backend of " + vip + ": " + vipAddressProblem(b)
		case backend.Is4() != ip.Is4():
			return "backend " + b + " and VIP " + vip + " are of different families"
		case port != 0 && backendPort == 0:
			return "backend " + b + " has no port, but VIP " + vip + " has one"
		case port == 0 && backendPort != 0:
			return "backend " + b + " has a port, but VIP " + vip + " has none"
		}
	}
	return ""
}

// LinkLocal is the IPv6 link-local address made of a MAC address (RFC 4291 appendix A).
func LinkLocal(mac [6]byte) netip.Addr {
	a := [16]byte{0: 0xfe, 1: 0x80, 11: 0xff, 12: 0xfe}
	copy(a[8:11], mac[:3])
	copy(a[13:], mac[3:])
	a[8] ^= 2
	return netip.AddrFrom16(a)
}
