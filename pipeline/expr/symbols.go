package expr

import "strings"

// row is how the table below writes a symbol. A field has a place (word of the Key, lowest bit there); a subfield names its
// field and bits; a predicate says what it expands to.
type row struct {
	name   string
	level  Level
	width  int
	word   int
	bit    int
	write  Write
	prereq string
	is     string // "field[low..high]", "field[bit]", or a predicate's expansion
	pred   bool
	icmp   bool
}

// rows is every symbol of ovn-sb(5), and those that OVN 26.03 knows besides. Later rows may use earlier ones only.
var rows = []row{
	// Registers: wide ones are the fields, the narrow ones parts of them.
	{name: "xxreg0", level: Ordinal, width: 128, word: 1, write: Anywhere},
	{name: "xxreg1", level: Ordinal, width: 128, word: 3, write: Anywhere},
	{name: "xreg4", level: Ordinal, width: 64, word: 4, write: Anywhere},
	{name: "xreg0", is: "xxreg0[64..127]", write: Anywhere},
	{name: "xreg1", is: "xxreg0[0..63]", write: Anywhere},
	{name: "xreg2", is: "xxreg1[64..127]", write: Anywhere},
	{name: "xreg3", is: "xxreg1[0..63]", write: Anywhere},
	{name: "reg0", is: "xxreg0[96..127]", write: Anywhere},
	{name: "reg1", is: "xxreg0[64..95]", write: Anywhere},
	{name: "reg2", is: "xxreg0[32..63]", write: Anywhere},
	{name: "reg3", is: "xxreg0[0..31]", write: Anywhere},
	{name: "reg4", is: "xxreg1[96..127]", write: Anywhere},
	{name: "reg5", is: "xxreg1[64..95]", write: Anywhere},
	{name: "reg6", is: "xxreg1[32..63]", write: Anywhere},
	{name: "reg7", is: "xxreg1[0..31]", write: Anywhere},
	{name: "reg8", is: "xreg4[32..63]", write: Anywhere},
	{name: "reg9", is: "xreg4[0..31]", write: Anywhere},

	// Ports: numbers of Names, 32 bits each.
	{name: "inport", level: Nominal, word: 6, bit: 32, write: Anywhere},
	{name: "outport", level: Nominal, word: 6, write: Anywhere},
	{name: "remote_outport", level: Nominal, word: 0, write: Anywhere}, // is reg1 in OVN too

	// The same bits as numbers: the highest is set of the remote ends of EVPN, which ovn-controller numbers by itself.
	{name: "__inport", level: Ordinal, width: 32, word: 6, bit: 32},
	{name: "__outport", level: Ordinal, width: 32, word: 6},
	{name: "from_evpn_vtep", is: "__inport[31]", pred: true, level: Boolean},
	{name: "to_evpn_vtep", is: "__outport[31]", pred: true, level: Boolean},

	{name: "flags", level: Ordinal, width: 32, word: 5, bit: 32, write: Anywhere},
	{name: "flags.loopback", is: "flags[0]", write: Anywhere},
	{name: "flags.force_snat_for_dnat", is: "flags[2]", write: Anywhere},
	{name: "flags.force_snat_for_lb", is: "flags[3]", write: Anywhere},
	{name: "flags.skip_snat_for_lb", is: "flags[9]", write: Anywhere},
	{name: "flags.use_snat_zone", is: "flags[11]", write: Anywhere},
	{name: "flags.localnet", is: "flags[15]", write: Anywhere},
	{name: "flags.tunnel_rx", is: "flags[16]", write: Anywhere},
	{name: "flags.icmp_snat", is: "flags[17]", write: Anywhere},
	{name: "flags.from_ctrl", is: "flags[19]", write: Anywhere},
	{name: "flags.unsnat_new", is: "flags[20]", write: Anywhere},
	{name: "flags.unsnat_not_tracked", is: "flags[21]", write: Anywhere},
	{name: "flags.igmp_loopback", is: "flags[22]", write: Anywhere},
	{name: "flags.pkt_sampled", is: "flags[23]", write: Anywhere},
	{name: "flags.network_id", is: "flags[28..31]", write: Anywhere},
	{name: "pkt.mark", level: Ordinal, width: 32, word: 5, write: Anywhere},

	// Connection tracking. The mark and the label change only inside ct_commit { … }.
	{name: "ct_mark", level: Ordinal, width: 32, word: 8, bit: 32, write: InCommit},
	{name: "ct_mark.blocked", is: "ct_mark[0]", write: InCommit},
	{name: "ct_mark.natted", is: "ct_mark[1]", write: InCommit},
	{name: "ct_mark.skip_snat", is: "ct_mark[2]", write: InCommit},
	{name: "ct_mark.force_snat", is: "ct_mark[3]", write: InCommit},
	{name: "ct_mark.obs_stage", is: "ct_mark[4..5]", write: InCommit},
	{name: "ct_mark.allow_established", is: "ct_mark[6]", write: InCommit},
	{name: "ct_mark.obs_collector_id", is: "ct_mark[16..23]", write: InCommit},
	{name: "ct_mark.ecmp_reply_port", is: "ct_mark[16..31]", write: InCommit},
	{name: "ct_label", level: Ordinal, width: 128, word: 10, write: InCommit},
	{name: "ct_label.nf", is: "ct_label[7]", write: InCommit},
	{name: "ct_label.tun_if", is: "ct_label[8]", write: InCommit},
	{name: "ct_label.nf_id", is: "ct_label[17..24]", write: InCommit},
	{name: "ct_label.ecmp_reply_eth", is: "ct_label[32..79]", write: InCommit},
	{name: "ct_label.acl_id", is: "ct_label[80..95]", write: InCommit},
	{name: "ct_label.tun_if_id", is: "ct_label[80..95]", write: InCommit},
	{name: "ct_label.label", is: "ct_label[96..127]", write: InCommit},
	{name: "ct_label.obs_point_id", is: "ct_label[96..127]", write: InCommit},
	{name: "ct_label.obs_unused", is: "ct_label[0..95]", write: InCommit},
	{name: "ct_state", level: Ordinal, width: 32, word: 7},
	{name: "ct.trk", is: "ct_state[5]"},
	{name: "ct.new", is: "ct_state[0]", prereq: "ct.trk"},
	{name: "ct.est", is: "ct_state[1]", prereq: "ct.trk"},
	{name: "ct.rel", is: "ct_state[2]", prereq: "ct.trk"},
	{name: "ct.rpl", is: "ct_state[3]", prereq: "ct.trk"},
	{name: "ct.inv", is: "ct_state[4]", prereq: "ct.trk"},
	{name: "ct.snat", is: "ct_state[6]", prereq: "ct.trk"},
	{name: "ct.dnat", is: "ct_state[7]", prereq: "ct.trk"},

	{name: "eth.src", level: Ordinal, width: 48, word: 12, bit: 16, write: Anywhere},
	{name: "eth.dst", level: Ordinal, width: 48, word: 11, bit: 16, write: Anywhere},
	{name: "eth.type", level: Nominal, width: 16, word: 11},
	{name: "eth.bcast", is: "eth.dst == ff:ff:ff:ff:ff:ff", pred: true, level: Boolean},
	{name: "eth.mcast", is: "eth.dst[40]", write: Anywhere},
	{name: "eth.mcastv6", is: "eth.dst[32..47] == 0x3333", pred: true, level: Boolean},

	{name: "vlan.tci", level: Ordinal, width: 16, word: 12, write: Anywhere},
	{name: "vlan.present", is: "vlan.tci[12]", pred: true, level: Boolean},
	{name: "vlan.pcp", is: "vlan.tci[13..15]", prereq: "vlan.present", write: Anywhere},
	{name: "vlan.vid", is: "vlan.tci[0..11]", prereq: "vlan.present", write: Anywhere},

	{name: "ip4", is: "eth.type == 0x800", pred: true, level: Nominal},
	{name: "ip6", is: "eth.type == 0x86dd", pred: true, level: Nominal},
	{name: "ip", is: "ip4 || ip6", pred: true, level: Nominal},
	{name: "ip.proto", level: Nominal, width: 8, word: 18, bit: 56, prereq: "ip"},
	{name: "ip.dscp", level: Nominal, width: 6, word: 18, bit: 42, prereq: "ip", write: Anywhere},
	{name: "ip.ecn", level: Nominal, width: 2, word: 18, bit: 40, prereq: "ip", write: Anywhere},
	{name: "ip.ttl", level: Nominal, width: 8, word: 18, bit: 48, prereq: "ip", write: Anywhere},

	{name: "ip4.src", level: Ordinal, width: 32, word: 13, bit: 32, prereq: "ip4", write: Anywhere},
	{name: "ip4.dst", level: Ordinal, width: 32, word: 13, prereq: "ip4", write: Anywhere},
	{name: "ip4.src_mcast", is: "ip4.src[28..31] == 0xe", pred: true, level: Boolean},
	{name: "ip4.mcast", is: "eth.mcast && ip4.dst[28..31] == 0xe", pred: true, level: Boolean},

	{name: "icmp4", is: "ip4 && ip.proto == 1", pred: true, level: Nominal},
	{name: "icmp4.type", level: Nominal, width: 8, word: 19, bit: 48, prereq: "icmp4", write: Anywhere},
	{name: "icmp4.code", level: Nominal, width: 8, word: 19, bit: 32, prereq: "icmp4", write: Anywhere},
	{name: "icmp4.frag_mtu", level: Nominal, width: 16, word: 26, prereq: "icmp4", write: Anywhere, icmp: true},
	{name: "igmp", is: "ip4.mcast && ip.proto == 2", pred: true, level: Nominal},

	{name: "ip6.src", level: Ordinal, width: 128, word: 15, prereq: "ip6", write: Anywhere},
	{name: "ip6.dst", level: Ordinal, width: 128, word: 17, prereq: "ip6", write: Anywhere},
	{name: "ip6.label", level: Ordinal, width: 20, word: 18, prereq: "ip6", write: Anywhere},
	{name: "ip6.mcast_rsvd", is: "ip6.dst == { ff00::0, ff01::0, ff02::0, ff03::0, ff04::0, ff05::0, ff06::0, ff07::0, " +
		"ff08::0, ff09::0, ff0a::0, ff0b::0, ff0c::0, ff0d::0, ff0e::0, ff0f::0 }", pred: true, level: Boolean},
	{name: "ip6.mcast_all_nodes", is: "ip6.dst == ff01::1 || ip6.dst == ff02::1", pred: true, level: Boolean},
	{name: "ip6.mcast_all_rtrs", is: "ip6.dst == ff01::2 || ip6.dst == ff02::2 || ip6.dst == ff05::2", pred: true, level: Boolean},
	{name: "ip6.mcast_sol_node", is: "ip6.dst == ff02::1:ff00:0000/104", pred: true, level: Boolean},
	{name: "ip6.mcast_flood", is: "eth.mcastv6 && (ip6.mcast_rsvd || ip6.mcast_all_nodes || ip6.mcast_all_rtrs || ip6.mcast_sol_node)", pred: true, level: Boolean},
	{name: "ip6.mcast", is: "eth.mcastv6 && ip6.dst[120..127] == 0xff", pred: true, level: Boolean},

	{name: "icmp6", is: "ip6 && ip.proto == 58", pred: true, level: Nominal},
	{name: "icmp6.type", level: Nominal, width: 8, word: 19, bit: 48, prereq: "icmp6", write: Anywhere},
	{name: "icmp6.code", level: Nominal, width: 8, word: 19, bit: 32, prereq: "icmp6", write: Anywhere},
	{name: "icmp6.frag_mtu", level: Nominal, width: 32, word: 26, bit: 32, prereq: "icmp6", write: Anywhere, icmp: true},
	{name: "icmp", is: "icmp4 || icmp6", pred: true, level: Nominal},

	{name: "ip.frag", level: Ordinal, width: 2, word: 18, bit: 38, prereq: "ip"},
	{name: "ip.is_frag", is: "ip.frag[0]", pred: true, level: Boolean},
	{name: "ip.later_frag", is: "ip.frag[1]", pred: true, level: Boolean},
	{name: "ip.first_frag", is: "ip.is_frag && !ip.later_frag", pred: true, level: Boolean},

	{name: "arp", is: "eth.type == 0x806", pred: true, level: Nominal},
	{name: "arp.op", level: Nominal, width: 16, word: 19, bit: 16, prereq: "arp", write: Anywhere},
	{name: "arp.spa", level: Ordinal, width: 32, word: 13, bit: 32, prereq: "arp", write: Anywhere},
	{name: "arp.sha", level: Ordinal, width: 48, word: 22, bit: 16, prereq: "arp", write: Anywhere},
	{name: "arp.tpa", level: Ordinal, width: 32, word: 13, prereq: "arp", write: Anywhere},
	{name: "arp.tha", level: Ordinal, width: 48, word: 23, bit: 16, prereq: "arp", write: Anywhere},

	{name: "rarp", is: "eth.type == 0x8035", pred: true, level: Nominal},
	{name: "rarp.op", level: Nominal, width: 16, word: 19, bit: 16, prereq: "rarp", write: Anywhere},
	{name: "rarp.spa", level: Ordinal, width: 32, word: 13, bit: 32, prereq: "rarp", write: Anywhere},
	{name: "rarp.sha", level: Ordinal, width: 48, word: 22, bit: 16, prereq: "rarp", write: Anywhere},
	{name: "rarp.tpa", level: Ordinal, width: 32, word: 13, prereq: "rarp", write: Anywhere},
	{name: "rarp.tha", level: Ordinal, width: 48, word: 23, bit: 16, prereq: "rarp", write: Anywhere},

	{name: "nd", is: "icmp6.type == {135, 136} && icmp6.code == 0 && ip.ttl == 255", pred: true, level: Nominal},
	{name: "nd_ns", is: "icmp6.type == 135 && icmp6.code == 0 && ip.ttl == 255", pred: true, level: Nominal},
	{name: "nd_ns_mcast", is: "ip6.mcast && icmp6.type == 135 && icmp6.code == 0 && ip.ttl == 255", pred: true, level: Nominal},
	{name: "nd_na", is: "icmp6.type == 136 && icmp6.code == 0 && ip.ttl == 255", pred: true, level: Nominal},
	{name: "nd_rs", is: "icmp6.type == 133 && icmp6.code == 0 && ip.ttl == 255", pred: true, level: Nominal},
	{name: "nd_ra", is: "icmp6.type == 134 && icmp6.code == 0 && ip.ttl == 255", pred: true, level: Nominal},
	{name: "nd.target", level: Ordinal, width: 128, word: 21, prereq: "nd", write: Anywhere},
	{name: "nd.sll", level: Ordinal, width: 48, word: 22, bit: 16, prereq: "nd_ns", write: Anywhere},
	{name: "nd.tll", level: Ordinal, width: 48, word: 23, bit: 16, prereq: "nd_na", write: Anywhere},

	{name: "mldv1", is: "eth.mcastv6 && ip6.src == fe80::/10 && icmp6.type == {130, 131, 132}", pred: true, level: Nominal},
	{name: "mldv2", is: "eth.mcastv6 && ip6.dst == ff02::16 && icmp6.type == 143", pred: true, level: Nominal},

	{name: "tcp", is: "ip.proto == 6", pred: true, level: Nominal},
	{name: "tcp.src", level: Ordinal, width: 16, word: 19, bit: 48, prereq: "tcp", write: Anywhere},
	{name: "tcp.dst", level: Ordinal, width: 16, word: 19, bit: 32, prereq: "tcp", write: Anywhere},
	{name: "tcp.flags", level: Ordinal, width: 12, word: 18, bit: 20, prereq: "tcp"},
	{name: "udp", is: "ip.proto == 17", pred: true, level: Nominal},
	{name: "udp.src", level: Ordinal, width: 16, word: 19, bit: 48, prereq: "udp", write: Anywhere},
	{name: "udp.dst", level: Ordinal, width: 16, word: 19, bit: 32, prereq: "udp", write: Anywhere},
	{name: "sctp", is: "ip.proto == 132", pred: true, level: Nominal},
	{name: "sctp.src", level: Ordinal, width: 16, word: 19, bit: 48, prereq: "sctp", write: Anywhere},
	{name: "sctp.dst", level: Ordinal, width: 16, word: 19, bit: 32, prereq: "sctp", write: Anywhere},
}

// Beyond what matches know: the datapath that a packet is on, by its number, and its connection's original destination,
// which actions such as ct_nw_dst() read.
var (
	Datapath = Ref{Bit: 27*64 + 32, Width: 32}
	CTNwDst  = Ref{Bit: 8 * 64, Width: 32}
	CTIP6Dst = Ref{Bit: 25 * 64, Width: 128}
	CTTpDst  = Ref{Bit: 19 * 64, Width: 16}
	CTProto  = Ref{Bit: 22 * 64, Width: 8}
)

// table is the symbols made of the rows; row 0 is no symbol.
var table = makeTable()

type symbolTable struct {
	rows   []Symbol
	byName map[string]SymbolID
}

func makeTable() *symbolTable {
	t := &symbolTable{rows: make([]Symbol, 1, len(rows)+1), byName: make(map[string]SymbolID, len(rows))}
	for i := range rows {
		s := t.symbol(&rows[i])
		s.ID = SymbolID(len(t.rows))
		if s.Field == 0 && !s.IsPredicate() {
			s.Field = s.ID
		}
		t.rows = append(t.rows, s)
		t.byName[s.Name] = s.ID
	}
	return t
}

func (t *symbolTable) symbol(r *row) Symbol {
	s := Symbol{Name: r.name, Level: r.level, Width: uint8(r.width), Write: r.write, Prereq: r.prereq, ICMP: r.icmp}
	switch {
	case r.pred:
		s.Width, s.Expansion = 1, r.is
	case r.is != "":
		t.subfield(&s, r.is)
	default:
		s.Bit = uint16(r.word*64 + r.bit)
	}
	return s
}

// subfield makes s the bits of a field that "field[low..high]" says.
func (t *symbolTable) subfield(s *Symbol, is string) {
	name, bits, _ := strings.Cut(strings.TrimSuffix(is, "]"), "[")
	low, high, ranged := strings.Cut(bits, "..")
	if !ranged {
		high = low
	}
	f := &t.rows[t.byName[name]]
	lo, hi := atoi(low), atoi(high)
	s.Level, s.Field, s.Low, s.Width, s.Bit = Ordinal, f.ID, uint8(lo), uint8(hi-lo+1), bitAt(f.Bit, lo)
	if s.Prereq == "" {
		s.Prereq = f.Prereq
	}
}

func atoi(s string) (n int) {
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
