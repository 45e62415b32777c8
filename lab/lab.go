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
	Pos       topology.Position
}

// Route sends what goes to a prefix through a gateway.
type Route struct {
	Prefix netip.Prefix
	Via    netip.Addr
}

// Site is a port that a machine serves HTTP on, and the body that it answers with.
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

// Expectation is a number of equal requests and what must come of them.
type Expectation struct {
	Pos     topology.Position
	From    string // machine
	Get     string // URL
	Ping    string // address; one of Get and Ping is set
	Times   int
	Timeout time.Duration

	Answers     []Answer // bodies or failures, and how often each; nil: not checked
	Fails       Failure  // every request fails so; "": not checked
	Balanced    string   // switch or router where a balancer applied to every request; "": not checked
	NotBalanced *explain.Reason
}

// Answer is how often one outcome is expected.
type Answer struct {
	Outcome string // a body without its last newline, or a Failure
	Count   int    // Some for at least once
}

// Some stands for any number from one up.
const Some = -1

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
