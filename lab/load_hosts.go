package lab

import (
	"net"
	"net/netip"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"ovnsim/topology"
)

// host reads one machine. What it does not say follows from its port: MAC and IP addresses from the port's addresses,
// the connected subnet from the router port on the same switch.
func (r *reader) host(key, n *yaml.Node) {
	h := &Host{Name: key.Value, Pos: r.at(key)}
	r.lab.Hosts = append(r.lab.Hosts, h)
	var port, routes *yaml.Node
	r.mapping(n, keys{
		"port": func(n *yaml.Node) { port, h.Port = n, r.text(n) },
		"mac": func(n *yaml.Node) {
			mac, err := net.ParseMAC(n.Value)
			if err != nil || len(mac) != 6 {
				r.fail(n, "%q is not an Ethernet address", n.Value)
				return
			}
			h.MAC = [6]byte(mac)
		},
		"addresses": func(n *yaml.Node) { r.list(n, func(n *yaml.Node) { r.address(h, n) }) },
		"routes":    func(n *yaml.Node) { routes = n },
		"http": func(n *yaml.Node) {
			r.each(n, func(k, v *yaml.Node) { h.HTTP = r.site(h.HTTP, k, v, "\n") })
		},
		"udp": func(n *yaml.Node) { r.each(n, func(k, v *yaml.Node) { h.UDP = r.site(h.UDP, k, v, "") }) },
	}, nil)
	if port == nil {
		r.fail(key, "host %s has no port", h.Name)
		return
	}
	r.place(h, port)
	if routes != nil {
		r.each(routes, func(k, v *yaml.Node) { r.route(h, k, v) })
	}
}

func (r *reader) address(h *Host, n *yaml.Node) {
	p, err := netip.ParsePrefix(n.Value)
	if err != nil {
		r.fail(n, "%q is not an address with its prefix length, such as 10.0.0.2/24", n.Value)
		return
	}
	h.Addresses = append(h.Addresses, p)
}

// site reads a server's port and its answer, which ends as such answers do.
func (r *reader) site(sites []Site, k, v *yaml.Node, end string) []Site {
	var port uint16
	if k.Decode(&port) != nil || port == 0 {
		r.fail(k, "%q is not a port", k.Value)
		return sites
	}
	return append(sites, Site{port, strings.TrimSuffix(r.text(v), end) + end})
}

// place looks the machine's port up and takes from it what the machine does not say itself.
func (r *reader) place(h *Host, n *yaml.Node) {
	p := r.lab.Topology.SwitchPort(h.Port)
	if p == nil {
		var names []string
		for _, other := range r.lab.Topology.LogicalSwitchPort {
			names = append(names, other.Name)
		}
		r.fail(n, "there is no switch port %q%s", h.Port, topology.Suggest(h.Port, names))
		return
	}
	if p.Type == "router" {
		r.fail(n, "port %s leads to a router; no machine can be on it", h.Port)
		return
	}
	fromPort, addrs := p.Machine()
	if h.MAC == ([6]byte{}) {
		h.MAC = fromPort
	}
	if h.MAC == ([6]byte{}) {
		r.fail(n, "host %s needs a mac: port %s has none", h.Name, h.Port)
	}
	if len(h.Addresses) > 0 {
		return
	}
	for _, a := range addrs {
		subnet, ok := r.lab.Topology.Subnet(p, a)
		if !ok {
			r.fail(n, "host %s needs addresses with a prefix length: no router port on the switch has the subnet of %s", h.Name, a)
			continue
		}
		h.Addresses = append(h.Addresses, subnet)
	}
}

// ParseRoutePrefix reads a prefix as `ip route` takes it: default, a prefix, or an address.
func ParseRoutePrefix(text string, via netip.Addr) (netip.Prefix, error) {
	if text == "default" {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0), nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}

func (r *reader) route(h *Host, k, v *yaml.Node) {
	via, err := netip.ParseAddr(v.Value)
	if err != nil {
		r.fail(v, "%q is not the address of a gateway", v.Value)
		return
	}
	prefix, err := ParseRoutePrefix(k.Value, via)
	if err != nil {
		r.fail(k, "%q is neither a prefix nor \"default\"", k.Value)
		return
	}
	if k.Value == "default" && via.Is6() {
		prefix = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	}
	if prefix.Addr().Is4() != via.Is4() {
		r.fail(v, "a route to %s cannot go through %s: the address families differ", prefix, via)
		return
	}
	for _, a := range h.Addresses {
		if a.Contains(via) {
			h.Routes = append(h.Routes, Route{prefix, via})
			return
		}
	}
	r.fail(v, "no connected subnet of %s holds the gateway %s (its addresses: %s)", h.Name, via, joinPrefixes(h.Addresses))
}

func joinPrefixes(ps []netip.Prefix) string {
	var out []string
	for _, p := range ps {
		out = append(out, p.String())
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// monitorMAC is where health checks come from when the file does not say: a real northd draws an address once and writes it
// into the same option, and a lab must be the same each time.
const monitorMAC = "0e:00:00:00:00:01"

// check finds what is wrong between machines and scenarios, and puts the machines in order.
func (r *reader) check() {
	if g := r.lab.Topology.Global(); g != nil && len(r.lab.Topology.LoadBalancerHealthCheck) > 0 && g.Options["svc_monitor_mac"] == "" {
		if g.Options == nil {
			g.Options = map[string]string{}
		}
		g.Options["svc_monitor_mac"] = monitorMAC
	}
	sort.SliceStable(r.lab.Hosts, func(i, j int) bool { return r.lab.Hosts[i].Name < r.lab.Hosts[j].Name })
	on := map[[6]byte]string{}
	for _, h := range r.lab.Hosts {
		key := h.MAC
		if other, twice := on[key]; twice && key != ([6]byte{}) {
			r.errs.Add(h.Pos, "host %s has the Ethernet address of host %s", h.Name, other)
		}
		on[key] = h.Name
	}
	var names []string
	for _, h := range r.lab.Hosts {
		names = append(names, h.Name)
	}
	for _, n := range r.machines {
		if r.lab.Host(n.Value) == nil {
			r.fail(n, "%q is neither an address nor a machine%s", n.Value, topology.Suggest(n.Value, names))
		}
	}
	for _, s := range r.lab.Scenarios {
		for _, e := range s.Expect {
			if e.From != "" && r.lab.Host(e.From) == nil {
				r.errs.Add(e.Pos, "there is no host %q%s", e.From, topology.Suggest(e.From, names))
			}
			if e.Timeout == 0 {
				e.Timeout = r.lab.Timeout
			}
		}
	}
}
