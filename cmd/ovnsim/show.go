package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"ovnsim/topology"
)

func newShowCommand() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "show --topology FILE [SWITCH | ROUTER]",
		Short: "print switches and routers with their ports, as ovn-nbctl show does",
		Long: `Print the switches, routers, ports and NAT rules of a lab file or of a northbound database, as ovn-nbctl show does.
With a name or a UUID, only that switch or router.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			top, err := loadTopology(file, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return top.Show(cmd.OutOrStdout(), args...)
		},
	}
	topologyFlag(c, &file)
	return c
}

// topologyFlag gives a verb the flag that names its topology, which it cannot do without.
func topologyFlag(c *cobra.Command, file *string) {
	c.Flags().StringVar(file, "topology", "", "lab YAML or northbound database `FILE`")
	if err := c.MarkFlagRequired("topology"); err != nil {
		panic(err) // the flag is on the line above
	}
}

// topologyArgument lets a verb that takes one topology have it as its argument or by the flag; file is where it is then.
func topologyArgument(c *cobra.Command, file *string) {
	c.Flags().StringVar(file, "topology", "", "the same as the argument")
	c.Args = func(cmd *cobra.Command, args []string) error {
		if *file != "" {
			return cobra.NoArgs(cmd, args)
		}
		if err := cobra.ExactArgs(1)(cmd, args); err != nil {
			return err
		}
		*file = args[0]
		return nil
	}
}

// loadTopology reads a lab file or a northbound database; warnings about it go to stderr.
func loadTopology(file string, stderr io.Writer) (*topology.Topology, error) {
	top, err := topology.Load(file)
	var lacking *topology.LackingError
	switch {
	case errors.As(err, &lacking):
		return nil, &exitError{code: exitLacking, err: err}
	case err != nil:
		return nil, err
	}
	for _, w := range top.Warnings {
		fmt.Fprintf(stderr, "ovnsim: warning: %s\n", w)
	}
	return top, nil
}
