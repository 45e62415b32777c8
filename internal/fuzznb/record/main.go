// Command record writes a case for the tests of package northd: a topology and the flows that a real ovn-northd makes of it.
//
//	go run ./internal/fuzznb/record NAME -seed 17 -areas switch,acl     a random topology
//	go run ./internal/fuzznb/record NAME -topology lab.yaml             a given one
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ovnsim/internal/fuzznb"
	"ovnsim/internal/parity"
	"ovnsim/topology"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: record NAME [-seed N [-areas LIST] | -topology FILE]")
		os.Exit(2)
	}
	flags := flag.NewFlagSet("record", flag.ExitOnError)
	seed := flags.Int64("seed", 1, "of a random topology")
	areas := flags.String("areas", "", "areas that fill it")
	file := flags.String("topology", "", "a lab file or northbound database")
	_ = flags.Parse(os.Args[2:])
	if err := record(os.Args[1], *seed, *areas, *file); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func record(name string, seed int64, areas, file string) error {
	oracle, err := fuzznb.Start(".")
	if err != nil {
		return err
	}
	defer oracle.Close()
	var t *topology.Topology
	if file != "" {
		if t, err = topology.Load(file); err != nil {
			return err
		}
	} else {
		var names []string
		if areas != "" {
			names = strings.Split(areas, ",")
		}
		t = fuzznb.Generate(seed, names...)
	}
	flows, _, err := oracle.Compile(t)
	if err != nil {
		return err
	}
	rows, err := parity.WriteRows(t)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s, recorded on %s\n# go run ./internal/fuzznb/record %s\n", oracle.Version(), time.Now().Format(time.DateOnly), strings.Join(os.Args[1:], " "))
	fmt.Fprintf(&b, "-- northbound --\n%s-- flows --\n%s", rows, flows)
	out := filepath.Join("pipeline", "northd", "testdata", "recorded", name+".txt")
	return os.WriteFile(out, b.Bytes(), 0o644)
}
