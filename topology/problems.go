package topology

// Problem is what Validate finds, with the row and the column that it is in.
type Problem struct {
	Row    Record
	Column string
	Text   string
}

// Problems is Validate for callers that must name rows, as those of a database: they have no position.
func (top *Topology) Problems() []Problem {
	var out []Problem
	errs := top.validate(func(r Record, column, _ string) (Position, bool) {
		out = append(out, Problem{Row: r, Column: column})
		return r.Base().Pos, true
	})
	for i := range out {
		out[i].Text = errs[i].Text
	}
	return out
}
