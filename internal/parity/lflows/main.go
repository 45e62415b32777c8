// Command lflows compiles recorded northbound databases and holds the flows against those that a real ovn-northd wrote.
//
//	go run ./internal/parity/lflows [-v] [-no-sb] [-stages PREFIX] [-match SUBSTRING] SNAPSHOT_FOLDER...
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"ovnsim/internal/parity"
	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
	"ovnsim/topology"
)

func main() {
	verbose := flag.Int("v", 0, "differing flows to show for each snapshot")
	noSB := flag.Bool("no-sb", false, "compile from the northbound database alone")
	stages := flag.String("stages", "", "only stages that begin so")
	only := flag.String("match", "", "only snapshots whose name holds this")
	every := flag.Int("every", 1, "one snapshot in so many")
	flag.Parse()
	total, same, n := parity.Score{}, 0, 0
	byStage := map[string]int{}
	type bad struct {
		share float64
		line  string
	}
	var worst []bad
	for _, arg := range flag.Args() {
		for i, dir := range parity.Snapshots(arg) {
			if !strings.Contains(dir, *only) || i%*every != 0 {
				continue
			}
			n++
			score, diff := snapshot(dir, *noSB, *stages)
			total.Shared += score.Shared
			total.Union += score.Union
			if score.Shared == score.Union {
				same++
				continue
			}
			for _, d := range diff {
				byStage[d[:2]+strings.Fields(strings.SplitN(d, " match=(", 2)[0])[len(strings.Fields(strings.SplitN(d, " match=(", 2)[0]))-2]]++
			}
			worst = append(worst, bad{float64(score.Shared) / float64(max(score.Union, 1)), filepath.Base(dir)})
			sort.Slice(diff, func(i, j int) bool { return diff[i][2:] < diff[j][2:] })
			for _, d := range diff[:min(len(diff), *verbose)] {
				fmt.Println(filepath.Base(dir)+":", d)
			}
		}
	}
	sort.Slice(worst, func(i, j int) bool { return worst[i].share < worst[j].share })
	for _, w := range worst[:min(len(worst), 15)] {
		fmt.Printf("%6.1f%% %s\n", 100*w.share, w.line)
	}
	var names []string
	for s := range byStage {
		names = append(names, s)
	}
	sort.Slice(names, func(i, j int) bool { return byStage[names[i]] > byStage[names[j]] })
	for _, s := range names[:min(len(names), 24)] {
		fmt.Printf("%6d %s\n", byStage[s], s)
	}
	fmt.Printf("identical %d/%d snapshots, flow parity %.2f%%\n", same, n, 100*float64(total.Shared)/float64(max(total.Union, 1)))
}

// snapshot compiles one recording. What cannot be read counts as nothing compiled.
func snapshot(dir string, noSB bool, stages string) (parity.Score, []string) {
	want := flows(filepath.Join(dir, "lflows.txt"))
	got, err := compile(dir, noSB)
	if err != nil {
		fmt.Fprintln(os.Stderr, dir, err)
	}
	return parity.Compare(want, got, stages)
}

func flows(path string) map[parity.Flow]int {
	r, err := parity.Open(path)
	if err != nil {
		return nil
	}
	defer r.Close()
	out, _ := parity.ReadFlows(r)
	return out
}

func compile(dir string, noSB bool) (out map[parity.Flow]int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	nb, err := open(filepath.Join(dir, "nb.db"))
	if err != nil {
		return nil, err
	}
	t, err := topology.FromDatabase(nb)
	if err != nil {
		return nil, err
	}
	o := northd.Options{}
	if !noSB {
		sb, err := open(filepath.Join(dir, "sb.db"))
		if err != nil {
			return nil, err
		}
		if o.Southbound, err = pipeline.FromDatabase(sb); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if err := northd.Compile(t, o).WriteLflowList(&b, pipeline.LflowList{}); err != nil {
		return nil, err
	}
	return parity.ReadFlows(&b)
}

func open(path string) (*ovsdb.Database, error) {
	r, err := parity.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return ovsdb.Read(r, path)
}
