package shell

import (
	"fmt"
	"strconv"
	"strings"
)

// ipNetns makes and removes machines.
func ipNetns(c *call, _ ipOptions, args []string) error {
	s := c.shell
	v, args := verb(args)
	switch {
	case is(v, "show", "list"):
		for _, name := range s.world.Machines() {
			c.print("%s\n", name)
		}
		return nil
	case len(args) == 0:
		return c.fail(255, "No netns name specified")
	case is(v, "add") && (s.isMachine(args[0]) || args[0] == "hypervisor"):
		return c.fail(1, "Cannot create namespace file \"/run/netns/%s\": File exists", args[0])
	case is(v, "add") && strings.ContainsAny(args[0], "/ \t\n"):
		return c.fail(255, "Invalid netns name \"%s\"", args[0])
	case is(v, "add"):
		if err := s.addMachine(args[0]); err != nil {
			return c.fail(1, "%v", err)
		}
		return nil
	case is(v, "delete"):
		return c.removeMachine(args[0])
	}
	return c.fail(255, "Command \"%s\" is unknown, try \"ip netns help\".", v)
}

// ipLink makes veth pairs, moves their ends and sets Ethernet addresses.
func ipLink(c *call, o ipOptions, args []string) error {
	v, args := verb(args)
	switch {
	case is(v, "show", "list"):
		if c.at.name != "" {
			return c.showLinks(o, false)
		}
		for i, l := range c.shell.wires.links {
			if l.place == "" {
				c.print("%d: %s: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000\n", i+2, l.name)
			}
		}
		return nil
	case is(v, "add"):
		return c.addLink(args)
	case is(v, "set"):
		return c.setLink(args)
	case is(v, "delete"):
		return c.deleteLink(args)
	}
	return c.fail(255, "Command \"%s\" is unknown, try \"ip link help\".", v)
}

// ends is what `ip link add` says of the two ends of a veth pair.
type ends struct{ name, netns, mac [2]string }

func (c *call) addLink(args []string) error {
	var e ends
	at, kind := 0, ""
	for i := 0; i < len(args); i++ {
		value := ""
		if i+1 < len(args) {
			value = args[i+1]
		}
		switch args[i] {
		case "type":
			kind = value
			i++
		case "peer":
			at = 1
		case "netns":
			e.netns[at] = value
			i++
		case "address":
			e.mac[at] = value
			i++
		case "mtu", "numtxqueues", "numrxqueues":
			i++
		case "name", "dev":
			e.name[at] = value
			i++
		default:
			e.name[at] = args[i]
		}
	}
	switch {
	case kind != "veth":
		return c.fail(2, "Error: Unknown device type %q: only veth is simulated.", kind)
	case e.name[0] == "":
		return c.fail(255, "Not enough information: \"dev\" argument is required.")
	case e.name[1] == "":
		e.name[1] = "veth0"
	}
	return c.addVeth(e)
}

func (c *call) addVeth(e ends) error {
	s := c.shell
	var made [2]*link
	for i := range made {
		place := e.netns[i]
		if place == "" {
			place = c.at.name
		} else if !s.isMachine(place) {
			return c.fail(255, "Error: argument \"%s\" is wrong: Invalid \"netns\" value", place)
		}
		l, err := s.wires.add(place, e.name[i])
		if err != nil {
			if i == 1 {
				s.wires.remove(made[0])
			}
			return c.fail(2, "%v", err)
		}
		made[i] = l
		if h, _ := s.world.Machine(place); h != nil && e.mac[i] != "" {
			if err := c.setMAC(h, e.mac[i]); err != nil {
				return err
			}
		}
	}
	made[0].peer, made[1].peer = made[1], made[0]
	return c.replugged()
}

func (c *call) replugged() error {
	if err := c.shell.replug(); err != nil {
		return c.fail(2, "Error: %v", err)
	}
	return nil
}

func (c *call) setLink(args []string) error {
	if len(args) > 0 && args[0] == "dev" {
		args = args[1:]
	}
	if len(args) == 0 {
		return c.fail(255, "Not enough information: \"dev\" argument is required.")
	}
	s := c.shell
	name, args := args[0], args[1:]
	l := s.wires.link(c.at.name, name)
	h, _ := s.world.Machine(c.at.name)
	switch {
	case l == nil && h == nil && !s.wires.bridges[name] && name != "lo":
		return c.fail(1, "Cannot find device \"%s\"", name)
	case l == nil && h != nil:
		if err := c.device(name); err != nil {
			return err
		}
	}
	for ; len(args) > 0; args = args[1:] {
		word := args[0]
		if word == "up" {
			continue
		}
		if word == "down" {
			return c.fail(2, "ip link: down is not simulated; unplug a machine with ip link del")
		}
		if len(args) < 2 {
			return c.fail(255, "Command line is not complete. Try option \"help\"")
		}
		args = args[1:]
		if err := c.setLinkTo(l, word, args[0]); err != nil {
			return err
		}
	}
	return c.replugged()
}

func (c *call) setLinkTo(l *link, what, value string) error {
	s := c.shell
	switch what {
	case "address":
		machine := c.at.name
		h, _ := s.world.Machine(machine)
		if h == nil {
			return nil // the hypervisor's end has an address that nobody sees
		}
		return c.setMAC(h, value)
	case "netns":
		switch {
		case l == nil:
			return c.fail(2, "RTNETLINK answers: Invalid argument")
		case !s.isMachine(value):
			return c.fail(255, "Error: argument \"%s\" is wrong: Invalid \"netns\" value", value)
		}
		if err := s.wires.move(l, value); err != nil {
			return c.fail(2, "Error: %v", err)
		}
	case "name":
		switch {
		case l != nil && s.wires.link(l.place, value) != nil:
			return c.fail(2, "RTNETLINK answers: File exists")
		case l != nil:
			l.name = value
		default:
			s.wires.named[c.at.name] = value
		}
	case "mtu":
		bytes, err := strconv.Atoi(value)
		if err != nil {
			return c.fail(255, "Error: argument \"%s\" is wrong: Invalid \"mtu\" value", value)
		}
		if h, _ := s.world.Machine(c.at.name); h != nil && !h.SetMTU(bytes) {
			return c.fail(2, "ip link: an MTU of %d is not simulated, only 576 to 65471", bytes)
		}
	case "master", "txqueuelen":
	default:
		return c.fail(255, "Error: either \"dev\" is duplicate, or \"%s\" is a garbage.", what)
	}
	return nil
}

func (c *call) deleteLink(args []string) error {
	if len(args) > 0 && args[0] == "dev" {
		args = args[1:]
	}
	if len(args) == 0 {
		return c.fail(255, "Not enough information: \"dev\" argument is required.")
	}
	s := c.shell
	l := s.wires.link(c.at.name, args[0])
	if l == nil {
		return c.fail(1, "Cannot find device \"%s\"", args[0])
	}
	for _, end := range []*link{l, l.peer} {
		if end != nil && end.place != "" {
			if err := s.world.Plug(end.place, ""); err != nil {
				return fmt.Errorf("unplug %s: %w", end.place, err)
			}
		}
	}
	s.wires.remove(l)
	return nil
}
