package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ovnsim/ovsdb"
	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

func newNbctlCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "nbctl --topology FILE [-o OUT] COMMAND [-- COMMAND]...",
		Short: "look at or change a topology with ovn-nbctl's commands",
		Long: `Run ovn-nbctl commands (see ovn-nbctl(8)) on a lab file or a northbound database: the same output, errors and exit codes.
All commands of one line take effect, or none. The file is changed in place, a lab file with its comments and order kept;
with -o the result goes to another file. "ovnsim nbctl --help" lists the commands.`,
		DisableFlagParsing: true, // options are ovn-nbctl's; ours come first
		RunE: func(cmd *cobra.Command, args []string) error {
			in, args, err := nbctlFlags(args)
			if err != nil {
				return err
			}
			if in.topology == "" {
				if len(args) == 1 && (args[0] == "--help" || args[0] == "-h") {
					fmt.Fprintf(cmd.OutOrStdout(), "%s\n\nUsage:\n  ovnsim %s\n\n", cmd.Long, cmd.Use)
					return nbctl.Run(&topology.Topology{}, []string{"--help"}, cmd.OutOrStdout())
				}
				return errors.New("nbctl needs --topology FILE before the command")
			}
			return runNbctl(in, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
}

// nbctlInput is what `ovnsim nbctl` works on.
type nbctlInput struct{ topology, out string }

// nbctlFlags takes our own flags off the front of the arguments.
func nbctlFlags(args []string) (in nbctlInput, rest []string, err error) {
	flags := map[string]*string{"--topology": &in.topology, "-o": &in.out, "--output": &in.out}
	for len(args) > 0 {
		name, value, given := strings.Cut(args[0], "=")
		to := flags[name]
		if to == nil {
			break
		}
		args = args[1:]
		if !given {
			if len(args) == 0 {
				return in, nil, fmt.Errorf("flag needs an argument: %s", name)
			}
			value, args = args[0], args[1:]
		}
		*to = value
	}
	return in, args, nil
}

func runNbctl(in nbctlInput, args []string, stdout, stderr io.Writer) error {
	file, err := openTopology(in.topology, stderr)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	changed, err := nbctl.Change(file.top, args, &said)
	var refused *nbctl.Error
	if errors.As(err, &refused) {
		fmt.Fprintf(stderr, "ovn-nbctl: %s\n", refused.Text)
		return &exitError{code: refused.Code}
	}
	if err != nil {
		return err
	}
	if out := in.out; changed || out != "" {
		if out == "" {
			if out, err = file.place(); err != nil {
				return err
			}
		}
		data, err := file.bytes()
		if err != nil {
			return err
		}
		if err := replaceFile(out, data); err != nil {
			return err
		}
	}
	_, err = said.WriteTo(stdout)
	return err
}

// topologyFile is a topology with the file that it came from, to be written back in the same form.
type topologyFile struct {
	path string
	head []byte // of the file, as far as it tells the form
	top  *topology.Topology
	doc  *topology.Document // of a lab file
}

func openTopology(path string, stderr io.Writer) (*topologyFile, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &topologyFile{path: path, head: data[:min(len(data), 32)]}
	if !ovsdb.IsDatabase(data) {
		if f.doc, err = topology.ReadYAML(data, path); err != nil {
			return nil, err
		}
		f.top = f.doc.Topology
		return f, nil
	}
	f.top, err = loadTopology(path, stderr)
	return f, err
}

// place is where the changed topology goes: the file itself, unless its form is one that we do not write.
func (f *topologyFile) place() (string, error) {
	switch {
	case bytes.HasPrefix(f.head, []byte("OVSDB CLUSTER")):
		return "", fmt.Errorf("%s: a clustered database is not changed in place; name another file with -o", f.path)
	case f.doc == nil && !bytes.HasPrefix(f.head, []byte("OVSDB")):
		return "", fmt.Errorf("%s: a compressed database is not changed in place; name another file with -o", f.path)
	}
	return f.path, nil
}

func (f *topologyFile) bytes() ([]byte, error) {
	if f.doc != nil {
		return f.doc.Bytes()
	}
	var b bytes.Buffer
	err := f.top.WriteDatabase(&b)
	return b.Bytes(), err
}

// replaceFile writes a file whole or not at all: beside it first, then in its place.
func replaceFile(path string, data []byte) error {
	mode := os.FileMode(0o644)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
		if info, err := os.Stat(path); err == nil {
			if !info.Mode().IsRegular() { // a pipe or a terminal, say
				return os.WriteFile(path, data, mode)
			}
			mode = info.Mode().Perm()
		}
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".ovnsim-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // gone already if all went well
	if _, err := temporary.Write(data); err != nil {
		return errors.Join(err, temporary.Close())
	}
	if err := errors.Join(temporary.Chmod(mode), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
