// Package tracefuzz hunts for packets that `ovnsim trace` and the real ovn-trace tell different stories of.
//
//	go run ./internal/tracefuzz/run -n 100 -per 60               random topologies of internal/fuzznb
//	go run ./internal/tracefuzz/run -scenario openstack -per 2000
//	go run ./internal/tracefuzz/run -record openstack            keep what the real one says in testdata/recorded
//
// A topology, random or of a scenario in testdata, goes to a real ovn-northd; its southbound database gets neighbours and FDB
// entries as chassis would have learned them. Packets of every kind are then drawn from the topology's own ports, addresses and
// balancers (see kinds), and both programs trace each with the same options. With -compile our flows come from our own
// compiler. All of it needs the oracle beside the repository; without it the tests replay what was recorded.
package tracefuzz

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/pflag"

	"ovnsim/internal/fuzznb"
	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
	"ovnsim/sim/ovntrace"
	"ovnsim/topology"
)

// Command is one call of ovn-trace: options, then the datapath, if any, and the microflow.
type Command struct {
	Options []string
	Args    []string
}

// Line is all arguments.
func (c *Command) Line() []string {
	return append(c.Options[:len(c.Options):len(c.Options)], c.Args...)
}

// String is the command as a shell reads it.
func (c *Command) String() string {
	var words []string
	for _, w := range c.Line() {
		if strings.ContainsAny(w, " \"&|*$()[]<>;'\\") || w == "" {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

// Network is a topology with the southbound database that a real ovn-northd made of it.
type Network struct {
	Topology *topology.Topology
	File     []byte // the database
	Recorded *pipeline.Southbound
	compiled *pipeline.Southbound
}

// Compile lets the real one compile a topology, and chassis learn about it.
func Compile(o *fuzznb.Oracle, t *topology.Topology, seed int64) (*Network, error) {
	_, file, err := o.Compile(t)
	if err != nil {
		return nil, err
	}
	n := &Network{Topology: t, File: file}
	if err := n.read(); err != nil {
		return nil, err
	}
	if n.File, err = learn(n, seed); err != nil {
		return nil, err
	}
	return n, n.read()
}

func (n *Network) read() error {
	db, err := ovsdb.Read(bytes.NewReader(n.File), "southbound")
	if err != nil {
		return err
	}
	n.Recorded, err = pipeline.FromDatabase(db)
	return err
}

// Ours is what ovnsim says, and what it says of itself: flows recorded, or compiled.
func (n *Network) Ours(c *Command, compile bool) (stdout, stderr string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("PANIC %v", r)
		}
	}()
	sb := n.Recorded
	if compile {
		if sb, err = n.compile(); err != nil {
			return "", "", err
		}
	}
	var o ovntrace.Options
	flags := pflag.NewFlagSet("trace", pflag.ContinueOnError)
	o.Flags(flags)
	if err := flags.Parse(c.Line()); err != nil {
		return "", "", err
	}
	var out, odd bytes.Buffer
	err = o.Run(sb, flags.Args(), &out, &odd)
	return out.String(), odd.String(), err
}

func (n *Network) compile() (*pipeline.Southbound, error) {
	if n.compiled == nil {
		t, err := fuzznb.Canonical(n.Topology)
		if err != nil {
			return nil, err
		}
		n.compiled = northd.Compile(t, northd.Options{Southbound: n.Recorded})
		n.compiled.KeepRows(n.Recorded)
	}
	return n.compiled, nil
}

var (
	source = regexp.MustCompile(` \(northd\.c:\d+\)`)
	flowID = regexp.MustCompile(`, uuid [0-9a-f]+`)
	first  = regexp.MustCompile(`(?m)^# .*\n`)
)

// Norm leaves out what only one ovn-northd can know: the places in its source, the UUIDs of flows; and the first line, where
// the keys of ports are.
func Norm(text string) string {
	return first.ReplaceAllString(flowID.ReplaceAllString(source.ReplaceAllString(text, ""), ""), "")
}
