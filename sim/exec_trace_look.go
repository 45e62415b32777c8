package sim

import (
	"slices"

	"ovnsim/pipeline/action"
	"ovnsim/pipeline/expr"
	"ovnsim/sim/trace"
)

// look executes the actions that look something up or change the packet by the controller's hand.
func (s *shortcuts) look(w *walk, f *frame, a action.Action) {
	switch a := a.(type) {
	case *action.GetARP:
		s.getMAC(w, f, a.Port, a.Addr)
	case *action.GetND:
		s.getMAC(w, f, a.Port, a.Addr)
	case *action.LookupARP:
		s.lookupMAC(w, f, a.Dst, a.Port, a.Addr, &a.MAC)
	case *action.LookupND:
		s.lookupMAC(w, f, a.Dst, a.Port, a.Addr, &a.MAC)
	case *action.LookupARPIP:
		s.lookupMAC(w, f, a.Dst, a.Port, a.Addr, nil)
	case *action.LookupNDIP:
		s.lookupMAC(w, f, a.Dst, a.Port, a.Addr, nil)
	case *action.LookupFDB:
		s.lookupFDB(w, f, a)
	case *action.GetFDB:
		a.Dst.Set64(&f.key, uint64(w.net.byKey(f.dp, f.dp.fdb[a.MAC.Get64(&f.key)])))
	case *action.GetRemoteFDB:
		w.say(trace.Output, "/* The remote FDB table is different per each chassis. */")
	case *action.CheckInPortSec:
		a.Dst.Set64(&f.key, forbids(w.net.secured(w.net.port(f.dp, uint32(fieldInport.Get64(&f.key)))), &f.key, ethSrc, secured.allowsFrom))
	case *action.CheckOutPortSec:
		a.Dst.Set64(&f.key, forbids(w.net.secured(w.net.port(f.dp, uint32(fieldOutport.Get64(&f.key)))), &f.key, ethDst, secured.allowsTo))
	case *action.PutDHCPOpts:
		w.say(trace.Error, assumedRequest)
		s.putOptions(w, f, "put_dhcp_opts", a.Dst, a.Options)
	case *action.PutDHCPv6Opts:
		w.say(trace.Error, assumedRequest)
		s.putOptions(w, f, "put_dhcpv6_opts", a.Dst, a.Options)
	case *action.PutNDRAOpts:
		s.putOptions(w, f, "put_nd_ra_opts", a.Dst, a.Options)
	case *action.DHCPRelayReqChk:
		w.say(trace.Error, assumedRequest)
		s.succeed(w, f, a.Dst)
	case *action.DHCPRelayRespChk:
		w.say(trace.Error, assumedReply)
		ip4Dst.Set64(&f.key, 0xffffffff)
		ethDst.Set64(&f.key, 0xffffffffffff)
		s.succeed(w, f, a.Dst)
	case *action.DNSLookup:
		a.Dst.Set64(&f.key, 0)
		w.say(trace.Error, "*** dns_lookup action not implemented")
	}
}

const (
	assumedRequest = "/* We assume that this packet is DHCPDISCOVER or DHCPREQUEST. */"
	assumedReply   = "/* We assume that this packet is DHCPOFFER or DHCPACK and DHCP broadcast flag is set. Dest IP is set to broadcast. " +
		"Dest MAC is set to broadcast but in real network this is unicast which is extracted from DHCP header. */"
)

// binding is the MAC that a router's port knows for an address.
func binding(f *frame, portRef, addr expr.Ref) (uint64, bool) {
	mac, ok := f.dp.macs[neighbourAt(uint32(portRef.Get64(&f.key)), addr, &f.key)]
	return mac, ok
}

func (s *shortcuts) getMAC(w *walk, f *frame, portRef, addr expr.Ref) {
	mac, ok := binding(f, portRef, addr)
	ethDst.Set64(&f.key, mac)
	if w.tracer == nil {
		return
	}
	text := expr.MAC(mac).String()
	if ok {
		w.say(trace.Note, "/* MAC binding to "+text+". */")
	} else {
		w.say(trace.Note, "/* No MAC binding. */")
	}
	w.say(trace.Modify, "eth.dst = "+text)
}

// lookupMAC stores whether an address is known, with the MAC that the packet has if mac is given.
func (s *shortcuts) lookupMAC(w *walk, f *frame, dst, portRef, addr expr.Ref, mac *expr.Ref) {
	known, ok := binding(f, portRef, addr)
	ok = ok && (mac == nil || known == mac.Get64(&f.key))
	if w.tracer != nil {
		switch {
		case !ok:
			w.say(trace.Note, "/* lookup failed - No MAC binding. */")
		case mac == nil:
			w.say(trace.Note, "/* MAC binding found. */")
		default: // ovn-trace shows the frame's destination here
			w.say(trace.Note, "/* MAC binding to "+expr.MAC(ethDst.Get64(&f.key)).String()+" found. */")
		}
	}
	dst.Set64(&f.key, boolBit(ok))
}

func (s *shortcuts) lookupFDB(w *walk, f *frame, a *action.LookupFDB) {
	key, ok := f.dp.fdb[a.MAC.Get64(&f.key)]
	p := w.net.port(f.dp, uint32(a.Port.Get64(&f.key)))
	ok = ok && p != nil && p.TunnelKey == key
	if w.tracer != nil {
		if ok {
			w.say(trace.Note, "/* MAC lookup for "+expr.MAC(ethDst.Get64(&f.key)).String()+" found in FDB. */")
		} else {
			w.say(trace.Note, "/* lookup mac failed in mac learning table. */")
		}
	}
	a.Dst.Set64(&f.key, boolBit(ok))
}

func boolBit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (s *shortcuts) putOptions(w *walk, f *frame, name string, dst expr.Ref, options []action.Option) {
	if w.tracer != nil {
		text := name + "("
		for i, o := range options {
			if i > 0 {
				text += ", "
			}
			text += o.Name + " = " + o.Value.String()
		}
		w.say(trace.Modify, text+")")
	}
	s.succeed(w, f, dst)
}

// succeed stores 1.
func (s *shortcuts) succeed(w *walk, f *frame, dst expr.Ref) {
	if w.tracer != nil && !isRegister(dst) {
		w.say(trace.Modify, dst.String()+" = 1")
	}
	dst.Set64(&f.key, 1)
}

// forbids is 1 if a port has security and no entry with the packet's MAC allows the rest of it.
func forbids(security []secured, k *expr.Key, mac expr.Ref, allows func(secured, *expr.Key) bool) uint64 {
	if len(security) == 0 {
		return 0
	}
	for _, s := range security {
		if s.mac == mac.Get64(k) {
			return boolBit(!allows(s, k))
		}
	}
	return 1
}

var (
	anyIP4  = expr.Value{}
	bcastIP = expr.V(0xffffffff)
)

// allowsFrom is port security of what a port sends.
func (s secured) allowsFrom(k *expr.Key) bool {
	switch ethType.Get64(k) {
	case etherIPv4:
		return s.anyAddress() || slices.Contains(s.ip4, ip4Src.Get(k)) || isDHCPRequest(k)
	case etherARP:
		return arpSHA.Get64(k) == s.mac && (len(s.ip4) == 0 || slices.Contains(s.ip4, ip4Src.Get(k)))
	case etherIPv6:
		return s.anyAddress() || s.holds6(ip6Src.Get(k)) && s.allowsND(k)
	}
	return true
}

func (s secured) anyAddress() bool { return len(s.ip4) == 0 && len(s.ip6) == 0 }

// holds6 tells the entry's IPv6 addresses, the link-local one included.
func (s secured) holds6(a expr.Value) bool { return slices.Contains(s.ip6, a) || a == linkLocal(s.mac) }

// isDHCPRequest tells what a machine without address sends.
func isDHCPRequest(k *expr.Key) bool {
	return ipProto.Get64(k) == protoUDP && l4Src.Get64(k) == 68 && l4Dst.Get64(k) == 67 && ip4Src.Get(k) == anyIP4 && ip4Dst.Get(k) == bcastIP
}

// allowsND checks the addresses inside neighbour discovery.
func (s secured) allowsND(k *expr.Key) bool {
	if ipProto.Get64(k) != protoICMPv6 {
		return true
	}
	own := func(mac uint64) bool { return mac == 0 || mac == s.mac }
	switch l4Src.Get64(k) {
	case 135:
		return own(arpSHA.Get64(k))
	case 136:
		return own(arpTHA.Get64(k)) && (len(s.ip6) == 0 || s.holds6(ndTarget.Get(k)))
	}
	return true
}

// allowsTo is port security of what a port is sent.
func (s secured) allowsTo(k *expr.Key) bool {
	switch ethType.Get64(k) {
	case etherIPv4:
		dst := ip4Dst.Get(k)
		return s.anyAddress() || len(s.ip4) > 0 && (slices.Contains(s.ip4, dst) || dst == bcastIP || dst.Lo>>28 == 0xe)
	case etherIPv6:
		dst := ip6Dst.Get(k)
		return s.anyAddress() || len(s.ip6) > 0 && (s.holds6(dst) || dst.Hi>>56 == 0xff)
	}
	return true
}
