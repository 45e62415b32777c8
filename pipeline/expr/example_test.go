package expr_test

import (
	"fmt"

	"ovnsim/pipeline/expr"
)

// hv1 is a chassis with one port.
type hv1 struct{ names *expr.Names }

func (h hv1) Port(name string) (uint32, bool) { return h.names.Number(name) }

func (h hv1) Set(_ expr.ConstantKind, name string) *expr.Set {
	if name != "web" {
		return nil
	}
	s, _ := expr.NewAddressSet([]string{"10.0.0.0/24", "10.0.1.7"})
	return s
}

func (h hv1) Resident(port string) bool { return port == "vm1" }

func Example() {
	names := &expr.Names{}
	names.Intern("vm1")
	env := hv1{names}

	e, _ := expr.Parse(`inport == "vm1" && ip4.dst == $web && tcp.dst == {80, 443}`)
	match, _ := expr.Bind(e, env)
	packet, _ := expr.ParseMicroflow(`inport == "vm1" && ip4.dst == 10.0.0.9 && tcp.dst == 443`, env)
	fmt.Println(match.Eval(&packet.Key))

	expr.RefTo("tcp.dst").Set64(&packet.Key, 22)
	fmt.Println(match.Eval(&packet.Key))
	// Output:
	// true
	// false
}

func ExampleParse() {
	_, err := expr.Parse(`ip4 && tcp.dst == 80 || udp`)
	fmt.Println(err)
	_, err = expr.Parse(`inport != "vm1"`)
	fmt.Println(err)
	// Output:
	// 1:22: && and || must be parenthesized when used together.
	// 1:1: Nominal field inport may only be tested for equality (taking enclosing `!' operators into account).
}

func ExampleNormalise() {
	e, _ := expr.Parse(`!(tcp.dst == 80) && ct.new`)
	n, _ := expr.Normalise(e, nil)
	fmt.Println(n)
	// Output: tcp.dst != 0x50 && ip.proto == 0x6 && (eth.type == 0x800 || eth.type == 0x86dd) && ct_state[0] && ct_state[5]
}

func ExampleNewClassifier() {
	env := hv1{&expr.Names{}}
	var rows []expr.Row
	for i, text := range []string{"1", "eth.mcast", "ip4.dst == 10.0.0.0/8", "ip4.dst == 10.1.0.0/16"} {
		e, _ := expr.Parse(text)
		m, _ := expr.Bind(e, env)
		rows = append(rows, expr.Row{Priority: uint16(10 * i), Match: m})
	}
	c := expr.NewClassifier(rows)
	for _, flow := range []string{"ip4.dst == 10.1.2.3", "ip4.dst == 10.2.3.4", "eth.bcast", "arp"} {
		packet, _ := expr.ParseMicroflow(flow, env)
		fmt.Println(flow, c.Lookup(&packet.Key))
	}
	// Output:
	// ip4.dst == 10.1.2.3 3
	// ip4.dst == 10.2.3.4 2
	// eth.bcast 1
	// arp 0
}

func ExampleLexer() {
	l := expr.NewLexer(`reg0[0..3] = 5; /* low */ next;`)
	for ; l.Tok.Type != expr.End; l.Next() {
		fmt.Print(l.Input[l.Tok.Pos:l.Tok.End], " ")
	}
	fmt.Println()
	// Output: reg0 [ 0 .. 3 ] = 5 ; next ;
}

func ExampleRef() {
	var k expr.Key
	expr.RefTo("xxreg0").Set(&k, expr.Value{Hi: 0x0102030405060708})
	r := expr.RefTo("reg0").Bits(8, 16)
	fmt.Printf("%s is %#x\n", r, r.Get64(&k))
	// Output: reg0[8..23] is 0x203
}
