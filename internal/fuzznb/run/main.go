// Command run compiles random topologies with our compiler and a real ovn-northd, and shows what differs.
//
//	go run ./internal/fuzznb/run [-n 100] [-seed 1] [-areas switch,acl] [-stages ls_] [-rows] [-before] [-reduce] [-v 5]
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
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
	tally := tally{topologies: n, explained: map[string]int{}, byStage: map[string]int{}}
	for i := range n {
		t := fuzznb.Generate(seed+int64(i), names...)
		d, err := oracle.Compare(t, asked)
		if err != nil {
			// Some topologies are too much for the real one: it ends, and a new one goes on.
			fmt.Printf("seed %d: %.200s\n", seed+int64(i), err)
			tally.failed(err)
			oracle.Close()
			if oracle, err = fuzznb.Start("."); err != nil {
				return err
			}
			continue
		}
		tally.add(d)
		for _, line := range d.Old[:min(len(d.Old), verbose)] {
			fmt.Printf("seed %d, an old one only: %s\n", seed+int64(i), line)
		}
		if len(d.Lines) == 0 {
			continue
		}
		sort.Slice(d.Lines, func(i, j int) bool { return d.Lines[i][2:] < d.Lines[j][2:] })
		for _, line := range d.Lines[:min(len(d.Lines), verbose)] {
			fmt.Printf("seed %d: %s\n", seed+int64(i), line)
		}
		if dump {
			rows(t)
		}
		if reduce {
			show(oracle, t, d.Lines[0], asked)
		}
	}
	tally.print()
	return nil
}

// tally counts what came of the topologies.
type tally struct {
	topologies, crashes, errors, unexplained int
	explained                                map[string]int // topologies by reason
	byStage                                  map[string]int // lines by stage or table
}

func (t *tally) failed(err error) {
	if errors.Is(err, fuzznb.ErrCrashed) {
		t.crashes++
	} else {
		t.errors++
	}
}

func (t *tally) add(d fuzznb.Difference) {
	for _, reason := range d.Explained {
		t.explained[reason]++
	}
	if len(d.Lines) > 0 {
		t.unexplained++
	}
	for _, line := range d.Lines {
		t.byStage[line[:2]+fuzznb.Where(line)]++
	}
}

func (t *tally) print() {
	keys := slices.SortedFunc(maps.Keys(t.byStage), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.byStage[b], t.byStage[a]), cmp.Compare(a, b))
	})
	for _, k := range keys {
		fmt.Printf("%6d %s\n", t.byStage[k], k)
	}
	for _, reason := range slices.Sorted(maps.Keys(t.explained)) {
		fmt.Printf("%6d topologies explained: %s\n", t.explained[reason], reason)
	}
	fmt.Printf("%d topologies, %d crashes of the real one, %d errors, %d unexplained\n", t.topologies, t.crashes, t.errors, t.unexplained)
}

// show prints the smallest topology that has a difference in the same stage, of the same kind.
func show(oracle *fuzznb.Oracle, t *topology.Topology, line string, asked fuzznb.Asked) {
	kind := line[:2] + fuzznb.Where(line)
	asked.Hasty = true
	small := fuzznb.Reduce(t, func(t *topology.Topology) bool {
		d, err := oracle.Compare(t, asked)
		return err == nil && slices.ContainsFunc(d.Lines, func(line string) bool { return line[:2]+fuzznb.Where(line) == kind })
	})
	rows(small)
	d, _ := oracle.Compare(small, asked)
	for _, line := range d.Lines {
		fmt.Println("   ", line)
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
