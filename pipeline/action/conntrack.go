package action

import (
	"net/netip"

	"ovnsim/pipeline/expr"
)

// Zone is which of a router's two connection tracking zones an action works in; a switch port has one for both.
type Zone uint8

// The zones.
const (
	DNATZone Zone = iota
	SNATZone
)

// String is the zone's name in the language.
func (z Zone) String() string { return [...]string{"dnat", "snat"}[z] }

// CtNext sends the packet through connection tracking and goes on in the next table: ct_next(dnat);
type CtNext struct{ Zone Zone }

// CtCommit commits the connection, setting ct_mark and ct_label as the block says: ct_commit { ct_mark.blocked = 1; };
type CtCommit struct{ Block }

// CtCommitNAT commits the connection, applies what NAT it has and goes on in the next table: ct_commit_nat(snat);
type CtCommitNAT struct{ Zone Zone }

// CtCommitToZone commits the connection in a zone and goes on in the next table: ct_commit_to_zone(snat);
type CtCommitToZone struct{ Zone Zone }

// NAT is the translation that an action asks for. The zero NAT asks for none but what the connection has already.
type NAT struct {
	Addr  netip.Addr
	Ports PortRange
}

// PortRange is the ports to choose from, both included; 0 for Low where none were given, for High where only one was.
type PortRange struct{ Low, High uint16 }

// CtDNAT translates the destination and commits, or undoes a translation, and goes on in the next table: ct_dnat(10.0.0.2);
type CtDNAT struct{ NAT }

// CtSNAT translates the source and commits, or undoes a translation, and goes on in the next table: ct_snat(172.16.1.1);
type CtSNAT struct{ NAT }

// CtDNATInCzone is CtDNAT in the zone that DNAT and SNAT have in common: ct_dnat_in_czone(10.0.0.2);
type CtDNATInCzone struct{ NAT }

// CtSNATInCzone is CtSNAT in the zone that DNAT and SNAT have in common: ct_snat_in_czone(172.16.1.1);
type CtSNATInCzone struct{ NAT }

// CtSNATToVIP translates the source of a hairpinned connection to the VIP it asked for: ct_snat_to_vip;
type CtSNATToVIP struct{}

// CtClear forgets what connection tracking said of the packet: ct_clear;
type CtClear struct{}

// CtNwDst stores the IPv4 destination that the connection first asked for: reg4 = ct_nw_dst();
type CtNwDst struct{ Dst expr.Ref }

// CtIP6Dst stores the IPv6 destination that the connection first asked for: xxreg1 = ct_ip6_dst();
type CtIP6Dst struct{ Dst expr.Ref }

// CtTpDst stores the destination port that the connection first asked for: reg2[0..15] = ct_tp_dst();
type CtTpDst struct{ Dst expr.Ref }

// CtProto stores the connection's IP protocol: reg1[16..23] = ct_proto();
type CtProto struct{ Dst expr.Ref }

// CtStateSave stores the low eight bits of ct_state: reg4[0..7] = ct_state_save();
type CtStateSave struct{ Dst expr.Ref }

func (a *CtNext) String() string         { return Format(a, At{}) }
func (a *CtCommit) String() string       { return Format(a, At{}) }
func (a *CtCommitNAT) String() string    { return Format(a, At{}) }
func (a *CtCommitToZone) String() string { return Format(a, At{}) }
func (a *CtDNAT) String() string         { return Format(a, At{}) }
func (a *CtSNAT) String() string         { return Format(a, At{}) }
func (a *CtDNATInCzone) String() string  { return Format(a, At{}) }
func (a *CtSNATInCzone) String() string  { return Format(a, At{}) }
func (a *CtSNATToVIP) String() string    { return Format(a, At{}) }
func (a *CtClear) String() string        { return Format(a, At{}) }
func (a *CtNwDst) String() string        { return Format(a, At{}) }
func (a *CtIP6Dst) String() string       { return Format(a, At{}) }
func (a *CtTpDst) String() string        { return Format(a, At{}) }
func (a *CtProto) String() string        { return Format(a, At{}) }
func (a *CtStateSave) String() string    { return Format(a, At{}) }

func (a *CtNext) append(b []byte, _ At) []byte         { return a.Zone.append(b, "ct_next") }
func (a *CtCommitNAT) append(b []byte, _ At) []byte    { return a.Zone.append(b, "ct_commit_nat") }
func (a *CtCommitToZone) append(b []byte, _ At) []byte { return a.Zone.append(b, "ct_commit_to_zone") }
func (a *CtDNAT) append(b []byte, _ At) []byte         { return a.NAT.append(b, "ct_dnat") }
func (a *CtSNAT) append(b []byte, _ At) []byte         { return a.NAT.append(b, "ct_snat") }
func (a *CtDNATInCzone) append(b []byte, _ At) []byte  { return a.NAT.append(b, "ct_dnat_in_czone") }
func (a *CtSNATInCzone) append(b []byte, _ At) []byte  { return a.NAT.append(b, "ct_snat_in_czone") }
func (a *CtSNATToVIP) append(b []byte, _ At) []byte    { return word(b, "ct_snat_to_vip") }
func (a *CtClear) append(b []byte, _ At) []byte        { return word(b, "ct_clear") }
func (a *CtNwDst) append(b []byte, _ At) []byte        { return query(b, a.Dst, "ct_nw_dst") }
func (a *CtIP6Dst) append(b []byte, _ At) []byte       { return query(b, a.Dst, "ct_ip6_dst") }
func (a *CtTpDst) append(b []byte, _ At) []byte        { return query(b, a.Dst, "ct_tp_dst") }
func (a *CtProto) append(b []byte, _ At) []byte        { return query(b, a.Dst, "ct_proto") }
func (a *CtStateSave) append(b []byte, _ At) []byte    { return query(b, a.Dst, "ct_state_save") }

func (a *CtCommit) append(b []byte, at At) []byte {
	if len(a.Actions) == 0 {
		return word(b, "ct_commit")
	}
	return a.Block.append(b, "ct_commit", at)
}

func (z Zone) append(b []byte, name string) []byte {
	b = append(append(b, name...), '(')
	return append(append(b, z.String()...), ");"...)
}

func (n *NAT) append(b []byte, name string) []byte {
	b = append(b, name...)
	if !n.Addr.IsValid() {
		return append(b, ';')
	}
	b = address(append(b, '('), n.Addr)
	if n.Ports.Low != 0 {
		b = unsigned(append(b, ','), uint64(n.Ports.Low))
	}
	if n.Ports.High != 0 {
		b = unsigned(append(b, '-'), uint64(n.Ports.High))
	}
	return append(b, ");"...)
}
