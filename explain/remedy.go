package explain

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/lb"
	"ovnsim/sim/host"
	"ovnsim/topology"
)

// Change is a change of the network, or of the client, that may have a balancer apply.
type Change struct {
	Says   string
	Nbctl  [][]string // ovn-nbctl command lines, without its name
	Routes []Route
}

// Route is a route that a machine is given.
type Route struct {
	Machine string
	Prefix  netip.Prefix
	Via     netip.Addr
}

// Commands lists the change as commands of a lab's shell.
func (c Change) Commands() []string {
	var out []string
	for _, args := range c.Nbctl {
		words := []string{"ovn-nbctl"}
		for _, a := range args {
			if strings.ContainsAny(a, "\" $&|;()<>*?'\\") {
				a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
			}
			words = append(words, a)
		}
		out = append(out, strings.Join(words, " "))
	}
	for _, r := range c.Routes {
		out = append(out, fmt.Sprintf("ip netns exec %s ip route add %s via %s", r.Machine, r.Prefix, r.Via))
	}
	return out
}

// and makes one change of two.
func (c Change) and(d Change) Change {
	return Change{c.Says + ", and " + d.Says, slices.Concat(c.Nbctl, d.Nbctl), slices.Concat(c.Routes, d.Routes)}
}

// Runner runs a flow once more in a copy of its network, from the state that the flow began in, with a change made there.
type Runner interface {
	Again(Change) (*Flow, []Verdict, error)
}

// Verify tries the changes of verdicts, the smallest first, and notes for each verdict the first one with which the flow is
// answered and its balancer applies. What does not help is not shown as a remedy.
func Verify(verdicts []Verdict, r Runner) error {
	tried := map[string][]Verdict{} // what applied with a change, nil where the flow was not answered
	for i := range verdicts {
		v := &verdicts[i]
		for _, change := range v.Changes {
			key := strings.Join(change.Commands(), "\n")
			after, known := tried[key]
			if !known {
				flow, all, err := r.Again(change)
				if err != nil {
					return fmt.Errorf("trying to %s: %w", change.Says, err)
				}
				if flow.Stop == host.Answered {
					after = all
				}
				tried[key] = after
			}
			if slices.ContainsFunc(after, func(a Verdict) bool { return a.Balancer == v.Balancer && a.applies() == 1 }) {
				v.Commands = change.Commands()
				v.Remedy = change.Says + ": " + strings.Join(v.Commands, "; ")
				break
			}
		}
	}
	return nil
}

// remedies says for each reason what may help, in the order in which it is tried.
var remedies = map[Reason][]func(*candidate, place) []Change{
	NotAttached:          {(*candidate).attach},
	NotOnPath:            {(*candidate).attach},
	EnteredByRouterPort:  {(*candidate).attach},
	RouterNotCentralized: {(*candidate).attach},
	NotResident:          {(*candidate).attach},
	Bypassed:             {(*candidate).attach},
	DroppedBefore:        {(*candidate).withoutACL, (*candidate).attach},
	ReplyNotUntranslated: {(*candidate).forceSNAT, (*candidate).attach},
	PortOrProtocol:       {(*candidate).addVIP},
	BackendsOffline:      {(*candidate).withoutCheck},
	NeverLeftHost:        {(*candidate).attach},
}

// changes is what may help against a reason. A machine that did not send needs a way to its gateway as well.
func (c *candidate) changes(r Reason, p place) []Change {
	var out []Change
	for _, propose := range remedies[r] {
		out = append(out, propose(c, p)...)
	}
	if len(c.forward) > 0 {
		return out
	}
	routes := c.routes()
	for _, change := range slices.Clone(out) {
		for _, route := range routes {
			out = append(out, change.and(route))
		}
	}
	if r == NeverLeftHost {
		out = append(routes, out...)
	}
	return out
}

// attach puts the balancer where the client's packets enter, or on a router on their way that is centralized.
func (c *candidate) attach(place) []Change {
	var out []Change
	sw := c.clientSwitch()
	if sw == nil {
		return nil
	}
	if !slices.Contains(sw.LoadBalancer, c.row) {
		out = append(out, Change{Says: fmt.Sprintf("attach it to %s, the client's switch", sw.Name), Nbctl: [][]string{{"ls-lb-add", sw.Name, c.reference()}}})
	}
	routers := routersOn(c.top, sw)
	if len(c.forward) > 0 {
		for _, name := range c.forward[0].Path() {
			if r := c.top.Router(name); r != nil && !slices.Contains(routers, r) {
				routers = append(routers, r)
			}
		}
	}
	for _, r := range routers {
		if centralized(r) && !slices.Contains(r.LoadBalancer, c.row) {
			what := "a router with a gateway port"
			if chassisOf(r) != "" {
				what = "a gateway router"
			}
			out = append(out, Change{Says: fmt.Sprintf("attach it to %s, %s", r.Name, what), Nbctl: [][]string{{"lr-lb-add", r.Name, c.reference()}}})
		}
	}
	return out
}

// routes gives the client a way to the VIP through each router on its switch.
func (c *candidate) routes() []Change {
	sw := c.clientSwitch()
	if sw == nil {
		return nil
	}
	to := netip.PrefixFrom(c.vip.Addr, c.vip.Addr.BitLen())
	var out []Change
	for _, p := range sw.Ports {
		rp := c.top.RouterPort(p.Options["router-port"])
		if p.Type != "router" || rp == nil {
			continue
		}
		for _, network := range rp.Networks {
			via, err := netip.ParsePrefix(network)
			if err == nil && via.Addr().Is4() == to.Addr().Is4() && via.Addr() != to.Addr() {
				out = append(out, Change{Says: fmt.Sprintf("give %s a route to %s through %s", c.flow.From, to.Addr(), via.Addr()),
					Routes: []Route{{c.flow.From, to, via.Addr()}}})
			}
		}
	}
	return out
}

// forceSNAT has servers see the router as the client, so that replies come back to it.
func (c *candidate) forceSNAT(p place) []Change {
	if p.router == nil || chassisOf(p.router) == "" || p.router.Options["lb_force_snat_ip"] != "" {
		return nil
	}
	return []Change{{Says: fmt.Sprintf("have %s translate the source of balanced connections", p.name),
		Nbctl: [][]string{{"set", "logical_router", p.name, "options:lb_force_snat_ip=router_ip"}}}}
}

// addVIP has the balancer take the port that was asked for, too: with the backends of the VIP as they are, and with the same
// port there. Another protocol needs another balancer.
func (c *candidate) addVIP(p place) []Change {
	if !hasPorts(c.flow.Proto) || len(c.backends) == 0 || c.row.Options["template"] == "true" {
		return nil
	}
	vip := lb.Endpoint{Addr: c.vip.Addr, Port: c.flow.Remote.Port()}
	same, moved := backendsText(c.backends, 0), backendsText(c.backends, vip.Port)
	var out []Change
	for _, backends := range slices.Compact([]string{same, moved}) {
		proto := lb.ProtoName(c.flow.Proto)
		if proto == c.proto() {
			out = append(out, Change{Says: fmt.Sprintf("have it balance %s to %s, too", vip, backends),
				Nbctl: [][]string{{"set", "load_balancer", c.reference(), fmt.Sprintf("vips:%q=%q", vip.String(), backends)}}})
			continue
		}
		name := strings.ReplaceAll(c.row.Name+"-"+proto, " ", "-")
		attach := []string{"ls-lb-add", p.name, name}
		if p.router != nil {
			attach[0] = "lr-lb-add"
		}
		if c.top.Balancer(name) == nil {
			out = append(out, Change{Says: fmt.Sprintf("balance %s %s to %s, too, with a balancer of its own", proto, vip, backends),
				Nbctl: [][]string{{"lb-add", name, vip.String(), backends, proto}, attach}})
		}
	}
	return out
}

// backendsText lists backends, all with a port where one is given.
func backendsText(backends []lb.Endpoint, port uint16) string {
	var out []string
	for _, b := range backends {
		if port != 0 {
			b.Port = port
		}
		out = append(out, b.String())
	}
	return strings.Join(out, ",")
}

// withoutCheck has the balancer choose its backends unseen.
func (c *candidate) withoutCheck(place) []Change {
	return []Change{{Says: "take its health check away, or say in ip_port_mappings where each backend can be probed",
		Nbctl: [][]string{{"clear", "load_balancer", c.reference(), "health_check"}}}}
}

// withoutACL takes away each ACL that drops or rejects and that the packet met on a switch.
func (c *candidate) withoutACL(p place) []Change {
	if p.sw == nil {
		return nil
	}
	var out []Change
	propose := func(entity string, acls []*topology.ACL) {
		for _, a := range acls {
			if (a.Action == "drop" || a.Action == "reject") && c.met(a.Match) {
				out = append(out, Change{Says: fmt.Sprintf("take away the ACL that drops it (%s)", a.Match),
					Nbctl: [][]string{{"acl-del", entity, a.Direction, fmt.Sprint(a.Priority), a.Match}}})
			}
		}
	}
	propose(p.name, p.sw.ACLs)
	for _, g := range c.top.PortGroup {
		if slices.ContainsFunc(g.Ports, func(port *topology.LogicalSwitchPort) bool { return slices.Contains(p.sw.Ports, port) }) {
			propose(g.Name, g.ACLs)
		}
	}
	return out
}

// met tells whether the request met a flow with an ACL's match in it.
func (c *candidate) met(match string) bool {
	for _, j := range c.forward {
		for i := range j.Events.Events {
			if f := j.Events.Events[i].Flow; f != nil && strings.Contains(f.Match, "("+match+")") {
				return true
			}
		}
	}
	return false
}

func (c *candidate) clientSwitch() *topology.LogicalSwitch {
	p := c.top.SwitchPort(c.flow.Port)
	if p == nil {
		return nil
	}
	return c.top.SwitchOf(p)
}
