package northd

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

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
	sets := &v.sb.AddressSets
	for _, g := range v.Topology.PortGroup {
		sets.PutLater(g.Name+"_ip4", func() []string { return v.addressesOf(g, func(a portAddress) []netip.Addr { return a.IPv4 }) })
		sets.PutLater(g.Name+"_ip6", func() []string { return v.addressesOf(g, func(a portAddress) []netip.Addr { return a.IPv6 }) })
	}
	for _, a := range v.Topology.AddressSet {
		sets.Put(a.Name, a.Addresses)
	}
	sets.Put(monitorSet, v.monitorMACs())
}

// addressesOf is the addresses, of one family, of a port group's ports.
func (v *View) addressesOf(g *topology.PortGroup, family func(portAddress) []netip.Addr) []string {
	out := []string{}
	for _, row := range g.Ports {
		for _, a := range v.statedAddresses(row) {
			for _, ip := range family(a) {
				out = append(out, ip.String())
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
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
	if a := p.addresses.dynamic; a != nil {
		return append(slices.Clone(p.stated()), *a)
	}
	return p.stated()
}

// monitorSet is the set of the Ethernet addresses of service monitors.
const monitorSet = "svc_monitor_mac"

// monitorMACs is the Ethernet addresses of service monitors: the operator's, else those of before, else some of ours.
func (v *View) monitorMACs() []string {
	src, dst := v.Options["svc_monitor_mac"], v.Options["svc_monitor_mac_dst"]
	if before, _ := v.Before.AddressSets.Get(monitorSet); src == "" && len(before) > 0 {
		return before
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
		members := make([]*SwitchPort, 0, len(g.Ports))
		for _, row := range g.Ports {
			if p := v.switchPorts[row.Name]; p != nil {
				members = append(members, p)
			}
		}
		slices.SortFunc(members, func(a, b *SwitchPort) int {
			return cmp.Or(cmp.Compare(a.Switch.DP.Index, b.Switch.DP.Index), strings.Compare(a.Name, b.Name))
		})
		names := make([]string, len(members))
		for i, p := range members {
			names[i] = p.Name
		}
		for from, to := 0, 0; from < len(members); from = to {
			on := members[from].Switch
			for to < len(members) && members[to].Switch == on {
				to++
			}
			v.sb.PortGroups[F("%d_%s", on.DP.TunnelKey, g.Name)] = names[from:to:to]
		}
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
