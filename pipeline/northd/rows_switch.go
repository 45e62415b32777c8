package northd

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/topology"
)

// switchRowsFeature writes the rows that chassis know a switch's ports by: Port_Binding, and Multicast_Group.
var switchRowsFeature = feature{
	name:  "switch-rows",
	title: "Logical_Switch_Port",
	switch_: func(v *View, _ *Emitter, s *Switch) {
		rows := make([]pipeline.PortBinding, len(s.Ports))
		for i, p := range s.Ports {
			v.bindSwitchPort(p, &rows[i])
			v.sb.Ports = append(v.sb.Ports, p.row)
			if p.redirect != nil {
				v.bindSwitchRedirect(p)
				v.sb.Ports = append(v.sb.Ports, p.redirect.row)
			}
		}
		for _, m := range v.mirrorPorts[s] {
			m.bind(s)
			v.sb.Ports = append(v.sb.Ports, m.row)
		}
		v.floodGroups(s)
		v.snooping(s)
	},
}

// beginSwitch is begin for the row of a switch's port.
func (b *binding) beginSwitch(row *pipeline.PortBinding, dp *pipeline.Datapath) {
	b.begin(row, dp)
	if b.before != nil {
		row.VirtualParent = b.before.VirtualParent
	}
}

func (v *View) bindSwitchPort(p *SwitchPort, row *pipeline.PortBinding) {
	p.beginSwitch(row, p.Switch.DP)
	if slices.Contains(portTypes, p.Type) {
		row.Type = p.Type
	}
	row.ExternalIDs = withName(p.ExternalIDs, "neutron:port_name")
	row.MAC = p.LogicalSwitchPort.Addresses
	row.PortSecurity = p.PortSecurity
	row.ParentPort, row.Tag = p.ParentName, v.tags[p.Name]
	row.MirrorRules = v.mirrors(p)
	if p.Type == "router" {
		v.bindToRouter(p, row)
		return
	}
	row.Options = v.options(p)
	if p.Type == "switch" {
		row.Type = "patch"
	}
	if p.Type == "external" && p.HAChassisGroup != nil {
		row.HAChassisGroup = v.haChassisGroup(p.HAChassisGroup)
	}
	if first, _, _ := strings.Cut(p.Options["requested-chassis"], ","); first != "" {
		row.RequestedChassis = v.chassis(first)
	}
}

// options is what a port's row has for options: the operator's, and what follows from other rows.
func (v *View) options(p *SwitchPort) map[string]string {
	more := map[string]string{}
	if peer := v.switchPeer(p); peer != nil {
		more["peer"] = peer.Name
	}
	if v.queues[p.Name] != 0 {
		more["qdisc_queue_id"] = v.queue(p)
		if network, ok := p.Switch.network(); ok {
			more["qos_physical_network"] = network
		}
	}
	if p.Switch.VLANPassthru {
		more["vlan-passthru"] = "true"
	}
	if len(more) == 0 {
		return p.Options
	}
	all := maps.Clone(p.Options)
	if all == nil {
		return more
	}
	maps.Copy(all, more)
	return all
}

// portTypes is the types that a switch's port may have. Any other is as none.
var portTypes = []string{"router", "switch", "localnet", "localport", "l2gateway", "vtep", "external", "virtual", "remote"}

// withName is external ids with the name that OpenStack gives under another key.
func withName(ids map[string]string, key string) map[string]string {
	name := ids[key]
	if name == "" {
		return ids
	}
	ids = maps.Clone(ids)
	ids["name"] = name
	return ids
}

func (v *View) bindToRouter(p *SwitchPort, row *pipeline.PortBinding) {
	row.Type, row.Options = "patch", map[string]string{}
	if peer := p.Options["router-port"]; peer != "" {
		row.Options["peer"] = peer
	}
	if p.Peer == nil {
		return
	}
	if p.tracked() {
		row.Options["enable_router_port_acl"] = "true"
	}
	row.NATAddresses = v.natAddresses(p)
	if p.Peer.Router.IsGateway {
		chassis := p.Peer.Router.LogicalRouter.Options["chassis"]
		row.Type, row.Options["l3gateway-chassis"] = "l3gateway", chassis
		row.Chassis = v.chassis(chassis)
	}
}

// bindSwitchRedirect is the port that stands for a switch port on the chassis of the gateway port that it leads to.
func (v *View) bindSwitchRedirect(p *SwitchPort) {
	row := &pipeline.PortBinding{}
	p.redirect.beginSwitch(row, p.Switch.DP)
	row.Type, row.MAC, row.PortSecurity = "chassisredirect", p.LogicalSwitchPort.Addresses, p.PortSecurity
	row.MirrorRules, row.ExternalIDs = v.mirrors(p), withName(p.ExternalIDs, "neutron:port_name")
	row.ParentPort, row.Tag = p.ParentName, v.tags[p.Name]
	row.Options = map[string]string{"distributed-port": p.Name}
	if p.Peer.HAChassisGroup != nil {
		row.HAChassisGroup = v.haChassisGroup(p.Peer.HAChassisGroup)
		return
	}
	row.HAChassisGroup = &pipeline.HAChassisGroup{Name: p.Peer.Name, Members: v.gatewayChassis(p.Peer.LogicalRouterPort.GatewayChassis)}
	byPriority(row.HAChassisGroup.Members)
}

func (v *View) haChassisGroup(g *topology.HAChassisGroup) *pipeline.HAChassisGroup {
	out := &pipeline.HAChassisGroup{Name: g.Name}
	for _, c := range g.HAChassis {
		out.Members = append(out.Members, pipeline.GatewayChassis{Chassis: v.chassis(c.ChassisName), Name: c.ChassisName, Priority: int(c.Priority)})
	}
	byPriority(out.Members)
	if v.sb.HAChassisGroups == nil {
		v.sb.HAChassisGroups = map[string]*pipeline.HAChassisGroup{}
	}
	v.sb.HAChassisGroups[g.Name] = out
	return out
}

// mirrorSink is a port that copies of a switch's packets leave by, and the first port that has them, which lends the
// other its ways.
type mirrorSink struct {
	binding
	of *SwitchPort
}

// makeMirrorPorts finds the ports that copies of packets leave by, on each switch in the order in which they are numbered.
// Switches of one name share them: they are on the first.
func (v *View) makeMirrorPorts() {
	v.mirrorPorts = map[*Switch][]*mirrorSink{}
	if len(v.Topology.Mirror) == 0 {
		return
	}
	known, byUUID := map[string]bool{}, map[ovsdb.UUID]*Switch{}
	for _, s := range v.Switches {
		byUUID[s.UUID] = s
	}
	for _, id := range v.walkedSwitches() {
		s := byUUID[id]
		for _, p := range s.portsByUUID() {
			for _, m := range p.MirrorRules {
				name := mirrorPortName(s, m)
				if m.Type == "lport" && v.switchPorts[m.Sink] != nil && !known[name] {
					known[name] = true
					v.mirrorPorts[s] = append(v.mirrorPorts[s], &mirrorSink{binding{name: name}, p})
				}
			}
		}
	}
}

func (m *mirrorSink) bind(s *Switch) {
	row := &pipeline.PortBinding{}
	m.beginSwitch(row, s.DP)
	row.Type, row.MirrorPort = "mirror", strings.TrimPrefix(m.name, "mp-"+s.Name+"-")
}

// mirrorRows makes the rows of mirrors, which ports refer to.
func (v *View) mirrorRows() {
	for _, m := range v.Topology.Mirror {
		v.sb.Mirrors = append(v.sb.Mirrors, &pipeline.Mirror{Name: m.Name, Filter: m.Filter, Sink: m.Sink, Type: m.Type, Index: m.Index})
	}
}

// mirrors is the southbound rows of a port's mirrors.
func (v *View) mirrors(p *SwitchPort) (out []*pipeline.Mirror) {
	for _, m := range p.MirrorRules {
		for _, row := range v.sb.Mirrors {
			if row.Name == m.Name {
				out = append(out, row)
			}
		}
	}
	return out
}

// switchPeer is the port of another switch that a port is joined to, nil for none.
func (v *View) switchPeer(p *SwitchPort) *SwitchPort {
	if peer := v.switchPorts[p.LogicalSwitchPort.Peer]; p.Type == "switch" && peer != nil && peer.Type == "switch" && peer.LogicalSwitchPort.Peer == p.Name {
		return peer
	}
	return nil
}

// numberTags gives children of a port that ask for any VLAN tag one that their siblings do not have. One that a sibling asks
// for by number they may get all the same: it counts once it is the sibling's.
func (v *View) numberTags() {
	v.tags = map[string]*int64{}
	used := map[string]map[int64]bool{}
	var asking []*SwitchPort
	for _, s := range v.Switches {
		for _, p := range s.Ports {
			if p.Tag == nil && p.TagRequest == nil {
				continue
			}
			if used[p.ParentName] == nil {
				used[p.ParentName] = map[int64]bool{}
			}
			if p.Tag != nil {
				used[p.ParentName][*p.Tag] = true
			}
			switch {
			case p.TagRequest != nil && *p.TagRequest != 0:
				v.tags[p.Name] = p.TagRequest
			case p.Tag != nil:
				v.tags[p.Name] = p.Tag
			case p.TagRequest != nil && p.ParentName != "":
				asking = append(asking, p)
			}
		}
	}
	slices.SortStableFunc(asking, func(a, b *SwitchPort) int { return bytes.Compare(a.UUID[:], b.UUID[:]) })
	for _, p := range asking {
		for n := int64(1); n < 4096; n++ {
			if !used[p.ParentName][n] {
				used[p.ParentName][n] = true
				v.tags[p.Name] = &n
				break
			}
		}
	}
}
