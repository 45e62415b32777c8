package main

import (
	"github.com/spf13/cobra"

	"ovnsim/pipeline"
)

func newLflowListCommand() *cobra.Command {
	var in southboundInput
	var list pipeline.LflowList
	c := &cobra.Command{
		Use:   "lflow-list (--sb FILE | --topology FILE) [DATAPATH [FLOW...]]",
		Short: "print logical flows, as ovn-sbctl lflow-list does",
		Long: `Print the logical flows of a southbound database file (--sb), or those that a topology compiles to (--topology).
DATAPATH is a name or a UUID; FLOW the first digits of a flow's UUID.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			sb, err := in.load(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if len(args) > 0 {
				list.Datapath, list.Flows = args[0], args[1:]
			}
			return sb.WriteLflowList(cmd.OutOrStdout(), list)
		},
	}
	in.flags(c)
	c.Flags().BoolVar(&list.UUID, "uuid", false, "show the first 32 bits of each flow's UUID")
	return c
}
