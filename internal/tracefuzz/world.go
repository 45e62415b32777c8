package tracefuzz

import (
	"math/rand"
	"net/netip"
	"strconv"
	"strings"

	"ovnsim/pipeline"
	"ovnsim/topology"
)

// world is what packets are drawn from.
type world struct {
	*rand.Rand
	places   []*place
	machines []*place            // the places that are of switches and no router's
	near     map[string][]string // MACs of routers on a switch
	macs     []string
	v4, v6   []string // addresses of anything
	vips     []vip
	sb       *pipeline.Southbound
}

// place is where a packet comes in: a port, with what its machine calls itself.
type place struct {
	datapath, port string
	mac            string
	v4, v6         []string
}

// vip is a balancer's address.
type vip struct {
	to       netip.AddrPort
	protocol string
	backends []string
}

func newWorld(seed int64, t *topology.Topology, sb *pipeline.Southbound) *world {
	w := &world{Rand: rand.New(rand.NewSource(seed)), near: map[string][]string{}, sb: sb}
	w.switches(t)
	w.routers(t)
	w.balancers(t)
	for _, n := range t.NAT {
		w.address(n.ExternalIP)
		w.address(n.LogicalIP)
		if n.ExternalMAC != "" {
			w.macs = append(w.macs, n.ExternalMAC)
		}
	}
	for _, r := range t.LogicalRouterStaticRoute {
		w.address(r.IPPrefix)
		w.address(r.Nexthop)
	}
	for _, p := range sb.Ports {
		if p.Type == "chassisredirect" {
			w.places = append(w.places, &place{datapath: p.Datapath.Name, port: p.LogicalPort, mac: "02:00:00:00:00:98"})
		}
	}
	for _, g := range t.ForwardingGroup {
		w.address(g.VIP)
		w.macs = append(w.macs, g.VMAC)
	}
	w.v4 = append(w.v4, "198.51.100.7", "8.8.8.8")
	w.v6 = append(w.v6, "2001:db8:ffff::1")
	return w
}

func (w *world) switches(t *topology.Topology) {
	mac := map[string]string{}
	for _, p := range t.LogicalRouterPort {
		mac[p.Name] = p.MAC
	}
	for _, s := range t.LogicalSwitch {
		for _, p := range s.Ports {
			at := &place{datapath: s.Name, port: p.Name, mac: "02:00:00:00:00:99"}
			for i, a := range append(append(p.Addresses[:len(p.Addresses):len(p.Addresses)], p.DynamicAddresses), p.PortSecurity...) {
				words := strings.Fields(a)
				if len(words) == 0 || strings.Count(words[0], ":") != 5 {
					continue
				}
				if i == 0 {
					at.mac = words[0]
				}
				w.macs = append(w.macs, words[0])
				for _, x := range words[1:] {
					w.own(at, x)
				}
			}
			if m := mac[p.Options["router-port"]]; m != "" {
				at.mac = m
				w.near[s.Name] = append(w.near[s.Name], m)
			} else {
				w.machines = append(w.machines, at)
			}
			w.address(p.Options["virtual-ip"])
			for _, x := range strings.Fields(p.Options["arp_proxy"]) {
				w.address(x)
			}
			w.places = append(w.places, at)
		}
	}
}

// own gives a place an address.
func (w *world) own(p *place, text string) {
	host, _, _ := strings.Cut(text, "/")
	a, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return
	case a.Is4():
		p.v4 = append(p.v4, host)
	default:
		p.v6 = append(p.v6, host)
	}
	w.address(text)
}

func (w *world) routers(t *topology.Topology) {
	for _, r := range t.LogicalRouter {
		for _, p := range r.Ports {
			at := &place{datapath: r.Name, port: p.Name, mac: "02:00:00:00:00:97"}
			w.macs = append(w.macs, p.MAC)
			w.near[r.Name] = append(w.near[r.Name], p.MAC)
			for _, n := range p.Networks {
				w.address(n)
				w.neighbours(at, n)
			}
			w.places = append(w.places, at)
		}
	}
}

// neighbours adds a machine that nobody has told of, in a router's network.
func (w *world) neighbours(at *place, network string) {
	p, err := netip.ParsePrefix(network)
	if err != nil || p.Bits() > p.Addr().BitLen()-4 {
		return
	}
	b := p.Masked().Addr().AsSlice()
	b[len(b)-1] += byte(1 + w.Intn(14))
	a, _ := netip.AddrFromSlice(b)
	w.own(at, a.String())
}

func (w *world) balancers(t *topology.Topology) {
	for _, lb := range t.LoadBalancer {
		for key, backends := range lb.VIPs {
			v := vip{protocol: lb.Protocol}
			if v.protocol == "" {
				v.protocol = "tcp"
			}
			var err error
			if v.to, err = netip.ParseAddrPort(key); err != nil {
				a, err := netip.ParseAddr(key)
				if err != nil {
					continue
				}
				v.to = netip.AddrPortFrom(a, 0)
			}
			for _, b := range strings.Split(backends, ",") {
				if b = strings.TrimSpace(b); b != "" {
					v.backends = append(v.backends, b)
				}
			}
			w.vips = append(w.vips, v)
			w.address(v.to.Addr().String())
		}
	}
	sortVIPs(w.vips) // the order of a map is no order
}

func (w *world) address(text string) {
	host, _, _ := strings.Cut(text, "/")
	a, err := netip.ParseAddr(host)
	switch {
	case err != nil:
	case a.Is4():
		w.v4 = append(w.v4, a.String())
	default:
		w.v6 = append(w.v6, a.String())
	}
}

// of is one of some strings.
func (w *world) of(from ...string) string {
	if len(from) == 0 {
		return ""
	}
	return from[w.Intn(len(from))]
}

func (w *world) chance(n int) bool { return w.Intn(n) == 0 }

func (w *world) number(n int) string { return strconv.Itoa(w.Intn(n)) }
