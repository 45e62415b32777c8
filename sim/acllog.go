package sim

import (
	"fmt"
	"strings"
	"time"

	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// ACLRecord is what an ACL with log=true logged of a packet.
type ACLRecord struct {
	At                                       time.Duration
	Chassis                                  string
	Name, Verdict, Severity, Direction, Flow string
}

// String is the record as ovn-controller's log has it.
func (r ACLRecord) String() string {
	return fmt.Sprintf("name=%q, verdict=%s, severity=%s, direction=%s: %s", r.Name, r.Verdict, r.Severity, r.Direction, r.Flow)
}

// maxACLRecords is how many records are kept; the oldest half goes when there are more.
const maxACLRecords = 1 << 14

// ACLLog is what ACLs have logged, as far as their meters let them, the oldest first.
func (s *Sim) ACLLog() []ACLRecord { return s.acls }

// note logs a packet.
func (l *live) note(f *frame, a *action.Log) {
	r := ACLRecord{At: l.sim.Now(), Chassis: l.name, Name: a.Name, Verdict: a.Verdict.String(), Severity: a.Severity.String(), Direction: "from-lport", Flow: packetText(&f.pkt)}
	if f.at.Pipeline == action.Egress {
		r.Direction = "to-lport"
	}
	r.Name = orElse(r.Name, "<unnamed>")
	if len(l.sim.acls) >= maxACLRecords {
		l.sim.acls = append([]ACLRecord(nil), l.sim.acls[maxACLRecords/2:]...)
	}
	l.sim.acls = append(l.sim.acls, r)
}

// packetText prints a packet as Open vSwitch prints the flow that it belongs to.
func packetText(p *packet.Packet) string {
	k := &p.Key
	tci := "vlan_tci=0x0000"
	if t := packet.VLANTCI.Get64(k); t&vlanPresent != 0 {
		tci = fmt.Sprintf("dl_vlan=%d,dl_vlan_pcp=%d", t&vlanID, t>>13)
	}
	head := fmt.Sprintf("%s,dl_src=%s,dl_dst=%s", tci, packet.MACOf(ethSrc.Get64(k)), packet.MACOf(ethDst.Get64(k)))
	switch kind := ethType.Get64(k); kind {
	case etherARP, etherRARP:
		return fmt.Sprintf("%s,%s,arp_spa=%s,arp_tpa=%s,arp_op=%d,arp_sha=%s,arp_tha=%s", map[uint64]string{etherARP: "arp", etherRARP: "rarp"}[kind], head,
			packet.Addr4(packet.ARPSPA.Get64(k)), packet.Addr4(packet.ARPTPA.Get64(k)), packet.ARPOp.Get64(k),
			packet.MACOf(packet.ARPSHA.Get64(k)), packet.MACOf(packet.ARPTHA.Get64(k)))
	case etherIPv4, etherIPv6:
		name, l4 := l4Text(p)
		return name + "," + head + "," + ipText(p) + l4
	default:
		return fmt.Sprintf("%s,dl_type=0x%04x", head, kind)
	}
}

func ipText(p *packet.Packet) string {
	k := &p.Key
	ends := fmt.Sprintf("nw_src=%s,nw_dst=%s", p.Src(), p.Dst())
	if p.Is6() {
		ends = fmt.Sprintf("ipv6_src=%s,ipv6_dst=%s,ipv6_label=0x%05x", p.Src(), p.Dst(), packet.IP6Flow.Get64(k))
	}
	frag := [...]string{"no", "first", "no", "later"}[packet.IPFrag.Get64(k)&3]
	return fmt.Sprintf("%s,nw_tos=%d,nw_ecn=%d,nw_ttl=%d,nw_frag=%s", ends, packet.IPDSCP.Get64(k)<<2, packet.IPECN.Get64(k), ipTTL.Get64(k), frag)
}

// transports is the names of protocols whose ports are shown.
var transports = map[uint8]string{protoTCP: "tcp", protoUDP: "udp", protoSCTP: "sctp"}

// l4Text is the name of an IP packet's protocol, and what is behind its IP header.
func l4Text(p *packet.Packet) (name, text string) {
	six, k := "", &p.Key
	if p.Is6() {
		six = "6"
	}
	proto := p.Proto()
	switch {
	case transports[proto] != "":
		text = numbers(k, "tp_src", "tp_dst")
		if proto == protoTCP {
			text += ",tcp_flags=" + flagText(packet.TCPFlags.Get64(k))
		}
		return transports[proto] + six, text
	case p.IsICMP():
		return "icmp" + six, numbers(k, "icmp_type", "icmp_code")
	case p.Is6():
		return "ipv6", fmt.Sprintf(",nw_proto=%d", proto)
	}
	return "ip", fmt.Sprintf(",nw_proto=%d", proto)
}

func numbers(k *expr.Key, first, second string) string {
	return fmt.Sprintf(",%s=%d,%s=%d", first, packet.L4Src.Get64(k), second, packet.L4Dst.Get64(k))
}

// flagText is the names of TCP flags.
func flagText(flags uint64) string {
	var out []string
	for i, name := range [...]string{"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns"} {
		if flags&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		return "0"
	}
	return strings.Join(out, "|")
}
