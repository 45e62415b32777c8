// Command record writes a case for the tests of package northd: a topology, and the flows and the rows beside them that a
// real ovn-northd makes of it.
//
//	go run ./internal/fuzznb/record NAME -seed 17 -areas switch,acl     a random topology
//	go run ./internal/fuzznb/record NAME -topology lab.yaml             a given one
//	go run ./internal/fuzznb/record NAME -again                         that of the case as it is
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
	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/topology"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: record NAME [-seed N [-areas LIST] | -topology FILE | -again]")
		os.Exit(2)
	}
	flags := flag.NewFlagSet("record", flag.ExitOnError)
	seed := flags.Int64("seed", 1, "of a random topology")
	areas := flags.String("areas", "", "areas that fill it")
	file := flags.String("topology", "", "a lab file or northbound database")
	again := flags.Bool("again", false, "the topology that the case has")
	_ = flags.Parse(os.Args[2:])
	if err := record(os.Args[1], *seed, *areas, *file, *again); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func record(name string, seed int64, areas, file string, again bool) error {
	oracle, err := fuzznb.Start(".")
	if err != nil {
		return err
	}
	defer oracle.Close()
	out := filepath.Join("pipeline", "northd", "testdata", "recorded", name+".txt")
	how := "go run ./internal/fuzznb/record " + strings.Join(os.Args[1:], " ")
	var t *topology.Topology
	switch {
	case again:
		t, how, err = recorded(out)
	case file != "":
		t, err = topology.Load(file)
	default:
		t = fuzznb.Generate(seed, areaNames(areas)...)
	}
	if err != nil {
		return err
	}
	flows, sb, err := oracle.Compile(t)
	if err != nil {
		return err
	}
	rows, err := parity.WriteRows(t)
	if err != nil {
		return err
	}
	beside, err := southbound(sb)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s, recorded on %s\n# %s\n", oracle.Version(), time.Now().Format(time.DateOnly), how)
	fmt.Fprintf(&b, "-- northbound --\n%s-- flows --\n%s-- rows --\n%s\n", rows, flows, strings.Join(beside, "\n"))
	return os.WriteFile(out, b.Bytes(), 0o644)
}

func areaNames(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// recorded is the topology of a case, and how it was made.
func recorded(file string) (t *topology.Topology, how string, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, "", err
	}
	head, rest, _ := strings.Cut(string(b), "-- northbound --\n")
	rows, _, _ := strings.Cut(rest, "-- flows --\n")
	if lines := strings.Split(head, "\n"); len(lines) > 1 {
		how = strings.TrimPrefix(lines[1], "# ")
	}
	t, err = parity.ReadRows([]byte(rows))
	return t, how, err
}

// southbound is the rows beside flows in the file of a southbound database.
func southbound(file []byte) ([]string, error) {
	db, err := ovsdb.Read(bytes.NewReader(file), "southbound")
	if err != nil {
		return nil, err
	}
	sb, err := pipeline.FromDatabase(db)
	if err != nil {
		return nil, err
	}
	return parity.SouthboundRows(sb), nil
}
