// Command run compiles random topologies with our compiler and a real ovn-northd, and shows what differs.
//
//	go run ./internal/fuzznb/run [-n 100] [-seed 1] [-areas switch,acl] [-stages ls_] [-rows] [-before] [-reduce] [-v 5]
package main

import (
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"

	"ovnsim/internal/fuzznb"
	"ovnsim/topology"
)

func main() {
	n := flag.Int("n", 100, "topologies")
	seed := flag.Int64("seed", 1, "the first seed")
	areas := flag.String("areas", "", "areas that fill the topologies, with commas: "+strings.Join(fuzznb.Areas(), ", ")+"; all when empty")
	stages := flag.String("stages", "", "only stages that begin so")
	before := flag.Bool("before", false, "tell our compiler the southbound database of the real one")
	reduce := flag.Bool("reduce", false, "make every topology that differs as small as possible and show it")
	dump := flag.Bool("dump", false, "show every topology that differs as it is")
	verbose := flag.Int("v", 3, "differing flows to show of a topology")
	rows := flag.Bool("rows", false, "compare the rows beside flows, too")
	flag.Parse()
	asked := fuzznb.Asked{Stages: *stages, Rows: *rows, Before: *before}
	if err := run(*n, *seed, *areas, asked, *reduce, *dump, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(n int, seed int64, areas string, asked fuzznb.Asked, reduce, dump bool, verbose int) error {
	oracle, err := fuzznb.Start(".")
	if err != nil {
		return err
	}
	defer func() { oracle.Close() }()
	var names []string
	if areas != "" {
		names = strings.Split(areas, ",")
	}
	differing, byStage := 0, map[string]int{}
	for i := range n {
		t := fuzznb.Generate(seed+int64(i), names...)
		diff, err := oracle.Compare(t, asked)
		if err != nil {
			// Some topologies are too much for the real one: it ends, and a new one goes on.
			fmt.Printf("seed %d: %.200s\n", seed+int64(i), err)
			oracle.Close()
			if oracle, err = fuzznb.Start("."); err != nil {
				return err
			}
			continue
		}
		if len(diff) == 0 {
			continue
		}
		differing++
		sort.Slice(diff, func(i, j int) bool { return diff[i][2:] < diff[j][2:] })
		for _, d := range diff {
			byStage[d[:2]+stage(d)]++
		}
		for _, d := range diff[:min(len(diff), verbose)] {
			fmt.Printf("seed %d: %s\n", seed+int64(i), d)
		}
		if dump {
			rows(t)
		}
		if reduce {
			show(oracle, t, diff[0], asked)
		}
	}
	var keys []string
	for k := range byStage {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return byStage[keys[i]] > byStage[keys[j]] })
	for _, k := range keys {
		fmt.Printf("%6d %s\n", byStage[k], k)
	}
	fmt.Printf("%d of %d topologies differ\n", differing, n)
	return nil
}

// stage is the name of the stage, or of the table, of a line of differences.
func stage(line string) string {
	head, _, flow := strings.Cut(line, " match=(")
	words := strings.Fields(head)
	if !flow { // a row: its table
		return words[1]
	}
	return words[len(words)-2]
}

// show prints the smallest topology that has a difference in the same stage, of the same kind.
func show(oracle *fuzznb.Oracle, t *topology.Topology, line string, asked fuzznb.Asked) {
	kind := line[:2] + stage(line)
	small := fuzznb.Reduce(t, func(t *topology.Topology) bool {
		diff, err := oracle.Compare(t, asked)
		if err != nil {
			return false
		}
		for _, d := range diff {
			if d[:2]+stage(d) == kind {
				return true
			}
		}
		return false
	})
	rows(small)
	diff, _ := oracle.Compare(small, asked)
	for _, d := range diff {
		fmt.Println("   ", d)
	}
}

// rows prints a topology, a line a row.
func rows(t *topology.Topology) {
	db, err := t.Database()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range db.TableNames() {
		for _, r := range db.Rows(name) {
			fmt.Printf("    %s %s", name, r.UUID.String()[:8])
			for _, c := range r.Table().Columns {
				if text := r.JSON(c.Name); text != "" {
					fmt.Printf(" %s=%s", c.Name, text)
				}
			}
			fmt.Println()
		}
	}
}
