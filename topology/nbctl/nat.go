package nbctl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ovnsim/topology"
)

func checkNATType(kind string) error {
	if kind != "dnat" && kind != "snat" && kind != "dnat_and_snat" {
		return fail("%s: type must be one of \"dnat\", \"snat\" and \"dnat_and_snat\".", kind)
	}
	return nil
}

func lrNatAdd(s *session, c *call) error {
	lr, err := must(s, routers, c.args[0])
	if err != nil {
		return err
	}
	n, err := s.natOf(c, lr)
	if err != nil {
		return err
	}
	for _, old := range lr.NAT {
		done, err := s.natConflict(c, lr, n, old)
		if err != nil || done {
			return err
		}
	}
	s.insert(n)
	s.tx.Edit(lr)
	lr.NAT = with(lr.NAT, n)
	return nil
}

// natOf is the rule that lr-nat-add's arguments describe.
func (s *session) natOf(c *call, lr *topology.LogicalRouter) (*topology.NAT, error) {
	n := &topology.NAT{Type: c.args[1]}
	if err := checkNATType(n.Type); err != nil {
		return nil, err
	}
	if err := natAddresses(n, c.args[2], c.args[3]); err != nil {
		return nil, err
	}
	if err := s.natPort(c, n); err != nil {
		return nil, err
	}
	if c.has("--stateless") && n.Type != "dnat_and_snat" {
		return nil, fail("stateless is not applicable to dnat or snat types")
	}
	n.Options = map[string]string{"stateless": strconv.FormatBool(c.has("--stateless"))}
	if c.has("--add-route") {
		n.Options["add_route"] = "true"
	}
	if name, given := c.options["--gateway-port"]; given {
		port, err := must(s, routerPorts, name)
		switch {
		case err != nil:
			return nil, err
		case !slices.Contains(lr.Ports, port) || !isGatewayPort(port):
			return nil, fail("%s is not a distributed gateway router port.", name)
		}
		n.GatewayPort = port
	} else if effectiveGateway(lr, n) == nil && len(gatewayPorts(lr)) > 1 {
		return nil, fail("logical router: %s has multiple distributed gateway ports and gateway_port can not be determined from external IP of NAT rule.", c.args[0])
	}
	return n, natPriority(c, n)
}

func isGatewayPort(p *topology.LogicalRouterPort) bool {
	return p.HAChassisGroup != nil || len(p.GatewayChassis) > 0 || p.Options["redirect-chassis"] != ""
}

func gatewayPorts(lr *topology.LogicalRouter) []*topology.LogicalRouterPort {
	return slices.DeleteFunc(slices.Clone(lr.Ports), func(p *topology.LogicalRouterPort) bool { return !isGatewayPort(p) })
}

// effectiveGateway is the distributed gateway port that a rule works on: its own, the only one, or the one whose network holds the
// external address; nil if none does.
func effectiveGateway(lr *topology.LogicalRouter, n *topology.NAT) *topology.LogicalRouterPort {
	if n.GatewayPort != nil {
		return n.GatewayPort
	}
	ports := gatewayPorts(lr)
	if len(ports) == 1 {
		return ports[0]
	}
	if p := portTowards(&topology.LogicalRouter{Ports: ports}, n.ExternalIP); p != nil {
		return p
	}
	return nil
}

func natPriority(c *call, n *topology.NAT) (err error) {
	n.Match = c.options["--match"]
	if text, given := c.options["--priority"]; given {
		if n.Match == "" {
			return fail("priority can be set only with --match option.")
		}
		n.Priority, err = priority(text)
	}
	return err
}

// natAddresses reads the two addresses. A prefix is for the inner side of snat alone.
func natAddresses(n *topology.NAT, external, logical string) error {
	ip, ok := parseIP(external)
	if !ok {
		return fail("%s: Not a valid IPv4 or IPv6 address.", external)
	}
	n.ExternalIP = ip.String()
	family := "IPv4"
	if ip.Is6() {
		family = "IPv6"
	}
	if n.Type == "snat" {
		p, text, ok := normalPrefix(logical)
		if !ok || p.Addr().Is6() != ip.Is6() {
			return fail("%s: should be an %s address or network.", logical, family)
		}
		n.LogicalIP = text
		return nil
	}
	inner, ok := parseIP(logical)
	if !ok || inner.Is6() != ip.Is6() {
		return fail("%s: Not a valid %s address.", logical, family)
	}
	n.LogicalIP = inner.String()
	return nil
}

// natPort reads what may follow the addresses: a switch port with its MAC address, a port range.
func (s *session) natPort(c *call, n *topology.NAT) error {
	rest := c.args[4:]
	ranged := c.has("--portrange")
	if len(rest) == 1 && ranged || len(rest) == 3 {
		text := rest[len(rest)-1]
		if !ranged {
			return fail("lr-nat-add with a port range must also specify --portrange.")
		}
		if !isPortRange(text) {
			return fail("invalid port range %s.", text)
		}
		n.ExternalPortRange, rest = text, rest[:len(rest)-1]
	}
	switch {
	case len(rest) == 0:
		return nil
	case len(rest) == 1:
		return fail("lr-nat-add with logical_port must also specify external_mac.")
	case n.Type != "dnat_and_snat":
		return fail("logical_port and external_mac are only valid when type is \"dnat_and_snat\".")
	}
	if _, err := must(s, switchPorts, rest[0]); err != nil {
		return err
	}
	if !isMAC(rest[1]) {
		return fail("invalid mac address %s.", rest[1])
	}
	n.LogicalPort, n.ExternalMAC = rest[0], rest[1]
	return nil
}

// isPortRange takes LOW-HIGH or one port, from 1.
func isPortRange(text string) bool {
	low, high, two := strings.Cut(text, "-")
	a, err := strconv.ParseUint(low, 10, 16)
	if !two {
		return err == nil && a > 0
	}
	b, err2 := strconv.ParseUint(high, 10, 16)
	return err == nil && err2 == nil && a > 0 && a < b
}

// natConflict holds a new rule against one that is there. It is done if nothing is to be added.
func (s *session) natConflict(c *call, lr *topology.LogicalRouter, n, old *topology.NAT) (done bool, err error) {
	same := old.Type == n.Type && old.Match == n.Match && effectiveGateway(lr, old) == effectiveGateway(lr, n)
	oldLogical := old.LogicalIP
	if _, text, ok := normalPrefix(oldLogical); ok {
		oldLogical = text
	}
	if old.ExternalIP == n.ExternalIP && (old.Options["stateless"] == "true") != (n.Options["stateless"] == "true") ||
		old.ExternalIP == n.ExternalIP && n.Options["stateless"] == "true" && old.LogicalIP != n.LogicalIP {
		return false, fail("%s, %s: External ip cannot be shared across stateless and stateful NATs", n.ExternalIP, n.LogicalIP)
	}
	if !same {
		return false, nil
	}
	switch snat := n.Type == "snat"; {
	case old.ExternalIP == n.ExternalIP && oldLogical == n.LogicalIP:
		if !c.has("--may-exist") {
			return false, fail("%s, %s: a NAT with this external_ip and logical_ip already exists", n.ExternalIP, n.LogicalIP)
		}
		s.tx.Edit(old)
		old.LogicalPort, old.ExternalMAC = n.LogicalPort, n.ExternalMAC
		old.Options = n.Options
		if n.ExternalPortRange != "" {
			old.ExternalPortRange = n.ExternalPortRange
		}
		return true, nil
	case snat && oldLogical == n.LogicalIP:
		return false, fail("a NAT with this type (snat), logical_ip (%s) already exists", n.LogicalIP)
	case !snat && old.ExternalIP == n.ExternalIP:
		return false, fail("a NAT with this type (%s), external_ip (%s) already exists", n.Type, n.ExternalIP)
	}
	return false, nil
}

func lrNatDel(s *session, c *call) error {
	lr, err := must(s, routers, c.args[0])
	if err != nil {
		return err
	}
	match, given := c.options["--match"]
	kind := c.arg(1)
	if kind != "" {
		if err := checkNATType(kind); err != nil {
			return err
		}
	}
	ip, port, err := s.natTarget(c, kind)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(lr.NAT), func(n *topology.NAT) bool {
		has := n.ExternalIP
		if kind == "snat" {
			_, has, _ = normalPrefix(n.LogicalIP)
		}
		return (kind == "" || n.Type == kind) && (ip == "" || has == ip) && (port == nil || n.GatewayPort == port) && (!given || n.Match == match)
	})
	if len(left) == len(lr.NAT) && ip != "" && port != nil && !c.has("--if-exists") {
		return fail("no matching NAT with the type (%s), %s (%s) and gateway_port (%s)", kind, natIPColumn(kind), ip, port.Name)
	}
	s.tx.Edit(lr)
	lr.NAT = left
	return nil
}

func natIPColumn(kind string) string {
	if kind == "snat" {
		return "logical_ip"
	}
	return "external_ip"
}

// natTarget reads lr-nat-del's address and gateway port; either may be missing.
func (s *session) natTarget(c *call, kind string) (ip string, port *topology.LogicalRouterPort, err error) {
	if len(c.args) < 3 {
		return "", nil, nil
	}
	_, text, ok := normalPrefix(c.args[2])
	switch {
	case ok && len(c.args) == 3:
		return text, nil, nil
	case ok:
		port, err = must(s, routerPorts, c.args[3])
		return text, port, err
	case len(c.args) == 4:
		return "", nil, fail("%s: should be an IP address or network.", c.args[2])
	}
	port, err = must(s, routerPorts, c.args[2])
	return "", port, err
}

func lrNatList(s *session, c *call) error {
	lr, err := must(s, routers, c.args[0])
	if err != nil {
		return err
	}
	var lines []string
	for _, n := range lr.NAT {
		port := ""
		if n.GatewayPort != nil {
			port = n.GatewayPort.Name
		}
		lines = append(lines, natLine(n.Type, port, n.Match, n.ExternalIP, n.ExternalPortRange, n.LogicalIP, n.ExternalMAC, n.LogicalPort))
	}
	if lines == nil {
		return nil
	}
	lines = topology.SortedPairs(lines, func(line string) string { return line[:min(natKey, len(line))] })
	c.printf("%s\n", natLine("TYPE", "GATEWAY_PORT", "MATCH", "EXTERNAL_IP", "EXTERNAL_PORT", "LOGICAL_IP", "EXTERNAL_MAC", "LOGICAL_PORT"))
	printEach(c, lines)
	return nil
}

// natKey is how much of a line sorts it: up to the external address.
const natKey = 17 + 22 + 22 + 19

func natLine(kind, port, match, external, ports, logical, mac, logicalPort string) string {
	return trimmed(fmt.Sprintf("%-17.13s%-22.18s%-22.18s%-19.15s%-17.13s%-20.18s%-21s%s", kind, port, match, external, ports, logical, mac, logicalPort))
}

func lrNatUpdateExtIP(s *session, c *call) error {
	lr, err := must(s, routers, c.args[0])
	if err != nil {
		return err
	}
	kind := c.args[1]
	if err := checkNATType(kind); err != nil {
		return err
	}
	_, ip, ok := normalPrefix(c.args[2])
	if !ok {
		return fail("%s: should be an IP address or network.", c.args[2])
	}
	set, err := must(s, addressSets, c.args[3])
	if err != nil {
		return err
	}
	for _, n := range lr.NAT {
		has := n.ExternalIP
		if kind == "snat" {
			_, has, _ = normalPrefix(n.LogicalIP)
		}
		if n.Type != kind || has != ip {
			continue
		}
		s.tx.Edit(n)
		if c.has("--is-exempted") {
			n.ExemptedExtIPs = set
		} else {
			n.AllowedExtIPs = set
		}
		return nil
	}
	return fail("%s: Could not locate nat rule for: %s.", kind, c.args[2])
}
