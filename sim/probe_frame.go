package sim

import (
	"net/netip"
	"slices"
	"strings"

	"ovnsim/pipeline"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// frameOf is a frame with the headers that a microflow describes and nothing behind them.
func frameOf(k *expr.Key) []byte {
	e := packet.Ether{Src: packet.MACOf(ethSrc.Get64(k)), Dst: packet.MACOf(ethDst.Get64(k)), TCI: uint16(packet.VLANTCI.Get64(k))}
	switch kind := ethType.Get64(k); kind {
	case etherARP:
		return packet.BuildARP(e, packet.ARP{Op: uint16(arpOp.Get64(k)), SHA: packet.MACOf(arpSHA.Get64(k)), THA: packet.MACOf(arpTHA.Get64(k)),
			SPA: addr4(ip4Src, k), TPA: addr4(ip4Dst, k)})
	case etherIPv4, etherIPv6:
		ip := packet.IP{TTL: uint8(ipTTL.Get64(k)), TOS: uint8(ipDSCP.Get64(k)<<2 | ipECN.Get64(k)), Label: uint32(packet.IP6Flow.Get64(k))}
		if kind == etherIPv4 {
			ip.Src, ip.Dst = addr4(ip4Src, k), addr4(ip4Dst, k)
		} else {
			ip.Src, ip.Dst = addr6(ip6Src, k), addr6(ip6Dst, k)
		}
		return packet.Build(e, ip, upperOf(k))
	default:
		return plainFrame(e, uint16(kind))
	}
}

// plainFrame is a frame of a type that nobody looks into; one without type gets the type for experiments (IEEE 802, 9.2.4).
func plainFrame(e packet.Ether, kind uint16) []byte {
	if kind < 0x600 {
		kind = 0x88b5
	}
	b := slices.Concat(e.Dst[:], e.Src[:])
	if e.TCI != 0 {
		b = append(b, 0x81, 0, byte(e.TCI>>8)&^0x10, byte(e.TCI))
	}
	return append(append(b, byte(kind>>8), byte(kind)), make([]byte, 46)...)
}

func addr4(r expr.Ref, k *expr.Key) netip.Addr {
	b := r.Get(k).Bytes()
	return netip.AddrFrom4([4]byte(b[12:]))
}

func addr6(r expr.Ref, k *expr.Key) netip.Addr { return netip.AddrFrom16(r.Get(k).Bytes()) }

// upperOf is what the packet carries. A segment without flags becomes one that opens a connection.
func upperOf(k *expr.Key) packet.Upper {
	src, dst := uint16(l4Src.Get64(k)), uint16(l4Dst.Get64(k))
	switch proto := uint8(ipProto.Get64(k)); proto {
	case packet.ProtoTCP:
		flags := uint16(tcpFlags.Get64(k))
		if flags == 0 {
			flags = packet.SYN
		}
		return packet.TCP{Src: src, Dst: dst, Flags: flags, Window: 65535, Seq: 1}
	case packet.ProtoUDP:
		return packet.UDP{Src: src, Dst: dst}
	case packet.ProtoICMP, packet.ProtoICMPv6:
		return packet.ICMP{Type: uint8(src), Code: uint8(dst), Payload: ndOptions(k)}
	case packet.ProtoSCTP:
		// An INIT chunk behind the common header (RFC 9260, 3.1 and 3.3.2), so that conntrack sees an association begin.
		return packet.Raw{Proto: proto, Payload: append([]byte{byte(src >> 8), byte(src), byte(dst >> 8), byte(dst), 0, 0, 0, 0, 0, 0, 0, 0},
			1, 0, 0, 20, 0, 0, 0, 1, 0, 0, 255, 255, 0, 1, 0, 1, 0, 0, 0, 1)}
	default:
		return packet.Raw{Proto: proto}
	}
}

// ndOptions is the target and the link-layer address of neighbour discovery (RFC 4861, 4.3 and 4.6.1).
func ndOptions(k *expr.Key) []byte {
	kind := l4Src.Get64(k)
	if ethType.Get64(k) != etherIPv6 || kind != 135 && kind != 136 {
		return nil
	}
	target := ndTarget.Get(k).Bytes()
	mac := packet.MACOf(arpSHA.Get64(k))
	option := byte(1)
	if kind == 136 {
		mac, option = packet.MACOf(arpTHA.Get64(k)), 2
	}
	return slices.Concat(target[:], []byte{option, 1}, mac[:])
}

// answerTo is what a machine sends back to a packet that it was sent; nil where machines stay silent.
func answerTo(p *packet.Packet) []byte {
	k := &p.Key
	e := packet.Ether{Src: packet.MACOf(ethDst.Get64(k)), Dst: packet.MACOf(ethSrc.Get64(k)), TCI: uint16(packet.VLANTCI.Get64(k))}
	if ethDst.Get64(k)>>40&1 != 0 || !p.IsIP() {
		return nil
	}
	ip := packet.IP{Src: p.Dst(), Dst: p.Src(), TTL: 64, DF: true}
	switch p.Proto() {
	case packet.ProtoTCP:
		if t, ok := p.TCP(); ok && t.Flags&packet.RST == 0 {
			back := packet.TCP{Src: t.Dst, Dst: t.Src, Flags: packet.ACK, Seq: 1, Ack: t.Seq + 1, Window: 65535}
			if t.Flags&packet.SYN != 0 {
				back.Flags |= packet.SYN
			}
			return packet.Build(e, ip, back)
		}
	case packet.ProtoUDP:
		return packet.Build(e, ip, packet.UDP{Src: uint16(l4Dst.Get64(k)), Dst: uint16(l4Src.Get64(k))})
	case packet.ProtoICMP:
		return echoReply(p, e, ip, 8, 0)
	case packet.ProtoICMPv6:
		return echoReply(p, e, ip, 128, 129)
	}
	return nil
}

func echoReply(p *packet.Packet, e packet.Ether, ip packet.IP, request, reply uint8) []byte {
	if l4Src.Get64(&p.Key) != uint64(request) {
		return nil
	}
	return packet.Build(e, ip, packet.ICMP{Type: reply, Rest: packet.Echo(p.ICMPID(), 0), Payload: p.Payload()})
}

// station is a machine that answers for its addresses and does nothing else.
type station struct {
	sim   *Sim
	port  string
	mac   packet.MAC
	addrs []netip.Addr
}

// stations are the machines on the ports that say what addresses they have, and the sender with what it sends from.
func stations(sb *pipeline.Southbound, microflow *expr.Key, inport string) map[string]*station {
	all := map[string]*station{}
	for _, b := range sb.Ports {
		if s, ok := stationOf(b); ok {
			all[b.LogicalPort] = s
		}
	}
	if all[inport] == nil {
		all[inport] = &station{port: inport, mac: packet.MACOf(ethSrc.Get64(microflow))}
	}
	switch ethType.Get64(microflow) {
	case etherIPv4, etherARP:
		all[inport].addrs = append(all[inport].addrs, addr4(ip4Src, microflow))
	case etherIPv6:
		all[inport].addrs = append(all[inport].addrs, addr6(ip6Src, microflow))
	}
	return all
}

// stationOf is the machine on a port, if the port says what addresses it has.
func stationOf(b *pipeline.PortBinding) (*station, bool) {
	if b.Type != "" && b.Type != "localport" && b.Type != "external" {
		return nil, false
	}
	for _, text := range b.MAC {
		words := strings.Fields(text)
		if len(words) < 2 {
			continue
		}
		mac, ok := parseMAC(words[0])
		if !ok {
			continue
		}
		s := &station{port: b.LogicalPort, mac: packet.MACOf(mac)}
		for _, w := range words[1:] {
			if a, err := netip.ParseAddr(w); err == nil {
				s.addrs = append(s.addrs, a)
			}
		}
		return s, true
	}
	return nil, false
}

// Receive answers ARP requests and neighbour solicitations for the machine's own addresses.
func (s *station) Receive(frame []byte) {
	p, err := packet.Decode(frame)
	if err != nil {
		return
	}
	k := &p.Key
	switch {
	case ethType.Get64(k) == etherARP && arpOp.Get64(k) == 1 && slices.Contains(s.addrs, addr4(ip4Dst, k)):
		to := packet.MACOf(arpSHA.Get64(k))
		s.send(packet.BuildARP(packet.Ether{Src: s.mac, Dst: to}, packet.ARP{Op: 2, SHA: s.mac, SPA: addr4(ip4Dst, k), THA: to, TPA: addr4(ip4Src, k)}))
	case p.Is6() && p.Proto() == packet.ProtoICMPv6 && l4Src.Get64(k) == 135 && slices.Contains(s.addrs, addr6(ndTarget, k)):
		target := ndTarget.Get(k).Bytes()
		// Solicited and override flags (RFC 4861, 4.4), then the target and its link-layer address.
		s.send(packet.Build(packet.Ether{Src: s.mac, Dst: packet.MACOf(ethSrc.Get64(k))}, packet.IP{Src: addr6(ndTarget, k), Dst: p.Src(), TTL: 255},
			packet.ICMP{Type: 136, Rest: 0x60000000, Payload: slices.Concat(target[:], []byte{2, 1}, s.mac[:])}))
	}
}

// send ignores what becomes of the answer: the port is there, or the machine would not be.
func (s *station) send(frame []byte) { _ = s.sim.Inject(s.port, frame) }
