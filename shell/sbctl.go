package shell

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/topology"
)

// column is a row's column and its value as ovn-sbctl prints it.
type column struct{ name, value string }

// rows is a southbound table as far as the model has it; the first column tells rows apart in `list TABLE RECORD`.
type rows struct {
	table string
	of    func(*call, *pipeline.Southbound) [][]column
}

var sbTables = []rows{
	{"Chassis", func(_ *call, sb *pipeline.Southbound) (out [][]column) {
		for _, ch := range sb.Chassis {
			out = append(out, []column{uuid(ch.UUID), str("hostname", ch.Hostname), str("name", ch.Name)})
		}
		return out
	}},
	{"Datapath_Binding", func(_ *call, sb *pipeline.Southbound) (out [][]column) {
		for _, dp := range sb.Datapaths {
			out = append(out, []column{uuid(dp.UUID), maps("external_ids", dp.ExternalIDs), num("tunnel_key", int64(dp.TunnelKey)), str("name", dp.Name), str("type", dp.Type.String())})
		}
		return out
	}},
	{"FDB", func(c *call, _ *pipeline.Southbound) (out [][]column) {
		_, fdb := c.shell.world.Sim().Learned()
		for _, e := range fdb {
			out = append(out, []column{num("dp_key", int64(e.DPKey)), str("mac", e.MAC), num("port_key", int64(e.PortKey)), num("timestamp", e.Timestamp)})
		}
		return out
	}},
	{"Load_Balancer", func(_ *call, sb *pipeline.Southbound) (out [][]column) {
		for _, l := range sb.LoadBalancers {
			out = append(out, []column{uuid(l.UUID), str("name", l.Name), maps("options", l.Options), str("protocol", l.Protocol), maps("vips", l.VIPs)})
		}
		return out
	}},
	{"Logical_Flow", func(_ *call, sb *pipeline.Southbound) (out [][]column) {
		for _, f := range sb.Flows.All() {
			out = append(out, []column{uuid(f.UUID), str("actions", f.Actions), str("match", f.Match), str("pipeline", f.Pipeline.String()),
				num("priority", int64(f.Priority)), num("table_id", int64(f.Table)), str("stage_name", f.StageName)})
		}
		return out
	}},
	{"MAC_Binding", func(c *call, _ *pipeline.Southbound) (out [][]column) {
		macs, _ := c.shell.world.Sim().Learned()
		for _, m := range macs {
			out = append(out, []column{str("datapath", m.Datapath.UUID.String()), str("ip", m.IP), str("logical_port", m.LogicalPort), str("mac", m.MAC), num("timestamp", m.Timestamp)})
		}
		return out
	}},
	{"Multicast_Group", func(_ *call, sb *pipeline.Southbound) (out [][]column) {
		for _, g := range sb.MulticastGroups {
			var ports []string
			for _, p := range g.Ports {
				ports = append(ports, p.UUID.String())
			}
			out = append(out, []column{uuid(g.UUID), str("datapath", g.Datapath.UUID.String()), str("name", g.Name), {"ports", "[" + strings.Join(ports, ", ") + "]"}, num("tunnel_key", int64(g.TunnelKey))})
		}
		return out
	}},
	{"Port_Binding", func(_ *call, sb *pipeline.Southbound) (out [][]column) {
		for _, p := range sb.Ports {
			out = append(out, portBinding(p))
		}
		return out
	}},
	{"Address_Set", func(_ *call, sb *pipeline.Southbound) [][]column { return named("addresses", sb.AddressSets.All()) }},
	{"Port_Group", func(_ *call, sb *pipeline.Southbound) [][]column { return named("ports", sb.PortGroups) }},
	{"Service_Monitor", func(_ *call, sb *pipeline.Southbound) (out [][]column) {
		for _, m := range sb.ServiceMonitors {
			out = append(out, []column{str("ip", m.IP), str("logical_port", m.LogicalPort), num("port", m.Port), str("protocol", m.Protocol), str("status", m.Status)})
		}
		return out
	}},
	{"Static_MAC_Binding", func(_ *call, sb *pipeline.Southbound) (out [][]column) {
		for _, m := range sb.StaticMACs {
			out = append(out, []column{str("ip", m.IP), str("logical_port", m.LogicalPort), str("mac", m.MAC)})
		}
		return out
	}},
}

func uuid(u ovsdb.UUID) column        { return column{"_uuid", u.String()} }
func num(name string, n int64) column { return column{name, strconv.FormatInt(n, 10)} }
func str(name, value string) column   { return column{name, quoted(value)} }
func maps(n string, m map[string]string) column {
	var out []string
	for _, k := range sortedKeys(m) {
		out = append(out, quoted(k)+"="+quoted(m[k]))
	}
	return column{n, "{" + strings.Join(out, ", ") + "}"}
}

func set(name string, values []string) column {
	var out []string
	for _, v := range values {
		out = append(out, quoted(v))
	}
	sort.Strings(out)
	return column{name, "[" + strings.Join(out, ", ") + "]"}
}

// quoted is a string as ovn-sbctl shows it: bare where it is a word.
func quoted(s string) string {
	if topology.IsWord(s) {
		return s
	}
	return topology.QuoteString(s)
}

func named(column2 string, sets map[string][]string) (out [][]column) {
	for _, name := range sortedKeys(sets) {
		out = append(out, []column{set(column2, sets[name]), str("name", name)})
	}
	return out
}

func portBinding(p *pipeline.PortBinding) []column {
	chassis, up := "[]", "[]"
	if p.Chassis != nil {
		chassis = p.Chassis.UUID.String()
	}
	if p.Up != nil {
		up = strconv.FormatBool(*p.Up)
	}
	return []column{uuid(p.UUID), {"chassis", chassis}, str("datapath", p.Datapath.UUID.String()), maps("external_ids", p.ExternalIDs), str("logical_port", p.LogicalPort),
		set("mac", p.MAC), maps("options", p.Options), set("port_security", p.PortSecurity), num("tunnel_key", int64(p.TunnelKey)), str("type", p.Type), {"up", up}}
}

// sbctl looks at the southbound database; changing it is northd's business.
func sbctl(c *call) error {
	o := sbOptions{}
	var args []string
	for _, a := range c.args[1:] {
		switch name, value, _ := strings.Cut(a, "="); {
		case name == "--columns":
			o.columns = strings.Split(value, ",")
		case a == "--bare":
			o.bare = true
		case a == "--no-headings" || strings.HasPrefix(a, "--no-leader-only") || strings.HasPrefix(a, "--db") || a == "--data=bare" || a == "-d" || a == "--if-exists":
		case strings.HasPrefix(a, "--") && a != "--uuid":
			return c.fail(1, "ovn-sbctl: unrecognized option '%s'", a)
		default:
			args = append(args, a)
		}
	}
	if len(args) == 0 {
		return c.fail(1, "ovn-sbctl: missing command name (use --help for help)")
	}
	sb := c.shell.world.Sim().Southbound()
	switch args[0] {
	case "--uuid", "lflow-list", "dump-flows":
		list := pipeline.LflowList{}
		for _, a := range args {
			switch {
			case a == "--uuid":
				list.UUID = true
			case a == "lflow-list" || a == "dump-flows":
			case list.Datapath == "":
				list.Datapath = a
			default:
				list.Flows = append(list.Flows, a)
			}
		}
		if err := sb.WriteLflowList(c.stdout, list); err != nil {
			return c.fail(1, "ovn-sbctl: %v", err)
		}
		return nil
	case "show":
		c.showChassis(sb)
		return nil
	case "list", "find", "get":
		return c.sbList(sb, args, o)
	}
	return c.fail(1, "ovn-sbctl: '%s' is not simulated (lflow-list, dump-flows, show, list, find, get are)", args[0])
}

type sbOptions struct {
	columns []string
	bare    bool
}

// showChassis lists the chassis with the ports that are bound to them.
func (c *call) showChassis(sb *pipeline.Southbound) {
	chassis := append([]*pipeline.Chassis{}, sb.Chassis...)
	for _, ch := range append(chassis, nil) {
		var ports []string
		for _, p := range sb.Ports {
			if p.Chassis == ch && (ch != nil || p.Type == "") {
				ports = append(ports, p.LogicalPort)
			}
		}
		sort.Strings(ports)
		switch {
		case ch == nil && len(ports) == 0:
			continue
		case ch == nil:
			c.print("Chassis simulator\n")
		default:
			c.print("Chassis %s\n    hostname: %s\n", quoted(ch.Name), quoted(ch.Hostname))
			for _, e := range ch.Encaps {
				c.print("    Encap %s\n        ip: %s\n", e.Type, quoted(e.IP))
			}
		}
		for _, p := range ports {
			c.print("    Port_Binding %s\n", quoted(p))
		}
	}
}

func (c *call) sbList(sb *pipeline.Southbound, args []string, o sbOptions) error {
	if len(args) < 2 {
		return c.fail(1, "ovn-sbctl: '%s' command requires at least 1 arguments", args[0])
	}
	table := sbTable(args[1])
	if table == nil {
		return c.fail(1, "ovn-sbctl: unknown table \"%s\"%s", args[1], topology.Suggest(args[1], sbTableNames()))
	}
	all := table.of(c, sb)
	switch {
	case args[0] == "find":
		for _, condition := range args[2:] {
			var err error
			if all, err = found(all, condition); err != nil {
				return c.fail(1, "ovn-sbctl: %v", err)
			}
		}
	case len(args) > 2:
		name := args[2]
		if all = byRecord(all, name); len(all) == 0 {
			return c.fail(1, "ovn-sbctl: no row \"%s\" in table %s", name, table.table)
		}
	}
	if args[0] == "get" {
		o.columns = args[min(3, len(args)):]
		if len(all) != 1 || len(o.columns) == 0 {
			return c.fail(1, "ovn-sbctl: 'get' command requires at least 2 arguments")
		}
	}
	for i, row := range all {
		shown := row
		if o.columns != nil {
			shown = nil
			for _, name := range o.columns {
				key, part, _ := strings.Cut(name, ":")
				value, ok := valueOf(row, key)
				if !ok {
					return c.fail(1, "ovn-sbctl: %s does not contain a column whose name matches \"%s\"", table.table, key)
				}
				if part != "" {
					value = member(value, part)
				}
				shown = append(shown, column{key, value})
			}
		}
		if i > 0 {
			c.print("\n")
		}
		for _, col := range shown {
			switch {
			case args[0] == "get":
				c.print("%s\n", col.value)
			case o.bare:
				c.print("%s\n", strings.NewReplacer(`"`, "", "[", "", "]", "", "{", "", "}", "", ", ", " ").Replace(col.value))
			default:
				c.print("%-20s: %s\n", col.name, col.value)
			}
		}
	}
	return nil
}

func sbTable(name string) *rows {
	plain := func(s string) string { return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s)) }
	for i := range sbTables {
		if strings.HasPrefix(plain(sbTables[i].table), plain(name)) && name != "" {
			return &sbTables[i]
		}
	}
	return nil
}

func sbTableNames() (out []string) {
	for _, t := range sbTables {
		out = append(out, t.table)
	}
	return out
}

func valueOf(row []column, name string) (string, bool) {
	for _, c := range row {
		if c.name == name {
			return c.value, true
		}
	}
	return "", false
}

// member is the value of a map's key.
func member(value, key string) string {
	for pair := range strings.SplitSeq(strings.Trim(value, "{}"), ", ") {
		if k, v, _ := strings.Cut(pair, "="); strings.Trim(k, `"`) == key {
			return v
		}
	}
	return ""
}

func byRecord(all [][]column, name string) (out [][]column) {
	for _, row := range all {
		for _, c := range row {
			if (c.name == "_uuid" || c.name == "name" || c.name == "logical_port") && strings.Trim(c.value, `"`) == name {
				out = append(out, row)
				break
			}
		}
	}
	return out
}

func found(all [][]column, condition string) (out [][]column, err error) {
	name, want, ok := strings.Cut(condition, "=")
	not := strings.HasSuffix(name, "!")
	name, part, _ := strings.Cut(strings.TrimSuffix(name, "!"), ":")
	if !ok {
		return nil, fmt.Errorf("%s: argument does not end in \"=\" followed by a value", condition)
	}
	for _, row := range all {
		value, known := valueOf(row, name)
		if !known {
			return nil, fmt.Errorf("no column whose name matches \"%s\"", name)
		}
		if part != "" {
			value = member(value, part)
		}
		if (strings.Trim(value, `"`) == strings.Trim(want, `"`)) != not {
			out = append(out, row)
		}
	}
	return out, nil
}
