package pipeline

import (
	"errors"
	"fmt"
)

// maxPriority is the largest priority of a flow (ovn-sb(5)).
const maxPriority = 65535

// Check looks for what no southbound database may be: flows in stages that do not exist, or on datapaths of the wrong type,
// tunnel keys that two have, ports of datapaths that are not there. It finds our own mistakes; the flows of a real
// ovn-northd pass. All that is wrong comes back, joined.
func (sb *Southbound) Check() error {
	c := &checker{sb: sb}
	c.datapaths()
	c.ports()
	c.flows()
	c.groups()
	return errors.Join(c.wrong...)
}

type checker struct {
	sb    *Southbound
	wrong []error
}

func (c *checker) failf(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Errorf(format, args...))
}

func (c *checker) datapaths() {
	keys := map[uint32]*Datapath{}
	for i, dp := range c.sb.Datapaths {
		if dp.Index != i {
			c.failf("datapath %s: index %d at position %d", dp.Name, dp.Index, i)
		}
		if other := keys[dp.TunnelKey]; other != nil && dp.TunnelKey != 0 {
			c.failf("datapaths %s and %s: both have tunnel key %d", other.Name, dp.Name, dp.TunnelKey)
		}
		keys[dp.TunnelKey] = dp
	}
}

// knows says whether a datapath is one of the database's.
func (c *checker) knows(dp *Datapath) bool {
	return dp != nil && dp.Index < len(c.sb.Datapaths) && c.sb.Datapaths[dp.Index] == dp
}

func (c *checker) ports() {
	type place struct {
		dp  *Datapath
		key uint16
	}
	names, keys := map[string]bool{}, map[place]string{}
	for _, p := range c.sb.Ports {
		if names[p.LogicalPort] {
			c.failf("port %s: bound twice", p.LogicalPort)
		}
		names[p.LogicalPort] = true
		if !c.knows(p.Datapath) {
			c.failf("port %s: on a datapath that is not there", p.LogicalPort)
			continue
		}
		at := place{p.Datapath, p.TunnelKey}
		if other := keys[at]; other != "" && p.TunnelKey != 0 {
			c.failf("ports %s and %s: both have tunnel key %d", other, p.LogicalPort, p.TunnelKey)
		}
		keys[at] = p.LogicalPort
	}
}

// flowID is what no two flows of a datapath may share.
type flowID struct {
	dp              *Datapath
	pipeline        Pipeline
	table           uint8
	priority        uint16
	match, actions  string
	controllerMeter string
}

func (c *checker) flows() {
	seen := map[flowID]bool{}
	shown := map[*DatapathGroup]bool{}
	for _, f := range c.sb.Flows.All() {
		if f.Datapaths == nil || len(f.Datapaths.Datapaths) == 0 {
			c.failf("flow %s %d %s: on no datapath", f.StageName, f.Priority, f.Match)
			continue
		}
		if f.Match == "" || int(f.Priority) > maxPriority {
			c.failf("flow %s %d: no match", f.StageName, f.Priority)
		}
		c.stage(f)
		if !shown[f.Datapaths] {
			shown[f.Datapaths] = true
			c.members(f)
		}
		id := flowID{f.Datapaths.Datapaths[0], f.Pipeline, f.Table, f.Priority, f.Match, f.Actions, f.ControllerMeter}
		if seen[id] {
			c.failf("flow %s %d %s: twice on %s", f.StageName, f.Priority, f.Match, id.dp.Name)
		}
		seen[id] = true
	}
}

// members checks that a group's datapaths are there, of one type, and in order, each once.
func (c *checker) members(f *Flow) {
	last := -1
	for _, dp := range f.Datapaths.Datapaths {
		switch {
		case !c.knows(dp):
			c.failf("flow %s %d %s: on a datapath that is not there", f.StageName, f.Priority, f.Match)
			return
		case dp.Index <= last:
			c.failf("flow %s %d %s: datapaths out of order", f.StageName, f.Priority, f.Match)
			return
		case dp.Type != f.Datapaths.Datapaths[0].Type:
			c.failf("flow %s %d %s: on a switch and a router", f.StageName, f.Priority, f.Match)
			return
		}
		last = dp.Index
	}
}

func (c *checker) stage(f *Flow) {
	t := f.Datapaths.Datapaths[0].Type
	if s := StageAt(t, f.Pipeline, int(f.Table)); s == NoStage || s.String() != f.StageName {
		c.failf("flow %s %d %s: table %d of %s of a %s is %v", f.StageName, f.Priority, f.Match, f.Table, f.Pipeline, t, s)
	}
}

func (c *checker) groups() {
	bound := map[*PortBinding]bool{}
	for _, p := range c.sb.Ports {
		bound[p] = true
	}
	for _, g := range c.sb.MulticastGroups {
		for _, p := range g.Ports {
			if !bound[p] || p.Datapath != g.Datapath {
				c.failf("multicast group %s: port %s is not on its datapath", g.Name, p.LogicalPort)
			}
		}
	}
}
