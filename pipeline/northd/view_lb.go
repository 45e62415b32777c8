package northd

import (
	"net/netip"
	"sort"
	"strconv"
	"strings"

	"ovnsim/lb"
	"ovnsim/pipeline"
	"ovnsim/topology"
)

// balancerFacts is what the view knows of load balancers.
type balancerFacts struct {
	Balancers []*Balancer // in the topology's order
	routed    []*Balancer // those whose VIPs neighbours get routes to
	balancers map[*topology.LoadBalancer]*Balancer
	status    map[monitorKey]string // of services, as the southbound database had it
	lbRouters
}

// Balancer is a load balancer with its VIPs read and the datapaths that have it, by themselves or through a group.
type Balancer struct {
	*topology.LoadBalancer
	VIPs                                                                []*VIP // in the order of their texts; those that ovn-northd cannot read are missing
	Proto                                                               string // tcp where the row says nothing
	HashFields                                                          string // selection_fields as ct_lb_mark writes them, "" for none
	Affinity                                                            int    // s, 0 for none
	Neighbor                                                            neighborMode
	Reject, Event, SkipSNAT, Template, Stateless, Distributed, AddRoute bool

	Switches *Group
	Routers  *Group
	own      *Group // the switches that have it by themselves
}

// neighborMode is for which VIPs routers answer ARP requests and neighbour solicitations (options:neighbor_responder).
type neighborMode uint8

const (
	neighborReachable neighborMode = iota // those in a network of one of the router's ports
	neighborAll
	neighborNone
)

// VIP is one virtual address of a balancer.
type VIP struct {
	*Balancer
	IP, Port string     // as matches write them; Port is "" for none
	Addr     netip.Addr // the zero Addr for a template's variable
	Backends []Backend
	Check    bool   // the VIP's backends are watched by a health check
	name     string // the VIP as the row writes it
	text     string // the backends as the row writes them
	six      bool   // take it for IPv6
	four     bool   // or for IPv4
}

// Backend is one place that a VIP's connections go to.
type Backend struct {
	IP, Port string     // as matches write them; Port is "" for none
	Addr     netip.Addr // the zero Addr for a template's variable
	Mapping  lb.Mapping // where the backend lives (ip_port_mappings); no Port where nothing is said
	Mapped   bool
	Offline  bool // its service monitor says so
}

// ip is the address family's name in the match language.
func (vip *VIP) ip() string {
	if vip.Is4() {
		return "ip4"
	}
	return "ip6"
}

// Is4 says whether the VIP is an IPv4 address.
func (vip *VIP) Is4() bool {
	switch {
	case vip.six:
		return false
	case vip.four:
		return true
	case vip.Template:
		family, given := vip.LoadBalancer.Options["address-family"]
		return !given || family == "ipv4"
	}
	return vip.Addr.Is4()
}

// key is the VIP as events and ovn-controller's tables name it: "IP" or "IP:PORT".
func (vip *VIP) key() string { return endpoint(vip.IP, vip.Port, vip.Is4()) }

// backend is a backend as ct_lb_mark writes it.
func (vip *VIP) backend(b *Backend) string { return endpoint(b.IP, b.Port, vip.Is4()) }

// keyWithPort is the backend with its port, even where that is none.
func (b *Backend) keyWithPort() string {
	return endpoint(b.IP, strconv.Itoa(b.number()), !b.Addr.Is6())
}

// number is the backend's port, 0 for none.
func (b *Backend) number() int {
	n, _ := strconv.Atoi(b.Port)
	return n
}

func endpoint(ip, port string, is4 bool) string {
	switch {
	case port == "":
		return ip
	case is4:
		return ip + ":" + port
	}
	return "[" + ip + "]:" + port
}

// protoNumber is the IP protocol that ct_proto() yields.
func (b *Balancer) protoNumber() string { return protoNumbers[b.Proto] }

var protoNumbers = map[string]string{"tcp": "6", "udp": "17", "sctp": "132"}

// readBalancers reads every balancer, be it on a datapath or not.
func (v *View) readBalancers() {
	v.sortRouters()
	v.balancers = map[*topology.LoadBalancer]*Balancer{}
	direct := map[*topology.LoadBalancer]*Group{}
	members, nowhere := v.balancerMembers(direct), v.newGroup()
	v.status = v.monitorStatus()
	for _, row := range v.Topology.LoadBalancer {
		b := readBalancer(row)
		b.Switches, b.Routers, b.own = nowhere, nowhere, nowhere
		if m := members[row]; m != nil {
			b.Switches, b.Routers = m.switches, m.routers
		}
		if own := direct[row]; own != nil {
			b.own = own
		}
		for _, vip := range b.VIPs {
			vip.watch(v)
			v.vips[vip.IP] = append(v.vips[vip.IP], vip)
		}
		v.Balancers = append(v.Balancers, b)
		if b.AddRoute {
			v.routed = append(v.routed, b)
		}
		v.balancers[row] = b
	}
	v.findDistributed()
}

// findDistributed marks the routers that have a distributed balancer by themselves.
func (v *View) findDistributed() {
	for _, r := range v.Routers {
		for _, row := range r.LoadBalancer {
			r.distributed = r.distributed || v.balancers[row].Distributed
		}
	}
}

func readBalancer(row *topology.LoadBalancer) *Balancer {
	o := row.Options
	b := &Balancer{
		LoadBalancer: row, Proto: row.Protocol, Neighbor: neighborReachable,
		Reject: boolOption(o, "reject", false), Event: boolOption(o, "event", false),
		SkipSNAT: boolOption(o, "skip_snat", false), Template: boolOption(o, "template", false),
		Stateless: boolOption(o, "use_stateless_nat", false), Distributed: boolOption(o, "distributed", false),
		AddRoute: boolOption(o, "add_route", false),
		Affinity: min(intOption(o, "affinity_timeout"), 65535),
	}
	if b.Proto == "" {
		b.Proto = "tcp"
	}
	if b.Template {
		b.Neighbor = neighborNone
	}
	switch o["neighbor_responder"] {
	case "all":
		b.Neighbor = neighborAll
	case "none":
		b.Neighbor = neighborNone
	}
	fields := append([]string(nil), row.SelectionFields...)
	sort.Strings(fields)
	b.HashFields = strings.Join(fields, ",")
	if row.Protocol != "" {
		b.HashFields = strings.ReplaceAll(b.HashFields, "tp_", row.Protocol+"_")
	}
	b.readVIPs()
	return b
}

func (b *Balancer) readVIPs() {
	keys := make([]string, 0, len(b.LoadBalancer.VIPs))
	for k := range b.LoadBalancer.VIPs {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	b.VIPs = make([]*VIP, 0, len(keys))
	for _, k := range keys {
		if vip := b.readVIP(k, b.LoadBalancer.VIPs[k]); vip != nil {
			b.VIPs = append(b.VIPs, vip)
		}
	}
}

// readVIP reads one pair of vips; nil where ovn-northd passes over it, which it does for one bad backend already.
func (b *Balancer) readVIP(key, backends string) *VIP {
	vip := &VIP{Balancer: b, name: key, text: backends}
	if b.Template {
		t, err := lb.ParseTemplate(key)
		if err != nil {
			return nil
		}
		vip.IP, vip.Port = t.Host, t.Port
	} else {
		e, ok := readEndpoint(key)
		if !ok {
			return nil
		}
		vip.Addr, vip.IP, vip.Port = e.Addr, addrText(e.Addr, key), portText(e.Port, key)
	}
	vip.Backends = make([]Backend, 0, strings.Count(backends, ",")+1)
	for item := range strings.SplitSeq(backends, ",") {
		if item == "" {
			continue
		}
		if b.Template && strings.HasPrefix(item, "^") {
			t, err := lb.ParseTemplate(item)
			if err != nil {
				return nil
			}
			vip.Backends = append(vip.Backends, Backend{IP: t.Host, Port: t.Port})
			continue
		}
		e, ok := readEndpoint(item)
		if !ok || e.Addr.Is4() != vip.Is4() || (e.Port == 0) != (vip.Port == "") {
			return nil
		}
		vip.Backends = append(vip.Backends, Backend{IP: addrText(e.Addr, item), Port: portText(e.Port, item), Addr: e.Addr})
	}
	return vip
}

// addrText is an address as matches write it: the piece of what was read that is that already, if it begins with it.
func addrText(a netip.Addr, from string) string {
	var room [64]byte
	text := a.AppendTo(room[:0])
	if strings.HasPrefix(from, string(text)) {
		return from[:len(text)]
	}
	return string(text)
}

// portText is a port as matches write it, "" for 0: the end of what was read if it is that already.
func portText(port uint16, from string) string {
	if port == 0 {
		return ""
	}
	var room [8]byte
	text := strconv.AppendUint(room[:0], uint64(port), 10)
	if strings.HasSuffix(from, string(text)) {
		return from[len(from)-len(text):]
	}
	return string(text)
}

// readEndpoint reads as ovn-northd does: a port of 0, or none after the colon, is none, blanks are not forgiven.
func readEndpoint(text string) (lb.Endpoint, bool) {
	if strings.ContainsAny(text, " \t") {
		return lb.Endpoint{}, false
	}
	if strings.Count(text, ":") == 1 || strings.HasPrefix(text, "[") {
		text = strings.TrimSuffix(strings.TrimSuffix(text, ":0"), ":")
	}
	if inner, rest, ok := strings.Cut(strings.TrimPrefix(text, "["), "]"); ok && !strings.Contains(inner, ":") {
		text = inner + rest // brackets are no harm to IPv4
	}
	e, err := lb.ParseEndpoint(text)
	return e, err == nil
}

// membership is the datapaths of a balancer or of a group of balancers.
type membership struct{ switches, routers *Group }

// balancerMembers works out which datapaths have which balancer. Balancers that share one load balancer group, and
// nothing else, share its membership, so that the work does not grow with balancers times datapaths. What switches have
// by themselves is in direct, too.
func (v *View) balancerMembers(direct map[*topology.LoadBalancer]*Group) map[*topology.LoadBalancer]*membership {
	groups := map[*topology.LoadBalancerGroup]*membership{}
	out := map[*topology.LoadBalancer]*membership{}
	attach := func(dp *pipeline.Datapath, router bool, own []*topology.LoadBalancer, grouped []*topology.LoadBalancerGroup) {
		for _, row := range own {
			v.member(out, row).add(dp, router)
		}
		for _, g := range grouped {
			v.groupMember(groups, g).add(dp, router)
		}
	}
	for _, s := range v.Switches {
		attach(s.DP, false, s.LoadBalancer, s.LoadBalancerGroup)
		for _, row := range s.LoadBalancer {
			if direct[row] == nil {
				direct[row] = v.newGroup()
			}
			direct[row].add(s.DP)
		}
	}
	toSwitches := boolOption(v.Options, "install_ls_lb_from_router", false)
	for _, r := range v.Routers {
		attach(r.DP, true, r.LoadBalancer, r.LoadBalancerGroup)
		for _, p := range r.Ports {
			if toSwitches && p.Switch != nil {
				attach(p.Switch.Switch.DP, false, r.LoadBalancer, r.LoadBalancerGroup)
			}
		}
	}
	v.shareGroups(out, groups)
	return out
}

// shareGroups gives the groups' balancers their datapaths.
func (v *View) shareGroups(out map[*topology.LoadBalancer]*membership, groups map[*topology.LoadBalancerGroup]*membership) {
	shared := map[*topology.LoadBalancer]bool{}
	for _, g := range v.Topology.LoadBalancerGroup {
		m := groups[g]
		if m == nil {
			continue
		}
		for _, row := range g.LoadBalancer {
			switch old := out[row]; {
			case old == nil:
				out[row], shared[row] = m, true
			case shared[row]:
				out[row], shared[row] = v.union(old, m), false
			default:
				old.switches.addAll(m.switches)
				old.routers.addAll(m.routers)
			}
		}
	}
}

func (v *View) union(a, b *membership) *membership {
	m := &membership{v.newGroup(), v.newGroup()}
	for _, x := range []*membership{a, b} {
		m.switches.addAll(x.switches)
		m.routers.addAll(x.routers)
	}
	return m
}

func (v *View) member(in map[*topology.LoadBalancer]*membership, row *topology.LoadBalancer) *membership {
	if in[row] == nil {
		in[row] = &membership{v.newGroup(), v.newGroup()}
	}
	return in[row]
}

func (v *View) groupMember(in map[*topology.LoadBalancerGroup]*membership, g *topology.LoadBalancerGroup) *membership {
	if in[g] == nil {
		in[g] = &membership{v.newGroup(), v.newGroup()}
	}
	return in[g]
}

func (m *membership) add(dp *pipeline.Datapath, router bool) {
	if router {
		m.routers.add(dp)
	} else {
		m.switches.add(dp)
	}
}
