package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ovnsim/lab"
)

// testOptions is how a suite is played and what is written of it.
type testOptions struct {
	run, shard, junit, jsonl string
	shards, parallel         int
	seed                     uint64
	failFast, verbose, list  bool
}

func newTestCommand() *cobra.Command {
	var o testOptions
	c := &cobra.Command{
		Use:   "test PATH...",
		Short: "play the scenarios of lab files as a test suite",
		Long: `Play every scenario of lab files as a test. PATH is a lab file, a folder (its .yaml and .yml files that have scenarios),
or a folder with /... behind it for all folders below. What fails is told with what was wanted, what came, and the first
stage where the two part. Exit code 1 when a scenario fails.

--shard 2/4 plays the second of four parts; every scenario is in exactly one. Without it, the part is taken from
CI_NODE_INDEX and CI_NODE_TOTAL, or, with --shards 4, from JOB_COMPLETION_INDEX (a Kubernetes Indexed Job). Put the parts'
reports together with "ovnsim report merge". Under GITHUB_ACTIONS failures are also annotated.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			seeded := cmd.Flags().Changed("seed")
			return o.test(args, seeded, os.Getenv, cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	f.StringVar(&o.run, "run", "", "play only what `REGEXP` matches in LAB/SCENARIO")
	f.BoolVar(&o.failFast, "fail-fast", false, "stop at the first scenario that fails")
	f.Uint64Var(&o.seed, "seed", 0, "the seed of what a real network leaves to chance, instead of the labs' own")
	f.StringVar(&o.junit, "junit", "", "write a JUnit report to `FILE`")
	f.StringVar(&o.jsonl, "jsonl", "", "write a line of JSON for every scenario to `FILE`")
	f.StringVar(&o.shard, "shard", "", "play part `I/N` of the suite")
	f.IntVar(&o.shards, "shards", 0, "play the part of `N` that JOB_COMPLETION_INDEX says")
	f.IntVar(&o.parallel, "parallel", 0, "how many scenarios to play at a time (default: one per processor)")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "name what passes, too")
	f.BoolVar(&o.list, "list", false, "print the names of the scenarios and play none")
	c.MarkFlagsMutuallyExclusive("shard", "shards")
	return c
}

func (o *testOptions) test(paths []string, seeded bool, env func(string) string, out io.Writer) error {
	suite, err := o.suite(paths, env)
	if err != nil {
		return err
	}
	if seeded {
		suite.Seed(o.seed)
	}
	if o.list {
		for _, c := range suite.Cases {
			if _, err := fmt.Fprintln(out, c.Name()); err != nil {
				return err
			}
		}
		return nil
	}
	buffered := bufio.NewWriter(out)
	report := &lab.SuiteReport{Out: buffered, Verbose: o.verbose, Color: colored(out), Annotations: env("GITHUB_ACTIONS") == "true"}
	var records []lab.Record
	began := time.Now()
	suite.Run(func(v *lab.Verdict) {
		report.Case(v)
		if o.junit != "" || o.jsonl != "" {
			records = append(records, v.Record())
		}
		if !v.Pass() || o.verbose {
			_ = buffered.Flush() // an error stays in the writer
		}
	})
	totals, err := report.End(time.Since(began))
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = writeReports(records, o.junit, o.jsonl)
	}
	switch {
	case err != nil:
		return err
	case totals.Failed > 0:
		return &exitError{code: exitFailed}
	}
	return nil
}

// suite finds the scenarios to play.
func (o *testOptions) suite(paths []string, env func(string) string) (*lab.Suite, error) {
	suite, err := lab.LoadSuite(paths...)
	if err != nil {
		return nil, err
	}
	suite.Parallel, suite.FailFast = o.parallel, o.failFast
	if o.run != "" {
		re, err := regexp.Compile(o.run)
		if err != nil {
			return nil, fmt.Errorf("--run: %w", err)
		}
		if suite.Only(re); len(suite.Cases) == 0 {
			return nil, fmt.Errorf("--run: no scenario matches %q", o.run)
		}
	}
	i, n, err := o.part(env)
	if err != nil || n == 0 {
		return suite, err
	}
	return suite, suite.Shard(i, n)
}

// part is which part of how many is to be played; n is 0 for the whole.
func (o *testOptions) part(env func(string) string) (i, n int, err error) {
	switch {
	case o.shard != "":
		a, b, _ := strings.Cut(o.shard, "/")
		i, err1 := strconv.Atoi(a)
		n, err2 := strconv.Atoi(b)
		if err1 != nil || err2 != nil || n < 1 || i < 1 || i > n {
			return 0, 0, fmt.Errorf("--shard: %q is not I/N, I from 1 to N", o.shard)
		}
		return i, n, nil
	case o.shards != 0:
		index, err := strconv.Atoi(env("JOB_COMPLETION_INDEX"))
		if err != nil || o.shards < 1 || index < 0 || index >= o.shards {
			return 0, 0, fmt.Errorf("--shards %d: JOB_COMPLETION_INDEX is %q, not a number from 0 to %d", o.shards, env("JOB_COMPLETION_INDEX"), o.shards-1)
		}
		return index + 1, o.shards, nil
	case env("CI_NODE_INDEX") != "" && env("CI_NODE_TOTAL") != "":
		i, err1 := strconv.Atoi(env("CI_NODE_INDEX"))
		n, err2 := strconv.Atoi(env("CI_NODE_TOTAL"))
		if err1 != nil || err2 != nil || n < 1 || i < 1 || i > n {
			return 0, 0, fmt.Errorf("CI_NODE_INDEX is %q and CI_NODE_TOTAL %q: not a part of a number of parts", env("CI_NODE_INDEX"), env("CI_NODE_TOTAL"))
		}
		return i, n, nil
	}
	return 0, 0, nil
}

// writeReports writes the report files that are asked for.
func writeReports(records []lab.Record, junit, jsonl string) error {
	for _, f := range []struct {
		name  string
		write func(io.Writer, []lab.Record) error
	}{{junit, lab.WriteJUnit}, {jsonl, lab.WriteJSONL}} {
		if f.name == "" {
			continue
		}
		file, err := os.Create(f.name)
		if err != nil {
			return err
		}
		w := bufio.NewWriter(file)
		err = f.write(w, records)
		if err == nil {
			err = w.Flush()
		}
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return nil
}
