package northd

import (
	"ovnsim/pipeline"
	"ovnsim/topology"
)

// mirrorFeature copies what passes a port to another logical port.
var mirrorFeature = feature{
	name:       "mirror",
	title:      "Mirrors to logical ports",
	stages:     []pipeline.Stage{pipeline.LsInMirror, pipeline.LsOutMirror, pipeline.LsOutPreACL},
	switchPort: mirrorPort,
}

func mirrorPort(v *View, e *Emitter, p *SwitchPort) {
	for _, m := range p.MirrorRules {
		key := v.mirrorTo(p, m)
		if key == "" {
			continue
		}
		for _, port := range p.keys() {
			if m.Filter != "to-lport" {
				mirrorStage(e, p, m, pipeline.LsInMirror, F("inport == %s", port), key)
			}
			if m.Filter != "from-lport" {
				mirrorStage(e, p, m, pipeline.LsOutMirror, F("outport == %s", port), key)
			}
		}
		// The copy passes no ACL and no port security on its way.
		e.Add(p.Switch.DP, pipeline.LsOutPreACL, 65535, F("outport == %s", key),
			F("next(pipeline=egress, table=%d);", v.number[pipeline.LsOutApplyPortSec]))
	}
}

// keys is the port's key and that of its chassisredirect port, if it has one.
func (p *SwitchPort) keys() []string {
	if p.CR == "" {
		return []string{p.Key}
	}
	return []string{p.Key, p.CR}
}

func mirrorStage(e *Emitter, p *SwitchPort, m *topology.Mirror, s pipeline.Stage, match, key string) {
	actions := F("mirror(%s); next;", key)
	e.Add(p.Switch.DP, s, 100, match, actions)
	for _, r := range m.MirrorRules {
		does := "next;"
		if r.Action == "mirror" {
			does = actions
		}
		e.Add(p.Switch.DP, s, 100+int(r.Priority), match+F(" && (%s)", r.Match), does)
	}
}

// mirrorTo is the key of the port that copies of a port's packets leave by; "" for mirrors that leave the network.
func (v *View) mirrorTo(p *SwitchPort, m *topology.Mirror) string {
	if m.Type != "lport" || v.switchPorts[m.Sink] == nil {
		return ""
	}
	return quote(mirrorPortName(p.Switch, m))
}

// mirrorPortName is the name of the port that stands for a mirror's sink on a switch.
func mirrorPortName(s *Switch, m *topology.Mirror) string { return "mp-" + s.Name + "-" + m.Sink }
