// Package sim runs packets through logical flows: the engine, what the chassis keep beside it, machines on ports, virtual time.
//
//	s := sim.New(northd.Compile(top, northd.Options{}), sim.Options{})
//	s.Attach("p2", machine)  // Receive(frame) is called for what arrives
//	s.Inject("p1", frame)
//	s.Run(time.Second)       // virtual
//
// An Engine follows flows; what no flow holds is a model's. There are two: shortcuts, which guesses as ovn-trace does
// (exec_trace*.go), and live, which is a chassis: Open vSwitch with ovn-controller beside it.
//
//	frame -> port -> chassis: ingress -> egress -+-> port -> frame         connections, affinity, hairpins: each chassis its own
//	                              ^              +-> peer's datapath       neighbours, FDB, multicast groups: known to all
//	                              +-- tunnel ----+-> other chassis         what flows depend on: Options.Northd compiles anew
//
// What a controller knows and flows do not know yet takes time, as in the real one (learningDelay, fdbDelay, northdDelay).
// Not modelled: failover between chassis, BFD sessions, rates of meters and queues, ageing of neighbours and FDB rows,
// gratuitous ARPs and periodic router advertisements of the controller, routes learned from other routers' daemons.
package sim
