package sim

import (
	"net/netip"
	"strings"

	"ovnsim/sim/packet"
)

// addresses is what the first of a port's addresses says: a MAC, and IP addresses in their order.
func (p *port) addresses() (packet.MAC, []netip.Addr) {
	for _, text := range p.MAC {
		if mac, addrs, _, ok := readAddresses(text); ok {
			return mac, addrs
		}
	}
	return packet.MAC{}, nil
}

// readAddresses reads "MAC ADDRESS… [is_chassis_resident("PORT")]" (ovn-sb(5), Port_Binding, mac and nat_addresses).
func readAddresses(text string) (mac packet.MAC, addrs []netip.Addr, resident string, ok bool) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return mac, nil, "", false
	}
	m, ok := parseMAC(words[0])
	if !ok {
		return mac, nil, "", false
	}
	for _, w := range words[1:] {
		if port, is := strings.CutPrefix(w, `is_chassis_resident("`); is {
			resident = strings.TrimSuffix(port, `")`)
			break
		}
		host, _, _ := strings.Cut(w, "/")
		addr, err := netip.ParseAddr(host)
		if err != nil {
			break
		}
		addrs = append(addrs, addr)
	}
	return packet.MACOf(m), addrs, resident, true
}
