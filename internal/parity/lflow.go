// Package parity compares what this project makes with recordings of a real OVN.
package parity

import (
	"bufio"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Flow is one line of `ovn-sbctl lflow-list`, table number left out: the stage says as much.
type Flow struct{ Datapath, Pipeline, Stage, Priority, Match, Actions string }

var (
	heading  = regexp.MustCompile(`^Datapath: (.*?)\s*\(?([0-9a-f]{8}-[0-9a-f-]{27})\)?\s+Pipeline: (\w+)`)
	flowLine = regexp.MustCompile(`^\s*table=\s*(\d+)\s*\(\s*(\S+?)\s*\), priority=(\d+)\s*, match=\((.*)\), action=\((.*)\)\s*$`)
)

// ReadFlows counts the flows of a listing.
func ReadFlows(r io.Reader) (map[Flow]int, error) {
	flows, at := map[Flow]int{}, Flow{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		if h := heading.FindStringSubmatch(lines.Text()); h != nil {
			at.Datapath, at.Pipeline = h[1], h[3]
			if at.Datapath == "" {
				at.Datapath = h[2]
			}
			continue
		}
		if m := flowLine.FindStringSubmatch(lines.Text()); m != nil {
			flows[Flow{at.Datapath, at.Pipeline, m[2], m[3], m[4], m[5]}]++
		}
	}
	return flows, lines.Err()
}

// Open opens a recording, or its gzip'd form beside it.
func Open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err == nil {
		return f, nil
	}
	z, zerr := os.Open(path + ".gz")
	if zerr != nil {
		return nil, err
	}
	r, err := gzip.NewReader(z)
	if err != nil {
		z.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{r, z}, nil
}

// Score is how far two listings agree.
type Score struct{ Shared, Union int }

// Compare holds got against want, both restricted to stages that begin with prefix, and lists what differs:
// "-" lines are missing, "+" lines too many.
func Compare(want, got map[Flow]int, prefix string) (s Score, diff []string) {
	keys := map[Flow]bool{}
	for f := range want {
		keys[f] = true
	}
	for f := range got {
		keys[f] = true
	}
	for f := range keys {
		if !strings.HasPrefix(f.Stage, prefix) {
			continue
		}
		w, g := want[f], got[f]
		s.Shared += min(w, g)
		s.Union += max(w, g)
		switch {
		case w > g:
			diff = append(diff, "- "+f.String())
		case g > w:
			diff = append(diff, "+ "+f.String())
		}
	}
	return s, diff
}

func (f Flow) String() string {
	return f.Datapath + " " + f.Stage + " " + f.Priority + " match=(" + f.Match + ") action=(" + f.Actions + ")"
}

// Snapshots lists the recordings below a folder: those with a list of flows.
func Snapshots(dir string) []string {
	plain, _ := filepath.Glob(filepath.Join(dir, "*", "lflows.txt"))
	zipped, _ := filepath.Glob(filepath.Join(dir, "*", "lflows.txt.gz"))
	var out []string
	for _, p := range append(plain, zipped...) {
		out = append(out, filepath.Dir(p))
	}
	return out
}
