package packet

import (
	"fmt"
	"net/netip"
	"strings"

	"ovnsim/lb"
)

// String prints the packet as it is now on one line:
//
//	02:00:00:00:00:01 > 02:00:00:00:00:02 ttl 64 10.0.0.1:1024 > 10.0.0.2:80 tcp S seq 1 ack 0 len 0
func (p *Packet) String() string {
	k := &p.Key
	s := fmt.Sprintf("%s > %s", MACOf(EthSrc.Get64(k)), MACOf(EthDst.Get64(k)))
	if tci := VLANTCI.Get64(k); tci&vlanPresent != 0 {
		s += fmt.Sprintf(" vlan %d", tci&0xfff)
	}
	switch kind := EthType.Get64(k); {
	case p.IsIP():
		return s + p.ipLine()
	case (kind == TypeARP || kind == TypeRARP) && p.at.l3 != 0:
		return s + p.arpLine()
	default:
		return s + fmt.Sprintf(" type 0x%04x len %d", kind, len(p.frame))
	}
}

func (p *Packet) arpLine() string {
	k := &p.Key
	spa, tpa := Addr4(ARPSPA.Get64(k)), Addr4(ARPTPA.Get64(k))
	switch op := ARPOp.Get64(k); op {
	case 1:
		return fmt.Sprintf(" arp who-has %s tell %s", tpa, spa)
	case 2:
		return fmt.Sprintf(" arp %s is-at %s", spa, MACOf(ARPSHA.Get64(k)))
	default:
		return fmt.Sprintf(" arp op %d %s > %s", op, spa, tpa)
	}
}

func (p *Packet) ipLine() string {
	k := &p.Key
	s := fmt.Sprintf(" ttl %d ", IPTTL.Get64(k))
	name, proto := lb.ProtoName(p.Proto()), p.at.proto
	switch {
	case !p.HasL4() || proto == ProtoIGMP:
		s += fmt.Sprintf("%s > %s %s", p.Src(), p.Dst(), name)
	case p.IsICMP():
		s += fmt.Sprintf("%s > %s %s type %d code %d", p.Src(), p.Dst(), name, L4Src.Get64(k), L4Dst.Get64(k))
		if inner, ok := p.Inner(); ok {
			s += fmt.Sprintf(" about (%s)", inner)
		} else {
			s += fmt.Sprintf(" id %d", p.ICMPID())
		}
	default:
		src := netip.AddrPortFrom(p.Src(), uint16(L4Src.Get64(k)))
		s += fmt.Sprintf("%s > %s %s", src, netip.AddrPortFrom(p.Dst(), uint16(L4Dst.Get64(k))), name)
	}
	if t, ok := p.TCP(); ok {
		s += fmt.Sprintf(" %s seq %d ack %d", FlagNames(t.Flags), t.Seq, t.Ack)
	}
	if frag := IPFrag.Get64(k); frag != 0 {
		s += " " + strings.TrimSuffix([]string{"", "first fragment", "", "later fragment"}[frag], " ")
	}
	return s + fmt.Sprintf(" len %d", len(p.Payload()))
}
