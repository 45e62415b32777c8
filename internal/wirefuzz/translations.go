package wirefuzz

import (
	"fmt"
)

// translations adds NAT to routers that have a place for it, and to others now and then, where it does nothing.
func (b *builder) translations() {
	b.nb("create address_set name=clients addresses=%s", b.of(`10.0.9.201`, `10.0.9.0/24`, `10.0.1.0/24`))
	for _, r := range b.routers {
		if r.outside == nil && !b.chance(6) {
			continue
		}
		for range b.IntN(4) {
			if b.translation(r) {
				break
			}
		}
	}
}

// translation tells whether it takes ports out of a range: what two such make of a connection in one go, no capture shows.
func (b *builder) translation(r *router) (chosen bool) {
	number := 9
	if r.outside != nil {
		number = r.outside.number
	}
	six := b.chance(4)
	external := fmt.Sprintf("10.0.%d.%d", number, 100+b.IntN(6))
	if six {
		external = fmt.Sprintf("fd0%d::10%d", number, b.IntN(6))
	}
	kind := b.of("snat", "snat", "dnat", "dnat_and_snat", "dnat_and_snat")
	machines := b.on(nil, six)
	if len(machines) == 0 {
		return false
	}
	m := machines[b.IntN(len(machines))]
	logical, more := m.address(six), ""
	if b.translated[r.name+logical] || b.translated[r.name+external] && kind != "snat" || m.at == r.outside { // which of two is taken nobody says; one outside may be both ends
		return false
	}
	if kind == "snat" && b.chance(2) {
		logical = b.of("10.0.0.0/24", "10.0.0.0/22", "0.0.0.0/0")
		if six {
			logical = b.of("fd00::/64", "fd00::/8")
		}
		if b.chance(2) { // the router's own
			external = fmt.Sprintf("10.0.%d.254", number)
			if six {
				external = fmt.Sprintf("fd0%d::fe", number)
			}
		}
	}
	if kind == "dnat_and_snat" && r.gateway != "" && b.chance(2) && !m.physical {
		more = fmt.Sprintf("%s 02:00:00:00:0a:%02x", m.port, 16+b.IntN(99))
	}
	options := ""
	switch b.IntN(6) {
	case 0:
		if kind == "dnat_and_snat" {
			options = "--stateless"
		}
	case 1:
		if more == "" {
			options = "--portrange"
			more = b.of("2000-2010", "30000-30001", "5000-60000")
		}
	}
	if !b.nb("%s lr-nat-add %s %s %s %s %s", options, r.name, kind, external, logical, more) {
		return false
	}
	b.external = append(b.external, external)
	b.translated[r.name+logical] = true
	b.translated[r.name+external] = b.translated[r.name+external] || kind != "snat"
	if b.chance(6) && !six {
		b.nb("%s lr-nat-update-ext-ip %s %s %s clients", b.of("", "--is-exempted"), r.name, kind, natKey(kind, external, logical))
	}
	return options == "--portrange"
}

// natKey is what names a translation among those of its type.
func natKey(kind, external, logical string) string {
	if kind == "snat" {
		return logical
	}
	return external
}
