package action

import (
	"net/netip"
	"strings"

	"ovnsim/pipeline/expr"
)

// CtLB balances a new connection over backends, or applies what was chosen for an old one; its flag is kept in ct_label.
// OVN itself warns that it is deprecated: ct_lb(backends=10.0.0.2:80,10.0.0.3:80);
type CtLB struct{ Balance }

// CtLBMark is CtLB with the flag in ct_mark: ct_lb_mark(backends=10.0.0.2:80; hash_fields="ip_src"; skip_snat);
type CtLBMark struct{ Balance }

// CtLBMarkLocal is CtLBMark among the backends on this chassis: ct_lb_mark_local(backends="p1":10.0.0.2:80);
type CtLBMarkLocal struct{ Balance }

// Balance is the parameters of load balancing. The zero Balance applies what was chosen for a connection before.
type Balance struct {
	Backends   []Backend
	HashFields string // comma-separated, "" for the hash of the 5-tuple
	HashGiven  bool   // HashFields stood there, if only as ""
	Flag       SNATFlag
}

// Backend is one of the destinations of a balancer.
type Backend struct {
	LogicalPort string // of CtLBMarkLocal only
	Addr        netip.Addr
	Port        uint16 // 0 for the port that the client asked for
}

// SNATFlag says whether the router is to translate the source of a balanced connection as well.
type SNATFlag uint8

// The flags.
const (
	NoFlag SNATFlag = iota
	SkipSNAT
	ForceSNAT
)

// String is the flag's name in the language, "" for none.
func (f SNATFlag) String() string { return [...]string{"", "skip_snat", "force_snat"}[f] }

// Select stores one of several numbers, chosen by the packet's hash, and goes on in the next table:
// reg8[16..31] = select(1=20, 2=30);
type Select struct {
	Dst        expr.Ref
	Members    []Member
	HashFields string // comma-separated, "" for the hash of the 5-tuple
	HashGiven  bool   // the form values=(…); hash_fields="…"
}

// Member is one of the numbers of a Select. A member of twice the weight is chosen twice as often.
type Member struct{ ID, Weight uint16 }

// DefaultWeight is the weight of a member that was given none.
const DefaultWeight = 100

// ChkLBHairpin stores whether a balancer sent the packet back to its sender: reg0[6] = chk_lb_hairpin();
type ChkLBHairpin struct{ Dst expr.Ref }

// ChkLBHairpinReply stores whether the packet answers a hairpinned one: reg0[12] = chk_lb_hairpin_reply();
type ChkLBHairpinReply struct{ Dst expr.Ref }

// ChkLBAff stores whether affinity has a backend for the client, and puts it in reg4 and reg8: reg9[6] = chk_lb_aff();
type ChkLBAff struct{ Dst expr.Ref }

// CommitLBAff makes the client's later connections go to the same backend:
// commit_lb_aff(vip = "10.0.0.100:80", backend = "10.0.0.2:80", proto = tcp, timeout = 30);
type CommitLBAff struct {
	VIP, Backend netip.AddrPort // port 0 where none was given
	Proto        string         // tcp, udp, sctp; "" where the VIP has no port
	Timeout      uint16         // seconds without a packet of the client until it is forgotten
}

// ChkECMPNH stores whether the connection's ECMP route is known from this side: reg9[5] = chk_ecmp_nh();
type ChkECMPNH struct{ Dst expr.Ref }

// ChkECMPNHMAC stores whether the connection's ECMP route is known by its MAC: reg9[5] = chk_ecmp_nh_mac();
type ChkECMPNHMAC struct{ Dst expr.Ref }

// CommitECMPNH remembers the next hop that the connection's packet came from: commit_ecmp_nh(ipv6 = false, proto = tcp);
type CommitECMPNH struct {
	IPv6  bool
	Proto string // tcp, udp or sctp
}

func (a *CtLB) String() string              { return Format(a, At{}) }
func (a *CtLBMark) String() string          { return Format(a, At{}) }
func (a *CtLBMarkLocal) String() string     { return Format(a, At{}) }
func (a *Select) String() string            { return Format(a, At{}) }
func (a *ChkLBHairpin) String() string      { return Format(a, At{}) }
func (a *ChkLBHairpinReply) String() string { return Format(a, At{}) }
func (a *ChkLBAff) String() string          { return Format(a, At{}) }
func (a *CommitLBAff) String() string       { return Format(a, At{}) }
func (a *ChkECMPNH) String() string         { return Format(a, At{}) }
func (a *ChkECMPNHMAC) String() string      { return Format(a, At{}) }
func (a *CommitECMPNH) String() string      { return Format(a, At{}) }

func (a *CtLB) append(b []byte, _ At) []byte     { return a.Balance.append(b, "ct_lb", false) }
func (a *CtLBMark) append(b []byte, _ At) []byte { return a.Balance.append(b, "ct_lb_mark", false) }
func (a *CtLBMarkLocal) append(b []byte, _ At) []byte {
	return a.Balance.append(b, "ct_lb_mark_local", true)
}
func (a *ChkLBHairpin) append(b []byte, _ At) []byte { return query(b, a.Dst, "chk_lb_hairpin") }
func (a *ChkLBAff) append(b []byte, _ At) []byte     { return query(b, a.Dst, "chk_lb_aff") }
func (a *ChkECMPNH) append(b []byte, _ At) []byte    { return query(b, a.Dst, "chk_ecmp_nh") }
func (a *ChkECMPNHMAC) append(b []byte, _ At) []byte { return query(b, a.Dst, "chk_ecmp_nh_mac") }

func (a *ChkLBHairpinReply) append(b []byte, _ At) []byte {
	return query(b, a.Dst, "chk_lb_hairpin_reply")
}

func (l *Balance) append(b []byte, name string, local bool) []byte {
	b = append(b, name...)
	if len(l.Backends) == 0 {
		return append(b, ';')
	}
	for i, k := range l.Backends {
		if i == 0 {
			b = append(b, "(backends="...)
		} else {
			b = append(b, ',')
		}
		if local {
			b = append(quoted(b, k.LogicalPort), ':')
		}
		if text := k.Addr.String(); local && k.Port == 0 && text[0] == ':' { // three colons in a row say nothing
			b = append(append(append(b, '['), text...), ']')
			continue
		}
		b = endpoint(b, k.Addr, k.Port)
	}
	if l.HashGiven {
		b = hashFields(b, l.HashFields)
	}
	if l.Flag != NoFlag {
		b = append(append(b, "; "...), l.Flag.String()...)
	}
	return append(b, ");"...)
}

// endpoint is an address, with its port if it has one.
func endpoint(b []byte, a netip.Addr, port uint16) []byte {
	switch {
	case port == 0:
		return address(b, a)
	case a.Is6():
		b = append(address(append(b, '['), a), ']')
	default:
		b = address(b, a)
	}
	return unsigned(append(b, ':'), uint64(port))
}

func hashFields(b []byte, fields string) []byte {
	return quoted(append(b, "; hash_fields="...), fields)
}

func (a *Select) append(b []byte, _ At) []byte {
	b = result(b, a.Dst, "select")
	if a.HashGiven {
		b = append(b, "values=("...)
	}
	for i, m := range a.Members {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = unsigned(append(unsigned(b, uint64(m.ID)), '='), uint64(m.Weight))
	}
	if a.HashGiven {
		b = hashFields(append(b, ')'), a.HashFields)
	}
	return append(b, ");"...)
}

func (a *CommitLBAff) append(b []byte, _ At) []byte {
	b = append(vip(append(b, `commit_lb_aff(vip = "`...), a.VIP), `", backend = "`...)
	b = append(vip(b, a.Backend), '"')
	if a.Proto != "" {
		b = append(append(b, ", proto = "...), a.Proto...)
	}
	return append(unsigned(append(b, ", timeout = "...), uint64(a.Timeout)), ");"...)
}

// vip is an address in brackets if it is an IPv6 one, with its port if it has one.
func vip(b []byte, a netip.AddrPort) []byte {
	if a.Addr().Is6() && a.Port() == 0 {
		return append(address(append(b, '['), a.Addr()), ']')
	}
	return endpoint(b, a.Addr(), a.Port())
}

// parseVIP reads what vip writes; the brackets of an IPv6 address without port may be left out.
func parseVIP(s string) (netip.AddrPort, bool) {
	if a, err := netip.ParseAddrPort(s); err == nil && a.Addr().Zone() == "" {
		return a, true
	}
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	a, err := netip.ParseAddr(s)
	return netip.AddrPortFrom(a, 0), err == nil && a.Zone() == ""
}

func (a *CommitECMPNH) append(b []byte, _ At) []byte {
	b = append(b, "commit_ecmp_nh(ipv6 = "...)
	if a.IPv6 {
		b = append(b, "true"...)
	} else {
		b = append(b, "false"...)
	}
	return append(append(append(b, ", proto = "...), a.Proto...), ");"...)
}
