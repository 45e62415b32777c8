package main

import (
	"github.com/spf13/cobra"

	"ovnsim/explain"
)

func newLintCommand() *cobra.Command {
	var file string
	var asJSON, sarif bool
	c := &cobra.Command{
		Use:   "lint TOPOLOGY",
		Short: "mistakes that can be seen without a packet",
		Long: `Look for mistakes in a lab file or a northbound database: balancers that are attached where they balance nothing, VIPs
that nobody can reach, backends that are not there, and rows and options that OVN passes over. Each with its place, why it
is a mistake, and what to do. Exit code 1 when there are any.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			top, err := loadTopology(file, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			findings := explain.Lint(top)
			switch out := cmd.OutOrStdout(); {
			case sarif:
				err = explain.LintSARIF(out, file, findings)
			case asJSON:
				err = explain.LintJSON(out, file, findings)
			default:
				err = explain.LintText(out, findings)
			}
			if err == nil && len(findings) > 0 {
				return &exitError{code: exitFailed}
			}
			return err
		},
	}
	topologyArgument(c, &file)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&sarif, "sarif", false, "print SARIF 2.1.0")
	c.MarkFlagsMutuallyExclusive("json", "sarif")
	return c
}
