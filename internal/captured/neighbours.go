package captured

import (
	"net/netip"
	"time"

	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
	"ovnsim/sim/pcap"
)

// neighbours is when captured machines answered questions for their addresses (ARP and ND), or, where that is known, were
// asked.
type neighbours map[netip.Addr][]time.Duration

var icmpType = expr.RefTo("icmp6.type")

const (
	arpRequest    = 1
	arpReply      = 2
	solicitation  = 135
	advertisement = 136
)

// answeredWithin is the longest from a packet that sets a question off to the answer.
const answeredWithin = 60 * time.Millisecond

// replies reads answers.
func (n neighbours) replies(c *pcap.Capture, start time.Duration) {
	for _, f := range c.Frames {
		p, err := packet.Decode(f.Data)
		if err != nil || packet.MACOf(packet.EthDst.Get64(&p.Key)).Multicast() {
			continue
		}
		switch k := &p.Key; {
		case packet.ARPOp.Get64(k) == arpReply:
			n.add(packet.Addr4(packet.ARPSPA.Get64(k)), f.At-start)
		case p.Is6() && p.IsICMP() && icmpType.Get64(k) == advertisement:
			n.add(packet.Addr6(packet.NDTarget.Get(k)), f.At-start)
		}
	}
}

// questions reads what was received.
func (n neighbours) questions(c *pcap.Capture, start time.Duration) {
	for _, f := range c.Frames {
		p, err := packet.Decode(f.Data)
		if err != nil {
			continue
		}
		switch k := &p.Key; {
		case packet.ARPOp.Get64(k) == arpRequest:
			n.add(packet.Addr4(packet.ARPTPA.Get64(k)), f.At-start)
		case p.Is6() && p.IsICMP() && icmpType.Get64(k) == solicitation:
			n.add(packet.Addr6(packet.NDTarget.Get(k)), f.At-start)
		}
	}
}

func (n neighbours) add(a netip.Addr, at time.Duration) { n[a] = append(n[a], at) }

// Asked tells whether a neighbour answers just after a moment; ok is false for one that never does.
func (n neighbours) Asked(now time.Duration, of netip.Addr) (asked, ok bool) {
	answers := n[of]
	for _, at := range answers {
		asked = asked || at > now && at < now+answeredWithin
	}
	return asked, len(answers) > 0
}
