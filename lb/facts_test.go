package lb

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFacts holds the choice against captures of a real OVN: every first packet to a VIP must arrive at the backend that
// Pick names. Without the captures there is nothing to hold against.
func TestFacts(t *testing.T) {
	files, _ := filepath.Glob("../../shared/facts/*/*/lflows.txt")
	if len(files) == 0 {
		t.Skip("no recordings")
	}
	right := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		vips := balancersOf(t, string(text))
		runs, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*", "*-sent.pcap"))
		seen := map[Tuple]bool{}
		for _, run := range runs {
			arrived := map[string]frame{}
			received, _ := filepath.Glob(filepath.Join(filepath.Dir(run), "*-received.pcap"))
			for _, r := range received {
				for _, f := range frames(t, r) {
					arrived[f.id+f.dst.Addr.String()] = f
				}
			}
			for _, f := range frames(t, run) {
				right += checkChoice(t, run, f, vips, arrived, seen)
			}
		}
	}
	assert.Greater(t, right, 250)
}

// checkChoice answers 1 for a first packet that went where it should and 0 for one that says nothing.
func checkChoice(t *testing.T, run string, f frame, vips map[AffinityKey]balancer, arrived map[string]frame, seen map[Tuple]bool) int {
	b, ok := vips[AffinityKey{VIP: f.dst, Proto: f.tuple.Proto}]
	if !ok {
		b, ok = vips[AffinityKey{VIP: Endpoint{Addr: f.dst.Addr}}]
	}
	if !ok || !f.first || b.sticky || seen[f.tuple] {
		return 0
	}
	seen[f.tuple] = true
	var m Memory
	m.Receive(f.tuple)
	want := b.group.Pick(f.tuple, &m)
	got := -1
	for i, e := range b.backends {
		if a, ok := arrived[f.id+e.Addr.String()]; ok && (e.Port == 0 || e.Port == a.dst.Port) {
			got = i
		}
	}
	if got < 0 { // the backend was down, or an ACL stood in the way
		return 0
	}
	assert.Equal(t, want, got, "%s: %s", run, f.tuple)
	return 1
}

type balancer struct {
	backends []Endpoint
	group    *Group
	sticky   bool
}

var (
	lbAction = regexp.MustCompile(`ct_lb(?:_mark)?\(backends=([^;)]*)(?:; *hash_fields="([^"]*)")?`)
	lbVIP    = regexp.MustCompile(`ip[46]\.dst == ([0-9a-f.:]+)`)
	lbPort   = regexp.MustCompile(`(tcp|udp|sctp)\.dst == (\d+)`)
	lbRegs   = regexp.MustCompile(`reg1\[16\.\.23\] == (\d+) && reg1\[0\.\.15\] == (\d+)`)
)

// balancersOf reads which VIPs the logical flows balance, with all their backends.
func balancersOf(t *testing.T, flows string) map[AffinityKey]balancer {
	out := map[AffinityKey]balancer{}
	for line := range strings.Lines(flows) {
		action, vip := lbAction.FindStringSubmatch(line), lbVIP.FindStringSubmatch(line)
		if action == nil || vip == nil {
			continue
		}
		backends, err := ParseBackends(action[1])
		require.NoError(t, err, line)
		var fields []Field
		if action[2] != "" {
			fields, err = ParseFields(strings.Split(action[2], ","), TCP)
			require.NoError(t, err, line)
		}
		key := AffinityKey{VIP: Endpoint{Addr: netip.MustParseAddr(vip[1])}}
		if m := lbPort.FindStringSubmatch(line); m != nil {
			key.Proto, key.VIP.Port = protoNamed(t, m[1]), number(t, m[2])
		} else if m := lbRegs.FindStringSubmatch(line); m != nil {
			key.Proto, key.VIP.Port = uint8(number(t, m[1])), number(t, m[2])
		}
		// The flows of a sticky client have one backend each: the choice among all is another flow.
		sticky := strings.Contains(flows, `vip = "`+key.VIP.String()+`"`)
		if old, ok := out[key]; !ok || len(old.backends) < len(backends) {
			out[key] = balancer{backends, NewBalancer(len(backends), fields), sticky}
		}
	}
	return out
}

type frame struct {
	tuple Tuple
	dst   Endpoint
	id    string // what NAT leaves alone and no other packet has
	first bool
}

// frames reads the IPv4 packets of a little-endian capture.
func frames(t *testing.T, path string) (list []frame) {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	for b = b[min(24, len(b)):]; len(b) >= 16; {
		n := 16 + int(binary.LittleEndian.Uint32(b[8:]))
		if f, ok := parseFrame(b[16:n]); ok {
			list = append(list, f)
		}
		b = b[n:]
	}
	return list
}

func parseFrame(b []byte) (f frame, ok bool) {
	if len(b) < 42 || !bytes.Equal(b[12:14], []byte{8, 0}) || binary.BigEndian.Uint16(b[20:])&0x3fff != 0 {
		return f, false
	}
	l4 := b[14+4*int(b[14]&15):]
	f.tuple = Tuple{Src: netip.AddrFrom4([4]byte(b[26:30])), Dst: netip.AddrFrom4([4]byte(b[30:34])), Proto: b[23]}
	switch f.tuple.Proto {
	case TCP, UDP, SCTP:
		f.tuple.SrcPort, f.tuple.DstPort = binary.BigEndian.Uint16(l4), binary.BigEndian.Uint16(l4[2:])
		f.dst.Port = f.tuple.DstPort
		f.id, f.first = string(l4[8:]), f.tuple.Proto != TCP
		if f.tuple.Proto == TCP {
			f.id, f.first = string(l4[4:8]), l4[13]&0x17 == 2
		}
	case ICMP:
		f.tuple.SrcPort, f.tuple.DstPort = uint16(l4[0]), uint16(l4[1])
		f.id, f.first = string(l4[4:8]), l4[0] == 8
	}
	f.dst.Addr = f.tuple.Dst
	f.id += string(f.tuple.Proto)
	return f, slices.Contains([]uint8{TCP, UDP, SCTP, ICMP}, f.tuple.Proto)
}
