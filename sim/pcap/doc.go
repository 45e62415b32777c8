// Package pcap reads and writes captures of Ethernet frames: pcap in either byte order and resolution, and pcapng.
//
//	capture, err := pcap.Open("client-sent.pcap")
//	for _, frame := range capture.Frames {
//		inject(frame.At, frame.Data)
//	}
//
// Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng. A capture is a user's input: whatever it claims, nothing
// is allocated that the file does not hold, and every error says at which byte.
package pcap

import (
	"cmp"
	"slices"
	"time"
)

// Ethernet is the only link type that the simulation knows (LINKTYPE_ETHERNET).
const Ethernet = 1

// Capture is a file's frames, in the file's order.
type Capture struct {
	Interfaces []string // names; a plain pcap has one without a name
	Frames     []Frame
}

// Frame is one captured frame.
type Frame struct {
	At        time.Duration // since the Unix epoch
	Interface int           // index into Capture.Interfaces
	Data      []byte
	Length    int // on the wire; 0 means len(Data). More than len(Data): the capture cut the frame
}

// Cut tells whether the capture holds only the beginning of the frame.
func (f Frame) Cut() bool { return f.Length > len(f.Data) }

func (f Frame) wireLength() uint32 { return uint32(max(f.Length, len(f.Data))) }

// Merge puts several captures' frames in the order of their times; frames of equal time stay in the order of the
// arguments. The interfaces are numbered through.
func Merge(captures ...*Capture) *Capture {
	all := &Capture{}
	for _, c := range captures {
		base := len(all.Interfaces)
		all.Interfaces = append(all.Interfaces, c.Interfaces...)
		for _, f := range c.Frames {
			f.Interface += base
			all.Frames = append(all.Frames, f)
		}
	}
	slices.SortStableFunc(all.Frames, func(a, b Frame) int { return cmp.Compare(a.At, b.At) })
	return all
}
