package lab

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Suite is scenarios of any number of lab files, played as tests. Every scenario starts from its lab file's own state, so
// they may be played in any order, side by side, and in parts on several machines.
type Suite struct {
	Cases    []*Case // in the order of their names
	Parallel int     // how many to play at a time; 0: as many as there are processors
	FailFast bool    // stop at the first that fails
}

// Case is one scenario of a suite.
type Case struct {
	Lab      *Lab
	Scenario *Scenario
}

// Name is the lab file and the scenario.
func (c *Case) Name() string { return c.Lab.File + "/" + c.Scenario.Name }

// Verdict is what became of a case.
type Verdict struct {
	*Case
	Outcome *Outcome
	Err     error // why the case could not be played
	Took    time.Duration
	Skipped bool // by FailFast
}

// Pass tells whether everything held.
func (v *Verdict) Pass() bool { return !v.Skipped && v.Err == nil && v.Outcome.Pass() }

// LoadSuite reads lab files: each path is a file, a folder whose lab files are meant, or a folder with /... behind it for
// all folders below as well. In folders, a lab file is a .yaml or .yml file with scenarios.
func LoadSuite(paths ...string) (*Suite, error) {
	s := &Suite{}
	seen := map[string]bool{}
	for _, path := range paths {
		files, err := labFiles(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if seen[file] {
				continue
			}
			seen[file] = true
			l, err := Load(file)
			if err != nil {
				return nil, err
			}
			for _, scenario := range l.Scenarios {
				s.Cases = append(s.Cases, &Case{l, scenario})
			}
		}
	}
	slices.SortStableFunc(s.Cases, func(a, b *Case) int { return strings.Compare(a.Lab.File, b.Lab.File) })
	return s, nil
}

var hasScenarios = regexp.MustCompile(`(?m)^scenarios\s*:`)

// labFiles lists the lab files that a path means.
func labFiles(path string) ([]string, error) {
	dir, below := path, false
	if path == "..." {
		dir, below = ".", true
	} else if d, ok := strings.CutSuffix(filepath.ToSlash(path), "/..."); ok {
		dir, below = filepath.FromSlash(d), true
		if d == "" {
			dir = "/"
		}
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir() && below:
		return nil, fmt.Errorf("%s is not a folder", dir)
	case !info.IsDir():
		return []string{path}, nil
	}
	var out []string
	err = filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && file != dir && (!below || strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "_") || e.Name() == "testdata"):
			return filepath.SkipDir
		case e.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(file)):
			return nil
		}
		text, err := os.ReadFile(file)
		if err == nil && hasScenarios.Match(text) {
			out = append(out, file)
		}
		return err
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("%s has no lab files: no .yaml files with scenarios", path)
	}
	return out, err
}

// Seed plays every lab with a seed instead of its own.
func (s *Suite) Seed(seed uint64) {
	for _, c := range s.Cases {
		c.Lab.Seed = seed
	}
}

// Only keeps the cases whose name a regular expression matches.
func (s *Suite) Only(re *regexp.Regexp) {
	s.Cases = slices.DeleteFunc(s.Cases, func(c *Case) bool { return !re.MatchString(c.Name()) })
}

// Shard keeps the i-th of n parts, i from 1. Each case is in exactly one; the parts are as even as can be.
func (s *Suite) Shard(i, n int) error {
	if n < 1 || i < 1 || i > n {
		return fmt.Errorf("shard %d/%d: there is none", i, n)
	}
	var out []*Case
	for k, c := range s.Cases {
		if k%n == i-1 {
			out = append(out, c)
		}
	}
	s.Cases = out
	return nil
}

// Run plays the suite. done is told of each case, in the order of Cases.
func (s *Suite) Run(done func(*Verdict)) {
	workers := s.Parallel
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	verdicts := make([]*Verdict, len(s.Cases))
	ready := make([]chan struct{}, len(s.Cases))
	for i := range ready {
		ready[i] = make(chan struct{})
	}
	var next, stop atomic.Int64
	stop.Store(int64(len(s.Cases)))
	var wait sync.WaitGroup
	for range min(workers, len(s.Cases)) {
		wait.Go(func() {
			w := worker{}
			for i := next.Add(batch) - batch; i < int64(len(s.Cases)); i = next.Add(batch) - batch {
				for k := i; k < min(i+batch, int64(len(s.Cases))); k++ {
					verdicts[k] = w.play(s.Cases[k], s.FailFast && k > stop.Load())
					if s.FailFast && !verdicts[k].Pass() && !verdicts[k].Skipped {
						lower(&stop, k)
					}
					close(ready[k])
				}
			}
		})
	}
	for i, c := range ready {
		<-c
		if s.FailFast && int64(i) > stop.Load() {
			verdicts[i] = &Verdict{Case: s.Cases[i], Skipped: true} // whoever was faster: the report is always the same
		}
		done(verdicts[i])
		verdicts[i] = nil
	}
	wait.Wait()
}

// batch is how many cases a worker takes at once: neighbours are of one lab, and often alike.
const batch = 16

// lower makes a number smaller, if it is not already.
func lower(n *atomic.Int64, to int64) {
	for old := n.Load(); to < old && !n.CompareAndSwap(old, to); old = n.Load() {
	}
}

// worker plays one case after the other, with a player for the lab that it is at.
type worker struct{ player *Player }

func (w *worker) play(c *Case, skip bool) *Verdict {
	v := &Verdict{Case: c, Skipped: skip}
	if skip {
		return v
	}
	if w.player == nil || w.player.Lab != c.Lab {
		w.player = c.Lab.Player()
	}
	began := time.Now()
	w.player.Quick = true
	v.Outcome, v.Err = w.player.Play(c.Scenario, nil)
	if v.Err == nil && !v.Outcome.Pass() { // once more, to see what went wrong: everything happens again as it did
		w.player.Quick = false
		v.Outcome, v.Err = w.player.Play(c.Scenario, nil)
	}
	v.Took = time.Since(began)
	return v
}

// Checks is how many requests and looks a case's expectations made.
func (v *Verdict) Checks() int {
	if v.Outcome == nil {
		return 0
	}
	n := 0
	for _, a := range v.Outcome.Asked {
		n += max(1, len(a.Results))
	}
	return n
}
