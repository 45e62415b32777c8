package sim

import (
	"slices"
	"strings"

	"ovnsim/pipeline"
)

// residence says which chassis each port is on. Ports that every chassis has, or that a network of one chassis has, are on
// none in particular.
type residence struct {
	chassis []string // by name; one at least, the first by name hosting what nobody placed elsewhere
	of      []string // by the number of the port's name; "" for those on none in particular; nil with one chassis
}

// defaultChassis is what a chassis is called that nobody named.
const defaultChassis = "hv1"

// newResidence reads where ports are bound; those that are not bound are where they ask to be.
func newResidence(n *network) *residence {
	r := &residence{of: make([]string, len(n.byNumber))}
	names := map[string]bool{}
	for i := range n.ports {
		p := &n.ports[i]
		if name := placed(p.PortBinding); name != "" {
			names[name] = true
			r.of[p.number] = name
		}
		for _, c := range candidates(p.PortBinding) {
			names[best([]pipeline.GatewayChassis{c})] = len(n.sb.Chassis) == 0 || c.Chassis != nil
		}
	}
	for name, there := range names {
		if there {
			r.chassis = append(r.chassis, name)
		}
	}
	slices.Sort(r.chassis)
	if len(r.chassis) == 0 {
		r.chassis = []string{defaultChassis}
	}
	if len(r.chassis) == 1 {
		r.of = nil
		return r
	}
	for i := range n.ports {
		if p := &n.ports[i]; r.of[p.number] == "" && onOneChassis(p.PortBinding) {
			r.of[p.number] = r.first()
		}
	}
	for i := range n.ports {
		p := &n.ports[i]
		if parent := orElse(p.ParentPort, p.VirtualParent); parent != "" && p.Chassis == nil {
			r.of[p.number] = r.at(n.portNamed(parent))
		}
	}
	return r
}

// first is the chassis that hosts what nobody placed elsewhere.
func (r *residence) first() string { return r.chassis[0] }

// several tells whether there is more than one chassis.
func (r *residence) several() bool { return len(r.chassis) > 1 }

// at is the chassis that a port is on, "" for none in particular. No port is nowhere.
func (r *residence) at(p *port) string {
	if p == nil || r.of == nil {
		return ""
	}
	return r.of[p.number]
}

// has tells whether a chassis has a port.
func (r *residence) has(chassis string, p *port) bool {
	of := r.at(p)
	return of == "" || of == chassis
}

// placed is the chassis that a port is bound to, or would be by its options; "" when nothing names one.
func placed(p *pipeline.PortBinding) string {
	switch {
	case !onOneChassis(p):
		return ""
	case p.Chassis != nil:
		return p.Chassis.Name
	case p.RequestedChassis != nil:
		return p.RequestedChassis.Name
	case len(candidates(p)) > 0:
		return best(candidates(p))
	}
	if len(p.Options) == 0 {
		return ""
	}
	for _, option := range [...]string{"l3gateway-chassis", "l2gateway-chassis", "requested-chassis"} {
		if name, _, _ := strings.Cut(p.Options[option], ","); name != "" {
			return name
		}
	}
	return ""
}

// onOneChassis tells ports that one chassis has from those that all have: links between datapaths, and localnet and local
// ports.
func onOneChassis(p *pipeline.PortBinding) bool {
	return p.Type != "patch" && p.Type != "localnet" && p.Type != "localport"
}

// candidates is the chassis that may host a gateway port, the best first.
func candidates(p *pipeline.PortBinding) []pipeline.GatewayChassis {
	switch {
	case len(p.GatewayChassis) > 0:
		return p.GatewayChassis
	case p.HAChassisGroup != nil:
		return p.HAChassisGroup.Members
	}
	return nil
}

// best is the chassis of the highest priority that is there; where no database says which are, all are.
func best(choice []pipeline.GatewayChassis) string {
	for _, c := range choice {
		if c.Chassis != nil {
			return c.Chassis.Name
		}
	}
	return choice[0].Name
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
