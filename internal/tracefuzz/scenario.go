package tracefuzz

import (
	"embed"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/shell"

	"ovnsim/topology"
	"ovnsim/topology/nbctl"
)

// The scenarios: topologies such as deployments have them, each a file of ovn-nbctl commands, one a line; # begins a comment.
//
//go:embed testdata/*.nb testdata/*.commands
var scenarios embed.FS

// Scenarios is the names of all scenarios.
func Scenarios() (names []string) {
	entries, _ := scenarios.ReadDir("testdata")
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".nb") {
			continue
		}
		names = append(names, strings.TrimSuffix(e.Name(), ".nb"))
	}
	slices.Sort(names)
	return names
}

// chosen is what ovn-northd would draw by lot otherwise.
var chosen = []string{"init", "--", "set", "nb_global", ".", `options:mac_prefix="0a:0b:0c"`, `options:svc_monitor_mac="0e:00:00:00:00:01"`, `options:svc_monitor_mac_dst="0e:00:00:00:00:02"`}

// Scenario is the topology of a scenario.
func Scenario(name string) (*topology.Topology, error) {
	text, err := scenarios.ReadFile(path.Join("testdata", name+".nb"))
	if err != nil {
		return nil, fmt.Errorf("no scenario %q: there are %s", name, strings.Join(Scenarios(), ", "))
	}
	top := &topology.Topology{}
	if err := nbctl.Run(top, chosen, io.Discard); err != nil {
		return nil, err
	}
	for i, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		words, err := shell.Fields(line, nil)
		if err == nil && len(words) > 0 {
			err = nbctl.Run(top, words, io.Discard)
		}
		if err != nil {
			return nil, fmt.Errorf("testdata/%s.nb:%d: %w", name, i+1, err)
		}
	}
	return top, nil
}
