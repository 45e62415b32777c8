package conntrack

import (
	"fmt"
	"strings"
	"time"

	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// Conn is a connection: an entry of the table.
type Conn struct {
	Mark  uint32
	Label expr.Value

	keys    [2]key // of the first direction's packets before NAT, and of the answers to them after it
	nat     Kind
	talk    talk // TCP's
	heard   heard
	expires time.Duration
	number  uint64 // in the order of making
	gone    bool
}

// heard is how much a connection without states of its own has seen.
type heard uint8

const (
	once heard = iota
	more
	answered
)

// lifetime is how long a connection lives on after a packet, by what the packet made of it.
type lifetime uint8

const (
	unchanged lifetime = iota
	tcpFirst
	tcpOpening
	tcpOpen
	tcpClosing
	tcpLast
	tcpClosed
	otherFirst
	otherMore
	otherAnswered
	icmpFirst
	icmpAnswered
)

// lifetimes are the defaults of Open vSwitch's userspace datapath (ovs-vswitchd.conf.db(5), CT_Timeout_Policy).
var lifetimes = [...]time.Duration{
	tcpFirst:      30 * time.Second,
	tcpOpening:    30 * time.Second,
	tcpOpen:       24 * time.Hour,
	tcpClosing:    15 * time.Minute,
	tcpLast:       45 * time.Second,
	tcpClosed:     30 * time.Second,
	otherFirst:    60 * time.Second,
	otherMore:     60 * time.Second,
	otherAnswered: 30 * time.Second,
	icmpFirst:     60 * time.Second,
	icmpAnswered:  30 * time.Second,
}

// verdict is what a packet means to its connection.
type verdict uint8

const (
	goesOn  verdict = iota // established
	opens                  // still new: nobody has answered
	restart                // the connection is over and the packet begins another
	bad                    // it does not belong into it
)

// admit tells whether a packet can be a connection's first, and if not why.
func admit(p *packet.Packet, k key) string {
	switch {
	case k.proto == packet.ProtoTCP:
		t, _ := p.TCP()
		return admitTCP(t.Flags)
	case k.isICMP():
		if _, asks, _ := opposite(k.proto, k.kind); !asks {
			return "an answer that nobody asked for"
		}
	}
	return ""
}

// begin takes in the connection's first packet.
func (c *Conn) begin(p *packet.Packet) lifetime {
	switch {
	case c.proto() == packet.ProtoTCP:
		t, _ := p.TCP()
		return c.talk.begin(segmentOf(t))
	case c.keys[0].isICMP():
		return icmpFirst
	}
	return otherFirst
}

// update takes in a further packet.
func (c *Conn) update(p *packet.Packet, reply bool) (verdict, lifetime, string) {
	switch {
	case c.proto() == packet.ProtoTCP:
		t, ok := p.TCP()
		if !ok {
			return bad, unchanged, whyNoL4
		}
		return c.talk.update(segmentOf(t), reply)
	case c.keys[0].isICMP():
		return c.updateICMP(reply)
	}
	return c.updateOther(reply)
}

func (c *Conn) updateICMP(reply bool) (verdict, lifetime, string) {
	if reply {
		c.heard = answered
	}
	if c.heard == answered {
		return goesOn, icmpAnswered, ""
	}
	return opens, icmpFirst, ""
}

// updateOther: UDP and all the rest stay new until something comes back.
func (c *Conn) updateOther(reply bool) (verdict, lifetime, string) {
	switch {
	case reply || c.heard == answered:
		c.heard = answered
		return goesOn, otherAnswered, ""
	default:
		c.heard = more
		return opens, otherMore, ""
	}
}

func (c *Conn) proto() uint8 { return c.keys[0].proto }

func (c *Conn) touch(l lifetime, now time.Duration) {
	if l != unchanged {
		c.expires = now + lifetimes[l]
	}
}

// Zone is the zone that the connection is in.
func (c *Conn) Zone() uint16 { return c.keys[0].zone }

// Original is the tuple of the connection's first packet, before any translation.
func (c *Conn) Original() packet.Tuple { return c.keys[0].tuple() }

// Answer is the tuple of the packets that come back, before they are translated.
func (c *Conn) Answer() packet.Tuple { return c.keys[1].tuple() }

// Translation is the NAT of the connection.
func (c *Conn) Translation() Kind { return c.nat }

// Expires is the time at which the connection will be forgotten if nothing more comes.
func (c *Conn) Expires() time.Duration { return c.expires }

// protoNames is how ovs-appctl dpctl/dump-conntrack calls protocols.
var protoNames = map[uint8]string{packet.ProtoICMP: "icmp", packet.ProtoIGMP: "igmp", packet.ProtoTCP: "tcp", packet.ProtoUDP: "udp",
	33: "dccp", packet.ProtoICMPv6: "icmpv6", packet.ProtoSCTP: "sctp", 136: "udplite"}

// String prints the connection as a line of ovs-appctl dpctl/dump-conntrack.
func (c *Conn) String() string {
	name := protoNames[c.proto()]
	if name == "" {
		name = fmt.Sprint(c.proto())
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s,orig=(%s),reply=(%s)", name, c.keys[0], c.keys[1])
	if z := c.Zone(); z != 0 {
		fmt.Fprintf(&b, ",zone=%d", z)
	}
	if c.Mark != 0 {
		fmt.Fprintf(&b, ",mark=%d", c.Mark)
	}
	switch l := c.Label; {
	case l.Hi != 0:
		fmt.Fprintf(&b, ",labels=0x%x%016x", l.Hi, l.Lo)
	case l.Lo != 0:
		fmt.Fprintf(&b, ",labels=0x%x", l.Lo)
	}
	if c.proto() == packet.ProtoTCP {
		fmt.Fprintf(&b, ",protoinfo=(state=%s)", c.talk.state())
	}
	return b.String()
}

// String prints the key as it stands in a dump.
func (k key) String() string {
	if k.isICMP() {
		return fmt.Sprintf("src=%s,dst=%s,id=%d,type=%d,code=0", k.addr(k.src), k.addr(k.dst), k.srcPort, k.kind)
	}
	return fmt.Sprintf("src=%s,dst=%s,sport=%d,dport=%d", k.addr(k.src), k.addr(k.dst), k.srcPort, k.dstPort)
}
