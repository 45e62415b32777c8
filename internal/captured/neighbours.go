package captured

import (
	"net/netip"
	"time"

	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
	"ovnsim/sim/pcap"
)

// neighbours is when captured machines answered questions for their addresses (ARP and ND).
type neighbours map[netip.Addr][]time.Duration

var icmpType = expr.RefTo("icmp6.type")

const (
	arpReply      = 2
	advertisement = 136
)

// answeredWithin is the longest from a packet that sets a question off to the answer.
const answeredWithin = 60 * time.Millisecond

func newNeighbours(c *pcap.Capture, start time.Duration) neighbours {
	out := neighbours{}
	for _, f := range c.Frames {
		p, err := packet.Decode(f.Data)
		if err != nil || packet.MACOf(packet.EthDst.Get64(&p.Key)).Multicast() {
			continue
		}
		var of netip.Addr
		switch k := &p.Key; {
		case packet.ARPOp.Get64(k) == arpReply:
			of = packet.Addr4(packet.ARPSPA.Get64(k))
		case p.Is6() && p.IsICMP() && icmpType.Get64(k) == advertisement:
			of = packet.Addr6(packet.NDTarget.Get(k))
		default:
			continue
		}
		out[of] = append(out[of], f.At-start)
	}
	return out
}

// Asked tells whether a neighbour answers just after a moment; ok is false for one that never does.
func (n neighbours) Asked(now time.Duration, of netip.Addr) (asked, ok bool) {
	answers := n[of]
	for _, at := range answers {
		asked = asked || at > now && at < now+answeredWithin
	}
	return asked, len(answers) > 0
}
