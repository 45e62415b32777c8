package conntrack

import (
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// translateAgain translates a packet of a known connection, unless that was done in this zone before.
func (v *visit) translateAgain() {
	if v.conn.nat == NoNAT || v.state&(SNATed|DNATed) != 0 && v.p.CT.Zone == v.a.Zone {
		return
	}
	v.state &^= SNATed | DNATed
	v.translate(v.related)
}

// translate gives the packet the addresses and ports that its direction's packets leave with: those of the answers' key,
// reversed. Of an ICMP error also the packet inside is put back.
func (v *visit) translate(related bool) {
	kind, k := v.conn.nat, v.conn.keys[1]
	if v.reply {
		kind, k = SNAT+DNAT-kind, v.conn.keys[0]
	}
	was, now := v.p.Dst(), k.addr(k.src)
	if kind == SNAT {
		v.state |= SNATed
		was, now = v.p.Src(), k.addr(k.dst)
		v.p.SetSrc(now)
	} else {
		v.state |= DNATed
		v.p.SetDst(now)
	}
	if related {
		if !k.four {
			v.p.MisplaceSum(k.proto, was, now)
		}
		v.translateInner(k, kind)
		return
	}
	switch {
	case k.proto == packet.ProtoICMP:
		v.p.SetICMPID(k.srcPort)
	case k.hasPorts() && !k.isICMP():
		packet.L4Src.Set64(&v.p.Key, uint64(k.dstPort))
		packet.L4Dst.Set64(&v.p.Key, uint64(k.srcPort))
	}
}

// translateInner rewrites the packet that an ICMP error is about: it went the other way, so it gets the key as it is.
func (v *visit) translateInner(k key, kind Kind) {
	inner, ok := v.p.Inner()
	if !ok {
		return
	}
	if kind == SNAT {
		inner.Dst = k.addr(k.dst)
	} else {
		inner.Src = k.addr(k.src)
	}
	if k.proto != packet.ProtoICMPv6 {
		inner.SrcPort, inner.DstPort = k.srcPort, k.dstPort
	}
	v.p.SetInner(inner)
}

// choose finds the translation of a new connection: answers to it must not be mistaken for another's. It is false when all
// that the range has is taken.
func (v *visit) choose(c *Conn, n *NAT) bool {
	c.nat = n.Kind
	orig, back := c.keys[0], &c.keys[1]
	draw := v.draw(orig, n)
	if addr := pickAddr(orig, n, draw); n.Kind == SNAT {
		back.dst = addr
	} else {
		back.src = addr
	}
	if !orig.hasPorts() || orig.proto == packet.ProtoICMPv6 {
		return v.lookup(*back) == nil
	}
	if n.Random {
		draw = v.random()
	}
	own := portsLike(orig.srcPort)
	switch {
	case n.MinPort == 0:
	case n.Kind == SNAT:
		own = v.known(portRange(n, draw), *back, n)
	default:
		to := v.known(portRange(n, draw), *back, n)
		back.srcPort = to.first
		if v.freePort(back, to, &back.srcPort) {
			return true
		}
	}
	return v.freePort(back, own, &back.dstPort)
}

// pickAddr is the address out of the range that the draw falls on. No address or 0.0.0.0 keeps the packet's.
func pickAddr(orig key, n *NAT, draw uint64) expr.Value {
	low, high := packet.AddrValue(n.Min), packet.AddrValue(n.Max)
	switch {
	case low.IsZero() && n.Kind == SNAT:
		return orig.src
	case low.IsZero():
		return orig.dst
	case !n.Max.IsValid() || high.Cmp(low) <= 0:
		return low
	}
	size := high.Lo - low.Lo + 1 // ranges of more than 2^64 addresses are not told apart from smaller ones
	if size == 0 {
		size = ^uint64(0)
	}
	offset := draw % size
	sum := expr.Value{Hi: low.Hi, Lo: low.Lo + offset}
	if sum.Lo < low.Lo {
		sum.Hi++
	}
	return sum
}

// ports is where to look for a free one: from first upward, wrapping from high to low.
type ports struct{ first, low, high uint16 }

// portsLike is the range of ports that may stand for another: privileged ones for privileged ones.
func portsLike(port uint16) ports {
	switch {
	case port < 512:
		return ports{port, 1, 511}
	case port < 1024:
		return ports{port, 600, 1023}
	}
	return ports{port, 1024, 65535}
}

func portRange(n *NAT, draw uint64) ports {
	high := max(n.MaxPort, n.MinPort)
	return ports{n.MinPort + uint16(draw%(uint64(high-n.MinPort)+1)), n.MinPort, high}
}

// known begins at the port that the table's Chosen knows, if it knows one.
func (v *visit) known(r ports, back key, n *NAT) ports {
	if v.Chosen == nil || !n.Random {
		return r
	}
	t := packet.Tuple{Src: back.addr(back.src), Dst: back.addr(back.dst), SrcPort: back.srcPort, DstPort: back.dstPort, Proto: back.proto}
	if port, ok := v.Chosen(v.a.Now, v.p, t, n.Kind); ok && port >= r.low && port <= r.high {
		r.first = port
	}
	return r
}

// freePort sets the port to the first in the range that makes the answers' key unlike all others. It gives up like Open
// vSwitch: 128 from the first one, then half as many from a place drawn, and so on.
func (v *visit) freePort(back *key, r ports, port *uint16) bool {
	size := int(r.high) - int(r.low) + 1
	at := r.first
	for attempts := min(size, 128); ; attempts /= 2 {
		for range attempts {
			*port = at
			if back.proto == packet.ProtoICMP {
				back.srcPort = at // all of it, when a destination was translated: Open vSwitch does not know the answers then
			}
			if v.lookup(*back) == nil {
				return true
			}
			if at < r.low || at >= r.high {
				at = r.low
			} else {
				at++
			}
		}
		if attempts >= size || attempts < 16 {
			break
		}
		at = r.low + uint16(v.random()%uint64(size))
	}
	*port = r.first
	return false
}

// draw is a number that depends on the connection, the range and the seed alone.
func (t *Table) draw(k key, n *NAT) uint64 {
	h := t.seed
	low, high := packet.AddrValue(n.Min), packet.AddrValue(n.Max)
	for _, w := range [...]uint64{k.src.Hi, k.src.Lo, k.dst.Hi, k.dst.Lo, uint64(k.srcPort)<<32 | uint64(k.dstPort)<<16 | uint64(k.zone),
		uint64(k.proto), low.Hi, low.Lo, high.Hi, high.Lo, uint64(n.MinPort)<<16 | uint64(n.MaxPort)} {
		h = mix(h ^ w)
	}
	return h
}

// random is the next of a sequence of numbers.
func (t *Table) random() uint64 {
	t.draws++
	return mix(t.seed + t.draws*0x9e3779b97f4a7c15)
}

// mix is the finishing step of SplitMix64 (Steele, Lea, Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
