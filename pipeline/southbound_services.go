package pipeline

import "ovnsim/ovsdb"

// The rows beside ports and flows: services, learned state, options.

func (r *southboundReader) loadBalancer(row *ovsdb.Row) {
	lb := &LoadBalancer{
		UUID: row.UUID, Name: row.String("name"), Protocol: row.String("protocol"), VIPs: row.Map("vips"), Options: row.Map("options"),
		ExternIDs: row.Map("external_ids"), Switches: r.group(row.Ref("ls_datapath_group")), Routers: r.group(row.Ref("lr_datapath_group")),
	}
	if lb.Switches == nil { // the column's name before 23.06
		lb.Switches = r.group(row.Ref("datapath_group"))
	}
	if all := r.datapathSet(row.UUIDs("datapaths")); lb.Switches == nil && len(all) > 0 {
		lb.Switches = &DatapathGroup{Datapaths: all}
	}
	r.sb.LoadBalancers = append(r.sb.LoadBalancers, lb)
}

func (r *southboundReader) dns(row *ovsdb.Row) {
	r.sb.DNS = append(r.sb.DNS, &DNS{Records: row.Map("records"), Options: row.Map("options"), Datapaths: r.datapathSet(row.UUIDs("datapaths"))})
}

func (r *southboundReader) macBinding(row *ovsdb.Row) {
	b := &MACBinding{LogicalPort: row.String("logical_port"), IP: row.String("ip"), MAC: row.String("mac"), Datapath: r.datapaths[row.Ref("datapath")]}
	b.Timestamp, _ = row.Int("timestamp")
	r.sb.MACBindings = append(r.sb.MACBindings, b)
}

func (r *southboundReader) staticMAC(row *ovsdb.Row) {
	b := &StaticMACBinding{LogicalPort: row.String("logical_port"), IP: row.String("ip"), MAC: row.String("mac"), Datapath: r.datapaths[row.Ref("datapath")]}
	b.OverrideDynamicMAC, _ = row.Bool("override_dynamic_mac")
	r.sb.StaticMACs = append(r.sb.StaticMACs, b)
}

func (r *southboundReader) fdb(row *ovsdb.Row) {
	e := &FDBEntry{MAC: row.String("mac")}
	dp, _ := row.Int("dp_key")
	port, _ := row.Int("port_key")
	e.DPKey, e.PortKey = uint32(dp), uint16(port)
	e.Timestamp, _ = row.Int("timestamp")
	r.sb.FDB = append(r.sb.FDB, e)
}

func (r *southboundReader) meter(row *ovsdb.Row) {
	m := &Meter{Name: row.String("name"), Unit: row.String("unit")}
	for _, u := range row.UUIDs("bands") {
		if band := r.db.Row("Meter_Band", u); band != nil {
			b := MeterBand{Action: band.String("action")}
			b.Rate, _ = band.Int("rate")
			b.Burst, _ = band.Int("burst_size")
			m.Bands = append(m.Bands, b)
		}
	}
	r.sb.Meters[m.Name] = m
}

func (r *southboundReader) serviceMonitor(row *ovsdb.Row) {
	m := &ServiceMonitor{
		IP: row.String("ip"), Protocol: row.String("protocol"), LogicalPort: row.String("logical_port"), SrcMAC: row.String("src_mac"),
		SrcIP: row.String("src_ip"), Status: row.String("status"), LogicalInputPort: row.String("logical_input_port"), MAC: row.String("mac"),
		Type: row.String("type"), ChassisName: row.String("chassis_name"), Options: row.Map("options"),
	}
	m.Port, _ = row.Int("port")
	r.sb.ServiceMonitors = append(r.sb.ServiceMonitors, m)
}

func (r *southboundReader) ipMulticast(row *ovsdb.Row) {
	m := &IPMulticast{Datapath: r.datapaths[row.Ref("datapath")], EthSrc: row.String("eth_src"), IP4Src: row.String("ip4_src"), IP6Src: row.String("ip6_src")}
	m.Enabled, _ = row.Bool("enabled")
	m.Querier, _ = row.Bool("querier")
	m.TableSize, _ = row.Int("table_size")
	m.IdleTimeout, _ = row.Int("idle_timeout")
	m.QueryInterval, _ = row.Int("query_interval")
	m.QueryMaxResp, _ = row.Int("query_max_resp")
	r.sb.IPMulticast = append(r.sb.IPMulticast, m)
}

func (r *southboundReader) igmpGroup(row *ovsdb.Row) {
	r.sb.IGMPGroups = append(r.sb.IGMPGroups, &IGMPGroup{
		Address: row.String("address"), Datapath: r.datapaths[row.Ref("datapath")], Chassis: r.chassis[row.Ref("chassis")],
		Ports: r.portSet(row.UUIDs("ports")),
	})
}

func (r *southboundReader) bfd(row *ovsdb.Row) {
	b := &BFD{LogicalPort: row.String("logical_port"), DstIP: row.String("dst_ip"), Status: row.String("status")}
	b.SrcPort, _ = row.Int("src_port")
	b.Disc, _ = row.Int("disc")
	r.sb.BFD = append(r.sb.BFD, b)
}

func (r *southboundReader) templateVar(row *ovsdb.Row) {
	r.sb.TemplateVars[row.String("chassis")] = row.Map("variables")
}

func option(row *ovsdb.Row) DHCPOption {
	code, _ := row.Int("code")
	return DHCPOption{Name: row.String("name"), Code: int(code), Type: row.String("type")}
}

func (r *southboundReader) dhcpOption(row *ovsdb.Row) {
	r.sb.DHCPOptions = append(r.sb.DHCPOptions, option(row))
}

func (r *southboundReader) dhcpv6Option(row *ovsdb.Row) {
	r.sb.DHCPv6Options = append(r.sb.DHCPv6Options, option(row))
}

func (r *southboundReader) learnedRoute(row *ovsdb.Row) {
	r.sb.LearnedRoutes = append(r.sb.LearnedRoutes, &LearnedRoute{
		Datapath: r.datapaths[row.Ref("datapath")], LogicalPort: r.ports[row.Ref("logical_port")],
		IPPrefix: row.String("ip_prefix"), Nexthop: row.String("nexthop"),
	})
}

func (r *southboundReader) advertisedRoute(row *ovsdb.Row) {
	r.sb.AdvertisedRoutes = append(r.sb.AdvertisedRoutes, &AdvertisedRoute{
		Datapath: r.datapaths[row.Ref("datapath")], LogicalPort: r.portName(row, "logical_port"), IPPrefix: row.String("ip_prefix"),
		TrackedPort: r.portName(row, "tracked_port"), ExternalIDs: row.Map("external_ids"),
	})
}

// portName is the name of the port that a column refers to, "" for none.
func (r *southboundReader) portName(row *ovsdb.Row, column string) string {
	if p := r.ports[row.Ref(column)]; p != nil {
		return p.LogicalPort
	}
	return ""
}
