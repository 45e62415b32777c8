// Package wirefuzz hunts for frames that the simulation delivers otherwise than a real OVN.
//
//	go run ./internal/wirefuzz/run -n 100                 random networks and traffic, one for each seed
//	go run ./internal/wirefuzz/run -seed 42 -dump DIR     keep one: its scenario, databases and frames
//	go run ./internal/wirefuzz/run -seed 42 -reduce       take away what a difference does not need
//
// A seed makes a scenario of package wirerec: a small network as ovn-nbctl commands, machines, and what they ask of each
// other over network cards that lose, repeat, cut and spoil frames. It is played on a real OVN; what the machines sent there
// is then sent into the simulation, with the southbound database that the real one had and without it.
package wirefuzz

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"ovnsim/topology"
	"ovnsim/topology/nbctl"

	"mvdan.cc/sh/v3/shell"
)

// builder makes one scenario.
type builder struct {
	*rand.Rand
	seed     uint64
	lines    []string
	top      *topology.Topology // as far as it is built: refuses what a real one would refuse
	switches []*lswitch
	routers  []*router
	machines []*machine
	vips     []service // of balancers
	external []string  // addresses of translations

	translated map[string]bool // what is there already, where one more would make it undecided which is taken
	rules      int             // so far
}

// lswitch is a logical switch and its networks.
type lswitch struct {
	name     string
	number   int
	router   *router // that machines use; nil for none
	physical bool
}

// router is a logical router: distributed, on the chassis, or with a gateway port.
type router struct {
	name     string
	gateway  string // its gateway port; empty for none
	centered bool   // the whole router is on the chassis
	switches []*lswitch
	outside  *lswitch // the switch that translations face; nil for none
}

// machine is a port with a machine.
type machine struct {
	name, port, mac string
	at              *lswitch
	four, six       string // addresses, empty for none
	physical        bool
}

// service is something to ask for.
type service struct {
	address, protocol string
	port              int // 0 for any
}

// Generate makes the scenario of a seed, as text.
func Generate(seed uint64) string {
	b := &builder{Rand: rand.New(rand.NewPCG(seed, 3)), seed: seed, top: &topology.Topology{}, translated: map[string]bool{}}
	b.network()
	for _, fill := range features {
		if b.chance(fill.oneIn) {
			fill.fill(b)
		}
	}
	b.write()
	return fmt.Sprintf("# random network %d\n%s\n", seed, strings.Join(b.lines, "\n"))
}

// features are what a network may have beside switches, routers and machines.
var features = []struct {
	name  string
	oneIn int
	fill  func(*builder)
}{
	{"translations", 1, (*builder).translations},
	{"balancers", 1, (*builder).balancers},
	{"access lists", 2, (*builder).accessLists},
	{"port security", 3, (*builder).portSecurity},
	{"routes", 2, (*builder).routes},
	{"policies", 3, (*builder).policies},
	{"address assignment", 4, (*builder).assignment},
	{"names", 5, (*builder).names},
	{"proxies", 5, (*builder).proxies},
	{"groups", 5, (*builder).groups},
	{"options", 1, (*builder).options},
}

// chance is true once in n times.
func (b *builder) chance(n int) bool { return b.IntN(n) == 0 }

// of is one of a list; empty for none.
func (b *builder) of(list ...string) string {
	if len(list) == 0 {
		return ""
	}
	return list[b.IntN(len(list))]
}

// nb adds a command of ovn-nbctl, unless it would be refused.
func (b *builder) nb(format string, args ...any) bool {
	line := fmt.Sprintf(format, args...)
	words, err := shell.Fields(line, nil)
	if err != nil {
		panic(fmt.Sprintf("wirefuzz: %s: %v", line, err))
	}
	if err := nbctl.Run(b.top, words, io.Discard); err != nil {
		return false
	}
	b.lines = append(b.lines, "nb "+line)
	return true
}

func (b *builder) line(format string, args ...any) {
	b.lines = append(b.lines, fmt.Sprintf(format, args...))
}
