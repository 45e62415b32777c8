// Package fuzznb makes random northbound databases and lets a real ovn-northd compile them, to hunt what our compiler
// does otherwise.
//
//	go run ./internal/fuzznb/run -n 200 -areas switch -stages ls_
package fuzznb

import (
	"fmt"
	"math/rand"
	"net/netip"

	"ovnsim/ovsdb"
	"ovnsim/topology"
)

// Area is one part of the northbound schema: Fill adds random rows of it to a topology that has switches, routers and
// ports already.
type Area struct {
	Name string
	Fill func(*Builder)
}

// areas is the table of all areas. The order is the order in which they fill a topology.
var areas = []Area{
	{"switch", fillSwitches},
	{"acl", fillACLs},
	{"services", fillServices},
	{"balancer", fillBalancers},
	{"nat", fillNAT},
	{"router", fillRouters},
	{"routes", fillRoutes},
	{"more-switches", fillMoreSwitches},
	{"more-services", fillMoreServices},
	{"more-routers", fillMoreRouters},
	{"more-routes", fillMoreRoutes},
}

// Areas lists the names of all areas.
func Areas() []string {
	var out []string
	for _, a := range areas {
		out = append(out, a.Name)
	}
	return out
}

// Generate makes the random topology of a seed: switches, routers and ports, and the rows of the areas named (all of them
// when none is).
func Generate(seed int64, names ...string) *topology.Topology {
	b := &Builder{Rand: rand.New(rand.NewSource(seed)), Top: &topology.Topology{}}
	b.network()
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[n] = true
	}
	for _, a := range areas {
		if len(names) == 0 || wanted[a.Name] {
			a.Fill(b)
		}
	}
	settle(b)
	return b.Top
}

// Builder is a topology that grows.
type Builder struct {
	*rand.Rand
	Top *topology.Topology

	Global   *topology.NBGlobal
	Switches []*topology.LogicalSwitch
	Routers  []*topology.LogicalRouter
	serial   int
}

// Add gives a row a UUID and puts it into the topology.
func Add[R topology.Record](b *Builder, row R) R {
	var u ovsdb.UUID
	b.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	row.Base().UUID = u
	b.Top.Add(row)
	return row
}

// Chance is true once in n times.
func (b *Builder) Chance(n int) bool { return b.Intn(n) == 0 }

// Pick is one of some strings.
func (b *Builder) Pick(of ...string) string { return of[b.Intn(len(of))] }

// Bool is a pointer to a random truth.
func (b *Builder) Bool() *bool {
	v := b.Chance(2)
	return &v
}

// Flag is "true" or "false", now and then something that is neither.
func (b *Builder) Flag() string {
	if b.Chance(12) {
		return b.Pick("True", "FALSE", "yes", "1", "")
	}
	return b.Pick("true", "false")
}

// Name is a fresh name that begins with prefix.
func (b *Builder) Name(prefix string) string {
	b.serial++
	if b.Chance(40) {
		return fmt.Sprintf("%s-%d é\"x", prefix, b.serial)
	}
	return fmt.Sprintf("%s%d", prefix, b.serial)
}

// MAC is an Ethernet address that hardly comes twice.
func (b *Builder) MAC() string {
	b.serial++
	return fmt.Sprintf("0a:%02x:%02x:00:%02x:%02x", b.Intn(256), b.Intn(256), b.serial>>8, b.serial&0xff)
}

// IP4 is an address of the small network that all topologies share, so that addresses meet.
func (b *Builder) IP4() string { return fmt.Sprintf("10.0.%d.%d", b.Intn(4), 1+b.Intn(60)) }

// IP6 is likewise one of IPv6.
func (b *Builder) IP6() string {
	return netip.MustParseAddr(fmt.Sprintf("fd00:%x::%x", b.Intn(4), 1+b.Intn(60))).String()
}

// Set sets a key of a map that may still be nil.
func Set(m *map[string]string, key, value string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[key] = value
}

// Some calls f for about one in n of the keys that a feature has.
func (b *Builder) Some(n int, keys map[string]func()) {
	for _, k := range sortedKeys(keys) {
		if b.Chance(n) {
			keys[k]()
		}
	}
}

// SwitchPorts is all switch ports so far.
func (b *Builder) SwitchPorts() []*topology.LogicalSwitchPort { return b.Top.LogicalSwitchPort }

// RouterPorts is all router ports so far.
func (b *Builder) RouterPorts() []*topology.LogicalRouterPort { return b.Top.LogicalRouterPort }
