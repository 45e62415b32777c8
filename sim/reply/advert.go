package reply

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"ovnsim/pipeline/action"
	"ovnsim/sim/packet"
)

// The flags of a router advertisement (RFC 4861, 4.2; RFC 4191, 2.2) and of a prefix in it, and its options.
const (
	raManaged, raOther = 0x80, 0x40
	raHigh, raLow      = 0x08, 0x18
	onLink, autonomous = 0x80, 0x40

	ndMTU    = 5
	ndPrefix = 3
	ndRoute  = 24
	ndRDNSS  = 25
	ndDNSSL  = 31

	raHopLimit = 255
	raLifetime = 0xffff
	forever    = 0xffffffff
)

// RouterAdvert is the answer to a router solicitation, still between the ends of the solicitation (put_nd_ra_opts). A
// solicitation from nowhere is made one from all nodes.
func RouterAdvert(p *packet.Packet, opts []action.Option) ([]byte, string) {
	q, _ := current(p)
	k := &q.Key
	if !q.Is6() || !q.IsICMP() || packet.L4Src.Get64(k) != routerSolicit || packet.L4Dst.Get64(k) != 0 {
		return nil, "not a router solicitation"
	}
	flags, body := encodeRA(opts)
	e := endsOf(q, false)
	if e.src.IsUnspecified() {
		e.src = netip.IPv6LinkLocalAllNodes()
	}
	h := packet.IP{Src: e.src, Dst: e.dst, TTL: uint8(packet.IPTTL.Get64(k)),
		TOS: uint8(packet.IPDSCP.Get64(k)<<2 | packet.IPECN.Get64(k)), Label: uint32(packet.IP6Flow.Get64(k))}
	return packet.Build(packet.Ether{Src: e.from, Dst: e.to, TCI: tag(q)}, h,
		packet.ICMP{Type: routerAdvert, Rest: raHopLimit<<24 | uint32(flags)<<16 | raLifetime, Payload: body}), ""
}

// encodeRA is the flags of an advertisement and what follows them. A prefix says that hosts may make addresses of it unless
// they were told before that addresses are managed.
func encodeRA(opts []action.Option) (flags byte, b []byte) {
	b = make([]byte, 8) // reachable and retransmission times: not said
	for _, o := range opts {
		c := o.Value.Items[0]
		switch o.Name {
		case "addr_mode":
			flags |= map[string]byte{"dhcpv6_stateful": raManaged, "dhcpv6_stateless": raOther}[c.Text]
		case "router_preference":
			flags |= map[string]byte{"HIGH": raHigh, "LOW": raLow}[c.Text]
		case "slla":
			b = appendSource(b, mac(c))
		case "mtu":
			b = appendMTU(b, uint32(c.Value.Lo))
		case "prefix":
			use := byte(onLink)
			if flags&raManaged == 0 {
				use |= autonomous
			}
			b = appendPrefix(b, addr6(c), byte(c.Mask.OnesCount()), use)
		case "rdnss":
			b = appendRDNSS(b, addr6(c))
		case "dnssl":
			b = appendDNSSL(b, c.Text)
		case "route_info":
			b = appendRoutes(b, c.Text)
		}
	}
	return flags, b
}

func appendSource(b []byte, m [6]byte) []byte { return append(append(b, sourceLink, 1), m[:]...) }

func appendMTU(b []byte, mtu uint32) []byte {
	return binary.BigEndian.AppendUint32(append(b, ndMTU, 1, 0, 0), mtu)
}

func appendPrefix(b []byte, addr [16]byte, bits, use byte) []byte {
	b = binary.BigEndian.AppendUint64(append(b, ndPrefix, 4, bits, use), forever<<32|forever)
	return append(append(b, 0, 0, 0, 0), addr[:]...)
}

func appendRDNSS(b []byte, server [16]byte) []byte {
	return append(binary.BigEndian.AppendUint32(append(b, ndRDNSS, 3, 0, 0), forever), server[:]...)
}

// maxDNSSL is how long OVN lets a search list become, its header and two bytes for each name counted; longer ones are left out.
const maxDNSSL = 255

// appendDNSSL appends a search list, filled up to whole units of eight bytes.
func appendDNSSL(b []byte, names string) []byte {
	size := 8
	for _, name := range splitNames(names, ",") {
		size += len(name) + 2
	}
	if size > maxDNSSL {
		return b
	}
	size = (size + 7) / 8 * 8
	b = binary.BigEndian.AppendUint32(append(b, ndDNSSL, byte(size/8), 0, 0), forever)
	list := searchList(names)
	return append(append(b, list...), make([]byte, size-8-len(list))...)
}

// appendRoutes appends the routes of a list "HIGH-fd00::/64,LOW-fd01::/96", up to the first that is none (RFC 4191, 2.3).
func appendRoutes(b []byte, list string) []byte {
	for _, route := range splitNames(list, ",") {
		preference, text, ok := strings.Cut(route, "-")
		if !ok {
			continue
		}
		prefix, ok := parsePrefix6(text)
		if !ok {
			return b
		}
		units := (prefix.Bits() + 63) / 64
		b = append(b, ndRoute, byte(1+units), byte(prefix.Bits()), map[string]byte{"HIGH": raHigh, "LOW": raLow}[preference])
		b = binary.BigEndian.AppendUint32(b, forever)
		a := prefix.Masked().Addr().As16()
		b = append(b, a[:8*units]...)
	}
	return b
}

// parsePrefix6 reads an IPv6 prefix; an address alone is one of 128 bits.
func parsePrefix6(s string) (netip.Prefix, bool) {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(s); err == nil && a.Is6() && a.Zone() == "" {
		return netip.PrefixFrom(a, 128), true
	}
	prefix, err := netip.ParsePrefix(s)
	return prefix, err == nil && prefix.Addr().Is6()
}
