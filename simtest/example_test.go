package simtest_test

import (
	"fmt"
	"testing"

	"ovnsim/explain"
	"ovnsim/lab"
	"ovnsim/simtest"
)

// small is a network of two subnets with a balancer that is attached nowhere.
func small(t *testing.T) *simtest.Lab {
	return simtest.Network{
		Switches:  map[string]string{"inside": "10.0.1.0/24 vm3", "dmz": "10.0.2.0/24 vm1 vm2"},
		Router:    "r",
		Balancers: map[string]string{"web": "30.0.0.1:80 vm1:8000 vm2:8000"},
	}.Start(t)
}

// The balancer is on the client's switch, so it applies.
func Example() {
	t := new(testing.T) // a test gets its own
	l := small(t)
	l.Run("ovn-nbctl ls-lb-add inside web")
	r := l.Get("vm3", "http://30.0.0.1")
	simtest.Served(t, r, "i am vm1", "i am vm2")
	simtest.BalancedBy(t, r, "inside")
	fmt.Println("failed:", t.Failed())
	// Output: failed: false
}

// The balancer is on the servers' switch, and the client is elsewhere.
func ExampleNotBalanced() {
	t := new(testing.T)
	l := small(t)
	l.Run("ovn-nbctl ls-lb-add dmz web")
	r := l.Get("vm3", "http://30.0.0.1")
	simtest.Fails(t, r, lab.TimedOut)
	simtest.NotBalanced(t, r, explain.NotOnPath)
	fmt.Println(r.Why())
	fmt.Println("failed:", t.Failed())
	// Output:
	// no packet of this flow passed dmz, where web is attached
	// failed: false
}

func ExamplePath() {
	t := new(testing.T)
	l := small(t)
	r := l.Get("vm3", "http://10.0.2.2:8000")
	simtest.Served(t, r, "i am vm1")
	simtest.Path(t, r, "inside", "r", "dmz")
	simtest.Sees(t, r, "10.0.1.2")
	fmt.Println("failed:", t.Failed())
	// Output: failed: false
}

// A backend asks for the address that it serves itself.
func ExampleHairpinned() {
	t := new(testing.T)
	l := small(t)
	l.Run("ovn-nbctl ls-lb-add dmz web")
	r := l.GetFrom("vm1", 40000, "http://30.0.0.1")
	for port := uint16(40001); r.Outcome != "i am vm1"; port++ {
		r = l.GetFrom("vm1", port, "http://30.0.0.1")
	}
	simtest.Hairpinned(t, r)
	simtest.Sees(t, r, "30.0.0.1")
	fmt.Println("failed:", t.Failed())
	// Output: failed: false
}

func ExampleLab_Ping() {
	t := new(testing.T)
	l := small(t)
	r := l.Ping("vm3", "10.0.2.2")
	simtest.Served(t, r)
	fmt.Println(r.Outcome)
	// Output: answered
}

func ExampleFlows() {
	t := new(testing.T)
	l := small(t)
	l.Run("ovn-nbctl ls-lb-add inside web")
	fmt.Println(simtest.Flows(t, l, "inside", "ls_in_lb", "30.0.0.1", "ct_lb_mark(backends="))
	// Output: 1
}

func ExampleLoad() {
	t := new(testing.T)
	l := simtest.Load(t, "../examples/lab/lab.yaml")
	fmt.Println(l.Scenario("client's switch"))
	r := l.Get("vm3", "http://172.16.255.130:8000")
	fmt.Println(r.Outcome)
	// Output:
	// true
	// i am vm1
}

func ExampleParse() {
	t := new(testing.T)
	l := simtest.Parse(t, `
switches: {sw: {ports: {a: {addresses: ["02:00:00:00:00:01 10.0.0.1"]}, b: {addresses: ["02:00:00:00:00:02 10.0.0.2"]}}}}
hosts:
  a: {port: a, addresses: [10.0.0.1/24]}
  b: {port: b, addresses: [10.0.0.2/24], udp: {53: "an answer to "}}
`)
	fmt.Println(l.Ask("a", "10.0.0.2:53", "a question").Outcome)
	// Output: an answer to a question
}
