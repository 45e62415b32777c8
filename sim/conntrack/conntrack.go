// Package conntrack is connection tracking with NAT as Open vSwitch's userspace datapath does it: what a ct() action does to
// a packet, to its state and to the table of connections.
//
//	table := conntrack.NewTable(seed)
//	out := table.Process(p, conntrack.Action{Zone: 3, Now: now})           // ct_next
//	out = table.Process(p, conntrack.Action{Zone: 3, Commit: true, Now: now, // ct_dnat(10.0.0.5)
//		NAT: &conntrack.NAT{Kind: conntrack.DNAT, Min: addr}})
//
// The packet is changed in place: addresses and ports by NAT, and ct_state, ct_mark, ct_label and the original tuple in its
// Key. There is no clock: the time is in the action. Equal actions in equal order give equal tables.
package conntrack

import (
	"net/netip"
	"strings"
	"time"

	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// State is the connection state of a packet: the bits of ct_state, as OpenFlow numbers them.
type State uint32

// What flows ask as ct.new, ct.est, and so on. The zero State is a packet that was not tracked.
const (
	New State = 1 << iota
	Established
	Related
	Reply
	Invalid
	Tracked
	SNATed
	DNATed
)

var stateNames = [...]string{"new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat"}

// String prints "new|trk", and "0" for none.
func (s State) String() string {
	var names []string
	for i, name := range stateNames {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return "0"
	}
	return strings.Join(names, "|")
}

// Action is what a ct() action asks for.
type Action struct {
	Zone   uint16
	Commit bool // make an entry for a new connection
	Force  bool // with Commit: throw away an entry that goes the other way
	NAT    *NAT // nil: leave addresses alone; a zero NAT: translate as the connection's entry says

	Mark, MarkMask   uint32     // bits of the mark to set; a mask of 0 sets none
	Label, LabelMask expr.Value // the same of the label

	Now time.Duration // of any clock that does not go back
}

// Kind says which address NAT changes in a connection's first direction.
type Kind uint8

// Either end, or neither.
const (
	NoNAT Kind = iota
	SNAT
	DNAT
)

// NAT is the translation that a new connection gets.
type NAT struct {
	Kind             Kind
	Min, Max         netip.Addr // range of addresses; Max invalid means Min alone. No address, or 0.0.0.0, keeps the packet's
	MinPort, MaxPort uint16     // range of ports; 0 means the packet's own, or the next free one
	Random           bool       // where in a range of ports to begin is drawn anew for each connection
}

// Outcome is what became of the packet, and why.
type Outcome struct {
	State State
	Why   string // of an invalid packet, or of one whose translation found no room; "" when there is nothing to say

	// Held: the packet is a fragment that waits for the others; nothing more happens with it now.
	Held bool
	// Fragments are all of a packet's fragments, in order, when the last missing one came: each goes on from here as a
	// packet of its own. The packet that was processed is among them.
	Fragments []*packet.Packet
}

// Table is the connections of one chassis. Use NewTable.
type Table struct {
	conns map[key]*Conn // by both directions' keys
	parts map[partKey]*parts
	made  uint64 // connections ever made
	seed  uint64
	draws uint64

	// Chosen, where there is one, knows which port a real table took out of a range for the connection of a new packet, given
	// what answers will look like but for that port: the one they go to with SNAT, the one they come from with DNAT.
	Chosen func(now time.Duration, p *packet.Packet, answer packet.Tuple, kind Kind) (port uint16, ok bool)

	action Action // the one under way; kept here so that it is not allocated for each packet
}

// NewTable makes an empty table. The seed decides what the real one leaves to chance: where in a range of addresses or ports
// a translation begins.
func NewTable(seed uint64) *Table {
	return &Table{conns: map[key]*Conn{}, parts: map[partKey]*parts{}, seed: seed}
}

// Clear makes the packet untracked again, as ct_clear does and as every new packet is.
func Clear(p *packet.Packet) {
	p.CT = packet.Tracking{}
	setState(p, 0)
	packet.CTMark.Set64(&p.Key, 0)
	packet.CTLabel.Set(&p.Key, expr.Value{})
	setOriginal(p, packet.Tuple{})
}

// Hide hides from flows what connection tracking knows of the packet, which goes on knowing it.
func Hide(p *packet.Packet) {
	known := p.CT
	known.Hidden = uint16(StateOf(p))
	Clear(p)
	p.CT = known
}

// recall is the state that a packet comes with, seen by flows or not.
func recall(p *packet.Packet) State {
	s := StateOf(p)
	if s == 0 {
		s = State(p.CT.Hidden)
	}
	p.CT.Hidden = 0
	return s
}

// StateOf is the packet's connection state as its Key has it.
func StateOf(p *packet.Packet) State { return State(packet.CTState.Get64(&p.Key)) }

func setState(p *packet.Packet, s State) { packet.CTState.Set64(&p.Key, uint64(s)) }

// setOriginal notes the connection's first packet, in what NAT remembers and in the fields that actions read.
func setOriginal(p *packet.Packet, t packet.Tuple) {
	p.CT.Orig = t
	k := &p.Key
	expr.CTProto.Set64(k, uint64(t.Proto))
	port := t.DstPort
	if t.Proto == packet.ProtoICMP || t.Proto == packet.ProtoICMPv6 {
		port = uint16(t.Code)
	}
	expr.CTTpDst.Set64(k, uint64(port))
	var four, six expr.Value
	if t.Dst.Is4() {
		four = packet.AddrValue(t.Dst)
	} else {
		six = packet.AddrValue(t.Dst)
	}
	expr.CTNwDst.Set(k, four)
	expr.CTIP6Dst.Set(k, six)
}
