package sim

import (
	"slices"
	"strings"

	"ovnsim/pipeline"
	"ovnsim/pipeline/expr"
)

// sets is the address sets and port groups of a network, made when somebody asks first.
type sets struct {
	addresses, ports map[string]*expr.Set // by their names in matches; nil where there is none
	groups           map[string][]string  // names of port groups in matches to names in the database, sorted
}

// keptSets is the sets of the versions of a network so far. A version whose set has the members that it had gets the same one.
type keptSets struct {
	addresses map[string]keptAddresses // by name
	ports     map[string]keptPorts     // by name in matches
	parts     map[string]*groupPart    // by name in the database
}

type keptAddresses struct {
	members []string
	set     *expr.Set
}

type keptPorts struct {
	parts []*groupPart
	set   *expr.Set
}

// groupPart is a port group of the database, all of whose ports are there. It does not change.
type groupPart struct {
	ports   []string
	numbers []uint32
}

func newKeptSets() *keptSets {
	return &keptSets{map[string]keptAddresses{}, map[string]keptPorts{}, map[string]*groupPart{}}
}

// set is the members of an address set or a port group, nil for none.
func (n *network) set(kind expr.ConstantKind, name string) *expr.Set {
	made, makeSet := &n.sets.addresses, n.addressSet
	if kind == expr.PortGroup {
		made, makeSet = &n.sets.ports, n.portGroup
	}
	set, known := (*made)[name]
	if !known {
		if *made == nil {
			*made = map[string]*expr.Set{}
		}
		set = makeSet(name)
		(*made)[name] = set
	}
	return set
}

func (n *network) addressSet(name string) *expr.Set {
	members, ok := n.sb.AddressSets.Get(name)
	if !ok {
		return nil
	}
	kept, ok := n.kept.addresses[name]
	if !ok || !slices.Equal(kept.members, members) {
		kept.members = slices.Clone(members)
		kept.set, _ = expr.NewAddressSet(members)
		n.kept.addresses[name] = kept
	}
	return kept.set
}

// portGroup is all ports of a group. The database has one group per datapath, "KEY_NAME", of which matches say NAME.
func (n *network) portGroup(name string) *expr.Set {
	if n.sets.groups == nil {
		n.sets.groups = groupNames(n.sb)
	}
	if n.sets.groups[name] == nil {
		return nil
	}
	parts, size := make([]*groupPart, 0, len(n.sets.groups[name])), 0
	for _, full := range n.sets.groups[name] {
		part := n.groupPart(full)
		parts, size = append(parts, part), size+len(part.numbers)
	}
	kept, ok := n.kept.ports[name]
	if !ok || !slices.Equal(kept.parts, parts) {
		numbers := make([]uint32, 0, size)
		for _, part := range parts {
			numbers = append(numbers, part.numbers...)
		}
		kept = keptPorts{parts, expr.NewPortGroup(numbers)}
		n.kept.ports[name] = kept
	}
	return kept.set
}

// groupPart is a group of the database, without the ports that are not there.
func (n *network) groupPart(full string) *groupPart {
	ports := n.sb.PortGroups[full]
	kept := n.kept.parts[full]
	if kept != nil && slices.Equal(kept.ports, ports) && n.hasAll(kept.numbers) {
		return kept
	}
	part := &groupPart{ports: slices.Clone(ports), numbers: make([]uint32, 0, len(ports))}
	for _, name := range ports {
		if number, ok := n.named(name); ok {
			part.numbers = append(part.numbers, number)
		}
	}
	if len(part.numbers) == len(ports) {
		n.kept.parts[full] = part
	}
	return part
}

func (n *network) hasAll(numbers []uint32) bool {
	for _, number := range numbers {
		if !n.has(number) {
			return false
		}
	}
	return true
}

// groupNames lists the groups of the database that matches mean by a name.
func groupNames(sb *pipeline.Southbound) map[string][]string {
	out := make(map[string][]string, len(sb.PortGroups))
	for full := range sb.PortGroups {
		out[full] = append(out[full], full)
		if key, name, ok := strings.Cut(full, "_"); ok && strings.Trim(key, "0123456789") == "" && key != "" {
			out[name] = append(out[name], full)
		}
	}
	for _, names := range out {
		slices.Sort(names)
	}
	return out
}
