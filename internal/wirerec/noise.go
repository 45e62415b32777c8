package wirerec

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"ovnsim/pipeline/expr"
	"ovnsim/sim/packet"
)

// noise is a bad network card: now and then something else leaves a machine than what it sent, or something more.
type noise struct {
	random *rand.Rand
	oneIn  int // frames
	queue  []late
}

// late is a frame that leaves later.
type late struct {
	at    time.Duration
	from  *station
	frame []byte
}

// gap is what lies between the frames that become of one: the controller has done its part by then.
const gap = 40 * time.Millisecond

func newNoise(seed uint64, oneIn int) *noise {
	return &noise{random: rand.New(rand.NewPCG(seed, 7)), oneIn: oneIn}
}

// disturb answers with what leaves in place of a frame. got is the last IP packet that the machine received, nil for none.
func (n *noise) disturb(frame []byte, got *packet.Packet) [][]byte {
	if n == nil || n.random.IntN(n.oneIn) != 0 {
		return [][]byte{frame}
	}
	for range 8 { // until one applies
		if list := disturbances[n.random.IntN(len(disturbances))].do(n.random, frame, got); list != nil {
			return list
		}
	}
	return [][]byte{frame}
}

// disturbances are what may become of a frame; nil where that kind of frame has nothing of the sort.
var disturbances = []struct {
	name string
	do   func(r *rand.Rand, frame []byte, got *packet.Packet) [][]byte
}{
	{"lost", func(*rand.Rand, []byte, *packet.Packet) [][]byte { return [][]byte{} }},
	{"twice", func(_ *rand.Rand, f []byte, _ *packet.Packet) [][]byte { return [][]byte{f, f} }},
	{"hops", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		return changed(f, packet.IPTTL, uint64(r.IntN(4)), true)
	}},
	{"service", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		return changed(f, packet.IPDSCP, uint64(r.IntN(64)), false)
	}},
	{"congested", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		return changed(f, packet.IPECN, uint64(r.IntN(4)), false)
	}},
	{"another source", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		return changed(f, packet.EthSrc, 0x020000000000|uint64(r.IntN(1<<24)), true)
	}},
	{"a multicast source", func(_ *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		return changed(f, packet.EthSrc, 0x030000000001, true)
	}},
	{"another destination", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		return changed(f, packet.EthDst, []uint64{0xffffffffffff, 0x0200000000fe, 0x01005e010203, 0x333300000001, 0x0180c2000000}[r.IntN(5)], true)
	}},
	{"spoofed", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		return changed(f, packet.IP4Src, []uint64{0, 0xffffffff, 0x7f000001, 0xe0000001, 0x0a000000 | uint64(r.IntN(1024))}[r.IntN(5)], true)
	}},
	{"another port", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		return changed(f, packet.L4Dst, []uint64{0, 1, 80, 81, 53, 443, 65535}[r.IntN(7)], true)
	}},
	{"another port of its own", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		return changed(f, packet.L4Src, []uint64{0, 80, 53, 1024, 65535}[r.IntN(5)], true)
	}},
	{"tagged", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		tci := []byte{0x81, 0, byte(r.IntN(8)) << 5, byte(r.IntN(3) * 5)}
		return [][]byte{f, append(append(append([]byte{}, f[:12]...), tci...), f[12:]...)}
	}},
	{"a wrong checksum", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		return spoilt(f, len(f)-1)
	}},
	{"a wrong header checksum", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		if !four(f) {
			return nil
		}
		return spoilt(f, 25)
	}},
	{"cut", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		return [][]byte{f, f[:14+r.IntN(len(f)-14)]}
	}},
	{"padded", func(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
		return [][]byte{append(append([]byte{}, f...), make([]byte, 1+r.IntN(9))...)}
	}},
	{"fragments", fragments},
	{"options", withOptions},
	{"segments", segments},
	{"an error about what came", complaint},
}

// changed is a frame with a field changed, its checksums right, alone or behind the one that it was made of.
func changed(f []byte, field expr.Ref, v uint64, both bool) [][]byte {
	p, err := packet.Decode(f)
	switch {
	case err != nil:
		return nil
	case field != packet.EthSrc && field != packet.EthDst && !p.IsIP(), field == packet.IP4Src && !p.Is4(),
		(field == packet.L4Dst || field == packet.L4Src) && (!p.HasL4() || p.IsICMP()):
		return nil
	}
	field.Set64(&p.Key, v)
	if both {
		return [][]byte{f, p.Encode()}
	}
	return [][]byte{p.Encode()}
}

func spoilt(f []byte, at int) [][]byte {
	b := append([]byte{}, f...)
	b[at] ^= 0x41
	return [][]byte{b, f}
}

func four(f []byte) bool { return len(f) > 34 && f[12] == 8 && f[13] == 0 && f[14] == 0x45 }

// fragments are in order, backwards, or not all of them.
func fragments(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
	list := packet.Split(f, 68+r.IntN(40)&^7, r.Uint32())
	if len(list) < 2 || f[14]>>4 == 4 && binary.BigEndian.Uint16(f[20:])&0x3fff != 0 {
		return nil
	}
	list = list[:len(list):len(list)]
	switch r.IntN(4) {
	case 0:
		for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
			list[i], list[j] = list[j], list[i]
		}
	case 1:
		list = append(list[:1], list[2:]...)
	case 2:
		list = append(list, list[0])
	}
	return list
}

// withOptions has four bytes that do nothing in the IPv4 header.
func withOptions(_ *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
	if !four(f) {
		return nil
	}
	b := append(append(append([]byte{}, f[:34]...), 1, 1, 1, 0), f[34:]...)
	b[14] = 0x46
	binary.BigEndian.PutUint16(b[16:], binary.BigEndian.Uint16(f[16:])+4)
	b[24], b[25] = 0, 0
	binary.BigEndian.PutUint16(b[24:], packet.Checksum(b[14:38]))
	return [][]byte{b}
}

// segments are such of the same connection as should not be.
func segments(r *rand.Rand, f []byte, _ *packet.Packet) [][]byte {
	p, err := packet.Decode(f)
	if err != nil {
		return nil
	}
	t, ok := p.TCP()
	if !ok {
		return nil
	}
	switch r.IntN(5) {
	case 0:
		t.Seq += []uint32{1 << 20, 1 << 31, 0xffffff00, 70000}[r.IntN(4)]
	case 1:
		t.Ack += []uint32{1 << 20, 1 << 31, 0xffffff00, 70000}[r.IntN(4)]
	case 2:
		t.Flags = packet.RST
	case 3:
		t.Flags = uint16(r.IntN(64))
	case 4:
		t.Flags ^= []uint16{packet.FIN, packet.SYN, packet.ACK, packet.URG}[r.IntN(4)]
	}
	odd := packet.Build(packet.Ether{Src: packet.MACOf(packet.EthSrc.Get64(&p.Key)), Dst: packet.MACOf(packet.EthDst.Get64(&p.Key))},
		packet.IP{Src: p.Src(), Dst: p.Dst(), TTL: 64}, t)
	if r.IntN(2) == 0 {
		return [][]byte{f, odd}
	}
	return [][]byte{odd, f}
}

// complaint is an ICMP error about the packet that came last, from who sends the frame or from somebody else.
func complaint(r *rand.Rand, f []byte, got *packet.Packet) [][]byte {
	p, err := packet.Decode(f)
	if err != nil || got == nil || !p.IsIP() || p.Is4() != got.Is4() || got.IsICMPError() {
		return nil
	}
	about := got.IP()
	kinds := [][2]uint8{{3, 1}, {3, 3}, {3, 4}, {11, 0}, {12, 0}, {5, 1}}
	if p.Is6() {
		kinds = [][2]uint8{{1, 0}, {1, 4}, {2, 0}, {3, 0}, {4, 1}}
	}
	kind := kinds[r.IntN(len(kinds))]
	m := packet.ICMP{Type: kind[0], Code: kind[1], Payload: about[:min(len(about), 28+20*int(about[0]>>4/6)+8*r.IntN(12))]}
	if kind[1] == 4 && p.Is4() || kind[0] == 2 && p.Is6() {
		m.Rest = 1300
	}
	src := got.Dst()
	if r.IntN(3) == 0 {
		src = p.Src()
	}
	return [][]byte{f, packet.Build(packet.Ether{Src: packet.MACOf(packet.EthDst.Get64(&got.Key)), Dst: packet.MACOf(packet.EthSrc.Get64(&got.Key))},
		packet.IP{Src: src, Dst: got.Src(), TTL: 64}, m)}
}
