package trace

import "fmt"

// Tracking is what connection tracking did to a packet: the detail of a Track event.
type Tracking struct {
	Zone  string `json:"zone"`           // whose zone, as ovn-controller names it; "" is the one that ports of distributed routers share
	State string `json:"state"`          // ct_state from here on, new|trk
	Was   string `json:"was,omitempty"`  // the packet before it was translated, "" where it was not
	Now   string `json:"now,omitempty"`  // the packet after
	Held  bool   `json:"held,omitempty"` // a fragment, kept until the others have come
	Why   string `json:"why,omitempty"`  // of an invalid packet
}

// Choice is a balancer's choice of a backend: the detail of a Choose event.
type Choice struct {
	Packet  string `json:"packet"` // as it came to the balancer
	Backend string `json:"backend"`
	Bucket  int    `json:"bucket"` // which backend it is, from 0
	Of      int    `json:"of"`     // of how many
}

// Arrival is a packet that leaves the network by a port: the detail of a Deliver event.
type Arrival struct {
	Port string `json:"port"`
}

// String says it in one line.
func (t *Tracking) String() string {
	s := "conntrack zone " + t.Zone
	if t.Zone == "" {
		s = "conntrack zone 0"
	}
	switch {
	case t.Held:
		return s + ": a fragment, kept until the others come"
	case t.Was != "":
		s += ": " + t.State + ", " + t.Was + " becomes " + t.Now
	default:
		s += ": " + t.State
	}
	if t.Why != "" {
		s += " (" + t.Why + ")"
	}
	return s
}

// String says it in one line.
func (c *Choice) String() string {
	return fmt.Sprintf("balanced: %s to backend %s, number %d of %d", c.Packet, c.Backend, c.Bucket+1, c.Of)
}
