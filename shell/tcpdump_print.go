package shell

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ovnsim/lb"
	"ovnsim/sim/packet"
)

// framePrinter prints frames as tcpdump -nn does.
type framePrinter struct {
	ether, noTime, payload bool
	first                  map[lb.Tuple]uint32 // the first sequence number of each direction of a connection
}

func newFramePrinter(ether, noTime, payload bool) framePrinter {
	return framePrinter{ether, noTime, payload, map[lb.Tuple]uint32{}}
}

func (f *framePrinter) line(at time.Duration, p *packet.Packet) string {
	var b strings.Builder
	if !f.noTime {
		b.WriteString(time.Unix(0, int64(at)).UTC().Format("15:04:05.000000 "))
	}
	k := &p.Key
	kind := packet.EthType.Get64(k)
	if f.ether {
		fmt.Fprintf(&b, "%s > %s, ethertype %s (0x%04x), length %d: ", packet.MACOf(packet.EthSrc.Get64(k)), packet.MACOf(packet.EthDst.Get64(k)),
			etherTypes[kind], kind, len(p.Frame()))
	}
	switch {
	case kind == packet.TypeARP:
		b.WriteString(arpText(p, f.ether))
	case p.Is4():
		b.WriteString(ifElse(f.ether, "", "IP ") + f.ip(p))
	case p.Is6():
		b.WriteString(ifElse(f.ether, "", "IP6 ") + f.ip(p))
	default:
		fmt.Fprintf(&b, "ethertype 0x%04x, length %d", kind, len(p.Frame()))
	}
	if f.payload && len(p.Payload()) > 0 {
		b.WriteString("\n" + printable(p.Payload()))
	}
	return b.String()
}

func ifElse(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

func printable(data []byte) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= ' ' && r < 127 {
			return r
		}
		if r == '\r' {
			return -1
		}
		return '.'
	}, string(data))
}

var etherTypes = map[uint64]string{packet.TypeARP: "ARP", packet.TypeIPv4: "IPv4", packet.TypeIPv6: "IPv6", packet.TypeVLAN: "802.1Q", packet.TypeRARP: "Reverse ARP"}

func arpText(p *packet.Packet, ether bool) string {
	k := &p.Key
	spa, tpa := packet.Addr4(packet.ARPSPA.Get64(k)), packet.Addr4(packet.ARPTPA.Get64(k))
	head := ifElse(ether, "", "ARP, ")
	length := len(p.Frame()) - 14
	switch op := packet.ARPOp.Get64(k); op {
	case 1:
		to := ""
		if tha := packet.MACOf(packet.ARPTHA.Get64(k)); tha != (packet.MAC{}) && tha != packet.Broadcast {
			to = fmt.Sprintf(" (%s)", tha)
		}
		if spa == tpa {
			return fmt.Sprintf("%sAnnouncement %s, length %d", head, spa, length)
		}
		return fmt.Sprintf("%sRequest who-has %s%s tell %s, length %d", head, tpa, to, spa, length)
	case 2:
		return fmt.Sprintf("%sReply %s is-at %s, length %d", head, spa, packet.MACOf(packet.ARPSHA.Get64(k)), length)
	default:
		return fmt.Sprintf("%sop %d, length %d", head, op, length)
	}
}

func (f *framePrinter) ip(p *packet.Packet) string {
	src, dst := p.Src(), p.Dst()
	plain := fmt.Sprintf("%s > %s: ", src, dst)
	if part, ok := p.Fragment(); ok && part.Start > 0 {
		return fmt.Sprintf("%s%s", plain, strings.ToLower(lb.ProtoName(part.Proto)))
	}
	if !p.HasL4() {
		return fmt.Sprintf("%s%s, length %d", plain, lb.ProtoName(p.Proto()), len(p.Payload()))
	}
	t := p.Tuple()
	ports := fmt.Sprintf("%s.%d > %s.%d: ", src, t.SrcPort, dst, t.DstPort)
	switch p.Proto() {
	case packet.ProtoTCP:
		if tcp, ok := p.TCP(); ok {
			return ports + f.tcp(tcp, t)
		}
	case packet.ProtoUDP:
		return ports + udpText(t, p.Payload())
	case packet.ProtoICMP, packet.ProtoICMPv6:
		return plain + icmpText(p)
	}
	return fmt.Sprintf("%s%s, length %d", plain, lb.ProtoName(p.Proto()), len(p.Payload()))
}

// dhcp6Names are the messages of DHCPv6 (RFC 8415 section 7.3) as tcpdump has them.
var dhcp6Names = []string{"msgtype-0", "solicit", "advertise", "request", "confirm", "renew", "rebind", "reply", "release", "decline",
	"reconfigure", "inf-req", "relay-fwd", "relay-reply"}

// udpText prints what a datagram carries.
func udpText(t lb.Tuple, payload []byte) string {
	if six := t.SrcPort == 546 || t.SrcPort == 547 || t.DstPort == 546 || t.DstPort == 547; six && len(payload) > 0 && int(payload[0]) < len(dhcp6Names) {
		return "dhcp6 " + dhcp6Names[payload[0]]
	}
	bootp := t.SrcPort == 67 || t.SrcPort == 68 || t.DstPort == 67 || t.DstPort == 68
	switch {
	case !bootp || len(payload) < 34:
		return fmt.Sprintf("UDP, length %d", len(payload))
	case payload[0] == 1:
		return fmt.Sprintf("BOOTP/DHCP, Request from %s, length %d", packet.MAC(payload[28:34]), len(payload))
	}
	return fmt.Sprintf("BOOTP/DHCP, Reply, length %d", len(payload))
}

// tcp prints a segment; sequence numbers count from the connection's first that was seen, as tcpdump's do.
func (f *framePrinter) tcp(t packet.TCP, way lb.Tuple) string {
	back := way
	back.Src, back.Dst, back.SrcPort, back.DstPort = way.Dst, way.Src, way.DstPort, way.SrcPort
	base, known := f.first[way]
	if t.Flags&packet.SYN != 0 || !known {
		if t.Flags&packet.SYN != 0 {
			f.first[way] = t.Seq
		}
		base = 0
	}
	seq := t.Seq - base
	var b strings.Builder
	fmt.Fprintf(&b, "Flags [%s]", packet.FlagNames(t.Flags))
	switch n := uint32(len(t.Payload)); {
	case n > 0:
		fmt.Fprintf(&b, ", seq %d:%d", seq, seq+n)
	case t.Flags&(packet.SYN|packet.FIN|packet.RST) != 0:
		fmt.Fprintf(&b, ", seq %d", seq)
	}
	if t.Flags&packet.ACK != 0 {
		ack := t.Ack
		if first, ok := f.first[back]; ok && t.Flags&packet.SYN == 0 {
			ack -= first
		}
		fmt.Fprintf(&b, ", ack %d", ack)
	}
	fmt.Fprintf(&b, ", win %d", t.Window)
	if options := tcpOptions(t.Options); options != "" {
		fmt.Fprintf(&b, ", options [%s]", options)
	}
	fmt.Fprintf(&b, ", length %d", len(t.Payload))
	return b.String()
}

func tcpOptions(o []byte) string {
	var out []string
	for len(o) > 0 && o[0] != 0 {
		if o[0] == 1 {
			out, o = append(out, "nop"), o[1:]
			continue
		}
		if len(o) < 2 || int(o[1]) < 2 || int(o[1]) > len(o) {
			break
		}
		value := o[2:o[1]]
		switch {
		case o[0] == 2 && len(value) == 2:
			out = append(out, fmt.Sprintf("mss %d", binary.BigEndian.Uint16(value)))
		case o[0] == 3 && len(value) == 1:
			out = append(out, fmt.Sprintf("wscale %d", value[0]))
		case o[0] == 4:
			out = append(out, "sackOK")
		case o[0] == 8 && len(value) == 8:
			out = append(out, fmt.Sprintf("TS val %d ecr %d", binary.BigEndian.Uint32(value), binary.BigEndian.Uint32(value[4:])))
		default:
			out = append(out, fmt.Sprintf("unknown-%d", o[0]))
		}
		o = o[o[1]:]
	}
	if len(o) > 0 && o[0] == 0 {
		out = append(out, "eol")
	}
	return strings.Join(out, ",")
}

var icmpUnreachable = map[byte]string{0: "net", 1: "host", 2: "protocol", 9: "net", 10: "host", 13: "host"}

func icmpText(p *packet.Packet) string {
	seg := p.Segment()
	if len(seg) < 8 {
		return "ICMP, length 0"
	}
	kind, code, n := seg[0], seg[1], len(seg)
	id, seq := binary.BigEndian.Uint16(seg[4:]), binary.BigEndian.Uint16(seg[6:])
	if !p.Is4() {
		return icmp6Text(p, seg)
	}
	inner, ok := p.Inner()
	switch {
	case kind == 8:
		return fmt.Sprintf("ICMP echo request, id %d, seq %d, length %d", id, seq, n)
	case kind == 0:
		return fmt.Sprintf("ICMP echo reply, id %d, seq %d, length %d", id, seq, n)
	case kind == 3 && code == 3 && ok:
		return fmt.Sprintf("ICMP %s %s port %d unreachable, length %d", inner.Dst, lb.ProtoName(inner.Proto), inner.DstPort, n)
	case kind == 3 && code == 4 && ok:
		return fmt.Sprintf("ICMP %s unreachable - need to frag (mtu %d), length %d", inner.Dst, seq, n)
	case kind == 3 && ok && icmpUnreachable[code] != "":
		admin := ifElse(code >= 9, " - admin prohibited", "")
		return fmt.Sprintf("ICMP %s %s unreachable%s, length %d", icmpUnreachable[code], inner.Dst, admin, n)
	case kind == 11:
		return fmt.Sprintf("ICMP time exceeded in-transit, length %d", n)
	}
	return fmt.Sprintf("ICMP type-#%d code-#%d, length %d", kind, code, n)
}

func icmp6Text(p *packet.Packet, seg []byte) string {
	kind, n := seg[0], len(seg)
	id, seq := binary.BigEndian.Uint16(seg[4:]), binary.BigEndian.Uint16(seg[6:])
	var target netip.Addr
	if n >= 24 {
		target = netip.AddrFrom16([16]byte(seg[8:24]))
	}
	switch kind {
	case 128:
		return fmt.Sprintf("ICMP6, echo request, id %d, seq %d, length %d", id, seq, n)
	case 129:
		return fmt.Sprintf("ICMP6, echo reply, id %d, seq %d, length %d", id, seq, n)
	case 133:
		return fmt.Sprintf("ICMP6, router solicitation, length %d", n)
	case 134:
		return fmt.Sprintf("ICMP6, router advertisement, length %d", n)
	case 135:
		return fmt.Sprintf("ICMP6, neighbor solicitation, who has %s, length %d", target, n)
	case 136:
		return fmt.Sprintf("ICMP6, neighbor advertisement, tgt is %s, length %d", target, n)
	case 1:
		return fmt.Sprintf("ICMP6, destination unreachable, length %d", n)
	case 2:
		return fmt.Sprintf("ICMP6, packet too big, mtu %d, length %d", binary.BigEndian.Uint32(seg[4:]), n)
	case 3:
		return fmt.Sprintf("ICMP6, time exceeded in-transit, length %d", n)
	}
	return fmt.Sprintf("ICMP6, type-#%d, length %d", kind, n)
}
