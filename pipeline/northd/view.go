package northd

import (
	"slices"
	"sort"
	"strings"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/topology"
)

// View is what the features read: the topology with its cross references followed and the facts that several features
// ask for, computed once. Its switches, routers and ports are in the order of their names.
type View struct {
	Topology *topology.Topology
	Before   *pipeline.Southbound // the southbound database as it was, but for its flows; never nil
	Options  map[string]string    // NB_Global.options
	Drop     string               // the action that drops a packet: "drop;", or a sample of it

	Switches []*Switch
	Routers  []*Router

	flowsBefore  []*pipeline.Flow // of Before, while the view is made
	switchPorts  map[string]*SwitchPort
	routerPorts  map[string]*RouterPort
	ecmp         *ecmpNumbers
	chains       *policyChains
	tablesBefore map[[16]byte]*routerTablesBefore // by the router's northbound UUID
	portsBefore  rowsBefore
	bfdPorts     map[string]bool             // names of the router ports that run BFD
	scopes       []aclScope                  // made by aclScopes
	mirrorPorts  map[*Switch][]*mirrorSink   // made by makeMirrorPorts
	dynamic      map[*SwitchPort]portAddress // addresses that IPAM chose
	macs         map[mac]bool                // Ethernet addresses that IPAM leaves alone
	queues       map[string]int              // queue numbers by port
	tags         map[string]*int64           // VLAN tags by port
	meters       map[string]*topology.Meter  // by name, made by aclMeter

	sb          *pipeline.Southbound
	number      []uint8                            // table number by stage
	single      []*pipeline.DatapathGroup          // the group of one datapath, by index
	groups      map[string]*pipeline.DatapathGroup // by their datapaths's bits
	allSwitches *Group
	allRouters  *Group
	none        *Group
	balancerFacts
}

// Switch is a logical switch with what follows from its rows.
type Switch struct {
	*topology.LogicalSwitch
	DP    *pipeline.Datapath
	Ports []*SwitchPort
	switchFacts
}

// SwitchPort is a port of a logical switch.
type SwitchPort struct {
	*topology.LogicalSwitchPort
	Switch *Switch
	Key    string      // the name in quotes, as matches and actions write it
	Peer   *RouterPort // the router port that a port of type router leads to, nil without one
	binding
	switchPortFacts
}

// Router is a logical router with what follows from its rows.
type Router struct {
	*topology.LogicalRouter
	DP    *pipeline.Datapath
	Ports []*RouterPort
	routerFacts
	natFacts
}

// RouterPort is a port of a logical router.
type RouterPort struct {
	*topology.LogicalRouterPort
	Router *Router
	Key    string      // the name in quotes, as matches and actions write it
	Switch *SwitchPort // the switch port of type router that leads here, nil without one
	// Leading are all switch ports of type router that lead here. Several are a mistake.
	Leading []*SwitchPort
	MAC     mac // its Ethernet address, read
	binding
	routerPortFacts
}

func newView(t *topology.Topology, o Options) *View {
	v := &View{
		Topology: t, Options: map[string]string{}, Drop: "drop;",
		switchPorts: make(map[string]*SwitchPort, len(t.LogicalSwitchPort)), routerPorts: make(map[string]*RouterPort, len(t.LogicalRouterPort)),
		sb: &pipeline.Southbound{}, groups: map[string]*pipeline.DatapathGroup{}, number: make([]uint8, len(pipeline.Stages)+1),
	}
	if o.Southbound != nil {
		v.remember(*o.Southbound)
	} else {
		v.remember(pipeline.Southbound{})
	}
	if len(t.NBGlobal) > 0 && t.NBGlobal[0].Options != nil {
		v.Options = t.NBGlobal[0].Options
	}
	v.Drop = dropAction(v.Options, v.samplingApps()["drop"])
	for i := range pipeline.Stages {
		v.number[pipeline.Stages[i].Stage] = uint8(pipeline.Stages[i].Stage.Number())
	}
	v.makeDatapaths()
	v.numberDatapaths()
	v.makePorts()
	v.peer()
	v.bfdPorts = v.portsWithBFD()
	v.ecmp = v.numbersBefore()
	v.readTablesBefore()
	for _, s := range v.Switches {
		s.learn(v)
	}
	v.makeMirrorPorts()
	v.numberSwitchPorts()
	v.leaveUnnumbered()
	v.learnACLs()
	v.numberQueues()
	v.numberTags()
	v.mirrorRows()
	for _, r := range v.Routers {
		r.learn(v)
	}
	v.numberRouterPorts()
	v.learnChains()
	v.readBalancers()
	return v
}

// remember notes what was before, and apart from that the flows, for what is to be read off them. The view outlives them:
// what keeps it must not keep all versions that the network has had, which flows and sets that may be asked for do.
func (v *View) remember(before pipeline.Southbound) {
	v.flowsBefore = before.Flows.Written()
	before.Flows = nil
	monitors, _ := before.AddressSets.Get(monitorSet)
	before.AddressSets = pipeline.AddressSets{}
	before.AddressSets.Put(monitorSet, monitors)
	v.Before, v.portsBefore.rows = &before, before.Ports
}

// makeDatapaths makes a datapath of every switch and every enabled router, in the order of their names.
func (v *View) makeDatapaths() {
	for _, ls := range v.Topology.LogicalSwitch {
		v.Switches = append(v.Switches, &Switch{LogicalSwitch: ls})
	}
	for _, lr := range v.Topology.LogicalRouter {
		if lr.Enabled == nil || *lr.Enabled {
			v.Routers = append(v.Routers, &Router{LogicalRouter: lr})
		}
	}
	sort.SliceStable(v.Switches, func(i, j int) bool { return v.Switches[i].Name < v.Switches[j].Name })
	sort.SliceStable(v.Routers, func(i, j int) bool { return v.Routers[i].Name < v.Routers[j].Name })
	before := make(map[ovsdb.UUID]*pipeline.Datapath, len(v.Before.Datapaths))
	for _, old := range v.Before.Datapaths {
		before[old.NbUUID] = old
	}
	for _, s := range v.Switches {
		s.DP = v.datapath(s.UUID, s.Name, pipeline.Switch, before[s.UUID])
	}
	for _, r := range v.Routers {
		r.DP = v.datapath(r.UUID, r.Name, pipeline.Router, before[r.UUID])
	}
	v.single = make([]*pipeline.DatapathGroup, len(v.sb.Datapaths))
	v.allSwitches, v.allRouters, v.none = v.newGroup(), v.newGroup(), v.newGroup()
	for _, s := range v.Switches {
		v.allSwitches.add(s.DP)
	}
	for _, r := range v.Routers {
		v.allRouters.add(r.DP)
	}
}

// datapath adds a Datapath_Binding row; one that was there before keeps its UUID and tunnel key.
func (v *View) datapath(nb ovsdb.UUID, name string, t pipeline.DatapathType, before *pipeline.Datapath) *pipeline.Datapath {
	dp := &pipeline.Datapath{UUID: nb, NbUUID: nb, Name: name, Type: t, Index: len(v.sb.Datapaths)}
	if before != nil {
		dp.UUID, dp.TunnelKey = before.UUID, before.TunnelKey
	}
	v.sb.Datapaths = append(v.sb.Datapaths, dp)
	return dp
}

// makePorts makes the ports of routers, then those of switches: a switch port with the name of a router port is a mistake,
// and there is no such port for ovn-northd.
func (v *View) makePorts() {
	for _, r := range v.Routers {
		for _, row := range r.LogicalRouter.Ports {
			p := &RouterPort{LogicalRouterPort: row, Router: r, Key: quote(row.Name), binding: binding{name: row.Name}}
			if !p.read() {
				continue
			}
			r.Ports = append(r.Ports, p)
			v.routerPorts[row.Name] = p
		}
		sort.SliceStable(r.Ports, func(i, j int) bool { return r.Ports[i].Name < r.Ports[j].Name })
	}
	for _, s := range v.Switches {
		all := make([]SwitchPort, len(s.LogicalSwitch.Ports))
		s.Ports = make([]*SwitchPort, 0, len(all))
		for i, row := range s.LogicalSwitch.Ports {
			if v.routerPorts[row.Name] != nil {
				continue
			}
			p := &all[i]
			p.LogicalSwitchPort, p.Switch, p.Key, p.binding.name = row, s, quote(row.Name), row.Name
			s.Ports = append(s.Ports, p)
			v.switchPorts[row.Name] = p
		}
		slices.SortStableFunc(s.Ports, func(a, b *SwitchPort) int { return strings.Compare(a.Name, b.Name) })
	}
}

// peer joins router ports and the switch ports that lead to them.
func (v *View) peer() {
	for _, s := range v.Switches {
		for _, p := range s.Ports {
			if p.Type != "router" {
				continue
			}
			if rp := v.routerPorts[p.Options["router-port"]]; rp != nil {
				// Of several ports that name one router port, by mistake, ovn-northd takes whichever its hash table
				// has last.
				p.Peer, rp.Switch = rp, p
				rp.Leading = append(rp.Leading, p)
			}
		}
	}
}

// datapaths is the group of all datapaths of a type.
func (v *View) datapaths(t pipeline.DatapathType) *Group {
	if t == pipeline.Switch {
		return v.allSwitches
	}
	return v.allRouters
}
