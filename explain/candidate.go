package explain

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline/expr"
	"ovnsim/topology"
)

// candidate is a balancer's VIP that a flow asked for.
type candidate struct {
	top      *topology.Topology
	flow     *Flow
	forward  []*Journey
	row      *topology.LoadBalancer
	key      string // of its vips, as the row has it
	vip      lb.Endpoint
	backends []lb.Endpoint // that can be read
}

// place is where a balancer is attached.
type place struct {
	name    string
	sw      *topology.LogicalSwitch // one of the two
	router  *topology.LogicalRouter
	through string // the group, or the router, that attaches it; "" for directly
}

// candidates finds the VIPs with the address that a flow asked for.
func candidates(t *topology.Topology, f *Flow) []*candidate {
	var out []*candidate
	var vars map[string]string
	forward := f.Forward()
	for _, row := range t.LoadBalancer {
		template := row.Options["template"] == "true"
		if template && vars == nil {
			vars = templateVars(t)
		}
		for _, key := range slices.Sorted(maps.Keys(row.VIPs)) {
			text, backends := key, row.VIPs[key]
			if template {
				text, backends = expand(text, vars), expand(backends, vars)
			}
			vip, err := lb.ParseEndpoint(text)
			if err != nil || vip.Addr != f.Remote.Addr() {
				continue
			}
			out = append(out, &candidate{top: t, flow: f, forward: forward, row: row, key: key, vip: vip, backends: readable(backends)})
		}
	}
	return out
}

// templateVars is what a balancer with options:template gets its addresses from. A simulated network is on one machine; where
// chassis differ, the first by name counts.
func templateVars(t *topology.Topology) map[string]string {
	rows := slices.SortedFunc(slices.Values(t.ChassisTemplateVar), func(a, b *topology.ChassisTemplateVar) int { return strings.Compare(b.Chassis, a.Chassis) })
	vars := map[string]string{}
	for _, row := range rows {
		maps.Copy(vars, row.Variables)
	}
	return vars
}

func expand(text string, vars map[string]string) string {
	out, _ := expr.Expand(text, vars)
	return out
}

func readable(backends string) []lb.Endpoint {
	var out []lb.Endpoint
	for _, text := range strings.Split(backends, ",") {
		if e, err := lb.ParseEndpoint(text); err == nil {
			out = append(out, e)
		}
	}
	return out
}

func (c *candidate) name() string {
	if c.row.Name != "" {
		return c.row.Name
	}
	return "the balancer of " + c.key
}

// reference is how ovn-nbctl finds the balancer.
func (c *candidate) reference() string {
	if c.row.Name != "" && c.top.Balancer(c.row.Name) == c.row {
		return c.row.Name
	}
	return c.row.UUID.String()
}

// places lists where the balancer is attached: by itself, through a group, or, where that is switched on, through a router
// beside a switch.
func (c *candidate) places() []place {
	var out []place
	routers := map[*topology.LogicalRouter]bool{}
	for _, r := range c.top.LogicalRouter {
		if g, ok := c.attached(r.LoadBalancer, r.LoadBalancerGroup); ok {
			out = append(out, place{name: r.Name, router: r, through: g})
			routers[r] = true
		}
	}
	fromRouter := c.top.Global().Options["install_ls_lb_from_router"] == "true"
	var switches []place
	for _, sw := range c.top.LogicalSwitch {
		g, ok := c.attached(sw.LoadBalancer, sw.LoadBalancerGroup)
		if !ok && fromRouter {
			g, ok = c.besideRouter(sw, routers)
		}
		if ok {
			switches = append(switches, place{name: sw.Name, sw: sw, through: g})
		}
	}
	return append(switches, out...)
}

func (c *candidate) besideRouter(sw *topology.LogicalSwitch, routers map[*topology.LogicalRouter]bool) (string, bool) {
	if len(routers) == 0 {
		return "", false
	}
	for _, r := range routersOn(c.top, sw) {
		if routers[r] {
			return r.Name, true
		}
	}
	return "", false
}

// routersOn lists the routers with a port on a switch, in the order of the switch's ports.
func routersOn(t *topology.Topology, sw *topology.LogicalSwitch) []*topology.LogicalRouter {
	var out []*topology.LogicalRouter
	for _, p := range sw.Ports {
		rp := t.RouterPort(p.Options["router-port"])
		if p.Type != "router" || rp == nil {
			continue
		}
		if r := t.RouterOf(rp); r != nil && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

func (c *candidate) attached(rows []*topology.LoadBalancer, groups []*topology.LoadBalancerGroup) (group string, ok bool) {
	if slices.Contains(rows, c.row) {
		return "", true
	}
	for _, g := range groups {
		if slices.Contains(g.LoadBalancer, c.row) {
			return g.Name, true
		}
	}
	return "", false
}

// matches tells whether the VIP is for the flow's port and protocol.
func (c *candidate) matches() bool {
	if c.vip.Port == 0 {
		return true
	}
	proto, err := lb.ParseProto(c.proto())
	return err == nil && c.vip.Port == c.flow.Remote.Port() && proto == c.flow.Proto
}

func (c *candidate) proto() string {
	if c.row.Protocol == "" {
		return "tcp"
	}
	return c.row.Protocol
}

// isVIP tells whether a packet still goes to the VIP.
func (c *candidate) isVIP(t lb.Tuple) bool {
	return t.Dst == c.vip.Addr && (c.vip.Port == 0 || t.DstPort == c.vip.Port)
}

// isBackend tells whether an address is one of the VIP's backends.
func (c *candidate) isBackend(addr netip.Addr, port uint16) bool {
	return slices.ContainsFunc(c.backends, func(b lb.Endpoint) bool { return b.Addr == addr && (b.Port == 0 || b.Port == port) })
}

// centralized tells whether a router runs on one chassis, wholly or at a gateway port.
func centralized(r *topology.LogicalRouter) bool {
	return chassisOf(r) != "" || slices.ContainsFunc(r.Ports, isGateway)
}

// isGateway tells distributed gateway ports.
func isGateway(p *topology.LogicalRouterPort) bool {
	return len(p.GatewayChassis) > 0 || p.HAChassisGroup != nil || p.Options["redirect-chassis"] != ""
}

// chassisOf is the chassis of a gateway router, "" for a distributed one.
func chassisOf(r *topology.LogicalRouter) string { return r.Options["chassis"] }
