package conntrack

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

func udp(src, dst uint16) packet.UDP { return packet.UDP{Src: src, Dst: dst, Payload: []byte("x")} }

func ping(kind uint8, id uint16) packet.ICMP {
	return packet.ICMP{Type: kind, Rest: packet.Echo(id, 1), Payload: []byte("x")}
}

// about is an ICMP error about a packet.
func about(kind uint8, p *packet.Packet) packet.ICMP {
	return packet.ICMP{Type: kind, Code: 3, Payload: p.Encode()[14:]}
}

// commit tracks and commits a packet in zone 1, as two visits.
func commit(table *Table, p *packet.Packet, n *NAT) Outcome {
	table.Process(p, Action{Zone: 1})
	return table.Process(p, Action{Zone: 1, Commit: true, NAT: n})
}

// TestStates: what is not TCP. Every case begins with a committed packet of client to server, then says what another gets.
func TestStates(t *testing.T) {
	sent := send(t, client, server, udp(2001, 53))
	other := send(t, client, server, udp(2009, 53))
	back := send(t, server, client, udp(53, 2001))
	for _, row := range []struct {
		name  string
		first packet.Upper
		p     *packet.Packet
		want  string
	}{
		{"UDP again", udp(2001, 53), send(t, client, server, udp(2001, 53)), "new|trk"},
		{"UDP answer", udp(2001, 53), send(t, server, client, udp(53, 2001)), "est|rpl|trk"},
		{"UDP, another port", udp(2001, 53), send(t, server, client, udp(53, 2002)), "new|trk"},
		{"unreachable", udp(2001, 53), send(t, server, client, about(3, sent)), "rel|rpl|trk"},
		{"time exceeded by a router", udp(2001, 53), send(t, netip.MustParseAddr("10.9.9.9"), client, about(11, sent)), "rel|rpl|trk"},
		{"about an answer", udp(2001, 53), send(t, client, server, about(3, back)), "rel|trk"},
		{"about nothing", udp(2001, 53), send(t, server, client, about(3, other)), "inv|trk"},
		{"to the wrong one", udp(2001, 53), send(t, server, netip.MustParseAddr("10.0.1.3"), about(3, sent)), "inv|trk"},
		{"ping answer", ping(8, 7), send(t, server, client, ping(0, 7)), "est|rpl|trk"},
		{"ping again", ping(8, 7), send(t, client, server, ping(8, 7)), "new|trk"},
		{"another id", ping(8, 7), send(t, server, client, ping(0, 8)), "inv|trk"},
		{"the same id the other way", ping(8, 7), send(t, server, client, ping(8, 7)), "new|trk"},
		{"unknown type", ping(8, 7), send(t, server, client, ping(17, 7)), "inv|trk"},
		{"GRE", packet.Raw{Proto: 47, Payload: []byte("abcd")}, send(t, server, client, packet.Raw{Proto: 47}), "est|rpl|trk"},
		{"ARP", udp(1, 2), decode(t, packet.BuildARP(ether, packet.ARP{Op: 1, SPA: client, TPA: server})), "inv|trk"},
	} {
		table := NewTable(1)
		commit(table, send(t, client, server, row.first), nil)
		out := table.Process(row.p, Action{Zone: 1})
		assert.Equal(t, row.want, out.State.String(), row.name)
		assert.Equal(t, out.State&Invalid != 0, out.Why != "", row.name)
		assert.Equal(t, row.want, StateOf(row.p).String(), row.name)
	}
}

func TestWrongChecksum(t *testing.T) {
	frame := packet.Build(ether, packet.IP{Src: client, Dst: server, TTL: 64}, udp(1, 2))
	frame[len(frame)-1] ^= 1
	out := NewTable(1).Process(decode(t, frame), Action{})
	assert.Equal(t, Invalid|Tracked, out.State)
	assert.Equal(t, whySum, out.Why)
}

func TestTimeouts(t *testing.T) {
	for _, row := range []struct {
		name   string
		first  packet.Upper
		answer packet.Upper
		life   time.Duration
	}{
		{"UDP", udp(1, 2), nil, 60 * time.Second},
		{"UDP, answered", udp(1, 2), udp(2, 1), 30 * time.Second},
		{"ping", ping(8, 1), nil, 60 * time.Second},
		{"ping, answered", ping(8, 1), ping(0, 1), 30 * time.Second},
		{"SYN", packet.TCP{Src: 1, Dst: 2, Flags: packet.SYN}, nil, 30 * time.Second},
	} {
		table := NewTable(1)
		commit(table, send(t, client, server, row.first), nil)
		if row.answer != nil {
			table.Process(send(t, server, client, row.answer), Action{Zone: 1})
		}
		assert.Len(t, table.Conns(row.life-1), 1, row.name)
		assert.Empty(t, table.Conns(row.life), row.name)
		out := table.Process(send(t, client, server, row.first), Action{Zone: 1, Now: row.life})
		assert.Equal(t, New|Tracked, out.State, row.name)
		table.Expire(row.life)
		assert.Zero(t, table.Len(), row.name)
	}
}

// TestNAT: a committed packet leaves as sent, its answer arrives as back, and an error about it finds the way too.
func TestNAT(t *testing.T) {
	vip, snat := netip.MustParseAddr("30.0.0.1"), netip.MustParseAddr("172.16.0.1")
	for _, row := range []struct {
		name       string
		dst        netip.Addr
		up         packet.Upper
		nat        NAT
		sent, back string
	}{
		{"dnat", vip, udp(1024, 53), NAT{Kind: DNAT, Min: server, MinPort: 5353}, "10.0.1.1:1024 > 10.0.1.2:5353 udp", "30.0.0.1:53 > 10.0.1.1:1024 udp"},
		{"dnat, port kept", vip, udp(1024, 53), NAT{Kind: DNAT, Min: server}, "10.0.1.1:1024 > 10.0.1.2:53 udp", "30.0.0.1:53 > 10.0.1.1:1024 udp"},
		{"snat", server, udp(1024, 53), NAT{Kind: SNAT, Min: snat}, "172.16.0.1:1024 > 10.0.1.2:53 udp", "10.0.1.2:53 > 10.0.1.1:1024 udp"},
		{"snat of tcp", server, packet.TCP{Src: 1024, Dst: 80, Flags: packet.SYN}, NAT{Kind: SNAT, Min: snat}, "172.16.0.1:1024 > 10.0.1.2:80 tcp S", "10.0.1.2:80 > 10.0.1.1:1024 tcp S."},
		{"snat of ping", server, ping(8, 7), NAT{Kind: SNAT, Min: snat}, "172.16.0.1 > 10.0.1.2 icmp type 8 code 0 id 7", "10.0.1.2 > 10.0.1.1 icmp type 0 code 0 id 7"},
		{"one port", server, udp(1024, 53), NAT{Kind: SNAT, Min: snat, MinPort: 4000}, "172.16.0.1:4000 > 10.0.1.2:53 udp", "10.0.1.2:53 > 10.0.1.1:1024 udp"},
		{"to nowhere: the address stays", server, udp(1024, 53), NAT{Kind: SNAT, Min: netip.MustParseAddr("0.0.0.0")}, "10.0.1.1:1024 > 10.0.1.2:53 udp", "10.0.1.2:53 > 10.0.1.1:1024 udp"},
	} {
		table := NewTable(1)
		p := send(t, client, row.dst, row.up)
		out := commit(table, p, &row.nat)
		flag := map[Kind]State{SNAT: SNATed, DNAT: DNATed}[row.nat.Kind]
		assert.Equal(t, New|Tracked|flag, out.State, row.name)
		assert.Contains(t, p.String(), row.sent, row.name)
		left := decode(t, p.Encode())
		assert.Empty(t, left.ChecksumError(), row.name)

		answer := send(t, left.Dst(), left.Src(), answerTo(left))
		out = table.Process(answer, Action{Zone: 1, NAT: &NAT{}})
		flag = map[Kind]State{SNAT: DNATed, DNAT: SNATed}[row.nat.Kind]
		assert.Equal(t, Established|Reply|Tracked|flag, out.State, row.name)
		assert.Contains(t, answer.String(), row.back, row.name)
		assert.Empty(t, decode(t, answer.Encode()).ChecksumError(), row.name)

		fault := send(t, netip.MustParseAddr("9.9.9.9"), left.Src(), about(3, left))
		out = table.Process(fault, Action{Zone: 1, NAT: &NAT{}})
		assert.Equal(t, Related|Reply|Tracked|flag, out.State, row.name)
		inner, ok := fault.Inner()
		require.True(t, ok, row.name)
		assert.Equal(t, []netip.Addr{client, row.dst}, []netip.Addr{inner.Src, inner.Dst}, row.name)
		again := decode(t, fault.Encode())
		assert.Empty(t, again.ChecksumError(), row.name)
		if row.nat.Kind == SNAT {
			assert.Equal(t, client, again.Dst(), row.name)
		}
	}
}

// answerTo is what a server answers to a packet.
func answerTo(p *packet.Packet) packet.Upper {
	tuple := p.Tuple()
	switch tuple.Proto {
	case packet.ProtoUDP:
		return udp(tuple.DstPort, tuple.SrcPort)
	case packet.ProtoTCP:
		return packet.TCP{Src: tuple.DstPort, Dst: tuple.SrcPort, Seq: 5, Ack: 1, Flags: packet.SYN | packet.ACK}
	}
	return ping(0, p.ICMPID())
}

// TestClash: connections that would look alike behind NAT get other ports.
func TestClash(t *testing.T) {
	snat := &NAT{Kind: SNAT, Min: netip.MustParseAddr("172.16.0.1")}
	for _, row := range []struct {
		name  string
		nat   *NAT
		ports []uint16 // of the clients, each another address
		want  []uint16
	}{
		{"the next upward", snat, []uint16{5000, 5000, 5000, 5001}, []uint16{5000, 5001, 5002, 5003}},
		{"privileged ones wrap", snat, []uint16{511, 511, 511}, []uint16{511, 1, 2}},
		{"the middle range", snat, []uint16{1023, 1023}, []uint16{1023, 600}},
		{"between the ranges", snat, []uint16{550, 550, 550}, []uint16{550, 600, 601}},
		{"the last one wraps", snat, []uint16{65535, 65535}, []uint16{65535, 1024}},
		{"one port for two: untranslated", &NAT{Kind: SNAT, Min: snat.Min, MinPort: 9, MaxPort: 9}, []uint16{5000, 5000}, []uint16{9, 5000}},
	} {
		table := NewTable(1)
		var got []uint16
		for i, port := range row.ports {
			p := send(t, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), server, udp(port, 53))
			out := commit(table, p, row.nat)
			got = append(got, p.Tuple().SrcPort)
			if out.Why != "" {
				assert.Equal(t, New|Tracked, out.State, row.name)
				assert.Equal(t, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), p.Src(), row.name)
			}
		}
		assert.Equal(t, row.want, got, row.name)
	}
}

// TestClashOfVIPs: one client port, two VIPs, one backend: the second connection's *source* port changes.
func TestClashOfVIPs(t *testing.T) {
	table := NewTable(1)
	var got []string
	for _, vip := range []string{"30.0.0.1", "30.0.0.2"} {
		p := send(t, client, netip.MustParseAddr(vip), udp(5000, 80))
		commit(table, p, &NAT{Kind: DNAT, Min: server, MinPort: 80})
		got = append(got, p.Tuple().String())
	}
	assert.Equal(t, []string{"udp 10.0.1.1:5000->10.0.1.2:80", "udp 10.0.1.1:5001->10.0.1.2:80"}, got)
}

func TestPingIDs(t *testing.T) {
	table := NewTable(1)
	var got []uint16
	for i := range 3 {
		p := send(t, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), server, ping(8, 3000))
		commit(table, p, &NAT{Kind: SNAT, Min: netip.MustParseAddr("172.16.0.1")})
		got = append(got, decode(t, p.Encode()).ICMPID())
	}
	assert.Equal(t, []uint16{3000, 3001, 3002}, got)
}

// TestRange: a range of addresses is used up and down, the same way for the same seed.
func TestRange(t *testing.T) {
	use := func(seed uint64) (list []string) {
		table := NewTable(seed)
		for port := range uint16(40) {
			p := send(t, client, server, udp(2000+port, 53))
			commit(table, p, &NAT{Kind: SNAT, Min: netip.MustParseAddr("172.16.0.254"), Max: netip.MustParseAddr("172.16.1.1"), MinPort: 100, MaxPort: 900, Random: port%2 == 0})
			list = append(list, p.Tuple().String())
		}
		return list
	}
	assert.Equal(t, use(1), use(1))
	assert.NotEqual(t, use(1), use(2))
	for _, last := range []string{"172.16.0.254", "172.16.0.255", "172.16.1.0", "172.16.1.1"} {
		assert.Contains(t, strings.Join(use(3), " "), last+":")
	}
}

// TestTwoVisits: a second visit to a zone neither counts the packet again nor translates it twice.
func TestTwoVisits(t *testing.T) {
	table := NewTable(1)
	p := send(t, client, netip.MustParseAddr("30.0.0.1"), udp(1024, 53))
	nat := &NAT{Kind: DNAT, Min: server}
	assert.Equal(t, New|Tracked, table.Process(p, Action{Zone: 1}).State)
	assert.Equal(t, New|Tracked|DNATed, table.Process(p, Action{Zone: 1, Commit: true, NAT: nat}).State)
	assert.Equal(t, New|Tracked|DNATed, table.Process(p, Action{Zone: 1, NAT: &NAT{}, MarkMask: 2, Mark: 2}).State, "found by what it became")
	assert.Equal(t, server, p.Dst())
	assert.Equal(t, uint64(2), packet.CTMark.Get64(&p.Key))
	assert.Equal(t, "30.0.0.1", packet.Addr4(expr.CTNwDst.Get64(&p.Key)).String())
	assert.Equal(t, uint64(53), expr.CTTpDst.Get64(&p.Key))
	assert.Equal(t, New|Tracked, table.Process(p, Action{Zone: 2}).State, "another zone knows nothing")
	assert.Equal(t, uint64(0), packet.CTMark.Get64(&p.Key))
	assert.Equal(t, "udp,orig=(src=10.0.1.1,dst=30.0.0.1,sport=1024,dport=53),reply=(src=10.0.1.2,dst=10.0.1.1,sport=53,dport=1024),zone=1,mark=2\n", table.Dump(0))
	Clear(p)
	assert.Equal(t, State(0), StateOf(p))
	assert.Nil(t, p.CT.Conn)
}

func TestMarkAndLabel(t *testing.T) {
	table := NewTable(1)
	p := send(t, client, server, ping(8, 7))
	table.Process(p, Action{Zone: 9, Commit: true, Mark: 0xff, MarkMask: 0xf0, Label: expr.Value{Hi: 1, Lo: 5}, LabelMask: expr.Value{Hi: 3, Lo: 4}})
	assert.Equal(t, "icmp,orig=(src=10.0.1.1,dst=10.0.1.2,id=7,type=8,code=0),reply=(src=10.0.1.2,dst=10.0.1.1,id=7,type=0,code=0),zone=9,mark=240,labels=0x10000000000000004\n", table.Dump(0))
	q := send(t, server, client, ping(0, 7))
	table.Process(q, Action{Zone: 9, MarkMask: 0x10})
	assert.Equal(t, uint64(0xe0), packet.CTMark.Get64(&q.Key))
	assert.Equal(t, expr.Value{Hi: 1, Lo: 4}, packet.CTLabel.Get(&q.Key))
}

func TestForce(t *testing.T) {
	table := NewTable(1)
	commit(table, send(t, client, server, udp(1, 2)), nil)
	p := send(t, server, client, udp(2, 1))
	assert.Equal(t, Established|Reply|Tracked, table.Process(p, Action{Zone: 1}).State)
	assert.Equal(t, New|Tracked, table.Process(p, Action{Zone: 1, Commit: true, Force: true}).State)
	assert.Equal(t, "10.0.1.2", table.Conns(0)[0].Original().Src.String())
	assert.Equal(t, 1, table.Len())
}

func TestFlush(t *testing.T) {
	table := NewTable(1)
	for zone := range uint16(3) {
		table.Process(send(t, client, server, udp(1, 2)), Action{Zone: zone, Commit: true})
	}
	table.Flush(func(c *Conn) bool { return c.Zone() == 1 })
	assert.Equal(t, 2, table.Len())
	table.Flush(nil)
	assert.Zero(t, table.Len())
}

// cut makes IPv4 fragments of a packet, each with at most n bytes of data.
func cut(t testing.TB, p *packet.Packet, n int) (list []*packet.Packet) {
	frame := p.Encode()
	data := frame[34:]
	for at := 0; at < len(data); at += n {
		end := min(at+n, len(data))
		f := append(append([]byte{}, frame[:34]...), data[at:end]...)
		binary.BigEndian.PutUint16(f[16:], uint16(20+end-at))
		word := uint16(at / 8)
		if end < len(data) {
			word |= 0x2000
		}
		binary.BigEndian.PutUint16(f[20:], word)
		f[24], f[25] = 0, 0
		sum := uint32(0)
		for i := 14; i < 34; i += 2 {
			sum += uint32(binary.BigEndian.Uint16(f[i:]))
		}
		sum = sum>>16 + sum&0xffff
		binary.BigEndian.PutUint16(f[24:], ^uint16(sum+sum>>16))
		list = append(list, decode(t, f))
	}
	return list
}

// TestFragments: held until the last one is there, whatever the order, then tracked and translated as one.
func TestFragments(t *testing.T) {
	whole := send(t, client, netip.MustParseAddr("30.0.0.1"), packet.UDP{Src: 9, Dst: 53, Payload: make([]byte, 3000)})
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}} {
		table, list := NewTable(1), cut(t, whole, 1480)
		require.Len(t, list, 3)
		var out Outcome
		for i, n := range order {
			out = table.Process(list[n], Action{Zone: 1, Commit: true, NAT: &NAT{Kind: DNAT, Min: server, MinPort: 5353}})
			assert.Equal(t, i < 2, out.Held)
		}
		assert.Equal(t, New|Tracked|DNATed, out.State)
		require.Len(t, out.Fragments, 3)
		var after []*packet.Packet
		for i, f := range out.Fragments {
			assert.Same(t, list[i], f)
			assert.Equal(t, New|Tracked|DNATed, StateOf(f))
			assert.Equal(t, "30.0.0.1", packet.Addr4(expr.CTNwDst.Get64(&f.Key)).String())
			after = append(after, decode(t, f.Encode()))
			assert.Empty(t, after[i].ChecksumError())
		}
		one, err := packet.Reassemble(after)
		require.NoError(t, err)
		assert.Empty(t, one.ChecksumError())
		assert.Equal(t, "udp 10.0.1.1:9->10.0.1.2:5353", one.Tuple().String())
		assert.Equal(t, 3000, len(one.Payload()))
		for i, f := range out.Fragments { // and once more through the same zone
			again := table.Process(f, Action{Zone: 1, NAT: &NAT{}})
			assert.Equal(t, i < 2, again.Held)
			assert.Equal(t, i == 2, len(again.Fragments) == 3)
		}
	}
}

func TestFragmentsRefused(t *testing.T) {
	whole := send(t, client, server, packet.UDP{Src: 9, Dst: 53, Payload: make([]byte, 3000)})
	table := NewTable(1)
	small := table.Process(cut(t, whole, 800)[0], Action{Zone: 1})
	assert.Equal(t, "inv|trk", small.State.String())
	list := cut(t, whole, 1480)
	assert.True(t, table.Process(list[0], Action{Zone: 1}).Held)
	assert.Equal(t, "a fragment that overlaps another", table.Process(cut(t, whole, 1480)[0], Action{Zone: 1}).Why)
	assert.True(t, table.Process(list[1], Action{Zone: 1}).Held)
	assert.True(t, table.Process(list[2], Action{Zone: 2}).Held, "another zone, another packet")
	assert.True(t, table.Process(list[2], Action{Zone: 1, Now: partsLifetime}).Held, "the others are forgotten")
}

func FuzzProcess(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, uint64(1))
	f.Fuzz(func(t *testing.T, script []byte, seed uint64) {
		table, now := NewTable(seed), time.Duration(0)
		addrs := []netip.Addr{client, server, netip.MustParseAddr("30.0.0.1")}
		for ; len(script) >= 6; script = script[6:] {
			b := script
			var up packet.Upper = packet.TCP{Src: uint16(b[0] % 4), Dst: uint16(b[1] % 4), Seq: uint32(b[2]), Ack: uint32(b[3]), Flags: uint16(b[4]) & 0x3f, Payload: make([]byte, b[5]%9)}
			switch b[5] % 5 {
			case 1:
				up = udp(uint16(b[0]%4), uint16(b[1]%4))
			case 2:
				up = ping(b[2]%16, uint16(b[0]%4))
			case 3:
				up = about(3, send(t, addrs[b[0]%3], addrs[b[1]%3], udp(1, 2)))
			}
			now += time.Duration(b[3]) * time.Second
			p := send(t, addrs[b[2]%3], addrs[b[3]%3], up)
			for _, a := range []Action{{Zone: 1, Now: now}, {Zone: 1, Now: now, Commit: b[4]&1 == 0, Force: b[4]&2 == 0, NAT: &NAT{Kind: Kind(b[4] % 3), Min: addrs[b[5]%3], MinPort: uint16(b[4]), MaxPort: uint16(b[4]) + 2}}, {Zone: uint16(b[0] % 2), Now: now, NAT: &NAT{}}} {
				out := table.Process(p, a)
				require.NotZero(t, out.State&Tracked)
				require.Empty(t, decode(t, p.Encode()).ChecksumError())
			}
			for k, c := range table.conns {
				require.True(t, k == c.keys[0] || k == c.keys[1])
				require.False(t, c.gone)
			}
		}
	})
}

func BenchmarkProcess(b *testing.B) {
	table := NewTable(1)
	frame := packet.Build(ether, packet.IP{Src: client, Dst: server, TTL: 64}, packet.TCP{Src: 1, Dst: 2, Seq: 1, Flags: packet.SYN, Window: 1000})
	commit(table, decode(b, frame), nil)
	table.Process(send(b, server, client, packet.TCP{Src: 2, Dst: 1, Seq: 1, Ack: 2, Flags: packet.SYN | packet.ACK, Window: 1000}), Action{Zone: 1})
	frame = packet.Build(ether, packet.IP{Src: client, Dst: server, TTL: 64}, packet.TCP{Src: 1, Dst: 2, Seq: 2, Ack: 2, Flags: packet.ACK, Window: 1000})
	var p packet.Packet
	b.ReportAllocs()
	for range b.N {
		_ = p.Decode(frame)
		if table.Process(&p, Action{Zone: 1}).State != Established|Tracked {
			b.Fatal("not established")
		}
	}
}
