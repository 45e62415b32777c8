package parity

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"ovnsim/pipeline"
)

// southboundTables says how the rows of each table print. Only what ovn-northd writes is there: no UUIDs, nothing that
// chassis write.
var southboundTables = []struct {
	name  string
	print func(*pipeline.Southbound, func(key string, columns ...column))
}{
	{"Address_Set", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for name, members := range sb.AddressSets.All() {
			row(name, set("addresses", members))
		}
	}},
	{"Advertised_MAC_Binding", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, m := range sb.AdvertisedMACs {
			row(m.IP, column{"datapath", m.Datapath.Name}, column{"port", m.LogicalPort}, column{"mac", m.MAC})
		}
	}},
	{"Advertised_Route", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, r := range sb.AdvertisedRoutes {
			row(r.IPPrefix, column{"datapath", r.Datapath.Name}, column{"port", r.LogicalPort}, column{"tracked", r.TrackedPort}, pairs("ids", r.ExternalIDs))
		}
	}},
	{"Chassis_Template_Var", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for chassis, vars := range sb.TemplateVars {
			row(chassis, pairs("variables", vars))
		}
	}},
	{"Controller_Meter", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, f := range sb.Flows.All() {
			if f.ControllerMeter == "" {
				continue
			}
			for _, dp := range f.Datapaths.Datapaths {
				row(dp.Name, column{f.StageName, fmt.Sprint(f.Priority, " ", f.Match)}, column{"meter", f.ControllerMeter})
			}
		}
	}},
	{"DHCP_Options", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, o := range sb.DHCPOptions {
			row(o.Name, column{"code", fmt.Sprint(o.Code)}, column{"type", o.Type})
		}
	}},
	{"DHCPv6_Options", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, o := range sb.DHCPv6Options {
			row(o.Name, column{"code", fmt.Sprint(o.Code)}, column{"type", o.Type})
		}
	}},
	{"DNS", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, d := range sb.DNS {
			row("", set("datapaths", datapathNames(d.Datapaths)), pairs("records", d.Records), pairs("options", d.Options))
		}
	}},
	{"Datapath_Binding", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, d := range sb.Datapaths {
			row(d.Name, column{"type", d.Type.String()}, column{"key", fmt.Sprint(d.TunnelKey)}, pairs("ids", d.ExternalIDs))
		}
	}},
	{"ECMP_Nexthop", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, n := range sb.ECMPNexthops {
			row(n.Nexthop, column{"port", n.LogicalPort}, column{"mac", n.MAC})
		}
	}},
	{"HA_Chassis_Group", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for name, g := range sb.HAChassisGroups {
			row(name, column{"members", members(g)})
		}
	}},
	{"IP_Multicast", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, m := range sb.IPMulticast {
			row(m.Datapath.Name, column{"", fmt.Sprint(m.Enabled, m.Querier, " ", m.EthSrc, " ", m.IP4Src, " ", m.IP6Src, " ",
				m.TableSize, m.IdleTimeout, m.QueryInterval, m.QueryMaxResp)})
		}
	}},
	{"Load_Balancer", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, lb := range sb.LoadBalancers {
			row(lb.Name, column{"protocol", lb.Protocol}, pairs("vips", lb.VIPs), pairs("options", lb.Options),
				set("switches", groupNames(lb.Switches)), set("routers", groupNames(lb.Routers)))
		}
	}},
	{"Meter", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for name, m := range sb.Meters {
			bands := make([]string, len(m.Bands))
			for i, b := range m.Bands {
				bands[i] = fmt.Sprint(b.Action, " ", b.Rate, " ", b.Burst)
			}
			row(name, column{"unit", m.Unit}, set("bands", bands))
		}
	}},
	{"Mirror", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, m := range sb.Mirrors {
			row(m.Name, column{"filter", m.Filter}, column{"sink", m.Sink}, column{"type", m.Type}, column{"index", fmt.Sprint(m.Index)})
		}
	}},
	{"Multicast_Group", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, g := range sb.MulticastGroups {
			row(g.Datapath.Name+" "+g.Name, column{"key", fmt.Sprint(g.TunnelKey)}, set("ports", portNames(g.Ports)))
		}
	}},
	{"Port_Binding", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, p := range sb.Ports {
			row(p.LogicalPort, bindingColumns(p)...)
		}
	}},
	{"Port_Group", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for name, ports := range sb.PortGroups {
			row(name, set("ports", ports))
		}
	}},
	{"Service_Monitor", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, m := range sb.ServiceMonitors {
			row(fmt.Sprintf("%s %s %d", m.IP, m.Protocol, m.Port), column{"type", m.Type}, column{"port", m.LogicalPort}, column{"input", m.LogicalInputPort},
				column{"src", m.SrcMAC + " " + m.SrcIP}, column{"mac", m.MAC}, column{"chassis", m.ChassisName}, pairs("options", m.Options))
		}
	}},
	{"Static_MAC_Binding", func(sb *pipeline.Southbound, row func(string, ...column)) {
		for _, m := range sb.StaticMACs {
			row(m.LogicalPort, column{"datapath", m.Datapath.Name}, column{"ip", m.IP}, column{"mac", m.MAC}, column{"override", fmt.Sprint(m.OverrideDynamicMAC)})
		}
	}},
}

// column is a column's name and its value as text.
type column struct{ name, value string }

// set is a column that is a set: in order, each once.
func set(name string, members []string) column {
	members = slices.Clone(members)
	slices.Sort(members)
	return column{name, strings.Join(slices.Compact(members), ", ")}
}

func pairs(name string, m map[string]string) column {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k+"="+m[k])
	}
	return column{name, strings.Join(out, ", ")}
}

func datapathNames(dps []*pipeline.Datapath) (names []string) {
	for _, d := range dps {
		names = append(names, d.Name)
	}
	return names
}

func groupNames(g *pipeline.DatapathGroup) []string {
	if g == nil {
		return nil
	}
	return datapathNames(g.Datapaths)
}

func portNames(ports []*pipeline.PortBinding) (names []string) {
	for _, p := range ports {
		names = append(names, p.LogicalPort)
	}
	return names
}

func members(g *pipeline.HAChassisGroup) string {
	var out []string
	for _, m := range g.Members {
		out = append(out, fmt.Sprint(m.Name, " ", m.Priority))
	}
	sort.Strings(out)
	return strings.Join(out, ", ")
}

func bindingColumns(p *pipeline.PortBinding) []column {
	var mirrors []string
	for _, m := range p.MirrorRules {
		mirrors = append(mirrors, m.Name)
	}
	tag, group, chassis := "", "", ""
	if p.Tag != nil {
		tag = fmt.Sprint(*p.Tag)
	}
	if p.HAChassisGroup != nil {
		group = p.HAChassisGroup.Name
	}
	if p.RequestedChassis != nil {
		chassis = p.RequestedChassis.Name
	}
	return []column{
		{"type", p.Type}, {"datapath", p.Datapath.Name}, {"key", fmt.Sprint(p.TunnelKey)}, {"parent", p.ParentPort}, {"tag", tag},
		{"requested", chassis}, {"group", group}, set("mac", p.MAC), set("security", p.PortSecurity), set("nat", p.NATAddresses),
		pairs("options", p.Options), pairs("ids", p.ExternalIDs), set("mirrors", mirrors), {"mirror_port", p.MirrorPort},
	}
}

// SouthboundRows prints the rows beside flows, a line a row, columns without a value left out, in a stable order.
func SouthboundRows(sb *pipeline.Southbound) []string {
	var lines []string
	for _, t := range southboundTables {
		t.print(sb, func(key string, columns ...column) {
			line := t.name + " " + key
			for _, c := range columns {
				if c.value != "" {
					line += " | " + strings.TrimSpace(c.name+" "+c.value)
				}
			}
			lines = append(lines, line)
		})
	}
	sort.Strings(lines)
	return lines
}

// CompareRows lists what differs between rows: "-" lines are missing from got, "+" lines too many.
func CompareRows(want, got []string) (diff []string) {
	count := map[string]int{}
	for _, line := range want {
		count[line]++
	}
	for _, line := range got {
		count[line]--
	}
	for _, line := range slices.Sorted(maps.Keys(count)) {
		switch n := count[line]; {
		case n > 0:
			diff = append(diff, "- "+line)
		case n < 0:
			diff = append(diff, "+ "+line)
		}
	}
	return diff
}
