package lb

import (
	"bufio"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestChoices plays choices, one per line: those that a real Open vSwitch made, and those of a second implementation.
func TestChoices(t *testing.T) {
	for _, path := range []string{"testdata/recorded.txt", "testdata/choices.txt"} {
		t.Run(path, func(t *testing.T) { playChoices(t, path) })
	}
}

func playChoices(t *testing.T, path string) {
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	lines := 0
	for s := bufio.NewScanner(file); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		lines++
		f := strings.Fields(s.Text())
		tuple := Tuple{Proto: protoNamed(t, f[1]), Src: netip.MustParseAddr(f[2]), Dst: netip.MustParseAddr(f[4]),
			SrcPort: number(t, f[3]), DstPort: number(t, f[5]), EthSrc: mac(t, f[7]), EthDst: mac(t, f[8])}
		if f[6] == "later" {
			tuple.Fragment = LaterFragment
		}
		group := groupOf(t, f[0], f[9], f[10])
		var m Memory
		assert.Equal(t, f[11], strconv.Itoa(group.Pick(tuple, &m)), s.Text())
	}
	assert.Greater(t, lines, 100)
}

func groupOf(t *testing.T, kind, buckets, fields string) *Group {
	var weights []uint32
	for _, w := range strings.Split(buckets, ":") {
		if w != "" {
			weights = append(weights, uint32(number(t, w)))
		}
	}
	n := int(weights[0])
	switch {
	case kind == "dp_hash":
		return NewBalancer(n, nil)
	case kind == "hash":
		list, err := ParseFields(strings.Split(fields, ","), TCP)
		require.NoError(t, err)
		return NewBalancer(n, list)
	case !strings.Contains(buckets, ":"):
		weights = make([]uint32, n)
		for i := range weights {
			weights[i] = 100
		}
	}
	return NewECMP(weights)
}

func protoNamed(t *testing.T, name string) uint8 {
	for _, p := range protoNames {
		if p.name == name {
			return p.number
		}
	}
	return uint8(number(t, strings.TrimPrefix(name, "ip-proto-")))
}

func number(t *testing.T, s string) uint16 {
	n, err := strconv.ParseUint(s, 10, 16)
	require.NoError(t, err)
	return uint16(n)
}

func mac(t *testing.T, s string) [6]byte {
	m, err := net.ParseMAC(s)
	require.NoError(t, err)
	return [6]byte(m)
}

func TestJenkins(t *testing.T) {
	assert.Equal(t, uint32(0x17770551), jenkins([]byte("Four score and seven years ago")), "the published vector of lookup3")
	assert.Equal(t, uint32(0xdeadbeef), jenkins(nil))
}

func TestWebster(t *testing.T) {
	for _, row := range []struct {
		name    string
		weights []uint32
		slots   int // 0: no table
	}{
		{"no bucket", nil, 0},
		{"no weight", []uint32{0, 0}, 0},
		{"one", []uint32{100}, 16},
		{"five", []uint32{1, 1, 1, 1, 1}, 32},
		{"64 take the whole table", equal(64), 256},
		{"256 still fit", equal(256), 256},
		{"257 do not", equal(257), 0},
		{"one in three hundred does not", []uint32{1, 299}, 0},
		{"a bucket without weight is never hit", []uint32{0, 7}, 16},
	} {
		slots := webster(row.weights)
		assert.Len(t, slots, row.slots, row.name)
		hits := make([]int, len(row.weights))
		for _, b := range slots {
			hits[b]++
		}
		for i, w := range row.weights {
			assert.Equal(t, w > 0 && row.slots > 0, hits[i] > 0, "%s: bucket %d", row.name, i)
		}
	}
}

func equal(n int) []uint32 {
	w := make([]uint32, n)
	for i := range w {
		w[i] = 100
	}
	return w
}

// TestMemory: a second group goes by the first one's hash, and NAT in between does not change it.
func TestMemory(t *testing.T) {
	tuple := Tuple{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.9"), Proto: TCP, SrcPort: 1024, DstPort: 80}
	var m Memory
	m.Receive(tuple)
	NewBalancer(3, nil).Pick(tuple, &m)
	after := tuple
	after.Dst, after.DstPort = netip.MustParseAddr("10.0.1.5"), 8080
	kept := m
	for n := 2; n < 20; n++ {
		same := kept
		assert.Equal(t, NewECMP(equal(n)).Pick(tuple, &kept), NewECMP(equal(n)).Pick(after, &same), "%d members", n)
	}
	assert.Equal(t, m, kept)
	assert.Equal(t, -1, NewECMP(nil).Pick(tuple, &Memory{}))
	assert.Equal(t, -1, NewBalancer(0, nil).Pick(tuple, &Memory{}))
}

func TestSymmetric(t *testing.T) {
	there := Tuple{Src: netip.MustParseAddr("fd00::1"), Dst: netip.MustParseAddr("fd00::2"), Proto: SCTP, SrcPort: 1, DstPort: 2}
	back := Tuple{Src: there.Dst, Dst: there.Src, Proto: SCTP, SrcPort: 2, DstPort: 1}
	assert.Equal(t, there.Symmetric(), back.Symmetric())
	assert.Equal(t, there.symmetricFrame(), back.symmetricFrame())
	assert.NotEqual(t, there.RSS(), back.RSS())
}

// TestLargeGroups: too many backends for a table are still all reached, and evenly.
func TestLargeGroups(t *testing.T) {
	group, hits := NewBalancer(300, nil), make([]int, 300)
	for i := range 60000 {
		tuple := Tuple{Src: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), Dst: netip.MustParseAddr("10.9.9.9"), Proto: TCP, SrcPort: uint16(i * 7), DstPort: 80}
		hits[group.Pick(tuple, &Memory{})]++
	}
	for i, n := range hits {
		assert.InDelta(t, 200, n, 80, "backend %d", i)
	}
}

func BenchmarkPick(b *testing.B) {
	group := NewBalancer(3, nil)
	tuple := Tuple{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.9"), Proto: TCP, DstPort: 80}
	b.ReportAllocs()
	for i := range b.N {
		tuple.SrcPort = uint16(i)
		var m Memory
		m.Receive(tuple)
		group.Pick(tuple, &m)
	}
}
