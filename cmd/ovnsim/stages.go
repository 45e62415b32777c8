package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
)

func newStagesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stages",
		Short: "list the stages of all pipelines",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "Stages of OVN %s\n", northd.Version)
			var last pipeline.StageInfo
			for i := range pipeline.Stages {
				s := pipeline.Stages[i]
				if i == 0 || s.Type != last.Type || s.Pipeline != last.Pipeline {
					fmt.Fprintf(out, "\n%s, %s\n", s.Type, s.Pipeline)
				}
				fmt.Fprintf(out, "  %2d  %-28s %s\n", s.Stage.Number(), s.Name, s.Title)
				last = s
			}
			return nil
		},
	}
}
