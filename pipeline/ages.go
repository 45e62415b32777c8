package pipeline

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Ages says after which time without use a router forgets a neighbour (ovn-nb(5), Logical_Router
// options:mac_binding_age_threshold): one age for all, and others for networks. The zero Ages is never.
type Ages struct {
	Default  time.Duration // 0: never
	Networks []Age
}

// Age is that of a network's neighbours.
type Age struct {
	Network netip.Prefix // as written: one with host bits holds nobody
	After   time.Duration
}

// ParseAges reads "[NETWORK:]SECONDS;…". An address alone is a network of its own. As ovn-northd does, it refuses all when
// one entry is wrong: ok is false, and nobody ages.
func ParseAges(text string) (a Ages, ok bool) {
	for _, entry := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' }) {
		i := strings.LastIndexByte(entry, ':')
		seconds, err := strconv.ParseUint(entry[i+1:], 10, 32)
		if err != nil {
			return Ages{}, false
		}
		after := time.Duration(seconds) * time.Second
		if i < 0 {
			a.Default = after
			continue
		}
		network, err := parseNetwork(entry[:i])
		switch {
		case err != nil:
			return Ages{}, false
		case network.Bits() == 0:
			a.Default = after
		default:
			a.Networks = append(a.Networks, Age{network, after})
		}
	}
	return a, true
}

func parseNetwork(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	addr, err := netip.ParseAddr(text)
	return netip.PrefixFrom(addr, addr.BitLen()), err
}

// Of is the age of an address: that of the smallest network it is in. 0 is never.
func (a Ages) Of(addr netip.Addr) time.Duration {
	after, bits := a.Default, 0
	for _, n := range a.Networks {
		if n.Network.Bits() > bits && n.Network == n.Network.Masked() && n.Network.Contains(addr) {
			after, bits = n.After, n.Network.Bits()
		}
	}
	return after
}

// Shortest is the shortest age of all, which is what chassis go by; 0 when nobody ages.
func (a Ages) Shortest() time.Duration {
	shortest := a.Default
	for _, n := range a.Networks {
		if n.After > 0 && (shortest == 0 || n.After < shortest) {
			shortest = n.After
		}
	}
	return shortest
}
