// Package reply makes the packets that a hypervisor's controller answers with: ARP and neighbour discovery, ICMP errors,
// refusals, DHCP, router advertisements and DNS, given the action that asks for it and the packet at hand.
//
//	frame, why := reply.Make(a, p) // a: *action.ICMP4, *action.Reject, …
//	if frame == nil {
//		log(why) // "no RST for an RST"
//	}
//
// Frames are as ovn-controller 26.03 makes them, byte for byte, before the actions in the block of the action change them.
// Every function answers with a frame, or with none and the reason.
package reply

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// Make is the frame that the block of an action works on, made of p as it is now. Besides registers, flags and ports nothing
// of p goes on with the frame; it is not tracked.
func Make(a action.Action, p *packet.Packet) (frame []byte, why string) {
	switch a := a.(type) {
	case *action.ARP:
		return ARPRequest(p)
	case *action.NDNS:
		return Solicitation(p)
	case *action.NDNA:
		return Advertisement(p, false)
	case *action.NDNARouter:
		return Advertisement(p, true)
	case *action.ICMP4:
		return ICMPError(p, mtuOf(a.Actions))
	case *action.ICMP4Error:
		return ICMPError(p, mtuOf(a.Actions))
	case *action.ICMP6:
		return ICMPError(p, mtuOf(a.Actions))
	case *action.ICMP6Error:
		return ICMPError(p, mtuOf(a.Actions))
	case *action.TCPReset:
		return Reset(p)
	case *action.SCTPAbort:
		return Abort(p)
	case *action.Reject:
		return Reject(p)
	}
	return nil, "the action makes no packet"
}

// mtuOf is the MTU that a block writes into its error, 0 for none.
func mtuOf(block []action.Action) uint32 {
	for _, a := range block {
		if set, ok := a.(*action.SetOVNField); ok {
			return uint32(set.Value)
		}
	}
	return 0
}

// ends is who a new packet is from and to.
type ends struct {
	from, to  packet.MAC
	src, dst  netip.Addr
	sport, dp uint16
}

// endsOf is the packet's own ends as they are now; turned around, those of an answer.
func endsOf(p *packet.Packet, back bool) ends {
	k := &p.Key
	e := ends{
		packet.MACOf(packet.EthSrc.Get64(k)), packet.MACOf(packet.EthDst.Get64(k)), p.Src(), p.Dst(),
		uint16(packet.L4Src.Get64(k)), uint16(packet.L4Dst.Get64(k)),
	}
	if back {
		e.from, e.to, e.src, e.dst = e.to, e.from, e.dst, e.src
	}
	return e
}

// tag is the packet's 802.1Q tag, 0 for none.
func tag(p *packet.Packet) uint16 {
	const present = 0x1000
	if tci := uint16(packet.VLANTCI.Get64(&p.Key)); tci&present != 0 {
		return tci &^ present
	}
	return 0
}

// current is p as it would be on the wire now: headers and payload as the controller sees them.
func current(p *packet.Packet) (q *packet.Packet, ip []byte) {
	frame := p.Encode()
	q, err := packet.Decode(frame)
	if err != nil {
		panic("reply: a packet encodes to what is no frame: " + err.Error())
	}
	return q, q.IP()
}

// withPayload is the datagram q with another payload, and another destination if there is one. The IPv4 header keeps its
// identification and options.
func withPayload(q *packet.Packet, ip []byte, e ends, payload []byte) []byte {
	k := &q.Key
	h := packet.IP{Src: e.src, Dst: e.dst, TTL: uint8(packet.IPTTL.Get64(k)),
		TOS: uint8(packet.IPDSCP.Get64(k)<<2 | packet.IPECN.Get64(k)), Label: uint32(packet.IP6Flow.Get64(k))}
	if q.Is4() {
		h.ID, h.DF = binary.BigEndian.Uint16(ip[4:]), ip[6]&0x40 != 0
	}
	frame := packet.Build(packet.Ether{Src: e.from, Dst: e.to, TCI: tag(q)}, h, packet.UDP{Src: e.sport, Dst: e.dp, Payload: payload})
	if q.Is4() {
		frame = withOptions(frame, len(frame)-len(payload)-ipAndUDP, ip[ipHeader:int(ip[0]&15)*4])
	}
	return frame
}

const ipHeader, ipAndUDP = 20, 28 // bytes

// withOptions puts options into a frame's IPv4 header, which stands at an offset and has none.
func withOptions(frame []byte, at int, options []byte) []byte {
	if len(options) == 0 {
		return frame
	}
	frame = slices.Insert(frame, at+ipHeader, options...)
	ip := frame[at : at+ipHeader+len(options)]
	ip[0] += byte(len(options) / 4)
	binary.BigEndian.PutUint16(ip[2:], binary.BigEndian.Uint16(ip[2:])+uint16(len(options)))
	ip[10], ip[11] = 0, 0
	binary.BigEndian.PutUint16(ip[10:], packet.Checksum(ip[:ipHeader])) // without the options, wrong as it is: recorded so
	return frame
}

// withoutSum takes the checksum of an IPv4 datagram away: 0 says that there is none (RFC 768).
func withoutSum(frame, payload []byte) []byte {
	at := len(frame) - len(payload) - 2 // the last word of the UDP header
	frame[at], frame[at+1] = 0, 0
	return frame
}

// addr4 and addr6 are a constant as the bytes of an address; put by low bits whatever its notation, as OVN does.
func addr4(c expr.Constant) [4]byte  { b := c.Value.Bytes(); return [4]byte(b[12:]) }
func addr6(c expr.Constant) [16]byte { return c.Value.Bytes() }
func mac(c expr.Constant) [6]byte    { b := c.Value.Bytes(); return [6]byte(b[10:]) }
