package packet

import (
	"encoding/hex"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/pipeline/expr"
	"ovnsim/sim/pcap"
)

var (
	mac1, mac2 = MAC{2, 0, 0, 0, 0, 1}, MAC{2, 0, 0, 0, 0, 2}
	ether      = Ether{Src: mac1, Dst: mac2}
	ip4        = IP{Src: addr("10.0.0.1"), Dst: addr("10.0.0.2"), TTL: 64, ID: 7, DF: true}
	ip6        = IP{Src: addr("fd00::1"), Dst: addr("fd00::2"), TTL: 64, Label: 0x12345}
	syn        = TCP{Src: 1024, Dst: 80, Seq: 1, Flags: SYN, Window: 1000, Options: []byte{3, 3, 7, 0}}
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func bin(s string) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		panic(err)
	}
	return b
}

func decode(t testing.TB, frame []byte) *Packet {
	p, err := Decode(frame)
	require.NoError(t, err)
	return p
}

// tagged puts an 802.1Q tag into a frame.
func tagged(frame []byte, tag string) []byte {
	return append(append(append([]byte{}, frame[:12]...), bin(tag)...), frame[12:]...)
}

// ns is a neighbour solicitation with the sender's link-layer address.
func ns() []byte {
	target := addr("fd00::2").As16()
	return Build(ether, IP{Src: addr("fd00::1"), Dst: addr("ff02::1:ff00:2"), TTL: 255}, ICMP{Type: 135, Payload: append(target[:], 1, 1, 2, 0, 0, 0, 0, 1)})
}

// samples are well-formed frames of every kind the package reads, and what they print as.
var samples = []struct {
	name  string
	frame []byte
	want  string
}{
	{"tcp", Build(ether, ip4, syn), "ttl 64 10.0.0.1:1024 > 10.0.0.2:80 tcp S seq 1 ack 0 len 0"},
	{"tcp6", Build(ether, ip6, TCP{Src: 1, Dst: 2, Flags: PSH | ACK, Payload: []byte("odd")}), "ttl 64 [fd00::1]:1 > [fd00::2]:2 tcp P. seq 0 ack 0 len 3"},
	{"udp", Build(ether, ip4, UDP{Src: 53, Dst: 5353, Payload: []byte("hi")}), "ttl 64 10.0.0.1:53 > 10.0.0.2:5353 udp len 2"},
	{"udp6", Build(ether, ip6, UDP{Src: 53, Dst: 5353}), "ttl 64 [fd00::1]:53 > [fd00::2]:5353 udp len 0"},
	{"sctp", Build(ether, ip4, Raw{ProtoSCTP, bin("1000 0050 00000000 00000000 01000014 00000001 00000fff 00010001 00000001")}), "ttl 64 10.0.0.1:4096 > 10.0.0.2:80 sctp len 20"},
	{"ping", Build(ether, ip4, ICMP{Type: 8, Rest: Echo(7, 1), Payload: []byte("x")}), "ttl 64 10.0.0.1 > 10.0.0.2 icmp type 8 code 0 id 7 len 1"},
	{"ping6", Build(ether, ip6, ICMP{Type: 128, Rest: Echo(7, 1)}), "ttl 64 fd00::1 > fd00::2 icmp6 type 128 code 0 id 7 len 0"},
	{"ns", ns(), "ttl 255 fd00::1 > ff02::1:ff00:2 icmp6 type 135 code 0 id 0 len 24"},
	{"error", Build(ether, ip4, ICMP{Type: 3, Code: 3, Payload: Build(ether, IP{Src: ip4.Dst, Dst: ip4.Src, TTL: 1}, UDP{Src: 9, Dst: 10})[14:]}), "ttl 64 10.0.0.1 > 10.0.0.2 icmp type 3 code 3 about (udp 10.0.0.2:9->10.0.0.1:10) len 28"},
	{"gre", Build(ether, ip4, Raw{47, []byte("abcd")}), "ttl 64 10.0.0.1 > 10.0.0.2 ip-proto-47 len 4"},
	{"arp", BuildARP(ether, ARP{Op: 1, SHA: mac1, SPA: ip4.Src, TPA: ip4.Dst}), "arp who-has 10.0.0.2 tell 10.0.0.1"},
	{"arp reply", BuildARP(ether, ARP{Op: 2, SHA: mac1, SPA: ip4.Src, THA: mac2, TPA: ip4.Dst}), "arp 10.0.0.1 is-at 02:00:00:00:00:01"},
	{"padded", append(Build(ether, ip4, syn), 0, 0, 0, 0), "ttl 64 10.0.0.1:1024 > 10.0.0.2:80 tcp S seq 1 ack 0 len 0"},
	{"tagged", tagged(Build(ether, ip4, syn), "8100 7065"), "vlan 101 ttl 64 10.0.0.1:1024 > 10.0.0.2:80 tcp S seq 1 ack 0 len 0"},
	{"two tags", tagged(tagged(Build(ether, ip4, syn), "8100 0007"), "88a8 0005"), "vlan 5 ttl 64 10.0.0.1:1024 > 10.0.0.2:80 tcp S seq 1 ack 0 len 0"},
	{"first fragment", fragment(0x2000), "ttl 64 10.0.0.1:53 > 10.0.0.2:5353 udp first fragment len 2"},
	{"later fragment", fragment(0x0007), "ttl 64 10.0.0.1 > 10.0.0.2 udp later fragment len 10"},
	{"first fragment of IPv6", Build(ether, ip6, Raw{44, bin("11000001 00000001 0001 0002 0010 1234 6162")}), "ttl 64 [fd00::1]:1 > [fd00::2]:2 udp first fragment len 2"},
	{"later fragment of IPv6", Build(ether, ip6, Raw{44, bin("11000009 00000001 0001 0002 0010 1234 6162")}), "ttl 64 fd00::1 > fd00::2 ip-proto-44 later fragment len 10"},
	{"hop-by-hop", Build(ether, ip6, Raw{0, bin("1100 0104 0000 0000 0001 0002 000a a470 6162")}), "ttl 64 [fd00::1]:1 > [fd00::2]:2 udp len 2"},
	{"LLC", bin("020000000002 020000000001 0003 424203"), "type 0x05ff len 17"},
	{"SNAP", bin("020000000002 020000000001 0008 aaaa03 000000 88cc"), "type 0x88cc len 22"},
	{"truncated IP", Build(ether, ip4, syn)[:40], "type 0x0800 len 40"},
	{"no IP at all", bin("020000000002 020000000001 0800"), "type 0x0800 len 14"},
}

// fragment is a UDP datagram with another flags-and-offset word.
func fragment(word uint16) []byte {
	b := Build(ether, IP{Src: ip4.Src, Dst: ip4.Dst, TTL: 64}, UDP{Src: 53, Dst: 5353, Payload: []byte("hi")})
	b[20], b[21] = byte(word>>8), byte(word)
	w := patcher{b: b[14:34]}
	w.sums.word(0, word)
	w.sums.apply(b[24:])
	return b
}

func TestSamples(t *testing.T) {
	for _, row := range samples {
		p := decode(t, row.frame)
		assert.Equal(t, "02:00:00:00:00:01 > 02:00:00:00:00:02 "+row.want, p.String(), row.name)
		assert.Equal(t, row.frame, p.Encode(), row.name)
		assert.Empty(t, p.ChecksumError(), row.name)
		assert.Equal(t, len(row.frame), p.Len(), row.name)
	}
}

// right asks an independent decoder whether every checksum in the frame is the one it would compute.
func right(t *testing.T, frame []byte, name string) {
	parsed := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default)
	if parsed.ErrorLayer() != nil || parsed.NetworkLayer() == nil {
		return
	}
	var all []gopacket.SerializableLayer
	for _, l := range parsed.Layers() {
		if c, ok := l.(interface {
			SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
		}); ok {
			require.NoError(t, c.SetNetworkLayerForChecksum(parsed.NetworkLayer()))
		}
		s, ok := l.(gopacket.SerializableLayer)
		if !ok {
			return
		}
		all = append(all, s)
	}
	buffer := gopacket.NewSerializeBuffer()
	require.NoError(t, gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{ComputeChecksums: true}, all...), name)
	assert.Equal(t, hex.EncodeToString(frame), hex.EncodeToString(buffer.Bytes()[:len(frame)]), name) // it pads to 60
}

// TestBuildAgainstGopacket: what we build is right in somebody else's eyes, too.
func TestBuildAgainstGopacket(t *testing.T) {
	for _, row := range samples[:8] {
		right(t, row.frame, row.name)
	}
}

// TestRewrite changes every field that actions change, and has the result checked.
func TestRewrite(t *testing.T) {
	v6 := AddrValue(addr("2001:db8::99"))
	for _, row := range []struct {
		name   string
		sample int
		change func(*Packet)
		want   string
	}{
		{"dnat", 0, func(p *Packet) { p.SetDst(addr("192.168.7.9")); L4Dst.Set64(&p.Key, 8080) }, "ttl 64 10.0.0.1:1024 > 192.168.7.9:8080 tcp S seq 1 ack 0 len 0"},
		{"snat6", 1, func(p *Packet) { IP6Src.Set(&p.Key, v6); L4Src.Set64(&p.Key, 9) }, "ttl 64 [2001:db8::99]:9 > [fd00::2]:2 tcp P. seq 0 ack 0 len 3"},
		{"ttl", 0, func(p *Packet) { IPTTL.Set64(&p.Key, 63) }, "ttl 63 10.0.0.1:1024 > 10.0.0.2:80 tcp S seq 1 ack 0 len 0"},
		{"hop limit", 1, func(p *Packet) { IPTTL.Set64(&p.Key, 1) }, "ttl 1 [fd00::1]:1 > [fd00::2]:2 tcp P. seq 0 ack 0 len 3"},
		{"dscp", 2, func(p *Packet) { IPDSCP.Set64(&p.Key, 46) }, "ttl 64 10.0.0.1:53 > 10.0.0.2:5353 udp len 2"},
		{"udp", 2, func(p *Packet) { p.SetSrc(addr("1.2.3.4")); L4Src.Set64(&p.Key, 1) }, "ttl 64 1.2.3.4:1 > 10.0.0.2:5353 udp len 2"},
		{"sctp", 4, func(p *Packet) { p.SetDst(addr("1.2.3.4")); L4Dst.Set64(&p.Key, 81) }, "ttl 64 10.0.0.1:4096 > 1.2.3.4:81 sctp len 20"},
		{"echo reply", 5, func(p *Packet) { L4Src.Set64(&p.Key, 0); p.SetICMPID(99) }, "ttl 64 10.0.0.1 > 10.0.0.2 icmp type 0 code 0 id 99 len 1"},
		{"echo reply 6", 6, func(p *Packet) { L4Src.Set64(&p.Key, 129); IP6Dst.Set(&p.Key, v6) }, "ttl 64 fd00::1 > 2001:db8::99 icmp6 type 129 code 0 id 7 len 0"},
		{"arp", 10, func(p *Packet) { ARPOp.Set64(&p.Key, 2); ARPSHA.Set64(&p.Key, mac2.Uint64()) }, "arp 10.0.0.1 is-at 02:00:00:00:00:02"},
		{"push a tag", 0, func(p *Packet) { VLANTCI.Set64(&p.Key, 0x1000|42) }, "vlan 42 ttl 64 10.0.0.1:1024 > 10.0.0.2:80 tcp S seq 1 ack 0 len 0"},
		{"pop a tag", 13, func(p *Packet) { VLANTCI.Set64(&p.Key, 0); IPTTL.Set64(&p.Key, 3) }, "ttl 3 10.0.0.1:1024 > 10.0.0.2:80 tcp S seq 1 ack 0 len 0"},
		{"retag, and ports behind", 13, func(p *Packet) { VLANTCI.Set64(&p.Key, 0x1009); L4Src.Set64(&p.Key, 5) }, "vlan 9 ttl 64 10.0.0.1:5 > 10.0.0.2:80 tcp S seq 1 ack 0 len 0"},
		{"other family is refused", 0, func(p *Packet) { p.SetDst(addr("fd00::9")); p.SetSrc(netip.Addr{}) }, "ttl 64 10.0.0.1:1024 > 10.0.0.2:80 tcp S seq 1 ack 0 len 0"},
	} {
		frame := samples[row.sample].frame
		before := append([]byte{}, frame...)
		p := decode(t, frame)
		row.change(p)
		q := decode(t, p.Encode())
		want := "02:00:00:00:00:01 > 02:00:00:00:00:02 " + row.want
		assert.Equal(t, want, p.String(), row.name)
		assert.Equal(t, want, q.String(), row.name)
		assert.Empty(t, q.ChecksumError(), row.name)
		assert.Equal(t, len(q.Frame()), p.Len(), row.name)
		assert.Equal(t, before, frame, row.name+": the frame is shared")
		if row.sample != 4 {
			right(t, q.Frame(), row.name)
		}
	}
}

func TestND(t *testing.T) {
	p := decode(t, ns())
	assert.Equal(t, "fd00::2", Addr6(NDTarget.Get(&p.Key)).String())
	assert.Equal(t, mac1, MACOf(NDSLL.Get64(&p.Key)))
	NDTarget.Set(&p.Key, AddrValue(addr("fd00::77")))
	NDSLL.Set64(&p.Key, mac2.Uint64())
	q := decode(t, p.Encode())
	assert.Equal(t, p.Key, q.Key)
	assert.Empty(t, q.ChecksumError())
}

// TestInner rewrites what ICMP errors are about, as NAT does, with and without the inner checksum at hand.
func TestInner(t *testing.T) {
	about := map[string]Upper{"tcp": syn, "udp": UDP{Src: 1, Dst: 2, Payload: []byte("x")}, "icmp": ICMP{Type: 8, Rest: Echo(1, 2)}}
	for name, up := range about {
		for _, ip := range []IP{ip4, ip6} {
			if name == "icmp" && ip.Src.Is6() {
				up = ICMP{Type: 128, Rest: Echo(1, 2)}
			}
			whole := Build(ether, ip, up)[14:]
			least := 8
			if name == "tcp" && ip.Src.Is6() {
				least = 20
			}
			for _, cut := range []int{len(whole), min(len(whole), len(whole)-up.size()+least)} {
				kind := ICMP{Type: 3, Code: 1, Payload: whole[:cut]}
				if ip.Src.Is6() {
					kind.Type = 1
				}
				p := decode(t, Build(ether, IP{Src: ip.Dst, Dst: ip.Src, TTL: 9}, kind))
				inner, ok := p.Inner()
				require.True(t, ok, name)
				inner.Dst, inner.DstPort = ip.Src, 4444
				if name == "icmp" {
					inner.SrcPort, inner.DstPort = 4444, 4444
				}
				p.SetInner(inner)
				got, _ := p.Inner()
				assert.Equal(t, inner, got, name)
				assert.Empty(t, p.ChecksumError(), name)
				if cut == len(whole) {
					payload := p.Payload()
					head := 20
					if ip.Src.Is6() {
						head = 40
					}
					assert.True(t, sumRight(payload, head, inner.Proto), "%s in %v", name, ip.Src)
				}
			}
		}
	}
}

// TestWrongStaysWrong: OVN does not mend what came broken.
func TestWrongStaysWrong(t *testing.T) {
	for _, row := range []struct {
		sample, at int
		want       string
	}{{0, 24, "ip"}, {0, 50, "tcp"}, {2, 40, "udp"}, {5, 36, "icmp"}, {6, 57, "icmp6"}, {4, 44, "sctp"}} {
		frame := append([]byte{}, samples[row.sample].frame...)
		frame[row.at] ^= 0x40
		p := decode(t, frame)
		assert.Equal(t, row.want, p.ChecksumError())
		p.SetDst(addr("1.1.1.1"))
		IPTTL.Set64(&p.Key, 2)
		L4Dst.Set64(&p.Key, 1)
		assert.Equal(t, row.want, decode(t, p.Encode()).ChecksumError())
	}
	none := append([]byte{}, samples[2].frame...)
	none[40], none[41] = 0, 0
	p := decode(t, none)
	p.SetDst(addr("1.1.1.1"))
	assert.Equal(t, []byte{0, 0}, p.Encode()[40:42], "no UDP checksum stays none")
}

func TestTooShort(t *testing.T) {
	_, err := Decode(make([]byte, 13))
	assert.ErrorIs(t, err, ErrFrame)
	_, err = Decode(make([]byte, 70000))
	assert.ErrorIs(t, err, ErrFrame)
}

func TestWindowScale(t *testing.T) {
	for _, row := range []struct {
		options string
		scale   uint8
		ok      bool
	}{{"020405b4 0402 080a0000000100000000 01 030307", 7, true}, {"01010101", 0, false}, {"030320", 14, true}, {"0303", 0, false}, {"00030307", 0, false}, {"0200", 0, false}} {
		scale, ok := TCP{Options: bin(row.options)}.WindowScale()
		assert.Equal(t, row.scale, scale, row.options)
		assert.Equal(t, row.ok, ok, row.options)
	}
}

// TestFacts: every frame ever recorded comes back as it was, with right checksums.
func TestFacts(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/facts/*/*/*/*.pcap")
	if len(files) == 0 {
		t.Skip("no recordings")
	}
	for _, file := range files {
		capture, err := pcap.Open(file)
		require.NoError(t, err)
		for i, f := range capture.Frames {
			p := decode(t, f.Data)
			if !assert.Equal(t, f.Data, p.Encode(), "%s frame %d", file, i+1) {
				return
			}
			assert.Empty(t, p.ChecksumError(), "%s frame %d: %s", file, i+1, p)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, row := range samples {
		f.Add(row.frame, uint64(0))
		f.Add(row.frame, uint64(0xfedcba9876543210))
	}
	f.Fuzz(func(t *testing.T, frame []byte, noise uint64) {
		p, err := Decode(frame)
		if err != nil {
			return
		}
		require.Equal(t, frame, p.Encode())
		_ = p.String()
		wrong := p.ChecksumError()
		if inner, ok := p.Inner(); ok {
			inner.SrcPort ^= uint16(noise)
			p.SetInner(inner)
		}
		p.SetICMPID(uint16(noise))
		for i := 11; i < len(p.Key); i++ { // header fields only; type and protocol must stay
			if i != 11 && i != 18 {
				p.Key[i] ^= noise
			}
		}
		q, err := Decode(p.Encode())
		require.NoError(t, err)
		if p.at.kind == q.at.kind && p.at.end == q.at.end && p.Proto() != ProtoICMP && p.Proto() != ProtoICMPv6 {
			require.Equal(t, wrong, q.ChecksumError())
		}
	})
}

func BenchmarkDecodeEncode(b *testing.B) {
	frame := samples[0].frame
	var p Packet
	out := make([]byte, 0, 128)
	b.ReportAllocs()
	for range b.N {
		_ = p.Decode(frame)
		p.Key.SetBits(int(IP4Dst.Bit), 32, expr.V(0x01020304))
		IPTTL.Set64(&p.Key, 63)
		out = p.AppendTo(out[:0])
	}
}
