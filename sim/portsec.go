package sim

import (
	"fmt"
	"net"
	"net/netip"
	"sort"
	"strings"

	"ovnsim/pipeline/expr"
)

// portSecurity is a port's port_security column made ready: what ovn-controller writes for it, as matches of OVN's own
// language, highest priority first (ovn-nb(5), "port_security"; ovn-sb(5), check_in_port_sec). Nil lets everything pass.
type portSecurity struct{ in, neighbours, out []secureRow }

// secureRow is one rule. What matches none of a list passes.
type secureRow struct {
	priority int
	match    expr.Match
	verdict  verdict
}

type verdict uint8

const (
	pass  verdict = iota
	block         // the packet fails the check
	ask           // ARP and ND have rules of their own
)

// secureEntry is one element of the column.
type secureEntry struct {
	mac      string   // the address to send from, as a match has it
	inner4   []string // the addresses inside ARP, with masks
	inner6   []string // the addresses inside ND, with masks
	outer4   []string // the addresses that IPv4, or anything, may use
	outer6   []string
	vrrp     bool
	ip4, ip6 []netip.Prefix
}

// newPortSecurity reads a column; an element that cannot be read as a whole counts for nothing.
func newPortSecurity(column []string, env expr.Env) *portSecurity {
	s := &portSecurity{}
	for _, text := range column {
		if e, ok := parseEntry(text); ok {
			e.rulesIn(func(list *[]secureRow, priority int, v verdict, format string, args ...any) {
				s.add(env, list, priority, v, fmt.Sprintf(format, args...))
			}, s)
		}
	}
	if len(s.in) == 0 {
		return nil
	}
	for _, r := range []struct {
		list     *[]secureRow
		priority int
		v        verdict
		match    string
	}{
		{&s.in, 95, ask, "arp"},
		{&s.in, 80, block, "1"},
		{&s.neighbours, 80, block, "arp"},
		{&s.neighbours, 80, block, "ip6 && icmp6.type == {135, 136} && ip.ttl == 255"},
		{&s.out, 80, block, "1"},
	} {
		s.add(env, r.list, r.priority, r.v, r.match)
	}
	for _, list := range []*[]secureRow{&s.in, &s.neighbours, &s.out} {
		sort.SliceStable(*list, func(i, j int) bool { return (*list)[i].priority > (*list)[j].priority })
	}
	return s
}

// add adds a rule. The matches are this file's own, over addresses that were read: they parse.
func (s *portSecurity) add(env expr.Env, list *[]secureRow, priority int, v verdict, match string) {
	e, err := expr.Parse(match)
	if err != nil {
		panic("port security: " + match + ": " + err.Error())
	}
	m, err := expr.Bind(e, env)
	if err != nil {
		panic("port security: " + match + ": " + err.Error())
	}
	*list = append(*list, secureRow{priority, m, v})
}

type addRule func(list *[]secureRow, priority int, v verdict, format string, args ...any)

// rulesIn writes what an entry allows, in both directions.
func (e *secureEntry) rulesIn(add addRule, s *portSecurity) {
	anyIP := len(e.ip4)+len(e.ip6) == 0
	if anyIP {
		for _, mac := range append(e.outer4, e.outer6...) {
			add(&s.in, 90, ask, "eth.src == %s", mac)
			add(&s.out, 85, pass, "eth.dst == %s", mac)
		}
		for _, inner := range e.inner4 {
			add(&s.neighbours, 90, pass, "eth.src == %s && arp.sha == %s", e.mac, inner)
		}
	}
	e.rules4(add, s)
	e.rules6(add, s)
	e.rulesND(add, s)
	if anyIP {
		return
	}
	for _, mac := range e.outer4 {
		add(&s.out, 90, block, "eth.dst == %s && ip4", mac)
		add(&s.out, 85, pass, "eth.dst == %s", mac)
		if !e.vrrp {
			add(&s.out, 90, block, "eth.dst == %s && ip6", mac)
		}
	}
	for _, mac := range e.outer6 {
		add(&s.out, 90, block, "eth.dst == %s && ip6", mac)
		add(&s.out, 85, pass, "eth.dst == %s", mac)
	}
}

func (e *secureEntry) rules4(add addRule, s *portSecurity) {
	if len(e.ip4) == 0 {
		return
	}
	for _, mac := range e.outer4 {
		add(&s.in, 90, pass, "eth.src == %s && ip4.src == 0.0.0.0 && ip4.dst == 255.255.255.255 && udp.src == 68 && udp.dst == 67", mac)
		add(&s.out, 95, pass, "eth.dst == %s && ip4.dst == {255.255.255.255, 224.0.0.0/4}", mac)
		for _, p := range e.ip4 {
			add(&s.in, 90, pass, "eth.src == %s && ip4.src == %s", mac, allowed(p))
			add(&s.out, 95, pass, "eth.dst == %s && ip4.dst == %s", mac, allowed(p))
			if p.Bits() < 32 && !isNetwork(p) {
				add(&s.out, 95, pass, "eth.dst == %s && ip4.dst == %s", mac, broadcast(p))
			}
		}
	}
	for _, inner := range e.inner4 {
		for _, p := range e.ip4 {
			add(&s.neighbours, 90, pass, "eth.src == %s && arp.sha == %s && arp.spa == %s", e.mac, inner, allowed(p))
		}
	}
}

func (e *secureEntry) rules6(add addRule, s *portSecurity) {
	if len(e.ip6) == 0 {
		return
	}
	for _, mac := range e.outer6 {
		unspecified := fmt.Sprintf("eth.src == %s && ip6.src == :: && ip6.dst == ff02::/16 && icmp6.code == 0", mac)
		add(&s.in, 90, pass, "%s && icmp6.type == {131, 143}", unspecified)
		add(&s.in, 90, ask, "%s && icmp6.type == 135", unspecified)
		add(&s.out, 95, pass, "eth.dst == %s && ip6.dst == ff00::/8", mac)
		for _, p := range e.own6() {
			add(&s.in, 90, ask, "eth.src == %s && ip6.src == %s", mac, allowed(p))
			add(&s.out, 95, pass, "eth.dst == %s && ip6.dst == %s", mac, allowed(p))
		}
	}
}

// rulesND writes which neighbours an entry may speak for.
func (e *secureEntry) rulesND(add addRule, s *portSecurity) {
	inner := append([]string{"00:00:00:00:00:00"}, e.inner6...)
	for _, mac := range inner {
		add(&s.neighbours, 90, pass, "eth.src == %s && nd_ns && nd.sll == %s", e.mac, mac)
		if len(e.ip6) == 0 {
			add(&s.neighbours, 90, pass, "eth.src == %s && nd_na && nd.tll == %s", e.mac, mac)
		}
		for _, p := range e.own6() {
			add(&s.neighbours, 90, pass, "eth.src == %s && nd_na && nd.target == %s && nd.tll == %s", e.mac, allowed(p), mac)
		}
	}
}

// own6 is the IPv6 addresses of an entry that has any, with the link-local one that its MAC gives.
func (e *secureEntry) own6() []netip.Prefix {
	mac, ok := parseMAC(e.mac)
	if len(e.ip6) == 0 || !ok {
		return e.ip6
	}
	b := linkLocal(mac).Bytes()
	return append(e.ip6[:len(e.ip6):len(e.ip6)], netip.PrefixFrom(netip.AddrFrom16(b), 128))
}

// allowed is the addresses that an element lets through: a subnet if the host part is zero, else that host alone.
func allowed(p netip.Prefix) string {
	if isNetwork(p) {
		return p.String()
	}
	return p.Addr().String()
}

// isNetwork tells prefixes whose host part is zero.
func isNetwork(p netip.Prefix) bool {
	return p.Bits() < p.Addr().BitLen() && p.Masked().Addr() == p.Addr()
}

// broadcast is the last address of an IPv4 subnet.
func broadcast(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(b)
}

// The MAC addresses of VRRP routers (RFC 9568, 7.3).
const (
	vrrp4 = "00:00:5e:00:01:00/ff:ff:ff:ff:ff:00"
	vrrp6 = "00:00:5e:00:02:00/ff:ff:ff:ff:ff:00"
)

// parseEntry reads "MAC IP[/BITS]…" or "VRRPv3 MAC VRRPMAC[/BITS]… IP[/BITS]…", separated by spaces or commas.
func parseEntry(text string) (*secureEntry, bool) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
	e := &secureEntry{}
	if len(words) > 0 && words[0] == "VRRPv3" {
		e.vrrp, words = true, words[1:]
	}
	if len(words) == 0 {
		return nil, false
	}
	if _, ok := parseMAC(words[0]); !ok {
		return nil, false
	}
	e.mac, words = strings.ToLower(words[0]), words[1:]
	for len(words) > 0 && e.vrrp && strings.HasPrefix(strings.ToLower(words[0]), "00:00:5e:00:0") {
		if !e.addVRRP(strings.ToLower(words[0])) {
			return nil, false
		}
		words = words[1:]
	}
	for _, w := range words {
		p, err := netip.ParsePrefix(w)
		if a, single := netip.ParseAddr(w); single == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		switch {
		case err != nil:
			return nil, false
		case p.Addr().Is4():
			e.ip4 = append(e.ip4, p)
		default:
			e.ip6 = append(e.ip6, p)
		}
	}
	e.fillMACs()
	return e, true
}

// addVRRP takes one VRRP MAC, maybe with a prefix length from 40 to 48.
func (e *secureEntry) addVRRP(text string) bool {
	host, length, masked := strings.Cut(text, "/")
	if _, ok := parseMAC(host); !ok {
		return false
	}
	if masked {
		var bits int
		if _, err := fmt.Sscan(length, &bits); err != nil || bits < 40 || bits > 48 {
			return false
		}
		var mask net.HardwareAddr = []byte{255, 255, 255, 255, 255, byte(0xff << (48 - bits))}
		host += "/" + mask.String()
	}
	if strings.HasPrefix(host, "00:00:5e:00:01:") {
		e.inner4 = append(e.inner4, host)
	} else {
		e.inner6 = append(e.inner6, host)
	}
	return true
}

// fillMACs works out which addresses go where: without VRRP it is one for all.
func (e *secureEntry) fillMACs() {
	switch {
	case !e.vrrp:
		e.inner4, e.inner6 = []string{e.mac}, []string{e.mac}
		e.outer4, e.outer6 = []string{e.mac}, nil
		if len(e.ip6) > 0 {
			e.outer6 = []string{e.mac}
		}
	case len(e.inner4)+len(e.inner6) == 0:
		e.inner4, e.inner6 = []string{vrrp4}, []string{vrrp6}
		fallthrough
	default:
		e.outer4, e.outer6 = e.inner4, e.inner6
	}
}

// check tells whether a packet passes rules; neighbours answers for those that ask.
func (s *portSecurity) check(rules []secureRow, k *expr.Key) bool {
	for i := range rules {
		if !rules[i].match.Eval(k) {
			continue
		}
		if rules[i].verdict == ask {
			return s.check(s.neighbours, k)
		}
		return rules[i].verdict == pass
	}
	return true
}
