package conntrack

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"ovnsim/sim/packet"
)

// Connection tracking sees whole packets only. Fragments are held back, put together, tracked as one, and sent on one by
// one with what that decided.

// Open vSwitch's limits (ovs-appctl dpctl/ipf-get-status): all fragments but the last must be this long, and all must come
// within a quarter of a minute.
const (
	minFragment4  = 1200
	minFragment6  = 1280
	partsLifetime = 15 * time.Second
	maxParts      = 1000 // held at once
)

// partKey is what a packet's fragments have in common.
type partKey struct {
	src, dst netip.Addr
	id       uint32
	proto    uint8
	zone     uint16
}

// parts are the fragments of a packet that came so far.
type parts struct {
	list    []part
	expires time.Duration
}

type part struct {
	packet.Fragment
	p *packet.Packet
}

func (t *Table) fragment(p *packet.Packet, a *Action) Outcome {
	f, _ := p.Fragment()
	if !f.Last && p.IPLen() < minFragment(p) {
		return refuse(p, a, "a fragment shorter than Open vSwitch puts together")
	}
	if p.ChecksumError() == "ip" {
		return refuse(p, a, whySum)
	}
	k := partKey{p.Src(), p.Dst(), f.ID, f.Proto, a.Zone}
	held := t.parts[k]
	if held == nil || a.Now >= held.expires {
		if len(t.parts) >= maxParts {
			return refuse(p, a, "too many fragments are held already")
		}
		held = &parts{expires: a.Now + partsLifetime}
		t.parts[k] = held
	}
	if slices.ContainsFunc(held.list, func(o part) bool { return f.Start < o.End && o.Start < f.End }) {
		return refuse(p, a, "a fragment that overlaps another")
	}
	held.list = append(held.list, part{f, p})
	all := held.complete()
	if all == nil {
		return Outcome{Held: true, Why: "a fragment: it waits for the rest of its packet"}
	}
	delete(t.parts, k)
	whole, err := packet.Reassemble(all)
	if err != nil {
		return refuse(p, a, whyFragment)
	}
	out := t.track(whole, a)
	out.Fragments = all
	for i, q := range all {
		share(q, whole, i == 0)
	}
	return out
}

func minFragment(p *packet.Packet) int {
	if p.Is4() {
		return minFragment4
	}
	return minFragment6
}

// refuse makes a fragment invalid, and lets it go on as such.
func refuse(p *packet.Packet, a *Action, why string) Outcome {
	v := visit{p: p, a: a, state: Invalid | Tracked, why: why}
	v.leave(packet.Tuple{})
	setState(p, v.state)
	return Outcome{State: v.state, Why: why}
}

// complete answers the fragments in order when none is missing, else nil.
func (h *parts) complete() []*packet.Packet {
	slices.SortFunc(h.list, func(a, b part) int { return cmp.Compare(a.Start, b.Start) })
	next := 0
	for _, o := range h.list {
		if o.Start != next {
			return nil
		}
		next = o.End
	}
	if !h.list[len(h.list)-1].Last {
		return nil
	}
	all := make([]*packet.Packet, len(h.list))
	for i, o := range h.list {
		all[i] = o.p
	}
	return all
}

// share gives a fragment what was decided for the whole: state and addresses, and the first one the ports.
func share(q, whole *packet.Packet, first bool) {
	q.CT = whole.CT
	q.CT.Conn = nil // the next visit is a fragment's again
	setState(q, StateOf(whole))
	packet.CTMark.Set(&q.Key, packet.CTMark.Get(&whole.Key))
	packet.CTLabel.Set(&q.Key, packet.CTLabel.Get(&whole.Key))
	setOriginal(q, whole.CT.Orig)
	q.SetSrc(whole.Src())
	q.SetDst(whole.Dst())
	if !first || !whole.HasL4() {
		return
	}
	packet.L4Src.Set(&q.Key, packet.L4Src.Get(&whole.Key))
	packet.L4Dst.Set(&q.Key, packet.L4Dst.Get(&whole.Key))
	if whole.IsICMP() {
		q.SetICMPID(whole.ICMPID())
	}
	if inner, ok := whole.Inner(); ok {
		q.SetInner(inner)
	}
}
