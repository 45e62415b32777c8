package expr

import "errors"

// Microflow is the packet that a match describes exactly.
type Microflow struct {
	Key Key
	// Ignored are fields that the match gives and OVN does not put into the packet: ip.dscp and ip.ecn.
	Ignored []string
}

// ParseMicroflow reads the packet of a trace (ovn-trace(8), MICROFLOW): a match that leaves each field one value or none.
// Fields that it does not speak of are 0, the time to live too. The error is in ovn-trace's words: an *Error where the text
// is no match, otherwise that the constraints are contradictory, or ambiguous.
func ParseMicroflow(text string, env Env) (*Microflow, error) {
	e, err := Parse(text)
	if err != nil {
		return nil, err
	}
	m, err := Bind(e, env)
	if err != nil {
		return nil, err
	}
	cubes, exact := m.cubes(microflowCubes)
	if exact && len(cubes) == 0 {
		return nil, errors.New("Constraints are contradictory.")
	}
	if !exact || len(cubes) > 1 {
		n, err := Normalise(e, env)
		if err != nil {
			return nil, err
		}
		return nil, errors.New("Constraints are ambiguous: " + n.String() + ".")
	}
	f := &Microflow{Key: cubes[0].value}
	for _, name := range []string{"ip.dscp", "ip.ecn"} {
		if r := RefTo(name); !r.Get(&cubes[0].mask).IsZero() {
			f.Ignored = append(f.Ignored, name)
			r.Set(&f.Key, Value{})
		}
	}
	op := RefTo("arp.op")
	op.Set64(&f.Key, op.Get64(&f.Key)&0xff) // Open vSwitch keeps no more of an ARP operation
	return f, nil
}

// microflowCubes is how many ways out of an ambiguity are looked at before giving up.
const microflowCubes = 1 << 8

// Inport is the port that a microflow says it enters by. The messages are ovn-trace's.
func Inport(e Expr) (string, error) {
	inport := RefTo("inport")
	name, n := "", 0
	Walk(e, func(e Expr) bool {
		x, ok := e.(*Compare)
		if ok && x.Ref == inport {
			for i := range x.Set.Items {
				if c := &x.Set.Items[i]; c.Kind == String && (n == 0 || c.Text != name) {
					name = c.Text
					n++
				}
			}
		}
		return true
	})
	switch n {
	case 0:
		return "", errors.New("flow match expression does not match on inport")
	case 1:
		return name, nil
	}
	return "", errors.New("flow match expression matches on multiple inports")
}
