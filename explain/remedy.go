package explain

import (
	"fmt"

	"ovnsim/topology"
)

// remedy is the smallest change that may help: attach the balancer where the client's packets enter.
func (c *candidate) remedy(r Reason, p place) string {
	switch r {
	case NotAttached, NotOnPath, EnteredByRouterPort, RouterNotCentralized:
		if sw := c.clientSwitch(); sw != nil && sw.Name != p.name && !external(sw) {
			return fmt.Sprintf("attach it to %s, the client's switch: ovn-nbctl ls-lb-add %s %s", sw.Name, sw.Name, c.reference())
		}
		if router := c.gatewayRouter(); router != "" && router != p.name {
			return fmt.Sprintf("attach it to %s, a gateway router: ovn-nbctl lr-lb-add %s %s", router, router, c.reference())
		}
	case NoBackends:
		return fmt.Sprintf("give it backends: ovn-nbctl set load_balancer %s vips:%q=ADDRESS:PORT", c.reference(), c.key)
	case NeverLeftHost:
		return fmt.Sprintf("give %s a route to %s", c.flow.From, c.flow.Remote.Addr())
	}
	return ""
}

// reference is how ovn-nbctl finds the balancer.
func (c *candidate) reference() string {
	if c.row.Name != "" {
		return c.row.Name
	}
	return c.row.UUID.String()
}

func (c *candidate) clientSwitch() *topology.LogicalSwitch {
	p := c.top.SwitchPort(c.flow.Port)
	if p == nil {
		return nil
	}
	return c.top.SwitchOf(p)
}

// external tells whether a switch is a window to a physical network: clients behind it come in by a localnet port, whose
// packets a switch does not balance.
func external(sw *topology.LogicalSwitch) bool {
	for _, p := range sw.Ports {
		if p.Type == "localnet" {
			return true
		}
	}
	return false
}

// gatewayRouter finds the gateway router on the client's switch.
func (c *candidate) gatewayRouter() string {
	sw := c.clientSwitch()
	if sw == nil {
		return ""
	}
	for _, p := range sw.Ports {
		rp := c.top.RouterPort(p.Options["router-port"])
		if p.Type != "router" || rp == nil {
			continue
		}
		if r := c.top.RouterOf(rp); r != nil && centralized(r) {
			return r.Name
		}
	}
	return ""
}
