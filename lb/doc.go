// Package lb is load balancing as pure functions: what a virtual IP and its backends are, which backend Open vSwitch gives
// a packet, how a client sticks to it, and when a backend counts as alive.
//
//	vip, err := lb.ParseVIP("10.0.0.10:80", "10.0.1.1:8080,10.0.1.2:8080")
//	group := lb.NewBalancer(len(vip.Backends), nil)
//	backend := vip.Backends[group.Pick(tuple, &memory)]
//
// Open vSwitch's hashes are here, and the order that they give its tables (Table), which others ask for, too.
//
// Nothing here keeps time or state of its own: time is an argument, in nanoseconds of any clock that does not go back, and
// state is a value in the caller's hands. The package imports nothing of the project.
package lb
