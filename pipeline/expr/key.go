package expr

// Key is a packet in flight: every header field, register and piece of metadata that a logical flow can match or change,
// each at a fixed range of bits. A field of up to 64 bits lies in one word, one of 128 bits in two, the high half first.
// Fields that no packet has at once share bits, as in Open vSwitch's own flow structure. The zero Key is an empty packet
// with empty metadata.
//
//	word  63          48 47          32 31          16 15           0
//	 0  |           reg0              |    reg1, remote_outport     |  xxreg0, xreg0
//	 1  |           reg2              |            reg3             |          xreg1
//	 2  |           reg4              |            reg5             |  xxreg1, xreg2
//	 3  |           reg6              |            reg7             |          xreg3
//	 4  |           reg8              |            reg9             |          xreg4
//	 5  |           flags             |          pkt.mark           |
//	 6  |           inport            |           outport           |  numbers of Names
//	 7  |                             |          ct_state           |
//	 8  |           ct_mark           |          ct_nw_dst          |
//	 9  |                          ct_label (high)                  |
//	10  |                          ct_label (low)                   |
//	11  |                    eth.dst                 |   eth.type   |
//	12  |                    eth.src                 |   vlan.tci   |
//	13  |      ip4.src, arp.spa       |      ip4.dst, arp.tpa       |
//	14  |                           ip6.src (2 words)               |
//	16  |                           ip6.dst (2 words)               |
//	18  | proto |  ttl  | dscp,ecn,frag |tcp.flags  |   ip6.label   |
//	19  | l4 src, icmp type | l4 dst, icmp code | arp.op | ct_tp_dst |
//	20  |                          nd.target (2 words)              |
//	22  |          arp.sha, nd.sll                   |   ct_proto   |
//	23  |          arp.tha, nd.tll                   |              |
//	24  |                         ct_ip6_dst (2 words)              |
//	26  |       icmp6.frag_mtu        |       icmp4.frag_mtu        |
//	27  |          datapath           |                             |
type Key [Words]uint64

// Words is the length of a Key.
const Words = 28

// Bits reads width bits (at most 128) whose lowest is bit low of the key: bit i%64 of word i/64. A range may cross from a
// word into the one before it, where the higher bits of a 128-bit field are.
func (k *Key) Bits(low, width int) Value {
	w, shift := low>>6, low&63
	if shift+width <= 64 {
		return Value{Lo: k[w] >> shift & (^uint64(0) >> (64 - width))}
	}
	v := Value{k[w-1], k[w]}
	return v.Shr(shift).And(Ones(width))
}

// SetBits writes the low width bits of v at bit low.
func (k *Key) SetBits(low, width int, v Value) {
	w, shift := low>>6, low&63
	if shift+width <= 64 {
		mask := ^uint64(0) >> (64 - width) << shift
		k[w] = k[w]&^mask | v.Lo<<shift&mask
		return
	}
	mask := Ones(width).Shl(shift)
	v = v.Shl(shift).And(mask)
	k[w-1] = k[w-1]&^mask.Hi | v.Hi
	k[w] = k[w]&^mask.Lo | v.Lo
}
