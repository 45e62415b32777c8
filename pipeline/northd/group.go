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
