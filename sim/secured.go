package sim

import (
	"net/netip"
	"strconv"
	"strings"

	"ovnsim/pipeline/expr"
)

// secured is one entry of port_security as ovn-trace reads it: addresses that a port may use. Masks do not count.
type secured struct {
	mac      uint64
	ip4, ip6 []expr.Value
}

// secured is a port's security, read when somebody asks first.
func (n *network) secured(p *port) []secured {
	if p == nil || len(p.PortSecurity) == 0 {
		return nil
	}
	list, known := n.security[p]
	if !known {
		for _, text := range p.PortSecurity {
			if s, ok := parseSecured(text); ok {
				list = append(list, s)
			}
		}
		if n.security == nil {
			n.security = map[*port][]secured{}
		}
		n.security[p] = list
	}
	return list
}

// parseSecured reads one entry: a MAC, then addresses. What cannot be read ends it, and what stood before counts; without a
// MAC nothing does.
func parseSecured(text string) (secured, bool) {
	var s secured
	rest := strings.TrimLeft(text, blanks)
	n := prefixOf(rest, "0123456789abcdefABCDEF:")
	mac, ok := parseMAC(rest[:n])
	if !ok {
		return s, false
	}
	s.mac, rest = mac, rest[n:]
	for {
		var addr netip.Addr
		if addr, rest, ok = cutAddress(strings.TrimLeft(rest, blanks)); !ok {
			return s, true
		}
		if addr.Is4() {
			s.ip4 = append(s.ip4, expr.ValueOf(addr.AsSlice()))
		} else {
			s.ip6 = append(s.ip6, expr.ValueOf(addr.AsSlice()))
		}
	}
}

const blanks = " \t"

// prefixOf is how many characters at the beginning of a text are of a set.
func prefixOf(text, set string) int { return len(text) - len(strings.TrimLeft(text, set)) }

// cutAddress reads an address and its mask or prefix length, which may be missing, from the beginning of a text.
func cutAddress(text string) (netip.Addr, string, bool) {
	addr, rest, ok := cutIPv4(text)
	if !ok {
		n := prefixOf(text, "0123456789abcdefABCDEF:.")
		var err error
		if addr, err = netip.ParseAddr(text[:n]); err != nil || !addr.Is6() {
			return addr, text, false
		}
		rest = text[n:]
	}
	if !strings.HasPrefix(rest, "/") {
		return addr, rest, true
	}
	rest = rest[1:]
	if _, after, dotted := cutIPv4(rest); dotted && addr.Is4() {
		return addr, after, true
	}
	n := prefixOf(rest, "0123456789")
	bits, _ := strconv.Atoi(rest[:n])
	return addr, rest[n:], bits <= addr.BitLen()
}

// cutIPv4 reads four numbers with dots between. Of each its last eight bits count, and it may begin with zeros.
func cutIPv4(text string) (netip.Addr, string, bool) {
	var b [4]byte
	for i := range b {
		n := prefixOf(text, "0123456789")
		v, err := strconv.ParseUint(text[:n], 10, 64)
		if err != nil {
			return netip.Addr{}, text, false
		}
		b[i], text = byte(v), text[n:]
		if i < 3 {
			var dot bool
			if text, dot = strings.CutPrefix(text, "."); !dot {
				return netip.Addr{}, text, false
			}
		}
	}
	return netip.AddrFrom4(b), text, true
}
