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
	for _, p := range r.Ports {
		v.bindRouterPort(p)
		v.sb.Ports = append(v.sb.Ports, p.row)
		if p.redirect != nil {
			v.bindRedirect(p)
			v.sb.Ports = append(v.sb.Ports, p.redirect.row)
		}
	}
	if r.floodsMulticast() {
		v.sb.MulticastGroups = append(v.sb.MulticastGroups, r.floodGroup())
	}
	v.sb.MulticastGroups = append(v.sb.MulticastGroups, r.learnedGroups(v)...)
}

func (v *View) bindRouterPort(p *RouterPort) {
	row := &pipeline.PortBinding{Options: map[string]string{}}
	p.begin(row, p.Router.DP)
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
func (v *View) bindRedirect(p *RouterPort) {
	row := &pipeline.PortBinding{Options: map[string]string{}}
	p.redirect.begin(row, p.Router.DP)
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

// numberRouterPorts gives every router port its tunnel key: the one asked for, the one from before, the next free one.
func (v *View) numberRouterPorts() {
	for _, r := range v.Routers {
		r.findBindingsBefore(v)
		order := r.byUUID()
		var all []*binding
		used, next := map[int]bool{}, 1
		for _, p := range order {
			if n, err := strconv.Atoi(p.Options["requested-tnl-key"]); err == nil && n > 0 && n <= maxPortKey && !used[n] {
				p.key, used[n] = n, true
				next = n%maxPortKey + 1 // what is free is looked for from there on
			}
			all = append(all, &p.binding)
		}
		for _, p := range order {
			if p.redirect != nil {
				all = append(all, p.redirect)
			}
		}
		for _, b := range all {
			if b.before != nil && b.key == 0 && !used[int(b.before.TunnelKey)] {
				b.key, used[int(b.before.TunnelKey)] = int(b.before.TunnelKey), true
			}
		}
		for _, b := range all {
			for tries := 0; b.key == 0 && tries < maxPortKey; tries++ {
				if !used[next] {
					b.key, used[next] = next, true
				}
				next = next%maxPortKey + 1
			}
		}
	}
}

// findBindingsBefore finds the rows of a router's ports from before, in the order in which rows are written.
func (r *Router) findBindingsBefore(v *View) {
	for _, p := range r.Ports {
		p.before = v.bindingBefore(p.name, r.DP)
		if p.redirect != nil {
			p.redirect.before = v.bindingBefore(p.redirect.name, r.DP)
		}
	}
}
