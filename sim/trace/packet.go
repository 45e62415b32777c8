package trace

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"ovnsim/pipeline/expr"
)

// FormatHex is a value in hexadecimal, as Open vSwitch writes registers.
func FormatHex(v expr.Value) string {
	if v.Hi == 0 {
		return "0x" + strconv.FormatUint(v.Lo, 16)
	}
	return fmt.Sprintf("%#x%016x", v.Hi, v.Lo)
}

// FormatValue is a field's value in the field's own notation; parts of fields are in hexadecimal.
func FormatValue(of expr.Ref, v expr.Value) string {
	field, low := of.Field()
	if field == nil || low != 0 || of.Width != field.Width {
		if v.IsZero() {
			return "0"
		}
		return FormatHex(v)
	}
	switch name := field.Name; {
	case field.Width == 48:
		return string(expr.AppendValue(nil, v, expr.Ethernet))
	case strings.HasPrefix(name, "ip4.") || strings.HasSuffix(name, "pa"):
		return string(expr.AppendValue(nil, v, expr.IPv4))
	case strings.HasPrefix(name, "ip6.") && field.Width == 128 || name == "nd.target":
		return string(expr.AppendValue(nil, v, expr.IPv6))
	case decimal(name):
		return strconv.FormatUint(v.Lo, 10)
	}
	return FormatHex(v)
}

// decimal tells the fields that Open vSwitch writes in decimal.
func decimal(name string) bool {
	_, last, _ := strings.Cut(name, ".")
	switch last {
	case "src", "dst", "type", "code", "ttl", "op", "proto", "dscp", "ecn", "vid", "pcp":
		return name != "eth.type"
	}
	return false
}

// flowWriter writes fields separated by commas.
type flowWriter struct {
	b []byte
	k *expr.Key
}

func (w *flowWriter) put(name, value string) {
	if len(w.b) > 0 {
		w.b = append(w.b, ',')
	}
	w.b = append(w.b, name...)
	if value != "" {
		w.b = append(append(w.b, '='), value...)
	}
}

func (w *flowWriter) get(name string) expr.Value { return expr.RefTo(name).Get(w.k) }

// number writes a field in decimal, text in its own notation, context in hexadecimal unless it is 0.
func (w *flowWriter) number(as, name string) { w.put(as, strconv.FormatUint(w.get(name).Lo, 10)) }

func (w *flowWriter) text(as, name string, f expr.Format) {
	w.put(as, string(expr.AppendValue(nil, w.get(name), f)))
}

func (w *flowWriter) context(as string, v expr.Value) {
	if !v.IsZero() {
		w.put(as, FormatHex(v))
	}
}

// Origin is the source of a connection as conntrack first saw it: what a key has no room for.
type Origin struct {
	Src  expr.Value
	Port uint16
}

// FormatFlow is a packet as Open vSwitch writes a flow (ovs-fields(7)): what ovn-trace begins its output with. ports are the
// numbers of inport and outport.
func FormatFlow(k *expr.Key, ports [2]uint32, ct Origin) string {
	w := flowWriter{k: k}
	w.context("pkt_mark", w.get("pkt.mark"))
	if state := w.get("ct_state"); !state.IsZero() {
		w.put("ct_state", flags(state.Lo, ctNames))
	}
	w.context("ct_mark", w.get("ct_mark"))
	w.context("ct_label", w.get("ct_label"))
	w.tuple(ct)
	kind := protocolOf(k)
	if kind.name != "" {
		w.put(kind.name, "")
	}
	for i := range 10 {
		w.context("reg"+strconv.Itoa(i), w.get("reg"+strconv.Itoa(i)))
	}
	w.context("reg10", w.get("flags"))
	w.context("reg14", expr.V(uint64(ports[0])))
	w.context("reg15", expr.V(uint64(ports[1])))
	w.ethernet()
	if kind.name == "" {
		w.put("dl_type", fmt.Sprintf("0x%04x", w.get("eth.type").Lo))
	}
	if kind.write != nil {
		kind.write(&w)
	}
	return string(w.b)
}

// tuple writes the connection, of a packet that has been tracked and belongs to one.
func (w *flowWriter) tuple(ct Origin) {
	proto := expr.CTProto.Get(w.k).Lo
	if w.get("ct.trk").IsZero() || !w.get("ct.inv").IsZero() || proto == 0 {
		return
	}
	switch w.get("eth.type").Lo {
	default:
		return
	case 0x0800:
		w.put("ct_nw_src", string(expr.AppendValue(nil, ct.Src, expr.IPv4)))
		w.put("ct_nw_dst", string(expr.AppendValue(nil, expr.CTNwDst.Get(w.k), expr.IPv4)))
	case 0x86dd:
		if !w.isND() { // which has its target in their place
			w.put("ct_ipv6_src", string(expr.AppendValue(nil, ct.Src, expr.IPv6)))
			w.put("ct_ipv6_dst", string(expr.AppendValue(nil, expr.CTIP6Dst.Get(w.k), expr.IPv6)))
		}
	}
	w.put("ct_nw_proto", strconv.FormatUint(proto, 10))
	w.put("ct_tp_src", strconv.Itoa(int(ct.Port)))
	w.put("ct_tp_dst", strconv.FormatUint(expr.CTTpDst.Get(w.k).Lo, 10))
}

func (w *flowWriter) ethernet() {
	if tci := w.get("vlan.tci").Lo; tci&0x1000 != 0 {
		w.put("dl_vlan", strconv.FormatUint(tci&0xfff, 10))
		w.put("dl_vlan_pcp", strconv.FormatUint(tci>>13, 10))
		w.put("vlan_tci1", "0x0000")
	} else {
		w.put("vlan_tci", fmt.Sprintf("0x%04x", tci))
		if tci != 0 {
			w.put("vlan_tci1", "0x0000")
		}
	}
	w.text("dl_src", "eth.src", expr.Ethernet)
	w.text("dl_dst", "eth.dst", expr.Ethernet)
}

// protocol is how Open vSwitch calls a kind of packet and what it shows of one.
type protocol struct {
	name  string
	write func(*flowWriter)
}

// The EtherTypes that Open vSwitch knows, and what it shows of their packets.
var etherTypes = map[uint64]protocol{
	0x0806: {"arp", (*flowWriter).arp},
	0x8035: {"rarp", (*flowWriter).arp},
	0x8847: {"mpls", (*flowWriter).mpls},
	0x8848: {"mplsm", (*flowWriter).mpls},
	0x894f: {"", (*flowWriter).nsh},
}

// transports are the protocols whose two numbers, ports or type and code, Open vSwitch shows, above whatever version of IP.
// Where a protocol has no name it shows the protocol's number first.
var transports = map[uint64]struct {
	v4, v6 string
	write  func(*flowWriter)
}{
	1:   {"icmp", "", (*flowWriter).l4},
	2:   {"", "", (*flowWriter).l4}, // IGMP
	6:   {"tcp", "tcp6", (*flowWriter).tcp},
	17:  {"udp", "udp6", (*flowWriter).l4},
	58:  {"", "icmp6", (*flowWriter).l4},
	132: {"sctp", "sctp6", (*flowWriter).l4},
}

func protocolOf(k *expr.Key) protocol {
	w := flowWriter{k: k}
	switch ether := w.get("eth.type").Lo; ether {
	case 0x0800:
		name, write := transports[w.get("ip.proto").Lo].v4, (*flowWriter).ip4
		return protocol{cmp.Or(name, "ip"), func(w *flowWriter) { write(w); w.aboveIP(name) }}
	case 0x86dd:
		name, write := transports[w.get("ip.proto").Lo].v6, (*flowWriter).ip6
		return protocol{cmp.Or(name, "ipv6"), func(w *flowWriter) { write(w); w.aboveIP(name) }}
	default:
		return etherTypes[ether]
	}
}

// aboveIP writes what both versions of IP have; name is the transport's.
func (w *flowWriter) aboveIP(name string) {
	proto := w.get("ip.proto").Lo
	if name == "" {
		w.put("nw_proto", strconv.FormatUint(proto, 10))
	}
	w.service()
	switch t := transports[proto]; {
	case name == "icmp":
		w.icmp()
	case name == "icmp6":
		w.icmp6()
	case t.write != nil:
		t.write(w)
	}
}

func (w *flowWriter) service() {
	w.put("nw_tos", strconv.FormatUint(w.get("ip.dscp").Lo<<2, 10))
	w.number("nw_ecn", "ip.ecn")
	w.number("nw_ttl", "ip.ttl")
	w.put("nw_frag", [...]string{"no", "first", "<error>", "later"}[w.get("ip.frag").Lo])
}

func (w *flowWriter) ip4() {
	w.text("nw_src", "ip4.src", expr.IPv4)
	w.text("nw_dst", "ip4.dst", expr.IPv4)
}

func (w *flowWriter) ip6() {
	w.text("ipv6_src", "ip6.src", expr.IPv6)
	w.text("ipv6_dst", "ip6.dst", expr.IPv6)
	w.put("ipv6_label", fmt.Sprintf("0x%05x", w.get("ip6.label").Lo))
}

func (w *flowWriter) arp() {
	w.text("arp_spa", "arp.spa", expr.IPv4)
	w.text("arp_tpa", "arp.tpa", expr.IPv4)
	w.number("arp_op", "arp.op")
	w.text("arp_sha", "arp.sha", expr.Ethernet)
	w.text("arp_tha", "arp.tha", expr.Ethernet)
}

// mpls and nsh write headers that a microflow cannot describe.
func (w *flowWriter) mpls() {
	for _, name := range []string{"label", "tc", "ttl", "bos", "lse1", "lse2"} {
		w.put("mpls_"+name, "0")
	}
}

func (w *flowWriter) nsh() {
	for _, f := range [][2]string{{"flags", "0"}, {"ttl", "0"}, {"mdtype", "0"}, {"np", "0"}, {"spi", "0x0"}, {"si", "0"}} {
		w.put("nsh_"+f[0], f[1])
	}
	w.put("nw_proto", "0")
	w.service()
}

func (w *flowWriter) later() bool { return w.get("ip.frag").Lo>>1 != 0 }

func (w *flowWriter) l4() {
	if !w.later() {
		w.number("tp_src", "tcp.src")
		w.number("tp_dst", "tcp.dst")
	}
}

func (w *flowWriter) tcp() {
	w.l4()
	if !w.later() {
		w.put("tcp_flags", flags(w.get("tcp.flags").Lo, tcpNames))
	}
}

func (w *flowWriter) icmp() {
	if !w.later() {
		w.number("icmp_type", "tcp.src")
		w.number("icmp_code", "tcp.dst")
	}
}

// icmp6 shows of later fragments, too, what it needs to tell neighbour discovery: the code, and if that is 0 the type.
func (w *flowWriter) icmp6() {
	if !w.later() || w.get("tcp.dst").IsZero() {
		w.number("icmp_type", "tcp.src")
	}
	w.number("icmp_code", "tcp.dst")
	if w.isND() {
		w.text("nd_target", "nd.target", expr.IPv6)
		w.text("nd_sll", "nd.sll", expr.Ethernet)
		w.text("nd_tll", "nd.tll", expr.Ethernet)
	}
}

// isND tells neighbour solicitations and advertisements (RFC 4861, 4.3 and 4.4).
func (w *flowWriter) isND() bool {
	kind := w.get("tcp.src").Lo
	return w.get("eth.type").Lo == 0x86dd && w.get("ip.proto").Lo == 58 && w.get("tcp.dst").IsZero() && (kind == 135 || kind == 136)
}

// The names of flag bits, from the lowest.
var (
	ctNames  = []string{"new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat"}
	tcpNames = []string{"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns", "[200]", "[400]", "[800]"}
)

// flags writes set bits with | between, "0" for none.
func flags(bits uint64, names []string) string {
	var set []string
	for i, name := range names {
		if bits>>i&1 != 0 {
			set = append(set, name)
		}
	}
	if len(set) == 0 {
		return "0"
	}
	return strings.Join(set, "|")
}
