package topology

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Show prints the topology as `ovn-nbctl show` does: switches and routers with their ports and NAT rules. With names, only the switches
// and routers of those names (or UUIDs); a name that nothing has prints nothing.
func (top *Topology) Show(w io.Writer, names ...string) error {
	p := &shower{w: w}
	for _, r := range top.Listed(tableByName["Logical_Switch"]) {
		if ls := r.(*LogicalSwitch); wanted(names, ls.Name, ls.UUID.String()) {
			p.logicalSwitch(ls)
		}
	}
	for _, r := range top.Listed(tableByName["Logical_Router"]) {
		if lr := r.(*LogicalRouter); wanted(names, lr.Name, lr.UUID.String()) {
			p.logicalRouter(lr)
		}
	}
	return p.err
}

func wanted(names []string, name, uuid string) bool {
	return len(names) == 0 || slices.Contains(names, name) || slices.Contains(names, uuid)
}

// shower keeps the first error of its writer.
type shower struct {
	w   io.Writer
	err error
}

func (p *shower) line(indent int, format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, strings.Repeat("    ", indent)+format+"\n", args...)
	}
}

// field prints a line unless its value is empty.
func (p *shower) field(title, value string) {
	if value != "" {
		p.line(2, "%s: %s", title, value)
	}
}

// alias is the name that OpenStack's Neutron gave a row.
func alias(externalIDs map[string]string, key string) string {
	if name := externalIDs[key]; name != "" {
		return " (aka " + name + ")"
	}
	return ""
}

func (p *shower) logicalSwitch(ls *LogicalSwitch) {
	p.line(0, "switch %v (%s)%s", ls.UUID, ls.Name, alias(ls.ExternalIDs, "neutron:network_name"))
	for _, port := range ls.Ports {
		p.line(1, "port %s%s", port.Name, alias(port.ExternalIDs, "neutron:port_name"))
		p.field("type", port.Type)
		p.field("parent", port.ParentName)
		if port.Tag != nil {
			p.line(2, "tag: %d", *port.Tag)
		}
		if len(port.Addresses) > 0 && !slices.Equal(port.Addresses, []string{"router"}) {
			p.line(2, "addresses: %s", quotedList(port.Addresses))
		}
		if port.Type == "switch" {
			p.field("peer", port.Peer)
		}
		p.field("router-port", port.Options["router-port"])
	}
}

func (p *shower) logicalRouter(lr *LogicalRouter) {
	p.line(0, "router %v (%s)%s", lr.UUID, lr.Name, alias(lr.ExternalIDs, "neutron:router_name"))
	for _, port := range lr.Ports {
		p.routerPort(port)
	}
	for _, nat := range lr.NAT {
		p.line(1, "nat %v", nat.UUID)
		p.line(2, "external ip: %q", nat.ExternalIP)
		if nat.ExternalPortRange != "" {
			p.line(2, "external port(s): %q", nat.ExternalPortRange)
		}
		p.line(2, "logical ip: %q", nat.LogicalIP)
		p.line(2, "type: %q", nat.Type)
	}
}

func (p *shower) routerPort(port *LogicalRouterPort) {
	p.line(1, "port %s", port.Name)
	if port.MAC != "" {
		p.line(2, "mac: %q", port.MAC)
		if mac, ok := parseMAC(port.MAC); ok {
			p.line(2, "ipv6-lla: %q", LinkLocal(mac))
		}
	}
	if len(port.Networks) > 0 {
		p.line(2, "networks: %s", quotedList(port.Networks))
	}
	p.field("route-table", port.Options["route_table"])
	if len(port.GatewayChassis) > 0 {
		var names []string
		for _, gc := range port.GatewayChassis {
			names = append(names, gc.ChassisName)
		}
		p.line(2, "gateway chassis: [%s]", strings.Join(names, " "))
	}
}

func quotedList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = `"` + s + `"`
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
