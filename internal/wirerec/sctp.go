package wirerec

import (
	"slices"

	"ovnsim/sim/packet"
)

// sctpAnswers are the chunks of SCTP that answer chunks (RFC 9260): to INIT, COOKIE ECHO, DATA, SHUTDOWN, SHUTDOWN ACK.
var sctpAnswers = map[byte]byte{1: 2, 10: 11, 0: 3, 7: 8, 8: 14}

// answerSCTP answers a packet to one of a machine's SCTP ports chunk for chunk: what connection tracking looks at.
func (st *station) answerSCTP(frame []byte) {
	p, err := packet.Decode(frame)
	if err != nil || p.Proto() != packet.ProtoSCTP || !p.HasL4() || !p.Sound() || packet.MACOf(packet.EthDst.Get64(&p.Key)) != st.MAC() {
		return
	}
	t, b := p.Tuple(), slices.Clone(p.Segment())
	answer, ok := sctpAnswers[b[12]]
	if !ok || !slices.Contains(st.sctp, t.DstPort) {
		return
	}
	b[0], b[1], b[2], b[3], b[12] = b[2], b[3], b[0], b[1], answer
	st.Send(st.world.now(), packet.Build(packet.Ether{Src: st.MAC(), Dst: packet.MACOf(packet.EthSrc.Get64(&p.Key))},
		packet.IP{Src: p.Dst(), Dst: p.Src(), TTL: 64}, packet.Raw{Proto: packet.ProtoSCTP, Payload: b}))
}
