package main

import (
	"github.com/spf13/cobra"

	"ovnsim/sim/ovntrace"
)

func newTraceCommand() *cobra.Command {
	var in southboundInput
	var o ovntrace.Options
	c := &cobra.Command{
		Use:   "trace (--sb FILE | --topology FILE) [DATAPATH] MICROFLOW",
		Short: "trace one packet through logical flows, as ovn-trace does",
		Long: `Trace one packet through the logical flows of a southbound database file (--sb), or those that a topology compiles to
(--topology), with ovn-trace's options and in its words. State that the files do not hold is assumed as ovn-trace assumes it;
with --stateful it is simulated: connections are tracked, balancers choose as Open vSwitch does, the receiver answers.

MICROFLOW describes the packet, in the language of logical flows; what it does not say is 0:

  ovnsim trace --sb sb.db 'inport == "vm1" && eth.src == 00:00:00:00:00:01 && eth.dst == 00:00:00:00:00:02 &&
    ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && ip.ttl == 64 && tcp.dst == 80'`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			sb, err := in.load(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return o.Run(sb, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	in.flags(c)
	o.Flags(c.Flags())
	for _, assumed := range []string{"ct", "lb-dst", "select-id"} {
		c.MarkFlagsMutuallyExclusive("stateful", assumed)
	}
	return c
}
