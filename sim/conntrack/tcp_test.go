package conntrack

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/sim/packet"
)

var (
	client, server = netip.MustParseAddr("10.0.1.1"), netip.MustParseAddr("10.0.1.2")
	ether          = packet.Ether{Src: packet.MAC{2, 0, 0, 0, 0, 1}, Dst: packet.MAC{2, 0, 0, 0, 0, 2}}
)

func decode(t testing.TB, frame []byte) *packet.Packet {
	p, err := packet.Decode(frame)
	require.NoError(t, err)
	return p
}

func send(t testing.TB, src, dst netip.Addr, up packet.Upper) *packet.Packet {
	return decode(t, packet.Build(ether, packet.IP{Src: src, Dst: dst, TTL: 64}, up))
}

// segmentLine reads "> S 100 ack 5 len 3 win 7 ws 2": a segment of port 1001 to port 80, or with "<" back.
func segmentLine(t testing.TB, line string) (*packet.Packet, bool) {
	f := strings.Fields(line)
	seg := packet.TCP{Src: 1001, Dst: 80, Window: 8192, Seq: uint32(atoi(t, f[2]))}
	for _, c := range f[1] {
		seg.Flags |= map[rune]uint16{'S': packet.SYN, 'F': packet.FIN, 'R': packet.RST, 'P': packet.PSH, '.': packet.ACK, '-': 0}[c]
	}
	for i := 3; i+1 < len(f); i += 2 {
		n := atoi(t, f[i+1])
		switch f[i] {
		case "ack":
			seg.Ack = uint32(n)
		case "len":
			seg.Payload = make([]byte, n)
		case "win":
			seg.Window = uint16(n)
		case "ws":
			seg.Options = []byte{1, 3, 3, byte(n)}
		}
	}
	if f[0] == ">" {
		return send(t, client, server, seg), false
	}
	seg.Src, seg.Dst = seg.Dst, seg.Src
	return send(t, server, client, seg), true
}

func atoi(t testing.TB, s string) int {
	n, err := strconv.Atoi(s)
	require.NoError(t, err, s)
	return n
}

// TestTCP plays conversations: a line is a segment, what state it gets, and which both ends are in afterwards. What is
// neither invalid nor established is committed, as a firewall that allows everything would.
func TestTCP(t *testing.T) {
	for _, row := range []struct{ name, script string }{
		{"a whole connection, and the same ports again", `
			> S 100: new SYN_SENT/CLOSED 30s
			< S. 500 ack 101: est|rpl ESTABLISHED/SYN_SENT 30s
			> . 101 ack 501: est ESTABLISHED/ESTABLISHED 24h0m0s
			> P. 101 ack 501 len 5: est ESTABLISHED/ESTABLISHED 24h0m0s
			< P. 501 ack 106 len 5: est|rpl ESTABLISHED/ESTABLISHED 24h0m0s
			< F. 506 ack 106: est|rpl ESTABLISHED/CLOSING 15m0s
			> . 106 ack 507: est ESTABLISHED/FIN_WAIT_2 15m0s
			> F. 106 ack 507: est CLOSING/FIN_WAIT_2 45s
			< . 507 ack 107: est|rpl FIN_WAIT_2/FIN_WAIT_2 30s
			> S 90000: new SYN_SENT/CLOSED 30s
			< S. 70000 ack 90001: est|rpl ESTABLISHED/SYN_SENT 30s`},
		{"a SYN is sent again", `
			> S 100: new SYN_SENT/CLOSED 30s
			> S 100: new SYN_SENT/CLOSED 30s
			< S. 500 ack 101: est|rpl ESTABLISHED/SYN_SENT 30s`},
		{"refused, and tried again at once", `
			> S 100: new SYN_SENT/CLOSED 30s
			< R. 0 ack 101: est|rpl TIME_WAIT/TIME_WAIT 30s
			> S 200: new SYN_SENT/CLOSED 30s`},
		{"a SYN-ACK that acknowledges something else", `
			> S 100: new SYN_SENT/CLOSED 30s
			< S. 500 ack 99999999: est|rpl ESTABLISHED/SYN_SENT 30s`},
		{"a second SYN-ACK far off", `
			> S 100: new SYN_SENT/CLOSED 30s
			< S. 500 ack 101: est|rpl ESTABLISHED/SYN_SENT 30s
			> . 101 ack 501: est ESTABLISHED/ESTABLISHED 24h0m0s
			< P. 501 ack 9999999 len 1: inv ESTABLISHED/ESTABLISHED 24h0m0s`},
		{"windows", `
			> S 100: new SYN_SENT/CLOSED 30s
			< S. 500 ack 101: est|rpl ESTABLISHED/SYN_SENT 30s
			> . 101 ack 501: est ESTABLISHED/ESTABLISHED 24h0m0s
			> P. 900000 ack 501 len 8: inv ESTABLISHED/ESTABLISHED 24h0m0s
			> P. 50 ack 501 len 3: est ESTABLISHED/ESTABLISHED 24h0m0s
			< R 800000: inv ESTABLISHED/ESTABLISHED 24h0m0s
			> P. 101 ack 501 len 10: est ESTABLISHED/ESTABLISHED 24h0m0s
			< R 501: est|rpl TIME_WAIT/TIME_WAIT 30s
			> P. 111 ack 501 len 8: est TIME_WAIT/TIME_WAIT 30s`},
		{"scaled windows", `
			> S 100 ws 7 win 64240: new SYN_SENT/CLOSED 30s
			< S. 500 ack 101 ws 7 win 65160: est|rpl ESTABLISHED/SYN_SENT 30s
			> . 101 ack 501 win 502: est ESTABLISHED/ESTABLISHED 24h0m0s
			< P. 60000 ack 101 len 1000: est|rpl ESTABLISHED/ESTABLISHED 24h0m0s
			< P. 70000 ack 101 len 1000: inv ESTABLISHED/ESTABLISHED 24h0m0s`},
		{"only one end scales", `
			> S 100 ws 7 win 64240: new SYN_SENT/CLOSED 30s
			< S. 500 ack 101 win 1000: est|rpl ESTABLISHED/SYN_SENT 30s
			> . 101 ack 501 win 502: est ESTABLISHED/ESTABLISHED 24h0m0s
			> P. 101 ack 501 len 1000: est ESTABLISHED/ESTABLISHED 24h0m0s
			> P. 1101 ack 501 len 1000: inv ESTABLISHED/ESTABLISHED 24h0m0s`},
		{"met in its middle", `
			> . 100 ack 1: new SYN_SENT/CLOSED 30s
			< . 1 ack 100: est|rpl ESTABLISHED/SYN_SENT 30s
			> . 100 ack 1: est ESTABLISHED/ESTABLISHED 24h0m0s`},
		{"a lone RST", `> R 100: new SYN_SENT/CLOSED 30s`},
		{"a lone FIN", `> F. 100 ack 1: new SYN_SENT/CLOSED 30s`},
		{"a lone SYN-ACK", `< S. 500 ack 101: inv -`},
		{"SYN and FIN", `> SF 100: inv -`},
		{"SYN and RST", `> SR 100: inv -`},
		{"no flag", `> - 100: inv -`},
		{"FIN without ACK", `> F 100: inv -`},
	} {
		table, now := NewTable(1), time.Duration(0)
		for line := range strings.Lines(strings.TrimSpace(row.script)) {
			line = strings.TrimSpace(line)
			say, want, _ := strings.Cut(line, ": ")
			now += time.Millisecond
			p, back := segmentLine(t, say)
			out := table.Process(p, Action{Zone: 1, Now: now})
			if out.State&(New|Invalid) == New {
				table.Process(p, Action{Zone: 1, Commit: true, Now: now})
			}
			got := strings.TrimSuffix((out.State&^Tracked).String(), "") + " " + ends(table, now)
			assert.Equal(t, want, got, "%s: %s (%s)", row.name, say, out.Why)
			assert.Equal(t, out.State&Invalid != 0, out.Why != "", "%s: %s", row.name, say)
			_ = back
		}
	}
}

// ends prints the states of the ends of the only connection, and how long it lives.
func ends(table *Table, now time.Duration) string {
	for _, c := range table.Conns(now) {
		return fmt.Sprintf("%s/%s %s", c.talk.ends[0].state, c.talk.ends[1].state, (c.expires - now).Round(time.Second))
	}
	return "-"
}
