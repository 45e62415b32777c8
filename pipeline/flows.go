package pipeline

import "slices"

// Flows are the logical flows of a southbound database. Those that were read are all there; those of a topology are written
// when somebody asks for them, so that a packet costs what the datapaths on its way have, not what the network has. A nil
// Flows is none.
type Flows struct {
	writer FlowWriter
	own    map[*Datapath][]*Flow // what the writer has written so far, by datapath
	all    []*Flow
	whole  bool     // all is there
	shares []*Share // of what is shared, or of all there is; dealt is whether they are made
	dealt  bool
}

// FlowWriter writes the flows of a topology. What it writes depends on nothing but the topology.
type FlowWriter interface {
	// Shared are the flows on groups of several datapaths that belong to none of them more than to another.
	Shared() []*Flow
	// Own writes the other flows of a datapath.
	Own(*Datapath) []*Flow
	// All writes all flows, each once, one that several datapaths have as one on a group of them. Own gives what Own gave.
	All(own func(*Datapath) []*Flow) []*Flow
}

// Share is what the datapaths of a group have in common: all flows on just that group, in the order of the database.
type Share struct {
	Group *DatapathGroup
	Flows []*Flow
}

// NewFlows is flows that are there.
func NewFlows(all ...*Flow) *Flows { return &Flows{all: all, whole: true} }

// WrittenBy is the flows that a writer writes.
func WrittenBy(w FlowWriter) *Flows { return &Flows{writer: w, own: map[*Datapath][]*Flow{}} }

// All is all flows, each once, in a stable order. The slice is the Flows' own.
func (f *Flows) All() []*Flow {
	if f == nil {
		return nil
	}
	if !f.whole {
		f.all, f.whole = f.writer.All(f.of), true
	}
	return f.all
}

// Written is the flows that there are without writing any: in no order, and those that several datapaths have perhaps once
// for each.
func (f *Flows) Written() []*Flow {
	if f == nil || f.whole {
		return f.All()
	}
	out := slices.Clone(f.writer.Shared())
	for _, own := range f.own {
		out = append(out, own...)
	}
	return out
}

// On is the flows on a datapath. Whether All has been called before makes no difference.
func (f *Flows) On(dp *Datapath) []*Share {
	if f == nil {
		return nil
	}
	if !f.dealt {
		f.makeShares()
	}
	var out []*Share
	for _, s := range f.shares {
		if slices.Contains(s.Group.Datapaths, dp) {
			out = append(out, s)
		}
	}
	if f.writer != nil {
		if own := f.of(dp); len(own) > 0 {
			out = append(out, &Share{own[0].Datapaths, own})
		}
	}
	return out
}

// of is what the writer writes for a datapath, once.
func (f *Flows) of(dp *Datapath) []*Flow {
	own, written := f.own[dp]
	if !written {
		own = f.writer.Own(dp)
		f.own[dp] = own
	}
	return own
}

// makeShares deals out what is shared, or all there is, by group.
func (f *Flows) makeShares() {
	f.dealt = true
	byGroup := map[*DatapathGroup]*Share{}
	shared := f.all
	if f.writer != nil {
		shared = f.writer.Shared()
	}
	var s *Share
	for _, flow := range shared {
		if s == nil || s.Group != flow.Datapaths {
			s = byGroup[flow.Datapaths]
		}
		if s == nil {
			s = &Share{Group: flow.Datapaths}
			byGroup[flow.Datapaths], f.shares = s, append(f.shares, s)
		}
		s.Flows = append(s.Flows, flow)
	}
}
