// Run plays lab files on a real OVN and writes what became of each request: DIR/lab.yaml gives DIR/testdata/recorded.txt.
//
//	go run ./internal/labrec/run [-ovn ../shared/oracle/ovn] [-run DIR] examples/*/lab.yaml
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"ovnsim/internal/labrec"
)

func main() {
	script := flag.String("ovn", "../shared/oracle/ovn", "the program that runs a real OVN")
	run := flag.String("run", filepath.Join(os.TempDir(), "ovn-labrec"), "the real OVN's folder")
	flag.Parse()
	code := 0
	for _, path := range flag.Args() {
		dir := filepath.Join(filepath.Dir(path), "testdata")
		err := os.MkdirAll(dir, 0o777)
		if err == nil {
			err = labrec.Write(path, filepath.Join(dir, "recorded.txt"), *script, *run, os.Stderr)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "labrec:", err)
			code = 1
		}
	}
	os.Exit(code)
}
