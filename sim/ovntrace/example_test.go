package ovntrace_test

import (
	"fmt"
	"io"
	"os"

	"ovnsim/pipeline/northd"
	"ovnsim/sim/ovntrace"
	"ovnsim/sim/trace"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

func ExampleOptions_Run() {
	top := &topology.Topology{}
	err := nbctl.Run(top, []string{"ls-add", "s", "--", "lsp-add", "s", "a", "--", "lsp-set-addresses", "a", "00:00:00:00:00:01",
		"--", "lsp-add", "s", "b", "--", "lsp-set-addresses", "b", "00:00:00:00:00:02"}, io.Discard)
	if err != nil {
		fmt.Println(err)
		return
	}
	o := ovntrace.Options{Forms: trace.Forms{Minimal: true}}
	sb := northd.Compile(top, northd.Options{})
	if err := o.Run(sb, []string{"s", `inport == "a" && eth.src == 00:00:00:00:00:01 && eth.dst == 00:00:00:00:00:02`}, os.Stdout, os.Stderr); err != nil {
		fmt.Println(err)
	}
	// Output:
	// # reg14=0x1,vlan_tci=0x0000,dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02,dl_type=0x0000
	// output("b");
}
