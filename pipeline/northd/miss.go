package northd

import "ovnsim/pipeline"

// missFeature writes the stage table's miss column: what happens to packets that no other flow of a stage matches.
var missFeature = feature{
	name:   "miss",
	title:  "Default flows",
	stages: stagesWithMiss(),
	global: func(v *View, e *Emitter) {
		for i := range pipeline.Stages {
			info := &pipeline.Stages[i]
			if info.Miss != "" {
				e.AddGroup(v.datapaths(info.Type), info.Stage, 0, "1", e.dropping(info.Miss))
			}
		}
	},
}

func stagesWithMiss() []pipeline.Stage {
	var out []pipeline.Stage
	for i := range pipeline.Stages {
		if pipeline.Stages[i].Miss != "" {
			out = append(out, pipeline.Stages[i].Stage)
		}
	}
	return out
}
