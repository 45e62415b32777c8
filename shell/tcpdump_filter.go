package shell

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"ovnsim/sim/packet"
)

// filter tells whether a frame is to be shown.
type filter func(*packet.Packet) bool

// parseFilter reads a filter of pcap-filter(7): protocols, host, net, port, ether host, with src and dst, and, or, not and
// parentheses. An empty one takes everything.
func parseFilter(text string) (filter, error) {
	words := filterWords.FindAllString(text, -1)
	if len(words) == 0 {
		return func(*packet.Packet) bool { return true }, nil
	}
	p := &filterParser{words: words}
	f, err := p.any(0)
	if err == nil && len(p.words) > 0 {
		err = fmt.Errorf("can't parse filter expression: syntax error at \"%s\"", p.words[0])
	}
	return f, err
}

var filterWords = regexp.MustCompile(`&&|\|\||[()!]|[^\s()!&|]+`)

type filterParser struct{ words []string }

func (p *filterParser) next() string {
	if len(p.words) == 0 {
		return ""
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

func (p *filterParser) take(words ...string) bool {
	for _, w := range words {
		if len(p.words) > 0 && p.words[0] == w {
			p.words = p.words[1:]
			return true
		}
	}
	return false
}

func (p *filterParser) any(depth int) (filter, error) {
	if depth > 100 {
		return nil, fmt.Errorf("can't parse filter expression: too deep")
	}
	left, err := p.all(depth)
	for err == nil && p.take("or", "||") {
		var right filter
		if right, err = p.all(depth); err == nil {
			a := left
			left = func(k *packet.Packet) bool { return a(k) || right(k) }
		}
	}
	return left, err
}

func (p *filterParser) all(depth int) (filter, error) {
	left, err := p.one(depth)
	for err == nil && p.take("and", "&&") {
		var right filter
		if right, err = p.one(depth); err == nil {
			a := left
			left = func(k *packet.Packet) bool { return a(k) && right(k) }
		}
	}
	return left, err
}

func (p *filterParser) one(depth int) (filter, error) {
	switch {
	case p.take("not", "!"):
		f, err := p.one(depth + 1)
		if err != nil || depth > 100 {
			return nil, err
		}
		return func(k *packet.Packet) bool { return !f(k) }, nil
	case p.take("("):
		f, err := p.any(depth + 1)
		if err == nil && !p.take(")") {
			err = fmt.Errorf("can't parse filter expression: syntax error: a parenthesis is open")
		}
		return f, err
	}
	return p.primitive()
}

var filterProtocols = map[string]filter{
	"arp":   func(k *packet.Packet) bool { return packet.EthType.Get64(&k.Key) == packet.TypeARP },
	"ip":    func(k *packet.Packet) bool { return k.Is4() },
	"ip6":   func(k *packet.Packet) bool { return k.Is6() },
	"tcp":   func(k *packet.Packet) bool { return k.IsIP() && k.Proto() == packet.ProtoTCP },
	"udp":   func(k *packet.Packet) bool { return k.IsIP() && k.Proto() == packet.ProtoUDP },
	"sctp":  func(k *packet.Packet) bool { return k.IsIP() && k.Proto() == packet.ProtoSCTP },
	"icmp":  func(k *packet.Packet) bool { return k.Is4() && k.Proto() == packet.ProtoICMP },
	"icmp6": func(k *packet.Packet) bool { return k.Is6() && k.Proto() == packet.ProtoICMPv6 },
}

// primitive reads one test: [PROTO] [src|dst] host|net|port VALUE.
func (p *filterParser) primitive() (filter, error) {
	word := p.next()
	protocol := filterProtocols[word]
	if protocol != nil {
		switch {
		case len(p.words) == 0:
			return protocol, nil
		case p.words[0] != "src" && p.words[0] != "dst" && p.words[0] != "port" && p.words[0] != "host" && p.words[0] != "net":
			return protocol, nil
		}
		rest, err := p.primitive()
		if err != nil {
			return nil, err
		}
		return func(k *packet.Packet) bool { return protocol(k) && rest(k) }, nil
	}
	src, dst := true, true
	if word == "src" || word == "dst" {
		src, dst = word == "src", word == "dst"
		word = p.next()
	}
	kind := "host"
	if word == "host" || word == "net" || word == "port" {
		kind, word = word, p.next()
	}
	if word == "ether" {
		return p.ether()
	}
	return address(kind, word, src, dst)
}

// ether reads what is behind ether: [src|dst] [host] MAC.
func (p *filterParser) ether() (filter, error) {
	src, dst := true, true
	switch {
	case p.take("src"):
		dst = false
	case p.take("dst"):
		src = false
	}
	p.take("host")
	mac := strings.ToLower(p.next())
	return func(k *packet.Packet) bool {
		return src && packet.MACOf(packet.EthSrc.Get64(&k.Key)).String() == mac || dst && packet.MACOf(packet.EthDst.Get64(&k.Key)).String() == mac
	}, nil
}

func address(kind, word string, src, dst bool) (filter, error) {
	if kind == "port" {
		n, err := strconv.ParseUint(word, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("can't parse filter expression: illegal port \"%s\"", word)
		}
		return func(k *packet.Packet) bool {
			t := k.Tuple()
			return k.HasL4() && !k.IsICMP() && (src && t.SrcPort == uint16(n) || dst && t.DstPort == uint16(n))
		}, nil
	}
	prefix, err := netip.ParsePrefix(word)
	if err != nil {
		a, err := netip.ParseAddr(word)
		if err != nil {
			return nil, fmt.Errorf("can't parse filter expression: syntax error at \"%s\"", word)
		}
		prefix = netip.PrefixFrom(a, a.BitLen())
	}
	return func(k *packet.Packet) bool {
		from, to := k.Src(), k.Dst()
		if packet.EthType.Get64(&k.Key) == packet.TypeARP {
			from, to = packet.Addr4(packet.ARPSPA.Get64(&k.Key)), packet.Addr4(packet.ARPTPA.Get64(&k.Key))
		}
		return src && prefix.Contains(from) || dst && prefix.Contains(to)
	}, nil
}
