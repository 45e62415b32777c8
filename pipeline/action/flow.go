package action

// Output sends the packet on to outport: from the ingress pipeline to the egress pipeline, from there out: output;
type Output struct{}

// Next goes on in another table: next; next(table); next(pipeline=egress, table=5);
type Next struct {
	Pipeline Pipeline // Same where none was named
	Table    int      // NextTable where none was named
}

// NextTable is the Table of a Next that names none: the one after the flow's own.
const NextTable = -1

// From is where the action leads from a flow that stands at a place.
func (a *Next) From(at At) At {
	to := At{a.Pipeline, a.Table}
	if to.Pipeline == Same {
		to.Pipeline = at.Pipeline
	}
	if to.Table == NextTable {
		to.Table = at.Table + 1
	}
	return to
}

// FloodRemote sends the packet to every other chassis that has the datapath: flood_remote;
type FloodRemote struct{}

// FwdGroup sends the packet to one of several ports: fwd_group(liveness="true", childports="p1", "p2");
type FwdGroup struct {
	Liveness   bool // ports behind a tunnel whose BFD session is down are left out
	ChildPorts []string
}

// Mirror sends a copy of the packet to the target of a mirror port: mirror("mp-sw0-p1");
type Mirror struct{ Port string }

// SetQueue puts the packet in a queue of the physical port that it leaves by, 0 for the default: set_queue(10);
type SetQueue struct{ ID uint32 }

// MaxQueue is the highest queue that SetQueue can name.
const MaxQueue = 61440

// SetMeter limits the rate of a flow, in kbit/s; Burst is 0 where none was given: set_meter(100, 1000);
type SetMeter struct{ Rate, Burst uint64 }

// Template is actions with a template variable in them (^name). What they are is decided on each chassis by its row of
// Chassis_Template_Var: see Expand. A chassis that knows not all of the variables does not have the flow.
type Template struct{ Source string }

func (a *Output) String() string      { return Format(a, At{}) }
func (a *Next) String() string        { return Format(a, At{}) }
func (a *FloodRemote) String() string { return Format(a, At{}) }
func (a *FwdGroup) String() string    { return Format(a, At{}) }
func (a *Mirror) String() string      { return Format(a, At{}) }
func (a *SetQueue) String() string    { return Format(a, At{}) }
func (a *SetMeter) String() string    { return Format(a, At{}) }
func (a *Template) String() string    { return a.Source }

func (a *Output) append(b []byte, _ At) []byte      { return word(b, "output") }
func (a *FloodRemote) append(b []byte, _ At) []byte { return word(b, "flood_remote") }
func (a *Template) append(b []byte, _ At) []byte    { return append(b, a.Source...) }

func (a *Next) append(b []byte, at At) []byte {
	to := At{a.Pipeline, a.Table}
	if at.Pipeline != Same {
		to = a.From(at)
		if to.Pipeline == at.Pipeline {
			to.Pipeline = Same
			if to.Table == at.Table+1 {
				to.Table = NextTable
			}
		}
	}
	switch {
	case to.Pipeline != Same && to.Table == NextTable:
		return append(append(append(b, "next(pipeline="...), to.Pipeline.String()...), ");"...)
	case to.Pipeline != Same:
		b = append(append(append(b, "next(pipeline="...), to.Pipeline.String()...), ", table="...)
		return append(integer(b, to.Table), ");"...)
	case to.Table != NextTable:
		return append(integer(append(b, "next("...), to.Table), ");"...)
	}
	return word(b, "next")
}

func (a *FwdGroup) append(b []byte, _ At) []byte {
	if len(a.ChildPorts) == 0 {
		return word(b, "fwd_group")
	}
	b = append(b, "fwd_group("...)
	if a.Liveness {
		b = append(b, `liveness="true", `...)
	}
	for i, port := range a.ChildPorts {
		if i == 0 {
			b = append(b, "childports="...)
		} else {
			b = append(b, ", "...)
		}
		b = quoted(b, port)
	}
	return append(b, ");"...)
}

func (a *Mirror) append(b []byte, _ At) []byte {
	return append(quoted(append(b, "mirror("...), a.Port), ");"...)
}

func (a *SetQueue) append(b []byte, _ At) []byte {
	return append(unsigned(append(b, "set_queue("...), uint64(a.ID)), ");"...)
}

func (a *SetMeter) append(b []byte, _ At) []byte {
	b = unsigned(append(b, "set_meter("...), a.Rate)
	if a.Burst != 0 {
		b = unsigned(append(b, ", "...), a.Burst)
	}
	return append(b, ");"...)
}
