// Command run hunts for frames that the simulation delivers otherwise than a real OVN; see package wirefuzz.
//
//	go run ./internal/wirefuzz/run [-n 20] [-seed 1] [-v 6] [-keep DIR] [-dump DIR] [-reduce] [-again DIR...] [-trace]
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"ovnsim/internal/wirefuzz"
	"ovnsim/internal/wirerec"
)

func main() {
	n := flag.Int("n", 1, "scenarios")
	seed := flag.Uint64("seed", 1, "the first seed")
	script := flag.String("ovn", "../shared/oracle/ovn", "the program that runs a real OVN")
	run := flag.String("run", filepath.Join(os.TempDir(), "ovn-wirefuzz"), "the real OVN's folder")
	verbose := flag.Int("v", 6, "differences to show of a scenario")
	keep := flag.String("keep", "", "a folder for scenarios that differ, with databases and frames")
	dump := flag.Bool("dump", false, "print scenarios, play nothing")
	reduce := flag.Bool("reduce", false, "leave out of scenarios what their differences do not need")
	again := flag.Bool("again", false, "replay the folders that are arguments, with no real OVN")
	traced := flag.Bool("trace", false, "with -again: print the stages that each frame met, and nothing else")
	flag.Parse()
	h := hunt{script: *script, run: *run, verbose: *verbose, keep: *keep, reduce: *reduce}
	if *again {
		for _, dir := range flag.Args() {
			f, err := wirefuzz.Read(dir)
			if err == nil && *traced {
				err = f.Compare(wirerec.Story{Writer: os.Stdout})
				f.With = nil
			} else if err == nil {
				err = f.Compare(nil)
			}
			h.report(filepath.Base(dir), f, err)
		}
	}
	enough := make(chan os.Signal, 1) // the real one is not left running: the scenario under way comes to its end
	signal.Notify(enough, os.Interrupt, syscall.SIGTERM)
	for i := range uint64(*n) {
		switch {
		case *again, len(enough) > 0:
		case *dump:
			fmt.Print(wirefuzz.Generate(*seed + i))
		default:
			h.play(*seed + i)
		}
	}
	fmt.Printf("%d scenarios, %d differ; frames: %d of %d alike with the southbound database, %d without; %d failed\n",
		h.scenarios, h.differing, h.frames-h.with, h.frames, h.frames-h.without, h.failed)
}

type hunt struct {
	script, run, keep string
	verbose           int
	reduce            bool

	scenarios, differing, frames, with, without, failed int
}

func (h *hunt) play(seed uint64) {
	f, err := wirefuzz.Hunt(wirefuzz.Generate(seed), h.script, h.run)
	if err == nil && h.reduce && len(f.With) > 0 {
		f = wirefuzz.Reduce(f, h.script, h.run, os.Stderr)
	}
	h.report(fmt.Sprint(seed), f, err)
	if f != nil && h.keep != "" && (err != nil || len(f.With)+len(f.Without) > 0) {
		if err := f.Write(filepath.Join(h.keep, fmt.Sprint(seed))); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func (h *hunt) report(name string, f *wirefuzz.Found, err error) {
	if err != nil {
		fmt.Printf("== %s: %v\n", name, err)
		h.failed++
		return
	}
	h.scenarios++
	h.frames += f.Frames
	h.with += len(f.With)
	h.without += len(f.Without)
	if len(f.With)+len(f.Without) > 0 {
		h.differing++
		fmt.Printf("== %s: %d and %d of %d frames differ\n", name, len(f.With), len(f.Without), f.Frames)
		f.Print(os.Stdout, h.verbose)
	}
}
