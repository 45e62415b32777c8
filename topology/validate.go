package topology

import "strings"

// rule is one check of one column. Rows of a database are not held to the rules: OVN takes such rows and passes over what it cannot use.
type rule struct {
	column string                                                   // Table.column
	says   string                                                   // what the rule wants, for readers of this table
	broken func(top *index, r Record, element, value string) string // what is wrong with one element (or key and value); "" for nothing
}

// rules is every check beyond what the schema says (types, ranges, enumerations, uniqueness and what must not be empty).
var rules = []rule{
	{"Logical_Switch_Port.type", "a known port type", element(portTypeProblem)},
	{"Logical_Switch_Port.addresses", "MAC [IP…], unknown, router, dynamic [IP…], MAC dynamic", element(addressesProblem)},
	{"Logical_Switch_Port.port_security", "[VRRPv3] MAC [IP[/length]…]", element(portSecurityProblem)},
	{"Logical_Switch_Port.parent_name", "a switch port", names("switch port", (*index).hasSwitchPort)},
	{"Logical_Switch_Port.peer", "a switch port", names("switch port", (*index).hasSwitchPort)},
	{"Logical_Switch_Port.options", "router-port names a router port", option("router-port", names("router port", (*index).hasRouterPort))},
	{"Logical_Router_Port.mac", "a MAC address", element(macProblem)},
	{"Logical_Router_Port.networks", "IP/length", element(networkProblem)},
	{"Logical_Router_Port.peer", "a router port", names("router port", (*index).hasRouterPort)},
	{"Logical_Router_Static_Route.ip_prefix", "IP[/length]", element(prefixProblem)},
	{"Logical_Router_Static_Route.nexthop", "an IP address, a port's name, or discard", element(nexthopProblem)},
	{"Logical_Router_Static_Route.output_port", "a router port", names("router port", (*index).hasRouterPort)},
	{"Logical_Router_Policy.nexthop", "an IP address", element(ipProblem)},
	{"Logical_Router_Policy.nexthops", "IP addresses", element(ipProblem)},
	{"NAT.external_ip", "an IP address", element(ipProblem)},
	{"NAT.external_ip", "of the family of logical_ip", natFamilyProblem},
	{"NAT.logical_ip", "IP[/length]", element(prefixProblem)},
	{"NAT.external_mac", "a MAC address", element(macProblem)},
	{"NAT.logical_port", "a switch port", names("switch port", (*index).hasSwitchPort)},
	{"Load_Balancer.vips", "IP[:port] to backends of one family, all with a port or none", vipProblem},
	{"Load_Balancer_Health_Check.vip", "IP:port", element(vipAddressProblem)},
	{"Address_Set.addresses", "MAC or IP[/length]", element(setAddressProblem)},
	{"Forwarding_Group.vip", "an IP address", element(ipProblem)},
	{"Forwarding_Group.vmac", "a MAC address", element(macProblem)},
	{"Forwarding_Group.child_port", "switch ports", names("switch port", (*index).hasSwitchPort)},
	{"DHCP_Options.cidr", "IP/length", element(cidrProblem)},
	{"DHCP_Relay.servers", "an IP address", element(ipProblem)},
	{"BFD.logical_port", "a router port", names("router port", (*index).hasRouterPort)},
	{"BFD.dst_ip", "an IP address", element(ipProblem)},
	{"Static_MAC_Binding.logical_port", "a router port", names("router port", (*index).hasRouterPort)},
	{"Static_MAC_Binding.ip", "an IP address", element(ipProblem)},
	{"Static_MAC_Binding.mac", "a MAC address", element(macProblem)},
	{"Logical_Switch_Port_Health_Check.src_ip", "an IP address", element(ipProblem)},
	{"Logical_Switch_Port_Health_Check.address", "an IP address", element(ipProblem)},
}

// index is the names that rules look up.
type index struct {
	switchPorts, routerPorts map[string]bool
	switchNames, routerNames []string // for suggestions
}

func newIndex(top *Topology) *index {
	x := &index{switchPorts: make(map[string]bool), routerPorts: make(map[string]bool)}
	for _, p := range top.LogicalSwitchPort {
		x.switchPorts[p.Name] = true
		x.switchNames = append(x.switchNames, p.Name)
	}
	for _, p := range top.LogicalRouterPort {
		x.routerPorts[p.Name] = true
		x.routerNames = append(x.routerNames, p.Name)
	}
	return x
}

func (x *index) hasSwitchPort(name string) (bool, []string) {
	return x.switchPorts[name], x.switchNames
}
func (x *index) hasRouterPort(name string) (bool, []string) {
	return x.routerPorts[name], x.routerNames
}

// Validate holds every row to the rules that go beyond the schema; the issues' positions are those of the rows.
func (top *Topology) Validate() Errors {
	return top.validate(func(r Record, _, _ string) (Position, bool) { return r.Base().Pos, true }).Sort()
}

// validate asks `at` where an element of a column is written, and whether it is worth a word.
func (top *Topology) validate(at func(r Record, column, element string) (Position, bool)) Errors {
	var errs Errors
	x := newIndex(top)
	for _, rule := range rules {
		table, column, _ := strings.Cut(rule.column, ".")
		t := TableNamed(table)
		c := t.Column(column)
		for _, r := range top.Records(t) {
			d := c.Get(r)
			for i, key := range d.Keys {
				value := ""
				if c.IsMap {
					value = d.Values[i].String
				}
				problem := rule.broken(x, r, key.String, value)
				if problem == "" {
					continue
				}
				if pos, ok := at(r, column, key.String); ok {
					errs.Add(pos, "%s: %s", column, problem)
				}
			}
		}
	}
	return errs
}

// element makes a rule of a check that looks at nothing but the element.
func element(problem func(string) string) func(*index, Record, string, string) string {
	return func(_ *index, _ Record, element, _ string) string { return problem(element) }
}

// names makes a rule of a lookup: the element must be the name of something; "" names nothing and is fine.
func names(what string, has func(*index, string) (bool, []string)) func(*index, Record, string, string) string {
	return func(x *index, _ Record, name, _ string) string {
		found, all := has(x, name)
		if found || name == "" {
			return ""
		}
		return "there is no " + what + " " + quote(name) + Suggest(name, all)
	}
}

// option applies a rule to the value of one key of a map.
func option(key string, broken func(*index, Record, string, string) string) func(*index, Record, string, string) string {
	return func(x *index, r Record, k, v string) string {
		if k != key {
			return ""
		}
		return broken(x, r, v, "")
	}
}

func natFamilyProblem(_ *index, r Record, external, _ string) string {
	logical, ok := parsePrefix(r.(*NAT).LogicalIP)
	ip, err := parseIP(external)
	if ok && err == nil && ip.Is4() != logical.Addr().Is4() {
		return quote(external) + " and logical_ip " + quote(r.(*NAT).LogicalIP) + " are of different families"
	}
	return ""
}

func vipProblem(_ *index, r Record, vip, backends string) string {
	lb := r.(*LoadBalancer)
	if lb.Options["template"] == "true" {
		return ""
	}
	return balancerProblem(vip, backends)
}
