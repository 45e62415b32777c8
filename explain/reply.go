package explain

import (
	"fmt"
	"net/netip"
	"strings"

	"ovnsim/sim/trace"
)

// Back says what became of the answer to a request.
type Back struct {
	Way     Way
	Machine string   // that answered, or could not
	Path    []string // the datapaths that the answer passed
	Place   string   // where it was translated back, or ended
	Stage   string
	Because string
}

// Way is how an answer fared: a closed list.
type Way uint8

// The ways, from the best to the worst.
const (
	BackAsAsked      Way = iota // it came from the address that was asked, which nobody had translated
	BackTranslated              // it was translated back on its way
	BackFromNetwork             // the network itself answered
	BackUntranslated            // it came back from an address that was not asked
	BackDropped                 // it ended on its way
	BackLost                    // it never left its machine
	BackNone                    // nobody answered: nobody received the request, or nobody there listens
)

var ways = [...]string{"as-asked", "translated-back", "from-the-network", "not-translated-back", "dropped", "never-left-its-machine", "none"}

// String is the way's name.
func (w Way) String() string { return ways[w] }

// Back judges the way of what came back: the first packet that did.
func (f *Flow) Back() Back {
	for _, j := range f.Reply() {
		return f.back(j)
	}
	for _, l := range f.Lost {
		if l.Machine != f.From {
			return Back{Way: BackLost, Machine: l.Machine, Because: fmt.Sprintf("%s could not answer %s: %s", l.Machine, l.Tuple.Dst, l.Why)}
		}
	}
	for _, j := range f.Forward() {
		for _, a := range j.arrivals() {
			if a.port == f.Port {
				end := j.End()
				return Back{Way: BackFromNetwork, Path: j.Path(), Place: end.Datapath, Because: "the packet was refused on the way"}
			}
		}
	}
	return Back{Way: BackNone}
}

func (f *Flow) back(j *Journey) Back {
	end := j.End()
	b := Back{Way: BackDropped, Machine: j.Machine, Path: j.Path(), Place: end.Datapath, Stage: end.Stage, Because: end.Match}
	if b.Because == "" {
		b.Because = "no flow matched"
	}
	var got *arrival
	for _, a := range j.arrivals() {
		if a.port == f.Port {
			got = &a
		}
	}
	switch {
	case got == nil && len(end.Delivered) > 0:
		b.Because = "it was delivered to " + strings.Join(end.Delivered, ", ")
	case got == nil:
	case got.tuple.Src != f.Remote.Addr():
		b.Way, b.Because = BackUntranslated, "it came from "+netip.AddrPortFrom(got.tuple.Src, got.tuple.SrcPort).String()
	case j.Tuple.Src == f.Remote.Addr():
		b.Way, b.Place, b.Stage, b.Because = BackAsAsked, "", "", ""
	default:
		b.Way = BackTranslated
		b.Place, b.Stage, b.Because = j.translatedBack(f.Remote.Addr())
	}
	return b
}

// translatedBack finds where a packet's source became an address.
func (j *Journey) translatedBack(to netip.Addr) (place, stage, what string) {
	last := ""
	j.steps(func(s step) {
		switch {
		case s.Kind == trace.Table:
			last = s.Stage
		case s.Tracking != nil && place == "":
			if now, ok := parseTuple(s.Tracking.Now); ok && now.Src == to && s.tuple.Src != to {
				place, stage, what = s.at, last, s.Tracking.String()
			}
		}
	})
	return place, stage, what
}
