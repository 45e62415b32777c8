package shell

import (
	"net"
	"net/netip"
	"slices"

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
	s.describe(h, row, whole, slices.Contains(args, "mac"))
	if err := s.world.Plug(name, port); err != nil {
		s.world.RemoveMachine(name)
		return c.fail(1, "machine: %v", err)
	}
	return nil
}

// describe gives a machine what its port says and the command did not; with whole, the way to everywhere, too.
func (s *Shell) describe(h *host.Host, row *topology.LogicalSwitchPort, whole, hasMAC bool) {
	top := s.world.Topology()
	mac, ips := row.Machine()
	if packet.MAC(mac) != (packet.MAC{}) && !hasMAC {
		h.SetMAC(packet.MAC(mac))
	}
	if len(h.Addresses()) == 0 {
		var addresses []netip.Prefix
		for _, a := range ips {
			subnet, _ := top.Subnet(row, a)
			addresses = append(addresses, subnet)
		}
		h.SetAddresses(addresses)
	}
	if !whole {
		return
	}
	for _, via := range top.Gateways(row, h.Addresses()) {
		_ = h.AddRoute(host.Route{Prefix: netip.PrefixFrom(via, 0).Masked(), Via: via}) // the machine is new: it has no such route
	}
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
