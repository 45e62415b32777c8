package action

import "ovnsim/pipeline/expr"

func parsePush(p *parser, _ *Verb, _ expr.Ref) Action {
	p.Force(expr.LParen)
	a := &Push{}
	if a.Src = p.inParens(); p.Err == nil {
		p.readable(a.Src)
	}
	return a
}

func parsePop(p *parser, _ *Verb, _ expr.Ref) Action {
	p.Force(expr.LParen)
	a := &Pop{}
	if a.Dst = p.inParens(); p.Err == nil {
		p.writable(a.Dst)
	}
	return a
}

// inParens reads a field of any kind and the closing parenthesis.
func (p *parser) inParens() (r expr.Ref) {
	if p.Err == nil {
		r = p.ref()
	}
	p.Force(expr.RParen)
	return r
}

func parseDecTTL(p *parser, v *Verb, _ expr.Ref) Action {
	p.Force(expr.Decrement)
	p.need(v.Prereq)
	return decTTL
}

var decTTL = &DecTTL{}

func parseGetARP(p *parser, _ *Verb, _ expr.Ref) Action {
	a := &GetARP{}
	p.fields("p4", &a.Port, &a.Addr)
	return a
}

func parsePutARP(p *parser, _ *Verb, _ expr.Ref) Action {
	a := &PutARP{}
	p.fields("p4m", &a.Port, &a.Addr, &a.MAC)
	return a
}

func parseLookupARP(p *parser, _ *Verb, dst expr.Ref) Action {
	a := &LookupARP{Dst: dst}
	p.into(dst, 1)
	p.fieldsIn("p4m", &a.Port, &a.Addr, &a.MAC)
	return a
}

func parseLookupARPIP(p *parser, _ *Verb, dst expr.Ref) Action {
	a := &LookupARPIP{Dst: dst}
	p.into(dst, 1)
	p.fieldsIn("p4", &a.Port, &a.Addr)
	return a
}

func parseGetND(p *parser, _ *Verb, _ expr.Ref) Action {
	a := &GetND{}
	p.fields("p6", &a.Port, &a.Addr)
	return a
}

func parsePutND(p *parser, _ *Verb, _ expr.Ref) Action {
	a := &PutND{}
	p.fields("p6m", &a.Port, &a.Addr, &a.MAC)
	return a
}

func parseLookupND(p *parser, _ *Verb, dst expr.Ref) Action {
	a := &LookupND{Dst: dst}
	p.into(dst, 1)
	p.fieldsIn("p6m", &a.Port, &a.Addr, &a.MAC)
	return a
}

func parseLookupNDIP(p *parser, _ *Verb, dst expr.Ref) Action {
	a := &LookupNDIP{Dst: dst}
	p.into(dst, 1)
	p.fieldsIn("p6", &a.Port, &a.Addr)
	return a
}

func parsePutFDB(p *parser, _ *Verb, _ expr.Ref) Action {
	a := &PutFDB{}
	p.fields("pm", &a.Port, &a.MAC)
	return a
}

func parseGetFDB(p *parser, _ *Verb, dst expr.Ref) Action {
	a := &GetFDB{Dst: dst}
	p.intoPort(dst)
	p.fieldsIn("m", &a.MAC)
	return a
}

func parseGetRemoteFDB(p *parser, _ *Verb, dst expr.Ref) Action {
	a := &GetRemoteFDB{Dst: dst}
	p.intoPort(dst)
	p.fieldsIn("m", &a.MAC)
	return a
}

// intoPort checks a field that takes a port: one of ports, or one of 32 bits for the port's number.
func (p *parser) intoPort(dst expr.Ref) {
	width := 32
	if dst.IsString() {
		width = name
	}
	p.into(dst, width)
}

func parseLookupFDB(p *parser, _ *Verb, dst expr.Ref) Action {
	a := &LookupFDB{Dst: dst}
	p.into(dst, 1)
	p.fieldsIn("pm", &a.Port, &a.MAC)
	return a
}

func parseHandleSvcCheck(p *parser, _ *Verb, _ expr.Ref) Action {
	a := &HandleSvcCheck{}
	p.fields("p", &a.Port)
	return a
}

func parseHandleBFDMsg(p *parser, _ *Verb, _ expr.Ref) Action {
	p.Force(expr.LParen)
	p.Force(expr.RParen)
	return &HandleBFDMsg{}
}

func parseBindVport(p *parser, _ *Verb, _ expr.Ref) Action {
	p.Force(expr.LParen)
	a := &BindVport{Vport: p.str("expecting port name string")}
	p.Force(expr.Comma)
	p.fieldsIn("p", &a.Parent)
	return a
}
