package northd

import (
	"maps"
	"sort"
	"strconv"
	"strings"

	"ovnsim/pipeline"
	"ovnsim/topology"
)

// maxPortKey is the largest tunnel key of a port.
const maxPortKey = 1<<15 - 1

// routerRowsFeature writes the rows that chassis know a router's ports by (Port_Binding), static MAC bindings among them.
var routerRowsFeature = feature{
	name:   "router-rows",
	title:  "Logical_Router_Port: gateway_chassis, ha_chassis_group; Static_MAC_Binding",
	router: bindRouterPorts,
	global: func(v *View, _ *Emitter) {
		for _, row := range v.Topology.StaticMACBinding {
			if p := v.routerPorts[row.LogicalPort]; p != nil {
				v.sb.StaticMACs = append(v.sb.StaticMACs, &pipeline.StaticMACBinding{
					LogicalPort: row.LogicalPort, IP: row.IP, MAC: row.MAC, OverrideDynamicMAC: row.OverrideDynamicMAC, Datapath: p.Router.DP,
				})
			}
		}
	},
}

func bindRouterPorts(v *View, _ *Emitter, r *Router) {
	v.sb.AdvertisedRoutes = append(v.sb.AdvertisedRoutes, v.advertised(r)...)
	bound := map[string]*pipeline.PortBinding{}
	for _, p := range r.Ports {
		bound[p.Name] = v.bindRouterPort(p)
		v.sb.Ports = append(v.sb.Ports, bound[p.Name])
		if p.Redirect != "" {
			bound[p.RedirectName] = v.bindRedirect(p)
			v.sb.Ports = append(v.sb.Ports, bound[p.RedirectName])
		}
	}
	if r.floodsMulticast() {
		v.sb.MulticastGroups = append(v.sb.MulticastGroups, r.floodGroup(bound))
	}
	v.sb.MulticastGroups = append(v.sb.MulticastGroups, r.learnedGroups(v, bound)...)
}

// binding is a port's row as it was before, for the columns that the chassis write, or a new one.
func (v *View) binding(name string, dp *pipeline.Datapath, key int) *pipeline.PortBinding {
	row := &pipeline.PortBinding{LogicalPort: name, Datapath: dp, TunnelKey: uint16(key), Options: map[string]string{}}
	if old := v.bindingBefore(name, dp); old != nil {
		row.UUID, row.Chassis, row.AdditionalChassis, row.Up = old.UUID, old.Chassis, old.AdditionalChassis, old.Up
	}
	return row
}

func (v *View) bindRouterPort(p *RouterPort) *pipeline.PortBinding {
	row := v.binding(p.Name, p.Router.DP, v.tunnelKey(p.Name))
	row.Type, row.ExternalIDs = "patch", p.ExternalIDs
	row.MAC = []string{p.owned()}
	row.RequestedChassis = v.chassis(p.LogicalRouterPort.Options["requested-chassis"])
	switch {
	case p.IsRemote:
		row.Type = "remote"
	case p.Router.IsGateway:
		row.Type = "l3gateway"
		row.Options["l3gateway-chassis"] = p.Router.Options["chassis"]
		row.Chassis = v.chassis(p.Router.Options["chassis"])
	}
	maps.Copy(row.Options, p.dynamicRouting(row.Type == "l3gateway"))
	for key, value := range p.raPeriodic() {
		row.Options[key] = value
	}
	if p.Redirect != "" && (p.PeerPort != nil || p.Switch != nil) {
		row.Options["chassis-redirect-port"] = p.RedirectName
	}
	if p.Switch != nil && p.LogicalRouterPort.Peer == "" && p.IsEnabled() {
		for option, key := range map[string]string{"prefix_delegation": "ipv6_prefix_delegation", "prefix": "ipv6_prefix"} {
			if boolOption(p.LogicalRouterPort.Options, option, false) {
				row.Options[key] = "true"
			}
		}
	}
	switch {
	case p.PeerPort != nil:
		row.Options["peer"] = p.PeerPort.Name
	case p.Switch != nil:
		row.Options["peer"] = p.Switch.Name
	}
	return row
}

// dynamicRouting are the options by which a chassis exchanges the router's routes with the world outside. Where the port is
// on one chassis, that one must know the routing table (VRF) and the interface, too.
func (p *RouterPort) dynamicRouting(onChassis bool) map[string]string {
	of := p.Router.Options
	if !boolOption(of, "dynamic-routing", false) {
		return nil
	}
	out := map[string]string{}
	for _, key := range []string{"dynamic-routing-no-learning", "dynamic-routing-redistribute-local-only"} {
		if boolOption(p.Options, key, boolOption(of, key, false)) {
			out[key] = "true"
		}
	}
	if !onChassis {
		return out
	}
	out["dynamic-routing"] = "true"
	if boolOption(p.Options, "dynamic-routing-maintain-vrf", false) {
		out["dynamic-routing-maintain-vrf"] = "true"
	}
	if name, ok := of["dynamic-routing-vrf-name"]; ok {
		out["dynamic-routing-vrf-name"] = name
	}
	if name, ok := p.Options["dynamic-routing-port-name"]; ok {
		out["dynamic-routing-port-name"] = name
	}
	return out
}

// owned is the port's Ethernet address and networks as Port_Binding.mac has them, without the link-local one.
func (p *RouterPort) owned() string {
	words := []string{p.MAC.String()}
	for _, n := range p.networks()[:len(p.Networks4)+len(p.Networks6)-1] {
		words = append(words, n.String())
	}
	return strings.Join(words, " ")
}

// hasDistributedNAT says whether one of the router's NATs is to work away from its gateway port, be it possible or not.
func (r *Router) hasDistributedNAT() bool {
	for _, n := range r.NATs {
		if r.distributes(n.NAT) {
			return true
		}
	}
	return false
}

// bindRedirect is the port that stands for a distributed gateway port on the chassis that has it.
func (v *View) bindRedirect(p *RouterPort) *pipeline.PortBinding {
	row := v.binding(p.RedirectName, p.Router.DP, v.tunnelKey(p.RedirectName))
	row.Type, row.ExternalIDs = "chassisredirect", p.ExternalIDs
	row.MAC = []string{p.owned()}
	row.Options["distributed-port"] = p.Name
	maps.Copy(row.Options, p.dynamicRouting(true))
	if redirect := p.Options["redirect-type"]; redirect != "" {
		row.Options["redirect-type"] = redirect
	}
	if !p.redirectsBridged() && !p.leadsToVTEP() && !p.Router.hasDistributedNAT() && !p.Router.isDistributed() {
		row.Options["always-redirect"] = "true"
	}
	if p.HAChassisGroup != nil {
		row.HAChassisGroup = &pipeline.HAChassisGroup{Name: p.HAChassisGroup.Name}
		for _, c := range p.HAChassisGroup.HAChassis {
			row.HAChassisGroup.Members = append(row.HAChassisGroup.Members, pipeline.GatewayChassis{Chassis: v.chassis(c.ChassisName), Name: c.ChassisName, Priority: int(c.Priority)})
		}
	} else {
		row.HAChassisGroup = &pipeline.HAChassisGroup{Name: p.Name}
		row.HAChassisGroup.Members = v.gatewayChassis(p.LogicalRouterPort.GatewayChassis)
	}
	byPriority(row.HAChassisGroup.Members)
	if v.sb.HAChassisGroups == nil {
		v.sb.HAChassisGroups = map[string]*pipeline.HAChassisGroup{}
	}
	v.sb.HAChassisGroups[row.HAChassisGroup.Name] = row.HAChassisGroup
	return row
}

func (v *View) gatewayChassis(rows []*topology.GatewayChassis) []pipeline.GatewayChassis {
	var out []pipeline.GatewayChassis
	for _, c := range rows {
		out = append(out, pipeline.GatewayChassis{Chassis: v.chassis(c.ChassisName), Name: c.ChassisName, Priority: int(c.Priority)})
	}
	return out
}

// byPriority sorts candidates, highest priority first; of equals the name decides.
func byPriority(members []pipeline.GatewayChassis) {
	sort.SliceStable(members, func(i, j int) bool {
		if members[i].Priority != members[j].Priority {
			return members[i].Priority > members[j].Priority
		}
		return members[i].Name < members[j].Name
	})
}

// chassis is the chassis with a name or, failing that, a host name; nil where none is registered.
func (v *View) chassis(name string) *pipeline.Chassis {
	if name == "" {
		return nil
	}
	for _, c := range v.Before.Chassis {
		if c.Name == name {
			return c
		}
	}
	for _, c := range v.Before.Chassis {
		if c.Hostname == name {
			return c
		}
	}
	return nil
}

// bindingBefore is the row that a port had before on the same datapath, nil without one.
func (v *View) bindingBefore(name string, dp *pipeline.Datapath) *pipeline.PortBinding {
	if len(v.Before.Ports) == 0 {
		return nil
	}
	if v.portsBefore == nil {
		v.portsBefore = map[string]*pipeline.PortBinding{}
		for _, p := range v.Before.Ports {
			v.portsBefore[p.LogicalPort] = p
		}
	}
	old := v.portsBefore[name]
	if old == nil || old.Datapath == nil || old.Datapath.NbUUID != dp.NbUUID {
		return nil
	}
	return old
}

// tunnelKey is the number of a router's port, or of its chassisredirect port, on its datapath.
func (v *View) tunnelKey(name string) int { return v.routerKeys[name] }

// numberRouterPorts gives every router port its tunnel key: the one asked for, the one from before, the next free one.
func (v *View) numberRouterPorts() {
	v.routerKeys = map[string]int{}
	for _, r := range v.Routers {
		var names []string
		used, next := map[int]bool{}, 1
		for _, p := range r.byUUID() {
			if n, err := strconv.Atoi(p.Options["requested-tnl-key"]); err == nil && n > 0 && n <= maxPortKey && !used[n] {
				v.routerKeys[p.Name], used[n] = n, true
				next = n%maxPortKey + 1 // what is free is looked for from there on
			}
			names = append(names, p.Name)
		}
		for _, p := range r.byUUID() {
			if p.Redirect != "" {
				names = append(names, p.RedirectName)
			}
		}
		for _, name := range names {
			if old := v.bindingBefore(name, r.DP); old != nil && v.routerKeys[name] == 0 && !used[int(old.TunnelKey)] {
				v.routerKeys[name], used[int(old.TunnelKey)] = int(old.TunnelKey), true
			}
		}
		for _, name := range names {
			for tries := 0; v.routerKeys[name] == 0 && tries < maxPortKey; tries++ {
				if !used[next] {
					v.routerKeys[name], used[next] = next, true
				}
				next = next%maxPortKey + 1
			}
		}
	}
}
