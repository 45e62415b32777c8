package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ovnsim/topology"
)

func newConvertCommand() *cobra.Command {
	var file, to, out string
	var form topology.Form
	c := &cobra.Command{
		Use:   "convert FILE [-o OUT]",
		Short: "turn a northbound database into a lab file, or a lab file into a database",
		Long: `Turn a northbound database into a lab file, or the network of a lab file into a database, with nothing of it lost: rows keep
their UUIDs, unless --names asks for a lab file without them. What comes out goes to standard output, or to OUT.
A clustered database becomes a standalone one with --to db.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := openTopology(file, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if to == "" {
				to = map[bool]string{true: "yaml", false: "db"}[in.doc == nil]
			}
			data, err := convert(in, to, form)
			if err != nil {
				return err
			}
			if in.doc != nil {
				warnLost(cmd, in.doc)
			}
			if out != "" {
				return replaceFile(out, data)
			}
			_, err = cmd.OutOrStdout().Write(data)
			return err
		},
	}
	topologyArgument(c, &file)
	c.Flags().StringVarP(&out, "output", "o", "", "write to `OUT`")
	c.Flags().StringVar(&to, "to", "", "the `FORM` to write, yaml or db (default: the other one)")
	c.Flags().BoolVar(&form.Names, "names", false, "leave out UUIDs: a shorter lab file, whose rows have new ones")
	return c
}

func convert(in *topologyFile, to string, form topology.Form) ([]byte, error) {
	switch {
	case to == "yaml" && in.doc != nil:
		return nil, errors.New("this is a lab file already")
	case to == "yaml":
		return in.top.YAML(form)
	case to == "db":
		db := topologyFile{top: in.top}
		return db.bytes()
	}
	return nil, fmt.Errorf("--to %s: the forms are yaml and db", to)
}

// warnLost names what a lab file says beside its network, which a database has no place for.
func warnLost(cmd *cobra.Command, doc *topology.Document) {
	sections := make(map[string]bool)
	for _, t := range topology.Schema() {
		sections[t.Section] = true
	}
	for i := 0; i+1 < len(doc.Root.Content); i += 2 {
		if key := doc.Root.Content[i].Value; !sections[key] && key != "version" && key != "validate" {
			fmt.Fprintf(cmd.ErrOrStderr(), "ovnsim: warning: a database has no place for the lab's %s\n", key)
		}
	}
}
