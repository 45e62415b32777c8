package trace

// Tracking is what connection tracking did to a packet: the detail of a Track event.
type Tracking struct {
	Zone     string // whose zone, as ovn-controller names it; "" is the one that ports of distributed routers share
	State    string // ct_state from here on, new|trk
	Was, Now string // the packet before and after, where it was translated
	Held     bool   // a fragment, kept until the others have come
	Why      string // of an invalid packet
}

// Choice is a balancer's choice of a backend: the detail of a Choose event.
type Choice struct {
	Packet     string // as it came to the balancer
	Backend    string
	Bucket, Of int // which backend it is, from 0, and of how many
}

// Arrival is a packet that leaves the network by a port: the detail of a Deliver event.
type Arrival struct{ Port string }
