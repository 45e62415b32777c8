// Package pipeline holds what OVN makes of a topology: stages, logical flows and the rows a southbound database has beside them.
package pipeline

import "fmt"

// Stage is one logical flow table. Its identity is its name; its table number is its position among the stages of its
// pipeline (ovn-northd(8)).
type Stage uint8

// StageInfo is a row of the stage table.
type StageInfo struct {
	Stage    Stage
	Name     string // OVN's name, as lflow-list prints it
	Type     DatapathType
	Pipeline Pipeline
	Title    string // the heading in ovn-northd(8)
	Miss     string // actions at priority 0, match 1, on every datapath; "" where no constant flow does
}

// DatapathType says whether a datapath is a logical switch or a logical router.
type DatapathType uint8

// The types of datapath.
const (
	Switch DatapathType = iota
	Router
)

// String is OVN's name of the type, as in Datapath_Binding.type.
func (t DatapathType) String() string { return [...]string{"logical-switch", "logical-router"}[t] }

// Pipeline is one half of a packet's way through a datapath.
type Pipeline uint8

// The pipelines of a datapath.
const (
	Ingress Pipeline = iota
	Egress
)

// String is the pipeline's name, as in Logical_Flow.pipeline.
func (p Pipeline) String() string { return [...]string{"ingress", "egress"}[p] }

// Info is the stage's row of the table.
func (s Stage) Info() *StageInfo { return &Stages[s-1] }

// String is OVN's name of the stage.
func (s Stage) String() string {
	if s == NoStage || int(s) > len(Stages) {
		return fmt.Sprintf("stage(%d)", uint8(s))
	}
	return s.Info().Name
}

// Number is the stage's table number: its position in its pipeline.
func (s Stage) Number() int {
	info, n := s.Info(), 0
	for i := range Stages[:s-1] {
		if Stages[i].Type == info.Type && Stages[i].Pipeline == info.Pipeline {
			n++
		}
	}
	return n
}

// StageAt is the stage with a table number in a pipeline of a type of datapath, or NoStage.
func StageAt(t DatapathType, p Pipeline, number int) Stage {
	for i := range Stages {
		if Stages[i].Type == t && Stages[i].Pipeline == p {
			if number == 0 {
				return Stages[i].Stage
			}
			number--
		}
	}
	return NoStage
}

// StageNamed is the stage that OVN calls name, or NoStage.
func StageNamed(name string) Stage {
	for i := range Stages {
		if Stages[i].Name == name {
			return Stages[i].Stage
		}
	}
	return NoStage
}
