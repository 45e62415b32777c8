package explain

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/lb"
	"ovnsim/topology"
)

// Rule is one kind of mistake that can be seen without a packet.
type Rule struct {
	Name   string
	What   string // is wrong
	Why    string // it is
	Remedy string
	find   func(*linted)
}

// Finding is a mistake at a row.
type Finding struct {
	Rule   *Rule
	Row    topology.Record
	Text   string // what is wrong here
	Remedy string // what to do here; the rule's when nothing more is known
}

// Place is where the row is: file:line:col of a lab file, table and name of a database.
func (f *Finding) Place() string {
	if pos := f.Row.Base().Pos; !pos.IsZero() {
		return pos.String()
	}
	return f.RowName()
}

// RowName is the row's table and its name, or its UUID where it has none.
func (f *Finding) RowName() string {
	t := topology.TableOf(f.Row)
	if t.Key != "" {
		if d := t.Column(t.Key).Get(f.Row); len(d.Keys) > 0 && d.Keys[0].String != "" {
			return t.Name + " " + d.Keys[0].String
		}
	}
	return t.Name + " " + f.Row.Base().UUID.String()
}

// Lint finds mistakes of a topology, by the order of the rules and then of the rows.
func Lint(t *topology.Topology) []Finding {
	l := newLinted(t)
	for i := range Rules {
		l.rule = &Rules[i]
		l.rule.find(l)
	}
	slices.SortStableFunc(l.findings, func(a, b Finding) int {
		p, q := a.Row.Base().Pos, b.Row.Base().Pos
		return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
	})
	return l.findings
}

// linted is a topology with what rules look up.
type linted struct {
	*topology.Topology
	rule     *Rule
	findings []Finding

	switchOf    map[*topology.LogicalSwitchPort]*topology.LogicalSwitch
	routerOf    map[*topology.LogicalRouterPort]*topology.LogicalRouter
	routerPorts map[string]*topology.LogicalRouterPort
	switchPorts map[string]*topology.LogicalSwitchPort
	facing      map[*topology.LogicalRouterPort][]*topology.LogicalSwitchPort // switch ports that name the router port
	balancers   map[*topology.LoadBalancer]*attachment
	addresses   map[netip.Addr]*topology.LogicalSwitchPort // of machines
	networks    map[*topology.LogicalSwitch][]netip.Prefix // of the routers on a switch
}

// attachment is where a balancer is attached, by itself or by groups.
type attachment struct {
	switches []*topology.LogicalSwitch
	routers  []*topology.LogicalRouter
}

func (l *linted) add(row topology.Record, remedy, format string, args ...any) {
	if remedy == "" {
		remedy = l.rule.Remedy
	}
	l.findings = append(l.findings, Finding{l.rule, row, fmt.Sprintf(format, args...), remedy})
}

func newLinted(t *topology.Topology) *linted {
	l := &linted{
		Topology: t, switchOf: map[*topology.LogicalSwitchPort]*topology.LogicalSwitch{}, routerOf: map[*topology.LogicalRouterPort]*topology.LogicalRouter{},
		routerPorts: map[string]*topology.LogicalRouterPort{}, switchPorts: map[string]*topology.LogicalSwitchPort{},
		facing:    map[*topology.LogicalRouterPort][]*topology.LogicalSwitchPort{},
		balancers: map[*topology.LoadBalancer]*attachment{}, addresses: map[netip.Addr]*topology.LogicalSwitchPort{},
		networks: map[*topology.LogicalSwitch][]netip.Prefix{},
	}
	for _, r := range t.LogicalRouter {
		for _, p := range r.Ports {
			l.routerOf[p], l.routerPorts[p.Name] = r, p
		}
	}
	for _, s := range t.LogicalSwitch {
		for _, p := range s.Ports {
			l.switchOf[p], l.switchPorts[p.Name] = s, p
			l.look(s, p)
		}
	}
	l.attachments()
	return l
}

func (l *linted) look(s *topology.LogicalSwitch, p *topology.LogicalSwitchPort) {
	if rp := l.routerPorts[p.Options["router-port"]]; p.Type == "router" && rp != nil {
		l.facing[rp] = append(l.facing[rp], p)
		l.networks[s] = append(l.networks[s], prefixes(rp.Networks)...)
		return
	}
	for _, a := range addressesOf(p) {
		if l.addresses[a] == nil {
			l.addresses[a] = p
		}
	}
}

// attachments works out where balancers are. Datapaths of one group share the work: the lists are made once for each group.
func (l *linted) attachments() {
	at := func(b *topology.LoadBalancer) *attachment {
		if l.balancers[b] == nil {
			l.balancers[b] = &attachment{}
		}
		return l.balancers[b]
	}
	groups := map[*topology.LoadBalancerGroup]*attachment{}
	group := func(g *topology.LoadBalancerGroup) *attachment {
		if groups[g] == nil {
			groups[g] = &attachment{}
		}
		return groups[g]
	}
	for _, s := range l.LogicalSwitch {
		for _, b := range s.LoadBalancer {
			at(b).switches = append(at(b).switches, s)
		}
		for _, g := range s.LoadBalancerGroup {
			group(g).switches = append(group(g).switches, s)
		}
	}
	for _, r := range l.LogicalRouter {
		for _, b := range r.LoadBalancer {
			at(b).routers = append(at(b).routers, r)
		}
		for _, g := range r.LoadBalancerGroup {
			group(g).routers = append(group(g).routers, r)
		}
	}
	for _, g := range l.LoadBalancerGroup {
		if groups[g] == nil {
			continue
		}
		for _, b := range g.LoadBalancer {
			if own := l.balancers[b]; own == nil {
				l.balancers[b] = groups[g]
			} else {
				l.balancers[b] = &attachment{union(own.switches, groups[g].switches), union(own.routers, groups[g].routers)}
			}
		}
	}
}

func union[T comparable](a, b []T) []T {
	out, seen := []T(nil), map[T]bool{}
	for _, x := range slices.Concat(a, b) {
		if !seen[x] {
			seen[x] = true
			out = append(out, x)
		}
	}
	return out
}

// of is where a balancer is attached; nowhere is an empty attachment.
func (l *linted) of(b *topology.LoadBalancer) *attachment {
	if a := l.balancers[b]; a != nil {
		return a
	}
	return &attachment{}
}

// vip is one VIP of a balancer that can be read.
type vip struct {
	row      *topology.LoadBalancer
	key      string
	at       lb.Endpoint
	backends []lb.Endpoint
}

// vips calls for each VIP of each balancer without variables.
func (l *linted) vips(each func(vip)) {
	for _, row := range l.LoadBalancer {
		if row.Options["template"] == "true" {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(row.VIPs)) {
			if at, err := lb.ParseEndpoint(key); err == nil {
				each(vip{row, key, at, readable(row.VIPs[key])})
			}
		}
	}
}

func prefixes(texts []string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// addressesOf lists the IP addresses of a port's machine.
func addressesOf(p *topology.LogicalSwitchPort) []netip.Addr {
	var out []netip.Addr
	for _, text := range append(slices.Clone(p.Addresses), p.DynamicAddresses) {
		for _, w := range strings.Fields(text) {
			if a, err := netip.ParseAddr(w); err == nil {
				out = append(out, a)
			}
		}
	}
	return out
}

func macOf(p *topology.LogicalSwitchPort) string {
	for _, text := range p.Addresses {
		if w := strings.Fields(text); len(w) > 0 && strings.Count(w[0], ":") == 5 {
			return strings.ToLower(w[0])
		}
	}
	return ""
}

// isClient tells ports that a machine may be on.
func isClient(p *topology.LogicalSwitchPort) bool {
	return p.Type != "router" && p.Type != "switch" && (p.Enabled == nil || *p.Enabled)
}

// open tells whether a switch may have machines that the topology does not know.
func (l *linted) open(s *topology.LogicalSwitch) bool {
	return slices.ContainsFunc(s.Ports, func(p *topology.LogicalSwitchPort) bool {
		return p.Type == "localnet" || p.Type == "l2gateway" || p.Type == "vtep" || p.Type == "remote" || isClient(p) && (slices.Contains(p.Addresses, "unknown") || len(addressesOf(p)) == 0) ||
			slices.ContainsFunc(p.Addresses, func(a string) bool { return strings.Contains(a, "dynamic") })
	})
}

func contains(networks []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(a) })
}
