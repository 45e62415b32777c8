package shell

import (
	"fmt"
	"strings"
)

// ip is iproute2 as far as labs need it: netns exec, route add|del|show, addr show.
func ip(c *call) error {
	args := c.args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		if args[0] == "-n" && len(args) > 1 { // ip -n MACHINE …
			return c.onMachine(args[1], append([]string{"ip"}, args[2:]...))
		}
		args = args[1:]
	}
	if len(args) == 0 {
		return c.fail(255, "usage: ip route|addr|netns …")
	}
	switch object := args[0]; {
	case object == "netns" && len(args) > 1 && args[1] == "exec":
		if len(args) < 4 {
			return c.fail(1, "usage: ip netns exec MACHINE COMMAND")
		}
		return c.onMachine(args[2], args[3:])
	case object == "netns":
		for _, name := range c.shell.net.Machines() {
			fmt.Fprintln(c.stdout, name)
		}
		return nil
	case strings.HasPrefix("route", object):
		return ipRoute(c, args[1:])
	case strings.HasPrefix("address", object):
		return ipAddress(c)
	default:
		return c.fail(1, "Object \"%s\" is unknown, try \"ip help\".", object)
	}
}

func ipAddress(c *call) error {
	m, err := c.machine()
	if err != nil {
		return err
	}
	for _, a := range m.machine.Addresses() {
		fmt.Fprintf(c.stdout, "    inet %s scope global eth0\n", a)
	}
	return nil
}

func ipRoute(c *call, args []string) error {
	m, err := c.machine()
	if err != nil {
		return err
	}
	verb := "show"
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	switch {
	case strings.HasPrefix("show", verb) || strings.HasPrefix("list", verb):
		for _, r := range m.machine.Routes() {
			fmt.Fprintln(c.stdout, r)
		}
		return nil
	case verb == "add" || verb == "replace":
		prefix, gateway, err := routeWords(c, args)
		if err != nil {
			return err
		}
		if verb == "replace" {
			_ = m.machine.DelRoute(prefix) // it may not have been there
		}
		if err := m.machine.AddRoute(prefix, gateway); err != nil {
			return c.fail(2, "%v", err)
		}
		return nil
	case strings.HasPrefix("delete", verb):
		if len(args) == 0 {
			return c.fail(255, "Command line is not complete. Try option \"help\"")
		}
		if err := m.machine.DelRoute(args[0]); err != nil {
			return c.fail(2, "%v", err)
		}
		return nil
	}
	return c.fail(255, "Command \"%s\" is unknown, try \"ip route help\".", verb)
}

// routeWords reads PREFIX via GATEWAY [dev NAME]; a machine has one interface, so the device says nothing.
func routeWords(c *call, args []string) (prefix, gateway string, err error) {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "via" && i+1 < len(args):
			i++
			gateway = args[i]
		case (a == "dev" || a == "metric" || a == "proto" || a == "scope") && i+1 < len(args):
			i++
		case prefix == "":
			prefix = a
		default:
			return "", "", c.fail(255, "Error: either \"to\" is duplicate, or \"%s\" is a garbage.", a)
		}
	}
	if prefix == "" || gateway == "" {
		return "", "", c.fail(255, "usage: ip route add PREFIX via GATEWAY")
	}
	return prefix, gateway, nil
}
