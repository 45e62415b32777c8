package main

import (
	"github.com/spf13/cobra"

	"ovnsim/lab"
)

func newSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "print the JSON Schema of lab files",
		Long: `Print the JSON Schema of lab files. Editors with the YAML language server complete and check a lab file that begins with

  # yaml-language-server: $schema=lab.schema.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return lab.WriteSchema(cmd.OutOrStdout()) },
	}
}
