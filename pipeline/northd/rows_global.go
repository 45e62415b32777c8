package northd

import (
	"slices"
	"strconv"

	"ovnsim/pipeline"
	"ovnsim/pipeline/action"
	"ovnsim/topology"
)

// globalRowsFeature writes the rows that belong to no datapath, and carries over what chassis wrote.
var globalRowsFeature = feature{
	name:  "global-rows",
	title: "Datapath_Binding, Address_Set, Port_Group, DNS, Meter, DHCP options",
	global: func(v *View, _ *Emitter) {
		v.datapathRows()
		v.addressSets()
		v.portGroups()
		v.dnsRows()
		v.meterRows()
		v.carryOver()
	},
}

// addressSets is the operator's sets, those that go with port groups, and the one of the service monitors' addresses.
func (v *View) addressSets() {
	if v.sb.AddressSets == nil {
		v.sb.AddressSets = map[string][]string{}
	}
	for _, a := range v.Topology.AddressSet {
		v.sb.AddressSets[a.Name] = a.Addresses
	}
	for _, g := range v.Topology.PortGroup {
		v4, v6 := []string{}, []string{}
		for _, row := range g.Ports {
			for _, a := range v.statedAddresses(row) {
				for _, ip := range a.IPv4 {
					v4 = append(v4, ip.String())
				}
				for _, ip := range a.IPv6 {
					v6 = append(v6, ip.String())
				}
			}
		}
		for name, members := range map[string][]string{g.Name + "_ip4": v4, g.Name + "_ip6": v6} {
			if v.sb.AddressSets[name] == nil {
				slices.Sort(members)
				v.sb.AddressSets[name] = slices.Compact(members)
			}
		}
	}
	v.sb.AddressSets["svc_monitor_mac"] = v.monitorMACs()
}

// statedAddresses is what a port's row says of its addresses, those that IPAM chose included, those of a router not. Ports that
// are left out have some, too.
func (v *View) statedAddresses(row *topology.LogicalSwitchPort) (out []portAddress) {
	p := v.switchPorts[row.Name]
	if p == nil {
		for _, text := range row.Addresses {
			if a, ok := parsePortAddress(text); ok {
				out = append(out, a)
			}
		}
		return out
	}
	if a, ok := v.dynamic[p]; ok {
		return append(slices.Clone(p.Stated), a)
	}
	return p.Stated
}

// monitorMACs is the Ethernet addresses of service monitors: the operator's, else those of before, else some of ours.
func (v *View) monitorMACs() []string {
	src, dst := v.Options["svc_monitor_mac"], v.Options["svc_monitor_mac_dst"]
	if src == "" && len(v.Before.AddressSets["svc_monitor_mac"]) > 0 {
		return v.Before.AddressSets["svc_monitor_mac"]
	}
	if src == "" {
		src = "0a:00:00:00:5c:01"
	}
	if dst == "" {
		dst = "0a:00:00:00:5c:02"
	}
	out := []string{src, dst}
	for i, text := range out {
		if m, ok := parseMAC(text); ok {
			out[i] = m.String()
		}
	}
	return out
}

// portGroups is the port groups as flows ask for them: by the number of the datapath.
func (v *View) portGroups() {
	v.sb.PortGroups = map[string][]string{}
	for _, g := range v.Topology.PortGroup {
		for _, row := range g.Ports {
			if p := v.switchPorts[row.Name]; p != nil {
				name := F("%d_%s", p.Switch.DP.TunnelKey, g.Name)
				v.sb.PortGroups[name] = append(v.sb.PortGroups[name], row.Name)
			}
		}
	}
	for _, names := range v.sb.PortGroups {
		slices.Sort(names)
	}
}

func (v *View) dnsRows() {
	on := map[*topology.DNS][]*pipeline.Datapath{}
	for _, s := range v.Switches {
		for _, d := range s.DNSRecords {
			on[d] = append(on[d], s.DP)
		}
	}
	for _, d := range v.Topology.DNS {
		if len(on[d]) > 0 {
			v.sb.DNS = append(v.sb.DNS, &pipeline.DNS{
				Records: d.Records, Datapaths: on[d],
				Options: map[string]string{"ovn-owned": strconv.FormatBool(boolOption(d.Options, "ovn-owned", false))},
			})
		}
	}
}

// meterRows is the meters, and those that ACLs have of their own when a meter is a fair one.
func (v *View) meterRows() {
	v.sb.Meters = map[string]*pipeline.Meter{}
	add := func(name string, m *topology.Meter) {
		row := &pipeline.Meter{Name: name, Unit: m.Unit}
		for _, b := range m.Bands {
			row.Bands = append(row.Bands, pipeline.MeterBand{Action: b.Action, Rate: b.Rate, Burst: b.BurstSize})
		}
		v.sb.Meters[name] = row
	}
	for _, m := range v.Topology.Meter {
		add(m.Name, m)
	}
	for _, a := range v.Topology.ACL {
		if a.Meter == "" || !a.Log {
			continue
		}
		if name := v.aclMeter(a); name != a.Meter {
			add(name, v.meter(a.Meter))
		}
	}
}

// knownOptions is a table of the options that chassis may write into answers.
func knownOptions(known []action.OptionInfo) (out []pipeline.DHCPOption) {
	for _, o := range known {
		out = append(out, pipeline.DHCPOption{Name: o.Name, Code: int(o.Code), Type: string(o.Type)})
	}
	return out
}

// carryOver keeps what chassis wrote, for the datapaths that are still there.
func (v *View) carryOver() {
	b, sb := v.Before, v.sb
	sb.Options = v.Options
	sb.Chassis, sb.TemplateVars = b.Chassis, map[string]map[string]string{}
	for _, row := range v.Topology.ChassisTemplateVar {
		sb.TemplateVars[row.Chassis] = row.Variables
	}
	sb.DHCPOptions, sb.DHCPv6Options = knownOptions(action.DHCPv4Options), knownOptions(action.DHCPv6Options)
	byNB, keys := map[[16]byte]*pipeline.Datapath{}, map[uint32]uint32{}
	for _, dp := range sb.Datapaths {
		byNB[dp.NbUUID] = dp
	}
	for _, dp := range b.Datapaths {
		if now := byNB[dp.NbUUID]; now != nil {
			keys[dp.TunnelKey] = now.TunnelKey
		}
	}
	for _, m := range b.MACBindings {
		if m.Datapath != nil && byNB[m.Datapath.NbUUID] != nil {
			kept := *m
			kept.Datapath = byNB[m.Datapath.NbUUID]
			sb.MACBindings = append(sb.MACBindings, &kept)
		}
	}
	for _, f := range b.FDB {
		if key := keys[f.DPKey]; key != 0 {
			kept := *f
			kept.DPKey = key
			sb.FDB = append(sb.FDB, &kept)
		}
	}
}
