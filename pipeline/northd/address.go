package northd

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// mac is an Ethernet address.
type mac [6]byte

// String is the address as flows write it: lower case, two digits a byte.
func (m mac) String() string { return string(m.appendTo(make([]byte, 0, 17))) }

func (m mac) appendTo(b []byte) []byte {
	const digits = "0123456789abcdef"
	for i, x := range m {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, digits[x>>4], digits[x&15])
	}
	return b
}

// parseMAC reads the Ethernet address that s begins with, as ovn-northd does: one or two digits a byte, and nothing
// that follows it matters.
func parseMAC(s string) (m mac, ok bool) {
	for i := range m {
		if i > 0 {
			if !strings.HasPrefix(s, ":") {
				return mac{}, false
			}
			s = s[1:]
		}
		n := 0
		for n < len(s) && n < 2 && isHex(s[n]) {
			n++
		}
		if n == 0 {
			return mac{}, false
		}
		b, _ := strconv.ParseUint(s[:n], 16, 8)
		m[i], s = byte(b), s[n:]
	}
	return m, true
}

func isHex(c byte) bool { return c-'0' < 10 || c|0x20-'a' < 6 }

// linkLocal is the modified EUI-64 address of an interface (RFC 4291, appendix A).
func (m mac) linkLocal() netip.Addr {
	return netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 8: m[0] ^ 2, 9: m[1], 10: m[2], 11: 0xff, 12: 0xfe, 13: m[3], 14: m[4], 15: m[5]})
}

// solicitedNode is the multicast group that neighbour solicitations for an IPv6 address go to (RFC 4291, 2.7.1).
func solicitedNode(a netip.Addr) netip.Addr {
	b := a.As16()
	return netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 11: 1, 12: 0xff, 13: b[13], 14: b[14], 15: b[15]})
}

// multicastMAC is the Ethernet group address of an IPv6 multicast group (RFC 2464, section 7).
func multicastMAC(a netip.Addr) mac {
	b := a.As16()
	return mac{0x33, 0x33, b[12], b[13], b[14], b[15]}
}

// network is an address of a port with the network that it lies in.
type network struct{ netip.Prefix }

// parseNetwork reads ADDRESS or ADDRESS/BITS; for IPv4 the mask may be dotted, too.
func parseNetwork(s string) (network, bool) {
	addr, bits, masked := strings.Cut(s, "/")
	a, ok := scanAddr(addr)
	if !ok || a.Zone() != "" {
		return network{}, false
	}
	if !masked {
		return network{netip.PrefixFrom(a, a.BitLen())}, true
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimLeft(bits, blanks), "+"), 10, 8)
	if err != nil {
		n, err = dottedMask(a, bits)
	}
	if err != nil || int(n) > a.BitLen() {
		return network{}, false
	}
	return network{netip.PrefixFrom(a, int(n))}, true
}

// blanks is what ovn-northd skips before a number.
const blanks = " \t\n\v\f\r"

// scanAddr reads an address as ovn-northd does where it reads numbers one by one: blanks before them and zeros do not matter,
// nor does what is more than a byte holds.
func scanAddr(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a, true
	}
	s = strings.TrimLeft(s, blanks)
	if strings.Contains(s, ":") {
		a, err := netip.ParseAddr(s)
		return a, err == nil
	}
	words := strings.Split(s, ".")
	if len(words) != 4 {
		return netip.Addr{}, false
	}
	var out [4]byte
	for i, w := range words {
		n, err := strconv.ParseInt(strings.TrimLeft(w, blanks), 10, 64)
		if err != nil {
			return netip.Addr{}, false
		}
		out[i] = byte(n)
	}
	return netip.AddrFrom4(out), true
}

// dottedMask is the length of a mask written as an address, where it is a mask of leading ones.
func dottedMask(a netip.Addr, s string) (uint64, error) {
	m, err := netip.ParseAddr(s)
	if err != nil || m.BitLen() != a.BitLen() {
		return 0, fmt.Errorf("mask %q", s)
	}
	ones, seen := uint64(0), false
	for _, b := range m.AsSlice() {
		for bit := 7; bit >= 0; bit-- {
			set := b>>bit&1 == 1
			if set && seen {
				return 0, fmt.Errorf("mask %q has a hole", s)
			}
			seen = seen || !set
			if set {
				ones++
			}
		}
	}
	return ones, nil
}

// Is4 says whether the network is one of IPv4.
func (n network) Is4() bool { return n.Addr().Is4() }

// subnet is the network with the host bits cleared, as matches write it. A prefix as long as the address stays one.
func (n network) subnet() string { return n.Masked().String() }

// broadcast is the last address of an IPv4 network.
func (n network) broadcast() netip.Addr {
	b := n.Masked().Addr().As4()
	for i := n.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}

// isLinkLocal says whether an IPv6 address is link-local as ovn-northd sees it: of fe80::/64 alone.
func isLinkLocal(a netip.Addr) bool { return a.Is6() && linkLocalNetwork.Contains(a) }

// is4 says whether an address is of IPv4 for ovn-northd where it keeps all addresses as IPv6's: those that are written as
// "::ffff:10.0.0.1" are.
func is4(a netip.Addr) bool { return a.Is4() || a.Is4In6() }

var linkLocalNetwork = netip.MustParsePrefix("fe80::/64")

// oneOrSet writes addresses as the right side of a comparison: alone, or several in braces.
func oneOrSet(addrs []string) string {
	if len(addrs) == 1 {
		return addrs[0]
	}
	return "{" + strings.Join(addrs, ", ") + "}"
}
