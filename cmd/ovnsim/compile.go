package main

import (
	"errors"

	"ovnsim/pipeline"
)

// compileTopology makes the flows of a topology file; sb, maybe nil, is what the southbound database held before.
func compileTopology(path string, sb *pipeline.Southbound) (*pipeline.Southbound, error) {
	return nil, &exitError{code: exitLacking, err: errors.New("--topology: topology files cannot be loaded yet")}
}
