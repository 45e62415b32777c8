package wirefuzz

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ovnsim/internal/wirerec"
	"ovnsim/ovsdb"
	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
	"ovnsim/sim"
	"ovnsim/topology"
)

// Found is what a scenario showed.
type Found struct {
	Scenario  string
	Recording *wirerec.Recording
	Frames    int                  // recorded as delivered
	With      []wirerec.Difference // with the southbound database of the real one
	Without   []wirerec.Difference // of the northbound database alone
}

// Hunt plays a scenario on a real OVN and in the simulation.
func Hunt(text, script, run string) (*Found, error) {
	s, err := wirerec.ParseScenario(strings.NewReader(text), "scenario")
	if err != nil {
		return nil, err
	}
	r, err := wirerec.Play(s, script, run)
	if err != nil {
		return nil, err
	}
	f := &Found{Scenario: text, Recording: r}
	return f, f.Compare(nil)
}

// Compare sends the frames into the simulation again; observer may be nil.
func (f *Found) Compare(observer sim.Observer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("PANIC: %v", p)
		}
	}()
	s, err := wirerec.ParseScenario(strings.NewReader(f.Scenario), "scenario")
	if err != nil {
		return err
	}
	nb, err := ovsdb.Read(bytes.NewReader(f.Recording.Databases["nb"]), "nb")
	if err != nil {
		return err
	}
	top, err := topology.FromDatabase(nb)
	if err != nil {
		return err
	}
	db, err := ovsdb.Read(bytes.NewReader(f.Recording.Databases["sb"]), "sb")
	if err != nil {
		return err
	}
	sb, err := pipeline.FromDatabase(db)
	if err != nil {
		return err
	}
	o := sim.Options{Observer: observer, Northd: func(before *pipeline.Southbound) *pipeline.Southbound {
		after := northd.Compile(top, northd.Options{Southbound: before})
		if before != nil {
			after.KeepRows(before)
		}
		return after
	}}
	if f.With, f.Frames, err = f.Recording.Replay(s, o.Northd(sb), o); err != nil || observer != nil {
		return err
	}
	alone := o.Northd(nil)
	if slices.ContainsFunc(alone.Flows.All(), func(g *pipeline.Flow) bool { return strings.Contains(g.Actions, "select(") }) {
		return nil // the numbers of next hops, by which they are chosen, follow from no northbound row
	}
	f.Without, _, err = f.Recording.Replay(s, alone, o)
	return err
}

// Read reads what Write wrote.
func Read(dir string) (*Found, error) {
	text, err := os.ReadFile(filepath.Join(dir, "scenario"))
	if err != nil {
		return nil, err
	}
	r, err := wirerec.Read(filepath.Join(dir, "frames"))
	if err != nil {
		return nil, err
	}
	r.Databases = map[string][]byte{}
	for _, name := range []string{"nb", "sb"} {
		if r.Databases[name], err = os.ReadFile(filepath.Join(dir, name+".db")); err != nil {
			return nil, err
		}
	}
	return &Found{Scenario: string(text), Recording: r}, nil
}

// Write keeps a scenario, its databases and frames, as package wirerec's are kept.
func (f *Found) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "scenario"), []byte(f.Scenario), 0o666); err != nil {
		return err
	}
	return f.Recording.Write(filepath.Join(dir, "frames"))
}

// Print prints at most n differences of each kind.
func (f *Found) Print(w io.Writer, n int) {
	for _, k := range []struct {
		name string
		list []wirerec.Difference
	}{{"with the southbound database", f.With}, {"without", f.Without}} {
		if len(k.list) == 0 || k.name == "without" && fmt.Sprint(f.With) == fmt.Sprint(f.Without) {
			continue
		}
		fmt.Fprintf(w, "  %s:\n", k.name)
		for i, d := range k.list {
			if i == n {
				fmt.Fprintf(w, "    and %d more\n", len(k.list)-n)
				break
			}
			fmt.Fprintf(w, "    %s\n", d)
		}
	}
}

// Reduce leaves out lines of a scenario as long as frames differ, and answers with what is left.
func Reduce(f *Found, script, run string, progress io.Writer) *Found {
	lines := strings.Split(strings.TrimSpace(f.Scenario), "\n")
	for size := len(lines) / 2; size > 0; size /= 2 {
		for at := len(lines) - size; at > 0; at -= size {
			fewer := append(append([]string{}, lines[:at]...), lines[min(at+size, len(lines)):]...)
			g, err := Hunt(strings.Join(fewer, "\n")+"\n", script, run)
			if err == nil && len(g.With) > 0 {
				lines, f = fewer, g
				fmt.Fprintf(progress, "%d lines\n", len(lines))
			}
			at = min(at, len(lines))
		}
	}
	return f
}
