package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ovnsim/pipeline"
)

// outage is what happened to chassis: those that are down, and those that the others have found to be.
type outage struct {
	down, noticed map[string]bool
}

// Chassis lists the chassis of the network by name, and tells which are up.
func (s *Sim) Chassis() (names []string, up []bool) {
	for _, name := range s.residence.chassis {
		names, up = append(names, name), append(up, !s.outage.down[name])
	}
	return names, up
}

// SetChassis switches a chassis off or on. What it knew of connections is lost, and at once so is every packet that it is to
// take or that comes from its machines. The other chassis find out by BFD through their tunnels; then gateway ports
// that it hosted go to the next one by priority, which announces their addresses on the physical network; they come back when
// it does (ovn-architecture(7), High Availability for Distributed Gateways). The error says that there is no such chassis.
func (s *Sim) SetChassis(name string, up bool) error {
	if !slices.Contains(s.residence.chassis, name) {
		return fmt.Errorf("no chassis %q (there are %s)", name, strings.Join(s.residence.chassis, ", "))
	}
	if up == !s.outage.down[name] {
		return nil
	}
	if up {
		delete(s.outage.down, name)
	} else {
		s.outage.down[name] = true
		s.on(name).boot()
	}
	s.At(s.Now()+s.detection(up), func() {
		if s.outage.down[name] == up || s.outage.noticed[name] != up {
			return // it has changed again meanwhile
		}
		if up {
			delete(s.outage.noticed, name)
		} else {
			s.outage.noticed[name] = true
		}
		s.Update(s.engine.sb)
	})
	return nil
}

// What BFD does unless NB_Global's options say otherwise (ovs-vswitchd.conf.db(5), Interface bfd): how often a chassis wants to
// hear of another at most, how often that one would like to tell, both in milliseconds, and how many times it may stay silent.
const (
	bfdMinRx = 1000
	bfdMinTx = 100
	bfdMult  = 3
)

// detection is how long the others take to find that a chassis is gone, or back.
func (s *Sim) detection(up bool) time.Duration {
	number := func(option string, otherwise uint64) uint64 {
		if n, err := strconv.ParseUint(s.engine.sb.Options[option], 10, 31); err == nil && n > 0 {
			return n
		}
		return otherwise
	}
	interval := time.Duration(max(number("bfd-min-rx", bfdMinRx), number("bfd-min-tx", bfdMinTx))) * time.Millisecond
	if up {
		return interval
	}
	return interval * time.Duration(number("bfd-mult", bfdMult))
}

// leave moves the gateway ports that chassis hosted that are gone. What has no other chassis to go to stays.
func (r *residence) leave(n *network, gone map[string]bool) {
	if len(gone) == 0 {
		return
	}
	for i := range n.ports {
		p := &n.ports[i]
		if !gone[r.at(p)] {
			continue
		}
		for _, c := range candidates(p.PortBinding) {
			if name := best([]pipeline.GatewayChassis{c}); !gone[name] && slices.Contains(r.chassis, name) {
				r.of[p.number] = name
				break
			}
		}
	}
}
