package action

import "ovnsim/pipeline/expr"

// Tables is how many tables a pipeline has: next leads to those below, as OVN checks it.
var Tables = [...]int{Ingress: 35, Egress: 17}

var next = &Next{Table: NextTable} // by far the most frequent action: one value serves all

func parseNext(p *parser, _ *Verb, _ expr.Ref) Action {
	if !p.Match(expr.LParen) {
		return next
	}
	a := &Next{Table: NextTable}
	if p.isInt(1<<31 - 1) {
		a.Table, _ = p.SmallInt()
	} else {
		for {
			switch {
			case p.MatchID("pipeline"):
				p.Force(expr.Assign)
				a.Pipeline = Pipeline(p.choice([]string{Ingress: "ingress", Egress: "egress"}, `expecting "ingress" or "egress"`))
			case p.MatchID("table"):
				p.Force(expr.Assign)
				a.Table, _ = p.SmallInt()
			default:
				p.SyntaxError(`expecting "pipeline" or "table"`)
			}
			if p.Err != nil || !p.Match(expr.Comma) {
				break
			}
		}
	}
	p.Force(expr.RParen)
	if limit := Tables[max(a.Pipeline, Ingress)]; a.Table >= limit {
		p.Errorf(`"next" action cannot advance beyond table %d.`, limit-1)
	}
	return a
}

func parseSetQueue(p *parser, _ *Verb, _ expr.Ref) Action {
	p.Force(expr.LParen)
	id := p.smallInt("expecting `;'")
	if id > MaxQueue {
		p.Errorf("Queue ID %d for set_queue is not in valid range 0 to %d.", id, MaxQueue)
	}
	p.Force(expr.RParen)
	return &SetQueue{ID: uint32(id)}
}

// smallInt reads an integer where OVN has a message of its own for what is none.
func (p *parser) smallInt(expecting string) int { return int(p.number(1<<31-1, expecting)) }

func parseSetMeter(p *parser, _ *Verb, _ expr.Ref) Action {
	p.Force(expr.LParen)
	a := &SetMeter{}
	if a.Rate = p.number(1<<64-1, "expecting rate"); a.Rate == 0 {
		p.Errorf("Rate 0 for set_meter is not in valid.")
	}
	if p.Match(expr.Comma) {
		a.Burst = p.number(1<<64-1, "expecting burst")
	}
	p.Force(expr.RParen)
	return a
}

func parseFwdGroup(p *parser, _ *Verb, _ expr.Ref) Action {
	a := &FwdGroup{}
	if !p.Match(expr.LParen) {
		return a
	}
	if p.MatchID("liveness") {
		p.Force(expr.Assign)
		a.Liveness = p.boolean()
		p.Force(expr.Comma)
	}
	p.key("childports", "expecting `;'")
	for p.Err == nil && !p.Match(expr.RParen) {
		a.ChildPorts = append(a.ChildPorts, p.str("expecting logical switch port"))
		p.Match(expr.Comma)
	}
	if len(a.ChildPorts) == 0 {
		a.Liveness = false
	}
	return a
}

// boolean reads true or false, quoted or not.
func (p *parser) boolean() bool {
	if t := p.Tok.Type; t == expr.Ident || t == expr.Quoted {
		if s := p.Tok.Text; s == "true" || s == "false" {
			p.Next()
			return s == "true"
		}
	}
	p.SyntaxError("expecting true or false")
	return false
}

func parseMirror(p *parser, _ *Verb, _ expr.Ref) Action {
	p.Force(expr.LParen)
	a := &Mirror{Port: p.str("expecting port name string")}
	p.Force(expr.RParen)
	return a
}

func parseCheckPktLarger(p *parser, _ *Verb, dst expr.Ref) Action {
	p.into(dst, 1)
	n := p.smallInt("expecting `;'")
	p.Force(expr.RParen)
	return &CheckPktLarger{Dst: dst, Length: uint16(n)} // OVN keeps the low 16 bits, too
}
