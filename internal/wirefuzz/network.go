package wirefuzz

import "fmt"

// network makes switches, routers that join them, machines, and now and then a physical network.
func (b *builder) network() {
	for i := range 1 + b.IntN(3) {
		s := &lswitch{name: fmt.Sprint("s", i), number: i}
		b.nb("ls-add %s", s.name)
		b.switches = append(b.switches, s)
	}
	switch b.IntN(6) {
	case 0: // no router
	case 1: // a router on the chassis right at the machines
		r := b.router(b.switches, b.chance(2))
		b.nb("set logical_router %s options:chassis=hv1", r.name)
		r.centered, r.outside = true, r.switches[0]
	case 2, 3: // a distributed router with a gateway port
		r := b.router(b.switches, true)
		r.outside = b.outside(r)
		r.gateway = r.name + "-" + r.outside.name
		b.nb("lrp-set-gateway-chassis %s hv1 20", r.gateway)
	case 4: // a distributed router, and one on the chassis behind it
		b.twoRouters()
	default:
		b.router(b.switches, false)
	}
	for i := range max(2, len(b.switches)) + b.IntN(4) {
		b.machine(i)
	}
	for _, s := range b.switches {
		if s.physical {
			b.outsider(s)
		}
	}
}

// router joins switches; all of them, or now and then one less.
func (b *builder) router(switches []*lswitch, all bool) *router {
	r := &router{name: fmt.Sprint("r", len(b.routers))}
	b.routers = append(b.routers, r)
	b.nb("lr-add %s", r.name)
	for i, s := range switches {
		if !all && i > 0 && b.chance(6) {
			continue
		}
		b.join(r, s, 254)
	}
	return r
}

// join connects a router to a switch, with a host number for its addresses.
func (b *builder) join(r *router, s *lswitch, host int) {
	port := r.name + "-" + s.name
	b.nb("lrp-add %s %s 02:00:00:00:%02x:%02x 10.0.%d.%d/24 fd0%d::%x/64", r.name, port, s.number, host, s.number, host, s.number, host)
	b.nb("lsp-add %s %s-%s -- lsp-set-type %s-%s router -- lsp-set-addresses %s-%s router -- lsp-set-options %s-%s router-port=%s",
		s.name, s.name, r.name, s.name, r.name, s.name, r.name, s.name, r.name, port)
	r.switches = append(r.switches, s)
	if s.router == nil {
		s.router = r
	}
}

// outside makes a switch that a router's way out leads to, mostly with a physical network behind it.
func (b *builder) outside(r *router) *lswitch {
	s := &lswitch{name: "out", number: 9, physical: !b.chance(4)}
	b.nb("ls-add out")
	if s.physical {
		b.nb("lsp-add out ln -- lsp-set-type ln localnet -- lsp-set-addresses ln unknown -- lsp-set-options ln network_name=physnet")
	}
	b.switches = append(b.switches, s)
	b.join(r, s, 254)
	return s
}

func (b *builder) twoRouters() {
	lr := b.router(b.switches, true)
	join := &lswitch{name: "join", number: 8}
	b.nb("ls-add join")
	b.join(lr, join, 1)
	gr := b.router(nil, true)
	gr.centered = true
	b.nb("set logical_router %s options:chassis=hv1", gr.name)
	b.join(gr, join, 2)
	gr.outside = b.outside(gr)
	b.nb("lr-route-add %s 0.0.0.0/0 10.0.8.2 -- lr-route-add %s ::/0 fd08::2", lr.name, lr.name)
	b.nb("lr-route-add %s 10.0.0.0/22 10.0.8.1", gr.name)
	for i := range 3 {
		b.nb("lr-route-add %s fd0%d::/64 fd08::1", gr.name, i)
	}
}

// machine adds the i-th one, each switch's first.
func (b *builder) machine(i int) {
	s := b.switches[i%len(b.switches)]
	if s.physical && b.chance(2) {
		return
	}
	m := &machine{name: fmt.Sprint("m", i), port: fmt.Sprint("p", i), mac: fmt.Sprintf("02:00:00:00:%02x:%02x", s.number, 10+i), at: s}
	if !b.chance(6) {
		m.four = fmt.Sprintf("10.0.%d.%d", s.number, 10+i)
	}
	if m.four == "" || b.chance(2) {
		m.six = fmt.Sprintf("fd0%d::%x", s.number, 0x10+i)
	}
	b.machines = append(b.machines, m)
	addresses := fmt.Sprintf("\"%s %s %s\"", m.mac, m.four, m.six)
	switch b.IntN(8) {
	case 0:
		addresses = "unknown"
	case 1:
		addresses += " unknown"
	case 2:
		addresses = m.mac
	}
	b.nb("lsp-add %s %s -- lsp-set-addresses %s %s", s.name, m.port, m.port, addresses)
}

// outsider is the machine beyond the physical network.
func (b *builder) outsider(s *lswitch) {
	b.machines = append(b.machines, &machine{name: "x1", port: "ln", mac: "02:00:00:00:09:e1", at: s, four: "10.0.9.201", six: "fd09::e1", physical: true})
}

// on lists the machines that have an address of a family, those on a switch alone where one is given.
func (b *builder) on(s *lswitch, six bool) (list []*machine) {
	for _, m := range b.machines {
		if (s == nil || m.at == s) && m.address(six) != "" {
			list = append(list, m)
		}
	}
	return list
}

func (m *machine) address(six bool) string {
	if six {
		return m.six
	}
	return m.four
}
