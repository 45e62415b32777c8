package expr

import (
	"fmt"
	"math/rand"
	"strconv"
	"strings"
)

// generator makes matches that OVN accepts, and packets that have a chance to match them. All its choices come from one
// source, so that a seed says everything.
type generator struct {
	r   *rand.Rand
	not bool // under an odd number of !
}

var genPorts = []string{"lp1", "lp2", "lp3", "none"}

var genSets = map[string][]string{
	"as1":   {"10.0.0.1", "10.0.0.2", "10.0.1.0/24"},
	"as2":   {"10.0.0.2", "1.1.1.1"},
	"empty": {},
}

func genEnv() *testEnv {
	env := &testEnv{sets: map[string]*Set{}, resident: map[string]bool{"lp1": true}}
	for _, p := range genPorts {
		env.names.Intern(p)
	}
	for name, members := range genSets {
		env.sets[name], _ = NewAddressSet(members)
	}
	env.sets["pg1"] = NewPortGroup([]uint32{env.names.Intern("lp1"), env.names.Intern("lp2")})
	env.sets["pg2"] = NewPortGroup([]uint32{env.names.Intern("lp2"), env.names.Intern("lp3")})
	return env
}

func (g *generator) pick(options ...string) string { return options[g.r.Intn(len(options))] }

// expr is a match of at most some depth, in parentheses where it must be.
func (g *generator) expr(depth int) string {
	if depth == 0 || g.r.Intn(3) == 0 {
		return g.primary(depth)
	}
	n := 2 + g.r.Intn(3)
	args := make([]string, n)
	for i := range args {
		args[i] = g.primary(depth - 1)
	}
	return strings.Join(args, g.pick(" && ", " || "))
}

func (g *generator) primary(depth int) string {
	switch g.r.Intn(8) {
	case 0:
		if depth > 0 {
			g.not = !g.not
			defer func() { g.not = !g.not }()
			return "!(" + g.expr(depth-1) + ")"
		}
	case 1, 2:
		if depth > 0 {
			return "(" + g.expr(depth-1) + ")"
		}
	case 3:
		return g.pick("1", "0", `is_chassis_resident("lp1")`, `is_chassis_resident("lp2")`, "1", `!is_chassis_resident("lp2")`)
	}
	return g.comparison()
}

func (g *generator) comparison() string {
	s := &table.rows[1+g.r.Intn(len(table.rows)-1)]
	if s.ICMP {
		return g.comparison()
	}
	eq := " == "
	if s.Level == Nominal && g.not {
		eq = " != "
	}
	switch {
	case s.IsString():
		return s.Name + eq + g.pick(`"lp1"`, `"lp2"`, `{"lp1", "lp3"}`, "@pg1", "@pg2", `{@pg1, "none"}`)
	case s.IsPredicate():
		if s.Level == Nominal {
			return s.Name + eq + "1"
		}
		return g.pick("", "!") + s.Name
	case s.Level == Nominal:
		return s.Name + eq + g.constants(s, int(s.Width))
	}
	return g.ordinal(s)
}

func (g *generator) ordinal(s *Symbol) string {
	name, width := s.Name, int(s.Width)
	if width > 1 && g.r.Intn(3) == 0 {
		low := g.r.Intn(width)
		high := low + g.r.Intn(width-low)
		width = high - low + 1
		name += "[" + strconv.Itoa(low) + ".." + strconv.Itoa(high) + "]"
		if low == high {
			name = s.Name + "[" + strconv.Itoa(low) + "]"
		}
	} else if strings.HasSuffix(name, ".src") && width >= 32 && g.r.Intn(2) == 0 {
		return name + g.pick(" == ", " != ") + g.pick("$as1", "$as2", "$empty", "{$as1, 10.0.0.9}", "10.0.0.0/8", "10.0.0.1/255.0.0.255")
	}
	if width == 1 && g.r.Intn(2) == 0 {
		return g.pick("", "!") + name
	}
	switch g.r.Intn(4) {
	case 0:
		return name + g.pick(" < ", " <= ", " > ", " >= ") + g.constant(s, width)
	case 1:
		op := g.pick("<", "<=")
		return g.constant(s, width) + " " + op + " " + name + " " + g.pick("<", "<=") + " " + g.constant(s, width)
	}
	return name + g.pick(" == ", " != ") + g.constants(s, width)
}

func (g *generator) constants(s *Symbol, width int) string {
	switch g.r.Intn(6) {
	case 0:
		n := 1 + g.r.Intn(4)
		if g.r.Intn(8) == 0 {
			n = 12
		}
		args := make([]string, n)
		for i := range args {
			args[i] = g.constant(s, width)
		}
		return "{" + strings.Join(args, ", ") + "}"
	case 1:
		if width > 1 {
			return fmt.Sprintf("%#x/%#x", g.value(s, width).Lo, g.value(s, width).Lo)
		}
	}
	return g.constant(s, width)
}

func (g *generator) constant(s *Symbol, width int) string {
	v := g.value(s, width)
	return string(AppendValue(nil, v, Hexadecimal))
}

// value is one of the few values that both matches and packets use.
func (g *generator) value(s *Symbol, width int) Value {
	pool := []uint64{0, 1, 2, 3, 255, 0x0a000001, 0x0a000002, 0x0a000105, ^uint64(0)}
	switch s.Name {
	case "eth.type":
		pool = []uint64{0x800, 0x86dd, 0x806, 0x8035, 0x800, 0x86dd}
	case "ip.proto":
		pool = []uint64{1, 6, 17, 58, 132, 2}
	case "icmp6.type", "icmp4.type":
		pool = []uint64{135, 136, 133, 134, 130, 143, 8}
	case "ip.ttl":
		pool = []uint64{255, 64, 0}
	case "ct_state":
		pool = []uint64{0x21, 0x22, 0x2a, 0, 0x20}
	}
	v := V(pool[g.r.Intn(len(pool))])
	if width > 64 && g.r.Intn(3) == 0 {
		v.Hi = 0xff02 << 48
	}
	return v.And(Ones(width))
}

// key is a packet.
func (g *generator) key(env *testEnv) (k Key) {
	for i := 1; i < len(table.rows); i++ {
		s := &table.rows[i]
		switch {
		case s.Field != s.ID || s.ICMP:
		case s.IsString():
			n, _ := env.Port(genPorts[g.r.Intn(len(genPorts))])
			s.ref().Set64(&k, uint64(n))
		default:
			s.ref().Set(&k, g.value(s, int(s.Width)))
		}
	}
	Datapath.Set64(&k, uint64(g.r.Intn(3)))
	return k
}
