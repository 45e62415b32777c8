package main

import (
	"io"

	"ovnsim/pipeline"
	"ovnsim/pipeline/northd"
)

// compileTopology makes the flows of a topology file; sb, where there is one, gives chassis, bindings and keys.
func compileTopology(path string, sb *pipeline.Southbound, stderr io.Writer) (*pipeline.Southbound, error) {
	top, err := loadTopology(path, stderr)
	if err != nil {
		return nil, err
	}
	return northd.Compile(top, northd.Options{Southbound: sb}), nil
}
