package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"ovnsim/lab"
)

func newReportCommand() *cobra.Command {
	c := &cobra.Command{Use: "report", Short: "work on the report files of ovnsim test"}
	c.AddCommand(newReportMergeCommand())
	return c
}

func newReportMergeCommand() *cobra.Command {
	var junit, jsonl string
	c := &cobra.Command{
		Use:   "merge FILE...",
		Short: "put the reports of a suite's parts into one",
		Long: `Read the JUnit or JSONL reports of the parts of a suite, tell how it went as a whole, and write it to --junit and
--jsonl where they are given. A scenario in two reports is refused. Exit code 1 when any scenario failed.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return mergeReports(args, junit, jsonl, cmd.OutOrStdout())
		},
	}
	c.Flags().StringVar(&junit, "junit", "", "write the whole as JUnit to `FILE`")
	c.Flags().StringVar(&jsonl, "jsonl", "", "write the whole as lines of JSON to `FILE`")
	return c
}

func mergeReports(files []string, junit, jsonl string, out io.Writer) error {
	var reports [][]lab.Record
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		records, err := lab.ReadRecords(text, name)
		if err != nil {
			return err
		}
		reports = append(reports, records)
	}
	records, err := lab.MergeRecords(reports...)
	if err != nil {
		return err
	}
	if err := writeReports(records, junit, jsonl); err != nil {
		return err
	}
	failed, err := lab.TellRecords(out, records, len(files))
	if err == nil && failed > 0 {
		return &exitError{code: exitFailed}
	}
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
