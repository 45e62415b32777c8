package captured

import (
	"cmp"
	"slices"
	"time"

	"ovnsim/sim/conntrack"
	"ovnsim/sim/packet"
	"ovnsim/sim/pcap"
)

// answers is the captured frames by the ends that they go between: what they answer tells how it was translated. So does
// what arrived, turned around.
type answers map[ends][]answer

type ends struct {
	src, dst string
	proto    uint8
}

type answer struct {
	at    time.Duration
	tuple packet.Tuple
	tcp   packet.TCP
}

// answerTime is how long after a connection's first packet its answer may come.
const answerTime = 2 * time.Second

// read adds the frames of a capture; of what was received, what an answer to each would be.
func (a answers) read(c *pcap.Capture, start time.Duration, received bool) {
	for _, f := range c.Frames {
		p, err := packet.Decode(f.Data)
		if err != nil || !p.HasL4() {
			continue
		}
		t := p.Tuple()
		seen := answer{at: f.At - start, tuple: packet.Tuple{Src: t.Src, Dst: t.Dst, SrcPort: t.SrcPort, DstPort: t.DstPort, Proto: t.Proto}}
		seen.tcp, _ = p.TCP()
		if p.IsICMP() {
			seen.tuple.SrcPort, seen.tuple.DstPort = p.ICMPID(), p.ICMPID()
		}
		if received {
			seen.tuple.Src, seen.tuple.Dst, seen.tuple.SrcPort, seen.tuple.DstPort = t.Dst, t.Src, seen.tuple.DstPort, seen.tuple.SrcPort
			seen.tcp.Ack = seen.tcp.Seq + 1
			seen.tcp.Flags |= packet.ACK
		}
		k := ends{seen.tuple.Src.String(), seen.tuple.Dst.String(), t.Proto}
		a[k] = append(a[k], seen)
	}
	for _, list := range a {
		slices.SortStableFunc(list, func(a, b answer) int { return cmp.Compare(a.at, b.at) })
	}
}

// Chosen is the port that the first answer to a connection shows (conntrack.Table, Chosen).
func (a answers) Chosen(now time.Duration, p *packet.Packet, back packet.Tuple, kind conntrack.Kind) (uint16, bool) {
	opened, isTCP := p.TCP()
	for _, f := range a[ends{back.Src.String(), back.Dst.String(), back.Proto}] {
		port, other, want := f.tuple.DstPort, f.tuple.SrcPort, back.SrcPort
		if kind == conntrack.DNAT {
			port, other, want = f.tuple.SrcPort, f.tuple.DstPort, back.DstPort
		}
		switch {
		case f.at <= now || f.at > now+answerTime:
		case !p.IsICMP() && other != want:
		case isTCP && (f.tcp.Flags&packet.ACK == 0 || f.tcp.Ack != opened.Seq+1):
		default:
			return port, true
		}
	}
	return 0, false
}
