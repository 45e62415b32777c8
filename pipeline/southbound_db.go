package pipeline

import (
	"cmp"
	"fmt"
	"slices"

	"ovnsim/ovsdb"
)

// southboundReader fills a Southbound from rows; the maps resolve references between them.
type southboundReader struct {
	db *ovsdb.Database
	sb *Southbound

	flows     []*Flow
	datapaths map[ovsdb.UUID]*Datapath
	ports     map[ovsdb.UUID]*PortBinding
	chassis   map[ovsdb.UUID]*Chassis
	groups    map[ovsdb.UUID]*DatapathGroup // by Logical_DP_Group
	single    []*DatapathGroup              // by Datapath.Index: the group of that datapath alone
}

// southboundTables says which table makes what, in the order in which references need each other.
var southboundTables = []struct {
	name string
	row  func(*southboundReader, *ovsdb.Row)
}{
	{"SB_Global", (*southboundReader).global},
	{"Chassis", (*southboundReader).chassisRow},
	{"HA_Chassis_Group", (*southboundReader).haChassisGroup},
	{"Mirror", (*southboundReader).mirror},
	{"Port_Binding", (*southboundReader).portBinding},
	{"Multicast_Group", (*southboundReader).multicastGroup},
	{"Address_Set", (*southboundReader).addressSet},
	{"Port_Group", (*southboundReader).portGroup},
	{"Load_Balancer", (*southboundReader).loadBalancer},
	{"DNS", (*southboundReader).dns},
	{"MAC_Binding", (*southboundReader).macBinding},
	{"Static_MAC_Binding", (*southboundReader).staticMAC},
	{"FDB", (*southboundReader).fdb},
	{"Meter", (*southboundReader).meter},
	{"Service_Monitor", (*southboundReader).serviceMonitor},
	{"IP_Multicast", (*southboundReader).ipMulticast},
	{"IGMP_Group", (*southboundReader).igmpGroup},
	{"BFD", (*southboundReader).bfd},
	{"ECMP_Nexthop", (*southboundReader).ecmpNexthop},
	{"Chassis_Template_Var", (*southboundReader).templateVar},
	{"DHCP_Options", (*southboundReader).dhcpOption},
	{"DHCPv6_Options", (*southboundReader).dhcpv6Option},
	{"Learned_Route", (*southboundReader).learnedRoute},
	{"Advertised_Route", (*southboundReader).advertisedRoute},
	{"Advertised_MAC_Binding", (*southboundReader).advertisedMAC},
	{"Logical_Flow", (*southboundReader).flow},
}

// FromDatabase reads a southbound database of any OVN that has logical datapath groups (20.12 and later). Rows that refer to
// nothing, which a live database never keeps, are left out. A database of another schema is an error.
func FromDatabase(db *ovsdb.Database) (*Southbound, error) {
	if db.Name != "OVN_Southbound" {
		return nil, fmt.Errorf("an %s database where a southbound one (OVN_Southbound) is needed", db.Name)
	}
	r := &southboundReader{
		db: db,
		sb: &Southbound{
			PortGroups: map[string][]string{}, HAChassisGroups: map[string]*HAChassisGroup{},
			Meters: map[string]*Meter{}, TemplateVars: map[string]map[string]string{}, Options: map[string]string{},
		},
		datapaths: map[ovsdb.UUID]*Datapath{}, ports: map[ovsdb.UUID]*PortBinding{},
		chassis: map[ovsdb.UUID]*Chassis{}, groups: map[ovsdb.UUID]*DatapathGroup{},
	}
	r.readDatapaths()
	for _, table := range southboundTables {
		for _, row := range db.Rows(table.name) {
			table.row(r, row)
		}
	}
	r.sb.Flows = NewFlows(r.flows...)
	return r.sb, nil
}

// readDatapaths fills Southbound.Datapaths by name and, among equals, by UUID: the order of lflow-list.
func (r *southboundReader) readDatapaths() {
	for _, row := range r.db.Rows("Datapath_Binding") {
		dp := &Datapath{UUID: row.UUID, ExternalIDs: row.Map("external_ids"), Type: Switch}
		dp.Name, dp.Name2 = dp.ExternalIDs["name"], dp.ExternalIDs["name2"]
		key, _ := row.Int("tunnel_key")
		dp.TunnelKey = uint32(key)
		nb := row.Ref("nb_uuid")
		for _, kind := range []DatapathType{Switch, Router} { // before 25.09 the external ids alone said it
			if id, ok := dp.ExternalIDs[kind.String()]; ok {
				dp.Type = kind
				if nb.IsZero() {
					nb, _ = ovsdb.ParseUUID(id)
				}
			}
		}
		if row.String("type") == Router.String() {
			dp.Type = Router
		}
		dp.NbUUID = nb
		r.sb.Datapaths = append(r.sb.Datapaths, dp)
		r.datapaths[row.UUID] = dp
	}
	slices.SortFunc(r.sb.Datapaths, func(a, b *Datapath) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), slices.Compare(a.UUID[:], b.UUID[:]))
	})
	r.single = make([]*DatapathGroup, len(r.sb.Datapaths))
	for i, dp := range r.sb.Datapaths {
		dp.Index = i
		r.single[i] = &DatapathGroup{Datapaths: r.sb.Datapaths[i : i+1 : i+1]}
	}
}

// group is a Logical_DP_Group, nil for none.
func (r *southboundReader) group(u ovsdb.UUID) *DatapathGroup {
	if g, ok := r.groups[u]; ok || u.IsZero() {
		return g
	}
	row := r.db.Row("Logical_DP_Group", u)
	if row == nil {
		return nil
	}
	g := &DatapathGroup{Datapaths: r.datapathSet(row.UUIDs("datapaths"))}
	r.groups[u] = g
	return g
}

// datapathSet resolves references, in the order of Southbound.Datapaths.
func (r *southboundReader) datapathSet(refs []ovsdb.UUID) []*Datapath {
	var out []*Datapath
	for _, ref := range refs {
		if dp := r.datapaths[ref]; dp != nil {
			out = append(out, dp)
		}
	}
	slices.SortFunc(out, func(a, b *Datapath) int { return cmp.Compare(a.Index, b.Index) })
	return slices.Compact(out)
}

func (r *southboundReader) flow(row *ovsdb.Row) {
	group := r.group(row.Ref("logical_dp_group"))
	if dp := r.datapaths[row.Ref("logical_datapath")]; dp != nil {
		group = r.single[dp.Index]
	}
	if group == nil || len(group.Datapaths) == 0 {
		return
	}
	f := &Flow{
		Datapaths: group, Match: row.String("match"), Actions: row.String("actions"), ControllerMeter: row.String("controller_meter"),
		InOutPort: row.Lookup("tags", "in_out_port"), Desc: row.String("flow_desc"), UUID: row.UUID,
	}
	row.Pairs("external_ids", func(key, value string) {
		switch key {
		case "stage-name":
			f.StageName = value
		case "source":
			f.Source = value
		case "stage-hint":
			f.Hint = value
		}
	})
	if row.String("pipeline") == Egress.String() {
		f.Pipeline = Egress
	}
	table, _ := row.Int("table_id")
	priority, _ := row.Int("priority")
	f.Table, f.Priority = uint8(table), uint16(priority)
	r.flows = append(r.flows, f)
}

func (r *southboundReader) global(row *ovsdb.Row) {
	for k, v := range row.Map("options") {
		r.sb.Options[k] = v
	}
}

func (r *southboundReader) chassisRow(row *ovsdb.Row) {
	c := &Chassis{UUID: row.UUID, Name: row.String("name"), Hostname: row.String("hostname"), OtherConfig: row.Map("other_config")}
	for _, u := range row.UUIDs("encaps") {
		if e := r.db.Row("Encap", u); e != nil {
			c.Encaps = append(c.Encaps, Encap{Type: e.String("type"), IP: e.String("ip")})
		}
	}
	r.chassis[row.UUID] = c
	r.sb.Chassis = append(r.sb.Chassis, c)
}

func (r *southboundReader) haChassisGroup(row *ovsdb.Row) {
	g := &HAChassisGroup{Name: row.String("name")}
	for _, u := range row.UUIDs("ha_chassis") {
		if m := r.db.Row("HA_Chassis", u); m != nil {
			g.Members = append(g.Members, r.gatewayChassis(m))
		}
	}
	sortByPriority(g.Members)
	r.sb.HAChassisGroups[g.Name] = g
}

// gatewayChassis reads a row of HA_Chassis or Gateway_Chassis.
func (r *southboundReader) gatewayChassis(row *ovsdb.Row) GatewayChassis {
	g := GatewayChassis{Chassis: r.chassis[row.Ref("chassis")], Name: row.String("name")}
	if g.Name == "" && g.Chassis != nil {
		g.Name = g.Chassis.Name
	}
	if g.Name == "" {
		g.Name = row.Lookup("external_ids", "chassis-name")
	}
	priority, _ := row.Int("priority")
	g.Priority = int(priority)
	return g
}

func sortByPriority(members []GatewayChassis) {
	slices.SortStableFunc(members, func(a, b GatewayChassis) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Name, b.Name))
	})
}

func (r *southboundReader) mirror(row *ovsdb.Row) {
	m := &Mirror{Name: row.String("name"), Filter: row.String("filter"), Sink: row.String("sink"), Type: row.String("type")}
	m.Index, _ = row.Int("index")
	r.sb.Mirrors = append(r.sb.Mirrors, m)
}

func (r *southboundReader) portBinding(row *ovsdb.Row) {
	p := &PortBinding{
		UUID: row.UUID, LogicalPort: row.String("logical_port"), Type: row.String("type"), Datapath: r.datapaths[row.Ref("datapath")],
		ParentPort: row.String("parent_port"), VirtualParent: row.String("virtual_parent"), Chassis: r.chassis[row.Ref("chassis")],
		RequestedChassis: r.chassis[row.Ref("requested_chassis")], MAC: row.Strings("mac"), PortSecurity: row.Strings("port_security"),
		NATAddresses: row.Strings("nat_addresses"), Options: row.Map("options"), ExternalIDs: row.Map("external_ids"),
		MirrorPort: row.String("mirror_port"),
	}
	if p.Datapath == nil {
		return
	}
	key, _ := row.Int("tunnel_key")
	p.TunnelKey = uint16(key)
	if tag, ok := row.Int("tag"); ok {
		p.Tag = &tag
	}
	if up, ok := row.Bool("up"); ok {
		p.Up = &up
	}
	for _, u := range row.UUIDs("additional_chassis") {
		if c := r.chassis[u]; c != nil {
			p.AdditionalChassis = append(p.AdditionalChassis, c)
		}
	}
	for _, u := range row.UUIDs("gateway_chassis") {
		if g := r.db.Row("Gateway_Chassis", u); g != nil {
			p.GatewayChassis = append(p.GatewayChassis, r.gatewayChassis(g))
		}
	}
	sortByPriority(p.GatewayChassis)
	if g := r.db.Row("HA_Chassis_Group", row.Ref("ha_chassis_group")); g != nil {
		p.HAChassisGroup = r.sb.HAChassisGroups[g.String("name")]
	}
	for _, u := range row.UUIDs("mirror_rules") {
		if m := r.db.Row("Mirror", u); m != nil {
			i := slices.IndexFunc(r.sb.Mirrors, func(x *Mirror) bool { return x.Name == m.String("name") })
			p.MirrorRules = append(p.MirrorRules, r.sb.Mirrors[i])
		}
	}
	r.ports[row.UUID] = p
	r.sb.Ports = append(r.sb.Ports, p)
}

// portSet resolves references to port bindings.
func (r *southboundReader) portSet(refs []ovsdb.UUID) []*PortBinding {
	var out []*PortBinding
	for _, ref := range refs {
		if p := r.ports[ref]; p != nil {
			out = append(out, p)
		}
	}
	return out
}

func (r *southboundReader) multicastGroup(row *ovsdb.Row) {
	g := &MulticastGroup{UUID: row.UUID, Datapath: r.datapaths[row.Ref("datapath")], Name: row.String("name"), Ports: r.portSet(row.UUIDs("ports"))}
	key, _ := row.Int("tunnel_key")
	g.TunnelKey = uint16(key)
	if g.Datapath != nil {
		r.sb.MulticastGroups = append(r.sb.MulticastGroups, g)
	}
}

func (r *southboundReader) addressSet(row *ovsdb.Row) {
	r.sb.AddressSets.Put(row.String("name"), row.Strings("addresses"))
}

func (r *southboundReader) portGroup(row *ovsdb.Row) {
	r.sb.PortGroups[row.String("name")] = row.Strings("ports")
}

func (r *southboundReader) advertisedMAC(row *ovsdb.Row) {
	dp, port := r.datapaths[row.Ref("datapath")], r.ports[row.Ref("logical_port")]
	if dp != nil && port != nil {
		r.sb.AdvertisedMACs = append(r.sb.AdvertisedMACs, &AdvertisedMAC{Datapath: dp, LogicalPort: port.LogicalPort, IP: row.String("ip"), MAC: row.String("mac")})
	}
}

func (r *southboundReader) ecmpNexthop(row *ovsdb.Row) {
	if port := r.ports[row.Ref("port")]; port != nil {
		r.sb.ECMPNexthops = append(r.sb.ECMPNexthops, &ECMPNexthop{Nexthop: row.String("nexthop"), MAC: row.String("mac"), LogicalPort: port.LogicalPort})
	}
}
