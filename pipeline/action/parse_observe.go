package action

import (
	"ovnsim/ovsdb"
	"ovnsim/pipeline/expr"
)

// maxLogName is one more than the bytes that the name in a log message may have.
const maxLogName = 64

func parseLog(p *parser, _ *Verb, _ expr.Ref) Action {
	a := &Log{Severity: Info}
	for more := p.Match(expr.LParen); more && p.Err == nil && !p.Match(expr.RParen); p.Match(expr.Comma) {
		switch {
		case p.MatchID("verdict"):
			p.Force(expr.Assign)
			a.Verdict = Verdict(p.choice(verdicts[:], "unknown verdict"))
		case p.MatchID("name"):
			p.Force(expr.Assign)
			if p.Tok.Type == expr.Quoted && len(p.Tok.Text) >= maxLogName {
				p.SyntaxError("name must be shorter than 64 characters")
			}
			a.Name, a.Named = p.str("expecting string"), true
		case p.MatchID("severity"):
			p.Force(expr.Assign)
			if p.Tok.Type != expr.Ident {
				p.SyntaxError("expecting severity")
			}
			a.Severity = Severity(p.choice(severities[:], "unknown severity"))
		case p.MatchID("meter"):
			p.Force(expr.Assign)
			a.Meter, a.Metered = p.str("expecting string"), true
		default:
			p.SyntaxError("")
		}
	}
	if a.Verdict == NoVerdict {
		p.SyntaxError("expecting verdict")
	}
	return a
}

func parseSample(p *parser, _ *Verb, _ expr.Ref) Action {
	a := &Sample{}
	for more := p.Match(expr.LParen); more && p.Err == nil && !p.Match(expr.RParen); p.Match(expr.Comma) {
		switch {
		case p.MatchID("probability"):
			p.Force(expr.Assign)
			a.Probability = uint16(p.number(65535, "expecting probability"))
		case p.MatchID("collector_set"):
			p.Force(expr.Assign)
			a.CollectorSet = uint32(p.number(1<<32-1, "expecting collector_set"))
		case p.MatchID("obs_domain"):
			p.Force(expr.Assign)
			a.ObsDomain = uint8(p.number(255, "obs_domain must be 8-bit long"))
		case p.MatchID("obs_point"):
			p.Force(expr.Assign)
			a.ObsPoint = p.obsPoint()
		default:
			p.SyntaxError("unknown argument")
		}
	}
	if a.Probability == 0 {
		p.Errorf("probability must be greater than zero")
	}
	return a
}

func (p *parser) obsPoint() (o ObsPoint) {
	switch {
	case p.Tok.Type == expr.Macro && p.Tok.Text == "cookie":
		o.Cookie = true
		p.Next()
	case p.isInt(1<<32 - 1):
		o.ID = uint32(p.number(1<<32-1, ""))
	default:
		o.Ref = p.field(32)
	}
	return o
}

const emptyLBBackends = "empty_lb_backends"

func parseTriggerEvent(p *parser, _ *Verb, _ expr.Ref) Action {
	p.Force(expr.LParen)
	p.key("event", "Expecting 'event' option")
	if p.Tok.Type == expr.Quoted && p.Tok.Text != emptyLBBackends {
		p.SyntaxError("Unknown event '-1'")
	}
	a := &TriggerEvent{Event: p.str("Expecting string")}
	p.Match(expr.Comma)
	a.Options = p.options(eventOptions, emptyLBBackends)
	for _, o := range a.Options {
		p.checkEvent(o)
	}
	return a
}

func (p *parser) checkEvent(o Option) {
	c, ok := o.one()
	if !ok {
		p.Errorf(`Invalid value for "%s" option`, o.Name)
		return
	}
	switch o.Name {
	case "vip":
		if _, ok := parseVIP(c.Text); !ok {
			p.Errorf("Invalid load balancer VIP '%s'", c.Text)
		}
	case "protocol":
		if c.Text != "tcp" && c.Text != "udp" && c.Text != "sctp" {
			p.Errorf("Load balancer protocol '%s' is not 'tcp', 'udp', or 'sctp'", c.Text)
		}
	case "load_balancer":
		if _, err := ovsdb.ParseUUID(c.Text); err != nil {
			p.Errorf("Load balancer '%s' is not a UUID", c.Text)
		}
	}
}
