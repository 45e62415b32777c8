package sim

import (
	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/trace"
)

var (
	arpOp     = expr.RefTo("arp.op")
	arpSHA    = expr.RefTo("arp.sha")
	arpTHA    = expr.RefTo("arp.tha")
	ndTarget  = expr.RefTo("nd.target")
	tcpFlags  = expr.RefTo("tcp.flags")
	ipDSCP    = expr.RefTo("ip.dscp")
	ipECN     = expr.RefTo("ip.ecn")
	ipFrag    = expr.RefTo("ip.frag")
	tcpRST    = uint64(4)
	icmp4Dead = uint64(3) // destination unreachable
	icmp6Dead = uint64(1)
)

// answer executes the actions that make a new packet of the one at hand; false for others. ovn-trace fills in only what
// flows look at.
func (s *shortcuts) answer(w *walk, f *frame, a action.Action) bool {
	switch a := a.(type) {
	case *action.ARP:
		s.made(w, f, "arp", a.Actions, makeARP)
	case *action.NDNA:
		s.made(w, f, "nd_na", a.Actions, makeNA)
	case *action.NDNARouter:
		s.made(w, f, "nd_na", a.Actions, makeNA)
	case *action.NDNS:
		s.made(w, f, "nd_ns", a.Actions, makeNS)
	case *action.ICMP4:
		s.icmp4(w, f, a.Actions, false)
	case *action.ICMP4Error:
		s.icmp4(w, f, a.Actions, false)
	case *action.ICMP6:
		s.icmp6(w, f, a.Actions, false)
	case *action.ICMP6Error:
		s.icmp6(w, f, a.Actions, false)
	case *action.TCPReset:
		s.abort(w, f, a.Actions, "tcp_reset", protoTCP, false)
	case *action.SCTPAbort:
		s.abort(w, f, a.Actions, "sctp_abort", protoSCTP, false)
	case *action.Reject:
		s.reject(w, f, a.Actions)
	default:
		return false
	}
	return true
}

// made executes a block on a packet that is made of the one at hand.
func (s *shortcuts) made(w *walk, f *frame, name string, block []action.Action, of func(k *expr.Key)) {
	w.say(trace.Fork, name)
	c := w.fork(f)
	of(&c.key)
	w.nested(c, block)
	w.join()
}

func makeARP(k *expr.Key) {
	for _, r := range []expr.Ref{ipFrag, ipDSCP, ipECN, ipTTL, tcpFlags, arpTHA} {
		r.Set64(k, 0)
	}
	ethType.Set64(k, etherARP)
	setProtocol(k, 1)
	arpSHA.Set(k, ethSrc.Get(k))
}

// protocol and setProtocol are of a flow as Open vSwitch has it: the operation of ARP stands where the protocol of IP does, so
// that rejecting ARP makes of it what is no question any more.
func protocol(k *expr.Key) uint64 {
	if isARP(k) {
		return arpOp.Get64(k)
	}
	return ipProto.Get64(k)
}

func setProtocol(k *expr.Key, proto uint64) {
	ipProto.Set64(k, proto)
	if isARP(k) {
		arpOp.Set64(k, proto)
	}
}

func isARP(k *expr.Key) bool {
	t := ethType.Get64(k)
	return t == etherARP || t == etherRARP
}

func makeNA(k *expr.Key) {
	src, dst := ethSrc.Get(k), ethDst.Get(k)
	ethSrc.Set(k, dst)
	ethDst.Set(k, src)
	ip6Dst.Set(k, ip6Src.Get(k))
	ip6Src.Set(k, ndTarget.Get(k))
	l4Src.Set64(k, 136)
	arpSHA.Set64(k, 0)
	arpTHA.Set(k, dst)
}

// makeNS: to the Ethernet address of the solicited-node group of the destination (RFC 4291, 2.7.1; RFC 2464, 7).
func makeNS(k *expr.Key) {
	was := ethDst.Get(k)
	ethDst.Set64(k, 0x3333ff000000|ip6Dst.Get(k).Lo&0xffffff)
	l4Src.Set64(k, 135)
	arpSHA.Set64(k, 0)
	arpTHA.Set(k, was)
}

// turn sends a packet back where it came from.
func turn(k *expr.Key) {
	for _, pair := range [][2]expr.Ref{{ethSrc, ethDst}, {ip4Src, ip4Dst}, {ip6Src, ip6Dst}} {
		a, b := pair[0].Get(k), pair[1].Get(k)
		pair[0].Set(k, b)
		pair[1].Set(k, a)
	}
}

func (s *shortcuts) icmp4(w *walk, f *frame, block []action.Action, back bool) {
	s.icmp(w, f, "icmp4", block, protoICMP, icmp4Dead, back)
}

func (s *shortcuts) icmp6(w *walk, f *frame, block []action.Action, back bool) {
	s.icmp(w, f, "icmp6", block, protoICMPv6, icmp6Dead, back)
}

// icmp makes an error of type "unreachable", code 1. A packet that may be such an error itself gets no answer.
func (s *shortcuts) icmp(w *walk, f *frame, name string, block []action.Action, proto, unreachable uint64, back bool) {
	if back && l4Src.Get64(&f.key) == unreachable {
		return
	}
	s.made(w, f, name, block, func(k *expr.Key) {
		if back {
			turnFamily(k, name == "icmp4")
		}
		setProtocol(k, proto)
		ipTTL.Set64(k, 255)
		l4Src.Set64(k, unreachable)
		l4Dst.Set64(k, 1)
	})
}

// turnFamily is turn for the addresses of one family.
func turnFamily(k *expr.Key, v4 bool) {
	src4, dst4, src6, dst6 := ip4Src.Get(k), ip4Dst.Get(k), ip6Src.Get(k), ip6Dst.Get(k)
	turn(k)
	if v4 {
		ip6Src.Set(k, src6)
		ip6Dst.Set(k, dst6)
	} else {
		ip4Src.Set(k, src4)
		ip4Dst.Set(k, dst4)
	}
}

// abort makes a segment that ends a connection. ovn-trace tells one by the TCP flags, of SCTP as well.
func (s *shortcuts) abort(w *walk, f *frame, block []action.Action, name string, proto uint64, back bool) {
	if back && tcpFlags.Get64(&f.key) == tcpRST {
		return
	}
	v4 := ethType.Get64(&f.key) == etherIPv4
	if !v4 {
		proto = protoTCP // ovn-trace forgets that it is SCTP
	}
	s.made(w, f, name, block, func(k *expr.Key) {
		if back {
			turnFamily(k, v4)
		}
		setProtocol(k, proto)
		ipTTL.Set64(k, 255)
		tcpFlags.Set64(k, tcpRST)
	})
}

func (s *shortcuts) reject(w *walk, f *frame, block []action.Action) {
	switch proto := protocol(&f.key); {
	case proto == protoTCP:
		s.abort(w, f, block, "tcp_reset", protoTCP, true)
	case proto == protoSCTP:
		s.abort(w, f, block, "sctp_abort", protoSCTP, true)
	case ethType.Get64(&f.key) == etherIPv4:
		s.icmp4(w, f, block, true)
	default:
		s.icmp6(w, f, block, true)
	}
}
