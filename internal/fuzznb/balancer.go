package fuzznb

import (
	"fmt"
	"strings"

	"ovnsim/topology"
)

// fillBalancers adds load balancers of every kind, by themselves and in groups, on switches and routers.
func fillBalancers(b *Builder) {
	var all []*topology.LoadBalancer
	for range 1 + b.Intn(5) {
		all = append(all, b.balancer())
	}
	var groups []*topology.LoadBalancerGroup
	for range b.Intn(3) {
		g := Add(b, &topology.LoadBalancerGroup{Name: b.Name("lbg")})
		for _, row := range all {
			if b.Chance(2) {
				g.LoadBalancer = append(g.LoadBalancer, row)
			}
		}
		groups = append(groups, g)
	}
	for _, s := range b.Switches {
		s.LoadBalancer, s.LoadBalancerGroup = some(b, all), some(b, groups)
		if b.Chance(6) {
			Set(&s.OtherConfig, "enable-stateless-acl-with-lb", b.Flag())
		}
	}
	for _, r := range b.Routers {
		r.LoadBalancer, r.LoadBalancerGroup = some(b, all), some(b, groups)
		b.forceSNAT(r)
	}
	b.Some(8, map[string]func(){
		"events":         func() { Set(&b.Global.Options, "controller_event", b.Flag()) },
		"from routers":   func() { Set(&b.Global.Options, "install_ls_lb_from_router", b.Flag()) },
		"ct.inv":         func() { Set(&b.Global.Options, "use_ct_inv_match", b.Flag()) },
		"events metered": func() { b.meterEvents() },
	})
}

// some is about a third of the rows.
func some[R any](b *Builder, rows []R) (out []R) {
	for _, r := range rows {
		if b.Chance(3) {
			out = append(out, r)
		}
	}
	return out
}

func (b *Builder) meterEvents() {
	c := Add(b, &topology.Copp{Name: b.Name("copp"), Meters: map[string]string{"event-elb": "m1", "nd-na": "m2", "reject": "m1", "svc-monitor": "s"}})
	for _, s := range b.Switches {
		if b.Chance(2) {
			s.Copp = c
		}
	}
	for _, r := range b.Routers {
		if b.Chance(2) {
			r.Copp = c
		}
	}
}

func (b *Builder) forceSNAT(r *topology.LogicalRouter) {
	b.Some(5, map[string]func(){
		"lb":   func() { Set(&r.Options, "lb_force_snat_ip", b.forced("router_ip")) },
		"dnat": func() { Set(&r.Options, "dnat_force_snat_ip", b.forced("")) },
	})
}

func (b *Builder) forced(special string) string {
	return b.Pick(special, special, b.IP4(), b.IP4()+" "+b.IP6(), b.IP6(), b.IP4()+" "+b.IP4(), b.IP4()+"/24", "bad", "")
}

// balancer is a load balancer with one to three VIPs.
func (b *Builder) balancer() *topology.LoadBalancer {
	row := Add(b, &topology.LoadBalancer{Name: b.Name("lb"), VIPs: map[string]string{}, Protocol: b.Pick("", "tcp", "udp", "sctp")})
	template := b.Chance(8)
	if template {
		Set(&row.Options, "template", "true")
		if b.Chance(2) {
			Set(&row.Options, "address-family", b.Pick("ipv4", "ipv6", "x"))
		}
	}
	for range 1 + b.Intn(3) {
		if template {
			b.templateVIP(row)
		} else {
			b.vip(row)
		}
	}
	b.Some(6, map[string]func(){
		"reject":      func() { Set(&row.Options, "reject", b.Flag()) },
		"event":       func() { Set(&row.Options, "event", b.Flag()) },
		"skip":        func() { Set(&row.Options, "skip_snat", b.Flag()) },
		"hairpin":     func() { Set(&row.Options, "hairpin_snat_ip", b.IP4()) },
		"route":       func() { Set(&row.Options, "add_route", b.Flag()) },
		"neighbor":    func() { Set(&row.Options, "neighbor_responder", b.Pick("all", "none", "reachable", "x")) },
		"affinity":    func() { Set(&row.Options, "affinity_timeout", b.Pick("20", "0", "70000", "-1", "x", "65535", "7s")) },
		"stateless":   func() { Set(&row.Options, "use_stateless_nat", b.Flag()) },
		"distributed": func() { Set(&row.Options, "distributed", b.Flag()) },
		"fields": func() {
			row.SelectionFields = some(b, []string{"eth_dst", "ip_src", "ip_dst", "tp_src", "tp_dst", "ipv6_src"})
		},
	})
	b.mappings(row)
	return row
}

// vip adds a VIP and its backends, now and then one that OVN cannot use.
func (b *Builder) vip(row *topology.LoadBalancer) {
	six, port := b.Chance(3), !b.Chance(3)
	var backends []string
	for range b.Intn(4) {
		backends = append(backends, b.endpoint(six != b.Chance(40), port != b.Chance(40)))
	}
	text := strings.Join(backends, b.Pick(",", ",", ",", ",,", ", "))
	if b.Chance(40) {
		text += b.Pick(",", "x", " ", ",10.0.0.1:0", ",10.0.0.1:99999", ",010.0.0.1:80")
	}
	key := b.endpoint(six, port)
	if b.Chance(40) {
		key = b.Pick("x", "10.0.0.1:", "10.0.0.1:0", "[fd00::1]", "FD00:0::9", " 10.0.0.1:80", "10.0.0.1:080", "10.0.0.1:80x", "[10.0.0.1]:80", "10.0.0.1/24")
	}
	row.VIPs[key] = text
}

// endpoint is an address of the shared networks with a port or without.
func (b *Builder) endpoint(six, port bool) string {
	a := b.IP4()
	if b.Chance(4) {
		a = fmt.Sprintf("30.0.0.%d", 1+b.Intn(6))
	}
	if six {
		a = b.IP6()
	}
	switch {
	case !port:
		return a
	case six:
		return fmt.Sprintf("[%s]:%d", a, 80+b.Intn(4))
	}
	return fmt.Sprintf("%s:%d", a, 80+b.Intn(4))
}

func (b *Builder) templateVIP(row *topology.LoadBalancer) {
	row.VIPs[b.Pick("^vip:^port", "^vip:80", "^vip", "^vip2:^port2", "10.0.0.9:^port", "10.0.0.9:80", "^vip6:^port")] =
		b.Pick("^backends", "^b1:^p1", "^b1:^p1,^b2:80", "10.0.0.1:80", "10.0.0.1:80,10.0.0.2:81", "", "^b1,^b2", "10.0.0.1", "[fd00::1]:80")
}

// mappings says where backends live, and has some of the VIPs checked.
func (b *Builder) mappings(row *topology.LoadBalancer) {
	if b.Chance(2) {
		return
	}
	for _, key := range sortedKeys(row.VIPs) {
		if b.Chance(2) {
			row.HealthCheck = append(row.HealthCheck, Add(b, &topology.LoadBalancerHealthCheck{VIP: key}))
		}
		for _, backend := range strings.Split(row.VIPs[key], ",") {
			b.mapping(row, backend)
		}
	}
}

func (b *Builder) mapping(row *topology.LoadBalancer, backend string) {
	host, source := backend, b.IP4()
	if i := strings.LastIndex(backend, "]"); i >= 0 {
		host, source = backend[:i+1], "["+b.IP6()+"]"
	} else if h, _, ok := strings.Cut(backend, ":"); ok && strings.Count(backend, ":") == 1 {
		host = h
	} else if strings.Contains(backend, ":") {
		host, source = "["+backend+"]", "["+b.IP6()+"]"
	}
	ports := b.SwitchPorts()
	if host == "" || len(ports) == 0 || b.Chance(4) {
		return
	}
	p := ports[b.Intn(len(ports))]
	if rps := b.RouterPorts(); len(rps) > 0 && b.Chance(2) && !strings.Contains(source, "[") {
		source, _, _ = strings.Cut(rps[b.Intn(len(rps))].Networks[0], "/")
	}
	Set(&row.IPPortMappings, host, b.Pick(p.Name+":"+source, p.Name+":"+source, p.Name+":"+source, p.Name, "nowhere:"+source,
		p.Name+":"+source+":az1", p.Name+":x", p.Name+":"))
}
