// Package ovnsim is OVN's dataplane in one Go binary: it compiles a northbound topology to the logical flows that
// ovn-northd 26.03 writes, runs packets through them with Open vSwitch's conntrack and backend choice, and says of every
// flow where load balancing applied, where it did not, and why.
//
// The house, and which way imports point:
//
//	cmd/ovnsim                 the command line
//	simtest, simnet            a lab in Go users' own tests; net.Conn over a simulated network
//	  lab                      a lab file: topology, hosts, scenarios; run and report
//	    shell                  the lab's own commands in a real shell language
//	      explain              why a flow was or was not balanced
//	        sim                the engine, conntrack, hosts, traces, captures
//	          pipeline         stages, flows, the match and action languages, northd
//	            topology       the northbound rows; YAML and databases
//	              lb, ovsdb    backend choice; database files
package ovnsim
