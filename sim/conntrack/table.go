package conntrack

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// visit is one packet's pass through the table.
type visit struct {
	*Table
	p       *packet.Packet
	a       *Action
	key     key
	conn    *Conn
	reply   bool
	related bool
	state   State
	why     string
}

// Process does to the packet what a ct() action does. A fragment is held until all of its packet are there.
func (t *Table) Process(p *packet.Packet, a Action) Outcome {
	t.action = a
	if p.IsIP() && packet.IPFrag.Get64(&p.Key) != 0 {
		return t.fragment(p, &t.action)
	}
	return t.track(p, &t.action)
}

func (t *Table) track(p *packet.Packet, a *Action) Outcome {
	v := visit{Table: t, p: p, a: a, state: recall(p)}
	if c, ok := p.CT.Conn.(*Conn); ok && !c.gone && c.Zone() == a.Zone && !a.Force {
		v.again(c)
	} else {
		v.first()
	}
	setState(p, v.state)
	return Outcome{State: v.state, Why: v.why}
}

// again is a second visit to the zone: the packet has been counted and only wants to be translated or marked.
func (v *visit) again(c *Conn) {
	v.conn, v.reply, v.related = c, v.p.CT.Reply, v.p.CT.Related
	if v.a.NAT != nil {
		v.translateAgain()
		v.p.CT.Conn = nil
	}
	v.p.CT.Zone = v.a.Zone
	v.mark()
}

// first is a visit to a zone that has not seen the packet, or not since it was translated.
func (v *visit) first() {
	p, a := v.p, v.a
	if p.CT.Zone != a.Zone {
		v.state = 0
	}
	if v.key, v.related, v.why = extract(p, a.Zone); v.why != "" {
		v.state = Invalid | Tracked
		v.leave(packet.Tuple{})
		return
	}
	v.find()
	if v.conn != nil && a.Force && v.reply {
		v.forget(v.conn)
		v.conn = nil
	}
	fresh := v.know()
	if fresh && v.lookup(v.key) == nil {
		v.begin()
	}
	v.state |= Tracked
	orig := v.key.tuple()
	if v.conn != nil {
		orig = v.conn.Original()
	}
	v.leave(orig)
	if v.conn != nil {
		v.mark()
		if a.NAT == nil {
			p.CT.Conn, p.CT.Reply, p.CT.Related = v.conn, v.reply, v.related
		}
	}
}

// find looks the packet's connection up. A packet that was translated in this zone is known by the answers to it.
func (v *visit) find() {
	translated := v.state&(SNATed|DNATed) != 0
	k := v.key
	if translated {
		k = k.reply()
	}
	v.conn = v.lookup(k)
	if v.conn == nil {
		return
	}
	v.reply = v.conn.keys[0] != k
	if translated {
		v.reply = !v.reply
		v.key = v.conn.keys[0]
		if v.reply {
			v.key = v.conn.keys[1]
		}
	}
}

// know lets the connection take the packet in. It tells whether the packet is to begin a new one.
func (v *visit) know() (fresh bool) {
	switch {
	case v.conn != nil:
		if fresh = v.update(); !fresh && v.a.NAT != nil {
			v.translateAgain()
		}
		return fresh
	case v.byOriginal():
		return v.update()
	case v.related:
		v.state, v.why = Invalid, "an ICMP error about no known connection"
		return false
	}
	return true
}

// byOriginal finds the connection of a packet that was translated here, by the tuple it began with.
func (v *visit) byOriginal() bool {
	orig := v.p.CT.Orig
	if v.state&(SNATed|DNATed) == 0 || orig.Proto == 0 || v.a.NAT != nil {
		return false
	}
	v.conn = v.lookup(keyOf(orig, v.p.CT.Zone))
	return v.conn != nil
}

func (v *visit) update() (fresh bool) {
	if v.related {
		v.state |= Related
		if v.reply {
			v.state |= Reply
		}
		return false
	}
	said, life, why := v.conn.update(v.p, v.reply)
	v.conn.touch(life, v.a.Now)
	switch said {
	case goesOn:
		v.state = v.state&^New | Established
		if v.reply {
			v.state |= Reply
		}
	case opens:
		v.state |= New
	case restart:
		v.forget(v.conn)
		v.conn = nil
	case bad:
		v.state, v.why = Invalid, why
	}
	return said == restart
}

// begin meets a packet that belongs to no connection. Only with commit it makes one.
func (v *visit) begin() {
	if v.why = admit(v.p, v.key); v.why != "" {
		v.state = Invalid
		return
	}
	v.state, v.reply = New, false
	if !v.a.Commit {
		return
	}
	c := &Conn{keys: [2]key{v.key, v.key.reply()}, number: v.made}
	c.touch(c.begin(v.p), v.a.Now)
	if v.a.NAT != nil && v.a.NAT.Kind != NoNAT {
		if !v.choose(c, v.a.NAT) {
			v.why = "NAT: every port of the range is taken; not translated"
			return
		}
		v.conn = c
		v.translate(false)
	}
	v.made++
	v.conns[c.keys[0]], v.conns[c.keys[1]] = c, c
	v.conn = c
}

// leave writes what the packet takes along from this zone.
func (v *visit) leave(orig packet.Tuple) {
	p := v.p
	p.CT.Zone, p.CT.Conn, p.CT.Reply, p.CT.Related = v.a.Zone, nil, false, false
	setOriginal(p, orig)
	if v.conn == nil {
		packet.CTMark.Set64(&p.Key, 0)
		packet.CTLabel.Set(&p.Key, expr.Value{})
	}
}

// mark sets the bits that the action wants, in the entry and in the packet.
func (v *visit) mark() {
	c, a := v.conn, v.a
	c.Mark = c.Mark&^a.MarkMask | a.Mark&a.MarkMask
	c.Label = c.Label.And(a.LabelMask.Not()).Or(a.Label.And(a.LabelMask))
	packet.CTMark.Set64(&v.p.Key, uint64(c.Mark))
	packet.CTLabel.Set(&v.p.Key, c.Label)
}

// lookup finds a connection by either direction, at the action's time.
func (v *visit) lookup(k key) *Conn { return v.Table.lookup(k, v.a.Now) }

func (t *Table) lookup(k key, now time.Duration) *Conn {
	c := t.conns[k]
	if c != nil && now >= c.expires {
		t.forget(c)
		return nil
	}
	return c
}

func (t *Table) forget(c *Conn) {
	c.gone = true
	for _, k := range c.keys {
		if t.conns[k] == c {
			delete(t.conns, k)
		}
	}
}

// Conns are the connections that live at the time, in the order in which they were made.
func (t *Table) Conns(now time.Duration) []*Conn {
	var list []*Conn
	for k, c := range t.conns {
		if k == c.keys[0] && now < c.expires {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *Conn) int { return cmp.Compare(a.number, b.number) })
	return list
}

// Dump prints the connections that live at the time, one a line, as ovs-appctl dpctl/dump-conntrack does.
func (t *Table) Dump(now time.Duration) string {
	var b strings.Builder
	for _, c := range t.Conns(now) {
		b.WriteString(c.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// Expire forgets what has timed out by now; lookups do so by themselves, this is for memory's sake.
func (t *Table) Expire(now time.Duration) {
	t.Flush(func(c *Conn) bool { return now >= c.expires })
	for k, held := range t.parts {
		if now >= held.expires {
			delete(t.parts, k)
		}
	}
}

// Flush forgets the connections that the function picks, all of them for nil.
func (t *Table) Flush(pick func(*Conn) bool) {
	for _, c := range t.conns {
		if pick == nil || pick(c) {
			t.forget(c)
		}
	}
}

// Len is the number of connections, those that timed out included until somebody looks for them.
func (t *Table) Len() int {
	n := 0
	for k, c := range t.conns {
		if k == c.keys[0] {
			n++
		}
	}
	return n
}
