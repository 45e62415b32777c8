// Command run hunts for differences between `ovnsim trace` and the real ovn-trace; see package tracefuzz.
//
//	go run ./internal/tracefuzz/run [-n 20] [-seed 1] [-per 50] [-areas switch,acl] [-scenario NAME] [-compile] [-refused] [-v 3] [-keep DIR]
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ovnsim/internal/fuzznb"
	"ovnsim/internal/tracefuzz"
	"ovnsim/topology"
)

func main() {
	n := flag.Int("n", 20, "topologies")
	seed := flag.Int64("seed", 1, "the first seed")
	per := flag.Int("per", 50, "traces of each topology")
	areas := flag.String("areas", "", "areas of fuzznb that fill the topologies, with commas; all when empty")
	scenario := flag.String("scenario", "", "a topology of testdata instead, or all")
	compile := flag.Bool("compile", false, "our flows are our compiler's")
	refused := flag.Bool("refused", false, "compare the words of refusals, too")
	verbose := flag.Int("v", 3, "differences to show of a topology")
	keep := flag.String("keep", "", "a folder for the databases of topologies that differ")
	record := flag.String("record", "", "a scenario to record, or all")
	flag.Parse()
	h := hunter{asked: tracefuzz.Asked{Root: ".", Traces: *per, Compile: *compile, Refused: *refused}, verbose: *verbose, keep: *keep}
	var err error
	switch {
	case *record != "":
		err = tracefuzz.Record(".", *record, *seed, *per)
	case *scenario != "":
		err = h.scenarios(*scenario, *seed)
	default:
		err = h.random(*n, *seed, *areas)
	}
	fmt.Printf("%d topologies, %d traces, %d by lot, %d crashes, %d differ\n", h.topologies, h.traces, h.undecided, h.crashes, h.differing)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type hunter struct {
	asked   tracefuzz.Asked
	verbose int
	keep    string

	oracle                                            *fuzznb.Oracle
	topologies, traces, undecided, crashes, differing int
}

func (h *hunter) random(n int, seed int64, areas string) error {
	var names []string
	if areas != "" {
		names = strings.Split(areas, ",")
	}
	return h.with(func() error {
		for i := range int64(n) {
			if err := h.hunt(fmt.Sprint("seed ", seed+i), fuzznb.Generate(seed+i, names...), seed+i); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *hunter) scenarios(name string, seed int64) error {
	names := []string{name}
	if name == "all" {
		names = tracefuzz.Scenarios()
	}
	return h.with(func() error {
		for _, name := range names {
			t, err := tracefuzz.Scenario(name)
			if err != nil {
				return err
			}
			if err := h.hunt(name, t, seed); err != nil {
				return err
			}
		}
		return nil
	})
}

// with runs f with an oracle.
func (h *hunter) with(f func() error) (err error) {
	if h.oracle, err = fuzznb.Start("."); err != nil {
		return err
	}
	defer func() { h.oracle.Close() }()
	return f()
}

func (h *hunter) hunt(name string, t *topology.Topology, seed int64) error {
	network, err := tracefuzz.Compile(h.oracle, t, seed)
	if err != nil {
		fmt.Printf("%s: %.200s\n", name, err)
		h.oracle.Close() // some topologies are too much for the real one
		h.oracle, err = fuzznb.Start(".")
		return err
	}
	asked := h.asked
	asked.Seed = seed
	found, err := tracefuzz.Hunt(network, asked)
	if err != nil {
		fmt.Printf("%s: %v\n", name, err)
	}
	if found == nil {
		return nil
	}
	h.topologies++
	h.traces += found.Traces
	h.undecided += found.Undecided
	h.crashes += len(found.Crashes)
	if len(found.Crashes) > 0 {
		fmt.Printf("== %s: the real one crashes: %s\n", name, found.Crashes[0])
	}
	h.differing += len(found.Differences)
	for i, d := range found.Differences {
		if i >= h.verbose {
			break
		}
		fmt.Printf("== %s: trace %s\n%s", name, d.Command, d.First)
	}
	if len(found.Differences) > 0 && h.keep != "" {
		return h.save(name, network)
	}
	return nil
}

func (h *hunter) save(name string, n *tracefuzz.Network) error {
	dir := filepath.Join(h.keep, strings.ReplaceAll(name, " ", "-"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "sb.db"), n.File, 0o644); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "nb.db"))
	if err != nil {
		return err
	}
	defer f.Close()
	return n.Topology.WriteDatabase(f)
}
