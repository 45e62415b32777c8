package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
)

// southboundInput is where a verb takes its logical flows from: --sb alone runs recorded flows; with --topology they are
// compiled, and --sb beside it gives chassis, bindings and keys.
type southboundInput struct{ sb, topology string }

func (in *southboundInput) flags(c *cobra.Command) {
	c.Flags().StringVar(&in.sb, "sb", "", "southbound database `FILE`")
	c.Flags().StringVar(&in.topology, "topology", "", "lab YAML or northbound database `FILE`")
}

// load reads what the flags name; warnings about the files go to stderr.
func (in *southboundInput) load(stderr io.Writer) (*pipeline.Southbound, error) {
	if in.sb == "" && in.topology == "" {
		return nil, errors.New("nothing to run: give --sb FILE or --topology FILE")
	}
	var sb *pipeline.Southbound
	if in.sb != "" {
		db, err := ovsdb.Open(in.sb)
		if err != nil {
			return nil, err
		}
		for _, w := range db.Warnings {
			fmt.Fprintf(stderr, "ovnsim: warning: %s\n", w)
		}
		if sb, err = pipeline.FromDatabase(db); err != nil {
			return nil, fmt.Errorf("%s: %w", in.sb, err)
		}
	}
	if in.topology == "" {
		return sb, nil
	}
	compiled, err := compileTopology(in.topology, sb, stderr)
	if err == nil && sb != nil {
		compiled.KeepRows(sb)
	}
	return compiled, err
}

// northd compiles the network again after what chassis have learned; nil when recorded flows run.
func (in *southboundInput) northd(stderr io.Writer) func(*pipeline.Southbound) *pipeline.Southbound {
	if in.topology == "" {
		return nil
	}
	top, err := loadTopology(in.topology, stderr)
	if err != nil {
		return nil // load has said it
	}
	return func(before *pipeline.Southbound) *pipeline.Southbound {
		after := northd.Compile(top, northd.Options{Southbound: before})
		after.KeepRows(before)
		return after
	}
}
