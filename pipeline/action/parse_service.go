package action

import (
	"net/netip"
	"slices"

	"ovnsim/pipeline/expr"
)

func parsePutDHCPOpts(p *parser, _ *Verb, dst expr.Ref) Action {
	p.into(dst, 1)
	a := &PutDHCPOpts{Dst: dst, Options: p.options(DHCPv4Options, "DHCPv4")}
	if !slices.ContainsFunc(a.Options, func(o Option) bool { return o.Name == "offerip" }) {
		p.Errorf("put_dhcp_opts requires offerip to be specified.")
	}
	return a
}

func parsePutDHCPv6Opts(p *parser, _ *Verb, dst expr.Ref) Action {
	p.into(dst, 1)
	return &PutDHCPv6Opts{Dst: dst, Options: p.options(DHCPv6Options, "DHCPv6")}
}

func parsePutNDRAOpts(p *parser, v *Verb, dst expr.Ref) Action {
	p.into(dst, 1)
	a := &PutNDRAOpts{Dst: dst, Options: p.options(NDRAOptions, "IPv6 ND RA")}
	p.checkRA(a.Options)
	p.need(v.Prereq)
	return a
}

// raChecks is what the single value of each option of a router advertisement must be.
var raChecks = map[string]func(expr.Constant) bool{
	"addr_mode": func(c expr.Constant) bool {
		return c.Text == "slaac" || c.Text == "dhcpv6_stateful" || c.Text == "dhcpv6_stateless"
	},
	"router_preference": func(c expr.Constant) bool { return c.Text == "HIGH" || c.Text == "MEDIUM" || c.Text == "LOW" },
	"slla":              func(c expr.Constant) bool { return c.Format == expr.Ethernet },
	"prefix":            func(c expr.Constant) bool { return c.Format == expr.IPv6 && c.Masked },
	"mtu":               func(c expr.Constant) bool { return c.Format == expr.Decimal },
	"rdnss":             func(c expr.Constant) bool { return c.Format == expr.IPv6 },
	"dnssl":             func(expr.Constant) bool { return true },
	"route_info":        func(expr.Constant) bool { return true },
}

// checkRA checks the values, and that hosts get what they need to configure themselves.
func (p *parser) checkRA(opts []Option) {
	var slla, prefix, stateful bool
	for _, o := range opts {
		c, ok := o.one()
		if !ok || !raChecks[o.Name](c) {
			p.Errorf(`Invalid value for "%s" option`, o.Name)
			return
		}
		slla = slla || o.Name == "slla"
		prefix = prefix || o.Name == "prefix"
		stateful = stateful || c.Text == "dhcpv6_stateful"
	}
	switch {
	case !slla:
		p.Errorf("slla option not present")
	case !prefix && !stateful:
		p.Errorf("prefix option needs to be set when address mode is slaac/dhcpv6_stateless.")
	}
}

func parseRelayReq(p *parser, _ *Verb, dst expr.Ref) Action {
	a := &DHCPRelayReqChk{Dst: dst}
	a.Relay, a.Server = p.relay(dst)
	return a
}

func parseRelayResp(p *parser, _ *Verb, dst expr.Ref) Action {
	a := &DHCPRelayRespChk{Dst: dst}
	a.Relay, a.Server = p.relay(dst)
	return a
}

func (p *parser) relay(dst expr.Ref) (relay, server netip.Addr) {
	p.into(dst, 1)
	relay = p.address4("expecting IPv4 dhcp relay and server ips")
	p.Match(expr.Comma)
	server = p.address4("expecting IPv4 dhcp server ip")
	p.Force(expr.RParen)
	return relay, server
}

func (p *parser) address4(expecting string) netip.Addr {
	if !p.isAddress(expr.IPv4) {
		p.SyntaxError(expecting)
	}
	return p.address(expecting)
}
