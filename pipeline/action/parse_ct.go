package action

import (
	"net/netip"

	"ovnsim/pipeline/expr"
)

// zoned is an action that names a zone; the DNAT one if it may leave it out.
func zoned(optional bool, make func(Zone) Action) func(*parser, *Verb, expr.Ref) Action {
	return func(p *parser, v *Verb, _ expr.Ref) Action {
		p.need(v.Prereq)
		z := DNATZone
		if optional && p.Tok.Type != expr.LParen || !p.Force(expr.LParen) {
			return make(z)
		}
		switch {
		case p.MatchID("snat"):
			z = SNATZone
		case !p.MatchID("dnat"):
			p.Errorf(`"%s" action accepts only "dnat" or "snat" parameter.`, v.Name)
		}
		p.Force(expr.RParen)
		return make(z)
	}
}

func parseCtCommit(p *parser, v *Verb, _ expr.Ref) Action {
	p.need(v.Prereq)
	if p.Tok.Type != expr.LCurly {
		return &CtCommit{}
	}
	return &CtCommit{p.block(v.Prereq, true)}
}

// nat is an action that may name an address to translate to, and ports.
func nat(make func(NAT) Action) func(*parser, *Verb, expr.Ref) Action {
	return func(p *parser, v *Verb, _ expr.Ref) Action {
		p.need(v.Prereq)
		var n NAT
		if !p.Match(expr.LParen) {
			return make(n)
		}
		n.Addr = p.address("expecting IPv4 or IPv6 address")
		if p.Match(expr.Comma) {
			n.Ports = p.portRange()
		}
		p.Force(expr.RParen)
		return make(n)
	}
}

// portRange reads a port or two. Of too high a number the low 16 bits count, as in OVN.
func (p *parser) portRange() (r PortRange) {
	r.Low = p.rangeEnd()
	if p.Tok.Type != expr.Minus || p.Err != nil {
		return r
	}
	p.Next()
	if p.isInt(1<<64-1) && uint16(p.Tok.Const.Value.Lo) <= r.Low {
		p.SyntaxError("range high should be greater than range low")
	}
	r.High = p.rangeEnd()
	return r
}

func (p *parser) rangeEnd() uint16 {
	if p.isInt(1<<64-1) && uint16(p.Tok.Const.Value.Lo) == 0 {
		p.SyntaxError("range can't be 0")
	}
	return uint16(p.number(1<<64-1, "expecting Integer for port range"))
}

// balance is an action that names backends, each with its port where only local ones count.
func balance(local bool, make func(Balance) Action) func(*parser, *Verb, expr.Ref) Action {
	return func(p *parser, v *Verb, _ expr.Ref) Action {
		p.need(v.Prereq)
		var l Balance
		if !p.Match(expr.LParen) || p.Match(expr.RParen) {
			return make(l)
		}
		p.key("backends", "expecting backends")
		for p.Err == nil && p.Tok.Type != expr.Semicolon && p.Tok.Type != expr.RParen {
			l.Backends = append(l.Backends, p.backend(local))
			p.Match(expr.Comma)
		}
		p.balanceOptions(&l)
		if len(l.Backends) == 0 {
			l = Balance{} // with nothing to choose from, OVN forgets the rest
		}
		return make(l)
	}
}

// balanceOptions reads "; hash_fields="…"" and "; flag", each at most once, in this order, and the closing parenthesis.
func (p *parser) balanceOptions(l *Balance) {
	if !p.Match(expr.RParen) {
		p.Force(expr.Semicolon)
		if p.MatchID("hash_fields") {
			l.HashGiven = true
			p.Force(expr.Assign)
			l.HashFields = p.str("invalid hash_fields")
			if p.Match(expr.RParen) {
				return
			}
			p.Force(expr.Semicolon)
		}
		l.Flag = SNATFlag(p.choice([]string{SkipSNAT: "skip_snat", ForceSNAT: "force_snat"}, "expecting `;'"))
		if p.Match(expr.Semicolon) {
			p.SyntaxError("expecting `;'")
		}
		p.Force(expr.RParen)
	}
}

func (p *parser) backend(local bool) (k Backend) {
	if local {
		k.LogicalPort = p.str("expecting logical port name for distributed load balancer")
		p.Force(expr.Colon)
	}
	bracket := p.Match(expr.LSquare)
	switch {
	case bracket && !p.isAddress(expr.IPv6):
		p.SyntaxError("expecting IPv6 address")
	default:
		k.Addr = p.address("expecting IP address")
	}
	if bracket && !p.Match(expr.RSquare) {
		p.SyntaxError("no closing square bracket")
	}
	if (bracket || k.Addr.Is4()) && p.Match(expr.Colon) {
		k.Port = uint16(p.number(65535, "expecting port number"))
	}
	return k
}

func parseSelect(p *parser, v *Verb, dst expr.Ref) Action {
	a := &Select{Dst: dst}
	if dst.Width < 16 {
		low := int(dst.Low)
		p.wrong(`cannot use %d-bit field %s[%d..%d] for "select", which requires at least 16 bits.`, dst.Width, dst.Symbol().Name, low, low+int(dst.Width)-1)
	}
	if p.Err == nil && !p.writable(dst) {
		return nil
	}
	if a.HashGiven = p.MatchID("values"); a.HashGiven {
		p.Force(expr.Assign)
		p.Force(expr.LParen)
	}
	for p.Err == nil && !p.Match(expr.RParen) {
		a.Members = append(a.Members, p.member())
		p.Match(expr.Comma)
	}
	if len(a.Members) < 2 {
		p.SyntaxError("expecting at least 2 group members")
	}
	if a.HashGiven {
		p.Force(expr.Semicolon)
		if !p.MatchID("hash_fields") {
			p.SyntaxError("expecting hash_fields")
		}
		if p.Force(expr.Assign) && p.Lookahead() != expr.RParen {
			p.SyntaxError("invalid hash_fields")
		}
		a.HashFields = p.str("invalid hash_fields")
		p.Force(expr.RParen)
	}
	return a
}

func (p *parser) member() Member {
	m := Member{Weight: DefaultWeight}
	m.ID = uint16(p.number(65535, "expecting id"))
	if p.Match(expr.Assign) {
		if m.Weight = uint16(p.number(65535, "expecting weight")); m.Weight == 0 {
			p.SyntaxError("weight can't be 0")
		}
	}
	return m
}

var protocols = []string{"tcp", "udp", "sctp"}

func parseCommitECMPNH(p *parser, _ *Verb, _ expr.Ref) Action {
	a := &CommitECMPNH{}
	p.Force(expr.LParen)
	p.key("ipv6", "invalid parameter")
	if p.Err == nil {
		a.IPv6 = p.boolean()
	}
	p.Force(expr.Comma)
	p.key("proto", "invalid parameter")
	a.Proto = protocols[p.choice(protocols, "invalid protocol")]
	p.Force(expr.RParen)
	return a
}

func parseCommitLBAff(p *parser, _ *Verb, _ expr.Ref) Action {
	a := &CommitLBAff{}
	p.Force(expr.LParen)
	a.VIP = p.vip("vip", netip.Addr{})
	p.Force(expr.Comma)
	a.Backend = p.vip("backend", a.VIP.Addr())
	p.Force(expr.Comma)
	if a.VIP.Port() != 0 {
		p.key("proto", "invalid parameter")
		a.Proto = protocols[p.choice(protocols, "invalid protocol")]
		p.Force(expr.Comma)
	}
	p.key("timeout", "invalid parameter")
	a.Timeout = uint16(p.number(65535, "expecting affinity timeout"))
	p.Force(expr.RParen)
	return a
}

// vip reads "name = "ip[:port]"", of the family of another address if there is one.
func (p *parser) vip(name string, like netip.Addr) netip.AddrPort {
	p.key(name, "invalid parameter")
	a, ok := parseVIP(p.Tok.Text)
	switch {
	case p.Err != nil:
	case p.Tok.Type != expr.Quoted || !ok:
		p.SyntaxError("invalid parameter")
	case like.IsValid() && like.Is4() != a.Addr().Is4():
		p.SyntaxError("invalid protocol family")
	}
	p.Next()
	return a
}
