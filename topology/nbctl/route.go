package nbctl

import (
	"cmp"
	"slices"
	"strings"

	"ovnsim/topology"
)

// routePolicy reads --policy; "" for none given.
func routePolicy(c *call) (string, error) {
	p, given := c.options["--policy"]
	if given && p != "src-ip" && p != "dst-ip" {
		return "", fail("bad policy: %s", p)
	}
	return p, nil
}

func policyOf(r *topology.LogicalRouterStaticRoute) string { return cmp.Or(r.Policy, "dst-ip") }

// nexthop reads the address, discard or router port that a route leads to.
func (s *session) nexthop(text string) (address string, port *topology.LogicalRouterPort, err error) {
	if text == "discard" {
		return text, nil, nil
	}
	if ip, ok := parseIP(text); ok {
		return ip.String(), nil, nil
	}
	if port, err = lookup(s, routerPorts, text); err != nil || port == nil {
		return "", nil, fail("bad nexthop argument: %s", text)
	}
	return "", port, nil
}

func lrRouteAdd(s *session, c *call) error {
	lr, err := must(s, routers, c.args[0])
	if err != nil {
		return err
	}
	r, err := s.routeOf(c)
	if err != nil {
		return err
	}
	ecmp := c.has("--ecmp") || c.has("--ecmp-symmetric-reply")
	if r.Nexthop == "discard" {
		switch {
		case r.OutputPort != "":
			return fail("outport is not valid for discard routes.")
		case ecmp:
			return fail("ecmp is not valid for discard routes.")
		}
	}
	if r.BFD, err = s.routeBFD(c, r); err != nil {
		return err
	}
	if old := s.sameRoute(lr, r, ecmp); old != nil {
		return s.replaceRoute(c, old, r, ecmp)
	}
	if c.has("--ecmp-symmetric-reply") {
		r.Options = map[string]string{"ecmp_symmetric_reply": "true"}
	}
	s.insert(r)
	s.tx.Edit(lr)
	lr.StaticRoutes = with(lr.StaticRoutes, r)
	return nil
}

// routeOf is the route that lr-route-add's arguments describe.
func (s *session) routeOf(c *call) (*topology.LogicalRouterStaticRoute, error) {
	policy, err := routePolicy(c)
	if err != nil {
		return nil, err
	}
	_, prefix, ok := normalPrefix(c.args[1])
	if !ok {
		return nil, fail("bad prefix argument: %s", c.args[1])
	}
	address, port, err := s.nexthop(c.args[2])
	if err != nil {
		return nil, err
	}
	r := &topology.LogicalRouterStaticRoute{IPPrefix: prefix, Nexthop: address, Policy: policy, RouteTable: c.options["--route-table"]}
	if port != nil {
		r.OutputPort = port.Name
	}
	if len(c.args) > 3 {
		if _, err := must(s, routerPorts, c.args[3]); err != nil {
			return nil, err
		}
		r.OutputPort = c.args[3]
	}
	return r, nil
}

// sameRoute is a route of the router for the same prefix, policy and table; for ECMP one with the same next hop too.
func (s *session) sameRoute(lr *topology.LogicalRouter, r *topology.LogicalRouterStaticRoute, ecmp bool) *topology.LogicalRouterStaticRoute {
	i := slices.IndexFunc(lr.StaticRoutes, func(old *topology.LogicalRouterStaticRoute) bool {
		_, prefix, _ := normalPrefix(old.IPPrefix)
		same := prefix == r.IPPrefix && policyOf(old) == policyOf(r) && old.RouteTable == r.RouteTable
		return same && (!ecmp || old.Nexthop == r.Nexthop && old.OutputPort == r.OutputPort)
	})
	if i < 0 {
		return nil
	}
	return lr.StaticRoutes[i]
}

func (s *session) replaceRoute(c *call, old, r *topology.LogicalRouterStaticRoute, ecmp bool) error {
	switch {
	case c.has("--may-exist"):
	case ecmp:
		return fail("duplicate nexthop for the same ECMP route")
	default:
		return fail("duplicate prefix: %s (policy: %s). Use option --ecmp to allow this for ECMP routing.", r.IPPrefix, policyOf(r))
	}
	s.tx.Edit(old)
	old.IPPrefix, old.Nexthop = r.IPPrefix, r.Nexthop
	if r.OutputPort != "" {
		old.OutputPort = r.OutputPort
	}
	if r.Policy != "" {
		old.Policy = r.Policy
	}
	if r.BFD != nil {
		old.BFD = r.BFD
	}
	return nil
}

// routeBFD finds the BFD session that --bfd asks for, or makes one.
func (s *session) routeBFD(c *call, r *topology.LogicalRouterStaticRoute) (*topology.BFD, error) {
	id, given := c.options["--bfd"]
	switch {
	case !given:
		return nil, nil
	case id != "":
		for _, b := range s.BFD {
			if b.UUID.String() == id {
				return b, nil
			}
		}
		return nil, fail("no entry found in the BFD table")
	}
	for _, b := range s.BFD {
		if b.DstIP == r.Nexthop && (r.OutputPort == "" || b.LogicalPort == r.OutputPort) {
			return b, nil
		}
	}
	if r.OutputPort == "" {
		return nil, fail("insert entry in the BFD table failed")
	}
	b := &topology.BFD{DstIP: r.Nexthop, LogicalPort: r.OutputPort}
	s.insert(b)
	return b, nil
}

func lrRouteDel(s *session, c *call) error {
	lr, err := must(s, routers, c.args[0])
	if err != nil {
		return err
	}
	policy, err := routePolicy(c)
	if err != nil {
		return err
	}
	s.tx.Edit(lr)
	if len(c.args) == 1 && policy == "" {
		lr.StaticRoutes = nil
		return nil
	}
	prefix, hop := "", ""
	if len(c.args) > 1 {
		var ok bool
		if _, prefix, ok = normalPrefix(c.args[1]); !ok {
			return fail("bad prefix argument: %s", c.args[1])
		}
	}
	if len(c.args) > 2 {
		ip, ok := parseIP(c.args[2])
		if hop = ip.String(); !ok {
			if hop = c.args[2]; hop != "discard" {
				return fail("bad nexthop argument: %s", c.args[2])
			}
		}
	}
	left := slices.DeleteFunc(slices.Clone(lr.StaticRoutes), func(r *topology.LogicalRouterStaticRoute) bool {
		_, has, _ := normalPrefix(r.IPPrefix)
		_, to, _ := normalPrefix(r.Nexthop)
		return r.RouteTable == c.options["--route-table"] && (policy == "" || policyOf(r) == policy) && (prefix == "" || has == prefix) &&
			(hop == "" || cmp.Or(to, r.Nexthop) == hop) && (c.arg(3) == "" || r.OutputPort == c.arg(3))
	})
	if len(left) == len(lr.StaticRoutes) && !c.has("--if-exists") {
		return fail("no matching route: policy '%s', prefix '%s', nexthop '%s', output_port '%s'.",
			cmp.Or(policy, "any"), cmp.Or(prefix, "(null)"), cmp.Or(hop, "any"), cmp.Or(c.arg(3), "any"))
	}
	lr.StaticRoutes = left
	return nil
}

// listedRoute is a route with what it is sorted by.
type listedRoute struct {
	row    *topology.LogicalRouterStaticRoute
	v6     bool
	prefix string
	key    [17]byte
	rank   int
}

func lrRouteList(s *session, c *call) error {
	lr, err := must(s, routers, c.args[0])
	if err != nil {
		return err
	}
	only, one := c.options["--route-table"]
	var routes []listedRoute
	for _, r := range lr.StaticRoutes {
		p, text, ok := normalPrefix(r.IPPrefix)
		if !ok || one && r.RouteTable != only {
			continue
		}
		l := listedRoute{row: r, v6: p.Addr().Is6(), prefix: text, rank: 2 * p.Bits()}
		if policyOf(r) == "dst-ip" {
			l.rank++
		}
		a := p.Addr().As16()
		copy(l.key[:], a[:])
		routes = append(routes, l)
	}
	slices.SortStableFunc(routes, func(a, b listedRoute) int {
		return cmp.Or(compareBool(a.v6, b.v6), cmp.Compare(a.row.RouteTable, b.row.RouteTable), cmp.Compare(b.rank, a.rank),
			slices.Compare(a.key[:], b.key[:]), cmp.Compare(a.row.Nexthop, b.row.Nexthop))
	})
	printRoutes(c, routes)
	return nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func printRoutes(c *call, routes []listedRoute) {
	for i, r := range routes {
		first := i == 0 || routes[i-1].v6 != r.v6
		newTable := first || routes[i-1].row.RouteTable != r.row.RouteTable
		if i > 0 && newTable {
			c.printf("\n")
		}
		if first {
			c.printf("%s Routes\n", map[bool]string{false: "IPv4", true: "IPv6"}[r.v6])
		}
		if newTable {
			c.printf("Route Table %s:\n", cmp.Or(r.row.RouteTable, "<main>"))
		}
		same := func(o listedRoute) bool {
			return o.v6 == r.v6 && o.row.RouteTable == r.row.RouteTable && o.rank == r.rank && o.key == r.key
		}
		printRoute(c, r, i > 0 && same(routes[i-1]) || i+1 < len(routes) && same(routes[i+1]))
	}
}

func printRoute(c *call, r listedRoute, ecmp bool) {
	hop := r.row.Nexthop
	if _, text, ok := normalPrefix(hop); ok {
		hop = text
	}
	c.printf("%25s %25s %s", r.prefix, hop, policyOf(r.row))
	var notes []string
	if r.row.OutputPort != "" {
		notes = append(notes, r.row.OutputPort)
	}
	if r.row.ExternalIDs["ic-learned-route"] != "" {
		notes = append(notes, "(learned)")
	}
	if ecmp {
		notes = append(notes, "ecmp")
	}
	if r.row.Options["ecmp_symmetric_reply"] == "true" {
		notes = append(notes, "ecmp-symmetric-reply")
	}
	if r.row.BFD != nil {
		notes = append(notes, "bfd")
	}
	for _, n := range notes {
		c.printf(" %s", n)
	}
	c.printf("\n")
}

// trimmed is a line without the spaces at its end.
func trimmed(line string) string { return strings.TrimRight(line, " ") }
