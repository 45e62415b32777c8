package northd

import "ovnsim/topology"

// aclScope is some ACLs and the switches that they are on: a switch's own, or a port group's.
type aclScope struct {
	acls     []*topology.ACL
	switches []*Switch
}

// aclScopes is the ACLs by where they are, switches first.
func (v *View) aclScopes() []aclScope {
	if v.scopes != nil {
		return v.scopes
	}
	for _, s := range v.Switches {
		if len(s.ACLs) > 0 {
			v.scopes = append(v.scopes, aclScope{s.ACLs, []*Switch{s}})
		}
	}
	for _, g := range v.Topology.PortGroup {
		if len(g.ACLs) == 0 {
			continue
		}
		if on := v.portGroupSwitches(g); len(on) > 0 {
			v.scopes = append(v.scopes, aclScope{g.ACLs, on})
		}
	}
	return v.scopes
}

// portGroupSwitches is the switches that a port group has ports on, each once, in the order of its ports.
func (v *View) portGroupSwitches(g *topology.PortGroup) (out []*Switch) {
	seen := map[*Switch]bool{}
	for _, row := range g.Ports {
		if p := v.switchPorts[row.Name]; p != nil && !seen[p.Switch] {
			seen[p.Switch] = true
			out = append(out, p.Switch)
		}
	}
	return out
}

// learnACLs sums up every switch's ACLs.
func (v *View) learnACLs() {
	for _, scope := range v.aclScopes() {
		var f aclFacts
		for _, a := range scope.acls {
			f.Any = true
			f.Stateful = f.Stateful || a.Action == "allow-related"
			stage := aclStage(a)
			f.MaxTier[stage] = max(f.MaxTier[stage], int(a.Tier))
		}
		for _, s := range scope.switches {
			s.ACL.merge(f)
		}
	}
}

func (f *aclFacts) merge(o aclFacts) {
	f.Any, f.Stateful = f.Any || o.Any, f.Stateful || o.Stateful
	for i, t := range o.MaxTier {
		f.MaxTier[i] = max(f.MaxTier[i], t)
	}
}

// aclStage is where an ACL is evaluated; apply-after-lb means nothing to to-lport.
func aclStage(a *topology.ACL) int {
	switch {
	case a.Direction == "to-lport":
		return toLport
	case boolOption(a.Options, "apply-after-lb", false):
		return fromLportAfterLB
	default:
		return fromLport
	}
}

// splitGroups parts a scope's switches by a property, so that a flow that depends on it is one for each value.
func splitGroups[K comparable](v *View, switches []*Switch, by func(*Switch) K) (keys []K, groups map[K]*Group) {
	groups = map[K]*Group{}
	for _, s := range switches {
		k := by(s)
		if groups[k] == nil {
			groups[k] = v.newGroup()
			keys = append(keys, k)
		}
		groups[k].add(s.DP)
	}
	return keys, groups
}
