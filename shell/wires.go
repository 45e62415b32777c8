package shell

import (
	"fmt"
	"hash/fnv"
	"sort"
	"strconv"
	"strings"
	"time"

	"ovnsim/sim/host"
	"ovnsim/sim/packet"
)

// wires is how machines are plugged in as people do it by hand: veth pairs, ports of Open vSwitch bridges, bridge mappings.
//
//	machine's eth0 ---- h-vm1 on br-int, iface-id=dmz-vm1   the logical port dmz-vm1
//	machine's eth0 ---- h-out on br-eth1, mapped to net1    the localnet port whose network_name is net1
type wires struct {
	links    []*link
	bridges  map[string]bool
	ports    map[string]*bridgePort // by the name of the device
	mappings map[string]string      // bridge to network
	named    map[string]string      // a machine's interface, where there is no link
}

// link is one end of a cable.
type link struct {
	place string // machine, "" for the hypervisor
	name  string
	peer  *link // nil for an internal port of a bridge
}

type bridgePort struct{ bridge, iface string }

func newWires() wires {
	return wires{bridges: map[string]bool{"br-int": true}, ports: map[string]*bridgePort{}, mappings: map[string]string{}, named: map[string]string{}}
}

// link finds a device at a place, nil when there is none.
func (w *wires) link(place, name string) *link {
	for _, l := range w.links {
		if l.place == place && l.name == name {
			return l
		}
	}
	return nil
}

// device is the name of a machine's interface.
func (w *wires) device(machine string) string {
	for _, l := range w.links {
		if l.place == machine {
			return l.name
		}
	}
	if name := w.named[machine]; name != "" {
		return name
	}
	return "eth0"
}

// machineOf is the machine that a device leads to: its own, or the one at the other end.
func (w *wires) machineOf(place, name string) string {
	l := w.link(place, name)
	switch {
	case l == nil || name == "":
		return ""
	case l.place != "" || l.peer == nil:
		return l.place
	}
	return l.peer.place
}

// add makes a link, unless its name is taken or the machine has one.
func (w *wires) add(place, name string) (*link, error) {
	for _, l := range w.links {
		switch {
		case l.place == place && l.name == name:
			return nil, fmt.Errorf("RTNETLINK answers: File exists")
		case l.place == place && place != "":
			return nil, fmt.Errorf("a machine has one interface here: %s has %s", place, l.name)
		}
	}
	l := &link{place: place, name: name}
	w.links = append(w.links, l)
	return l, nil
}

// move takes a link to another place.
func (w *wires) move(l *link, to string) error {
	for _, other := range w.links {
		if other != l && other.place == to && (to != "" || other.name == l.name) {
			return fmt.Errorf("a machine has one interface here: %s has %s", to, other.name)
		}
	}
	l.place = to
	return nil
}

// remove takes a link and its other end away.
func (w *wires) remove(l *link) {
	keep := w.links[:0]
	for _, other := range w.links {
		if other != l && other != l.peer {
			keep = append(keep, other)
		}
	}
	w.links = keep
	delete(w.ports, l.name)
}

// replug puts every machine that has a link on the logical port that the link leads to.
func (s *Shell) replug() error {
	for _, l := range s.wires.links {
		if l.place == "" {
			continue
		}
		far := l
		if l.peer != nil {
			far = l.peer
		}
		port := ""
		if p := s.wires.ports[far.name]; p != nil {
			port = p.iface
			if network := s.wires.mappings[p.bridge]; port == "" && network != "" {
				port = s.localnet(network)
			}
		}
		if _, now := s.world.Machine(l.place); now != port {
			if err := s.world.Plug(l.place, port); err != nil {
				return err
			}
		}
	}
	return nil
}

// localnet is the localnet port of a network.
func (s *Shell) localnet(network string) string {
	for _, p := range s.world.Topology().LogicalSwitchPort {
		if p.Type == "localnet" && p.Options["network_name"] == network {
			return p.Name
		}
	}
	return ""
}

// addMachine makes a machine with an Ethernet address that follows from its name.
func (s *Shell) addMachine(name string) error {
	sum := fnv.New64a()
	sum.Write([]byte(name))
	n := sum.Sum64()
	mac := packet.MAC{0x0a, byte(n >> 32), byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	return s.world.AddMachine(host.Config{Name: name, MAC: mac})
}

// vsctl is ovs-vsctl as far as it plugs machines in.
func vsctl(c *call) error {
	var err error
	var part []string
	for _, a := range append(c.args[1:], "--") {
		if a != "--" {
			part = append(part, a)
			continue
		}
		for len(part) > 0 && strings.HasPrefix(part[0], "--") {
			part = part[1:]
		}
		if len(part) > 0 {
			if err = c.vsctlOne(part); err != nil {
				return err
			}
		}
		part = nil
	}
	if err := c.shell.replug(); err != nil {
		return c.fail(1, "ovs-vsctl: %v", err)
	}
	return nil
}

func (c *call) vsctlOne(args []string) error {
	w := &c.shell.wires
	arg := func(n int) string {
		if n < len(args) {
			return args[n]
		}
		return ""
	}
	switch args[0] {
	case "add-br":
		w.bridges[arg(1)] = true
	case "del-br":
		delete(w.bridges, arg(1))
	case "add-port":
		if !w.bridges[arg(1)] {
			return c.fail(1, "ovs-vsctl: no bridge named %s", arg(1))
		}
		if arg(2) == "" {
			return c.fail(1, "ovs-vsctl: 'add-port' command requires at least 2 arguments")
		}
		w.ports[arg(2)] = &bridgePort{bridge: arg(1)}
	case "del-port":
		delete(w.ports, args[len(args)-1])
	case "set":
		return c.vsctlSet(args[1:])
	case "list-br", "list-ports", "show":
		c.vsctlShow(args[0], arg(1))
	case "get", "list", "emer-reset", "init":
		return c.fail(1, "ovs-vsctl: '%s' is not simulated", args[0])
	default:
		return c.fail(1, "ovs-vsctl: unknown command '%s'; use --help for help", args[0])
	}
	return nil
}

// vsctlSet is `set interface DEV external_ids:iface-id=PORT`, `set interface DEV type=internal`, and the bridge mappings.
func (c *call) vsctlSet(args []string) error {
	if len(args) < 3 {
		return c.fail(1, "ovs-vsctl: 'set' command requires at least 2 arguments")
	}
	w := &c.shell.wires
	table := strings.ToLower(args[0])
	for _, set := range args[2:] {
		set = strings.NewReplacer("external-ids", "external_ids", `"`, "").Replace(set)
		key, value, _ := strings.Cut(set, "=")
		switch {
		case strings.HasPrefix(table, "open") && key == "external_ids:ovn-bridge-mappings":
			clear(w.mappings)
			for pair := range strings.SplitSeq(value, ",") {
				network, bridge, _ := strings.Cut(pair, ":")
				w.mappings[bridge] = network
			}
		case strings.HasPrefix(table, "open") && key == "external_ids:garp-max-timeout-sec":
			seconds, err := strconv.ParseUint(value, 10, 31)
			if err != nil {
				return c.fail(1, "ovs-vsctl: garp-max-timeout-sec: %s is no number of seconds", value)
			}
			c.shell.world.Sim().AnnounceFor(time.Duration(seconds) * time.Second)
		case strings.HasPrefix("interface", table) && w.ports[args[1]] == nil:
			return c.fail(1, "ovs-vsctl: no row \"%s\" in table Interface", args[1])
		case strings.HasPrefix("interface", table) && key == "external_ids:iface-id":
			w.ports[args[1]].iface = value
		case strings.HasPrefix("interface", table) && key == "type" && value == "internal":
			if w.link("", args[1]) == nil {
				if _, err := w.add("", args[1]); err != nil {
					return c.fail(1, "ovs-vsctl: %v", err)
				}
			}
		}
	}
	return nil
}

func (c *call) vsctlShow(what, bridge string) {
	w := &c.shell.wires
	for _, b := range sortedKeys(w.bridges) {
		switch what {
		case "list-br":
			c.print("%s\n", b)
		case "show":
			c.print("    Bridge %s\n", b)
		}
		for _, p := range sortedKeys(w.ports) {
			if w.ports[p].bridge != b {
				continue
			}
			if what == "show" {
				c.print("        Port %s\n            Interface %s\n", p, p)
			}
			if what == "list-ports" && b == bridge {
				c.print("%s\n", p)
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
