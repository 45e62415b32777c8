package captured

import (
	"time"

	"ovnsim/sim/conntrack"
	"ovnsim/sim/packet"
	"ovnsim/sim/pcap"
)

// answers is the captured frames by the ends that they go between: what they answer tells how it was translated.
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

func newAnswers(c *pcap.Capture, start time.Duration) answers {
	out := answers{}
	for _, f := range c.Frames {
		p, err := packet.Decode(f.Data)
		if err != nil || !p.HasL4() {
			continue
		}
		t := p.Tuple()
		k := ends{t.Src.String(), t.Dst.String(), t.Proto}
		tcp, _ := p.TCP()
		out[k] = append(out[k], answer{f.At - start, packet.Tuple{Src: t.Src, Dst: t.Dst, SrcPort: t.SrcPort, DstPort: t.DstPort, Proto: t.Proto}, tcp})
		if p.IsICMP() {
			last := &out[k][len(out[k])-1].tuple
			last.SrcPort, last.DstPort = p.ICMPID(), p.ICMPID()
		}
	}
	return out
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
