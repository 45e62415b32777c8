package northd

import (
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
		bound := map[string]*pipeline.PortBinding{}
		for _, p := range s.Ports {
			bound[p.Name] = v.bindSwitchPort(p)
			v.sb.Ports = append(v.sb.Ports, bound[p.Name])
			if p.CR != "" {
				bound["cr-"+p.Name] = v.bindSwitchRedirect(p)
				v.sb.Ports = append(v.sb.Ports, bound["cr-"+p.Name])
			}
		}
		for _, m := range v.mirrorPorts[s] {
			bound[m.name] = v.bindMirror(s, m.name)
			v.sb.Ports = append(v.sb.Ports, bound[m.name])
		}
		v.floodGroups(s, bound)
		v.snooping(s)
	},
}

// switchBinding is a port's row as it was before, for the columns that the chassis write, or a new one.
func (v *View) switchBinding(name string, dp *pipeline.Datapath) *pipeline.PortBinding {
	row := v.binding(name, dp, v.switchKeys[name])
	if old := v.bindingBefore(name, dp); old != nil {
		row.VirtualParent = old.VirtualParent
	}
	return row
}

func (v *View) bindSwitchPort(p *SwitchPort) *pipeline.PortBinding {
	row := v.switchBinding(p.Name, p.Switch.DP)
	if slices.Contains(portTypes, p.Type) {
		row.Type = p.Type
	}
	row.ExternalIDs = withName(p.ExternalIDs, "neutron:port_name")
	row.MAC = append([]string(nil), p.LogicalSwitchPort.Addresses...)
	row.PortSecurity = p.PortSecurity
	row.ParentPort, row.Tag = p.ParentName, v.tags[p.Name]
	row.MirrorRules = v.mirrors(p)
	if p.Type == "router" {
		v.bindToRouter(p, row)
		return row
	}
	maps.Copy(row.Options, p.Options)
	if p.Type == "switch" {
		row.Type = "patch"
		peer := v.switchPorts[p.LogicalSwitchPort.Peer]
		if peer != nil && peer.Type == "switch" && peer.LogicalSwitchPort.Peer == p.Name {
			row.Options["peer"] = peer.Name
		}
	}
	if v.queues[p.Name] != 0 {
		row.Options["qdisc_queue_id"] = v.queue(p)
		if network, ok := p.Switch.network(); ok {
			row.Options["qos_physical_network"] = network
		}
	}
	if p.Switch.VLANPassthru {
		row.Options["vlan-passthru"] = "true"
	}
	if p.Type == "external" && p.HAChassisGroup != nil {
		row.HAChassisGroup = v.haChassisGroup(p.HAChassisGroup)
	}
	if first, _, _ := strings.Cut(p.Options["requested-chassis"], ","); first != "" {
		row.RequestedChassis = v.chassis(first)
	}
	return row
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
	row.Type = "patch"
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
func (v *View) bindSwitchRedirect(p *SwitchPort) *pipeline.PortBinding {
	row := v.switchBinding("cr-"+p.Name, p.Switch.DP)
	row.Type, row.MAC, row.PortSecurity = "chassisredirect", p.LogicalSwitchPort.Addresses, p.PortSecurity
	row.MirrorRules, row.ExternalIDs = v.mirrors(p), withName(p.ExternalIDs, "neutron:port_name")
	row.ParentPort, row.Tag = p.ParentName, v.tags[p.Name]
	row.Options["distributed-port"] = p.Name
	if p.Peer.HAChassisGroup != nil {
		row.HAChassisGroup = v.haChassisGroup(p.Peer.HAChassisGroup)
		return row
	}
	row.HAChassisGroup = &pipeline.HAChassisGroup{Name: p.Peer.Name, Members: v.gatewayChassis(p.Peer.LogicalRouterPort.GatewayChassis)}
	byPriority(row.HAChassisGroup.Members)
	return row
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
	name string
	of   *SwitchPort
}

// makeMirrorPorts finds the ports that copies of packets leave by, on each switch in the order in which they are numbered.
// Switches of one name share them: they are on the first.
func (v *View) makeMirrorPorts() {
	v.mirrorPorts = map[*Switch][]mirrorSink{}
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
					v.mirrorPorts[s] = append(v.mirrorPorts[s], mirrorSink{name, p})
				}
			}
		}
	}
}

func (v *View) bindMirror(s *Switch, name string) *pipeline.PortBinding {
	row := v.switchBinding(name, s.DP)
	row.Type, row.MirrorPort = "mirror", strings.TrimPrefix(name, "mp-"+s.Name+"-")
	return row
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

// numberTags gives children of a port that ask for any VLAN tag one that their siblings do not have.
func (v *View) numberTags() {
	v.tags = map[string]*int64{}
	used := map[string]map[int64]bool{}
	var asking []*SwitchPort
	for _, s := range v.Switches {
		for _, p := range s.Ports {
			if used[p.ParentName] == nil {
				used[p.ParentName] = map[int64]bool{}
			}
			tag := p.Tag
			if p.TagRequest != nil && *p.TagRequest != 0 {
				tag = p.TagRequest
			}
			switch {
			case tag != nil:
				v.tags[p.Name] = tag
				used[p.ParentName][*tag] = true
			case p.TagRequest != nil && p.ParentName != "":
				asking = append(asking, p)
			}
		}
	}
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
