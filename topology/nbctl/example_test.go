package nbctl_test

import (
	"fmt"
	"os"

	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

func Example() {
	top := &topology.Topology{}
	run := func(args ...string) {
		if err := nbctl.Run(top, args, os.Stdout); err != nil {
			fmt.Println("ovn-nbctl:", err)
		}
	}
	run("ls-add", "inside", "--", "lsp-add", "inside", "vm", "--", "lsp-set-addresses", "vm", "02:00:00:00:00:0a 10.0.0.10")
	run("lb-add", "web", "10.0.0.1:80", "10.0.0.10:8000", "--", "ls-lb-add", "inside", "web")
	run("get", "load_balancer", "web", "vips")
	run("ls-add", "other", "--", "ls-add", "inside")
	run("--columns=name", "list", "logical_switch")
	// Output:
	// {"10.0.0.1:80"="10.0.0.10:8000"}
	// ovn-nbctl: inside: a switch with this name already exists
	// name                : inside
}
