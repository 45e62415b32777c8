// Run plays scenarios on a real OVN and writes what went over the wires beside each: DIR/scenario gives DIR/frames.
//
//	go run ./internal/wirerec/run [-ovn ../shared/oracle/ovn] [-run DIR] sim/testdata/wire/*/scenario
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"ovnsim/internal/wirerec"
)

func main() {
	script := flag.String("ovn", "../shared/oracle/ovn", "the program that runs a real OVN")
	run := flag.String("run", filepath.Join(os.TempDir(), "ovn-wirerec"), "the real OVN's folder")
	flag.Parse()
	failed := false
	for _, path := range flag.Args() {
		if err := record(path, *script, *run); err != nil {
			fmt.Fprintln(os.Stderr, "wirerec:", err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func record(path, script, run string) error {
	s, err := wirerec.ReadScenario(path)
	if err != nil {
		return err
	}
	r, err := wirerec.Play(s, script, run)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Printf("%s: %d frames\n", path, len(r.Frames))
	return r.Write(filepath.Join(filepath.Dir(path), "frames"))
}
