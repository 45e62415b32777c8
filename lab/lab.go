// Package lab plays lab files: a topology, machines on its ports, and scenarios with what is expected of them.
package lab

import (
	"net/netip"
	"time"

	"ovnsim/explain"
	"ovnsim/topology"
)

// Version is the version of the lab file format that this package reads.
const Version = 1

// DefaultTimeout is how long a client waits for an answer where a lab file does not say: virtual time, as curl -m 2.
const DefaultTimeout = 2 * time.Second

// Lab is a lab file.
type Lab struct {
	File      string
	Name      string
	Topology  *topology.Topology
	Hosts     []*Host     // by name
	Scenarios []*Scenario // as written
	Timeout   time.Duration
	Seed      uint64
}

// Host is a machine on a logical switch port.
type Host struct {
	Name      string
	Port      string // logical switch port
	MAC       [6]byte
	Addresses []netip.Prefix // with the length of the connected subnet
	Routes    []Route
	HTTP      []Site
	UDP       []Site
	Pos       topology.Position
}

// Route sends what goes to a prefix through a gateway.
type Route struct {
	Prefix netip.Prefix
	Via    netip.Addr
}

// Site is a port that a machine serves HTTP or UDP on, and the body that it answers with.
type Site struct {
	Port uint16
	Body string
}

// Scenario is one story: a script that changes the lab, and what is expected then. Every scenario starts from the lab
// file's own state.
type Scenario struct {
	Name   string
	Run    string // a script of package shell's commands
	Expect []*Expectation
	Pos    topology.Position
	RunPos topology.Position
}

// Expectation is a number of equal requests and what must come of them, or a look at the network as it is then. The zero
// value of what may be wanted means that it is not checked.
type Expectation struct {
	Pos    topology.Position
	Run    string // a script to play first
	RunPos topology.Position

	From    string // machine; "" for an expectation that asks nothing
	Get     string // URL; at most one of Get, Ping and UDP is set
	Ping    string // address
	UDP     string // address:port
	Payload string // of the datagram
	Times   int
	Ports   []uint16 // the source ports of the requests, one each; nil: the machine's choice
	Timeout time.Duration

	Answers     []Answer // bodies or failures, and how often each
	Fails       Failure  // every request fails so
	Balanced    string   // switch or router where a balancer applied to every request
	NotBalanced *explain.Reason
	Path        []string // the switches and routers that every request's first packet passes, in order
	Sees        string   // where the server takes every request to come from: an address, with its port or without, or a machine
	SNAT        string   // what the network made of every request's source: an address, the router that did it, or None
	Trace       Texts    // in the trace of the first request
	Conntrack   Texts    // in the connection table afterwards
	Flows       *FlowsWanted
}

// None says that a source was not translated.
const None = "none"

// Texts are texts that must occur, and texts that must not.
type Texts struct{ Contains, Lacks []string }

// FlowsWanted is how many logical flows there must be in a stage.
type FlowsWanted struct {
	Datapath string // "" for all
	Stage    string // "" for all
	Contains []string
	Count    *int // flows that contain all of Contains; nil: at least one
}

// Answer is how often one outcome is expected.
type Answer struct {
	Outcome string // a body without its last newline, or a Failure
	Amount  Amount
}

// Failure is a way for a request to fail, in curl's terms.
type Failure string

// The ways to fail.
const (
	Refused  Failure = "refused"   // curl 7: a reset came back
	NoRoute  Failure = "no route"  // curl 7: the machine has no way to send it, or was told that there is none
	TimedOut Failure = "timed out" // curl 28: nothing came back
)

var failures = []string{string(Refused), string(NoRoute), string(TimedOut)}

// Host finds a machine by name, nil when there is none.
func (l *Lab) Host(name string) *Host {
	for _, h := range l.Hosts {
		if h.Name == name {
			return h
		}
	}
	return nil
}

// Scenario finds a scenario by name, nil when there is none.
func (l *Lab) Scenario(name string) *Scenario {
	for _, s := range l.Scenarios {
		if s.Name == name {
			return s
		}
	}
	return nil
}
