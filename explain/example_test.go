package explain_test

import (
	"fmt"

	"ovnsim/explain"
	"ovnsim/lab"
	"ovnsim/topology"
)

// A balancer on the servers' switch: the request is played, its verdict read off what the packet met, and the remedy tried.
func Example() {
	l, err := lab.Read([]byte(`
switches:
  clients: {ports: {c: {addresses: ["02:00:00:00:00:01 10.0.0.1"]}}}
  servers: {load_balancer: [web], ports: {s: {addresses: ["02:00:00:00:00:02 10.0.1.1"]}}}
routers:
  r:
    ports:
      rc: {mac: "02:00:00:00:01:01", networks: [10.0.0.254/24], switch: clients}
      rs: {mac: "02:00:00:00:01:02", networks: [10.0.1.254/24], switch: servers}
load_balancers: {web: {vips: {"30.0.0.1:80": "10.0.1.1:80"}}}
hosts:
  c: {port: c, routes: {default: 10.0.0.254}}
  s: {port: s, routes: {default: 10.0.1.254}, http: {80: hello}}
`), "lab.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := l.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := p.Explain("c", "http://30.0.0.1", 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := p.Verify(r); err != nil {
		fmt.Println(err)
		return
	}
	v := r.Verdicts[0]
	fmt.Printf("%s at %s\n%s\n", v.Reason, v.Place, v.Remedy)
	// Output:
	// not-on-path at servers
	// attach it to clients, the client's switch: ovn-nbctl ls-lb-add clients web
}

// The same mistake, seen without a packet.
func ExampleLint() {
	top, err := topology.Read([]byte(`
switches: {a: {ports: {vm: {addresses: ["02:00:00:00:00:01 10.0.0.1"]}}}}
load_balancers: {web: {vips: {"30.0.0.1:80": "10.0.0.1:80"}}}
`), "lab.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range explain.Lint(top) {
		fmt.Printf("%s: %s: %s\n", f.Place(), f.Rule.Name, f.Text)
	}
	// Output: lab.yaml:3:18: balancer-unattached: balancer web is attached to no switch and no router
}
