package shell

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"ovnsim/sim/host"
	"ovnsim/sim/packet"
	"ovnsim/topology"
)

// machineCommand is `machine NAME [PORT [mac MAC] [address A/L]… [dev DEVICE]]`: what is not said follows from the port's
// own addresses and the router port on its switch. `machine PORT` is all of it: the port's own name and addresses, and the
// router port as the way to everywhere.
func machineCommand(c *call) error {
	args := c.args[1:]
	switch {
	case len(args) == 2 && args[0] == "del":
		return c.removeMachine(args[1])
	case len(args) == 0:
		return c.usage()
	}
	whole := len(args) == 1
	if whole {
		args = append(args, args[0])
	}
	s, name, port := c.shell, args[0], args[1]
	row := s.world.Topology().SwitchPort(port)
	switch {
	case s.isMachine(name):
		return c.fail(1, "machine: there is a machine %s already", name)
	case row == nil:
		return c.fail(1, "machine: there is no switch port \"%s\"%s", port, topology.Suggest(port, portNames(s.world.Topology())))
	case row.Type == "router":
		return c.fail(1, "machine: port %s leads to a router; no machine can be on it", port)
	}
	if err := c.machineOptions(name, args[2:]); err != nil {
		s.world.RemoveMachine(name)
		return err
	}
	h, _ := s.world.Machine(name)
	mac, addresses := portAddresses(s.world.Topology(), row)
	if mac != (packet.MAC{}) && !slices.Contains(args, "mac") {
		h.SetMAC(mac)
	}
	if len(h.Addresses()) == 0 {
		h.SetAddresses(addresses)
	}
	if whole {
		for _, via := range gateways(s.world.Topology(), row, h.Addresses()) {
			_ = h.AddRoute(host.Route{Prefix: netip.PrefixFrom(via, 0).Masked(), Via: via}) // a second one of a family is not needed
		}
	}
	if err := s.world.Plug(name, port); err != nil {
		s.world.RemoveMachine(name)
		return c.fail(1, "machine: %v", err)
	}
	return nil
}

func (c *call) machineOptions(name string, args []string) error {
	s := c.shell
	if err := s.addMachine(name); err != nil {
		return c.fail(1, "machine: %v", err)
	}
	h, _ := s.world.Machine(name)
	var addresses []netip.Prefix
	for ; len(args) > 1; args = args[2:] {
		switch args[0] {
		case "mac":
			if err := c.setMAC(h, args[1]); err != nil {
				return err
			}
		case "address":
			a, err := netip.ParsePrefix(args[1])
			if err != nil {
				return c.fail(1, "machine: \"%s\" is not an address with its prefix length, such as 10.0.0.2/24", args[1])
			}
			addresses = append(addresses, a)
		case "dev":
			s.wires.named[name] = args[1]
		default:
			return c.usage()
		}
	}
	if len(args) > 0 {
		return c.usage()
	}
	h.SetAddresses(addresses)
	return nil
}

func (c *call) setMAC(h *host.Host, text string) error {
	mac, err := net.ParseMAC(text)
	if err != nil || len(mac) != 6 || mac[0]&1 != 0 {
		return c.fail(1, "Error: \"%s\" is not a valid Ethernet address of a machine.", text)
	}
	h.SetMAC(packet.MAC(mac))
	return nil
}

func (c *call) removeMachine(name string) error {
	s := c.shell
	if !s.isMachine(name) {
		return c.fail(1, "Cannot remove namespace file \"/run/netns/%s\": No such file or directory", name)
	}
	for _, j := range slices.Clone(s.jobs) {
		if j.at.name == name {
			s.end(j)
		}
	}
	for _, l := range slices.Clone(s.wires.links) {
		if l.place == name {
			s.wires.remove(l)
		}
	}
	s.world.RemoveMachine(name)
	delete(s.places, name)
	if s.here.name == name {
		s.here = s.places[""]
	}
	return nil
}

func portNames(top *topology.Topology) []string {
	var out []string
	for _, p := range top.LogicalSwitchPort {
		out = append(out, p.Name)
	}
	return out
}

// portAddresses is what a port's addresses say of the machine on it: its MAC, and its addresses with the length of the subnet
// of the router port on the switch.
func portAddresses(top *topology.Topology, row *topology.LogicalSwitchPort) (mac packet.MAC, out []netip.Prefix) {
	for _, text := range append(append([]string{}, row.Addresses...), row.DynamicAddresses) {
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		m, err := net.ParseMAC(words[0])
		if err != nil || len(m) != 6 {
			continue
		}
		for _, w := range words[1:] {
			if a, err := netip.ParseAddr(w); err == nil {
				out = append(out, netip.PrefixFrom(a, subnetLength(top, row, a)))
			}
		}
		return packet.MAC(m), out
	}
	return mac, nil
}

// routersBeside is the addresses, with their networks, of the router ports on a port's switch.
func routersBeside(top *topology.Topology, row *topology.LogicalSwitchPort) (out []netip.Prefix) {
	sw := top.SwitchOf(row)
	if sw == nil {
		return nil
	}
	for _, other := range sw.Ports {
		rp := top.RouterPort(other.Options["router-port"])
		if other.Type != "router" || rp == nil {
			continue
		}
		for _, network := range rp.Networks {
			if p, err := netip.ParsePrefix(network); err == nil {
				out = append(out, p)
			}
		}
	}
	return out
}

// gateways is the routers' addresses that a machine with some addresses can reach at once.
func gateways(top *topology.Topology, row *topology.LogicalSwitchPort, addresses []netip.Prefix) (out []netip.Addr) {
	for _, p := range routersBeside(top, row) {
		if slices.ContainsFunc(addresses, func(a netip.Prefix) bool { return a.Contains(p.Addr()) }) {
			out = append(out, p.Addr())
		}
	}
	return out
}

// subnetLength is the length of the subnet that a router port on the switch has for an address; a link to nobody without one.
func subnetLength(top *topology.Topology, row *topology.LogicalSwitchPort, a netip.Addr) int {
	for _, p := range routersBeside(top, row) {
		if p.Contains(a) {
			return p.Bits()
		}
	}
	if a.Is4() {
		return 24
	}
	return 64
}
