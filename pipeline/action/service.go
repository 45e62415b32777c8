package action

import (
	"net/netip"

	"ovnsim/pipeline/expr"
)

// Option is one of the options of an action that answers DHCP, router solicitations or raises an event: name = value.
type Option struct {
	Name  string
	Value expr.ConstantSet
}

// PutDHCPOpts makes the DHCPv4 request its own answer and stores whether it could:
// reg0[3] = put_dhcp_opts(offerip = 10.0.0.2, lease_time = 3600);
type PutDHCPOpts struct {
	Dst     expr.Ref
	Options []Option // offerip is one of them
}

// PutDHCPv6Opts makes the DHCPv6 request its own answer and stores whether it could:
// reg0[3] = put_dhcpv6_opts(ia_addr = aef0::4, server_id = 00:00:00:00:10:02);
type PutDHCPv6Opts struct {
	Dst     expr.Ref
	Options []Option
}

// PutNDRAOpts makes the router solicitation an advertisement and stores whether it could:
// reg0[5] = put_nd_ra_opts(addr_mode = "slaac", slla = 00:00:00:00:10:02, prefix = aef0::/64, mtu = 1450);
type PutNDRAOpts struct {
	Dst     expr.Ref
	Options []Option
}

// DHCPRelayReqChk prepares a DHCP request for a server elsewhere and stores whether it could:
// reg9[7] = dhcp_relay_req_chk(192.168.1.1, 172.16.1.1);
type DHCPRelayReqChk struct {
	Dst           expr.Ref
	Relay, Server netip.Addr // IPv4
}

// DHCPRelayRespChk checks a DHCP answer from a server elsewhere and stores whether it is good:
// reg9[8] = dhcp_relay_resp_chk(192.168.1.1, 172.16.1.1);
type DHCPRelayRespChk struct {
	Dst           expr.Ref
	Relay, Server netip.Addr // IPv4
}

// DNSLookup makes the DNS query its own answer and stores whether it could: reg0[4] = dns_lookup();
type DNSLookup struct{ Dst expr.Ref }

// HandleDHCPv6Reply takes the answer of a prefix delegation server: handle_dhcpv6_reply;
type HandleDHCPv6Reply struct{}

// HandleSvcCheck takes the answer to a health check: handle_svc_check(inport);
type HandleSvcCheck struct{ Port expr.Ref }

// HandleBFDMsg takes a BFD message: handle_bfd_msg();
type HandleBFDMsg struct{}

// BindVport moves a virtual port to the port that announced its address: bind_vport("vip-port", inport);
type BindVport struct {
	Vport  string
	Parent expr.Ref
}

// IGMP lets ovn-controller learn from a multicast membership report or query: igmp;
type IGMP struct{}

// CheckInPortSec stores whether port security of inport forbids the packet: reg0[15] = check_in_port_sec();
type CheckInPortSec struct{ Dst expr.Ref }

// CheckOutPortSec stores whether port security of outport forbids the packet: reg0[15] = check_out_port_sec();
type CheckOutPortSec struct{ Dst expr.Ref }

// CheckPktLarger stores whether the frame, from its Ethernet header on, has more bytes than Length:
// reg9[1] = check_pkt_larger(1514);
type CheckPktLarger struct {
	Dst    expr.Ref
	Length uint16
}

func (a *PutDHCPOpts) String() string       { return Format(a, At{}) }
func (a *PutDHCPv6Opts) String() string     { return Format(a, At{}) }
func (a *PutNDRAOpts) String() string       { return Format(a, At{}) }
func (a *DHCPRelayReqChk) String() string   { return Format(a, At{}) }
func (a *DHCPRelayRespChk) String() string  { return Format(a, At{}) }
func (a *DNSLookup) String() string         { return Format(a, At{}) }
func (a *HandleDHCPv6Reply) String() string { return Format(a, At{}) }
func (a *HandleSvcCheck) String() string    { return Format(a, At{}) }
func (a *HandleBFDMsg) String() string      { return Format(a, At{}) }
func (a *BindVport) String() string         { return Format(a, At{}) }
func (a *IGMP) String() string              { return Format(a, At{}) }
func (a *CheckInPortSec) String() string    { return Format(a, At{}) }
func (a *CheckOutPortSec) String() string   { return Format(a, At{}) }
func (a *CheckPktLarger) String() string    { return Format(a, At{}) }

// options ends the text of an action whose arguments are options.
func options(b []byte, opts []Option) []byte {
	for i, o := range opts {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = o.Value.Append(append(append(b, o.Name...), " = "...))
	}
	return append(b, ");"...)
}

func (a *PutDHCPOpts) append(b []byte, _ At) []byte {
	return options(result(b, a.Dst, "put_dhcp_opts"), a.Options)
}

func (a *PutDHCPv6Opts) append(b []byte, _ At) []byte {
	return options(result(b, a.Dst, "put_dhcpv6_opts"), a.Options)
}

func (a *PutNDRAOpts) append(b []byte, _ At) []byte {
	return options(result(b, a.Dst, "put_nd_ra_opts"), a.Options)
}

func (a *DHCPRelayReqChk) append(b []byte, _ At) []byte {
	return addresses(result(b, a.Dst, "dhcp_relay_req_chk"), a.Relay, a.Server)
}

func (a *DHCPRelayRespChk) append(b []byte, _ At) []byte {
	return addresses(result(b, a.Dst, "dhcp_relay_resp_chk"), a.Relay, a.Server)
}

func addresses(b []byte, first, second netip.Addr) []byte {
	return append(address(append(address(b, first), ", "...), second), ");"...)
}

func (a *DNSLookup) append(b []byte, _ At) []byte         { return query(b, a.Dst, "dns_lookup") }
func (a *HandleDHCPv6Reply) append(b []byte, _ At) []byte { return word(b, "handle_dhcpv6_reply") }
func (a *HandleBFDMsg) append(b []byte, _ At) []byte      { return word(b, "handle_bfd_msg()") }
func (a *IGMP) append(b []byte, _ At) []byte              { return word(b, "igmp") }
func (a *CheckInPortSec) append(b []byte, _ At) []byte    { return query(b, a.Dst, "check_in_port_sec") }
func (a *CheckOutPortSec) append(b []byte, _ At) []byte   { return query(b, a.Dst, "check_out_port_sec") }

func (a *HandleSvcCheck) append(b []byte, _ At) []byte {
	return refs(append(b, "handle_svc_check("...), a.Port)
}

func (a *BindVport) append(b []byte, _ At) []byte {
	return refs(append(quoted(append(b, "bind_vport("...), a.Vport), ", "...), a.Parent)
}

func (a *CheckPktLarger) append(b []byte, _ At) []byte {
	return append(unsigned(result(b, a.Dst, "check_pkt_larger"), uint64(a.Length)), ");"...)
}
