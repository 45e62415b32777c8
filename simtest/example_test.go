package simtest_test

import (
	"fmt"
	"testing"

	"ovnsim/simtest"
)

// A lab of two machines on one switch; the balancer is on the client's switch, so it applies.
func Example() {
	t := new(testing.T) // a test gets its own
	l := simtest.Parse(t, `
switches:
  sw:
    load_balancer: [web]
    ports:
      client: {addresses: ["02:00:00:00:00:01 10.0.0.1"]}
      server: {addresses: ["02:00:00:00:00:02 10.0.0.2"]}
routers:
  r: {ports: {r-sw: {mac: "02:00:00:00:00:fe", networks: [10.0.0.254/24], switch: sw}}}
load_balancers:
  web: {vips: {"30.0.0.1:80": "10.0.0.2:8000"}}
hosts:
  client: {port: client, routes: {default: 10.0.0.254}}
  server: {port: server, routes: {default: 10.0.0.254}, http: {8000: hello}}
`)
	r := l.Get("client", "http://30.0.0.1")
	simtest.Served(t, r, "hello")
	simtest.BalancedBy(t, r, "sw")
	fmt.Println(r.Outcome, "failed:", t.Failed())
	// Output: hello failed: false
}
