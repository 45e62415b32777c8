package northd

import (
	"encoding/binary"
	"math/bits"

	"ovnsim/pipeline"
)

// Group is a set of datapaths as a bit a datapath, by Datapath.Index.
type Group struct {
	words []uint64
	view  *View
	done  *pipeline.DatapathGroup // made by shared; the group is not added to after that
}

func (v *View) newGroup() *Group {
	return &Group{words: make([]uint64, (len(v.sb.Datapaths)+63)/64), view: v}
}

func (g *Group) add(dp *pipeline.Datapath) { g.words[dp.Index/64] |= 1 << (dp.Index % 64) }

func (g *Group) addAll(o *Group) {
	for i, w := range o.words {
		g.words[i] |= w
	}
}

// Len is the number of datapaths in the group.
func (g *Group) Len() int {
	n := 0
	for _, w := range g.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// empty says whether no datapath is in the group.
func (g *Group) empty() bool {
	for _, w := range g.words {
		if w != 0 {
			return false
		}
	}
	return true
}

// has says whether a datapath is in the group.
func (g *Group) has(dp *pipeline.Datapath) bool { return g.words[dp.Index/64]>>(dp.Index%64)&1 == 1 }

// and is the datapaths that are in both groups: the group itself where all are. What it gives is not added to.
func (g *Group) and(o *Group) *Group {
	all, some := true, false
	for i, w := range g.words {
		all = all && w&^o.words[i] == 0
		some = some || w&o.words[i] != 0
	}
	switch {
	case all:
		return g
	case !some:
		return g.view.none
	}
	out := g.view.newGroup()
	for i := range out.words {
		out.words[i] = g.words[i] & o.words[i]
	}
	return out
}

// without is the datapaths of the group that are not in another: the group itself where none are. What it gives is not
// added to.
func (g *Group) without(o *Group) *Group {
	if g.and(o) == g.view.none {
		return g
	}
	out := g.view.newGroup()
	for i := range out.words {
		out.words[i] = g.words[i] &^ o.words[i]
	}
	return out
}

// shared is the one DatapathGroup for the group's datapaths.
func (g *Group) shared() *pipeline.DatapathGroup {
	if g.done != nil {
		return g.done
	}
	key := make([]byte, 0, 8*len(g.words))
	for _, w := range g.words {
		key = binary.LittleEndian.AppendUint64(key, w)
	}
	known := g.view.groups[string(key)]
	if known == nil {
		known = g.list()
		g.view.groups[string(key)] = known
	}
	g.done = known
	return known
}

func (g *Group) list() *pipeline.DatapathGroup {
	out := &pipeline.DatapathGroup{}
	for i, w := range g.words {
		for ; w != 0; w &= w - 1 {
			out.Datapaths = append(out.Datapaths, g.view.sb.Datapaths[i*64+bits.TrailingZeros64(w)])
		}
	}
	return out
}

// alone is the DatapathGroup of one datapath.
func (v *View) alone(dp *pipeline.Datapath) *pipeline.DatapathGroup {
	if v.single[dp.Index] == nil {
		v.single[dp.Index] = &pipeline.DatapathGroup{Datapaths: []*pipeline.Datapath{dp}}
	}
	return v.single[dp.Index]
}
