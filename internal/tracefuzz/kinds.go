package tracefuzz

import (
	"fmt"
	"net/netip"
	"sort"
)

const broadcast = "ff:ff:ff:ff:ff:ff"

func (w *world) arp(p *packet) {
	dst, op := w.of(broadcast, broadcast, broadcast, ""), w.of("1", "1", "1", "1", "2", "2", "3")
	w.ethernet(p, dst)
	src := w.source(p, false)
	target := w.destination(false)
	switch w.Intn(8) {
	case 0: // gratuitous
		target = src
	case 1: // a probe
		src = "0.0.0.0"
	}
	kind := "arp"
	p.add("arp.op == %s", op)
	sha := p.at.mac
	if w.chance(12) {
		sha = w.of(append(w.macs, "00:00:5e:00:01:07")...)
	}
	p.add("%s.sha == %s", kind, sha)
	p.add("%s.spa == %s", kind, src)
	p.add("%s.tha == %s", kind, w.of("00:00:00:00:00:00", broadcast, "02:00:00:00:00:44"))
	p.add("%s.tpa == %s", kind, target)
}

// solicited is the multicast address that asks for an address, and its Ethernet address (RFC 4291, 2.7.1).
func solicited(target string) (ip, mac string) {
	a, err := netip.ParseAddr(target)
	if err != nil {
		return "ff02::1:ff00:0", "33:33:ff:00:00:00"
	}
	b := a.As16()
	return netip.MustParseAddr(fmt.Sprintf("ff02::1:ff%02x:%02x%02x", b[13], b[14], b[15])).String(), fmt.Sprintf("33:33:ff:%02x:%02x:%02x", b[13], b[14], b[15])
}

func (w *world) solicit(p *packet) {
	target := w.destination(true)
	group, mac := solicited(target)
	if w.chance(3) {
		group, mac = target, ""
	}
	w.ethernet(p, mac)
	src := w.source(p, true)
	if w.chance(6) {
		src = "::"
	}
	w.ip6(p, src, group)
	p.add("icmp6.type == 135")
	p.add("icmp6.code == 0")
	p.add("nd.target == %s", target)
	if !w.chance(4) {
		p.add("nd.sll == %s", w.of(p.at.mac, p.at.mac, "02:00:00:00:00:77", "00:00:00:00:00:00"))
	}
}

// ip6 adds the header of neighbour discovery.
func (w *world) ip6(p *packet, src, dst string) {
	p.add("ip6.src == %s", src)
	p.add("ip6.dst == %s", dst)
	p.add("ip.ttl == %s", w.of("255", "255", "255", "255", "64", "1"))
}

func (w *world) advertise(p *packet) {
	src := w.source(p, true)
	w.ethernet(p, w.of("33:33:00:00:00:01", ""))
	w.ip6(p, src, w.of("ff02::1", w.destination(true)))
	p.add("icmp6.type == 136")
	p.add("icmp6.code == 0")
	p.add("nd.target == %s", w.of(src, src, w.destination(true)))
	if !w.chance(4) {
		p.add("nd.tll == %s", w.of(p.at.mac, p.at.mac, "02:00:00:00:00:77"))
	}
}

func (w *world) routerDiscovery(p *packet) {
	w.ethernet(p, w.of("33:33:00:00:00:02", "33:33:00:00:00:01", ""))
	w.ip6(p, w.of(w.source(p, true), "fe80::9", "::"), w.of("ff02::2", "ff02::2", "ff02::1", w.destination(true)))
	p.add("icmp6.type == %s", w.of("133", "133", "134", "137"))
	p.add("icmp6.code == 0")
}

func (w *world) membership(p *packet) {
	if w.chance(2) {
		w.ethernet(p, w.of("01:00:5e:00:00:01", "01:00:5e:01:02:03", "01:00:5e:00:00:16"))
		w.ip(p, w.source(p, false), w.of("224.0.0.1", "239.1.2.3", "224.0.0.22"))
		p.add("ip.proto == 2")
		return
	}
	w.ethernet(p, w.of("33:33:00:00:00:16", "33:33:00:00:00:01", ""))
	w.ip6(p, w.of("fe80::9", "::", w.source(p, true)), w.of("ff02::16", "ff02::1", "ff02::2", "ff0e::fb"))
	p.add("icmp6.type == %s", w.of("130", "131", "132", "143"))
	p.add("icmp6.code == 0")
}

func (w *world) multicast(p *packet) {
	if w.chance(2) {
		w.ethernet(p, w.of("01:00:5e:01:02:03", "01:00:5e:00:00:fb", broadcast))
		w.ip(p, w.source(p, false), w.of("239.1.2.3", "224.0.0.251", "224.0.1.1", "255.255.255.255", "10.0.0.255"))
	} else {
		w.ethernet(p, w.of("33:33:00:00:00:fb", "33:33:00:00:00:01"))
		w.ip(p, w.source(p, true), w.of("ff0e::fb", "ff02::fb", "ff02::1", "ff05::1:3"))
	}
	p.add("udp.src == 5353")
	p.add("udp.dst == %s", w.of("5353", "5000", "67"))
}

func (w *world) icmpError(p *packet) {
	six := w.chance(2)
	w.ethernet(p, "")
	w.ip(p, w.source(p, six), w.destination(six))
	if six {
		p.add("icmp6.type == %s", w.of("1", "2", "3", "4"))
		p.add("icmp6.code == %s", w.of("0", "1", "4"))
		return
	}
	p.add("icmp4.type == %s", w.of("3", "11", "5", "12"))
	p.add("icmp4.code == %s", w.of("0", "1", "3", "4"))
}

func (w *world) dhcp(p *packet) {
	if w.chance(3) {
		w.ethernet(p, w.of("33:33:00:01:00:02", ""))
		w.ip(p, w.of("fe80::9", w.source(p, true)), w.of("ff02::1:2", w.destination(true)))
		p.add("udp.src == %s", w.of("546", "547"))
		p.add("udp.dst == %s", w.of("547", "546"))
		return
	}
	w.ethernet(p, w.of(broadcast, ""))
	w.ip(p, w.of("0.0.0.0", w.source(p, false)), w.of("255.255.255.255", w.destination(false)))
	p.add("udp.src == %s", w.of("68", "67"))
	p.add("udp.dst == %s", w.of("67", "67", "68"))
}

func (w *world) dns(p *packet) {
	six := w.chance(4)
	w.ethernet(p, "")
	w.ip(p, w.source(p, six), w.destination(six))
	p.add("udp.src == %s", w.of("4444", "53"))
	p.add("udp.dst == %s", w.of("53", "53", "4444"))
}

func (w *world) routing(p *packet) {
	six := w.chance(4)
	w.ethernet(p, "")
	w.ip(p, w.source(p, six), w.destination(six))
	protocol := w.of("udp", "udp", "tcp")
	ports := map[string][]string{"udp": {"3784", "4784", "49152", "4789", "6081", "520"}, "tcp": {"179", "1790", "40000"}}[protocol]
	p.add("%s.src == %s", protocol, w.of(ports...))
	p.add("%s.dst == %s", protocol, w.of(ports...))
}

func (w *world) fragment(p *packet) {
	six := w.chance(3)
	w.ethernet(p, "")
	w.ip(p, w.source(p, six), w.destination(six))
	p.add("ip.frag == %s", w.of("1", "3", "2", "0"))
	w.transport(p, w.of("tcp", "udp", "icmp"), w.port(), six)
}

func (w *world) layerTwo(p *packet) {
	w.ethernet(p, "")
	switch w.Intn(6) {
	case 0:
		p.add("eth.type == %s", w.of("0x88cc", "0x8847", "0x0800", "0x86dd", "0x0806", "0x8100", "0x22f0"))
	case 1:
		p.add("vlan.vid == %s", w.of("5", "0", "4095", "100"))
	case 2:
		p.add("vlan.present")
	case 3:
		p.add("vlan.tci == %s", w.of("0x1005", "0x3007", "5", "0"))
	case 4:
		p.add("rarp")
	}
}

func (w *world) odd(p *packet) {
	w.ethernet(p, "")
	p.add("%s", w.of("ip4", "ip6", "ip4.dst == 10.0.0.1 && sctp", "ip6.label == 5", "ip4 && ip.proto == 58", "ip6 && ip.proto == 1",
		"igmp", "ip4.mcast", "eth.mcast", "eth.bcast", "arp", "nd", "nd_ns", "nd_na", "nd_rs", "nd_ra", "icmp4", "icmp6", "mldv1", "mldv2", "tcp && ip4", "udp && ip6",
		"ip.proto == 6 && ip4", "ip.is_frag && ip4", "ip.first_frag && ip4", "ip.later_frag && ip4", "ip4 && !ip.is_frag", "nd_ns_mcast", "bfd", "eth.bcast && arp"))
}

// text adds what ovn-trace may refuse.
func (w *world) text(p *packet) {
	if w.chance(2) {
		w.ethernet(p, "")
	}
	p.add("%s", w.of("tcp", "tcp.dst == 80", "ip4 && ip6", "ip4 && tcp.dst > 1024", "nonsense", "ip4.src == {10.0.0.1, 10.0.0.2}", "ip4.src == 10.0.0.0/8", "ip4.src == $nothing",
		"outport == @nothing", "ip4.dst == 10.0.0.1 || ip4.dst == 10.0.0.2", "(ip4", "ip4)", "ip4.dst = 10.0.0.1", "ip4.dst == 10.0.0.300", "eth.type != 0x800", "!ip4", "1", "0",
		"ip4.dst == 10.0.0.1 && ip4.dst == 10.0.0.2", "tcp.dst[0..7] == 5 && ip4", "reg0[3] == 1", "xxreg0 == 5", "ct.new", "ct.est && !ct.new", "ip.ttl == {1}", "ip4.ttl == 1",
		"is_chassis_resident(\"nowhere\")", "inport == \"other\"", "outport == \"nowhere\"", "ip4.src != 10.0.0.1", "icmp4.type == 8 && udp.dst == 5", "eth.src == 0:1:2:3:4:5",
		"tcp.flags == 2 && ip4", "arp.op == 256", "ip.dscp == 64 && ip4", "vlan.pcp == 3", "eth.dst[40]", "ip4.dst == 10.0.0.1 && ip4.dst[0..7] == 1", "ip6.dst == ::ffff:1.2.3.4", "ip6.dst == 1::2/129"))
	if w.chance(10) {
		p.terms = append([]string{w.of(`inport == "nowhere"`, `inport == {"a", "b"}`, `inport != "a"`, `inport == ""`, "inport == 5")}, p.terms...)
	}
}

// metadata adds what only flows see.
func (w *world) metadata(p *packet) {
	p.add("%s", w.of("reg0 == 5", "xxreg0 == 0xffff0000000000000000000000000001", "flags.loopback", "flags.force_snat_for_lb == 1", "reg9[1] == 1", "ct.est", "ct.new && ct.trk", "ct_mark == 2", "ct_mark.blocked == 1",
		"ct_label == 0xf0000000000000000", "pkt.mark == 7", fmt.Sprintf("outport == %s", quoted(w.place().port)), "ct_label.ecmp_reply_port == 3", "ip.dscp == 7", "xreg4 == 0x100000002",
		"flags.from_ctrl == 1", "ct_state == 0x21", "ct.inv == 1", "ct_tp_dst == 80", "ct_nw_dst() == 5", "remote_outport == \"x\"", "reg10[0] == 1", "flags == 0x3"))
}

func sortVIPs(v []vip) {
	sort.Slice(v, func(i, j int) bool {
		return fmt.Sprint(v[i]) < fmt.Sprint(v[j])
	})
}
