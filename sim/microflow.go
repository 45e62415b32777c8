package sim

import (
	"errors"
	"fmt"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/trace"
)

// ErrNoInport is what a microflow ends with that names no port of the datapath as its inport.
var ErrNoInport = errors.New("microflow does not specify ingress port")

// Microflow is the packet that an expression describes (ovn-trace(8), "DESCRIPTION"): every bit that the expression does not
// fix is 0. dp may be nil: the datapath is then the one of the expression's inport. An expression that fixes bits in two
// ways, or leaves open which of several packets is meant, is an error.
func (e *Engine) Microflow(dp *pipeline.Datapath, text string) (*pipeline.Datapath, expr.Key, error) {
	x, err := expr.Parse(text)
	if err != nil {
		return nil, expr.Key{}, err
	}
	if dp == nil {
		if dp, err = e.datapathOf(x); err != nil {
			return nil, expr.Key{}, err
		}
	}
	m := microflow{engine: e, dp: e.net.datapaths[dp]}
	if m.dp == nil {
		return nil, expr.Key{}, fmt.Errorf("datapath %q is not of this database", dp.Name)
	}
	m.require(x, false)
	for _, late := range m.late {
		if m.err == nil {
			m.decide(late)
		}
	}
	if m.err == nil && fieldInport.Get64(&m.key) == 0 {
		m.err = ErrNoInport
	}
	return dp, m.key, m.err
}

// datapathOf is the datapath of the one port that an expression names as inport.
func (e *Engine) datapathOf(x expr.Expr) (*pipeline.Datapath, error) {
	var names []string
	expr.Walk(x, func(x expr.Expr) bool {
		if c, ok := x.(*expr.Compare); ok && c.Ref.Symbol().Name == "inport" {
			for _, item := range c.Set.Items {
				names = append(names, item.Text)
			}
		}
		return true
	})
	switch {
	case len(names) == 0:
		return nil, errors.New("the microflow does not say inport == \"PORT\", and no datapath is given")
	case len(names) > 1:
		return nil, errors.New("the microflow names more than one inport")
	}
	p := e.net.findPort(names[0])
	if p == nil {
		return nil, fmt.Errorf("unknown port %q", names[0])
	}
	return p.dp.Datapath, nil
}

// microflow collects what an expression says of a packet.
type microflow struct {
	engine     *Engine
	dp         *datapath
	key, known expr.Key // known: the bits that are fixed
	late       []literal
	err        error
}

// literal is a part of the expression, or its negation.
type literal struct {
	x   expr.Expr
	neg bool
}

func (m *microflow) contradict(x expr.Expr) {
	if m.err == nil {
		m.err = fmt.Errorf("the microflow contradicts itself at %s", x)
	}
}

// require fixes what must be for x to hold; what can hold in several ways is put off until everything else is known.
func (m *microflow) require(x expr.Expr, neg bool) {
	if m.err != nil {
		return
	}
	switch x := x.(type) {
	case *expr.Paren:
		m.require(x.X, neg)
	case *expr.Not:
		m.require(x.X, !neg)
	case *expr.And:
		m.all(x, x.Args, neg, neg)
	case *expr.Or:
		m.all(x, x.Args, neg, !neg)
	case expr.Bool:
		if bool(x) == neg {
			m.contradict(x)
		}
	case *expr.Resident:
		if m.engine.binder.Env.Resident(x.Port) == neg {
			m.contradict(x)
		}
	case *expr.Test:
		m.compare(x, x.Ref, expr.NE, expr.Int(0), neg)
	case *expr.Compare:
		if len(x.Set.Items) == 1 {
			m.compare(x, x.Ref, x.Op, x.Set.Items[0], neg)
		} else {
			m.late = append(m.late, literal{x, neg})
		}
	case *expr.Range:
		m.between(x, neg)
	}
}

// all requires every argument of a conjunction or of a negated disjunction; the opposites are put off.
func (m *microflow) all(x expr.Expr, args []expr.Expr, neg, late bool) {
	if late {
		m.late = append(m.late, literal{x, neg})
		return
	}
	for _, a := range args {
		m.require(a, neg)
	}
}

// compare fixes the bits of a field that an equality names.
func (m *microflow) compare(x expr.Expr, r expr.Ref, op expr.Op, c expr.Constant, neg bool) {
	if neg {
		op = op.Negate()
	}
	s := r.Symbol()
	if s.IsPredicate() {
		m.predicate(s, (c.Value.Lo&1 != 0) == (op == expr.EQ))
		return
	}
	m.prereq(s)
	one := c.Kind != expr.String && r.Width == 1
	switch {
	case c.Kind == expr.AddressSet || c.Kind == expr.PortGroup:
		m.late = append(m.late, literal{x, neg})
	case c.Kind == expr.String && op == expr.EQ:
		m.fix(x, r, expr.V(uint64(m.port(c.Text))), expr.Ones(32))
	case op == expr.EQ:
		mask := expr.Ones(int(r.Width))
		if c.Masked {
			mask = mask.And(c.Mask)
		}
		m.fix(x, r, c.Value, mask)
	case op == expr.NE && one:
		m.fix(x, r, expr.V(c.Value.Lo&1^1), expr.Ones(1))
	case op == expr.NE:
		m.late = append(m.late, literal{x, neg})
	default:
		m.interval(literal{x, neg}, r, op, c.Value)
	}
}

// port is the number of a port for the datapath; its friendly name or a part of its UUID will do.
func (m *microflow) port(name string) uint32 {
	if number := m.engine.net.number(m.dp, name); number != 0 {
		return number
	}
	if p := m.engine.net.findPort(name); p != nil && p.dp == m.dp {
		return p.number
	}
	return 0
}

func (m *microflow) predicate(s *expr.Symbol, positive bool) {
	x, err := expr.Parse(s.Expansion)
	if err != nil {
		panic("sim: " + s.Expansion + ": " + err.Error()) // the field table is ours
	}
	m.require(x, !positive)
}

func (m *microflow) prereq(s *expr.Symbol) {
	if s.Prereq == "" {
		return
	}
	x, err := expr.Parse(s.Prereq)
	if err != nil {
		panic("sim: " + s.Prereq + ": " + err.Error())
	}
	m.require(x, false)
}

// fix gives bits their value, unless they have another.
func (m *microflow) fix(x expr.Expr, r expr.Ref, value, mask expr.Value) {
	width := int(r.Width)
	if r.IsString() {
		width = 32
	}
	known := m.known.Bits(int(r.Bit), width)
	now := m.key.Bits(int(r.Bit), width)
	if !now.Xor(value).And(known).And(mask).IsZero() {
		m.contradict(x)
		return
	}
	m.known.SetBits(int(r.Bit), width, known.Or(mask))
	m.key.SetBits(int(r.Bit), width, now.And(mask.Not()).Or(value.And(mask)))
}

// interval fixes the high bits of a field whose values by an inequality are one aligned block, such as those below 1024.
func (m *microflow) interval(l literal, r expr.Ref, op expr.Op, v expr.Value) {
	low, high := expr.Value{}, expr.Ones(int(r.Width))
	one := expr.V(1)
	switch op {
	case expr.LT:
		high = v.Sub(one)
	case expr.LE:
		high = v
	case expr.GT:
		low = v.Add(one)
	case expr.GE:
		low = v
	}
	if !m.block(l.x, r, low, high) {
		m.late = append(m.late, l)
	}
}

func (m *microflow) block(x expr.Expr, r expr.Ref, low, high expr.Value) bool {
	free := low.Xor(high)
	if low.Cmp(high) > 0 || !free.And(free.Add(expr.V(1))).IsZero() || !low.And(free).IsZero() {
		return false
	}
	m.fix(x, r, low, expr.Ones(int(r.Width)).And(free.Not()))
	return true
}

// between is for LOW < field < HIGH.
func (m *microflow) between(x *expr.Range, neg bool) {
	m.prereq(x.Ref.Symbol())
	low, high, lowOp, highOp := x.Low.Value, x.High.Value, x.LowOp, x.HighOp
	if lowOp == expr.GT || lowOp == expr.GE {
		low, high, lowOp, highOp = high, low, highOp.Turn(), lowOp.Turn()
	}
	if lowOp == expr.LT {
		low = low.Add(expr.V(1))
	}
	if highOp == expr.LT {
		high = high.Sub(expr.V(1))
	}
	if neg || !m.block(x, x.Ref, low, high) {
		m.late = append(m.late, literal{x, neg})
	}
}

// decide checks what was put off: it must hold by what is known. Bits that nothing fixed make it ambiguous.
func (m *microflow) decide(l literal) {
	match, err := m.engine.binder.Bind(l.x)
	if err != nil {
		m.err = err
		return
	}
	holds := match.Eval(&m.key) != l.neg
	inverse := m.key
	for i := range inverse { // flip what is not known: a different answer means that it matters
		inverse[i] ^= ^m.known[i]
	}
	if sure := match.Eval(&inverse) != l.neg == holds; sure && holds {
		return
	} else if sure {
		m.contradict(l.x)
		return
	}
	m.err = fmt.Errorf("the microflow is ambiguous: %s can hold in several ways; say which packet is meant", l.x)
}

// Describe is a packet as ovn-trace shows the microflow that it traces: "# " and the fields as Open vSwitch writes them.
func (e *Engine) Describe(dp *pipeline.Datapath, key *expr.Key) string {
	w := e.begin(nil, nil)
	f := frame{key: *key, dp: e.net.datapaths[dp], at: action.At{}}
	return "# " + trace.FormatFlow(key, w.tunnelKeys(&f)) + "\n"
}
